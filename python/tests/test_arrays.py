"""The array object: attributes, methods, conversions to numbers, iteration, text."""

import gc
import inspect
import math
import operator
import unittest
import weakref

import adamant as ad

try:
    import numpy as np
except ImportError:
    np = None


class Attributes(unittest.TestCase):
    def test_values(self):
        a = ad.array([[1, 2, 3], [4, 5, 6]], dtype=ad.int16)
        self.assertEqual((a.size, a.ndim, a.itemsize, a.nbytes, a.shape, a.dtype), (6, 2, 2, 12, (2, 3), ad.int16))
        self.assertEqual(a.T.tolist(), [[1, 4], [2, 5], [3, 6]])
        self.assertEqual(a[None].mT.shape, (1, 3, 2))
        self.assertEqual((a.real.tolist(), a.imag.tolist()), (a.tolist(), [[0] * 3] * 2))
        c = ad.array([1 + 2j])
        self.assertEqual((c.real.item(), c.imag.item(), c.real.dtype), (1, 2, ad.float32))
        self.assertEqual(a.device, ad.default_device())
        self.assertIs(a.to_device("cpu"), a)
        self.assertIs(a.to_device(a.device, stream=None), a)
        self.assertIs(a.__array_namespace__(), ad)
        self.assertIs(a.__array_namespace__(api_version="2025.12"), ad)

    def test_bad_use(self):
        a = ad.array([1.0])
        for name in ("shape", "dtype", "T", "size", "at", "new"):
            with self.assertRaises(AttributeError):
                setattr(a, name, 1)
            with self.assertRaises(AttributeError):
                delattr(a, name)
        with self.assertRaises(ValueError):
            a.mT
        for call in (lambda: a.to_device(), lambda: a.to_device(5), lambda: a.__array_namespace__(api_version=5), lambda: a.__array_namespace__(api_version="1999")):
            with self.assertRaises((TypeError, ValueError)):
                call()
        with self.assertRaises(TypeError):
            class Mine(ad.array):
                pass


class Methods(unittest.TestCase):
    NAMES = ("abs square sqrt rsqrt reciprocal exp log log2 log10 log1p sin cos all any sum prod min max mean var std logsumexp logcumsumexp "
             "argmin argmax cumsum cumprod cummax cummin round flatten squeeze diag conj").split()

    def test_they_are_functions(self):
        a = ad.array([1.0, 2.0, 4.0])
        for name in self.NAMES:
            got, want = getattr(a, name)(), getattr(ad, name)(a)
            self.assertEqual((got.dtype, got.tolist()), (want.dtype, want.tolist()), name)

    def test_arguments(self):
        a = ad.array([[1.0, 2.0], [3.0, 4.0]])
        self.assertEqual(a.sum(axis=1, keepdims=True).tolist(), [[3], [7]])
        self.assertEqual(a.sum(0).tolist(), [4, 6])
        self.assertEqual(a.var(axis=0, ddof=1).tolist(), [2, 2])
        self.assertEqual(a.cumsum(axis=1, reverse=True, inclusive=False).tolist(), [[2, 0], [4, 0]])
        self.assertEqual(a.round(decimals=1).tolist(), a.tolist())
        self.assertEqual([p.tolist() for p in a.split(2, axis=1)], [[[1], [3]], [[2], [4]]])
        self.assertEqual(a.swapaxes(0, 1).tolist(), a.moveaxis(0, 1).tolist())
        self.assertEqual(a.diagonal(offset=1).tolist(), [2])
        self.assertEqual(a.astype(ad.int8).dtype, ad.int8)
        self.assertEqual(a.astype(dtype="int8").dtype, ad.int8)
        self.assertEqual(a.view(ad.int32).dtype, ad.int32)
        self.assertEqual(a.sum(stream=ad.cpu).item(), 10)

    def test_shapes_in_either_form(self):
        a = ad.arange(6)
        for shape in ((2, 3), (3, -1), (6,), (1, 2, 3)):
            self.assertEqual(a.reshape(*shape).tolist(), a.reshape(shape).tolist())
            self.assertEqual(a.reshape(list(shape)).shape, a.reshape(shape, stream=None).shape)
        self.assertEqual(ad.array([3]).reshape(()).shape, ())
        self.assertEqual(a.reshape(shape=(2, 3)).shape, (2, 3))
        b = a.reshape(1, 2, 3)
        self.assertEqual(b.transpose().shape, (3, 2, 1))
        self.assertEqual(b.transpose(1, 0, 2).shape, (2, 1, 3))
        self.assertEqual(b.transpose((1, 0, 2)).shape, (2, 1, 3))
        self.assertEqual(b.transpose([2, 0, 1]).shape, (3, 1, 2))
        self.assertEqual(b.transpose(None).shape, (3, 2, 1))
        self.assertEqual(b.transpose(axes=(1, 0, 2)).shape, (2, 1, 3))

    def test_documentation(self):
        self.assertEqual(str(inspect.signature(ad.array.sum)), "(self, /, axis=None, keepdims=False, *, dtype=None, stream=None)")
        self.assertTrue(ad.array.sum.__doc__.startswith("The sum"))
        for name in dir(ad.array):
            if not name.startswith("_"):
                self.assertTrue(getattr(ad.array, name).__doc__, name)
                if callable(getattr(ad.array, name)):
                    inspect.signature(getattr(ad.array, name))

    def test_bad_calls(self):
        a = ad.array([[1.0, 2.0]])
        for call in (lambda: a.sum(axes=0), lambda: a.sum(0, 0, 0), lambda: a.sum(0, axis=0), lambda: ad.array.sum(), lambda: ad.array.sum(5),
                     lambda: ad.array.item(5), lambda: a.reshape(), lambda: a.reshape("a"), lambda: a.reshape(None), lambda: a.reshape(1.5),
                     lambda: a.reshape(1, "a"), lambda: a.reshape((1, 2), (3, 4)), lambda: a.astype(), lambda: a.astype(5), lambda: a.astype(None),
                     lambda: a.item(1), lambda: a.tolist(1), lambda: a.sum(*range(40)), lambda: a.reshape(*range(40), **{str(i): i for i in range(40)}),
                     lambda: a.sum(**{str(i): i for i in range(40)}), lambda: a.transpose(0, 1, axes=(0, 1)), lambda: a.squeeze("a")):
            with self.assertRaises(TypeError):
                call()
        for call in (lambda: a.reshape(5, 5), lambda: a.reshape(-1, -1), lambda: a.transpose(0, 0), lambda: a.transpose(0), lambda: a.view(ad.complex128).eval()):
            with self.assertRaises((ValueError, AttributeError)):
                call()
        with self.assertRaises((IndexError, ValueError)):
            a.sum(axis=7)
        with self.assertRaises((OverflowError, ValueError)):
            a.reshape(2**70)


