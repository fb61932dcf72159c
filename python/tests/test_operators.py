"""Operators: arrays with arrays, with Python's numbers, with NumPy's arrays on either side, and with what is foreign."""

import decimal
import gc
import operator
import unittest

import adamant as ad

from support import needs_numpy, np

ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor", "lshift", "rshift")
ORDER = ("lt", "le", "gt", "ge")


class Values(unittest.TestCase):
    def test_against_python(self):
        for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", *ORDER, "eq", "ne"):
            f = getattr(operator, name)
            for x, y in ((7, 2), (6.5, 1.5), (2, 3.0), (7.0, 2)):
                want = f(x, y)
                for a, b in ((ad.array(x), ad.array(y)), (ad.array(x), y), (x, ad.array(y))):
                    self.assertAlmostEqual(f(a, b).item(), want, 5, (name, x, y))
        for name in ("and_", "or_", "xor", "lshift", "rshift"):
            f = getattr(operator, name)
            for a, b in ((ad.array(6), ad.array(3)), (ad.array(6), 3), (6, ad.array(3))):
                self.assertEqual(f(a, b).item(), f(6, 3), name)
        a = ad.array([[1.0, 2], [3, 4]])
        self.assertEqual((a @ a).tolist(), [[7, 10], [15, 22]])
        self.assertEqual([p.tolist() for p in divmod(ad.array([7, -7]), 2)], [[3, -4], [1, 1]])
        self.assertEqual([p.item() for p in divmod(7, ad.array(2))], [3, 1])
        self.assertEqual(((-a).tolist(), (+a).tolist(), abs(-a).tolist()), ([[-1, -2], [-3, -4]], a.tolist(), a.tolist()))
        self.assertEqual((~ad.array([0, 5])).tolist(), [-1, -6])
        self.assertEqual(pow(ad.array(3), 2).item(), 9)

    def test_weak_numbers(self):
        for value, dtype, want in ((1, ad.int8, ad.int8), (1, ad.bool_, ad.int32), (True, ad.bool_, ad.bool_), (1, ad.float16, ad.float16),
                                   (1.5, ad.int8, ad.float32), (1.5, ad.bool_, ad.float32), (1.5, ad.bfloat16, ad.bfloat16),
                                   (1.5, ad.float64, ad.float64), (1j, ad.float32, ad.complex64), (1j, ad.int64, ad.complex64),
                                   (1j, ad.float64, ad.complex128), (2**63, ad.uint64, ad.uint64), (2**40, ad.int64, ad.int64)):
            a = ad.ones((2,), dtype=dtype)
            self.assertEqual((a + value).dtype, want, (value, dtype))
            self.assertEqual((value + a).dtype, want, (value, dtype))

    def test_numbers_that_do_not_fit(self):
        for dtype, value in ((ad.int8, 128), (ad.int8, -129), (ad.uint8, -1), (ad.uint8, 256), (ad.int32, 2**31), (ad.uint16, 70000), (ad.int8, 2**63),
                             (ad.int64, 2**63)):
            a = ad.ones((2,), dtype=dtype)
            for call in (lambda: a + value, lambda: value * a, lambda: a < value):
                with self.assertRaises(ValueError, msg=(dtype, value)):
                    call()
        with self.assertRaises(OverflowError):
            ad.ones((2,)) + 2**64
        with self.assertRaises(OverflowError):
            ad.ones((2,), dtype=ad.uint64) + -(2**70)

    def test_dtypes_that_operators_do_not_take(self):
        f, b = ad.array([1.0]), ad.array([True])
        for call in (lambda: f & f, lambda: f | 1, lambda: 1 ^ f, lambda: ~f, lambda: f << 1, lambda: f >> f, lambda: -b):
            with self.assertRaises(ValueError):
                call()


class InPlace(unittest.TestCase):
    def test_the_object_stays(self):
        for name, want in (("iadd", 9), ("isub", 3), ("imul", 18), ("ifloordiv", 2), ("imod", 0), ("ipow", 216), ("iand", 2), ("ior", 7), ("ixor", 5),
                           ("ilshift", 48), ("irshift", 0)):
            a = other = ad.array(6)
            copy = ad.array(a)
            result = getattr(operator, name)(a, 3)
            self.assertIs(result, other)
            self.assertEqual((other.item(), copy.item()), (want, 6), name)
        a = other = ad.array([3.0])
        a /= 2
        self.assertEqual(other.tolist(), [1.5])
        a = other = ad.array([[1.0, 2], [3, 4]])
        a @= a
        self.assertEqual(other.tolist(), [[7, 10], [15, 22]])

    def test_dtype_may_change(self):
        a = other = ad.array([1, 2])
        a += 0.5
        self.assertEqual((other.dtype, other.tolist()), (ad.float32, [1.5, 2.5]))

    def test_refusals(self):
        for dtype in (ad.int32, ad.uint8, ad.bool_):
            a = ad.ones((2,), dtype=dtype)
            with self.assertRaises(ValueError):
                a /= 2
            self.assertEqual(a.dtype, dtype)
        a = ad.array([1.0])
        for name in ("iadd", "imul", "ipow", "iand"):
            with self.assertRaises(ValueError):
                getattr(operator, name)(a, "x")
        with self.assertRaises(ValueError):
            a += ad.array([[1.0, 2], [3, 4], [5, 6]])[:, :0]
            a += ad.ones((3,))
        self.assertEqual(ad.array([1.0]).tolist(), [1])


