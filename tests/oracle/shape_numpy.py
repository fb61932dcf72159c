"""NumPy against the shape and creation ops: every sample that tests/ops/shape_samples.c wrote is computed again from its
expression.  Elements that are only moved must be equal bit for bit; computed ones to a rounding of their dtype."""
import os
import sys

import numpy as np

PATH = os.path.join(os.environ.get("AD_TEST_OUT", "/tmp"), "shape_samples.txt")
TOLERANCE = {"float16": 1e-3, "bfloat16": 8e-3, "float32": 2e-7, "complex64": 2e-7, "float64": 4e-16, "complex128": 4e-16}


class dt:
    """The dtypes an expression may name.  bfloat16 is moved as its bits and computed as float32."""
    bfloat16 = np.float32


for name in "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 float32 float64 complex64 complex128".split():
    setattr(dt, name, np.dtype(name).type)


def pad_between(a, value, low, high, interior):
    """NumPy has no padding with gaps: the elements are put into an array of the value."""
    shape = [l + n + max(n - 1, 0) * g + h for n, l, h, g in zip(a.shape, low, high, interior)]
    out = np.full(shape, value, a.dtype)
    out[tuple(slice(l, l + n + max(n - 1, 0) * g, g + 1) for n, l, g in zip(a.shape, low, interior))] = a
    return out


def array(line):
    head, data = line.rstrip("\n").split(" :")
    dtype, shape = head.split(" ", 1)
    stored = np.dtype("uint16" if dtype == "bfloat16" else dtype)
    return dtype, np.frombuffer(bytes.fromhex(data), stored).reshape(eval(shape))


def same(dtype, got, want):
    if got.tobytes() == want.astype(got.dtype).tobytes():
        return True
    if dtype not in TOLERANCE:
        return False
    got = got.astype(np.complex128)
    want = want.astype(np.complex128)
    return np.allclose(got, want, rtol=TOLERANCE[dtype], atol=1e-16, equal_nan=True)


def main():
    count = failed = 0
    with open(PATH) as f:
        for title in f:
            expression, n = next(f).rstrip("\n"), int(next(f))
            inputs = [array(next(f)) for _ in range(n)]
            dtype, got = array(next(f))
            x = [a for _, a in inputs]
            if dtype == "bfloat16" and not any(t == "bfloat16" for t, _ in inputs):
                got = (got.astype(np.uint32) << 16).view(np.float32)
            try:
                want = np.asarray(eval(expression))
                good = want.shape == got.shape and same(dtype, got, want)
                good = good and (want.dtype.kind == got.dtype.kind or dtype == "bfloat16")
            except Exception as e:
                want, good = e, False
            count += 1
            if not good:
                failed += 1
                print("%s  %s\n  is %r\n  NumPy: %r" % (title, expression, got, want))
    if failed or count < 500:
        sys.exit("%d of %d samples differ" % (failed, count))
    print("ok %d samples of shape and creation ops" % count)


main()
