"""What becomes an array: numbers, lists, NumPy's arrays, buffers, tensors, hooks; and what does not."""

import array
import collections
import ctypes
import gc
import sys
import unittest

import adamant as ad

from support import needs_numpy, needs_torch, np, torch


class Numbers(unittest.TestCase):
    def check(self, value, dtype, shape, back=None):
        a = ad.array(value)
        self.assertEqual((a.dtype, a.shape), (dtype, shape))
        self.assertEqual(a.tolist(), value if back is None else back)

    def test_scalars(self):
        self.check(True, ad.bool_, ())
        self.check(7, ad.int32, ())
        self.check(-(2**31), ad.int32, ())
        self.check(2**31, ad.int64, ())
        self.check(-(2**63), ad.int64, ())
        self.check(2**63, ad.uint64, ())
        self.check(2**64 - 1, ad.uint64, ())
        self.check(1.5, ad.float32, ())
        self.check(1 + 2j, ad.complex64, ())

    def test_alone_a_number_is_not_weak(self):
        self.assertEqual((ad.array(3) + ad.array([1], dtype=ad.int8)).dtype, ad.int32)

    def test_widest_of_a_list(self):
        self.check([True, False], ad.bool_, (2,))
        self.check([True, 2], ad.int32, (2,), [1, 2])
        self.check([1, 2**40], ad.int64, (2,))
        self.check([2**63, 1], ad.uint64, (2,))
        self.check([1, True, 2.5], ad.float32, (3,), [1, 1, 2.5])
        self.check([1, 2j, 0.5], ad.complex64, (3,), [1, 2j, 0.5])
        self.check([2**63, 0.5], ad.float32, (2,), [2.0**63, 0.5])
        self.check([0.5, 2**63], ad.float32, (2,), [0.5, 2.0**63])
        self.check([], ad.float32, (0,))
        self.check([[], []], ad.float32, (2, 0))
        self.check(((1, 2), [3, 4]), ad.int32, (2, 2), [[1, 2], [3, 4]])
        self.check(list(range(1000)), ad.int32, (1000,))
        self.check([float(i) for i in range(200)] + [1j], ad.complex64, (201,))

    def test_every_dtype_on_request(self):
        for name in "uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128".split():
            dtype = getattr(ad, name)
            for value in ([1, 2, 3], [1.0, 2.0, 3.0], [True, 2, 3.0]):
                a = ad.array(value, dtype)
                self.assertEqual((a.dtype, a.tolist()), (dtype, [1, 2, 3]), name)
        self.assertEqual(ad.array([0, 3, -1], dtype=ad.bool_).tolist(), [False, True, True])
        self.assertEqual(ad.array([0.0, 0.5], dtype=bool).tolist(), [False, True])
        self.assertEqual(ad.array(2**53 + 1, dtype=ad.int64).item(), 2**53 + 1)
        self.assertEqual(ad.array([0.1], dtype=ad.float64).item(), 0.1)
        self.assertEqual(ad.array([2**70], dtype=ad.float64).item(), 2.0**70)

    def test_ints_that_do_not_fit(self):
        for value, dtype in ((2**64, None), (-(2**63) - 1, None), ([-1, 2**63], None), ([2**63, -1], None), ([300], ad.uint8),
                             ([-1], ad.uint32), ([128], ad.int8), ([2**63], ad.int64), ([-1], ad.uint64), (10**400, ad.float32)):
            with self.assertRaises(OverflowError):
                ad.array(value, dtype)
        self.assertEqual(ad.array([255, 0], dtype=ad.uint8).tolist(), [255, 0])
        self.assertEqual(ad.array([-128, 127], dtype=ad.int8).tolist(), [-128, 127])

    def test_ragged_lists(self):
        for value in ([1, [2]], [[1], 2], [[1, 2], [3]], [[1], []], [[], [1]], [[[1]], [1]], [[1, 2], (3, 4, 5)], [[[1], [2]], [[3]]]):
            with self.assertRaisesRegex(ValueError, "ragged"):
                ad.array(value)

    def test_depth(self):
        deep = 1
        for _ in range(16):
            deep = [deep]
        self.assertEqual(ad.array(deep).ndim, 16)
        with self.assertRaisesRegex(ValueError, "16"):
            ad.array([deep])
        loop = []
        loop.append(loop)
        with self.assertRaises(ValueError):
            ad.array(loop)
        loop = [ad.array(1)]
        loop.append(loop)
        with self.assertRaises((ValueError, RecursionError)):
            ad.array(loop)

    def test_no_arrays(self):
        class Broken:
            def __iter__(self):
                raise RuntimeError("no")

        for value in (None, "text", {}, {1}, object(), int, [None], ["a"], [1, None], [{}], iter([1]), (i for i in [1]), Broken(), lambda: 1):
            with self.assertRaises(TypeError, msg=repr(value)):
                ad.array(value)
        for call in (lambda: ad.array(), lambda: ad.array(1, 2, 3), lambda: ad.array(1, shape=2), lambda: ad.array(1, dtype="int7"),
                     lambda: ad.array(1, dtype=3), lambda: ad.array([1], dtype=object)):
            with self.assertRaises(TypeError):
                call()

    def test_subclasses_and_sequences(self):
        class Number(float):
            pass

        class Whole(int):
            pass

        self.assertEqual(ad.array([Number(1.5), Whole(2)]).tolist(), [1.5, 2])
        self.assertEqual(ad.array(range(3)).tolist(), [0, 1, 2])
        self.assertEqual(ad.array(collections.deque([1, 2])).tolist(), [1, 2])
        self.assertEqual(ad.array(collections.namedtuple("P", "x y")(1, 2)).tolist(), [1, 2])

        class Sequence:
            def __len__(self):
                return 2

            def __getitem__(self, i):
                if i > 1:
                    raise IndexError
                return [i, i]

        self.assertEqual(ad.array(Sequence()).tolist(), [[0, 0], [1, 1]])

        class Failing(Sequence):
            def __getitem__(self, i):
                raise KeyError("inside")

        with self.assertRaisesRegex(KeyError, "inside"):
            ad.array(Failing())

    def test_lists_of_arrays(self):
        x = ad.array([1.0, 2.0])
        self.assertEqual(ad.array([x, x * 2]).tolist(), [[1, 2], [2, 4]])
        self.assertEqual(ad.array([[x[0], 5], (6, x[1])]).tolist(), [[1, 5], [6, 2]])
        self.assertEqual(ad.array([ad.array(1, dtype=ad.int8), 2.5]).dtype, ad.float32)
        self.assertEqual(ad.array([x, [3, 4]], dtype=ad.int32).tolist(), [[1, 2], [3, 4]])
        with self.assertRaisesRegex(ValueError, "ragged"):
            ad.array([x, [1, 2, 3]])
        with self.assertRaisesRegex(ValueError, "ragged"):
            ad.array([x, 1])
        with self.assertRaises(TypeError):
            ad.array([x, None])

    def test_derivatives_pass_through_lists(self):
        gradient = ad.grad(lambda x: (ad.array([x * x, 2 * x]) * ad.array([1.0, 10.0])).sum())(ad.array(3.0))
        self.assertEqual(gradient.item(), 26)


