"""Transforms of Python functions: what they compute (finite differences, PyTorch), how they compose, what they refuse.

test_transform_objects.py has what they are as Python objects: signatures, memory, threads."""
import unittest

import numpy as np

import adamant as ad

from support import Case, near, torch


def f64(values):
    return ad.array(np.asarray(values, np.float64), dtype=ad.float64)


class Grad(Case):
    def test_by_the_first_argument(self):
        near(ad.grad(lambda x, y: (x * y).sum())(ad.array([1.0, 2.0]), ad.array([3.0, 4.0])), [3, 4])

    def test_argnums(self):
        f = lambda x, y, z: (x * y * z).sum()
        x, y, z = ad.array(2.0), ad.array(3.0), ad.array(5.0)
        near(ad.grad(f, argnums=2)(x, y, z), 6)
        near(ad.grad(f, [1])(x, y, z), 10)
        self.assertEqual([float(np.array(g)) for g in ad.grad(f, (0, 2))(x, y, z)], [15, 6])
        self.assertEqual([float(np.array(g)) for g in ad.grad(f, [2, 0])(x, y, z)], [6, 15])
        self.assertEqual([float(np.array(g)) for g in ad.grad(f, argnums=(n for n in (1, 2)))(x, y, z)], [10, 6])
        near(ad.grad(f, argnums=np.int64(1))(x, y, z), 10)

    def test_argnames(self):
        f = lambda x, *, y, z=None: (x * y["k"]).sum() * (1 if z is None else z)
        x, y, z = ad.array(2.0), {"k": ad.array(3.0)}, ad.array(5.0)
        none, named = ad.grad(f, argnames="y")(x, y=y)
        self.assertIsNone(none)
        self.assertEqual(list(named), ["y"])
        near(named["y"]["k"], 2)
        gx, named = ad.grad(f, argnums=0, argnames=["z", "y"])(x, y=y, z=z)
        near(gx, 15)
        self.assertEqual(list(named), ["z", "y"])
        near(named["z"], 6)
        near(named["y"]["k"], 10)
        value, (_, named) = ad.value_and_grad(f, argnames=("z",))(x, y=y, z=z)
        near(value, 30)
        near(named["z"], 6)

    def test_more_than_the_loss(self):
        value, g = ad.value_and_grad(lambda x: ((x * x).sum(), x * 2, {"k": x}))(ad.array([1.0, 2.0]))
        self.assertIs(type(value), tuple)
        near(value[0], 5)
        near(value[1], [2, 4])
        near(value[2]["k"], [1, 2])
        near(g, [2, 4])
        value, g = ad.value_and_grad(lambda x: [x * x, "text"])(ad.array(3.0))
        self.assertIs(type(value), list)
        near(g, 6)

    def test_integers(self):
        x = ad.array([1, 2, 3])
        g = ad.grad(lambda x: (x * x).sum().astype(ad.float32) if hasattr(x, "astype") else ad.sum(x * x) * 1.0)(x)
        self.assertEqual(g.dtype, ad.int32)
        near(g, [2, 4, 6])
        near(ad.grad(lambda i: ad.sum(i * 0.5))(x), [0, 0, 0])

    def test_values_are_concrete(self):
        seen = []

        def f(x):
            seen.append(float(np.array(x)))
            return x * x if x > 0 else -x

        near(ad.grad(f)(ad.array(3.0)), 6)
        near(ad.grad(f)(ad.array(-3.0)), -1)
        self.assertEqual(seen, [3, -3])
        near(ad.grad(ad.grad(lambda x: x * x * x if x > 0 else x))(ad.array(2.0)), 12)

    def test_values_are_concrete_in_every_derivative(self):
        x = ad.array([1.0, 2.0])
        seen = []

        def f(v):
            seen.append(v.tolist())
            return (v * v).sum() if float(v[0]) > 0 and int(v[1]) == 2 else v.sum()

        runs = [lambda: ad.grad(f)(x), lambda: ad.jacfwd(f)(x), lambda: ad.jacrev(f)(x), lambda: ad.vjp(f, [x], [1.0])[1][0], lambda: ad.jvp(f, [x], [x])[1][0],
                lambda: ad.linearize(f, x)[1](x), lambda: ad.hvp(f, [x], [x])[0], lambda: ad.hessian(f)(x)[0], lambda: ad.checkpoint(f)(x),
                lambda: ad.custom_function(f).vjp(lambda p, c, o: c * p)(x), lambda: ad.grad(ad.checkpoint(f))(x),
                lambda: ad.grad(lambda v: (ad.grad(f)(v) * v).sum())(x)]
        for run, expected in zip(runs, ([2, 4], [2, 4], [2, 4], [2, 4], 10, 10, [2, 4], [2, 0], 5, 5, [2, 4], [4, 8])):
            del seen[:]
            near(run(), expected)
            self.assertEqual(set(map(tuple, seen)), {(1.0, 2.0)})

    def test_an_index_has_no_derivative_and_stops_none(self):
        x = ad.array([1.0, 3.0, 2.0])
        near(ad.grad(lambda v: v[ad.argmax(v)] * 2)(x), [0, 2, 0])
        near(ad.grad(lambda i: x[i].sum())(ad.array([0, 1])), [0, 0])

    def test_what_the_closure_holds_is_a_constant_inside_and_a_variable_outside(self):
        f = lambda x: ad.grad(lambda y: x * x * y * y)(ad.array(3.0))
        near(f(ad.array(2.0)), 24)
        near(ad.grad(f)(ad.array(2.0)), 24)
        near(ad.grad(lambda x: x * ad.stop_gradient(x))(ad.array(3.0)), 3)

    def test_arguments_are_left_alone(self):
        x, y = ad.array([1.0, 2.0]), {"k": ad.array([3.0, 4.0])}

        def f(x, y):
            x += 1
            y["k"] *= 2
            y["new"] = x
            x[0] = 0.0
            return (x * y["k"]).sum()

        value, (gx, gy) = ad.value_and_grad(f, argnums=(0, 1))(x, y)
        near(value, 24)
        near(gx, [0, 8])
        near(gy["k"], [0, 6])
        self.assertEqual(list(gy), ["k"])
        self.assertEqual(list(y), ["k"])
        near(x, [1, 2])
        near(y["k"], [3, 4])
        with_rule = lambda f: ad.custom_function(f).vjp(lambda p, c, o: c)
        for transform in (ad.checkpoint, ad.vmap, ad.jacrev, with_rule):
            def g(v):
                v *= 2
                return v

            transform(g)(x)
            near(x, [1, 2])
        ad.jvp(g, [x], [x]), ad.vjp(g, [x], [x]), ad.linearize(g, x)
        ad.while_loop(lambda v: v[0] < 10, g, x), ad.map(g, x), ad.cond(ad.array(True), g, g, x)
        near(x, [1, 2])

    def test_refusals(self):
        x, f = ad.array([1.0, 2.0]), lambda x: x.sum()
        for name in ("grad", "value_and_grad", "jacfwd", "jacrev", "jacobian", "hessian"):
            make = getattr(ad, name)
            self.refused(TypeError, name + ": fun is of type int; a function is right", make, 3)
            self.refused(ValueError, name + ": argnums names argument -1; one that is not negative is right", make, f, -1)
            self.refused(ValueError, name + ": argnums names argument 1 twice; distinct ones are right", make, f, [1, 1])
            self.refused(ValueError, name + ": argnums and argnames are empty", make, f, [])
            self.refused(TypeError, name + ": argnums is 1.5; an integer or a sequence of integers is right", make, f, 1.5)
            self.refused(TypeError, name + ": argnums is 'x'; an integer or a sequence of integers is right", make, f, ["x"])
            self.refused(TypeError, name + ": argnames has 3; strings are right", make, f, argnames=[3])
            self.refused(TypeError, name + ": argnames has 3; strings are right", make, f, argnames=3)
            self.refused(ValueError, name + ": argnames names 'x' twice", make, f, argnames=["x", "x"])
            self.refused(ValueError, name + ": argnums names argument 1; the function is called with 1 by position", make(f, 1), x)
            self.refused(ValueError, name + ": argnames names 'y', which is not among the keywords of the call", make(f, argnames="y"), x)
            self.assertRaises(OverflowError, make, f, 10**30)
            self.assertRaises(TypeError, make)
            self.assertRaises(TypeError, make, f, nonsense=3)
        for name in ("grad", "value_and_grad"):
            make = getattr(ad, name)
            self.refused(ValueError, name + ": the loss is float32[2]; a scalar is right", make(lambda x: x), x)
            self.refused(ValueError, name + ": the function returned a float", make(lambda x: 3.0), x)
            self.refused(ValueError, name + ": the function returned a NoneType", make(lambda x: None), x)
            self.refused(TypeError, name + ": the loss is bool[]", make(lambda x: x[0] > 0), x)
        self.refused(ValueError, "grad: the function returned a tuple; a scalar array is right", ad.grad(lambda x: (x.sum(), x)), x)
        self.refused(ValueError, "value_and_grad: the function returned a tuple", ad.value_and_grad(lambda x: ()), x)
        self.refused(ValueError, "value_and_grad: the function returned a list", ad.value_and_grad(lambda x: [3.0, x]), x)
        self.refused(ValueError, "jacrev: what the function returned['k'] is of type int; an array is right", ad.jacrev(lambda x: {"k": 3}), x)


