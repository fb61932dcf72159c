"""NumPy against every block of the table: what tests/model/blocks.c computed (blocks.npz) must be what each block's formula
(blocks.txt) gives in NumPy, on the same inputs and parameters."""
import math
import os
import sys

import numpy as np

OUT = os.environ.get("AD_TEST_OUT", "/tmp")
WORDS = {"true": True, "false": False, "none": None, "None": None, "np": np, "math": math}


class Dtype:
    """dtype.float32 in a parameter."""

    def __getattr__(self, name):
        return np.dtype(name)


def parts(text):
    """The pieces between commas that stand in no bracket or quotes."""
    depth, quoted, piece, found = 0, False, "", []
    for ch in text + ",":
        if ch == '"':
            quoted = not quoted
        depth += 0 if quoted else (ch in "([") - (ch in ")]")
        if ch == "," and not depth and not quoted:
            found.append(piece.strip())
            piece = ""
        else:
            piece += ch
    return [p for p in found if p]


def parameters(text):
    """name=value, ... as a dict."""
    found = {}
    for part in parts(text):
        name, value = part.split("=", 1)
        found[name.strip()] = eval(value, dict(WORDS, dtype=Dtype()))
    return found


def check(files, block, nth, given, defaults, formula):
    """Why the block's outputs are wrong, or ''."""
    scope = dict(WORDS, **parameters(defaults))
    scope.update(parameters(given))
    head = "%s.%s." % (block, nth)
    scope.update({n[len(head) + 3:]: files[n] for n in files.files if n.startswith(head + "in.")})
    outs = [n for n in files.files if n.startswith(head + "out.")]
    wants = eval(formula, scope)
    wants = wants if isinstance(wants, tuple) else (wants,)
    if len(wants) != len(outs):
        return "%d outputs, NumPy has %d" % (len(outs), len(wants))
    for name, want in zip(outs, wants):
        got, want = files[name], np.asarray(want)
        if got.shape != want.shape:
            return "shape %s, NumPy has %s" % (got.shape, want.shape)
        if not np.allclose(got.astype(np.float64), want.astype(np.float64), rtol=1e-9, atol=1e-9, equal_nan=True):
            return "%s is %r, NumPy has %r" % (name, got.ravel()[:6], want.ravel()[:6])
    return ""


def main():
    path = os.path.join(OUT, "blocks.txt")
    if not os.path.exists(path):
        print("SKIP: blocks: no samples were written (tests/model/blocks runs first)")
        return 0
    files = np.load(os.path.join(OUT, "blocks.npz"))
    wrong = {}
    for line in open(path):
        block, nth, given, defaults, formula = line.rstrip("\n").split("\t")
        wrong.setdefault(block, [])
        try:
            with np.errstate(all="ignore"):
                why = check(files, block, nth, given, defaults, formula)
        except Exception as e:  # a formula that does not run is a failure like any other
            why = "%s: %s" % (type(e).__name__, e)
        if why:
            wrong[block].append("sample %s: %s" % (nth, why))
    for block, why in wrong.items():
        for text in why:
            print("  %s: %s" % (block, text))
        print("%s %s" % ("not ok" if why else "ok", block))
    return any(wrong.values())


if __name__ == "__main__":
    sys.exit(main())
