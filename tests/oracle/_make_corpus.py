"""Makes the files of tests/corpus that NumPy and Python's zipfile write: seeds for the fuzzers, and files that our reader
must read as NumPy does (tests/io/save_load.c loads them all, io_numpy.py compares). Run by hand:

    python3 tests/oracle/_make_corpus.py tests/corpus

Values are small multiples of 0.25, exact in every dtype. The safetensors files are put together here by hand, since the format's
own library is no part of a Debian system."""
import io
import json
import os
import struct
import sys
import zipfile

import numpy as np
from numpy.lib import format as npy

DTYPES = "|b1 |u1 <u2 <u4 <u8 |i1 <i2 <i4 <i8 <f2 <f4 <f8 <c8 <c16 >i2 >u4 >i8 >f2 >f4 >f8 >c8 >c16".split()


def values(dtype, shape):
    a = (np.arange(int(np.prod(shape))) % 7 - (3 if np.dtype(dtype).kind in "ifc" else 0)).astype(np.float64)
    if np.dtype(dtype).kind in "fc":
        a = a * 0.25
    if np.dtype(dtype).kind == "c":
        a = a + 1j * a[::-1]
    if np.dtype(dtype).kind == "b":
        a = a % 2
    return a.astype(dtype).reshape(shape)


def npy_bytes(a, version=None):
    f = io.BytesIO()
    npy.write_array(f, a, version=version, allow_pickle=False)
    return f.getvalue()


class Unseekable(io.RawIOBase):
    """A stream: zipfile then puts sizes into data descriptors."""
    def __init__(self):
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, b):
        self.data += b
        return len(b)


def zip_bytes(entries, method, stream=False, wide=False):
    f = Unseekable() if stream else io.BytesIO()
    with zipfile.ZipFile(f, "w", method) as z:
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with z.open(info, "w", force_zip64=wide) as e:
                e.write(data)
    return bytes(f.data) if stream else f.getvalue()


def safetensors_bytes(tensors, metadata=None, pad=True):
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, tag, shape, raw in tensors:
        header[name] = {"dtype": tag, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    if pad:
        text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def main(root):
    def put(kind, name, data):
        with open(os.path.join(root, kind, name), "wb") as f:
            f.write(data)

    for d in DTYPES:
        name = d.replace("<", "le_").replace(">", "be_").replace("|", "")
        put("npy", name + ".npy", npy_bytes(values(d, (2, 3))))
    put("npy", "fortran.npy", npy_bytes(np.asfortranarray(values("<f4", (2, 3, 4)))))
    put("npy", "fortran_big.npy", npy_bytes(np.asfortranarray(values(">i4", (3, 2)))))
    put("npy", "rank0.npy", npy_bytes(values("<f8", ())))
    put("npy", "rank1.npy", npy_bytes(values("<i4", (5,))))
    put("npy", "empty.npy", npy_bytes(values("<f4", (3, 0, 2))))
    put("npy", "version2.npy", npy_bytes(values("<f4", (2, 2)), (2, 0)))
    put("npy", "version3.npy", npy_bytes(values("<f4", (2, 2)), (3, 0)))
    put("npy", "bfloat16.npy", npy_bytes((values("<f4", (2, 3)).view("<u4") >> 16).astype("<u2").view("V2")))

    arrays = [("w.npy", npy_bytes(values("<f4", (4, 5)))), ("b.npy", npy_bytes(values("<i8", (3,)))), ("s.npy", npy_bytes(values("<f8", ())))]
    f = io.BytesIO()
    np.savez(f, w=values("<f4", (4, 5)), b=values("<i8", (3,)))
    put("npz", "savez.npz", f.getvalue())
    f = io.BytesIO()
    np.savez_compressed(f, values("<f4", (40, 50)), z=np.zeros(5000))
    put("npz", "savez_compressed.npz", f.getvalue())
    put("npz", "empty.npz", zip_bytes([], zipfile.ZIP_STORED))
    put("npz", "descriptor.npz", zip_bytes(arrays, zipfile.ZIP_STORED, stream=True))
    put("npz", "descriptor_deflated.npz", zip_bytes(arrays, zipfile.ZIP_DEFLATED, stream=True))
    put("npz", "descriptor_wide.npz", zip_bytes(arrays, zipfile.ZIP_DEFLATED, stream=True, wide=True))
    put("npz", "wide.npz", zip_bytes(arrays, zipfile.ZIP_STORED, wide=True))

    f4, i2 = values("<f4", (2, 3)).tobytes(), values("<i2", (2,)).tobytes()
    put("safetensors", "two.safetensors", safetensors_bytes([("w", "F32", [2, 3], f4), ("b.c", "I16", [2], i2)], {"format": "pt"}))
    put("safetensors", "unpadded.safetensors", safetensors_bytes([("w", "F32", [2, 3], f4)], pad=False))
    put("safetensors", "empty.safetensors", safetensors_bytes([]))
    put("safetensors", "kinds.safetensors", safetensors_bytes(
        [(t, t, [1], bytes(n)) for t, n in (("F64", 8), ("I64", 8), ("U64", 8), ("C64", 8), ("F32", 4), ("I32", 4), ("U32", 4), ("F16", 2),
                                            ("BF16", 2), ("I16", 2), ("U16", 2), ("I8", 1), ("U8", 1), ("BOOL", 1), ("F8_E4M3", 1), ("F8_E5M2", 1))]
        + [("zero", "F32", [0, 3], b"")]))

    put("json", "values.json", b'{"a": [1, -2.5e3, true, false, null, "x\\u0000\\"\\n\\ud83d\\ude00"], "": {}, "b": []}\n')
    put("json", "deep.json", b"[" * 63 + b"1" + b"]" * 63)
    put("json", "numbers.json", b"[0, -0, 1e5, 1E-5, 1.25, 18446744073709551615, -9223372036854775808, 1e999, 0.1e+2]")
    put("json", "keys.json", json.dumps({"key%d" % i: "caf\u00e9" * (i % 3) for i in range(40)}, ensure_ascii=False, indent=1).encode())


main(sys.argv[1])
