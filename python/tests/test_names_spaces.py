"""adamant.random, fft, linalg, fast: words bit for bit, the rest against NumPy."""

import threading
import unittest

import numpy as np

import adamant as ad
import tables

FFT = tables.rows("""
xp.fft.fft(f) : complex64
xp.fft.fft(c, 6, 0)
xp.fft.fft(d) : complex128
xp.fft.ifft(c, n=3, norm='ortho')
xp.fft.fft2(c)
xp.fft.ifft2(c, s=(2, 5), axes=(1, 0), norm='forward')
xp.fft.fftn(t)
xp.fft.ifftn(t, axes=(0, 2))
xp.fft.rfft(f, norm='forward')
xp.fft.irfft(c)
xp.fft.irfft(c, 5) : float32
xp.fft.rfft2(f)
xp.fft.irfft2(c)
xp.fft.rfftn(t)
xp.fft.irfftn(c, s=(3, 7))
xp.fft.hfft(c)
xp.fft.hfft(c, n=5, axis=0, norm='ortho')
xp.fft.ihfft(f)
xp.fft.ihfft(f, 3, norm='forward')
xp.fft.fftfreq(5) : float32
xp.fft.fftfreq(6, d=0.5, dtype=xp.float64) = np.fft.fftfreq(6, d=0.5) : float64
xp.fft.rfftfreq(5, 2.0)
xp.fft.fftshift(f)
xp.fft.fftshift(f, axes=1)
xp.fft.ifftshift(f, (0,))
""")

LINALG = tables.rows("""
xp.linalg.norm(f) : float32
xp.linalg.norm(f, axis=1)
xp.linalg.norm(v, 3)
xp.linalg.norm(v, ord=-np.inf)
xp.linalg.norm(v, 0)
xp.linalg.norm(f, 'fro')
xp.linalg.norm(f, 'nuc')
xp.linalg.norm(f, ord=2)
xp.linalg.norm(f, 1, axis=(0, 1), keepdims=True)
xp.linalg.norm(s, np.inf, axis=(1, 2))
xp.matrix_norm(f, 'nuc') = np.linalg.norm(f, 'nuc')
xp.linalg.matrix_norm(s) = np.linalg.norm(s, axis=(1, 2))
xp.linalg.matrix_norm(s, ord=-1, keepdims=True) = np.linalg.norm(s, -1, axis=(1, 2), keepdims=True)
xp.linalg.vector_norm(f) = np.linalg.norm(f.ravel())
xp.linalg.vector_norm(f, axis=0, ord=1) = np.abs(f).sum(0)
xp.abs(xp.linalg.qr(h).Q @ xp.linalg.qr(h).R) = np.abs(h)
xp.linalg.qr(f.T, mode='complete')[0].shape = (4, 4)
xp.linalg.svd(f)[1] = np.linalg.svd(f)[1]
xp.linalg.svd(f, compute_uv=False)
xp.linalg.svd(f, full_matrices=False).Vh.shape = (3, 4)
xp.linalg.svdvals(s) = np.linalg.svd(s, compute_uv=False)
xp.linalg.inv(h)
xp.linalg.tri_inv(h) = np.linalg.inv(np.tril(h))
xp.linalg.tri_inv(h, upper=True) = np.linalg.inv(np.triu(h))
xp.linalg.pinv(f)
xp.linalg.pinv(f, rtol=1e-3) = np.linalg.pinv(f, 1e-3)
xp.linalg.cholesky(h)
xp.linalg.cholesky(h, upper=True) = np.linalg.cholesky(h).T
xp.linalg.cholesky_inv(xp.linalg.cholesky(h)) = np.linalg.inv(h)
xp.sum(xp.linalg.eig(s).eigenvalues, 1) = np.trace(s, 0, 1, 2) : complex64
xp.sum(xp.linalg.eigvals(h)) = np.trace(h)
xp.linalg.eigh(h).eigenvalues = np.linalg.eigvalsh(h)
xp.linalg.eigh(h, UPLO='U')[0] = np.linalg.eigvalsh(h)
xp.linalg.eigvalsh(h)
xp.take_along_axis(xp.linalg.lu(s)[1] @ xp.linalg.lu(s)[2], xp.linalg.lu(s)[0][:, :, None], 1) = s
xp.linalg.lu_factor(h)[1] = np.arange(4) : uint32
xp.linalg.solve(h, s)
xp.linalg.solve_triangular(h, f.T) = np.linalg.solve(np.tril(h), f.T)
xp.linalg.solve_triangular(h, f.T, upper=True) = np.linalg.solve(np.triu(h), f.T)
xp.linalg.det(s)
xp.linalg.slogdet(s)
xp.linalg.slogdet(h).logabsdet = np.linalg.slogdet(h)[1]
xp.linalg.cross(w, w[::-1]) = np.cross(w, w[::-1])
xp.linalg.cross(f, g, axis=0) = np.cross(f, g, axis=0)
xp.linalg.matrix_power(h, -2)
xp.linalg.matrix_rank(f)
xp.linalg.matrix_rank(xp.ones((3, 3)), rtol=0.1) = np.array(1)
xp.linalg.diagonal(s, offset=1) = np.diagonal(s, 1, 1, 2)
xp.linalg.trace(s) = np.trace(s, 0, 1, 2)
xp.linalg.matmul(s, h) = s @ h
xp.linalg.matrix_transpose(s) = np.swapaxes(s, 1, 2)
xp.linalg.outer(v, w) = np.outer(v, w)
xp.linalg.vecdot(f, g, axis=0) = (f * g).sum(0)
xp.linalg.tensordot(f, g, axes=2) = np.tensordot(f, g, 2)
""")

