"""What several test files need: work that takes a while, and programs of their own."""

import os
import subprocess
import sys
import textwrap
import time

import adamant as ad


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
