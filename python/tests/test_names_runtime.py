"""Dtypes, files, memory, devices, streams, and the groups of one process."""

import copy
import gc
import io
import os
import pathlib
import pickle
import tempfile
import threading
import unittest

import numpy as np

import adamant as ad
import tables


OLD = """get_active_memory get_peak_memory reset_peak_memory get_cache_memory set_memory_limit set_cache_limit set_wired_limit clear_cache
device_info""".split()


class Dtypes(unittest.TestCase):
    @tables.covers("finfo", "iinfo")
    def test_limits(self):
        for name in ("float16", "float32", "float64"):
            ours, theirs = ad.finfo(getattr(ad, name)), np.finfo(name)
            for field in ("bits", "min", "max", "eps", "smallest_normal"):
                self.assertEqual(getattr(ours, field), float(getattr(theirs, field)), (name, field))
            self.assertEqual(ours.dtype, getattr(ad, name))
        self.assertEqual(ad.finfo(ad.bfloat16).max, 3.3895313892515355e38)
        self.assertEqual(ad.finfo(ad.complex64).dtype, ad.float32)
        self.assertEqual(ad.finfo(ad.zeros(1)).bits, 32)
        for name in "uint8 uint16 uint32 uint64 int8 int16 int32 int64".split():
            ours, theirs = ad.iinfo(getattr(ad, name)), np.iinfo(name)
            self.assertEqual((ours.bits, ours.min, ours.max, ours.dtype), (theirs.bits, theirs.min, theirs.max, getattr(ad, name)))
        self.assertIn("int8", repr(ad.iinfo(ad.int8)))
        for bad in (ad.int32, ad.bool_):
            self.assertRaises(ValueError, ad.finfo, bad)
        self.assertRaises(ValueError, ad.iinfo, ad.float32)
        self.assertRaises(TypeError, ad.iinfo, 3)

    @tables.covers("issubdtype", "DtypeCategory", "generic", "number", "integer", "signedinteger", "unsignedinteger", "inexact",
                   "floating", "complexfloating", "Dtype")
    def test_categories(self):
        tree = {"bool_": "generic", "uint8": "unsignedinteger integer number generic", "int64": "signedinteger integer number generic",
                "bfloat16": "floating inexact number generic", "complex128": "complexfloating inexact number generic"}
        every = "generic number integer signedinteger unsignedinteger inexact floating complexfloating".split()
        for name, inside in tree.items():
            for category in every:
                self.assertEqual(ad.issubdtype(getattr(ad, name), getattr(ad, category)), category in inside.split(), (name, category))
        self.assertTrue(ad.issubdtype(ad.floating, ad.inexact))
        self.assertFalse(ad.issubdtype(ad.inexact, ad.floating))
        self.assertTrue(ad.issubdtype(ad.int8, ad.int8))
        self.assertFalse(ad.issubdtype(ad.integer, ad.int8))
        self.assertIsInstance(ad.floating, ad.DtypeCategory)
        self.assertIs(ad.DtypeCategory.floating, ad.floating)
        self.assertRaises(TypeError, ad.issubdtype, 3, ad.floating)
        self.assertIsInstance(ad.float32, ad.Dtype)

    @tables.covers("isdtype", "can_cast", "result_type", "promote_types")
    def test_questions(self):
        self.assertTrue(ad.isdtype(ad.bool_, "bool"))
        self.assertTrue(ad.isdtype(ad.int8, ("bool", "signed integer")))
        self.assertTrue(ad.isdtype(ad.uint8, (ad.uint8,)))
        self.assertFalse(ad.isdtype(ad.bool_, "numeric"))
        self.assertTrue(ad.isdtype(ad.complex64, "complex floating"))
        self.assertRaises(ValueError, ad.isdtype, ad.int8, "whole")
        self.assertRaises(TypeError, ad.isdtype, ad.int8, 3.5)
        self.assertEqual(ad.result_type(ad.zeros(1, ad.int8), 3, ad.float16), ad.float16)
        self.assertEqual(ad.result_type(3, 2.5), ad.float32)
        self.assertEqual(ad.result_type(True), ad.bool_)
        self.assertEqual(ad.result_type(ad.zeros(2, ad.int8), ad.zeros(3, ad.uint8)), ad.int16)
        self.assertEqual(ad.result_type(np.float64(1), 2, np.zeros(3, np.int8)), ad.float64)
        self.assertRaises(ValueError, ad.result_type)
        self.assertRaises(TypeError, ad.result_type, "wild")
        self.assertTrue(ad.can_cast(ad.zeros(1, ad.int8), ad.int16))
        self.assertEqual(ad.promote_types(ad.float16, ad.bfloat16), ad.float32)

    @tables.covers(*"bool_ uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 bfloat16 complex64 complex128 bool".split())
    def test_dtypes_are_there(self):
        self.assertIs(ad.bool, ad.bool_)
        self.assertEqual(ad.complex128.size, 16)
        self.assertEqual(pickle.loads(pickle.dumps(ad.bfloat16)), ad.bfloat16)

    @tables.covers("e", "euler_gamma", "inf", "nan", "newaxis", "pi", "__version__", "__array_api_version__")
    def test_constants(self):
        self.assertEqual((ad.e, ad.euler_gamma, ad.pi, ad.inf), (np.e, np.euler_gamma, np.pi, np.inf))
        self.assertNotEqual(ad.nan, ad.nan)
        self.assertIsNone(ad.newaxis)
        self.assertRegex(ad.__version__, r"^\d+\.\d+\.\d+$")
        self.assertEqual(ad.__array_api_version__, "2025.12")


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.x, self.y = ad.arange(6).reshape(2, 3), ad.array([1.5, -2.5], dtype=ad.bfloat16)

    def path(self, name):
        return os.path.join(self.folder, name)

    @tables.covers("save", "load")
    def test_npy(self):
        for file in (self.path("a.npy"), pathlib.Path(self.path("b.npy")), os.fsencode(self.path("c.npy"))):
            ad.save(file, self.x)
            self.assertEqual(ad.load(file).tolist(), self.x.tolist())
        ad.save(self.path("no_ending"), self.x + 1)
        np.testing.assert_array_equal(np.load(self.path("no_ending.npy")), np.array(self.x) + 1)
        np.save(self.path("fortran.npy"), np.asfortranarray(np.arange(6.0).reshape(2, 3)))
        self.assertEqual(ad.load(self.path("fortran.npy")).dtype, ad.float64)
        np.testing.assert_array_equal(np.array(ad.load(self.path("fortran.npy"))), np.arange(6.0).reshape(2, 3))

    @tables.covers("savez", "savez_compressed")
    def test_npz(self):
        for save in (ad.savez, ad.savez_compressed):
            save(self.path("a"), self.x, 2.0, names=self.y)
            got = ad.load(self.path("a.npz"))
            self.assertEqual(sorted(got), ["arr_0", "arr_1", "names"])
            self.assertEqual(got["names"].tolist(), [1.5, -2.5])
            self.assertEqual(got["names"].dtype, ad.bfloat16)
            np.testing.assert_array_equal(np.load(self.path("a.npz"))["arr_0"], np.array(self.x))
        self.assertRaises(ValueError, ad.savez, self.path("a"), self.x, arr_0=self.y)

    @tables.covers("save_safetensors")
    def test_safetensors(self):
        path = self.path("w.safetensors")
        ad.save_safetensors(path, {"x": self.x, "y": self.y}, {"format": "adamant", "é": "ü"})
        self.assertEqual(ad.load(path)["x"].tolist(), self.x.tolist())
        arrays, metadata = ad.load(path, return_metadata=True)
        self.assertEqual(metadata, {"format": "adamant", "é": "ü"})
        self.assertEqual(list(arrays), ["x", "y"])
        ad.save_safetensors(self.path("bare"), {})
        self.assertEqual(ad.load(self.path("bare.safetensors"), return_metadata=True), ({}, {}))
        self.assertRaises(TypeError, ad.save_safetensors, path, [self.x])
        self.assertRaises(TypeError, ad.save_safetensors, path, {1: self.x})
        self.assertRaises(TypeError, ad.save_safetensors, path, {"x": self.x}, {"n": 1})

    def test_file_objects(self):
        for save, format in ((ad.save, "npy"), (ad.savez, "npz"), (ad.savez_compressed, "npz")):
            file = io.BytesIO()
            save(file, self.x)
            for given in (None, format):
                file.seek(0)
                got = ad.load(file, given)
                self.assertEqual((got if format == "npy" else got["arr_0"]).tolist(), self.x.tolist())
        file = io.BytesIO()
        ad.save_safetensors(file, {"x": self.x}, {"a": "b"})
        file.seek(0)
        self.assertEqual(ad.load(file, format="safetensors", return_metadata=True)[1], {"a": "b"})
        file.seek(0)
        self.assertRaises(ValueError, ad.load, file)
        with open(self.path("open.npy"), "wb") as out:
            ad.save(out, self.x)
        with open(self.path("open.npy"), "rb") as back:
            self.assertEqual(ad.load(back).tolist(), self.x.tolist())

    def test_refusals(self):
        ad.save(self.path("a.npy"), self.x)
        whole = open(self.path("a.npy"), "rb").read()
        cases = [
            (RuntimeError, lambda: ad.load(self.path("none.npy"))),
            (RuntimeError, lambda: ad.load(self.folder, "npy")),
            (RuntimeError, lambda: ad.load(io.BytesIO(whole[:-3]))),
            (RuntimeError, lambda: ad.load(io.BytesIO(b""), "npz")),
            (RuntimeError, lambda: ad.load(io.BytesIO(b"\0" * 40), "safetensors")),
            (RuntimeError, lambda: ad.save(self.path("none/at/all.npy"), self.x)),
            (ValueError, lambda: ad.load(self.path("a.txt"))),
            (ValueError, lambda: ad.load(self.path("a"))),
            (ValueError, lambda: ad.load(self.path("a.npy"), "gguf")),
            (ValueError, lambda: ad.load(self.path("a.npy"), return_metadata=True)),
            (TypeError, lambda: ad.load(3)),
            (TypeError, lambda: ad.load(None)),
            (TypeError, lambda: ad.save(3, self.x)),
            (TypeError, lambda: ad.load(io.StringIO("text"), "npy")),
            (TypeError, lambda: ad.save(self.path("b.npy"))),
        ]
        for exception, call in cases:
            with self.assertRaises(exception) as caught:
                call()
            self.assertGreater(len(str(caught.exception)), 10)

    def test_what_a_file_object_raises_comes_through(self):
        class Broken:
            def write(self, data):
                raise KeyError("disk")

            def read(self):
                raise KeyError("disk")

        self.assertRaises(KeyError, ad.save, Broken(), self.x)
        self.assertRaises(KeyError, ad.load, Broken())

    def test_a_failed_computation_leaves_no_file(self):
        bad = ad.linalg.inv(ad.zeros((2, 2)))
        self.assertRaises(Exception, ad.save, self.path("bad.npy"), bad)
        self.assertFalse(os.path.exists(self.path("bad.npy")))

    def test_loaded_arrays_do_not_need_the_file(self):
        path = self.path("gone.npy")
        ad.save(path, ad.arange(1000))
        x = ad.load(path)
        open(path, "wb").close()
        self.assertEqual(ad.sum(x).item(), 499500)