class Products(Case):
    def test_vjp_and_jvp(self):
        x, y = ad.array([1.0, 2.0]), ad.array(3.0)
        f = lambda x, y: [x * y, x.sum()]
        out, cotangents = ad.vjp(f, [x, y], [ad.array([1.0, 10.0]), ad.array(100.0)])
        self.assertIs(type(out), list)
        self.assertIs(type(cotangents), list)
        near(out[0], [3, 6])
        near(cotangents[0], [103, 130])
        near(cotangents[1], 21)
        out, tangents = ad.jvp(f, (x, y), [ad.array([1.0, 10.0]), ad.array(100.0)])
        near(out[1], 3)
        near(tangents[0], [103, 230])
        near(tangents[1], 11)
        out, cotangents = ad.vjp(lambda x: x * x, [x], [x])
        self.assertEqual((len(out), len(cotangents)), (1, 1))
        out, tangents = ad.jvp(lambda t: {"a": t["x"] * 2, "b": None}, [{"x": x}], [{"x": x}])
        near(tangents[0]["a"], [2, 4])
        self.assertIsNone(tangents[0]["b"])

    def test_cotangents_take_the_dtypes_of_results(self):
        x = ad.array([1.0, 2.0])
        near(ad.vjp(lambda x: x * x, [x], [ad.array([1, 2])])[1][0], [2, 8])
        self.assertEqual(ad.vjp(lambda x: x.sum(), [x], [1])[1][0].dtype, ad.float32)

    def test_hvp_and_linearize(self):
        x, v = ad.array([1.0, 2.0]), ad.array([3.0, 4.0])
        near(ad.hvp(lambda x: (x * x * x).sum(), [x], [v])[0], [18, 48])
        calls = []

        def f(x, k):
            calls.append(1)
            return {"y": x * x * k["k"], "n": None}

        value, linear = ad.linearize(f, x, {"k": ad.array(3.0)})
        near(value["y"], [3, 12])
        near(linear(v, {"k": ad.array(0.0)})["y"], [18, 48])
        near(linear(v, {"k": 1.0})["y"], [19, 52])
        near(ad.vmap(linear, in_axes=(0, None))(ad.array([[1.0, 0.0], [0.0, 1.0]]), {"k": ad.array(0.0)})["y"], [[6, 0], [0, 12]])
        near(ad.grad(lambda t: linear(t, {"k": ad.array(0.0)})["y"].sum())(v), [6, 12])
        self.assertEqual(len(calls), 1)
        self.refused(ValueError, "linearize: tangents has 1 members; 2 are right", linear, v)
        self.refused(TypeError, "keywords for a linear function", linear, v, k=3)
        self.refused(ValueError, "linearize", linear, ad.array([1.0]), {"k": 1.0})

    def test_matrices(self):
        x = ad.array([1.0, 2.0, 3.0])
        f = lambda x: {"p": x[:2] * x[2], "q": x.sum()}
        expected = [[3, 0, 1], [0, 3, 2]]
        for transform in (ad.jacfwd, ad.jacrev, ad.jacobian):
            got = transform(f)(x)
            near(got["p"], expected)
            near(got["q"], [1, 1, 1])
        got = ad.jacobian(lambda x, y: x * y["k"], argnums=(0, 1))(x, {"k": x})
        near(got[0], np.diag([1, 2, 3]))
        near(got[1]["k"], np.diag([1, 2, 3]))
        got = ad.jacfwd(lambda x, *, y: x * y, argnums=0, argnames="y")(x, y=x)
        near(got[0], np.diag([1, 2, 3]))
        near(got[1]["y"], np.diag([1, 2, 3]))
        got = ad.hessian(lambda a, b: (a * a * b).sum(), argnums=(0, 1))(x, x)
        near(got[0][0], np.diag([2, 4, 6]))
        near(got[0][1], np.diag([2, 4, 6]))
        near(got[1][1], np.zeros((3, 3)))

    def test_refusals(self):
        x = ad.array([1.0, 2.0])
        for name, words in (("vjp", "cotangents"), ("jvp", "tangents"), ("hvp", "vectors")):
            f = getattr(ad, name)
            self.refused(TypeError, name + ": primals is of type array; a list of arrays is right", f, lambda x: x, x, [x])
            self.refused(TypeError, "%s: %s is of type array; a list of arrays is right" % (name, words), f, lambda x: x, [x], x)
            self.refused(TypeError, name + ": fun is of type str", f, "f", [x], [x])
            self.refused(ValueError, name + ": args[0] is of type int; an array is right", f, lambda x: x, [3], [x])
            self.refused(ValueError, name + ": ", f, lambda x: x.sum(), [x], [ad.array([1.0, 2.0, 3.0])])
            self.refused(ValueError, name + ": ", f, lambda x: x.sum(), [x], [x, x])
            self.refused(ValueError, name + ": ", f, lambda x: "text", [x], [x])
            self.refused(ValueError, name + ": ", f, lambda x: x, [], [])
            self.assertRaises(TypeError, f, lambda x: x, [x])
        near(ad.hvp(fun=lambda x: (x * x).sum(), primals=[x], vectors=[x])[0], [2, 4])


