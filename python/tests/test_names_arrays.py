"""Reductions, scans, sorting, shapes, creation, products and layers against NumPy."""

import unittest

import numpy as np

import adamant as ad
import tables

REDUCTIONS = tables.rows("""
xp.sum(f) : float32
xp.sum(f, axis=0)
xp.sum(f, axis=(0, 1), keepdims=True)
xp.sum(f, ()) = f
xp.sum(i, axis=-1) : int32
xp.sum(b) : int32
xp.sum(xp.array([200, 100], dtype=xp.uint8)) = np.array(300) : uint32
xp.sum(f, dtype=xp.float64) = np.sum(f, dtype=np.float64) : float64
xp.prod(f, 1)
xp.prod(i, axis=0) : int32
xp.all(b, axis=0)
xp.any(b, 1, True) = np.any(b, 1, keepdims=True)
xp.min(f)
xp.max(f, axis=1)
xp.max(n)
xp.mean(f, axis=0) : float32
xp.mean(i) : float32
xp.var(f)
xp.var(f, axis=1, ddof=1)
xp.var(f, axis=1, correction=1) = np.var(f, axis=1, ddof=1)
xp.var(c) : float32
xp.std(f, axis=0, keepdims=True)
xp.std(f, 0, False, 2) = np.std(f, 0, ddof=2)
xp.median(f)
xp.median(f, axis=1)
xp.argmax(f) : uint32
xp.argmax(f, axis=1)
xp.argmin(f, 0, True) = np.argmin(f, 0)[None]
xp.argmax(n, axis=1)
xp.logsumexp(f, axis=1) = np.log(np.exp(f).sum(1))
xp.count_nonzero(i) : int32
xp.count_nonzero(i, axis=1, keepdims=True)
xp.softmax(f, axis=-1) = np.exp(f) / np.exp(f).sum(-1, keepdims=True)
xp.softmax(f, (0, 1), precise=True) = np.exp(f) / np.exp(f).sum()
xp.log_softmax(f, axis=-1) = np.log(np.exp(f) / np.exp(f).sum(-1, keepdims=True))
xp.cumsum(f, axis=1)
xp.cumsum(f)
xp.cumsum(b, 0) : int32
xp.cumsum(f, axis=0, reverse=True) = np.cumsum(f[::-1], 0)[::-1]
xp.cumsum(f, axis=0, inclusive=False) = np.cumsum(f, 0) - f
xp.cumsum(i, dtype=xp.float64) : float64
xp.cumprod(f, axis=1)
xp.cummax(f, axis=0) = np.maximum.accumulate(f, 0)
xp.cummin(f, axis=1, reverse=True) = np.minimum.accumulate(f[:, ::-1], 1)[:, ::-1]
xp.logcumsumexp(f, axis=1) = np.logaddexp.accumulate(f, 1)
xp.cumulative_sum(f, axis=0) = np.cumsum(f, 0)
xp.cumulative_sum(v, include_initial=True) = np.cumsum(np.r_[0, v])
xp.cumulative_sum(f, axis=1, include_initial=True) = np.cumsum(np.c_[[0, 0, 0], f], 1)
xp.cumulative_prod(v, include_initial=True) = np.cumprod(np.r_[1, v])
xp.diff(f)
xp.diff(f, 2, 0)
xp.diff(f, axis=1, prepend=f, append=f)
xp.trapezoid(f) = np.trapz(f)
xp.trapezoid(f, dx=0.5, axis=0) = np.trapz(f, dx=0.5, axis=0)
xp.trapezoid(f, o[:4]) = np.trapz(f, o[:4])
""")

