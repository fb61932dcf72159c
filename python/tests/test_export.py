"""What arrays give: buffers, NumPy arrays, pickles, copies."""

import copy
import gc
import pickle
import sys
import threading
import unittest

import adamant as ad

from support import needs_numpy, np, run

DTYPES = "bool_ uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 complex64 complex128".split()


class Buffers(unittest.TestCase):
    def test_shape_and_format(self):
        for name, letter in zip(DTYPES, "? B H I L b h i l e f d Zf Zd".split()):
            m = memoryview(ad.zeros((2, 3), dtype=getattr(ad, name)))
            self.assertEqual((m.format, m.shape, m.ndim, m.nbytes), (letter, (2, 3), 2, 6 * m.itemsize))
        self.assertEqual(memoryview(ad.array([1, 2])).tolist(), [1, 2])
        self.assertEqual(bytes(ad.array([1, 2], dtype=ad.uint8)), b"\1\2")
        self.assertEqual(memoryview(ad.array(7)).tolist(), 7)
        self.assertEqual(bytes(ad.zeros((3, 0))), b"")
        with self.assertRaises(BufferError):
            memoryview(ad.array([1], dtype=ad.bfloat16))

    def test_strides(self):
        a = ad.array([[1, 2, 3], [4, 5, 6]], dtype=ad.int8)
        self.assertEqual(memoryview(a.T).strides, (1, 3))
        self.assertEqual(memoryview(a[::-1, ::2]).tolist(), [[4, 6], [1, 3]])
        self.assertEqual(bytes(a.T), bytes([1, 4, 2, 5, 3, 6]))
        self.assertEqual(bytearray(a[:, ::2]), bytes([1, 3, 4, 6]))
        self.assertEqual(b"".join([a.T]), bytes([1, 4, 2, 5, 3, 6]))

    def test_writing(self):
        a = ad.array([1.0, 2.0])
        m = memoryview(a)
        self.assertFalse(m.readonly)
        self.assertFalse(memoryview(a).readonly)
        m[0] = 5.0
        self.assertEqual(a.tolist(), [5, 2])
        later = a + 1
        self.assertTrue(memoryview(a).readonly)
        ad.eval(later)
        self.assertFalse(memoryview(a).readonly)
        part = a[:1]
        ad.eval(part)
        self.assertTrue(memoryview(a).readonly)
        self.assertTrue(memoryview(part).readonly)
        del part
        ad.eval(ad.array(1) + 1)
        self.assertFalse(memoryview(a).readonly)
        self.assertTrue(memoryview(ad.asarray(b"ab")).readonly)
        self.assertTrue(memoryview(copy.copy(a)).readonly)
        import io

        self.assertEqual(io.BytesIO(b"\1\2\3\4\5\6\7\x40").readinto(a), 8)
        with self.assertRaises((BufferError, TypeError)):
            io.BytesIO(b"12").readinto(ad.asarray(b"ab"))

    def test_a_view_outlives_its_array(self):
        a = ad.array([1.0, 2.0]) + 1
        m = memoryview(a)
        a += 10
        b = ad.array([7.0, 7.0]) * 2
        ad.eval(a, b)
        self.assertEqual((m.tolist(), a.tolist()), ([2, 3], [12, 13]))
        self.assertFalse(memoryview(a).readonly)
        a[0] = 3
        a[1] = 4
        ad.eval(a)
        held = memoryview(a)
        m.release()
        self.assertFalse(memoryview(a).readonly)
        del a, b
        gc.collect()
        self.assertEqual(held.tolist(), [3, 4])
        t = ad.array([[1, 2], [3, 4]]).T
        m = memoryview(t)
        bytes(t)
        t.__array__() if np else None
        self.assertEqual(m.tolist(), [[1, 3], [2, 4]])

    def test_failing_evaluation(self):
        bad = ad.array([1.0])
        ad.set_memory_limit(ad.get_active_memory() + (1 << 20))
        try:
            bad = ad.ones((1 << 24,)) + 1
            with self.assertRaises(MemoryError):
                memoryview(bad)
        finally:
            ad.set_memory_limit(0)


@needs_numpy
class NumPy(unittest.TestCase):
    def test_values_and_addresses(self):
        for name in DTYPES:
            a = ad.array([[1, 0, 1], [0, 1, 1]], dtype=getattr(ad, name))
            for view in (a, a.T, a[::-1, 1:], a[0], a[1, 1], a[:, :0]):
                n = np.asarray(view)
                self.assertEqual(n.dtype.name, "bool" if name == "bool_" else name)
                self.assertEqual((n.shape, n.tolist()), (view.shape, view.tolist()))
            self.assertEqual(np.asarray(a).ctypes.data, np.asarray(a).ctypes.data)
        n = np.array(a)
        n[:] = 5
        self.assertEqual(a.tolist(), [[1, 0, 1], [0, 1, 1]])

    def test_array_method(self):
        a = ad.array([1.5, 2.5])
        self.assertEqual(a.__array__().dtype, np.float32)
        self.assertEqual(a.__array__(np.float64).tolist(), [1.5, 2.5])
        self.assertEqual(np.asarray(a, dtype=np.int64).tolist(), [1, 2])
        self.assertNotEqual(a.__array__(copy=True).ctypes.data, a.__array__().ctypes.data)
        self.assertEqual(a.__array__(np.float32, copy=False).ctypes.data, a.__array__().ctypes.data)
        with self.assertRaises(ValueError):
            a.__array__(np.int8, copy=False)
        for call in (lambda: a.__array__("nonsense"), lambda: a.__array__(copy=3), lambda: a.__array__(1, 2, 3), lambda: a.__array__(order="C")):
            with self.assertRaises(TypeError):
                call()
        half = ad.array([1.5], dtype=ad.bfloat16)
        self.assertEqual(half.__array__(np.float32).tolist(), [1.5])
        for call in (lambda: np.asarray(half), lambda: half.__array__(), lambda: half.__array__(np.float32, copy=False)):
            with self.assertRaises(ValueError):
                call()
        self.assertEqual(np.stack([a, a]).shape, (2, 2))


