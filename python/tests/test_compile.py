"""compile: bits, signatures, trees and constants, captured state, shapes, looking inside, errors, and what it leaves behind."""
import collections
import functools
import gc
import json
import math
import os
import random
import threading
import unittest
import weakref

import numpy as np

import adamant as ad
from adamant import _core

from support import Case, SANITIZED, resident, run

Point = collections.namedtuple("Point", "x y")
HERE = os.path.basename(__file__)


def same(test, a, b):
    np.testing.assert_array_equal(np.array(a), np.array(b))
    test.assertEqual(a.dtype, b.dtype)


def counted(f):
    """The function, and a list that grows by one at each run of it."""
    runs = []

    @functools.wraps(f)
    def g(*args, **keywords):
        runs.append(1)
        return f(*args, **keywords)

    return g, runs


class Values(unittest.TestCase):
    def test_bits_are_those_of_the_function(self):
        x, w = ad.random.normal((8, 16), key=ad.random.key(1)), ad.random.normal((16, 16), key=ad.random.key(2))
        for f in (lambda x, w: x @ w + 1, lambda x, w: ad.softmax(ad.tanh(x @ w), axis=-1), lambda x, w: (x * x).sum(axis=0, keepdims=True) / 3,
                  lambda x, w: ad.grad(lambda w: ad.mean(ad.tanh(x @ w)))(w), lambda x, w: ad.vmap(lambda r: r @ w)(x),
                  lambda x, w: ad.fast.layer_norm(x, None, None, 1e-5).astype(ad.float16)):
            g, runs = counted(f)
            g = ad.compile(g)
            for _ in range(3):
                same(self, g(x, w), f(x, w))
            self.assertEqual(len(runs), 1)

    def test_every_way_to_make_one(self):
        def f(x):
            """Doc."""
            return x * 2

        @ad.compile
        def a(x):
            return x * 2

        @ad.compile(shapeless=True)
        def b(x):
            return x * 2

        @functools.partial(ad.compile, inputs=[], outputs={})
        def c(x):
            return x * 2

        for g in (a, b, c, ad.compile(f), ad.compile(fun=f), ad.compile(f, None, None, False), ad.compile(ad.compile(f))):
            self.assertEqual(g(ad.array([1.0, 2.0])).tolist(), [2, 4])
            self.assertIsInstance(g, ad.compile)
        self.assertEqual(ad.compile(f).__doc__, "Doc.")
        self.assertEqual(ad.compile(f).__wrapped__, f)

    def test_nested_in_every_way(self):
        def f(x):
            return (ad.sin(x) * x).sum()

        x = ad.array([0.5, 1.5, -2.0])
        g = ad.compile(f)
        for h in (ad.grad, lambda f: ad.value_and_grad(f), ad.checkpoint, ad.hessian, ad.jacrev):
            made = h(g)
            self.assertIsInstance(made, ad.compile)
            got, expected = made(x), h(f)(x)
            for a, b in zip(*((v,) if isinstance(v, ad.array) else v for v in (got, expected))):
                same(self, a, b)
            self.assertEqual(made.stats()["plans"], 1)
        same(self, ad.vmap(g)(ad.stack([x, x])), ad.stack([f(x), f(x)]))
        same(self, ad.vjp(g, [x], [ad.array(1.0)])[1][0], ad.grad(f)(x))
        same(self, ad.compile(lambda x: ad.fori_loop(0, 3, lambda i, s: s * g(s), x))(x), ad.fori_loop(0, 3, lambda i, s: s * f(s), x))

    def test_switch(self):
        g, runs = counted(lambda x: x + 1)
        g = ad.compile(g)
        x = ad.array([1.0])
        ad.disable_compile()
        try:
            g(x), g(x)
            self.assertEqual(len(runs), 2)
            self.assertEqual(g.stats()["calls"], 0)
        finally:
            ad.enable_compile()
        g(x), g(x)
        self.assertEqual(len(runs), 3)
        program = """
            import adamant as ad
            runs = []
            f = ad.compile(lambda x: (runs.append(1), x + 1)[1])
            for _ in range(3): f(ad.array([1.0]))
            print(len(runs))
        """
        self.assertEqual(run(program, AD_DISABLE_COMPILE="1"), (0, "3\n", ""))