class Vmap(Case):
    def setUp(self):
        self.m = ad.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        self.v = ad.array([10.0, 20.0, 30.0])

    def test_axes(self):
        m, v = self.m, self.v
        n = np.array(m)
        near(ad.vmap(lambda r: r.sum())(m), [6, 15])
        near(ad.vmap(lambda r: r.sum(), in_axes=1)(m), [5, 7, 9])
        near(ad.vmap(lambda r: r * 2, in_axes=-1, out_axes=-1)(m), 2 * n)
        near(ad.vmap(lambda r: r * 2, in_axes=(0,), out_axes=1)(m), 2 * n.T)
        near(ad.vmap(lambda r, s: r * s, in_axes=(0, None))(m, v), n * [10, 20, 30])
        near(ad.vmap(ad.vmap(lambda a, b: a * b, in_axes=(None, 0)), in_axes=(0, None))(v, v), np.outer([10, 20, 30], [10, 20, 30]))

    def test_trees_of_axes(self):
        m, v = self.m, self.v
        n = np.array(m)
        f = lambda t, k: {"sum": t["r"] * t["s"] * k, "same": t["s"]}
        for k_axes in (None, [None], (None,)):
            got = ad.vmap(lambda t, k: f(t, k[0]), in_axes=({"r": 0, "s": None}, k_axes), out_axes={"sum": 1, "same": None})({"s": v, "r": m}, [3])
            near(got["sum"], (n * [10, 20, 30] * 3).T)
            near(got["same"], [10, 20, 30])
        got = ad.vmap(f, in_axes=[{"s": None, "r": -2}, None])({"s": v, "r": m}, ad.array(2.0))
        near(got["sum"], n * [20, 40, 60])
        near(got["same"], [[10, 20, 30]] * 2)
        got = ad.vmap(lambda a: (a, [a * 2, None]), out_axes=(1, 0))(m)
        near(got[0], n.T)
        near(got[1][0], 2 * n)
        self.assertIsNone(got[1][1])

    def test_assignment_is_batched(self):
        def f(row, w):
            row[0] = w
            row[1:] += 1
            return row

        near(ad.vmap(f)(self.m, ad.array([7.0, 8.0])), [[7, 3, 4], [8, 6, 7]])
        near(ad.vmap(f, in_axes=(0, None))(self.m, ad.array(9.0)), [[9, 3, 4], [9, 6, 7]])
        near(ad.vmap(f, in_axes=(None, 0))(self.v, ad.array([1.0, 2.0])), [[1, 21, 31], [2, 21, 31]])
        near(self.m, [[1, 2, 3], [4, 5, 6]])
        near(self.v, [10, 20, 30])

    def test_there_is_no_one_value(self):
        m = self.m
        for name, f in (("add", lambda r: print(r + 1)), ("greater", lambda r: r if r[0] > 0 else -r), ("argument", lambda r: repr(r)),
                        ("sum", lambda r: ad.eval(r.sum()) or r)):
            with self.assertRaises(ValueError) as caught:
                ad.vmap(f)(m)
            self.assertIn("%s: its value was asked for inside vmap, where it has none" % name, str(caught.exception))
            self.assertIn("test_transforms.py:", str(caught.exception))
        kept = []
        ad.vmap(lambda r: (kept.append(r * 2), r)[1])(m)
        self.assertRaises(ValueError, repr, kept[0])

    def test_refusals(self):
        m, v = self.m, self.v
        same = lambda *a: a[0]
        self.refused(TypeError, "vmap: fun is of type NoneType", ad.vmap, None)
        for nothing in (None, (), (None, None), {"a": None}, [[None], (None,)]):
            self.refused(ValueError, "without an axis; at least one is right", ad.vmap, same, nothing)
        self.refused(ValueError, "vmap: an axis of length 2 and one of 3", ad.vmap(same), m, v)
        self.refused(IndexError, "vmap: in_axes 2 for an array of rank 2", ad.vmap(same, 2), m)
        self.refused(IndexError, "vmap: in_axes 0 for an array of rank 0", ad.vmap(same), ad.array(1.0))
        self.refused(IndexError, "vmap: in_axes has", ad.vmap(same, 10**40), m)
        self.refused(IndexError, "vmap: out_axes 5", ad.vmap(same, 0, 5), m)
        self.refused(ValueError, "vmap: out_axes AD_NO_AXIS for result 0, which differs along the batch", ad.vmap(same, 0, None), m)
        for bad in ((0,), (0, 0, 0), {"a": 0}, "0", 0.5, True, (0, {"k": 0}), (0, "x"), (0, [0])):
            self.refused(ValueError, "vmap: in_axes has", ad.vmap(same, bad), m, m)
        for bad in ((0, 0), {"a": 0}, "0", [0]):
            self.refused(ValueError, "vmap: out_axes has", ad.vmap(same, 0, bad), m)
        self.refused(ValueError, "vmap: out_axes has", ad.vmap(lambda a: {"p": a}, 0, {"q": 0}), m)
        self.refused(ValueError, "vmap: args[1] is of type int; an array is right", ad.vmap(same), m, 3)
        self.refused(ValueError, "vmap: what the function returned is of type int; an array is right", ad.vmap(lambda a: 3), m)
        self.refused(ValueError, "vmap: what the function returned is of type int; an array is right", ad.vmap(lambda a: 3, 0, None), m)
        self.refused(TypeError, "vmap: keywords", ad.vmap(lambda a, k: a), m, k=m)
        self.refused(ValueError, "at least one is right", ad.vmap(same))
        self.refused(ValueError, "at least one is right", ad.vmap(lambda t: t), {})