FAST = tables.rows("""
xp.fast.rms_norm(f, None, 1e-5) = f / np.sqrt((f * f).mean(-1, keepdims=True) + 1e-5)
xp.fast.rms_norm(f, f[0], eps=0.1) = f[0] * f / np.sqrt((f * f).mean(-1, keepdims=True) + 0.1)
xp.fast.layer_norm(f, None, None, 1e-5) = (f - f.mean(-1, keepdims=True)) / np.sqrt(f.var(-1, keepdims=True) + 1e-5)
xp.fast.layer_norm(f, f[0], g[0], 1e-5) = (f - f.mean(-1, keepdims=True)) / np.sqrt(f.var(-1, keepdims=True) + 1e-5) * f[0] + g[0]
xp.fast.rope(t, 4, traditional=False, base=100.0, scale=1.0, offset=0)[:, 0] = t[:, 0]
xp.fast.rope(t, 2, traditional=True, base=None, scale=1.0, offset=1, freqs=xp.array([1.0]))[:, :, 0] = t[..., 0] * np.cos([1, 2, 3]) - t[..., 1] * np.sin([1, 2, 3])
xp.fast.scaled_dot_product_attention(t[None], t[None], t[None], scale=0.0)[0] = np.broadcast_to(t.mean(1, keepdims=True), t.shape)
xp.fast.scaled_dot_product_attention(t[None], t[None], t[None], scale=0.5, mask='causal', force_fused=True)[0, :, 0] = t[:, 0]
xp.fast.scaled_dot_product_attention(t[None], t[None], t[None], scale=0.0, mask=xp.eye(3, dtype=xp.bool_))[0] = t
xp.fast.scaled_dot_product_attention(t[None], t[None], t[None], scale=0.0, sinks=xp.zeros(2))[0] = np.broadcast_to(t.mean(1, keepdims=True), t.shape) * 0.75
""")