class Signatures(unittest.TestCase):
    def test_what_makes_another_trace(self):
        x, y = ad.array([1.0, 2.0]), ad.array([1, 2])
        base = ((x, 3), {"k": {"a": x, "b": None}})
        calls = [
            base, ((x, 3.0), base[1]), ((x, 4), base[1]), ((x, True), base[1]), ((y, 3), base[1]), ((x[:1], 3), base[1]), ((x, "3"), base[1]),
            ((x, 3), {}), ((x, 3), {"k": {"b": None, "a": x}}), ((x, 3), {"k": {"a": x, "b": 0}}), ((x, 3), {"k": {"a": None, "b": x}}),
            ((x, None), base[1]), ((x, -0.0), base[1]), ((x, 0.0), base[1]), ((x, math.nan), base[1]), ((x, 1j), base[1]), ((x, [x]), {}), ((x, (x,)), {}),
            ((x, Point(x, 1)), {}), ((x, (x, 1)), {}), ((x, ad.float16), base[1]), ((x, collections.OrderedDict(a=x)), {}), ((x, {"a": x}), {}),
        ]
        g, runs = counted(lambda x, c, k=None: x + 1)
        g = ad.compile(g)
        for i, (args, keywords) in enumerate(calls):
            with self.subTest(args=args, keywords=keywords):
                g(*args, **keywords)
                self.assertEqual(len(runs), i + 1)
        for _ in range(2):
            order = list(range(len(calls)))
            random.Random(1).shuffle(order)
            for i in order:
                g(*calls[i][0], **calls[i][1])
        self.assertEqual(len(runs), len(calls))
        self.assertEqual(g.stats()["traces"], len(calls))

    def test_trees_and_constants_go_in_and_out(self):
        def f(tree, scale, name="w", dtype=None):
            y = tree[name][0] * scale
            return {"y": y.astype(dtype) if dtype else y, "p": Point(y + 1, "const"), "l": [None, 3, (tree["none"], y.shape)]}

        g = ad.compile(f)
        tree = {"w": [ad.array([1.0, 2.0])], "v": (ad.array([3.0]),), "none": None}
        for keywords in ({}, {"name": "v"}, {"dtype": ad.float16}):
            for _ in range(2):
                got, expected = g(tree, 2.5, **keywords), f(tree, 2.5, **keywords)
                self.assertEqual(list(got), list(expected))
                self.assertIsInstance(got["p"], Point)
                self.assertEqual(got["p"].y, "const")
                self.assertEqual(got["l"], expected["l"])
                same(self, got["y"], expected["y"])
                same(self, got["p"].x, expected["p"].x)

    def test_results_follow_the_trace_that_was_used(self):
        """What is no array in a result belongs to the shape or dtype it was traced for."""
        g = ad.compile(lambda x: {"sum": x.sum(), "n": x.shape[0], "rows": [x[i] for i in range(x.shape[0])]})
        arrays = [ad.arange(n, dtype=ad.float32) for n in (2, 3, 5, 1)]
        for _ in range(2):
            for x in arrays + arrays[::-1]:
                y = g(x)
                self.assertEqual((y["n"], len(y["rows"])), (x.shape[0], x.shape[0]))
                self.assertEqual(y["rows"][-1].item(), x.shape[0] - 1)
        self.assertEqual(g.stats()["traces"], 4)

    def test_few_and_many_arrays(self):
        for n in (0, 1, 64, 65, 300):
            g = ad.compile(lambda *a: (ad.ones((2,)) if not a else sum(a[1:], a[0]), [v * 2 for v in a]))
            args = [ad.array([float(i), 1.0]) for i in range(n)]
            for _ in range(2):
                total, doubled = g(*args)
                self.assertEqual(total.tolist(), [sum(range(n)), n] if n else [1, 1])
                self.assertEqual([v.tolist() for v in doubled], [[2.0 * i, 2.0] for i in range(n)])
            self.assertEqual(g.stats()["traces"], 1)

    def test_what_the_function_uses_is_constant(self):
        w = ad.array([1.0])
        g = ad.compile(lambda x: x * w)
        g(ad.array([2.0]))
        w[0] = 5.0
        self.assertEqual(g(ad.array([2.0])).item(), 2)

    def test_random_numbers_are_drawn_anew(self):
        def f(x):
            return x + ad.random.normal((3,)), ad.random.uniform(shape=(2,))

        x, g = ad.zeros((3,)), ad.compile(f)
        ad.random.seed(7)
        first, second = g(x), g(x)
        self.assertNotEqual(first[0].tolist(), second[0].tolist())
        ad.random.seed(7)
        again = g(x)
        same(self, first[0], again[0])
        same(self, first[1], again[1])
        # The state is the thread's, and the same draws leave it as the function itself does.
        ad.random.seed(7)
        expected = f(x)
        same(self, first[0], expected[0])
        same(self, ad.random.uniform(shape=(2,)), (ad.random.seed(7), g(x), ad.random.uniform(shape=(2,)))[2])
        h = ad.compile(lambda x: (ad.random.seed(3), x + 1)[1])
        h(x)
        same(self, ad.random.normal(), (ad.random.seed(3), ad.random.normal())[1])

    def test_old_signatures_are_forgotten(self):
        g, runs = counted(lambda x, k: x + k)
        g = ad.compile(g)
        x = ad.array([1.0])
        for k in range(70):
            self.assertEqual(g(x, k).item(), 1 + k)
        for k in range(69, 5, -1):
            self.assertEqual(g(x, k).item(), 1 + k)
        self.assertEqual((len(runs), g.stats()["signatures"]), (70, 64))
        g(x, 0)
        self.assertEqual(len(runs), 71)

    def test_a_function_that_calls_itself(self):
        @ad.compile
        def power(x, n):
            return x if n == 0 else power(x, n - 1) * x

        self.assertEqual(power(ad.array(2.0), 5).item(), 64)
        self.assertEqual(power(ad.array(3.0), 2).item(), 27)
        self.assertEqual(power(ad.array(3.0), 5).item(), 729)