@needs_numpy
class FromNumPy(unittest.TestCase):
    def same(self, n, **kinds):
        a = ad.array(n, **kinds)
        self.assertEqual(a.shape, n.shape)
        np.testing.assert_array_equal(np.array(a.tolist()).reshape(n.shape), n)
        return a

    def test_dtypes(self):
        for name in "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 complex64".split():
            n = np.array([[0, 1], [1, 0]]).astype(name)
            self.assertEqual(self.same(n).dtype, getattr(ad, "bool_" if name == "bool" else name))
            self.assertEqual(self.same(n.astype(n.dtype.newbyteorder())).dtype, getattr(ad, "bool_" if name == "bool" else name))
        for wide, narrow in ((ad.float64, ad.float32), (ad.complex128, ad.complex64)):
            n = np.array([0.5, 3]).astype(str(wide).split(".")[1])
            for order in (n, n.astype(n.dtype.newbyteorder()), n[::-1], n[:0]):
                self.assertEqual(self.same(order).dtype, narrow)
                self.assertEqual(ad.asarray(order).dtype, narrow)
                self.assertEqual(self.same(order, dtype=wide).dtype, wide)
        self.assertEqual(ad.array(np.array([1.1]), dtype=ad.float64).item(), 1.1)
        self.assertEqual(ad.array(np.longlong(3)).dtype, ad.int64)

    def test_layouts(self):
        n = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
        for view in (n[::-1], n[:, ::-2, 1:], n.T, n[0, 0, 0], n[:, :0], n[..., None], np.broadcast_to(n[0, 0], (5, 4)),
                     np.asfortranarray(n), n.reshape(-1)[3:20:5], np.zeros((0,)), np.zeros((3, 0, 2), np.int8), np.array(5.0)):
            self.same(view)
            self.same(ad.asarray(view).__array__())
        packed = np.zeros(5, dtype=[("a", "i1"), ("b", "f4"), ("c", "f8")])
        packed["b"] = range(5)
        packed["c"] = range(5)
        self.same(packed["b"])
        self.same(packed["c"])
        self.assertEqual(ad.asarray(packed["b"]).tolist(), [0, 1, 2, 3, 4])
        read_only = np.arange(3.0, dtype=np.float32)
        read_only.flags.writeable = False
        self.same(read_only)
        self.assertEqual((ad.asarray(read_only) + 1).tolist(), [1, 2, 3])

    def test_exotic_dtypes(self):
        for n in (np.array([None]), np.array(["a"]), np.array([b"a"]), np.zeros(2, "V3"), np.array(["2020"], "M8[D]"),
                  np.array([1], "m8[s]"), np.zeros(2, [("a", int)]), np.zeros(1, np.longdouble), np.zeros(1, np.clongdouble)):
            for make in (ad.array, ad.asarray, lambda n: ad.array([1.0]) + n, lambda n: ad.array([n, n]), ad.sum):
                with self.assertRaises(TypeError, msg=n.dtype):
                    make(n)

    def test_scalars(self):
        self.assertEqual(ad.array(np.float64(2)).dtype, ad.float32)
        self.assertEqual(ad.array(np.float64(0.1), dtype=ad.float64).item(), 0.1)
        self.assertEqual(ad.array(np.float16(2)).dtype, ad.float16)
        self.assertEqual(ad.array(np.bool_(True)).dtype, ad.bool_)
        self.assertEqual(ad.array([np.int64(1), np.int8(2)]).dtype, ad.int64)
        self.assertEqual(ad.array([np.float32(1), 2]).dtype, ad.float32)
        self.assertEqual(ad.array([np.float16(1), np.float16(2)]).dtype, ad.float16)
        self.assertEqual(ad.array([np.uint8(255), np.int8(-1)]).tolist(), [255, -1])
        self.assertEqual(ad.array([np.complex128(1j), np.array(2)]).tolist(), [1j, 2])
        self.assertEqual(ad.array(list(np.arange(100))).dtype, ad.int64)
        with self.assertRaises(TypeError):
            ad.array([np.datetime64("2020")])

    def test_memory_is_shared_or_not(self):
        n = np.arange(6, dtype=np.float32).reshape(2, 3)
        for view in (n, n.T, n[::-1, ::2]):
            a = ad.asarray(view)
            back = np.asarray(a)
            self.assertEqual(back.__array_interface__["data"][0], view.__array_interface__["data"][0])
            self.assertEqual(back.strides, view.strides)
            self.assertFalse(back.flags.writeable)
        copied = ad.array(n)
        again = ad.array(ad.asarray(n))
        explicit = ad.asarray(n, copy=True)
        ad.eval(again)
        n[:] = 7
        for a in (copied, again, explicit):
            self.assertEqual(a.tolist(), [[0, 1, 2], [3, 4, 5]])

    def test_copy_false(self):
        n = np.arange(3, dtype=np.float32)
        self.assertEqual(ad.asarray(n, copy=False).tolist(), [0, 1, 2])
        a = ad.array([1.0])
        self.assertIs(ad.asarray(a), a)
        self.assertIs(ad.asarray(a, copy=False), a)
        self.assertIsNot(ad.asarray(a, copy=True), a)
        odd = np.frombuffer(bytearray(9), np.float32, count=2, offset=1)
        for value, kinds in ((np.arange(3.0), {}), (n.astype(">f4"), {}), (n, {"dtype": ad.int32}), ([1], {}), (1, {}), (odd, {}),
                             (a, {"dtype": ad.int8})):
            with self.assertRaisesRegex(ValueError, "copy=False"):
                ad.asarray(value, copy=False, **kinds)
        self.assertEqual(ad.asarray(odd).tolist(), [0, 0])
        for wrong in (1, "yes", [], 0.0):
            with self.assertRaises(TypeError):
                ad.asarray(n, copy=wrong)

    def test_the_owner_lives_as_long_as_its_memory(self):
        n = np.arange(100, dtype=np.float32)
        before = sys.getrefcount(n)
        a = ad.asarray(n)
        b = a[10:20]
        self.assertGreater(sys.getrefcount(n), before)
        ad.eval(b)
        del a
        self.assertGreater(sys.getrefcount(n), before)
        del b
        self.assertEqual(sys.getrefcount(n), before)
        for _ in range(3):
            ad.array(n)
            ad.array(n[::2])
            ad.asarray(n.astype(">f4"))
        self.assertEqual(sys.getrefcount(n), before)

    def test_large_arrays_do_not_move(self):
        n = np.zeros(1 << 26, np.float32)
        before = ad.get_active_memory()
        a = ad.asarray(n)
        back = np.asarray(a)
        self.assertEqual(back.ctypes.data, n.ctypes.data)
        self.assertLess(ad.get_active_memory() - before, 4096)

    def test_from_a_thread(self):
        import threading

        n, got = np.arange(1000, dtype=np.float32), []
        workers = [threading.Thread(target=lambda: got.append((ad.asarray(n) * 2).sum().item())) for _ in range(8)]
        for w in workers:
            w.start()
        for w in workers:
            w.join()
        self.assertEqual(got, [999000] * 8)


