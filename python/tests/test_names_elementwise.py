"""Elementwise functions against NumPy: values, dtypes, promotion, refusals."""

import unittest

import numpy as np

import adamant as ad
import tables

UNARY = tables.rows("""
xp.abs(f) : float32
xp.abs(c) : float32
xp.abs(i) : int32
xp.sign(f)
xp.sign(i) : int32
xp.sign(n)
xp.sign(c) = c / np.abs(c)
xp.negative(f)
xp.positive(i) : int32
xp.square(c) : complex64
xp.sqrt(p)
xp.sqrt(c)
xp.rsqrt(p) = 1 / np.sqrt(p)
xp.cbrt(f)
xp.reciprocal(f)
xp.exp(f)
xp.exp(c)
xp.exp2(f)
xp.expm1(f)
xp.log(p)
xp.log(c)
xp.log2(p)
xp.log10(p)
xp.log1p(p)
xp.sin(f)
xp.cos(f)
xp.tan(f)
xp.sinh(f)
xp.cosh(f)
xp.tanh(f)
xp.arcsin(u)
xp.arccos(u)
xp.arctan(f)
xp.arcsinh(f)
xp.arccosh(p + 1)
xp.arctanh(u)
xp.asin(u) = np.arcsin(u)
xp.acos(u) = np.arccos(u)
xp.atan(f) = np.arctan(f)
xp.asinh(f) = np.arcsinh(f)
xp.acosh(p + 1) = np.arccosh(p + 1)
xp.atanh(u) = np.arctanh(u)
xp.erf(xp.array([-1.0, 0.0, 0.5])) = np.array([-0.8427007929, 0, 0.5204998778])
xp.erfinv(xp.array([-0.5, 0.0, 0.9])) = np.array([-0.4769362762, 0, 1.1630871537])
xp.sigmoid(f) = 1 / (1 + np.exp(-f))
xp.relu(f) = np.maximum(f, 0)
xp.silu(f) = f / (1 + np.exp(-f))
xp.softplus(f) = np.log1p(np.exp(f))
xp.gelu(xp.array([-1.0, 0.0, 2.0])) = np.array([-0.1586552539, 0, 1.9544997361])
xp.gelu_approx(f) = 0.5 * f * (1 + np.tanh(np.sqrt(2 / np.pi) * (f + 0.044715 * f ** 3)))
xp.degrees(f)
xp.radians(f)
xp.floor(f)
xp.floor(i) : int32
xp.ceil(f)
xp.trunc(f)
xp.rint(f * 2)
xp.round(f, 2)
xp.round(f * 10, decimals=-1)
xp.round(i) : int32
xp.isnan(n) : bool
xp.isinf(n)
xp.isfinite(n)
xp.isposinf(n)
xp.isneginf(n)
xp.signbit(n)
xp.isnan(i)
xp.nan_to_num(n)
xp.nan_to_num(n, nan=7, posinf=8.0, neginf=9.0)
xp.logical_not(i) : bool
xp.bitwise_invert(i) = np.invert(i)
xp.bitwise_invert(b) = np.invert(b)
xp.conjugate(c)
xp.conj(f)
xp.real(c) : float32
xp.imag(c) : float32
xp.imag(f) : float32
xp.stop_gradient(f) = f
xp.copy(f)
xp.from_fp8(xp.to_fp8(xp.array([0.5, -1.0, 500.0])), dtype=xp.float32) = np.array([0.5, -1, 448])
xp.to_fp8(xp.array([1.0, -448.0])) = np.array([0x38, 0xFE]) : uint8
""")

