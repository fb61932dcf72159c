"""NumPy against every op: the source that was printed for each sample (op_NAME.py, by tests/ops/matrix_numpy.c) is run on the
sample's inputs (op_NAME.npz) and must give its outputs, up to rounding of their dtype.  bfloat16 is computed in float32."""
import glob
import os
import sys
import warnings

import numpy as np

OUT = os.environ.get("AD_TEST_OUT", "/tmp")
TOLERANCE = {"float16": 4e-3, "bfloat16": 2e-2, "float32": 4e-6, "float64": 1e-13, "complex64": 1e-5, "complex128": 1e-12}


def exceptions():
    """op -> reason, for the lines "oracle OP REASON"."""
    found = {}
    for line in open("tests/inventory/matrix_exceptions.txt"):
        words = line.split(None, 2)
        if len(words) == 3 and words[0] == "oracle":
            found[words[1]] = words[2].strip()
    return found


def as_numpy(a):
    """The array and the name of its dtype; two raw bytes are bfloat16."""
    if a.dtype == np.dtype("V2"):
        return (np.ascontiguousarray(a).view("u2").astype("u4") << 16).view("f4").reshape(a.shape), "bfloat16"
    return a, a.dtype.name


def difference(got, want, dtype):
    """Why got is not want, or ''."""
    got = np.asarray(got)
    if got.shape != want.shape:
        return "shape %s, ours %s" % (got.shape, want.shape)
    if dtype not in TOLERANCE:
        wrong = got != want
        if want.dtype.kind in "iu" and got.dtype.kind in "iu":
            wrong = got.astype(want.dtype) != want  # NumPy may have computed in a wider one
    else:
        wide = np.complex128 if want.dtype.kind == "c" else np.float64
        g, w = got.astype(wide), want.astype(wide)
        most = TOLERANCE[dtype] * np.maximum(1, np.where(np.isfinite(w), np.abs(w), 1))
        with np.errstate(all="ignore"):
            wrong = ~((g == w) | (np.isnan(g) & np.isnan(w)) | (np.abs(g - w) <= most))
    if not np.any(wrong):
        return ""
    at = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(wrong)))
    return "at %s NumPy has %r, ours is %r" % (at, np.atleast_1d(got)[at], np.atleast_1d(want)[at])


def failures(path, count):
    """What is wrong with one op's samples, as text."""
    scope = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(open(path).read(), path, "exec"), scope)
    files = np.load(path[:-3] + ".npz")
    wrong = []
    for k in sorted({int(n.split(".")[0]) for n in files.files}):
        part = {n.split(".")[1]: as_numpy(files[n]) for n in files.files if n.startswith("%d." % k)}
        if "sample_%d" % k not in scope:
            continue
        args = [part["in%d" % i][0] for i in range(sum(n.startswith("in") for n in part))]
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                got = scope["sample_%d" % k](*args)
        except Exception as e:
            wrong.append("sample %d: %s: %s" % (k, type(e).__name__, e))
            continue
        outs = [part["out%d" % i] for i in range(sum(n.startswith("out") for n in part))]
        got = list(got) if len(outs) > 1 else [got]
        for i, (want, dtype) in enumerate(outs):
            count[0] += 1
            what = difference(got[i], want, dtype)
            if what:
                wrong.append("sample %d, output %d: %s" % (k, i, what))
    return wrong


def main():
    excused = exceptions()
    paths = sorted(glob.glob(os.path.join(OUT, "op_*.py")))
    if not paths:
        print("SKIP: tests/ops/matrix_numpy has not written its files")
        return
    count, failed = [0], 0
    for path in paths:
        op = os.path.basename(path)[3:-3]
        if not os.path.exists(path[:-3] + ".npz"):
            continue
        wrong = failures(path, count)
        if op in excused and wrong:
            print("SKIP: oracle %s: %s" % (op, excused[op]))
        elif op in excused:
            failed += 1
            print("not ok oracle %s is listed in tests/inventory/matrix_exceptions.txt but agrees: take the line out" % op)
        elif wrong:
            failed += 1
            print("\n".join("  %s: %s" % (op, w) for w in wrong))
            print("not ok oracle %s" % op)
        else:
            print("ok oracle %s" % op)
    print("%d outputs compared" % count[0])
    sys.exit(1 if failed else 0)


main()
