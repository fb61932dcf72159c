"""NumPy against our indexing: every line that tests/ops/index_read.c and index_write.c left is an index expression with what it
gave; NumPy must give the same, or refuse what was refused. Updates are redone one by one, in row-major order of the places."""
import json
import os
import sys
import warnings

import numpy as np

OUT = os.environ.get("AD_TEST_OUT", "/tmp")
warnings.simplefilter("error", DeprecationWarning)  # out of range in an empty selection: an error in later versions
MODES = {
    "set": lambda old, v: v, "add": lambda old, v: old + v, "subtract": lambda old, v: old - v, "multiply": lambda old, v: old * v,
    "maximum": max, "minimum": min,
}


def places_of(line):
    shape = tuple(line["shape"])
    return np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)[eval(line["index"])]


def updated(line):
    shape = tuple(line["shape"])
    places = np.asarray(places_of(line))
    value = np.array(line["value"], dtype=np.int64).reshape(line["value_shape"])
    while value.ndim > places.ndim and value.shape[0] == 1:
        value = value[0]
    value = np.broadcast_to(value, places.shape)
    y = list(range(int(np.prod(shape, dtype=np.int64))))
    for p, v in zip(places.ravel().tolist(), value.ravel().tolist()):
        y[p] = MODES[line["mode"]](y[p], v)
    return np.array(y, dtype=np.int64).reshape(shape)


def check(name, compute):
    path = os.path.join(OUT, name)
    if not os.path.exists(path):
        sys.exit("%s is missing: the test program has not run" % path)
    refused = given = 0
    for number, text in enumerate(open(path)):
        line = json.loads(text)
        try:
            want = np.asarray(compute(line))
        except (IndexError, ValueError, DeprecationWarning) as problem:
            want = None
            why = problem
        got = None if line["error"] else np.array(line["out"], dtype=np.int64).reshape(line["out_shape"])
        # NumPy does not look at indices that an empty mask leaves without places; we do.
        unseen = got is None and want is not None and "out of range" in line["error"] and np.size(places_of(line)) == 0
        if (want is None and got is None) or unseen:
            refused += 1
        elif want is None or got is None or want.shape != got.shape or (want != got).any():
            sys.exit("%s:%d: %s\nNumPy: %r\nours: %r %s" % (name, number + 1, text[:600], why if want is None else want, got, line["error"]))
        else:
            given += 1
    if given < 500 or refused < 5:
        sys.exit("%s: only %d results and %d refusals" % (name, given, refused))
    print("ok index_numpy: %s, %d results, %d refused by both" % (name, given, refused))


check("index_read.jsonl", places_of)
check("index_write.jsonl", updated)