class Rules(Case):
    def test_checkpoint(self):
        x = ad.array([0.3, 0.7])
        w = ad.array(2.0)
        calls = []

        def f(x, *, k):
            calls.append(1)
            return {"y": ad.sin(x * k) * w, "n": None}

        g = ad.checkpoint(f)
        near(g(x, k=x)["y"], 2 * np.sin(np.array(x) ** 2))
        near(ad.grad(lambda x: g(x, k=x)["y"].sum())(x), 2 * np.cos(np.array(x) ** 2) * 2 * np.array(x))
        near(ad.grad(lambda a: ad.checkpoint(lambda x: (x * a).sum())(x))(ad.array(1.0)), 1.0)
        self.assertEqual(len(calls), 2)
        near(ad.checkpoint(lambda: w * 2)(), 4)

    def test_without_arrays(self):
        w = ad.array([1.0, 2.0])
        f = ad.custom_function(lambda k: w * k).vjp(lambda *a: self.fail("nothing to ask for"))
        near(f(3), [3, 6])
        near(ad.grad(lambda v: ad.custom_function(lambda: v * 2).vjp(lambda *a: ())().sum())(w), [2, 2])
        near(ad.checkpoint(lambda k: w * k)(3), [3, 6])

    def test_one_argument(self):
        @ad.custom_function
        def f(x):
            return x * x

        @f.vjp
        def f_vjp(x, cotangent, output):
            near(output, [1, 4])
            near(x, [1, 2])
            return cotangent * 42

        @f.jvp
        def f_jvp(x, tangent):
            return tangent * 7

        self.assertIs(f_vjp, f)
        x = ad.array([1.0, 2.0])
        near(f(x), [1, 4])
        near(ad.grad(lambda x: f(x).sum())(x), [42, 42])
        near(ad.jvp(f, [x], [x])[1][0], [7, 14])
        near(ad.vjp(f, [x], [x])[1][0], [42, 84])
        g = ad.custom_function(lambda x: x * x).vjp(lambda x, c, o: (c * 5,))
        near(ad.grad(lambda x: g(x).sum())(x), [5, 5])

    def test_several_arguments_and_trees(self):
        @ad.custom_function
        def f(t, scale, *, power=None, word="w"):
            self.assertEqual(word, "given")
            return {"y": t["x"] * scale, "word": word, "none": None}, scale * 1

        @f.vjp
        def _(primals, cotangents, outputs, *, power, word):
            t, scale = primals
            self.assertEqual((word, outputs[0]["word"], cotangents[0]["word"]), ("given",) * 3)
            near(outputs[0]["y"], [2, 4])
            near(power, 3)
            return [{"x": cotangents[0]["y"] * power}, None]

        x, power = ad.array([1.0, 2.0]), ad.array(3.0)
        loss = lambda x, scale, power: (lambda r: r[0]["y"].sum() + r[1])(f({"x": x}, scale, power=power, word="given"))
        gx, gscale, gpower = ad.grad(loss, argnums=(0, 1, 2))(x, ad.array(2.0), power)
        near(gx, [3, 3])
        near(gscale, 0)
        near(gpower, 0)

    def test_what_a_rule_does_not_say_is_derived(self):
        forward = ad.custom_function(lambda x, y: x * y).jvp(lambda p, t: (t[0] * p[1] + t[1] * p[0]) * 3)
        backward = ad.custom_function(lambda x, y: x * y).vjp(lambda p, c, o: (c * p[1] * 3, c * p[0] * 3))
        x, y = ad.array([1.0, 2.0]), ad.array([3.0, 4.0])
        for f in (forward, backward):
            near(ad.grad(lambda x, y: f(x, y).sum())(x, y), [9, 12])
            near(ad.jvp(f, [x, y], [x, y])[1][0], [18, 48])
            near(ad.vmap(ad.grad(f))(x, y), [9, 12])
            near(ad.grad(lambda x: ad.vmap(f)(x, y).sum())(x), [9, 12])
            near(ad.grad(lambda x: ad.grad(f)(x, x) * 1.0)(ad.array(2.0)), 3 if f is forward else 3)

    def test_vmap_rule(self):
        seen = []

        @ad.custom_function
        def f(x, y):
            return x * y, y

        @f.vmap
        def _(inputs, axes):
            seen.append(axes)
            x, y = inputs
            return (ad.moveaxis(x * y, 0, 1) + 100, y[0]), (1, None)

        m = ad.array([[1.0, 2.0], [3.0, 4.0]])
        got = ad.vmap(f)(m, m)
        near(got[0], np.array(m) ** 2 + 100)
        near(got[1], [[1, 2], [1, 2]])
        got = ad.vmap(f, in_axes=(1, None))(m, m[0])
        near(got[0], np.array(m).T * [1, 2] + 100)
        self.assertEqual(seen, [(0, 0), (0, 0)])
        one = ad.custom_function(lambda x: x).vmap(lambda x, axis: (x * 3, axis))
        near(ad.vmap(one)(m), 3 * np.array(m))

    def test_refusals(self):
        x = ad.array([1.0, 2.0])
        loss = lambda f: ad.grad(lambda x: f(x).sum())
        self.refused(TypeError, "custom_function: fun is of type int", ad.custom_function, 3)
        self.refused(TypeError, "custom_function: vjp is of type int", ad.custom_function(lambda x: x).vjp, 3)
        make = lambda rule: ad.custom_function(lambda x: {"y": x * 2}).vjp(rule)
        for rule, text in ((lambda x, c, o: 3.0, "what its vjp gave is ((float32[])); the form and shape of ((float32[2])) is right"), (lambda x, c, o: "text", "what its vjp gave is of type str"),
                           (lambda x, c, o: {"x": c["y"]}, "what its vjp gave is of type dict; an array is right"),
                           (lambda x, c, o: (c["y"], c["y"]), "what its vjp gave is of type tuple")):
            self.refused(ValueError, text, ad.grad(lambda x: make(rule)(x)["y"].sum()), x)
        self.assertRaises(TypeError, ad.grad(lambda x: make(lambda x: x)(x)["y"].sum()), x)
        bad = ad.custom_function(lambda x: x * 2).jvp(lambda p, t: {"no": t})
        self.refused(ValueError, "what its jvp gave is of type dict; an array is right", ad.jvp, bad, [x], [x])
        for rule, text in ((lambda i, a: i, "a pair of the result and its axes is right"), (lambda i, a: (i, "x"), "its vmap gave the axes 'x'"),
                           (lambda i, a: (i, 9), "moveaxis"), (lambda i, a: ({"k": i}, 0), "what its vmap gave is of type dict")):
            self.assertRaisesRegex((ValueError, IndexError), text, ad.vmap(ad.custom_function(lambda x: x * 2).vmap(rule)), x)
        keyword = ad.custom_function(lambda x, k: x * k).jvp(lambda p, t: t)
        self.refused(ValueError, "a call with keywords, which its jvp does not take", ad.jvp, lambda x: keyword(x, k=x), [x], [x])


