"""What several test files need: comparing, work that takes a while, memory, and programs of their own."""

import os
import subprocess
import sys
import textwrap
import time
import unittest

import adamant as ad

try:
    import numpy as np
except ImportError:
    np = None
try:
    import torch
except ImportError:
    torch = None

needs_numpy = unittest.skipIf(np is None, "NumPy is not installed")
needs_torch = unittest.skipIf(torch is None, "PyTorch is not installed")

with open("/proc/self/maps") as maps:
    SANITIZED = "libasan" in maps.read()  # which keeps freed memory, and is slow


def near(got, expected, rtol=1e-5, atol=1e-6):
    np.testing.assert_allclose(np.array(got), expected, rtol=rtol, atol=atol)


class Case(unittest.TestCase):
    def refused(self, kind, text, f, *args, **keywords):
        """f raises that, or computing what it returns does, with the text and the place of a line."""
        with self.assertRaises(kind) as caught:
            ad.eval(f(*args, **keywords))
        self.assertIn(text, str(caught.exception))
        self.assertRegex(str(caught.exception), r"(test_\w+|support)\.py:\d+: ")


def resident():
    """Bytes of memory that this process has; 0 where that says nothing."""
    with open("/proc/self/statm") as f:
        return 0 if SANITIZED else int(f.read().split()[1]) * 4096



def products(count, size=128):
    """An array that is not yet computed: a chain of matrix products, all zero."""
    a = b = ad.zeros((size, size))
    for _ in range(count):
        a = a @ b
    return a


def work_of(seconds):
    """A function that makes an array whose evaluation takes about so many seconds here (a sanitizer build is slow)."""
    count = 8
    while True:
        began = time.perf_counter()
        ad.eval(products(count))
        took = time.perf_counter() - began
        if took > 0.02:
            return lambda: products(max(1, int(count * seconds / took)))
        count *= 4


def run(program, *options, timeout=60, **environment):
    """Runs a program of its own, which sees this folder; one that hangs or dies of a signal is an AssertionError."""
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.pathsep.join([here] + [os.path.abspath(p) for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p])
    done = subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(program)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=timeout, env={**os.environ, "PYTHONPATH": path, "PYTHONFAULTHANDLER": "1", **environment})
    out, err = done.stdout.decode(), done.stderr.decode()
    if done.returncode < 0:
        raise AssertionError("died of signal %d\n%s%s" % (-done.returncode, out, err))
    return done.returncode, out, err
