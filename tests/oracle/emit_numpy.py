"""Runs the NumPy that tests/emit/numpy.c left, on the arguments beside it, and compares with the library's results: dtype, shape,
values."""
import os
import sys
import warnings

import numpy as np

OUT = os.path.join(os.environ.get("AD_TEST_OUT", "build"), "emit_numpy")
RELATIVE = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-11, "complex64": 2e-5, "complex128": 1e-11}
warnings.simplefilter("ignore")


def differs(got, want):
    got = np.asarray(got)
    if got.dtype != want.dtype or got.shape != want.shape:
        return "%s%s, expected %s%s" % (got.dtype, got.shape, want.dtype, want.shape)
    tolerance = RELATIVE.get(want.dtype.name)
    if tolerance is None:
        same = got == want
    else:
        same = np.isclose(got, want, rtol=tolerance, atol=tolerance, equal_nan=True)
    if np.all(same):
        return None
    at = tuple(int(i[0]) for i in np.nonzero(~np.asarray(same)))
    return "at %s %r, expected %r" % (at, got[at], want[at])


def run(name, inputs, results):
    text = open(os.path.join(OUT, name + ".py")).read()
    arrays = np.load(os.path.join(OUT, name + ".npz"))
    arrays = [arrays["arr_%d" % i] for i in range(inputs + results)]
    space = {}
    exec(compile(text, name + ".py", "exec"), space)
    function = space[[line for line in text.split("\n") if line.startswith("def ")][-1][4:].split("(")[0]]
    got = function(*arrays[:inputs])
    got = got if results > 1 else (got,)
    for k in range(results):
        problem = differs(got[k], arrays[inputs + k])
        if problem:
            return "result %d: %s" % (k, problem)
    return None


def main():
    bad = 0
    lines = [line.split() for line in open(os.path.join(OUT, "index.txt"))]
    for name, inputs, results in lines:
        try:
            problem = run(name, int(inputs), int(results))
        except Exception as raised:  # whatever emitted code may do
            problem = "%s: %s" % (type(raised).__name__, raised)
        if problem:
            bad += 1
            print("  %s: %s\n%s" % (name, problem, open(os.path.join(OUT, name + ".py")).read().split("\ndef ")[-1]))
    if len(lines) < 13:
        sys.exit("not ok emit_numpy: only %d programs" % len(lines))
    print("%s emit_numpy: %d programs, %d wrong" % ("not ok" if bad else "ok", len(lines), bad))
    sys.exit(bad != 0)


main()