def softplus_net(x):
    w = f64([[0.3, -0.2, 0.5], [0.1, 0.7, -0.4], [-0.6, 0.2, 0.9]])
    return ad.softplus(w @ x) * ad.tanh(x)


def scanned(x):
    return ad.scan(lambda c, v: (c * v + ad.sin(c), c + v), ad.cos(x[0]), x)[1]


def looped(x):
    return ad.fori_loop(0, 3, lambda i, s: {"x": ad.sin(s["x"]) * s["k"] + 0.5, "k": s["k"] * 0.9}, {"x": x, "k": x[1] + 2.0})["x"]


def branched(x):
    return ad.cond(x[0] > 0.3, lambda x: x * x * x[1], lambda x: x + 1, x) + ad.where(x > 0.6, ad.exp(x), x)


FUNCTIONS = {
    "elementwise": lambda x: ad.sin(x) * ad.exp(x) + x * x * x, "net": softplus_net, "normalised": lambda x: ad.softmax(x * 2, axis=-1) / (1 + (x * x).sum()),
    "scan": scanned, "loop": looped, "branch": branched,
}
WEIGHTS = np.array([0.7, -1.1, 0.4])


def weighted(f):
    return lambda x: (f(x) * f64(WEIGHTS)).sum()


def own_rules(f):
    g = ad.custom_function(f)
    g.vjp(lambda x, c, o: ad.vjp(f, [x], [c])[1][0])
    g.jvp(lambda x, t: ad.jvp(f, [x], [t])[1][0])
    return g


