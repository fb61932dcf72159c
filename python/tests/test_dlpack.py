"""DLPack, both ways and both forms, against a producer and a consumer written here with ctypes, NumPy and PyTorch."""

import ctypes
import gc
import threading
import unittest

import adamant as ad

from support import needs_numpy, needs_torch, np, run, torch

CPU, CUDA, CUDA_HOST = 1, 2, 3
CODES = {"int": 0, "uint": 1, "float": 2, "bfloat": 4, "complex": 5, "bool": 6}


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32), ("ndim", ctypes.c_int32),
                ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16),
                ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Managed(ctypes.Structure):
    _fields_ = [("tensor", Tensor), ("user", ctypes.c_void_p), ("deleter", Deleter)]


class Versioned(ctypes.Structure):
    _fields_ = [("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("user", ctypes.c_void_p), ("deleter", Deleter),
                ("flags", ctypes.c_uint64), ("tensor", Tensor)]


api = ctypes.pythonapi
api.PyCapsule_New.restype = ctypes.py_object
api.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
api.PyCapsule_GetName.restype = ctypes.c_char_p
api.PyCapsule_GetName.argtypes = [ctypes.py_object]
api.PyCapsule_GetPointer.restype = ctypes.c_void_p
api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
api.PyCapsule_SetName.argtypes = [ctypes.py_object, ctypes.c_char_p]
USED = {b"dltensor": ctypes.create_string_buffer(b"used_dltensor"), b"dltensor_versioned": ctypes.create_string_buffer(b"used_dltensor_versioned")}
NAMES = {False: ctypes.create_string_buffer(b"dltensor"), True: ctypes.create_string_buffer(b"dltensor_versioned")}


class Producer:
    """Gives a tensor over `memory`, and counts how often its deleter is called."""

    def __init__(self, memory, code, bits, shape, strides=None, versioned=False, **other):
        self.memory, self.deleted, self.keywords, self.versioned = memory, 0, None, versioned
        self.shape = (ctypes.c_int64 * max(1, len(shape)))(*shape)
        self.strides = None if strides is None else (ctypes.c_int64 * max(1, len(strides)))(*strides)
        self.managed = (Versioned if versioned else Managed)()
        t = self.managed.tensor
        t.data = ctypes.addressof(memory) if memory is not None else None
        t.device_type, t.ndim, t.code, t.bits, t.lanes = CPU, len(shape), CODES.get(code, code), bits, 1
        t.shape = ctypes.cast(self.shape, ctypes.POINTER(ctypes.c_int64))
        if strides is not None:
            t.strides = ctypes.cast(self.strides, ctypes.POINTER(ctypes.c_int64))
        self.deleter = Deleter(self.delete)
        self.managed.deleter = self.deleter
        if versioned:
            self.managed.major, self.managed.minor = other.pop("version", (1, 0))
            self.managed.flags = other.pop("flags", 0)
        for name, value in other.items():
            setattr(t, name, value)

    def delete(self, pointer):
        assert pointer == ctypes.addressof(self.managed)
        self.deleted += 1

    def __dlpack_device__(self):
        return (self.managed.tensor.device_type, 0)

    def __dlpack__(self, **keywords):
        self.keywords = keywords
        self.capsule = api.PyCapsule_New(ctypes.addressof(self.managed), NAMES[self.versioned], None)
        return self.capsule


class Old(Producer):
    """A producer from before version 1: no keywords."""

    def __dlpack__(self):
        return super().__dlpack__()


class Consumer:
    """Takes a capsule as another library would."""

    def __init__(self, capsule):
        self.name = api.PyCapsule_GetName(capsule)
        self.pointer = api.PyCapsule_GetPointer(capsule, self.name)
        self.versioned = self.name == b"dltensor_versioned"
        self.managed = (Versioned if self.versioned else Managed).from_address(self.pointer)
        self.tensor = self.managed.tensor
        api.PyCapsule_SetName(capsule, USED[self.name])

    def dims(self):
        n = self.tensor.ndim
        return list(self.tensor.shape[:n]), list(self.tensor.strides[:n]) if n else []

    def values(self, kind):
        shape, strides = self.dims()
        base = (self.tensor.data or 0) + self.tensor.byte_offset

        def walk(axis, at):
            if axis == len(shape):
                return kind.from_address(base + at * ctypes.sizeof(kind)).value
            return [walk(axis + 1, at + i * strides[axis]) for i in range(shape[axis])]

        return walk(0, 0)

    def end(self):
        self.managed.deleter(self.pointer)


floats = lambda *values: (ctypes.c_float * len(values))(*values)


class Taking(unittest.TestCase):
    def test_both_forms(self):
        for versioned in (False, True):
            for kind in (Producer, Old):
                p = kind(floats(1, 2, 3, 4, 5, 6), "float", 32, (2, 3), versioned=versioned)
                a = ad.from_dlpack(p)
                self.assertEqual((a.dtype, a.tolist()), (ad.float32, [[1, 2, 3], [4, 5, 6]]))
                self.assertEqual(api.PyCapsule_GetName(p.capsule), b"used_dltensor" + b"_versioned" * versioned)
                p.memory[0] = 9
                self.assertEqual(a[0, 0].item(), 9)
                b = a[1]
                ad.eval(b)
                del a
                self.assertEqual(p.deleted, 0)
                del b
                gc.collect()
                self.assertEqual(p.deleted, 1)

    def test_keywords_that_are_asked_for(self):
        p = Producer(floats(1), "float", 32, (1,))
        ad.from_dlpack(p)
        self.assertEqual(p.keywords["max_version"][0], 1)
        ad.from_dlpack(p, copy=False)
        self.assertIs(p.keywords["copy"], False)

    def test_layouts(self):
        memory = floats(*range(12))
        for shape, strides, other in (((3, 2), (4, 2), {}), ((2,), (-3,), {"byte_offset": 24}), ((2, 3), (0, 1), {}), ((), None, {}), ((), (), {}),
                                      ((0,), None, {}), ((2, 0, 3), (0, 3, 1), {}), ((1, 4), (99, 3), {}), ((2, 2), None, {"byte_offset": 16})):
            p = Producer(memory, "float", 32, shape, strides, **other)
            a = ad.from_dlpack(p)
            self.assertEqual(a.shape, shape)
            full, stride = strides or [], 1
            if not full:
                for d in reversed(shape):
                    full, stride = [stride] + list(full), stride * d
            begin = other.get("byte_offset", 0) // 4

            def walk(axis, at):
                return float(at) if axis == len(shape) else [walk(axis + 1, at + i * full[axis]) for i in range(shape[axis])]

            self.assertEqual(a.tolist(), walk(0, begin))
            del a
            self.assertEqual(p.deleted, 1)
        self.assertEqual(ad.from_dlpack(Producer(None, "float", 32, (0, 5))).shape, (0, 5))

    def test_dtypes(self):
        memory = (ctypes.c_uint8 * 32)(*([1, 0] * 16))
        for code, bits, dtype in (("bool", 8, ad.bool_), ("int", 8, ad.int8), ("int", 16, ad.int16), ("int", 32, ad.int32), ("int", 64, ad.int64),
                                  ("uint", 8, ad.uint8), ("uint", 16, ad.uint16), ("uint", 32, ad.uint32), ("uint", 64, ad.uint64),
                                  ("float", 16, ad.float16), ("bfloat", 16, ad.bfloat16), ("float", 32, ad.float32), ("float", 64, ad.float64),
                                  ("complex", 64, ad.complex64), ("complex", 128, ad.complex128), (10, 8, ad.uint8), (12, 8, ad.uint8), (14, 8, ad.uint8)):
            self.assertEqual(ad.from_dlpack(Producer(memory, code, bits, (2,))).dtype, dtype)
        self.assertEqual(ad.array(Producer(memory, "float", 64, (2,))).dtype, ad.float32)

    def test_misaligned_memory_is_copied(self):
        memory = (ctypes.c_uint8 * 16)()
        p = Producer(memory, "float", 32, (2,), byte_offset=1)
        a = ad.from_dlpack(p)
        self.assertEqual((a.tolist(), p.deleted), ([0, 0], 1))
        with self.assertRaises(ValueError):
            ad.from_dlpack(Producer(memory, "float", 32, (2,), byte_offset=1), copy=False)

    def test_copies(self):
        p = Producer(floats(1, 2), "float", 32, (2,))
        a = ad.from_dlpack(p, copy=True)
        self.assertEqual(p.deleted, 1)
        p.memory[0] = 9
        self.assertEqual(a.tolist(), [1, 2])

    def test_refusals(self):
        memory = floats(*range(12))
        cases = [("float", 32, {"device_type": CUDA}), ("float", 32, {"device_type": 99}), ("float", 32, {"lanes": 4}), ("float", 32, {"lanes": 0}),
                 ("float", 128, {}), ("int", 4, {}), ("uint", 1, {}), (3, 64, {}), (99, 32, {}), ("float", 8, {}), ("bool", 32, {}), (17, 4, {}),
                 ("float", 32, {"ndim": -1}), ("float", 32, {"ndim": 17})]
        for code, bits, other in cases:
            for versioned in (False, True):
                p = Producer(memory, code, bits, (2, 2), versioned=versioned, **other)
                with self.assertRaises(BufferError, msg=(code, bits, other)):
                    ad.from_dlpack(p)
                self.assertEqual(p.deleted, 0 if "device_type" in other else 1)
        for shape, strides in (((-1,), None), ((2**62, 4), None), ((2,), (2**62,)), ((2**31, 2**31, 2**31), (1, 1, 1))):
            p = Producer(memory, "float", 32, shape, strides)
            with self.assertRaises((BufferError, OverflowError, MemoryError, ValueError)):
                ad.eval(ad.from_dlpack(p))
            self.assertEqual(p.deleted, 1)
        p = Producer(memory, "float", 32, (2,), versioned=True, version=(2, 0))
        with self.assertRaisesRegex(BufferError, "version"):
            ad.from_dlpack(p)
        self.assertEqual(p.deleted, 1)
        self.assertEqual(ad.from_dlpack(Producer(memory, "float", 32, (2,), versioned=True, version=(1, 7))).tolist(), [0, 1])
        self.assertEqual(ad.from_dlpack(Producer(memory, "float", 32, (2,), device_type=CUDA_HOST)).tolist(), [0, 1])
        null = Producer(None, "float", 32, (2,))
        with self.assertRaises(ValueError):
            ad.from_dlpack(null)
        self.assertEqual(null.deleted, 1)

    def test_capsules(self):
        p = Producer(floats(1, 2), "float", 32, (2,))
        capsule = p.__dlpack__()
        a = ad.from_dlpack(capsule)
        with self.assertRaises(TypeError):
            ad.from_dlpack(capsule)
        del a
        self.assertEqual(p.deleted, 1)
        name = ctypes.create_string_buffer(b"other")  # a capsule does not copy it
        with self.assertRaises(TypeError):
            ad.from_dlpack(api.PyCapsule_New(1, name, None))

    def test_odd_objects(self):
        class Wrong:
            def __init__(self, device=(1, 0), capsule=None):
                self.device, self.capsule = device, capsule

            def __dlpack_device__(self):
                return self.device

            def __dlpack__(self, **keywords):
                if isinstance(self.capsule, Exception):
                    raise self.capsule
                return self.capsule

        for wrong in (Wrong(), Wrong(capsule=5), Wrong(device=5), Wrong(device=("a", 0)), Wrong(device=(1,)), Wrong(device=None), 5, "a", None, [1]):
            with self.assertRaises(TypeError):
                ad.from_dlpack(wrong)
        with self.assertRaises(ZeroDivisionError):
            ad.from_dlpack(Wrong(capsule=ZeroDivisionError()))

        class NoDevice:
            def __dlpack__(self):
                raise AssertionError("must not be asked")

        with self.assertRaises(TypeError):
            ad.from_dlpack(NoDevice())
        p = Producer(floats(1), "float", 32, (1,))
        for call in (lambda: ad.from_dlpack(), lambda: ad.from_dlpack(p, copy=1), lambda: ad.from_dlpack(p, device=5)):
            with self.assertRaises(TypeError):
                call()
        with self.assertRaises((ValueError, TypeError)):
            ad.from_dlpack(p, device="tpu")
        self.assertEqual(ad.from_dlpack(p, device="cpu").tolist(), [1])

    def test_no_deleter(self):
        p = Producer(floats(1), "float", 32, (1,))
        p.managed.deleter = Deleter()
        ad.from_dlpack(p)


class Giving(unittest.TestCase):
    def test_forms(self):
        a = ad.array([[1.0, 2, 3], [4, 5, 6]])
        for keywords, name in (({}, b"dltensor"), ({"max_version": None}, b"dltensor"), ({"max_version": (0, 8)}, b"dltensor"),
                               ({"max_version": (1, 0)}, b"dltensor_versioned"), ({"max_version": (2, 5)}, b"dltensor_versioned")):
            c = Consumer(a.__dlpack__(**keywords))
            self.assertEqual(c.name, name)
            self.assertEqual(c.dims(), ([2, 3], [3, 1]))
            self.assertEqual((c.tensor.code, c.tensor.bits, c.tensor.lanes, c.tensor.device_type), (2, 32, 1, CPU))
            self.assertEqual(c.values(ctypes.c_float), [[1, 2, 3], [4, 5, 6]])
            if c.versioned:
                self.assertEqual(c.managed.major, 1)
            c.end()
        self.assertEqual(a.__dlpack_device__(), (CPU, 0))

    def test_layouts(self):
        a = ad.array([[1.0, 2, 3], [4, 5, 6]])
        for view in (a.T, a[::-1, ::2], a[1], a[0, 0], a[:, :0], ad.broadcast_to(a[0], (4, 3)), a[None]):
            c = Consumer(view.__dlpack__(max_version=(1, 0)))
            self.assertEqual(c.dims()[0], list(view.shape))
            self.assertTrue(bool(c.tensor.strides) or not view.ndim)
            self.assertEqual(c.values(ctypes.c_float), view.tolist())
            c.end()

    def test_dtypes(self):
        for dtype, code, bits in ((ad.bool_, 6, 8), (ad.bfloat16, 4, 16), (ad.float16, 2, 16), (ad.int64, 0, 64), (ad.uint8, 1, 8),
                                  (ad.complex64, 5, 64), (ad.complex128, 5, 128), (ad.float64, 2, 64)):
            c = Consumer(ad.zeros((2,), dtype=dtype).__dlpack__())
            self.assertEqual((c.tensor.code, c.tensor.bits), (code, bits))
            c.end()

    def test_the_memory_outlives_the_array(self):
        a = ad.array([1.0, 2.0]) + 1
        c = Consumer(a.__dlpack__())
        a += 5
        b = a * 2
        ad.eval(a, b)
        del a
        self.assertEqual(c.values(ctypes.c_float), [2, 3])
        active = ad.get_active_memory()
        c.end()
        ad.eval(ad.array(1) + 1)
        self.assertLess(ad.get_active_memory(), active)

    def test_flags(self):
        a = ad.array([1.0, 2.0])
        read = lambda a, **keywords: Consumer(a.__dlpack__(max_version=(1, 0), **keywords))
        c = read(a)
        self.assertEqual(c.managed.flags, 0)
        c.end()
        ad.eval(ad.array(1) + 1)
        shared = a[:1]
        ad.eval(shared)
        for x in (a, shared, ad.asarray(b"\0\0")):
            c = read(x)
            self.assertEqual(c.managed.flags, 1)
            c.end()
        c = read(a, copy=True)
        self.assertEqual(c.managed.flags, 2)
        ctypes.c_float.from_address(c.tensor.data).value = 9
        self.assertEqual(a.tolist(), [1, 2])
        c.end()
        c = Consumer(ad.asarray(b"\1\2").__dlpack__())
        ctypes.c_uint8.from_address(c.tensor.data).value = 9
        c.end()
        with self.assertRaises(BufferError):
            ad.asarray(b"\1\2").__dlpack__(copy=False)

    def test_capsules_that_nobody_takes(self):
        a = ad.zeros((1000,))
        ad.eval(a)
        before = ad.get_active_memory()
        for version in (None, (1, 0)):
            capsule = a.__dlpack__(max_version=version, copy=True)
            self.assertGreater(ad.get_active_memory(), before)
            del capsule
            ad.eval(ad.array(1) + 1)
            self.assertLessEqual(ad.get_active_memory(), before + 64)

    def test_deleters_run_in_any_thread(self):
        ends = [Consumer((ad.array([1.0]) * i).__dlpack__()) for i in range(20)]
        thread = threading.Thread(target=lambda: [c.end() for c in ends])  # ctypes lets the GIL go
        thread.start()
        for _ in range(200):
            (ad.array([1.0, 2.0]) + 1).tolist()
        thread.join()

    def test_wrong_arguments(self):
        a = ad.array([1.0])
        for keywords in ({"stream": 5}, {"stream": "x"}):
            with self.assertRaises(ValueError):
                a.__dlpack__(**keywords)
        for device in ((2, 0), (1, 1), (99, 0)):
            with self.assertRaises(BufferError):
                a.__dlpack__(dl_device=device)
        for keywords in ({"dl_device": 5}, {"dl_device": ("a", 0)}, {"dl_device": (1,)}, {"max_version": 5}, {"max_version": (1,)},
                         {"max_version": ("a", 0)}, {"copy": 5}, {"nothing": 1}):
            with self.assertRaises(TypeError):
                a.__dlpack__(**keywords)
        with self.assertRaises(TypeError):
            a.__dlpack__(None)
        Consumer(a.__dlpack__(stream=None, dl_device=(1, 0), max_version=(1, 0), copy=None)).end()

    def test_own_round_trip(self):
        a = ad.array([[1.0, 2], [3, 4]]).T
        b = ad.from_dlpack(a)
        del a
        self.assertEqual(b.tolist(), [[1, 3], [2, 4]])

    def test_after_the_interpreter_ended(self):
        code, out, err = run("""
            import ctypes
            import adamant as ad
            from test_dlpack import Consumer, Producer, floats
            c = Consumer((ad.array([1.0, 2.0]) + 1).__dlpack__())
            p = Producer(floats(1, 2), "float", 32, (2,))
            keep = ad.from_dlpack(p) + 1
            lent = ad.asarray(bytearray(b"ab"))
            # The C library calls the deleter when the process ends, after the interpreter.
            at_exit = ctypes.CDLL(None)["__cxa_atexit"]
            at_exit.argtypes = [ctypes.c_void_p] * 3
            assert at_exit(ctypes.cast(c.managed.deleter, ctypes.c_void_p), c.pointer, None) == 0
            print("end")
        """)
        self.assertEqual((code, out), (0, "end\n"), err)


@needs_numpy
class NumPy(unittest.TestCase):
    def test_both_ways(self):
        n = np.arange(12, dtype=np.float64).reshape(3, 4)
        for view in (n, n.T, n[::-1, 1::2], n[:, :0], n[1, 1, ...]):
            a = ad.from_dlpack(view)
            self.assertEqual((a.dtype, a.tolist()), (ad.float64, view.tolist()))
            back = np.from_dlpack(a)
            np.testing.assert_array_equal(back, view)
            if view.size:
                self.assertEqual(back.ctypes.data, view.ctypes.data)


@needs_torch
class PyTorch(unittest.TestCase):
    def test_both_ways(self):
        for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.float64,
                      torch.complex64, torch.complex128):
            t = torch.arange(6).to(dtype).reshape(2, 3)
            for view in (t, t.T, t[:, 1:], t[:0], t[1, 1]):
                a = ad.from_dlpack(view)
                self.assertEqual(str(a.dtype).split(".")[1], str(dtype).split(".")[1])
                self.assertEqual(a.tolist(), view.tolist())
                back = torch.from_dlpack(a)
                self.assertEqual((back.dtype, back.tolist()), (dtype, view.tolist()))
                if view.numel():
                    self.assertEqual(back.data_ptr(), view.data_ptr())

    def test_memory_is_shared_while_either_lives(self):
        t = torch.ones(3)
        a = ad.from_dlpack(t)
        del t
        self.assertEqual(a.tolist(), [1, 1, 1])
        b = torch.from_dlpack(ad.array([1.0, 2.0]) * 3)
        gc.collect()
        self.assertEqual(b.tolist(), [3, 6])


if __name__ == "__main__":
    unittest.main()