class State(unittest.TestCase):
    def test_training_step(self):
        def make():
            state = {"w": [ad.array([1.0, -2.0]), ad.array(0.5)], "opt": {}, "steps": ad.array(0)}

            def step(x, y):
                def loss(w):
                    return ad.square(x @ w[0] + w[1] - y).mean()

                value, g = ad.value_and_grad(loss)(state["w"])
                if not state["opt"]:
                    state["opt"]["m"] = [ad.zeros_like(v) for v in state["w"]]
                m = state["opt"]["m"]
                state["opt"]["m"] = [0.9 * a + b for a, b in zip(m, g)]
                state["w"] = [w - 0.1 * a for w, a in zip(state["w"], state["opt"]["m"])]
                state["steps"] = state["steps"] + 1
                return value

            return state, step

        x, y = ad.random.normal((4, 2), key=ad.random.key(0)), ad.array([1.0, 2.0, 3.0, 4.0])
        (a, plain), (b, inner) = make(), make()
        held, w = b["w"], b["w"][0]
        inner, runs = counted(inner)
        step = ad.compile(inner, inputs=b, outputs=b)
        for _ in range(5):
            same(self, plain(x, y), step(x, y))
        ad.eval(a, b)
        same(self, a["w"][0], b["w"][0])
        same(self, a["opt"]["m"][1], b["opt"]["m"][1])
        self.assertEqual((b["steps"].item(), len(runs)), (5, 2))  # the optimizer's state came with the first call
        self.assertEqual(w.tolist(), [1, -2])
        self.assertIs(b["w"], held)

    def test_containers_of_every_kind(self):
        class Model(dict):
            pass

        model = Model(w=ad.array([1.0]), deep=[(ad.array([2.0]), Point(ad.array([3.0]), "c"))], flag=True)
        order = collections.OrderedDict(a=ad.array([4.0]))
        held = model["deep"]

        def f(x):
            model["w"] = model["w"] + x
            model["deep"][0] = (model["deep"][0][0] * 2, Point(model["deep"][0][1].x * 3, "d"))
            order["b"] = order["a"] * x
            return model["w"] * 10

        g = ad.compile(f, inputs=(model, [order, ad.random.state]), outputs=[(model, order), ad.random.state])
        self.assertEqual(g(ad.array([1.0])).item(), 20)
        self.assertEqual(g(ad.array([1.0])).item(), 30)
        self.assertEqual(g(ad.array([1.0])).item(), 40)
        self.assertIs(model["deep"], held)
        self.assertEqual((model["w"].item(), held[0][0].item(), held[0][1].x.item(), held[0][1].y), (4, 16, 81, "d"))
        self.assertEqual((list(order), order["b"].item()), (["a", "b"], 4))
        self.assertEqual(g.stats()["traces"], 2)  # "b" and "d" came with the first call

    def test_constants_of_the_state_are_part_of_the_signature(self):
        state = {"training": True, "n": 0}
        g, runs = counted(lambda x: x * 2 if state["training"] else x)
        g = ad.compile(g, inputs=[state])
        x = ad.array([3.0])
        for training, expected in ((True, 6), (False, 3), (True, 6), (False, 3)):
            state["training"] = training
            self.assertEqual(g(x).item(), expected)
        self.assertEqual(len(runs), 2)

        def count(x):
            state["n"] += 1
            return x + state["n"]

        h = ad.compile(count, inputs=state, outputs=state)
        self.assertEqual([h(x).item() for _ in range(3)], [4, 5, 6])
        state["n"] = 0
        self.assertEqual([h(x).item() for _ in range(3)], [4, 5, 6])
        self.assertEqual((h.stats()["traces"], state["n"]), (3, 3))

    def test_inputs_alone_stay_as_they_are(self):
        state = [ad.array([1.0])]
        held = state[0]

        def f(x):
            state[0] = state[0] + 1
            state.append(state[0])
            return x + state[0]

        g = ad.compile(f, inputs=state)
        for _ in range(2):
            self.assertEqual(g(ad.array([1.0])).item(), 3)
            self.assertEqual(len(state), 1)
            self.assertIs(state[0], held)
        state[0] = ad.array([10.0])
        self.assertEqual(g(ad.array([1.0])).item(), 12)
        self.assertEqual(g.stats()["traces"], 1)

    def test_a_failure_leaves_the_state(self):
        state = {"w": ad.array([1.0]), "l": [ad.array([2.0])]}
        held = state["w"], state["l"][0]

        def f(x):
            state["w"] = state["w"] * x
            state["new"] = x
            state["l"].append(x)
            del state["l"][0]
            raise KeyError("own")

        g = ad.compile(f, inputs=state, outputs=state)
        self.assertRaisesRegex(KeyError, "own", g, ad.array([1.0]))
        self.assertEqual(list(state), ["w", "l"])
        self.assertEqual(len(state["l"]), 1)
        self.assertIs(state["w"], held[0])
        self.assertIs(state["l"][0], held[1])

    def test_switched_off_and_inside_others_state_is_the_functions(self):
        state = {"n": ad.array(0.0)}

        def f(x):
            state["n"] = state["n"] + 1
            return (x * state["n"]).sum()

        g = ad.compile(f, inputs=state, outputs=state)
        ad.disable_compile()
        try:
            self.assertEqual(g(ad.array([2.0])).item(), 2)
        finally:
            ad.enable_compile()
        self.assertEqual(g(ad.array([2.0])).item(), 4)
        self.assertEqual(ad.grad(g)(ad.array([2.0])).item(), 3)
        self.assertEqual(state["n"].item(), 3)


