"""NumPy against our files: what tests/io/save_load.c wrote from formulas ("ours_*") must be what NumPy computes from them, and
NumPy's own files that it loaded and saved again ("again_*") must hold what they held."""
import glob
import json
import os
import struct
import sys

import numpy as np

OUT = os.environ.get("AD_TEST_OUT", "/tmp")
CORPUS = "tests/corpus"
DTYPES = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128".split()
TAGS = {"BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8", "I64": "<i8", "F16": "<f2",
        "BF16": "V2", "F32": "<f4", "F64": "<f8", "C64": "<c8", "C128": "<c16", "F8_E4M3": "u1", "F8_E5M2": "u1"}
checked = 0


def same(got, want, what):
    global checked
    checked += 1
    if got.dtype.newbyteorder("=") != want.dtype.newbyteorder("=") or got.shape != want.shape:
        sys.exit("%s: %s %s, expected %s %s" % (what, got.dtype, got.shape, want.dtype, want.shape))
    if np.ascontiguousarray(got).astype(got.dtype.newbyteorder("=")).tobytes() != np.ascontiguousarray(want).astype(want.dtype.newbyteorder("=")).tobytes():
        sys.exit("%s: %r, expected %r" % (what, got, want))


def expected(name, shape):
    i = np.arange(int(np.prod(shape)))
    if name == "bool":
        a = i % 2 == 1
    elif name == "bfloat16":
        a = ((i - 2).astype("<f4").view("<u4") >> 16).astype("<u2").view("V2")
    elif name.startswith("complex"):
        a = (i - 2 + 1j * i).astype(name)
    else:
        a = (i - 2).astype(name)
    return a.reshape(shape)


def load_safetensors(path):
    data = open(path, "rb").read()
    n, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + n])
    notes = header.pop("__metadata__", {})
    tensors = {}
    for name, t in header.items():
        a, b = t["data_offsets"]
        tensors[name] = np.frombuffer(data[8 + n + a:8 + n + b], TAGS[t["dtype"]]).reshape(t["shape"])
    if (8 + n) % 8 and os.path.basename(path).startswith("ours"):
        sys.exit(path + ": the header is not padded to 8 bytes")
    return tensors, notes


def main():
    if not os.path.exists(os.path.join(OUT, "ours_float32.npy")):
        print("SKIP: tests/io/save_load has not written its files")
        return
    for name in DTYPES:
        same(np.load(os.path.join(OUT, "ours_%s.npy" % name)), expected(name, (2, 3)), "ours_%s.npy" % name)
    for f in ("ours_stored.npz", "ours_deflated.npz"):
        z = np.load(os.path.join(OUT, f))
        if sorted(z.files) != sorted(DTYPES):
            sys.exit("%s holds %s" % (f, z.files))
        for name in DTYPES:
            same(z[name], expected(name, (2, 3)), f + " " + name)
        if z.zip.testzip() is not None:
            sys.exit(f + ": zipfile finds damage")
    tensors, notes = load_safetensors(os.path.join(OUT, "ours.safetensors"))
    if notes != {"made by": "save_load.c", "empty": ""}:
        sys.exit("ours.safetensors: metadata %r" % notes)
    for name in DTYPES:
        same(tensors[name], expected(name, (2, 3)), "ours.safetensors " + name)
    shapes = [("float32", ()), ("int16", (5,)), ("float64", (3, 0, 2)), ("uint8", (1, 2, 1, 3) + (1,) * 11 + (2,))]
    z, (tensors, _) = np.load(os.path.join(OUT, "ours_shapes.npz")), load_safetensors(os.path.join(OUT, "ours_shapes.safetensors"))
    for i, (name, shape) in enumerate(shapes):
        same(z["arr_%d" % i], expected(name, shape), "ours_shapes.npz %d" % i)
        same(tensors["arr_%d" % i], expected(name, shape), "ours_shapes.safetensors %d" % i)
    same(np.load(os.path.join(OUT, "ours_strided.npy")), np.arange(1, 7, dtype="f4").reshape(2, 3), "ours_strided.npy")
    same(np.array(np.load(os.path.join(OUT, "ours_none.npz")).files, dtype="U1"), np.array([], dtype="U1"), "ours_none.npz")

    for path in sorted(glob.glob(CORPUS + "/npy/*.npy")):
        same(np.load(os.path.join(OUT, "again_npy_" + os.path.basename(path))), np.load(path), path)
    for path in sorted(glob.glob(CORPUS + "/npz/*.npz") + glob.glob(CORPUS + "/safetensors/*.safetensors")):
        kind = path.split("/")[-2]
        if not os.path.exists(os.path.join(OUT, "again_%s_%s.npz" % (kind, os.path.basename(path)))):
            print("SKIP: %s was not loaded: the build has no zlib" % path)
            continue
        want = np.load(path) if kind == "npz" else load_safetensors(path)[0]
        got = np.load(os.path.join(OUT, "again_%s_%s.npz" % (kind, os.path.basename(path))))
        if sorted(got.files) != sorted(want.files if kind == "npz" else want):
            sys.exit("%s: %s" % (path, got.files))
        for name in got.files:
            same(got[name], want[name], path + " " + name)
    print("ok io_numpy: %d arrays" % checked)


main()