BINARY = tables.rows("""
xp.add(f, g) : float32
xp.add(b, e) : bool
xp.add(i, 1) : int32
xp.add(1, 2) = np.array(3) : int32
xp.subtract(f, 1)
xp.multiply(f, c) : complex64
xp.multiply(b, e) : bool
xp.divide(i, j) : float32
xp.floor_divide(i, j) : int32
xp.floor_divide(f, g)
xp.remainder(i, j) : int32
xp.remainder(f, g)
xp.divmod(i, j)
xp.power(p, f)
xp.power(i, 2) : int32
xp.pow(p, 2) = np.power(p, 2)
xp.maximum(n, 1)
xp.minimum(n, 1)
xp.logaddexp(f, g)
xp.arctan2(f, g)
xp.atan2(f, g) = np.arctan2(f, g)
xp.copysign(f, g)
xp.hypot(f, g)
xp.nextafter(f, g)
xp.equal(i, j) : bool
xp.not_equal(i, j)
xp.less(f, g)
xp.less_equal(f, 0)
xp.greater(f, g)
xp.greater_equal(i, 2)
xp.array_equal(f, f)
xp.array_equal(f, g)
xp.array_equal(f, w)
xp.array_equal(n, n, equal_nan=True)
xp.isclose(n, n)
xp.isclose(n, n, equal_nan=True)
xp.isclose(f, f + 1e-3, atol=1e-2)
xp.allclose(f, f)
xp.allclose(f, g, rtol=0.1)
xp.logical_and(b, i)
xp.logical_or(b, f)
xp.logical_xor(b, e)
xp.bitwise_and(i, j)
xp.bitwise_or(i, j)
xp.bitwise_xor(b, e)
xp.left_shift(j, 2)
xp.right_shift(i, 1)
xp.bitwise_left_shift(j, 2) = np.left_shift(j, 2)
xp.bitwise_right_shift(i, 1) = np.right_shift(i, 1)
xp.where(b, f, g)
xp.where(b, i, 0.5) : float32
xp.clip(f, -0.5, 0.5)
xp.clip(f, None, 0.5)
xp.clip(f, a_min=0.0) = np.clip(f, 0, None)
xp.clip(f, min=0.0, max=1.0) = np.clip(f, 0, 1)
xp.clip(i, j - 3, j)
xp.clip(f) = f
""")

REFUSED = """
xp.negative(b) ! ValueError
xp.floor(c) ! ValueError
xp.remainder(c, c) ! ValueError
xp.arctan2(c, f) ! ValueError
xp.add(f, w) ! ValueError
xp.add(f) ! TypeError
xp.add(f, None) ! TypeError
xp.add(f, g, f) ! TypeError
xp.add(f, c=g) ! TypeError
xp.add(f, b=g, a=f) ! TypeError
xp.add(f, g, stream=3) ! TypeError
xp.add(f, g, stream=xp.gpu) ! ValueError
xp.round(f, 1.5) ! TypeError
xp.round(f, 10 ** 30) ! OverflowError
xp.clip(f, 1, min=2) ! TypeError
xp.isclose(f, g, 1e-5, 1e-8, True) ! TypeError
xp.nan_to_num(n, nan='a') ! TypeError
xp.from_fp8(f) ! ValueError
""".strip().split("\n")

DTYPES = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 bfloat16 complex64 complex128".split()


def of(name):
    return getattr(ad, "bool_" if name == "bool" else name)


def promoted(a, b):
    """The table of arrays.md 1.2 with the decisions, written as rules."""
    if a == b:
        return a
    if a > b:
        a, b = b, a
    pair = {a, b}
    if "bool" in pair:
        return (pair - {"bool"}).pop()
    if "complex128" in pair or pair == {"complex64", "float64"}:
        return "complex128"
    if "complex64" in pair:
        return "complex64"
    floats = pair & {"float16", "bfloat16", "float32", "float64"}
    if len(floats) == 1:
        return floats.pop()
    if floats:
        return "float64" if "float64" in pair else "float32"
    if a[0] == b[0]:
        return max(pair, key=lambda t: int(t.strip("uint")))
    signed, unsigned = int(a[3:]), int(b[4:])
    if unsigned == 64:
        return "float32"
    return "int%d" % max(signed, 2 * unsigned)