class Shapes(unittest.TestCase):
    def test_one_trace_for_all_shapes(self):
        g, runs = counted(lambda x, y: {"y": ad.softmax(x @ y, axis=-1), "k": "const"})
        g = ad.compile(g, shapeless=True)
        for n in (3, 5, 7, 3):
            x, y = ad.random.normal((n, 4), key=ad.random.key(n)), ad.random.normal((4, 2), key=ad.random.key(n))
            got = g(x, y)
            same(self, got["y"], ad.softmax(x @ y, axis=-1))
            self.assertEqual(got["k"], "const")
        self.assertEqual((len(runs), g.stats()["plans"]), (2, 3))

    def test_each_shape_where_that_cannot_be(self):
        g = ad.compile(lambda x: (x * x.shape[0], x.shape[0]), shapeless=True)
        for n in (2, 3, 2):
            y, k = g(ad.ones((n,)))
            self.assertEqual((y.tolist(), k), ([n] * n, n))
        self.assertIn("not for all shapes", g.report("recompiles"))


class Inside(unittest.TestCase):
    def test_stats_and_reports(self):
        @ad.compile
        def f(x, k):
            return ad.exp(x * x) + k, ad.tanh(x.T @ x)

        self.assertRaisesRegex(ValueError, "report: the function has not been called", f.report)
        self.assertRaisesRegex(ValueError, "profile: the function has not been called", f.profile)
        x = ad.ones((4, 4))
        f(x, 1), f(x, 1), f(x, 2), f(ad.ones((3, 3)), 2)
        s = f.stats()
        self.assertEqual((s["signatures"], s["calls"], s["traces"], s["plans"]), (2, 4, 3, 3))
        self.assertGreater(s["steps"], 1)
        self.assertGreater(s["trace_seconds"] + s["plan_seconds"], 0)
        self.assertIn("live at step", f.report())
        for word in "trace expand fold simplify sink share prune".split():
            self.assertIn("exp", f.report(word), word)
        self.assertRegex(f.report("fusion"), r"matmul.* -> .*tanh.*: what makes it")
        text = f.report("recompiles")
        self.assertIn("args[1] is 2 and was 1", text)
        self.assertIn("argument 0 is float32[3, 3] and was float32[4, 4]", text)
        self.assertIn(HERE + ":", text)
        self.assertIn("is right", f.report("nonsense"))
        self.assertRaises(TypeError, f.report, 3)

    def test_differences_are_told(self):
        x = ad.array([1.0])
        base = ((x, {"a": 1, "b": [x]}), {"k": 1.5})
        for args, keywords, told in (
            ((x, {"a": 2, "b": [x]}), {"k": 1.5}, "args[1]['a'] is 2 and was 1"), ((x, {"a": 1, "b": [x, x]}), {"k": 1.5}, "args[1]['b'] is a list of 2 and was a list of 1"),
            ((x, {"a": 1, "b": (x,)}), {"k": 1.5}, "args[1]['b'] is a tuple of 1 and was a list of 1"), ((x, {"a": 1, "b": [x]}), {}, "keywords is None and was a dict of 1"),
            ((x, {"a": 1, "b": [x]}), {"k": x}, "keywords['k'] is an array and was 1.5"), ((x, {"b": [x], "a": 1}), {"k": 1.5}, "args[1] is a dict with the key 'b' and was one with 'a' there"),
            ((1, {"a": 1, "b": [x]}), {"k": 1.5}, "args[0] is 1 and was an array"),
        ):
            f = ad.compile(lambda *a, **k: ad.ones((2,)))
            f(*base[0], **base[1]), f(*args, **keywords)
            self.assertIn(told, f.report("recompiles"))

    def test_profile(self):
        f = ad.compile(lambda x: ad.sort(x @ x, axis=0))
        x = ad.ones((16, 16))
        f(x)
        self.assertIsNone(f.profile())
        ad.eval(f(x), f(x))
        self.assertRegex(f.report("profile"), r"step 0: .* us.*flops.*bytes.*matmul|contract")
        trace = json.loads(f.report("chrome"))
        self.assertEqual([e["ph"] for e in trace["traceEvents"]], ["X"] * f.stats()["steps"])
        self.assertIn(HERE, trace["traceEvents"][0]["args"]["place"])
        f.profile(False)
        f.profile(on=False)

    def test_the_first_nan(self):
        def f(x):
            y = x - 1
            z = ad.log(y)  # here
            return z.sum()

        line = f.__code__.co_firstlineno + 2
        g = ad.compile(f)
        x = ad.array([0.5, 2.0])
        self.assertTrue(math.isnan(g(x).item()))
        g.find_nan()
        with self.assertRaisesRegex(Exception, r"%s:%d: log" % (HERE, line)):
            ad.eval(g(x))
        self.assertEqual(g(x + 1).item(), ad.log(x).sum().item())
        g.find_nan(False)
        self.assertTrue(math.isnan(g(x).item()))


    def test_the_environment_asks(self):
        program = """
            import adamant as ad
            f = ad.compile(lambda x: ad.log(x - 1).sum())
            f(ad.ones((2,)) * 3), f(ad.ones((3,)) * 3)
            try:
                ad.eval(f(ad.zeros((3,))))
            except ValueError as error:
                print(error)
        """
        code, out, err = run(program, AD_DEBUG="recompile,nan,memory")
        self.assertEqual(code, 0)
        self.assertRegex(out, "<string>:3: log: a NaN in its result, though none of its operands has one")
        self.assertRegex(err, r"adamant: recompile: trace 2 at <string>:4: argument 0 is float32\[3\] and was float32\[2\]")
        self.assertIn("adamant: memory: ", err)
        self.assertNotIn("adamant: passes: ", err)
        code, out, err = run("import adamant", AD_DEBUG="nonsense")
        self.assertIn('AD_DEBUG has "nonsense"; passes, fusion, recompile, nan and memory with commas between them are right', err)


