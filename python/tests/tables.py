"""Tables of calls: expressions that are evaluated twice, once with adamant and once with NumPy, and must agree.

A row is "expression", or "expression = expression of NumPy", or either with " : dtype" behind it, the dtype adamant must give. In an
expression xp is the library and names are the inputs. NAMES collects which functions rows and tests call: the inventory's test asks
for every one.
"""

import re

import numpy as np

import adamant as ad

NAMES = set()


def covers(*names):
    """Marks a test that calls these functions."""
    NAMES.update(names)
    return lambda test: test


_rng = np.random.default_rng(7)
f = _rng.standard_normal((3, 4)).astype(np.float32)
INPUTS = {
    "f": f,
    "g": _rng.standard_normal((3, 4)).astype(np.float32),
    "p": (np.abs(f) + 0.25).astype(np.float32),
    "u": (_rng.random((3, 4)) * 0.98 + 0.01).astype(np.float32),
    "d": _rng.standard_normal((3, 4)),
    "i": _rng.integers(-9, 9, (3, 4)).astype(np.int32),
    "j": np.array([[1, 2, 3, 4], [-1, -2, -3, -4], [5, 6, 7, 8]], np.int32),
    "b": _rng.random((3, 4)) < 0.5,
    "e": _rng.random((3, 4)) < 0.5,
    "c": (_rng.standard_normal((3, 4)) + 1j * _rng.standard_normal((3, 4))).astype(np.complex64),
    "n": np.array([[1, np.nan, -np.inf, np.inf], [0, -0.0, 2, -3]], np.float32),
    "s": _rng.standard_normal((2, 4, 4)).astype(np.float32),
    "h": (lambda m: (m @ m.T + 4 * np.eye(4)).astype(np.float32))(_rng.standard_normal((4, 4))),
    "v": _rng.standard_normal(5).astype(np.float32),
    "w": _rng.standard_normal(3).astype(np.float32),
    "t": _rng.standard_normal((2, 3, 4)).astype(np.float32),
    "r": np.array([3, 1, 2, 1, 3, 3, 0], np.int32),
    "o": np.sort(_rng.standard_normal(9)).astype(np.float32),
}


def to_ad(x):
    return ad.array(x, dtype=ad.float64) if x.dtype == np.float64 else ad.array(x)


def to_np(x):
    if isinstance(x, ad.array):
        return np.array(ad.astype(x, ad.float32)) if x.dtype == ad.bfloat16 else np.array(x)
    return x


def same(test, expected, got, row, tolerance=2e-5):
    """Equal trees of lists and tuples; arrays by shape and nearly by value, NaN being equal to NaN."""
    if isinstance(got, (list, tuple)):
        test.assertEqual(len(expected), len(got), row)
        for one, other in zip(expected, got):
            same(test, one, other, row, tolerance)
        return
    got, expected = to_np(got), np.asarray(expected)
    test.assertEqual(np.shape(got), expected.shape, row)
    kind = complex if np.iscomplexobj(expected) or np.iscomplexobj(got) else float
    np.testing.assert_allclose(np.asarray(got, kind), np.asarray(expected, kind), rtol=tolerance, atol=tolerance, err_msg=row)


def parse(row):
    expression, _, dtype = row.partition(" : ")
    ours, _, theirs = expression.partition(" = ")
    return ours.strip(), (theirs or ours).strip(), dtype.strip()


def names_in(expression):
    return {path.replace("xp.", "", 1) for path in re.findall(r"xp\.[a-z_0-9.]*[a-z_0-9]", expression)}


def rows(text):
    found = [line.strip() for line in text.strip().split("\n")]
    for row in found:
        NAMES.update(names_in(parse(row)[0]))
    return found


def run(test, table, tolerance=2e-5):
    mine = {name: to_ad(x) for name, x in INPUTS.items()}
    for row in table:
        ours, theirs, dtype = parse(row)
        with test.subTest(row=row):
            got = eval(ours, {"xp": ad, "np": np, **mine})
            with np.errstate(all="ignore"):
                expected = eval(theirs, {"xp": np, "np": np, "ad": ad, "to_np": to_np, **INPUTS})
            same(test, expected, got, row, tolerance)
            if dtype:
                first = got[0] if isinstance(got, (list, tuple)) else got
                test.assertEqual(repr(first.dtype), "adamant." + dtype, row)


def refuses(test, table):
    """Rows "expression ! exception": the call raises it with a text that says something."""
    mine = {name: to_ad(x) for name, x in INPUTS.items()}
    for row in table:
        expression, _, name = row.rpartition(" ! ")
        with test.subTest(row=row):
            with test.assertRaises(getattr(__import__("builtins"), name), msg=row) as caught:
                eval(expression, {"xp": ad, "np": np, **mine})
            test.assertGreater(len(str(caught.exception)), 10)