class Foreign(unittest.TestCase):
    THINGS = ("text", b"bytes", None, object(), {}, {1}, [1.0], (1.0,), int, decimal.Decimal(1), lambda: 1, ..., NotImplemented)

    def test_arithmetic_and_order(self):
        a = ad.array([1.0])
        for name in ARITHMETIC + ORDER:
            f = getattr(operator, name)
            for thing in self.THINGS:
                with self.assertRaises(ValueError, msg=(name, thing)):
                    f(a, thing)
                if not (isinstance(thing, (str, bytes)) and name == "mod"):
                    with self.assertRaises(ValueError, msg=(thing, name)):
                        f(thing, a)
        with self.assertRaises(ValueError):
            divmod(a, "x")
        with self.assertRaises(TypeError):
            pow(a, 2, 3)
        with self.assertRaisesRegex(ValueError, "adamant.array makes one of a list"):
            a + [1]

    def test_equality(self):
        a = ad.array([1.0])
        for thing in self.THINGS:
            if thing is None:
                continue
            for x, y in ((a, thing), (thing, a)):
                self.assertIs(x == y, False, thing)
                self.assertIs(x != y, True, thing)
        for call in (lambda: a == None, lambda: a != None, lambda: None == a):  # noqa: E711
            with self.assertRaises(TypeError):
                call()

    def test_classes_that_answer(self):
        class Answers:
            __hash__ = None

        for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift", "divmod"):
            setattr(Answers, "__r%s__" % name, lambda self, other, name=name: name)
        for name in ("lt", "le", "gt", "ge", "eq", "ne"):
            setattr(Answers, "__%s__" % name, lambda self, other, name=name: name)
        a, o = ad.array([1.0]), Answers()
        for name in ARITHMETIC:
            self.assertEqual(getattr(operator, name)(a, o), name.strip("_"))
        self.assertEqual(divmod(a, o), "divmod")
        for name, answer in (("lt", "gt"), ("le", "ge"), ("gt", "lt"), ("ge", "le"), ("eq", "eq"), ("ne", "ne")):
            self.assertEqual(getattr(operator, name)(a, o), answer)
        self.assertEqual(operator.iadd(a, o), "add")
        with self.assertRaises(ValueError):
            o + a

        class Half:
            def __radd__(self, other):
                return NotImplemented

        with self.assertRaises(TypeError):
            a + Half()

        class Fails:
            def __radd__(self, other):
                raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            a + Fails()

    def test_unbound_slots(self):
        for f in (ad.array.__add__, ad.array.__radd__, ad.array.__eq__, ad.array.__neg__, ad.array.__iadd__, ad.array.__lt__):
            with self.assertRaises(TypeError):
                f(1, 2)


@needs_numpy
class WithNumPy(unittest.TestCase):
    def test_either_side(self):
        a, n = ad.array([1.0, 2, 3]), np.array([4.0, 5, 6])
        for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", *ORDER, "eq", "ne"):
            f = getattr(operator, name)
            for x, y in ((a, n), (n, a), (a, np.float32(2)), (np.float32(2), a), (a, np.float64(2)), (np.float64(2), a)):
                result = f(x, y)
                self.assertIsInstance(result, ad.array, name)
                np.testing.assert_array_equal(np.asarray(result), f(np.asarray(x, np.float32), np.asarray(y, np.float32)))
        self.assertIsInstance(n @ a, ad.array)
        self.assertEqual((n + a).dtype, ad.float32)
        i = ad.array([1, 2, 3])
        self.assertEqual((np.array([1, 2, 3]) & i).tolist(), [1, 2, 3])
        self.assertEqual((np.int64(1) + ad.array([1], dtype=ad.int8)).dtype, ad.int64)

    def test_in_place(self):
        n = kept = np.array([1.0, 2])
        n += ad.array([1.0, 1])  # NumPy leaves this to us as well: the name is bound to an array, NumPy's stays as it was
        self.assertIsInstance(n, ad.array)
        self.assertEqual((n.tolist(), kept.tolist()), ([2, 3], [1, 2]))
        a = other = ad.array([1.0, 2])
        a *= np.array([2.0, 3])
        self.assertIs(a, other)
        self.assertEqual((a.tolist(), a.dtype), ([2, 6], ad.float32))

    def test_priority(self):
        class Units:
            __array_priority__ = 2000

            def __array__(self):
                return np.ones(1)

            def __radd__(self, other):
                return "units"

        self.assertEqual(ad.array([1.0]) + Units(), "units")
        Units.__array_priority__ = 10
        self.assertEqual((ad.array([1.0]) + Units()).tolist(), [2])
        Units.__array_priority__ = "high"
        self.assertEqual((ad.array([1.0]) + Units()).tolist(), [2])

    def test_operands_that_change_the_other(self):
        class Changes:
            def __init__(self, a):
                self.a = a

            def __array__(self):
                self.a += 1
                self.a[0] = 5
                gc.collect()
                return np.ones(3, np.float32)

            def __index__(self):
                self.a += 1
                gc.collect()
                return 1

        a = ad.array([1.0, 2, 3])
        self.assertEqual((a + Changes(a)).tolist(), [6, 4, 5])
        self.assertEqual(ad.add(a, Changes(a)).shape, (3,))
        self.assertEqual(a[Changes(a)].shape, ())
        a[Changes(a)] = 3
        self.assertEqual(a.reshape(Changes(a), 3).shape, (1, 3))
        view = memoryview(a)
        a += Changes(a)
        del a
        self.assertEqual(len(view.tolist()), 3)

    def test_functions_of_numpy(self):
        self.assertEqual(np.exp(ad.array([0.0])).tolist(), [1])


if __name__ == "__main__":
    unittest.main()
