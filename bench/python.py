"""The Python package: the cost of a small operation and of a small compiled call, of importing it, of the extension, and of NumPy's memory coming and going.

As the C programs do: --list prints the case names, other arguments choose cases whose name contains one, and each case prints JSON
lines (bench/harness.h says what they hold). Ours and the reference run in turn, and the ratio is the median of the pairs' ratios.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PACKAGE = os.path.join(ROOT, "python")
PAIRS, STARTS = 15, 11


def line(case, unit, reference, value, reference_value, ratio, need):
    print(json.dumps({"case": case, "threads": 1, "value": value, "unit": unit, "reference": reference, "reference_value": reference_value,
                      "ratio": ratio, "need": need, "ok": None if need is None else ratio >= need}), flush=True)


def bound(case, unit, value, most):
    line(case, unit, "bound", value, most, most / value if value > 0 else float(most), 1)


def absent(case, unit, peer):
    line(case, unit, peer + " (not installed)", None, None, None, None)


def seconds(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# ---- one small operation ----


def py_eager_add(case):
    import adamant as ad

    def chain_of(x, evaluate):
        def chain():
            y = x
            for _ in range(1000):
                y = y + x
            evaluate(y)
        return chain

    ours = chain_of(ad.arange(10, dtype=ad.float32), ad.eval)
    try:
        import numpy
    except ImportError:
        absent(case, "us", "numpy")
        peer = None
    else:
        peer = chain_of(numpy.arange(10, dtype="float32"), lambda y: None)
    pairs = []
    for _ in range(20 * PAIRS):
        pairs.append((seconds(ours) * 1e3, seconds(peer) * 1e3 if peer else 0.0))
    value, other = (statistics.median(column) for column in zip(*pairs))
    if peer:
        line(case, "us", "numpy", value, other, statistics.median(b / a for a, b in pairs), 1)
    bound(case, "us", value, 0.28)


# ---- one small call of a compiled function ----


def py_call(case):
    import adamant as ad

    @ad.compile
    def total(a, b, c, d):
        return a + b + c + d

    x = [ad.arange(10, dtype=ad.float32) + i for i in range(4)]
    ad.eval(x, total(*x))

    def calls():
        for _ in range(1000):
            ad.eval(total(*x))

    bound(case, "us", statistics.median(seconds(calls) * 1e3 for _ in range(20 * PAIRS)), 1.2)


# ---- importing ----

RESIDENT = "print(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1])"


def start(program):
    """Seconds from start to end of an interpreter that runs program, and what it printed."""
    environment = {**os.environ, "PYTHONPATH": PACKAGE, "AD_THREADS": "1"}
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - began, done.stdout.decode()


def py_import(case):
    with_it, bare = "import adamant\n" + RESIDENT, RESIDENT
    start(with_it)
    times, sizes = [], []
    for _ in range(STARTS):
        (t, kb), (bare_t, bare_kb) = start(with_it), start(bare)
        times.append((t - bare_t) * 1e3)
        sizes.append((int(kb) - int(bare_kb)) * 1024 / 1e6)
    bound(case, "ms", statistics.median(times), 30)
    bound(case, "MB", statistics.median(sizes), 15)


# ---- the extension ----


def py_size(case):
    import adamant as ad

    with tempfile.TemporaryDirectory() as folder:
        bare = os.path.join(folder, "core")
        subprocess.run(["strip", "-o", bare, ad._core.__file__], check=True)
        bound(case, "MB", os.path.getsize(bare) / 1e6, 6)


# ---- a gigabyte that stays where it is ----


def py_zero_copy(case):
    import adamant as ad

    try:
        import numpy
    except ImportError:
        absent(case, "bytes moved", "numpy")
        return
    there = numpy.zeros(250_000_000, "float32")
    back = numpy.asarray(ad.asarray(there))
    moved = 0 if back.ctypes.data == there.ctypes.data and back.strides == there.strides else there.nbytes
    line(case, "bytes moved", "none", moved, 0, float(moved == 0), 1)


CASES = [py_eager_add, py_call, py_import, py_size, py_zero_copy]


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(case.__name__ for case in CASES))
        return
    os.environ["AD_THREADS"] = "1"
    sys.path.insert(0, PACKAGE)
    for case in CASES:
        if not sys.argv[1:] or any(pattern in case.__name__ for pattern in sys.argv[1:]):
            case(case.__name__)


main()