SORTING = tables.rows("""
xp.sort(f)
xp.sort(f, axis=0)
xp.sort(f, axis=None)
xp.sort(n)
xp.sort(f, descending=True, stable=False) = -np.sort(-f)
xp.argsort(r) = np.argsort(r, kind='stable') : uint32
xp.argsort(f, axis=0)
xp.argsort(f, None)
xp.partition(f, 1)[:, 1] = np.sort(f)[:, 1]
xp.partition(f, 2, axis=None)[2] = np.sort(f, None)[2]
xp.take_along_axis(f, xp.argpartition(f, 2, axis=0), axis=0)[2] = np.sort(f, 0)[2]
xp.sort(xp.topk(f, 2)) = np.sort(f)[:, -2:]
xp.sort(xp.topk(f, 5, axis=None)) = np.sort(f, None)[-5:]
xp.sort(xp.take_along_axis(f, xp.argtopk(f, 2), -1)) = np.sort(f)[:, -2:]
xp.searchsorted(o, f) : uint32
xp.searchsorted(o, 0.5, side='right')
xp.searchsorted(v, w, sorter=xp.argsort(v)) = np.searchsorted(v, w, sorter=np.argsort(v))
xp.isin(r, xp.array([1, 2])) = np.isin(r, [1, 2])
xp.isin(r, xp.array([1, 2]), invert=True) = np.isin(r, [1, 2], invert=True)
xp.nonzero(i)
xp.argwhere(i)
xp.unique_values(r) = np.unique(r)
xp.unique_counts(r) = np.unique(r, return_counts=True)
xp.unique_inverse(r) = np.unique(r, return_inverse=True)
xp.unique_all(r) = np.unique(r, return_index=True, return_inverse=True, return_counts=True)
xp.unique_inverse(i).inverse_indices = np.unique(i, return_inverse=True)[1].reshape(3, 4)
xp.take(f, r) = np.take(f, r)
xp.take(f, xp.array([[0, 2]]), axis=1) = np.take(f, [[0, 2]], axis=1)
xp.take(f, 1, axis=0)
xp.take(f, xp.array([-1])) = np.take(f, [-1])
xp.take_along_axis(f, xp.argsort(f, axis=0), axis=0) = np.sort(f, 0)
xp.take_along_axis(f, xp.argsort(f)) = np.sort(f)
xp.put_along_axis(f, xp.array([[0], [1], [2]]), 9.0, axis=1) = np.where(np.arange(4) == [[0], [1], [2]], 9, f)
""")

SHAPES = tables.rows("""
xp.reshape(f, (2, -1))
xp.reshape(f, -1)
xp.reshape(f, [4, 3], copy=True) = np.reshape(f, [4, 3])
xp.flatten(f) = f.ravel()
xp.flatten(t, 1) = t.reshape(2, 12)
xp.flatten(t, start=0, end=1) = t.reshape(6, 4)
xp.flatten(t, start_axis=1, end_axis=2) = t.reshape(2, 12)
xp.unflatten(f, 1, (2, -1)) = f.reshape(3, 2, 2)
xp.squeeze(f[None]) = f
xp.squeeze(f[None], axis=0) = f
xp.squeeze(f[None, :, None], (0, -2)) = f
xp.expand_dims(f, 1)
xp.expand_dims(f, axis=(0, -1))
xp.moveaxis(t, 0, 2)
xp.moveaxis(t, (0, 1), (-1, 0))
xp.swapaxes(t, 0, 2)
xp.transpose(t)
xp.transpose(t, axes=(1, 0, 2))
xp.permute_dims(t, (-1, 0, 1)) = np.transpose(t, (-1, 0, 1))
xp.matrix_transpose(t) = np.swapaxes(t, -1, -2)
xp.flip(t)
xp.flip(t, axis=(0, 2))
xp.broadcast_to(f, (2, 3, 4))
xp.broadcast_arrays(f, w[:, None], 1.0)
xp.concatenate([f, g])
xp.concatenate((f, i), axis=1) : float32
xp.concatenate([f, t], axis=None)
xp.concat([f, g], axis=-1) = np.concatenate([f, g], -1)
xp.stack([f, g], axis=-1)
xp.stack(f)
xp.concatenate(t)
xp.unstack(t, axis=1) = [t[:, 0], t[:, 1], t[:, 2]]
xp.split(f, 2, axis=1)
xp.split(f, [1, 3], 1)
xp.split(f, [2, -1, 7], axis=1)
xp.array_split(f, 3, axis=1)
xp.array_split(v, 7)
xp.array_split(f, [1], 1)
xp.repeat(f, 2)
xp.repeat(f, 3, axis=1)
xp.repeat(f, xp.array([0, 2, 1, 3]), axis=1) = np.repeat(f, [0, 2, 1, 3], axis=1)
xp.repeat(v, xp.array([2])) = np.repeat(v, [2])
xp.tile(f, 2)
xp.tile(f, (2, 1, 3))
xp.roll(f, 2)
xp.roll(f, (1, -1), axis=(0, 1))
xp.pad(f, 1)
xp.pad(f, (1, 2), constant_values=3)
xp.pad(f, ((1, 0), (0, 2)), mode='edge')
xp.pad(f, 2, mode='reflect')
xp.pad(f, 2, 'symmetric')
xp.atleast_1d(3.0)
xp.atleast_2d(v)
xp.atleast_3d(v, f)
xp.meshgrid(v, w)
xp.meshgrid(v, w, indexing='ij', sparse=True)
xp.as_strided(v, (3, 3), (1, 1)) = np.lib.stride_tricks.sliding_window_view(v, 3)
xp.as_strided(f, (2, 2), offset=1) = f.ravel()[1:5].reshape(2, 2)
xp.contiguous(f, allow_col_major=True) = f
xp.view(f, xp.int32) = f.view(np.int32) : int32
xp.view(f, xp.uint8) = f.view(np.uint8)
xp.diagonal(t, 1, 1, 2) = np.diagonal(t, 1, 1, 2)
xp.diagonal(f) = np.diagonal(f)
xp.diag(v)
xp.diag(v, k=-1)
xp.diag(f, 1)
xp.trace(f)
xp.trace(t, 0, 1, 2)
xp.trace(i, dtype=xp.float32) = np.trace(i) : float32
xp.tril(f, -1)
xp.triu(t, k=1)
xp.tri(3, 4, 1)
xp.slice(t, xp.array([1, 0]), (0, 2), (1, 3, 2)) = t[1:2, :, 0:2]
xp.slice_update(f, g[:2, :2], xp.array([1, 2]), (0, 1)) = np.block([[f[:1]], [f[1:, :2], g[:2, :2]]])
xp.depends(f, g) = f
xp.depends([f, g], [v]) = [f, g]
xp.astype(f, xp.int32) = f.astype(np.int32) : int32
xp.astype(f, xp.bfloat16, copy=False).dtype.size = 2
""")