class Native(unittest.TestCase):
    def test_modes(self):
        def f(x):
            return ad.exp(x) * 2 + x

        x = ad.linspace(-1, 1, 50)
        for mode in (None, "off", "auto", "wait"):
            g = ad.compile(f, native=mode)
            self.assertEqual(g(x).tolist(), f(x).tolist())
        self.assertRegex(g.report("native"), "1 functions: (ready|not to be had)")

    def test_refused(self):
        with self.assertRaisesRegex(ValueError, 'native="often"; None, "off", "auto" or "wait" is right'):
            ad.compile(abs, native="often")


class Refused(Case):
    def test_arguments_and_results(self):
        x = ad.array([1.0])
        f = ad.compile(lambda *a, **k: a[0])
        right = "an array, a number, a string, a dtype or None is right"
        self.refused(ValueError, "compile: args[1] is of type set; " + right, f, x, {1})
        self.refused(ValueError, "compile: args[1]['a'][0] is of type ndarray; " + right, f, x, {"a": [np.ones(2)]})
        self.refused(ValueError, "compile: keywords['k'] is of type object; " + right, f, x, k=object())
        self.refused(ValueError, "compile: what the function returned[0] is of type object; " + right, ad.compile(lambda x: [object()]), x)
        self.assertEqual(f(x).item(), 1)

    def test_making(self):
        self.refused(TypeError, "compile: fun is of type int; a function is right", ad.compile, 3)
        self.refused(TypeError, "compile: fun is of type NoneType", ad.compile, None)
        self.refused(TypeError, "compile: inputs is of type array; a list or dict of arrays is right", ad.compile, lambda x: x, inputs=ad.array([1.0]))
        self.refused(TypeError, "compile: outputs is of type int", ad.compile, lambda x: x, outputs=3)
        self.refused(ValueError, "compile: outputs[1] is an array, which cannot be replaced there", ad.compile, lambda x: x, outputs=([], ad.array([1.0])))
        self.assertRaises(TypeError, ad.compile, lambda x: x, nonsense=1)
        self.assertRaises(TypeError, ad.disable_compile, 1)

    def test_values_cannot_be_read_while_tracing(self):
        x = ad.array([1.0])
        for f in (lambda x: x if x > 0 else -x, lambda x: ad.array(x.item()), lambda x: ad.array(x.tolist()), lambda x: ad.array(np.array(x)), lambda x: (ad.eval(x), x)[1]):
            self.refused(ValueError, "", ad.compile(f), x)
        self.refused(ValueError, "matmul", ad.compile(lambda a, b: a @ b), ad.ones((2, 3)), ad.ones((2, 3)))

    def test_errors_of_the_run_name_the_line(self):
        def f(x):
            y = x * 2
            return ad.linalg.cholesky(y)  # here

        line = f.__code__.co_firstlineno + 2
        g = ad.compile(f)
        with self.assertRaisesRegex(Exception, r"%s:%d: linalg.cholesky" % (HERE, line)):
            ad.eval(g(-ad.eye(3)))
        same(self, g(ad.eye(3)), f(ad.eye(3)))

    def test_arrays_of_an_outer_trace(self):
        kept = []
        ad.compile(lambda x: (kept.append(x), x + 1)[1])(ad.array([1.0]))
        self.assertRaises(ValueError, lambda: ad.eval(kept[0] + 1))
        self.assertRaises(ValueError, lambda: ad.eval(ad.compile(lambda x: x + kept[0])(ad.array([1.0]))))