FLOATING = """sqrt rsqrt reciprocal exp expm1 log log2 log10 log1p sin cos tan sinh cosh tanh arcsin arccos arctan arcsinh arccosh
arctanh erf erfinv sigmoid degrees radians""".split()
SAME = "abs sign positive square".split()


class Values(unittest.TestCase):
    def test_unary(self):
        tables.run(self, UNARY)

    def test_binary(self):
        tables.run(self, BINARY)

    def test_refusals(self):
        tables.refuses(self, REFUSED)

    def test_float64_is_exact(self):
        x = np.linspace(0.1, 3, 50)
        for name in ("exp", "sin", "log", "tanh", "sqrt", "arctan"):
            got = np.array(getattr(ad, name)(ad.array(x, dtype=ad.float64)))
            self.assertEqual(got.dtype, np.float64)
            np.testing.assert_allclose(got, getattr(np, name)(x), rtol=1e-14)

    def test_integers_floor_and_survive_zero(self):
        a, b = ad.array([-7, 7, 5, -5], dtype=ad.int32), ad.array([2, -2, 0, 0], dtype=ad.int32)
        self.assertEqual(ad.floor_divide(a, b).tolist(), [-4, -4, 0, 0])
        self.assertEqual(ad.remainder(a, b).tolist(), [1, -1, 0, 0])
        least = ad.array([-(2**31)], dtype=ad.int32)
        self.assertEqual(ad.floor_divide(least, ad.array([-1], dtype=ad.int32)).tolist(), [-(2**31)])

    def test_casts_saturate(self):
        x = ad.array([1e10, -1e10, float("nan"), 3.7])
        self.assertEqual(ad.astype(x, ad.int32).tolist(), [2**31 - 1, -(2**31), 0, 3])


class Dtypes(unittest.TestCase):
    def test_pairs_promote(self):
        for a in DTYPES:
            for b in DTYPES:
                want = promoted(a, b)
                got = ad.maximum(ad.zeros((1,), of(a)), ad.zeros((1,), of(b))) if "complex" not in want else ad.add(
                    ad.zeros((1,), of(a)), ad.zeros((1,), of(b)))
                self.assertEqual(repr(got.dtype), "adamant." + want, (a, b))
                self.assertEqual(ad.result_type(of(a), of(b)), of(want), (a, b))
                self.assertEqual(ad.promote_types(of(a), of(b)), of(want))
                self.assertEqual(ad.can_cast(of(a), of(b)), want == b, (a, b))

    def test_numbers_are_weak(self):
        for name in DTYPES:
            x = ad.zeros((1,), of(name))
            inexact = "float" in name or "complex" in name
            self.assertEqual(ad.add(x, 1).dtype, ad.int32 if name == "bool" else of(name), name)
            self.assertEqual(ad.add(x, 1.5).dtype, of(name) if inexact else ad.float32, name)
            wide = "complex128" if name in ("float64", "complex128") else "complex64"
            self.assertEqual(ad.add(x, 1j).dtype, of(wide), name)
            self.assertEqual(ad.add(x, True).dtype, of(name), name)

    def test_what_needs_floats_makes_them(self):
        for function in FLOATING:
            for name in ("bool", "int32", "uint8", "float16", "bfloat16", "float32", "float64"):
                got = getattr(ad, function)(ad.ones((1,), of(name)))
                self.assertEqual(got.dtype, of(name) if "float" in name else ad.float32, (function, name))

    def test_what_keeps_dtypes_keeps_them(self):
        for function in SAME:
            for name in DTYPES[1:]:
                want = {"complex64": "float32", "complex128": "float64"}.get(name, name) if function == "abs" else name
                self.assertEqual(getattr(ad, function)(ad.ones((1,), of(name))).dtype, of(want), (function, name))


if __name__ == "__main__":
    unittest.main()