class Memory(unittest.TestCase):
    @tables.covers("get_active_memory", "get_peak_memory", "reset_peak_memory", "get_cache_memory", "clear_cache")
    def test_counters(self):
        before = ad.get_active_memory()
        x = ad.ones((1000, 1000)) + 1
        ad.eval(x)
        self.assertGreaterEqual(ad.get_active_memory() - before, 4000000)
        self.assertGreaterEqual(ad.get_peak_memory(), ad.get_active_memory())
        del x
        self.assertLess(ad.get_active_memory() - before, 4000000)
        ad.reset_peak_memory()
        self.assertEqual(ad.get_peak_memory(), ad.get_active_memory())
        ad.clear_cache()
        self.assertEqual(ad.get_cache_memory(), 0)

    @tables.covers("set_memory_limit", "set_cache_limit", "set_wired_limit")
    def test_limits(self):
        old = ad.set_memory_limit(10**12)
        self.assertEqual(ad.set_memory_limit(old), 10**12)
        old = ad.set_cache_limit(10**9)
        self.assertEqual(ad.set_cache_limit(old), 10**9)
        self.assertEqual(ad.set_wired_limit(5), 0)
        for set_limit in (ad.set_memory_limit, ad.set_cache_limit):
            self.assertRaises(ValueError, set_limit, -1)
            self.assertRaises(TypeError, set_limit, "a lot")
            self.assertRaises(TypeError, set_limit)
        old = ad.set_memory_limit(ad.get_active_memory() + ad.get_cache_memory() + 10**6)
        try:
            self.assertRaises(MemoryError, ad.eval, ad.ones((10**7,)) + 1)
        finally:
            ad.set_memory_limit(old)