def value_and_gradient(f):
    def g(x):
        value, gradient = ad.value_and_grad(weighted(f))(x)
        return gradient * value

    return g


# Each makes a function of three numbers with three results of one; the second says the same by numbers, with J the Jacobian by
# finite differences.
TRANSFORMS = {
    "grad": (lambda f: ad.grad(weighted(f)), lambda f, J, x: WEIGHTS @ J(f, x)),
    "value_and_grad": (value_and_gradient, lambda f, J, x: WEIGHTS @ J(f, x) * (WEIGHTS @ f(x))),
    "vjp": (lambda f: lambda x: ad.vjp(f, [x], [f64(WEIGHTS)])[1][0], lambda f, J, x: WEIGHTS @ J(f, x)),
    "jvp": (lambda f: lambda x: ad.jvp(f, [x], [f64(WEIGHTS)])[1][0], lambda f, J, x: J(f, x) @ WEIGHTS),
    "linearize": (lambda f: lambda x: ad.linearize(f, x)[1](f64(WEIGHTS)), lambda f, J, x: J(f, x) @ WEIGHTS),
    "jacfwd": (lambda f: lambda x: ad.jacfwd(f)(x) @ f64(WEIGHTS), lambda f, J, x: J(f, x) @ WEIGHTS),
    "jacrev": (lambda f: lambda x: f64(WEIGHTS) @ ad.jacrev(f)(x), lambda f, J, x: WEIGHTS @ J(f, x)),
    "hessian": (lambda f: lambda x: ad.hessian(weighted(f))(x) @ f64(WEIGHTS), None),
    "hvp": (lambda f: lambda x: ad.hvp(weighted(f), [x], [f64(WEIGHTS)])[0], None),
    "vmap": (lambda f: lambda x: ad.vmap(f, 1, 1)(ad.stack([x, x * 0.5], axis=1)).sum(axis=1), lambda f, J, x: f(x) + f(0.5 * x)),
    "checkpoint": (ad.checkpoint, lambda f, J, x: f(x)),
    "custom_function": (own_rules, lambda f, J, x: f(x)),
}