class Lives(unittest.TestCase):
    def test_nothing_is_left_behind(self):
        """10,000 calls leave live arrays and resident memory where they were."""
        state = {"w": ad.array([1.0, 2.0])}

        def update(x):
            state["w"] = state["w"] * 0.5 + x
            return state["w"].sum()

        kept = ad.compile(lambda x, k=1: {"y": [x * k, (x.sum(), "c")]})
        step = ad.compile(update, inputs=state, outputs=state)
        x = ad.array([1.0, 2.0])
        ad.eval(x)
        calls = {"kept": lambda i: kept(x)["y"][1][0], "state": lambda i: step(x), "constants": lambda i: kept(x, i)["y"][0],
                 "made anew": lambda i: ad.compile(lambda v: ad.sin(v).sum())(x), "shapes": lambda i: kept(ad.zeros((1 + i % 97,)))["y"][0]}
        for name, call in calls.items():
            with self.subTest(name):
                for i in range(600):
                    ad.eval(call(i))
                gc.collect()
                live, memory = _core.live_arrays(), resident()
                for i in range(600, 1600 if SANITIZED else 10600):
                    ad.eval(call(i))
                gc.collect()
                self.assertLessEqual(_core.live_arrays(), live + 8)
                self.assertLess(resident() - memory, 1 << 20)

    def test_functions_end(self):
        def cycle():
            holder = type("Holder", (), {})()
            holder.f = ad.compile(lambda x: x + 1 if holder else x, inputs=[], outputs=[])
            holder.f(ad.array([1.0]))
            holder.f.back = holder
            return weakref.ref(holder), weakref.ref(holder.f)

        gone = cycle()
        gc.collect()
        self.assertEqual([r() for r in gone], [None, None])

    def test_threads_call_it_at_once(self):
        f = ad.compile(lambda x, k: ad.sin(x) * k + ad.random.uniform(shape=(3,)) * 0)
        xs = [ad.array([float(i), 1.0, 2.0]) for i in range(8)]
        wrong = []

        def work(i):
            for k in range(200):
                got = f(xs[i], k % 3)
                if not np.array_equal(np.array(got), np.array(ad.sin(xs[i]) * (k % 3))):
                    wrong.append(i)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