class Devices(unittest.TestCase):
    @tables.covers("Device", "DeviceType", "cpu", "gpu", "default_device", "set_default_device", "is_available", "device_count",
                   "device_info")
    def test_devices(self):
        self.assertEqual(ad.default_device(), ad.Device(ad.cpu))
        self.assertEqual(ad.default_device(), ad.cpu)
        self.assertNotEqual(ad.default_device(), ad.gpu)
        self.assertEqual(repr(ad.Device(ad.gpu, 1)), "Device(gpu, 1)")
        self.assertEqual(repr(ad.cpu), "DeviceType.cpu")
        self.assertIs(ad.DeviceType.cpu, ad.cpu)
        self.assertEqual(ad.Device("cpu", index=0).type, ad.cpu)
        self.assertEqual(hash(ad.Device(ad.cpu)), hash(ad.default_device()))
        self.assertEqual(pickle.loads(pickle.dumps(ad.Device(ad.gpu, 2))), ad.Device(ad.gpu, 2))
        ad.set_default_device(ad.cpu)
        ad.set_default_device(ad.Device(ad.cpu, 0))
        self.assertRaises(ValueError, ad.set_default_device, ad.gpu)
        self.assertRaises(ValueError, ad.set_default_device, ad.Device(ad.cpu, 1))
        self.assertRaises(TypeError, ad.set_default_device, 3)
        self.assertRaises(TypeError, ad.Device, "tpu")
        self.assertRaises(TypeError, ad.DeviceType)
        self.assertTrue(ad.is_available(ad.cpu))
        self.assertFalse(ad.is_available(ad.gpu))
        self.assertEqual([ad.device_count(ad.cpu), ad.device_count(ad.gpu)], [1, 0])
        self.assertEqual(ad.device_info()["device_name"], "cpu")
        self.assertEqual(ad.device_info(ad.cpu)["threads"], ad.device_info()["threads"])

    @tables.covers("Stream", "default_stream", "set_default_stream", "new_stream", "new_thread_local_stream", "new_thread_unsafe_stream",
                   "stream", "StreamContext", "ThreadLocalStream", "synchronize", "clear_streams", "async_eval", "eval")
    def test_streams(self):
        usual = ad.default_stream(ad.cpu)
        self.assertEqual(usual.index, 0)
        made = ad.new_stream(ad.cpu)
        self.assertIsInstance(made, ad.Stream)
        self.assertIsInstance(ad.new_thread_local_stream(ad.cpu), ad.ThreadLocalStream)
        self.assertEqual(made.device, ad.cpu)
        self.assertRegex(repr(made), r"^Stream\(Device\(cpu, 0\), \d+\)$")
        self.assertNotEqual(made, ad.new_thread_local_stream(ad.cpu))
        self.assertNotEqual(made, ad.new_thread_unsafe_stream(ad.cpu))
        with ad.stream(made) as inside:
            self.assertIs(inside, made)
            self.assertIs(ad.default_stream(), made)
            with ad.StreamContext(ad.cpu):
                pass
            x = ad.ones((300, 300)) @ ad.ones((300, 300))
            ad.async_eval(x, {"y": [x + 1, "no array", None]})
        self.assertIs(ad.default_stream(), usual)
        ad.synchronize(made)
        ad.synchronize()
        ad.synchronize(ad.cpu)
        self.assertEqual(x[0, 0].item(), 300)
        seen = []
        thread = threading.Thread(target=lambda: seen.append((ad.default_stream().index, ad.add(1, 2, stream=made).item())))
        thread.start()
        thread.join()
        self.assertEqual(seen, [(0, 3)])
        ad.set_default_stream(made)
        ad.set_default_stream(usual)
        del made, inside
        ad.clear_streams()
        self.assertRaises(TypeError, ad.set_default_stream, ad.cpu)
        self.assertRaises(ValueError, ad.new_stream, ad.gpu)
        self.assertRaises(ValueError, ad.stream, ad.gpu)
        self.assertRaises(TypeError, ad.stream, 3)
        self.assertRaises(TypeError, ad.synchronize, 3)

    def test_a_function_with_a_stream_starts_its_result_there(self):
        made, x = ad.new_stream(), ad.ones((20, 20))

        def pending(where, f=ad.add):
            """How many expressions are left after a chain ended in a call on a stream, and all streams have done their work."""
            gc.collect()
            ad.eval(x)
            before, y = ad._core.live_arrays(), x
            for _ in range(100):
                y = y @ x
            results = f(y, 1, stream=where)
            del y
            ad.synchronize()
            return ad._core.live_arrays() - before, results

        for f in (ad.add, ad.divmod, ad.array_split, lambda y, n, stream: y.sum(n, stream=stream)):
            self.assertLess(pending(made, f)[0], 20)
        for where in (None, ad.cpu, ad.default_stream()):
            self.assertGreater(pending(where)[0], 100)
        with ad.stream(made):
            self.assertGreater(pending(made)[0], 100)
            self.assertLess(pending(ad.new_stream())[0], 20)
        a, b = ad.array_split(ad.arange(5, stream=made), 2, stream=ad.new_stream())
        self.assertEqual((a + b[0]).tolist(), [3, 4, 5])
        singular = ad.linalg.inv(ad.zeros((2, 2)), stream=made)
        self.assertRaises(ad.EvaluationError, ad.eval, singular)

    def test_a_stream_inside_a_traced_function(self):
        made, x = ad.new_stream(), ad.array([2.0, 3.0])
        square = lambda x: ad.multiply(x, x, stream=made)
        self.assertEqual(ad.grad(lambda x: square(x).sum(stream=made))(x).tolist(), [4, 6])
        self.assertEqual(ad.vmap(square)(x).tolist(), [4, 9])
        self.assertEqual(ad.cond(True, square, square, x).tolist(), [4, 9])

    def test_many_streams_at_once(self):
        streams = [ad.new_stream(ad.cpu) for _ in range(4)]
        x = ad.ones((50, 50))
        results = []
        for k in range(40):
            with ad.stream(streams[k % 4]):
                x = x @ ad.eye(50) + 1
                ad.async_eval(x)
                results.append(x)
        self.assertEqual([r[0, 0].item() for r in results], [k + 2 for k in range(40)])

    @tables.covers("metal.is_available", "metal.start_capture", "metal.stop_capture", "cuda.is_available", *["metal." + name for name in OLD])
    def test_gpus(self):
        for name in OLD:
            self.assertIs(getattr(ad.metal, name), getattr(ad, name))
        self.assertFalse(ad.metal.is_available())
        self.assertFalse(ad.cuda.is_available())
        self.assertRaises(RuntimeError, ad.metal.start_capture, "a.gputrace")
        self.assertRaises(RuntimeError, ad.metal.stop_capture)