REFUSED = """
xp.fft.fft(f, axis=2) ! ValueError
xp.fft.fft(f, 0) ! ValueError
xp.fft.fft(f, norm='loud') ! ValueError
xp.fft.hfft(f, norm='loud') ! ValueError
xp.fft.fft2(f, s=(1, 2, 3)) ! ValueError
xp.linalg.norm(f, 'loud') ! ValueError
xp.linalg.norm(f, 3) ! ValueError
xp.linalg.inv(f) ! ValueError
xp.linalg.svd(v) ! ValueError
xp.linalg.cholesky(h, True, False) ! TypeError
xp.linalg.qr(h, mode='raw') ! ValueError
xp.linalg.cross(v, v) ! ValueError
xp.linalg.solve(h, w) ! ValueError
xp.fast.rms_norm(f, w, 1e-5) ! ValueError
xp.fast.rms_norm(f, None) ! TypeError
xp.fast.rope(t, 3, traditional=False, base=1.0, scale=1.0, offset=0) ! ValueError
xp.fast.rope(t, 4, traditional=False, base=None, scale=1.0, offset=0) ! ValueError
xp.fast.rope(t, 4, False, 1.0, 1.0, 0) ! TypeError
xp.fast.scaled_dot_product_attention(t[None], t[None], t[None], scale=1.0, mask='all') ! ValueError
xp.fast.scaled_dot_product_attention(t, t, t, scale=1.0) ! ValueError
xp.fast.scaled_dot_product_attention(t[None], t[None], t[None], 1.0) ! TypeError
xp.random.key(2 ** 64) ! OverflowError
xp.random.key('a') ! TypeError
xp.random.seed(0.5) ! TypeError
xp.random.uniform(0, 1, (2,), key=3) ! ValueError
xp.random.uniform(shape=(-1,)) ! ValueError
xp.random.uniform(dtype=xp.int32) ! ValueError
xp.random.bernoulli(xp.array([1, 2])) ! ValueError
xp.random.randint(5, 5, (2,)) ! ValueError
xp.random.categorical(f, shape=(2,), num_samples=2) ! ValueError
xp.random.permutation(-1) ! ValueError
""".strip().split("\n")


def key(seed=0):
    return ad.random.key(seed)