CREATION = tables.rows("""
xp.array([[1, 2], [3, 4]]) : int32
xp.asarray(f, dtype=xp.float16) = f.astype(np.float16) : float16
xp.full((2, 3), 7) : int32
xp.full(3, fill_value=1.5) = np.full(3, 1.5) : float32
xp.full((3, 4), f)
xp.full((2,), 1, xp.int8) = np.full(2, 1) : int8
xp.full_like(i, 2.9) = np.full_like(i, 2.9) : int32
xp.full_like(f, True, dtype=xp.bool_) = np.full_like(f, True, dtype=bool) : bool
xp.zeros((2, 3)) : float32
xp.zeros(2, dtype=xp.int8, device=xp.cpu) = np.zeros(2) : int8
xp.zeros_like(i) : int32
xp.ones([2, 3], xp.complex64) = np.ones([2, 3]) : complex64
xp.ones_like(f, dtype=xp.int32) = np.ones((3, 4)) : int32
xp.empty((2, 0))
xp.empty_like(f) = np.zeros((3, 4))
xp.eye(3)
xp.eye(2, 3, k=1, dtype=xp.int32) = np.eye(2, 3, k=1) : int32
xp.identity(3)
xp.arange(5) : int32
xp.arange(1, 5, 2)
xp.arange(5, 0, -1)
xp.arange(0.5, 3) : float32
xp.arange(3, dtype=xp.float16) = np.arange(3) : float16
xp.arange(0, 1, 0.1)
xp.arange(2 ** 40, 2 ** 40 + 3) : int64
xp.arange(2 ** 62, 2 ** 62 + 3) - 2 ** 62 = np.arange(3)
xp.linspace(0, 1, 5) : float32
xp.linspace(0, 1, num=4, endpoint=False)
xp.linspace(1, 2, 3, dtype=xp.float64) = np.linspace(1, 2, 3) : float64
xp.bartlett(7)
xp.blackman(7)
xp.hamming(M=7)
xp.hanning(1)
xp.one_hot(r, 4) = np.eye(4)[r]
xp.one_hot(r, num_classes=4, dtype=xp.int32) = np.eye(4)[r] : int32
""")