def jacobian_by_differences(f, x, h=1e-5):
    columns = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))]
    return np.stack(columns, axis=1)


class Compositions(unittest.TestCase):
    POINT = np.array([0.4, 0.8, -0.3])

    def by_numbers(self, name, g):
        """What the transform of g should give at the point: derivatives of g by differences, or of its gradient."""
        f = lambda x: np.array(g(f64(x)))
        expected = TRANSFORMS[name][1]
        if expected:
            return expected(f, jacobian_by_differences, self.POINT)
        gradient = lambda x: np.array(ad.grad(weighted(g))(f64(x)))
        return jacobian_by_differences(gradient, self.POINT) @ WEIGHTS

    def test_each_transform(self):
        for name, (make, _) in TRANSFORMS.items():
            for of, f in FUNCTIONS.items():
                with self.subTest(transform=name, function=of):
                    near(make(f)(f64(self.POINT)), self.by_numbers(name, f), 1e-6, 1e-8)

    def test_all_ordered_pairs(self):
        for inner, (make_inner, _) in TRANSFORMS.items():
            for of, f in FUNCTIONS.items():
                g = make_inner(f)
                for outer, (make_outer, _) in TRANSFORMS.items():
                    with self.subTest(transforms=(outer, inner), function=of):
                        near(make_outer(g)(f64(self.POINT)), self.by_numbers(outer, g), 1e-5, 1e-7)

    def test_depth(self):
        f, slope = ad.sin, np.sin
        for k in range(6):
            near(f(f64(0.7)), slope(0.7), 1e-12)
            f, slope = ad.grad(f), (lambda k: lambda x: np.sin(x + (k + 1) * np.pi / 2))(k)