class Distributed(unittest.TestCase):
    @tables.covers(*["distributed." + name for name in
                     "Group is_available init all_sum all_max all_min all_gather sum_scatter send recv recv_like".split()])
    def test_a_group_of_one(self):
        group = ad.distributed.init()
        self.assertEqual((group.rank(), group.size(), group.split(0).size()), (0, 1, 1))
        self.assertIsInstance(group, ad.distributed.Group)
        self.assertFalse(ad.distributed.is_available())
        x = ad.arange(3)
        for exchange in (ad.distributed.all_sum, ad.distributed.all_max, ad.distributed.all_min, ad.distributed.all_gather,
                         ad.distributed.sum_scatter):
            self.assertEqual(exchange(x).tolist(), [0, 1, 2])
            self.assertEqual(exchange(x, group=group).tolist(), [0, 1, 2])
            self.assertRaises(TypeError, exchange, x, group=3)
        self.assertEqual(ad.distributed.all_gather(1.0).shape, (1,))
        self.assertRaises(ValueError, ad.distributed.send, x, 1)
        self.assertRaises(ValueError, ad.distributed.recv, (3,), ad.float32, 1)
        self.assertRaises(ValueError, ad.distributed.recv_like, x, 1)
        self.assertRaises(RuntimeError, ad.distributed.init, strict=True)
        self.assertRaises(ValueError, ad.distributed.init, backend="smoke")
        self.assertRaises(ValueError, ad.distributed.is_available, "smoke")