PRODUCTS = tables.rows("""
xp.matmul(f, g.T) = f @ g.T
xp.matmul(s, h)
xp.matmul(i, i.T) = i @ i.T : int32
xp.matmul(xp.array([100], dtype=xp.int8), xp.array([100], dtype=xp.int8), dtype=xp.int32) = np.array(10000) : int32
xp.addmm(1.0, f, g.T, alpha=2.0, beta=0.5) = 0.5 + 2 * f @ g.T
xp.inner(f, g)
xp.outer(v, w)
xp.vecdot(f, g) = (f * g).sum(-1)
xp.vecdot(c, c, axis=0) = (c.conj() * c).sum(0)
xp.tensordot(f, g, axes=([0, 1], [0, 1]))
xp.tensordot(t, f, 2)
xp.tensordot(t, f, axes=((1, 2), (0, 1)))
xp.tensordot(v, w, 0)
xp.kron(f, w)
xp.einsum('ij,kj->ik', f, g)
xp.einsum('...ij,jk', s, h)
xp.einsum('ii', h)
xp.einsum_path('ij,jk,kl->il', h, h, h)[0] = [(0, 1), (0, 1)]
xp.linear(f, g) = f @ g.T
xp.linear(f, g, w) = f @ g.T + w
xp.convolve(v, w)
xp.convolve(v, w, mode='same')
xp.convolve(v, w, 'valid')
xp.conv1d(v[None, :, None], w[None, :, None])[0, :, 0] = np.correlate(v, w)
xp.conv1d(v[None, :, None], w[None, :, None], stride=2, padding=1)[0, :, 0] = np.correlate(np.pad(v, 1), w)[::2]
xp.conv2d(f[None, :, :, None], w[None, None, :, None])[0, :, :, 0] = np.stack([np.correlate(x, w) for x in f])
xp.conv3d(t[None, :, :, :, None], w[None, None, None, :, None]).shape = (1, 2, 3, 2, 1)
xp.conv_general(v[None, :, None], w[None, :, None], padding=([1], [0]), flip=True)[0, :, 0] = np.convolve(v, w)[1:-2]
xp.conv_general(v[None, :, None], w[None, :, None], padding=2)[0, :, 0] = np.correlate(v, w, 'full')
xp.conv_transpose1d(v[None, :, None], w[None, :, None])[0, :, 0] = np.convolve(v, w)
xp.conv_transpose2d(f[None, :, :, None], w[None, None, :, None], stride=2).shape = (1, 5, 9, 1)
xp.conv_transpose3d(t[None, :, :, :, None], w[None, None, None, :, None], output_padding=0).shape = (1, 2, 3, 6, 1)
xp.block_masked_mm(h, h, 32, xp.array([[False]])) = np.zeros((4, 4))
xp.gather_mm(s, s, rhs_indices=xp.array([1, 0])) = s @ s[::-1]
xp.segmented_mm(f, f.T, xp.array([[0, 2], [1, 4]])) = np.stack([f[:, :2] @ f.T[:2], f[:, 1:] @ f.T[1:]])
xp.hadamard_transform(h) = h @ np.kron([[1, 1], [1, -1]], [[1, 1], [1, -1]]) / 2
xp.hadamard_transform(h, scale=1.0) = h @ np.kron([[1, 1], [1, -1]], [[1, 1], [1, -1]])
""")

