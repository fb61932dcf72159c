"""The array API standard: every function with its signature, special values, and what arrays must have (array_api_table.py)."""

import ast
import inspect
import math
import unittest

import array_api_table as table
import tables

import adamant as ad

NAMES = {"nan": math.nan, "inf": math.inf, "pi": math.pi}
_ANY = inspect.Parameter.empty


def standard():
    """Path and signature of every function of the standard."""
    for name in table.UNARY:
        yield name, "(x, /)"
    for name in table.BINARY:
        yield name, "(x1, x2, /)"
    for space, text in table.SIGNATURES.items():
        for line in text.split("\n"):
            if line.strip():
                name, _, rest = line.strip().partition("(")
                yield (space + "." + name if space else name), "(" + rest


def parameters(text):
    """(kind, name, default source) of each parameter of a signature."""
    arguments = ast.parse("def f%s: 0" % text).body[0].args
    positional = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    for k, (argument, default) in enumerate(zip(positional, defaults)):
        yield ("only" if k < len(arguments.posonlyargs) else "either"), argument.arg, default
    if arguments.vararg:
        yield "rest", arguments.vararg.arg, None
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        yield "keyword", argument.arg, default


def find(path):
    found = ad
    for name in path.split("."):
        found = getattr(found, name)
    return found


def complaint(function, text):
    """What a call by the standard's signature would trip over, or None."""
    ours = inspect.signature(function).parameters
    places = [p for p in ours.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    for k, (kind, name, default) in enumerate(parameters(text)):
        if kind == "rest":
            if not any(p.kind == p.VAR_POSITIONAL for p in ours.values()):
                return "takes no *" + name
            continue
        if kind in ("only", "either") and k >= len(places):
            return "has no place %d" % k
        if kind in ("keyword", "either") and name not in ours:
            return "has no " + name
        if default is not None and name in ours:
            mine, theirs = ours[name].default, ast.literal_eval(default)
            if mine is not _ANY and mine is not None and theirs is not None and mine != theirs:
                return "%s is %r by default" % (name, mine)
    return None


def same(a, b):
    """The same number, sign of zero and NaN included; nearly the same where it is no simple one."""
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, float) and isinstance(b, (int, float)):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return math.isclose(a, b, rel_tol=1e-6) and (b != 0 or math.copysign(1, a) == math.copysign(1, b))
    return a == b


def cases(text):
    for line in text.strip().split("\n"):
        name, *rows = line.split(" | ")
        for row in rows:
            given, _, result = row.partition(" -> ")
            yield name.strip(), given, result


def values(text):
    """ "-0, inf" as numbers; -0 is the float."""
    return [-0.0 if part.strip() == "-0" else eval(part, dict(NAMES)) for part in text.split(",")]


class ArrayAPI(unittest.TestCase):
    def check(self, kind, name, failure):
        """failure is None or a text. What is expected to fail must fail."""
        key = kind + " " + name
        if key in table.EXPECTED:
            self.assertIsNotNone(failure, key + " passes, though it is listed as an expected failure")
        else:
            self.assertIsNone(failure, key)

    def test_signatures(self):
        for path, text in standard():
            with self.subTest(function=path):
                self.check("signature", path, complaint(find(path), text))

    def test_special_values(self):
        for dtype in (ad.float32, ad.float64):
            for name, given, result in cases(table.SPECIAL):
                with self.subTest(function=name, given=given, dtype=dtype):
                    arguments = [ad.asarray([float(v)], dtype=dtype) for v in values(given)]
                    got, want = getattr(ad, name)(*arguments)[0].item(), values(result)[0]
                    failure = None if same(float(got) if not isinstance(want, bool) else got, want) else "%r and not %r" % (got, want)
                    self.check("special", "%s(%s)" % (name, given), failure)

    def test_special_values_of_complex_numbers(self):
        for name, given, result in cases(table.COMPLEX):
            with self.subTest(function=name, given=given):
                z = ad.asarray([complex(*values(given))], dtype=ad.complex64)
                if name == "expm1":
                    z = ad.asarray([complex(*values(given))], dtype=ad.complex128)
                want = values(result)
                try:
                    got = getattr(ad, name)(z)[0].item()
                except ValueError as error:
                    self.check("complex", "%s(%s)" % (name, given), str(error))
                    continue
                parts = [got] if len(want) == 1 else [got.real, got.imag]
                good = all(same(abs(g) if w == 0 else g, w) for g, w in zip(parts, want))
                self.check("complex", "%s(%s)" % (name, given), None if good else "%r and not %r" % (got, want))

    def test_whole_arrays(self):
        for line in table.ARRAYS.strip().split("\n"):
            expression, _, value = line.partition(" -> ")
            with self.subTest(expression=expression):
                got = eval(expression, {"xp": ad, **NAMES})
                got = got.tolist() if isinstance(got, ad.array) else got
                want = eval(value, {"xp": ad, **NAMES})
                self.check("array", expression, None if same(got, want) else "%r and not %r" % (got, want))

    def test_index_dtypes(self):
        x = ad.asarray([3, 1, 2])
        results = {
            "argmax": ad.argmax(x), "argmin": ad.argmin(x), "argsort": ad.argsort(x), "nonzero": ad.nonzero(x)[0],
            "searchsorted": ad.searchsorted(x, x), "unique_inverse": ad.unique_inverse(x).inverse_indices,
            "count_nonzero": ad.count_nonzero(x), "unique_counts": ad.unique_counts(x).counts}
        for name, result in results.items():
            with self.subTest(function=name):
                self.check("index", name, None if ad.isdtype(result.dtype, "signed integer") else repr(result.dtype))

    @tables.covers("__array_namespace_info__")
    def test_namespace(self):
        for name in table.CONSTANTS:
            self.assertTrue(hasattr(ad, name), name)
        info = ad.__array_namespace_info__()
        self.assertEqual(sorted(info.dtypes()), sorted(table.DTYPES))
        for name in table.DTYPES:
            self.assertIs(info.dtypes()[name], getattr(ad, name))
        self.assertEqual(sorted(info.dtypes(kind=("bool", "complex floating"))), ["bool", "complex128", "complex64"])
        self.assertEqual(info.devices(), [info.default_device()])
        self.assertEqual(sorted(info.capabilities()), ["boolean indexing", "data-dependent shapes", "max dimensions"])
        self.assertEqual(sorted(info.default_dtypes(device=ad.cpu)), ["complex floating", "indexing", "integral", "real floating"])

    def test_arrays(self):
        x = ad.ones((2, 2))
        for name in table.ATTRIBUTES + table.METHODS:
            with self.subTest(name=name):
                self.check("array has", name, None if hasattr(x, name) else "missing")
        self.assertIs(x.__array_namespace__(), ad)
        self.assertIs(x.__array_namespace__(api_version="2025.12"), ad)
        self.assertEqual(x.to_device(x.device).tolist(), x.tolist())


if __name__ == "__main__":
    unittest.main()