class Functions(unittest.TestCase):
    def test_functions_are_pickled_by_name(self):
        for function in (ad.add, ad.linalg.svd, ad.random.uniform, ad.load, ad.fft.hfft):
            self.assertIs(pickle.loads(pickle.dumps(function)), function)
        self.assertEqual(ad.linalg.svd.__module__, "adamant.linalg")
        self.assertEqual(ad.linalg.svd.__name__, "svd")

    def test_named_results_are_pickled(self):
        for result in (ad.linalg.qr(ad.eye(2)), ad.linalg.svd(ad.eye(2)), ad.unique_counts(ad.array([1, 1]))):
            again = pickle.loads(pickle.dumps(result))
            self.assertIs(type(again), type(result))
            self.assertEqual(again[1].tolist(), result[1].tolist())
        self.assertIs(pickle.loads(pickle.dumps(ad.random.state)), ad.random.state)
        self.assertIs(copy.deepcopy(ad.random.state), ad.random.state)

    @tables.covers("set_printoptions", "get_printoptions", "printoptions")
    def test_options_of_printing(self):
        x = ad.array([1 / 3])
        self.assertIn("0.333333]", repr(x))
        before = ad.get_printoptions()
        with ad.printoptions(3):
            self.assertIn("0.333]", repr(x))
        with ad.printoptions(precision=2):
            self.assertIn("0.33]", repr(x))
            self.assertEqual(ad.get_printoptions()["precision"], 2)
        self.assertEqual(ad.get_printoptions(), before)
        ad.set_printoptions(threshold=2, edgeitems=1)
        try:
            self.assertIn("0, ..., 4", repr(ad.arange(5)))
        finally:
            ad.set_printoptions(**before)
        self.assertRaises(TypeError, ad.printoptions, colour=1)
        self.assertRaises(ValueError, ad.set_printoptions, precision=0)

    @tables.covers("DtypeError", "RangeError", "EvaluationError")
    def test_errors_are_caught_under_both_names(self):
        for exception in (ad.DtypeError, TypeError, ValueError):
            self.assertRaises(exception, ad.bitwise_and, 1.5, 2.5)
        for exception in (ad.RangeError, IndexError, ValueError):
            self.assertRaises(exception, ad.sum, ad.zeros(2), 3)
        for exception in (ad.EvaluationError, RuntimeError, ValueError):
            self.assertRaisesRegex(exception, "singular", ad.eval, ad.linalg.inv(ad.zeros((2, 2))))
        self.assertRaises(ad.RangeError, ad.moveaxis, ad.zeros((1, 1)), (0, 1), (1, 5))
        with self.assertRaisesRegex(ad.RangeError, r"test_names_runtime\.py:\d+: sum: axes 3; it is out of range for rank 1"):
            ad.sum(ad.zeros(2), 3)

    def test_odd_objects(self):
        class Odd:
            def __index__(self):
                raise ZeroDivisionError

            def __iter__(self):
                raise ZeroDivisionError

            def __len__(self):
                return -1

        x = ad.ones((2, 2))
        for call in (lambda: ad.sum(x, axis=Odd()), lambda: ad.reshape(x, Odd()), lambda: ad.concatenate(Odd()),
                     lambda: ad.arange(Odd()), lambda: ad.random.seed(Odd()), lambda: ad.split(x, Odd()),
                     lambda: ad.set_memory_limit(Odd())):
            self.assertRaises((ZeroDivisionError, TypeError, ValueError), call)

    def test_an_array_that_changes_while_it_is_read_is_safe(self):
        x = ad.ones((2, 2))

        class Changing:
            def __index__(self):
                nonlocal x
                x += 1
                return 0

        self.assertEqual(ad.sum(x, axis=Changing()).tolist(), [2, 2])


if __name__ == "__main__":
    unittest.main()