LAYERS = tables.rows("""
xp.max_pool1d(v[:, None], 2)[:, 0] = v[:4].reshape(2, 2).max(1)
xp.max_pool2d(h[:, :, None], 2)[:, :, 0] = h.reshape(2, 2, 2, 2).max((1, 3))
xp.max_pool2d(h[:, :, None], (2, 2), stride=1, padding=[(1, 0), (0, 1)]).shape = (4, 4, 1)
xp.max_pool3d(xp.ones((4, 4, 4, 1)), 2).shape = (2, 2, 2, 1)
xp.avg_pool1d(v[:, None], 2, stride=1)[:, 0] = (v[1:] + v[:-1]) / 2
xp.avg_pool2d(h[:, :, None], 2)[:, :, 0] = h.reshape(2, 2, 2, 2).mean((1, 3))
xp.avg_pool3d(xp.ones((4, 4, 4, 1)), kernel_size=2) = np.ones((2, 2, 2, 1))
xp.max_pool1d_indices(v[:, None], 5)[0, 0] = v.argmax()
xp.max_pool2d_indices(h[:, :, None], 4)[0, 0, 0] = h.argmax()
xp.max_pool3d_indices(xp.ones((2, 2, 2, 1)), 2) = np.zeros((1, 1, 1, 1))
xp.adaptive_max_pool1d(v[:, None], 1)[0] = v.max(keepdims=True)
xp.adaptive_max_pool2d(h[:, :, None], (2, 1))[:, 0, 0] = h.reshape(2, 8).max(1)
xp.adaptive_max_pool3d(xp.ones((4, 4, 4, 1)), 2) = np.ones((2, 2, 2, 1))
xp.adaptive_avg_pool1d(v[:, None], 1)[0] = v.mean(keepdims=True)
xp.adaptive_avg_pool2d(h[:, :, None], (2, 1))[:, 0, 0] = h.reshape(2, 8).mean(1)
xp.adaptive_avg_pool3d(xp.ones((4, 4, 4, 1)), 2) = np.ones((2, 2, 2, 1))
xp.resize(h, (0, 1), (8, 8)) = h.repeat(2, 0).repeat(2, 1)
xp.resize(v, 0, 9, method='linear', align_corners=True) = np.interp(np.linspace(0, 4, 9), np.arange(5), v)
xp.lstm_cell(w, w, w, xp.zeros((12, 3)), xp.zeros((12, 3)))[1] = w / 2
xp.gru_cell(w, w, xp.zeros((9, 3)), xp.zeros((9, 3))) = w / 2
xp.softmax_cross_entropy(f, xp.array([0, 1, 2])) = -np.log(np.exp(f) / np.exp(f).sum(-1, keepdims=True))[[0, 1, 2], [0, 1, 2]]
xp.polynomial_features(w, 2) = np.array([1, *w, *[w[a] * w[b] for a in range(3) for b in range(a, 3)]])
xp.auc_core(v, v > 0)[:, -1] = [1, 1]
xp.sum(xp.tsne_joint_probabilities(xp.abs(h), perplexity=2.0)) = 1
""")

REFUSED = """
xp.sum(f, axis=2) ! IndexError
xp.sum(f, axis=(0, 0)) ! ValueError
xp.sum(f, axis=1.5) ! TypeError
xp.sum(f, axis='a') ! TypeError
xp.softmax(f, axis=-3) ! IndexError
xp.softmax(f, 0, True) ! TypeError
xp.argmax(xp.zeros((0,))) ! ValueError
xp.max(xp.zeros((2, 0)), axis=1) ! ValueError
xp.median(xp.zeros((0,))) ! ValueError
xp.logsumexp(xp.zeros((0,))) ! ValueError
xp.flatten(f, 1, start_axis=1) ! TypeError
xp.moveaxis(f, 0, 2) ! IndexError
xp.moveaxis(f, (0, 1), 0) ! ValueError
xp.moveaxis(t, (0, 0), (1, 2)) ! ValueError
xp.swapaxes(f, 0, 5) ! IndexError
xp.diagonal(f, 0, 0, 3) ! IndexError
xp.trace(f, 0, 0, 3) ! IndexError
xp.diff(f, n=-1) ! ValueError
xp.reshape(f, (5, -1)) ! ValueError
xp.reshape(f, (-1, -1)) ! ValueError
xp.reshape(f, 'ab') ! TypeError
xp.reshape(f, (2.5, 2)) ! TypeError
xp.reshape(f, (2 ** 40, 2 ** 40)) ! OverflowError
xp.zeros((2 ** 70,)) ! OverflowError
xp.squeeze(f, 0) ! ValueError
xp.transpose(f, (0, 0)) ! ValueError
xp.transpose(f, (0,)) ! ValueError
xp.broadcast_to(f, (4, 3)) ! ValueError
xp.broadcast_shapes((2,), (3,)) ! ValueError
xp.concatenate([]) ! ValueError
xp.concatenate([f, w]) ! ValueError
xp.concatenate(3) ! TypeError
xp.stack([f, g.T]) ! ValueError
xp.split(f, 3, 1) ! ValueError
xp.split(f, 'a', 1) ! TypeError
xp.array_split(f, 0) ! ValueError
xp.array_split(f, 2 ** 40) ! OverflowError
xp.array_split(f, 2, 5) ! ValueError
xp.array_split(f, 2, 5) ! IndexError
xp.split(f, 2, None) ! TypeError
xp.repeat(f, -1) ! ValueError
xp.repeat(f, xp.array([1, 2]), axis=0) ! ValueError
xp.repeat(f, w, axis=0) ! TypeError
xp.pad(f, -1) ! ValueError
xp.pad(f, 1, mode='wild') ! ValueError
xp.pad(f, [(1, 2), 'a']) ! TypeError
xp.meshgrid(v, w, indexing='yx') ! ValueError
xp.as_strided(v, (9,)) ! ValueError
xp.take(f, 12) ! IndexError
xp.take(f, 0.5) ! ValueError
xp.searchsorted(o, v, side='middle') ! ValueError
xp.full((2,)) ! TypeError
xp.full((2,), 1, fill_value=1) ! TypeError
xp.full((2,), w) ! ValueError
xp.arange(0, 1, 0) ! ValueError
xp.arange(float('nan')) ! ValueError
xp.arange(float('inf')) ! ValueError
xp.arange(3, dtype=xp.bool_) ! ValueError
xp.arange('a') ! TypeError
xp.arange(2 ** 70) ! OverflowError
xp.eye(-1) ! ValueError
xp.zeros((2,), dtype='floaty') ! TypeError
xp.matmul(f, f) ! ValueError
xp.matmul(1.0, f) ! ValueError
xp.inner(f, w) ! ValueError
xp.tensordot(f, g, axes=(1, 2, 3)) ! ValueError
xp.tensordot(f, g, axes=3) ! ValueError
xp.einsum('ij,jk', f, g) ! ValueError
xp.einsum(3, f) ! TypeError
xp.einsum_path('ij,jk', f, g) ! ValueError
xp.conv1d(f, f) ! ValueError
xp.unflatten(f, 1, (3, -1)) ! ValueError
xp.slice(f, 0, (0,), (9, 9)) ! ValueError
xp.depends(3, f) ! TypeError
""".strip().split("\n")