class Pickles(unittest.TestCase):
    def arrays(self):
        for name in DTYPES + ["bfloat16"]:
            a = ad.array([[1, 0, 1], [0, 1, 1]], dtype=getattr(ad, name))
            yield from (a, a.T, a[::-1, 1:], a[0, 0], a[:, :0], a + a)

    def test_every_protocol(self):
        for a in self.arrays():
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                b = pickle.loads(pickle.dumps(a, protocol))
                self.assertEqual((b.dtype, b.shape, b.tolist()), (a.dtype, a.shape, a.tolist()))

    def test_out_of_band(self):
        a, buffers = ad.array([[1.0, 2], [3, 4]]), []
        data = pickle.dumps({"x": a, "y": a.T}, 5, buffer_callback=buffers.append)
        self.assertEqual(len(buffers), 2)
        self.assertEqual(bytes(buffers[0]), bytes(a))
        back = pickle.loads(data, buffers=buffers)
        self.assertEqual((back["x"].tolist(), back["y"].tolist()), ([[1, 2], [3, 4]], [[1, 3], [2, 4]]))
        del buffers, a
        gc.collect()
        self.assertEqual(back["x"].tolist(), [[1, 2], [3, 4]])

    def test_other_objects(self):
        for dtype in (ad.float32, ad.bool_, ad.bfloat16):
            self.assertIs(pickle.loads(pickle.dumps(dtype)), dtype)
            self.assertIs(copy.deepcopy(dtype), dtype)

    def test_bad_pickles(self):
        rebuild = ad._core._rebuild
        for arguments in (("float32", (2,), b"123"), ("nothing", (2,), b""), ("float32", (3,), bytes(8)), 
                          ("float32", "a", bytes(8)), ("float32", (2,), 5), (5, (2,), bytes(8)), ("float32", (2**70,), b""), ("float32",), (),
                          ("float32", (2**40, 2**40), b"")):
            with self.assertRaises((ValueError, TypeError, OverflowError), msg=arguments):
                ad.eval(rebuild(*arguments))
        self.assertEqual(rebuild("float32", (-1, 1), bytes(8)).shape, (2, 1))
        for wrong in (None, "a", 1.5):
            with self.assertRaises(TypeError):
                ad.array(1).__reduce_ex__(wrong)

    def test_in_another_process(self):
        data = pickle.dumps([ad.array([1.5, 2.5], dtype=ad.bfloat16), ad.int8])
        code, out, err = run("import pickle; print(pickle.loads(%r))" % data)
        self.assertEqual((code, out), (0, "[array([1.5, 2.5], dtype=bfloat16), adamant.int8]\n"), err)


class InsideTransforms(unittest.TestCase):
    def test_values_that_are_not_there(self):
        for f in (memoryview, bytes, pickle.dumps, repr, float, lambda x: x.item(), lambda x: x.__dlpack__(), lambda x: x.tolist(), lambda x: 1.0 in x,
                  lambda x: f"{x:.2f}", lambda x: x.__array__()):
            with self.assertRaises((RuntimeError, ValueError)):
                ad.vmap(lambda x: x + 0 * len(str(f(x))))(ad.array([1.0, 2.0]))
        self.assertEqual(ad.vmap(lambda x: copy.copy(ad.asarray(ad.array(x))) * 2)(ad.array([1.0, 2.0])).tolist(), [2, 4])


class Threads(unittest.TestCase):
    def test_arrays_shared_between_threads(self):
        """Every way in and out, on arrays that other threads give other values meanwhile."""
        shared, failures = [ad.ones((32, 32)) for _ in range(3)], []

        def update(a):
            a *= 0.5

        def write(a):
            a[3] = 2

        ways = [lambda a: memoryview(a).tolist(), lambda a: pickle.loads(pickle.dumps(a)), lambda a: a.__dlpack__(), repr, list, update, write,
                lambda a: (a @ a).sum().item(), lambda a: ad.eval(a + ad.asarray(memoryview(a))), lambda a: ad.from_dlpack(a * 2).tolist()]

        def work(first):
            try:
                for i in range(300):
                    ways[(first + 7 * i) % len(ways)](shared[i % len(shared)])
            except Exception as e:
                failures.append(e)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(5)]
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            for t in threads:
                t.start()
            for t in threads:
                t.join()
        finally:
            sys.setswitchinterval(interval)
        self.assertEqual(failures, [])


class Copies(unittest.TestCase):
    def test_copies_are_other_objects(self):
        a = ad.array([1, 2])
        for f in (copy.copy, copy.deepcopy, ad.array, lambda a: a.copy(), ad.copy):
            b = f(a)
            b += 1
            b[0] = 9
            self.assertEqual((a.tolist(), b.tolist()), ([1, 2], [9, 3]))
        self.assertEqual(copy.deepcopy({"a": [a, a]})["a"][1].tolist(), [1, 2])


if __name__ == "__main__":
    unittest.main()