@unittest.skipUnless(torch, "PyTorch is not installed")
class AgainstTorch(unittest.TestCase):
    def test_a_network_and_its_loss(self):
        r = np.random.default_rng(7)
        w = {"a": r.normal(size=(4, 8)), "b": r.normal(size=(8,)), "c": r.normal(size=(8, 3))}
        x, labels = r.normal(size=(16, 4)), r.integers(0, 3, 16)

        def loss(w, x, labels):
            h = ad.tanh(x @ w["a"] + w["b"])
            scores = h @ w["c"]
            picked = ad.take_along_axis(scores, ad.expand_dims(labels, 1), axis=1)[:, 0]
            return (ad.logsumexp(scores, axis=1) - picked).mean()

        value, g = ad.value_and_grad(loss)({k: f64(v) for k, v in w.items()}, f64(x), ad.array(labels))
        t = {k: torch.tensor(v, requires_grad=True) for k, v in w.items()}
        y = torch.nn.functional.cross_entropy(torch.tanh(torch.tensor(x) @ t["a"] + t["b"]) @ t["c"], torch.tensor(labels))
        y.backward()
        near(value, y.item(), 1e-10)
        for k in w:
            near(g[k], t[k].grad.numpy(), 1e-8, 1e-10)

    def test_per_example_gradients_and_second_order(self):
        r = np.random.default_rng(8)
        w, x = r.normal(size=(5,)), r.normal(size=(6, 5))
        f = lambda w, x: ad.sigmoid((w * x).sum()) * ad.exp(-w[0])
        tf = lambda w, x: torch.sigmoid((w * x).sum()) * torch.exp(-w[0])
        got = ad.vmap(ad.grad(f), in_axes=(None, 0))(f64(w), f64(x))
        for i in range(6):
            t = torch.tensor(w, requires_grad=True)
            tf(t, torch.tensor(x[i])).backward()
            near(got[i], t.grad.numpy(), 1e-10)
        got = ad.hessian(f)(f64(w), f64(x[0]))
        near(got, torch.autograd.functional.hessian(lambda t: tf(t, torch.tensor(x[0])), torch.tensor(w)).numpy(), 1e-9)


if __name__ == "__main__":
    unittest.main()