class Numbers(unittest.TestCase):
    def test_item_and_tolist(self):
        for name in "uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128 bool_".split():
            dtype = getattr(ad, name)
            a = ad.array([[1, 0], [0, 1]], dtype=dtype)
            kind = {"b": bool, "u": int, "i": int, "f": float, "c": complex}["f" if name == "bfloat16" else name[0]]
            self.assertEqual(a.tolist(), [[1, 0], [0, 1]])
            self.assertIs(type(a[0, 0].item()), kind)
            self.assertIs(type(a.T.tolist()[0][1]), kind)
        self.assertEqual(ad.array([2**64 - 1], dtype=ad.uint64).item(), 2**64 - 1)
        self.assertEqual(ad.array([-(2**63)]).item(), -(2**63))
        self.assertEqual(ad.zeros((2, 0, 3)).tolist(), [[], []])
        self.assertEqual(ad.array(5).tolist(), 5)
        self.assertEqual(ad.array([[[7]]]).item(), 7)
        for a in (ad.array([1, 2]), ad.array([])):
            with self.assertRaises(ValueError):
                a.item()

    def test_conversions(self):
        self.assertEqual((int(ad.array(2.9)), int(ad.array([-2.9])), int(ad.array(True)), float(ad.array(3)), complex(ad.array(2))), (2, -2, 1, 3.0, 2 + 0j))
        self.assertEqual((complex(ad.array(1 + 2j)), bool(ad.array(0)), bool(ad.array([[0.5]])), bool(ad.array(1j))), (1 + 2j, False, True, True))
        self.assertEqual((operator.index(ad.array(3)), [1, 2, 3][ad.array(-1)], list(range(ad.array(2)))), (3, 3, [0, 1]))
        self.assertEqual(math.sqrt(ad.array(4.0)), 2)
        for f in (int, float, complex, bool):
            for a in (ad.array([1, 2]), ad.array([])):
                with self.assertRaises(ValueError):
                    f(a)
        for f, a in ((int, ad.array(1j)), (float, ad.array(1j)), (operator.index, ad.array(1.0)), (operator.index, ad.array([1])), (operator.index, ad.array(True))):
            with self.assertRaises(TypeError):
                f(a)
        with self.assertRaises(ValueError):
            int(ad.array(math.nan))
        with self.assertRaises(OverflowError):
            int(ad.array(math.inf))
        with self.assertRaises(ValueError):
            if ad.array([True, False]):
                pass

    def test_format(self):
        self.assertEqual(f"{ad.array(1.5):.3f} {ad.array(7):05d} {ad.array(2)}", "1.500 00007 array(2, dtype=int32)")
        self.assertEqual(format(ad.array([1, 2])), "array([1, 2], dtype=int32)")
        with self.assertRaises(TypeError):
            format(ad.array([1, 2]), ".2f")
        with self.assertRaises(ValueError):
            format(ad.array(1.0), "nonsense")
        with self.assertRaises(TypeError):
            ad.array(1.0).__format__(5)