class Random(unittest.TestCase):
    """The reference vectors of arrays.md 1.6."""

    def check(self, got, *want, digits=7):
        np.testing.assert_allclose(np.array(got).ravel(), want, rtol=10.0**-digits)

    @tables.covers("random.key", "random.split", "random.bits")
    def test_words(self):
        self.assertEqual(ad.random.key(2**32 + 7).tolist(), [1, 7])
        self.assertEqual(ad.random.key(-1).tolist(), [2**32 - 1, 2**32 - 1])
        self.assertEqual(ad.random.split(key()).tolist(), [[4146024105, 967050713], [2718843009, 1272950319]])
        self.assertEqual(ad.random.split(key(), num=3).shape, (3, 2))
        self.assertEqual(ad.random.bits(key(), (4,)).tolist(), [0xF71F4EA9, 0x39A405D9, 0xA20E4081, 0x4BDFAE2F])
        self.assertEqual(ad.random.bits(key(), (3,)).tolist(), [0xF71F4EA9, 0x508EFB2C, 0xA20E4081])
        self.assertEqual(ad.random.bits(key(42), (2,)).tolist(), [0x03D7B32D, 0xADD083F4])

    @tables.covers("random.uniform", "random.normal")
    def test_uniform_and_normal(self):
        self.check(ad.random.uniform(shape=(4,), key=key()), 0.9653214812, 0.2251590341, 0.6330299973, 0.2963818312)
        self.check(ad.random.uniform(shape=(3,), dtype=ad.bfloat16, key=key()).astype(ad.float32), 0.96484375, 0.314453125, 0.6328125)
        self.check(ad.random.uniform(1, 3, [4], ad.float32, key()), 2.9306429624, 1.4503180683, 2.2660599947, 1.5927636623, digits=6)
        bits = ad.view(ad.random.normal((4,), key=key()), ad.uint32).tolist()
        for got, want in zip(bits, (0x3FE8758B, 0xBF414021, 0x3EAE05F7, 0xBF08EAF8)):
            self.assertLessEqual(abs(got - want), 2)
        moved = ad.random.normal([4], ad.float32, 10.0, 0.5, key())[:2]
        self.check(moved, 10 + 0.5 * 1.81608713, 10 - 0.5 * 0.75488478, digits=6)
        self.assertEqual(ad.random.uniform(dtype=ad.float64, key=key()).dtype, ad.float64)
        self.assertEqual(ad.random.normal((2,), ad.complex64, key=key()).dtype, ad.complex64)

    @tables.covers("random.randint", "random.permutation", "random.bernoulli", "random.categorical")
    def test_whole_numbers(self):
        self.assertEqual(ad.random.randint(0, 100, (5,), key=key()).tolist(), [57, 9, 39, 89, 59])
        self.assertEqual(ad.random.randint(0, 100, shape=(5,), dtype=ad.int8, key=key()).dtype, ad.int8)
        self.assertEqual(ad.random.permutation(8, key=key()).tolist(), [4, 6, 1, 2, 0, 7, 3, 5])
        self.assertEqual(sorted(ad.random.permutation(ad.arange(9)).tolist()), list(range(9)))
        self.assertEqual(ad.random.permutation(ad.zeros((2, 5)), axis=1).shape, (2, 5))
        self.assertEqual(ad.random.bernoulli(0.5, (6,), key()).tolist(), [False, True, False, False, False, True])
        self.assertEqual(ad.random.bernoulli(ad.array([0.0, 1.0])).tolist(), [False, True])
        self.assertEqual(ad.random.categorical(ad.zeros(5), shape=(6,), key=key()).tolist(), [2, 0, 3, 4, 2, 2])
        self.assertEqual(ad.random.categorical(ad.zeros((2, 5)), num_samples=3).shape, (2, 3))

    @tables.covers("random.gumbel", "random.laplace", "random.truncated_normal", "random.multivariate_normal")
    def test_other_distributions(self):
        self.check(ad.random.gumbel((3,), key=key()), 3.34403968, -0.14513324, 0.78255236, digits=5)
        self.check(ad.random.laplace((3,), key=key()), -2.66848850, 0.46304631, -0.30932808, digits=5)
        self.check(ad.random.truncated_normal(-1, 1, (3,), key=key()), 0.90652138, -0.32263678, 0.22965013, digits=6)
        self.assertEqual(ad.random.truncated_normal(ad.zeros((2, 1)), ad.ones(3)).shape, (2, 3))
        x = ad.random.multivariate_normal(ad.array([1.0, -1.0]), ad.eye(2) * 4, (2000,), key=key(3))
        np.testing.assert_allclose(np.cov(np.array(x).T), 4 * np.eye(2), atol=0.5)

    @tables.covers("random.seed", "random.state")
    def test_state_belongs_to_the_thread(self):
        ad.random.seed(0)
        self.check([ad.random.uniform().item(), ad.random.uniform().item()], 0.1053690389, 0.2787191868)
        ad.random.seed(0)
        state = ad.random.state[0]
        first = ad.random.uniform().item()

        seen = []

        def other():
            ad.random.seed(0)
            seen.append(ad.random.uniform().item())

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        self.assertEqual(seen, [first])
        second = ad.random.uniform().item()
        ad.random.state[0] = state
        self.assertEqual([ad.random.uniform().item(), ad.random.uniform().item()], [first, second])
        self.assertEqual(len(ad.random.state), 1)
        self.assertEqual([k.shape for k in ad.random.state], [(2,)])
        self.assertRegex(repr(ad.random.state), r"\[array\(\[\d+, +\d+\], dtype=uint32\)\]")
        with self.assertRaises(IndexError):
            ad.random.state[1]
        for bad in (3, ad.zeros(2), ad.zeros(3, ad.uint32)):
            with self.assertRaises(ValueError):
                ad.random.state[0] = bad
        with self.assertRaises(TypeError):
            del ad.random.state[0]

    def test_calls_without_a_key_go_on(self):
        ad.random.seed(11)
        draws = [
            lambda: ad.random.uniform(), lambda: ad.random.normal(), lambda: ad.random.randint(0, 10**6), lambda: ad.random.gumbel(),
            lambda: ad.random.laplace(), lambda: ad.random.truncated_normal(-1, 1), lambda: ad.random.permutation(50),
            lambda: ad.random.categorical(ad.zeros(50), num_samples=20), lambda: ad.random.bernoulli(0.5, (64,)),
            lambda: ad.random.multivariate_normal(ad.zeros(2), ad.eye(2))]
        for draw in draws:
            self.assertNotEqual(draw().tolist(), draw().tolist())


class Spaces(unittest.TestCase):
    def test_fft(self):
        tables.run(self, FFT)

    def test_linalg(self):
        tables.run(self, LINALG, tolerance=3e-4)

    def test_fast(self):
        tables.run(self, FAST)

    def test_refusals(self):
        tables.refuses(self, REFUSED)

    def test_results_have_the_standards_names(self):
        h = ad.eye(2)
        for result, names in (
                (ad.linalg.eigh(h), ("eigenvalues", "eigenvectors")), (ad.linalg.eig(h), ("eigenvalues", "eigenvectors")),
                (ad.linalg.qr(h), ("Q", "R")), (ad.linalg.slogdet(h), ("sign", "logabsdet")), (ad.linalg.svd(h), ("U", "S", "Vh"))):
            self.assertEqual(result._fields, names)


if __name__ == "__main__":
    unittest.main()