class Values(unittest.TestCase):
    def test_reductions(self):
        tables.run(self, REDUCTIONS)

    def test_sorting(self):
        tables.run(self, SORTING)

    def test_shapes(self):
        tables.run(self, SHAPES)

    def test_creation(self):
        tables.run(self, CREATION)

    def test_products(self):
        tables.run(self, PRODUCTS)

    def test_layers(self):
        tables.run(self, LAYERS)

    def test_refusals(self):
        tables.refuses(self, REFUSED)

    @tables.covers("broadcast_shapes")
    def test_broadcast_shapes(self):
        self.assertEqual(ad.broadcast_shapes((2, 1), (3,), (1, 1, 1)), (1, 2, 3))
        self.assertEqual(ad.broadcast_shapes(), ())
        self.assertEqual(ad.broadcast_shapes(3, (0, 1)), (0, 3))

    def test_sums_are_wide(self):
        self.assertEqual(ad.sum(ad.ones((10000,), ad.float16)).item(), 10000)
        self.assertEqual(ad.mean(ad.ones((10000,), ad.bfloat16)).item(), 1)
        self.assertEqual(ad.sum(ad.ones((2**25 + 4,))).item(), 2**25 + 4)

    def test_several_results_have_names(self):
        self.assertEqual(ad.unique_all(ad.array([1, 1]))._fields, ("values", "indices", "inverse_indices", "counts"))
        self.assertEqual(ad.unique_counts(ad.array([1, 1]))._fields, ("values", "counts"))
        self.assertEqual(ad.unique_inverse(ad.array([1, 1]))._fields, ("values", "inverse_indices"))
        self.assertIs(type(ad.unique_all(ad.array([1]))), type(ad.unique_all(ad.array([2]))))

    def test_lists_and_tuples(self):
        x = ad.arange(6)
        self.assertIsInstance(ad.split(x, 2), list)
        self.assertIsInstance(ad.atleast_1d(x, x), list)
        for result in (ad.unstack(x), ad.meshgrid(x, x), ad.broadcast_arrays(x, x), ad.nonzero(x)):
            self.assertIsInstance(result, tuple)


if __name__ == "__main__":
    unittest.main()