class Containers(unittest.TestCase):
    def test_length_and_iteration(self):
        a = ad.array([[1, 2], [3, 4], [5, 6]])
        self.assertEqual((len(a), [x.tolist() for x in a]), (3, [[1, 2], [3, 4], [5, 6]]))
        self.assertEqual(list(ad.zeros((0, 3))), [])
        self.assertEqual([x.item() for x in reversed(ad.array([1, 2, 3]))], [3, 2, 1])
        first, *rest = ad.array([1, 2, 3])
        self.assertEqual((first.item(), len(rest)), (1, 2))
        with self.assertRaises(TypeError):
            len(ad.array(1))
        with self.assertRaises(IndexError):
            iter(ad.array(1))

    def test_iteration_over_a_changing_array(self):
        a = ad.array([1, 2, 3])
        seen = []
        for x in a:
            a += 10
            seen.append(x.item())
        self.assertEqual(seen, [1, 2, 3])
        it = iter(a)
        del a
        gc.collect()
        self.assertEqual(next(it).item(), 31)
        with self.assertRaises(TypeError):
            type(it)()

    def test_membership(self):
        a = ad.array([[1.0, 2.0]])
        self.assertTrue(2 in a and ad.array(1.0) in a)
        self.assertFalse(3 in a or "x" in a or [1] in a)
        with self.assertRaises(TypeError):
            None in a

    def test_identity(self):
        a, b = ad.array([1]), ad.array([1])
        self.assertEqual(len({a, b, a}), 2)
        gone = weakref.ref(a)
        self.assertIs(gone(), a)
        del a
        self.assertIsNone(gone())


class Text(unittest.TestCase):
    def test_repr(self):
        for value, text in ((1, "array(1, dtype=int32)"), ([1.5, 2], "array([1.5, 2], dtype=float32)"), ([True], "array([True], dtype=bool)"),
                            ([1 - 2j], "array([1-2j], dtype=complex64)"), ([], "array([], dtype=float32)"),
                            (list(range(7)), "array([0, 1, 2, ..., 4, 5, 6], dtype=int32)"),
                            ([[1, 2], [3, 4]], "array([[1, 2],\n       [3, 4]], dtype=int32)")):
            a = ad.array(value)
            self.assertEqual((repr(a), str(a)), (text, text))
        self.assertEqual(repr(ad.float32), "adamant.float32")
        self.assertGreater(len(repr(ad.ones((6, 6, 6)))), 512)

    def test_options(self):
        a = ad.array([1 / 3, 2.0])
        before = ad.get_printoptions()
        self.assertEqual(before, {"precision": 6, "threshold": 6, "edgeitems": 3, "linewidth": 0})
        try:
            ad.set_printoptions(precision=2)
            self.assertEqual(repr(a), "array([0.33, 2], dtype=float32)")
            with ad.printoptions(precision=4, threshold=1, edgeitems=0):
                inside = ad.get_printoptions()
                self.assertEqual(inside["precision"], 4)
                self.assertEqual(repr(a), "array([...], dtype=float32)")
                with self.assertRaises(ZeroDivisionError):
                    with ad.printoptions(threshold=6):
                        self.assertEqual(repr(a), "array([0.3333, 2], dtype=float32)")
                        1 / 0
                self.assertEqual(ad.get_printoptions(), inside)
            self.assertEqual(ad.get_printoptions()["precision"], 2)
            ad.set_printoptions(4)
            for wrong in ({"precision": 0}, {"precision": 18}, {"threshold": -1}, {"linewidth": -1}, {"edgeitems": -1}):
                with self.assertRaises(ValueError):
                    ad.set_printoptions(**wrong)
            for wrong in ({"precision": "a"}, {"nothing": 1}, {"precision": 1.5}):
                with self.assertRaises(TypeError):
                    ad.set_printoptions(**wrong)
            with self.assertRaises(OverflowError):
                ad.set_printoptions(precision=2**70)
            self.assertEqual(ad.get_printoptions(), dict(before, precision=4))
        finally:
            ad.set_printoptions(**before)

    def test_failing_arrays(self):
        ad.set_memory_limit(ad.get_active_memory() + (1 << 20))
        try:
            large = ad.ones((1 << 24,)) + 1
            for f in (repr, str, lambda a: a.tolist(), lambda a: a.max().item()):
                with self.assertRaises(MemoryError):
                    f(large)
        finally:
            ad.set_memory_limit(0)


class Leaks(unittest.TestCase):
    def test_nothing_stays(self):
        def work():
            a = ad.array([[1.0, 2], [3, 4]])
            list(a), a.tolist(), repr(a), a.T, a.sum(axis=0), a.reshape(4), 2 in a, a[0, 0].item()
            for call in (lambda: a.sum(axis=9), lambda: a.reshape(3), lambda: a.item(), lambda: a.sum(nothing=1)):
                with self.assertRaises(Exception):
                    call()

        work()
        gc.collect()
        before = ad._core.live_arrays(), ad.get_active_memory()
        for _ in range(100):
            work()
        gc.collect()
        self.assertEqual((ad._core.live_arrays(), ad.get_active_memory()), before)


if __name__ == "__main__":
    unittest.main()