class Buffers(unittest.TestCase):
    def test_kinds(self):
        self.assertEqual(ad.array(b"\x01\xff").tolist(), [1, 255])
        self.assertEqual(ad.array(bytearray(b"ab")).dtype, ad.uint8)
        self.assertEqual(ad.array(memoryview(b"abcd").cast("H")).dtype, ad.uint16)
        self.assertEqual(ad.array(memoryview(b"abcdef")[::-2]).tolist(), [102, 100, 98])
        self.assertEqual(ad.array(memoryview(b"abcd").cast("B", (2, 2))).shape, (2, 2))
        for code, dtype in zip("bBhHiIqQfd", "int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float32".split()):
            a = ad.array(array.array(code, [1, 2, 3]))
            self.assertEqual((a.dtype, a.tolist()), (getattr(ad, dtype), [1, 2, 3]))
        self.assertEqual(ad.array((ctypes.c_double * 2)(1, 2), dtype=ad.float64).tolist(), [1, 2])
        self.assertEqual(ad.array(((ctypes.c_int * 2) * 3)()).shape, (3, 2))
        self.assertEqual(ad.array(b"").shape, (0,))
        for wrong in (array.array("u", "ab"), memoryview(b"ab").cast("c"), (ctypes.c_char * 2)(), (ctypes.c_void_p * 1)()):
            with self.assertRaises(TypeError):
                ad.array(wrong)

    def test_memory_is_lent(self):
        source = array.array("f", [1, 2])
        a = ad.asarray(source)
        with self.assertRaises(BufferError):
            source.append(3)
        del a
        source.append(3)
        released = memoryview(b"ab")
        released.release()
        with self.assertRaises(ValueError):
            ad.array(released)

    @needs_numpy
    def test_array_interface(self):
        class Interface:
            def __init__(self, **fields):
                self.__array_interface__ = fields

        n = np.arange(6, dtype=np.int32)
        good = dict(n.__array_interface__)
        self.assertEqual(ad.asarray(Interface(**good)).tolist(), [0, 1, 2, 3, 4, 5])
        raw = bytes(range(12))
        self.assertEqual(ad.asarray(Interface(shape=(2, 2), typestr="|u1", data=raw, strides=(4, 1), offset=1, version=3)).tolist(), [[1, 2], [5, 6]])
        bad = [dict(good, typestr=t) for t in (None, 5, "", "x", "<f3", "<f16", "|O8", "<M8[s]", "i4", "<i")]
        bad += [dict(good, shape=s) for s in (None, 5, (-1,), ("a",), [2], (1,) * 17, (2**62, 2**62))]
        bad += [dict(good, strides=s) for s in (5, (4, 4), ("a",))]
        bad += [dict(good, data=d) for d in ((0, False), ("a", False), 5, "text", (1,))]
        bad += [dict(shape=(100,), typestr="<i4", data=raw), dict(shape=(2,), typestr="<i4", data=raw, strides=(-4,)),
                dict(shape=(2,), typestr="<i4", data=raw, strides=(2**62,)), dict(shape=(2,), typestr="<i4", data=raw, offset=-1),
                dict(shape=(2,), typestr="<i4", data=raw, offset="a"), {}]
        for fields in bad:
            with self.assertRaises((TypeError, ValueError, OverflowError), msg=fields):
                ad.asarray(Interface(**fields))
        holder = Interface()
        holder.__array_interface__ = 5
        with self.assertRaises(TypeError):
            ad.asarray(holder)

    @needs_numpy
    def test_array_method(self):
        class Gives:
            def __init__(self, value):
                self.value = value

            def __array__(self):
                if isinstance(self.value, Exception):
                    raise self.value
                return self.value

        self.assertEqual(ad.array(Gives(np.arange(3))).tolist(), [0, 1, 2])
        self.assertEqual((ad.array([1, 2, 3]) + Gives(np.arange(3))).tolist(), [1, 3, 5])
        with self.assertRaises(TypeError):
            ad.array(Gives(3))
        with self.assertRaises(ZeroDivisionError):
            ad.array(Gives(ZeroDivisionError()))

    def test_hooks(self):
        class Hook:
            def __init__(self, value):
                self.value = value

            def __mlx_array__(self):
                return self.value

        a = ad.array([1.0, 2.0])
        self.assertEqual(ad.array(Hook(a)).tolist(), [1, 2])
        self.assertEqual((a + Hook(a)).tolist(), [2, 4])
        self.assertEqual(ad.sum(Hook(a)).item(), 3)
        with self.assertRaisesRegex(TypeError, "__mlx_array__"):
            ad.array(Hook(3))
        Hook.__adamant_array__ = lambda self: self.value * 2
        self.assertEqual(ad.asarray(Hook(a)).tolist(), [2, 4])

    @needs_torch
    def test_torch(self):
        for dtype in (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
                      torch.float32, torch.complex64):
            t = torch.tensor([[0, 1, 1], [1, 0, 0]]).to(dtype)
            for view in (t, t.T, t[:, 1:], t[:0]):
                a = ad.asarray(view)
                self.assertEqual(str(a.dtype).split(".")[1], str(dtype).split(".")[1])
                self.assertEqual(a.tolist(), view.tolist())
        self.assertEqual(ad.array(torch.ones(2, dtype=torch.float64)).dtype, ad.float32)
        self.assertEqual((ad.array([1.0]) + torch.ones(2)).tolist(), [2, 2])
        with self.assertRaisesRegex(RuntimeError, "detach"):
            ad.array(torch.ones(2, requires_grad=True))
        with self.assertRaises((TypeError, ValueError, BufferError, RuntimeError)):
            ad.array(torch.ones(2, device="meta"))


class Leaks(unittest.TestCase):
    def test_conversion_leaves_nothing(self):
        def work():
            ad.array([1, 2, 3])
            ad.array([[1.0, 2j], [3, True]])
            ad.array(b"abc")
            ad.asarray(array.array("d", [1, 2]), dtype=ad.int8)
            ad.array([ad.array(1.0), 2])
            for wrong in ([1, [2]], [None], 2**70, "a"):
                with self.assertRaises((TypeError, ValueError, OverflowError)):
                    ad.array(wrong)

        work()
        gc.collect()
        before, memory = ad._core.live_arrays(), ad.get_active_memory()
        for _ in range(100):
            work()
        gc.collect()
        self.assertEqual((ad._core.live_arrays(), ad.get_active_memory()), (before, memory))


if __name__ == "__main__":
    unittest.main()
