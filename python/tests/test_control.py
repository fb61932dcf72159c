"""Control flow as ops: against plain Python, inside transforms, and what bodies may not do."""
import unittest

import numpy as np

import adamant as ad

from support import Case, near


class Cond(Case):
    def test_branches(self):
        x = ad.array([1.0, 2.0])
        for p, expected in ((True, [2, 4]), (False, [3, 6]), (ad.array(True), [2, 4]), (ad.array(0.0), [3, 6]), (1, [2, 4]), (x[0] > 5, [3, 6])):
            near(ad.cond(p, lambda x: x * 2, lambda x: x * 3, x), expected)
        f = lambda x, k: ad.cond(x.sum() > k, lambda: {"y": x * 2, "n": (k, None)}, lambda: {"n": (0.0, None), "y": x})
        got = f(x, ad.array(1.0))
        self.assertEqual(list(got), ["y", "n"])
        near(got["y"], [2, 4])
        near(got["n"][0], 1)
        near(f(x, ad.array(9.0))["n"][0], 0)
        near(ad.grad(lambda x: f(x, ad.array(1.0))["y"].sum())(x), [2, 2])
        got = ad.vmap(lambda x: f(x, ad.array(4.0))["y"])(ad.array([[1.0, 2.0], [3.0, 4.0]]))
        near(got, [[1, 2], [6, 8]])

    def test_operands_may_hold_constants(self):
        got = ad.cond(True, lambda t, w: t["x"] * t["k"], lambda t, w: t["x"], {"x": ad.array(2.0), "k": 3}, "word")
        near(got, 6)

    def test_only_one_runs(self):
        near(ad.cond(ad.array(True), lambda x: x, lambda x: ad.while_loop(lambda s: s == s, lambda s: s, x), ad.array(1.0)), 1)

    def test_refusals(self):
        x, same = ad.array([1.0, 2.0]), lambda x: x
        self.refused(TypeError, "cond: true_fun is of type int", ad.cond, True, 3, same, x)
        self.refused(TypeError, "cond: false_fun is of type int", ad.cond, True, same, 3, x)
        self.assertRaises(TypeError, ad.cond, True, same)
        self.refused(ValueError, "cond: a predicate that is no scalar", ad.cond, x, same, same, x)
        self.refused(ValueError, "cond: what false_fun returned is of type tuple; an array is right", ad.cond, True, same, lambda x: (x, x), x)
        self.refused(ValueError, "cond: what false_fun returned has no key 'a'", ad.cond, True, lambda x: {"a": x}, lambda x: {"b": x}, x)
        self.refused(ValueError, "cond: what true_fun returned is of type str", ad.cond, True, lambda x: "a", same, x)
        self.assertRaises((ValueError, TypeError), ad.cond, True, same, lambda x: x[0], x)
        self.assertRaises((ValueError, TypeError), ad.cond, "yes", same, same, x)
        self.assertRaises(TypeError, ad.cond, True, same, same)


class Loops(Case):
    def test_while_loop(self):
        near(ad.while_loop(lambda s: s < 100, lambda s: s * 2, 1), 128)
        self.assertEqual(ad.while_loop(lambda s: s < 100, lambda s: s * 2, 1).dtype, ad.int32)
        got = ad.while_loop(lambda s: s["n"] < 5, lambda s: {"x": [s["x"][0] + s["n"]], "n": s["n"] + 1}, {"n": 0, "x": [ad.array([1.0, 2.0])]})
        self.assertEqual(list(got), ["n", "x"])
        near(got["x"][0], [11, 12])
        near(ad.while_loop(lambda s: False, lambda s: 1 / 0 if False else s, ad.array(3.0)), 3)
        near(ad.while_loop(cond_fun=lambda s: s < 3, body_fun=lambda s: s + 1, init_val=0), 3)

    def test_derivatives(self):
        f = lambda x: ad.while_loop(lambda s: s[0] < 10, lambda s: (s[0] * x, s[1] + 1), (x, 0))[0]
        near(ad.grad(f)(ad.array(2.0)), 4 * 8)
        near(ad.jvp(f, [ad.array(2.0)], [1.0])[1][0], 32)
        near(ad.grad(ad.grad(f))(ad.array(2.0)), 48)
        near(ad.vmap(f)(ad.array([2.0, 3.0, 20.0])), [16, 27, 20])
        near(ad.vmap(ad.grad(f))(ad.array([2.0, 3.0, 20.0])), [32, 27, 1])

    def test_fori_loop(self):
        near(ad.fori_loop(0, 5, lambda i, s: s + i, 0), 10)
        near(ad.fori_loop(2, ad.array(5), lambda i, s: s + i, ad.array(0.5)), 9.5)
        near(ad.fori_loop(5, 2, lambda i, s: s + i, 7), 7)
        w = ad.array([1.0, 2.0, 3.0])
        f = lambda w: ad.fori_loop(0, 3, lambda i, s: s * w.sum(), 1.0)
        near(f(w), 216)
        near(ad.grad(f)(w), [108, 108, 108])

    def test_scan(self):
        x = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
        carry, y = ad.scan(lambda c, v: (c + v, {"prod": c * v, "n": 1}), 10.0, ad.array(x))
        near(carry, 20)
        near(y["prod"], x * (10 + np.cumsum(x) - x))
        near(y["n"], [1, 1, 1, 1])
        carry, y = ad.scan(lambda c, v: (c * 2 + v, c), ad.array(0.0), ad.array(x), reverse=True)
        near(carry, 4 * 8 + 3 * 4 + 2 * 2 + 1)
        near(y, [2 * (2 * 4 + 3) + 2, 2 * 4 + 3, 4, 0])
        carry, y = ad.scan(lambda c, v: (c + 1, None), 0, length=7)
        near(carry, 7)
        self.assertIsNone(y)
        carry, y = ad.scan(lambda c, t: ([c[0] + t["a"].sum() + t["b"]], (t["b"],)), [ad.array(0.0)], {"a": ad.array(np.ones((4, 3), np.float32)), "b": ad.array(x)})
        near(carry[0], 22)
        near(y[0], x)
        carry, y = ad.scan(lambda c, v: (c + v, c), ad.array(1.0), ad.zeros((0,)))
        near(carry, 1)
        self.assertEqual(y.shape, (0,))
        f = lambda x: ad.scan(lambda c, v: (c * v, c), ad.array(1.0), x)[0]
        near(ad.grad(f)(ad.array(x)), 24 / x)

    def test_map(self):
        m = np.arange(6.0, dtype=np.float32).reshape(3, 2)
        near(ad.map(lambda r: r.sum(), ad.array(m)), m.sum(1))
        got = ad.map(lambda t: {"p": t[0] * t[1], "q": (t[1], None)}, (ad.array(m), ad.array([1.0, 2.0, 3.0])))
        near(got["p"], m * [[1], [2], [3]])
        near(got["q"][0], [1, 2, 3])
        near(ad.grad(lambda m: ad.map(lambda r: (r * r).sum(), m).sum())(ad.array(m)), 2 * m)
        near(ad.vmap(lambda m: ad.map(lambda r: r * 2, m))(ad.array(m)), 2 * m)

    def test_numbers_take_the_dtypes_of_the_state(self):
        got = ad.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, 2, True), (0, ad.array(1.0), False))
        self.assertEqual([a.dtype for a in got], [ad.int32, ad.float32, ad.bool_])
        near(got[1], 2)

    def test_named_tuples_and_none_in_states(self):
        import collections

        State = collections.namedtuple("State", "x n opt")
        got = ad.fori_loop(0, 3, lambda i, s: s._replace(x=s.x * 2, n=s.n + i), State(ad.array(1.0), 0, None))
        self.assertIs(type(got), State)
        near(got.x, 8)
        near(got.n, 3)
        self.assertIsNone(got.opt)

    def test_bodies_have_no_values(self):
        x = ad.array(1.0)
        for f in (lambda f: ad.while_loop(lambda s: s < 5, f, x), lambda f: ad.fori_loop(0, 3, lambda i, s: f(s), x),
                  lambda f: ad.scan(lambda c, v: (f(c), v), x, ad.array([1.0])), lambda f: ad.map(f, ad.array([1.0])),
                  lambda f: ad.cond(ad.array(True), f, f, x)):
            with self.assertRaises(ValueError) as caught:
                f(lambda s: s if s * 2 > 0 else -s)
            self.assertIn("its value was asked for inside", str(caught.exception))
            self.assertIn("test_control.py:", str(caught.exception))
        self.refused(ValueError, "inside while_loop", ad.while_loop, lambda s: bool(s < 5), lambda s: s, x)

    def test_exceptions_are_the_users_own(self):
        class Own(Exception):
            pass

        def fail(*args):
            raise Own("here")

        x, same = ad.array([1.0]), lambda *a: a[0]
        for call in (lambda: ad.while_loop(fail, same, x), lambda: ad.while_loop(lambda s: s[0] < 3, fail, x), lambda: ad.fori_loop(0, 3, fail, x),
                     lambda: ad.scan(fail, x, x), lambda: ad.map(fail, x), lambda: ad.cond(True, fail, same, x), lambda: ad.cond(True, same, fail, x)):
            try:
                ad.grad(lambda y: ad.vmap(lambda z: call())(x).sum())(x)
                self.fail("no exception")
            except Own as e:
                trace = e.__traceback__
                while trace.tb_next:
                    trace = trace.tb_next
                self.assertEqual(trace.tb_frame.f_code.co_name, "fail")

    def test_refusals(self):
        x, same = ad.array([1.0, 2.0]), lambda *a: a[-1]
        self.refused(TypeError, "while_loop: cond_fun is of type int", ad.while_loop, 3, same, x)
        self.refused(TypeError, "while_loop: body_fun is of type NoneType", ad.while_loop, same, None, x)
        self.refused(TypeError, "while_loop: the condition gives float32[2]; bool[] is right", ad.while_loop, same, same, x)
        self.refused(TypeError, "while_loop: the condition returned a NoneType", ad.while_loop, lambda s: None, same, x)
        self.refused(ValueError, "while_loop: init_val['k'] is of type str; an array or a number is right", ad.while_loop, same, same, {"k": "x"})
        more = lambda s: s[0] < 3
        self.refused(ValueError, "while_loop: what the body returned is of type list; an array is right", ad.while_loop, more, lambda s: [s], x)
        self.refused(ValueError, "while_loop: what the body returned is of type NoneType; an array is right", ad.while_loop, more, lambda s: None, x)
        self.assertRaisesRegex((ValueError, TypeError), "while_loop", ad.while_loop, more, lambda s: s[:1], x)
        self.assertRaisesRegex((ValueError, TypeError), "while_loop", ad.while_loop, more, lambda s: s > 0, x)
        self.refused(ValueError, "fori_loop: a bound that is no scalar", ad.fori_loop, x, 3, same, x)
        self.refused(TypeError, "fori_loop: bounds of", ad.fori_loop, 0.5, 3, same, x)
        self.assertRaises((TypeError, ValueError), ad.fori_loop, None, 3, same, x)
        self.refused(ValueError, "scan: the body returned a array; a pair of the next carry and an output is right", ad.scan, same, 0.0, x)
        self.refused(ValueError, "scan: the carry the body returned is of type dict", ad.scan, lambda c, v: ({}, v), 0.0, x)
        self.refused(ValueError, "scan: the output the body returned[0] is of type str", ad.scan, lambda c, v: (c, ["t"]), 0.0, x)
        self.refused(ValueError, "scan: xs[0] is of type int", ad.scan, same, 0.0, [3])
        self.refused(ValueError, "scan: length is -1; 0 or more is right", ad.scan, same, 0.0, x, -1)
        self.refused(ValueError, "scan: nothing to take slices of and no length", ad.scan, lambda c, v: (c, None), 0.0)
        self.refused(ValueError, "scan: 5 steps and a leaf of 2 slices", ad.scan, lambda c, v: (c, v), 0.0, x, length=5)
        self.assertRaises(TypeError, ad.scan, same, 0.0, x, "3")
        self.refused(TypeError, "map: f is of type int", ad.map, 3, x)
        self.refused(ValueError, "map: xs is of type int", ad.map, same, 3)
        self.assertRaises(ValueError, ad.map, same, ad.array(1.0))
        self.assertRaises(ValueError, ad.map, same, [])


if __name__ == "__main__":
    unittest.main()
