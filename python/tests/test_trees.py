"""Trees: what has which form, what stays a constant, and what is refused with which words."""
import collections
import unittest

import numpy as np

import adamant as ad

Point = collections.namedtuple("Point", "x y")


def one(value=1.0):
    return ad.array(value)


def same(test, tree, expected):
    """Same classes, same keys in the same order, same values."""
    if isinstance(expected, dict):
        test.assertEqual(list(tree), list(expected))
        for k in expected:
            same(test, tree[k], expected[k])
    elif isinstance(expected, (list, tuple)):
        test.assertIs(type(tree), type(expected))
        test.assertEqual(len(tree), len(expected))
        for a, b in zip(tree, expected):
            same(test, a, b)
    elif expected is None:
        test.assertIsNone(tree)
    else:
        np.testing.assert_allclose(np.array(tree), expected, rtol=1e-6)


class Forms(unittest.TestCase):
    def gradient(self, tree, f):
        return ad.grad(f)(tree)

    def test_gradients_have_the_form_of_their_argument(self):
        tree = {"b": [one(2.0), (one(3.0),)], "a": Point(one(4.0), {"z": one(5.0)}), "none": None, "empty": [(), {}]}
        got = self.gradient(tree, lambda t: t["b"][0] * t["b"][1][0] + 2 * t["a"].x + 3 * t["a"].y["z"])
        same(self, got, {"b": [3.0, (2.0,)], "a": Point(2.0, {"z": 3.0}), "none": None, "empty": [(), {}]})

    def test_dicts_keep_the_order_of_insertion(self):
        got = self.gradient({"z": one(), "a": one(), "m": one()}, lambda t: t["z"] + 2 * t["a"] + 3 * t["m"])
        same(self, got, {"z": 1.0, "a": 2.0, "m": 3.0})

    def test_keys_of_any_kind(self):
        got = self.gradient({1: one(), (2, 3): one(), None: one()}, lambda t: t[1] + 2 * t[(2, 3)] + 3 * t[None])
        same(self, got, {1: 1.0, (2, 3): 2.0, None: 3.0})

    def test_the_function_sees_classes_and_attributes_of_dicts_and_lists(self):
        class Model(dict):
            def __init__(self, **weights):
                super().__init__(weights)
                self.scale = 7.0

            def __call__(self):
                return self["w"] * self.scale

        class Layers(list):
            pass

        layers = Layers([one(2.0)])
        layers.note = "kept"
        seen = {}

        def f(model, layers):
            seen.update(model=type(model), layers=type(layers), note=layers.note)
            return model() + layers[0]

        got = ad.grad(f, argnums=(0, 1))(Model(w=one(3.0)), layers)
        self.assertEqual(seen, {"model": Model, "layers": Layers, "note": "kept"})
        self.assertIs(type(got[0]), dict)
        self.assertIs(type(got[1]), list)
        same(self, got, ({"w": 7.0}, [1.0]))
        ordered = collections.OrderedDict([("q", one()), ("p", one())])
        same(self, self.gradient(ordered, lambda t: t["q"] + 2 * t["p"]), {"q": 1.0, "p": 2.0})

    def test_the_same_array_twice_is_two_leaves(self):
        x = one(3.0)
        same(self, self.gradient([x, x], lambda t: t[0] * t[0] + t[1]), [6.0, 1.0])

    def test_constants_pass_where_arrays_are_not_asked_for(self):
        class Odd:
            pass

        odd = Odd()
        seen = []

        def f(x, options, text="none"):
            seen.append((options, text))
            return x * options["k"], {"options": options, "odd": odd, "n": 3}

        value, other = ad.checkpoint(f)(one(2.0), {"k": 3, "odd": odd}, text="some")
        same(self, value, 6.0)
        self.assertEqual(other, {"options": {"k": 3, "odd": odd}, "odd": odd, "n": 3})
        self.assertEqual(seen, [({"k": 3, "odd": odd}, "some")])
        value, gradient = ad.value_and_grad(lambda x: (x * x, "text", [odd, x * 2], None))(one(3.0))
        self.assertIs(value[2][0], odd)
        self.assertEqual((value[1], value[3]), ("text", None))
        same(self, (value[0], value[2][1], gradient), (9.0, 6.0, 6.0))

    def test_deep_and_wide(self):
        tree = one(2.0)
        for _ in range(200):
            tree = [tree]

        def f(t):
            while isinstance(t, list):
                t = t[0]
            return t * t

        got = self.gradient(tree, f)
        for _ in range(200):
            got = got[0]
        same(self, got, 4.0)
        wide = {"k%d" % i: one(float(i)) for i in range(3000)}
        got = self.gradient(wide, lambda t: sum((v * v for v in t.values()), ad.array(0.0)))
        self.assertEqual(list(got), list(wide))
        np.testing.assert_allclose([np.array(v) for v in got.values()], 2 * np.arange(3000.0))


class Refusals(unittest.TestCase):
    def refused(self, kind, text, f, *args, **keywords):
        with self.assertRaises(kind) as caught:
            f(*args, **keywords)
        self.assertIn(text, str(caught.exception))
        if kind is not RecursionError:
            self.assertIn("test_trees.py:", str(caught.exception))

    def test_leaves_that_are_no_arrays_are_named(self):
        f = ad.grad(lambda t: t["a"][0])
        self.refused(ValueError, "grad: argument 0['a'][1] is of type int; an array is right", f, {"a": [one(), 3]})
        self.refused(ValueError, "argument 0['a'][0] is of type str", f, {"a": ["text"]})
        self.refused(ValueError, "argument 0 is of type float; an array is right", f, 2.0)
        self.refused(ValueError, "argument 0 is of type object", f, object())
        self.refused(ValueError, "argument 0 is of type set", f, {one()})
        self.refused(ValueError, "at least one is right", f, {"a": []})
        self.refused(ValueError, "at least one is right", f, None)

    def test_trees_without_end(self):
        loop = [one()]
        loop.append(loop)
        deep = one()
        for _ in range(100000):
            deep = (deep,)
        for tree in (loop, deep):
            self.refused(RecursionError, "", ad.grad(lambda t: t[0]), tree)
            self.refused(RecursionError, "", ad.vmap(lambda t: t[0]), tree)
            self.refused(RecursionError, "", ad.checkpoint(lambda t: t[0]), tree)
            self.refused(RecursionError, "", ad.eval, tree)
            self.refused(RecursionError, "", ad.while_loop, lambda t: True, lambda t: t, tree)
        while type(deep) is tuple:
            deep = deep[0]

    def test_forms_that_differ(self):
        x = one()
        cotangent = lambda c: ad.vjp(lambda a: {"p": a, "q": [a, a]}, [x], [c])
        same(self, cotangent({"q": [x, x], "p": x})[1], [3.0])
        same(self, cotangent({"q": [1.0, 2], "p": 4})[1], [7.0])
        self.refused(ValueError, "vjp: cotangents[0] has 1 keys; the 2 keys ['p', 'q'] are right", cotangent, {"p": x})
        self.refused(ValueError, "vjp: cotangents[0] has no key 'q'; the keys ['p', 'q'] are right", cotangent, {"p": x, "r": [x, x]})
        self.refused(ValueError, "vjp: cotangents[0]['q'] has 3 members; 2 are right", cotangent, {"p": x, "q": [x, x, x]})
        self.refused(ValueError, "vjp: cotangents[0]['q'] is of type array; a list or tuple is right", cotangent, {"p": x, "q": x})
        self.refused(ValueError, "vjp: cotangents[0]['p'] is of type NoneType; an array is right", cotangent, {"p": None, "q": [x, x]})
        self.refused(ValueError, "jvp: tangents has 2 members; 1 are right", ad.jvp, lambda a: a, [x], [x, x])
        self.refused(ValueError, "jvp: tangents[0] is of type dict; an array is right", ad.jvp, lambda a: a, [x], [{}])

    def test_hostile_classes(self):
        class Keys(dict):
            def keys(self):
                raise OSError("keys")

            def __iter__(self):
                raise OSError("iter")

            def __getitem__(self, key):
                raise OSError("item")

            def __len__(self):
                raise OSError("len")

        class Items(list):
            def __getitem__(self, key):
                raise OSError("item")

            def __len__(self):
                raise OSError("len")

        class Name(tuple):
            _fields = ("a",)

            def __new__(cls, *args):
                raise OSError("new")

        class Attribute:
            def __getattr__(self, name):
                raise OSError("attribute")

        same(self, ad.grad(lambda t: dict.__getitem__(t, "a"))(Keys(a=one())), {"a": 1.0})
        same(self, ad.grad(lambda t: list.__getitem__(t, 0))(Items([one()])), [1.0])
        with self.assertRaises(OSError):
            ad.grad(lambda t: t[0])(tuple.__new__(Name, [one()]))
        self.refused(ValueError, "argument 0 is of type Attribute", ad.grad(lambda t: t), Attribute())

    def test_a_tree_that_shrinks_while_it_is_in_use(self):
        tree = [one(), one(2.0)]

        def f(t):
            tree.pop()
            return t[0] * t[1]

        got = ad.grad(f)(tree)
        self.assertEqual(len(got), 1)
        tree.extend([one(), one()])

        def g(t):
            tree.extend([one()] * 5)
            return t[0] * t[1]

        self.assertRaises(RuntimeError, ad.grad(g), tree)


class Evaluation(unittest.TestCase):
    def test_eval_takes_any_trees(self):
        x, y, z = one() + 1, one() + 2, one() + 3
        self.assertIsNone(ad.eval(x, {"y": [y, 3, "text", None]}, (z,), object()))
        self.assertIsNone(ad.async_eval([x * 2, {"k": y * 2}]))
        self.assertIsNone(ad.eval())
        same(self, (x, y, z), (2.0, 3.0, 4.0))

    def test_eval_inside_vmap_is_an_error(self):
        for evaluate in (ad.eval, ad.async_eval):
            def f(x):
                evaluate({"x": x + 1})
                return x

            with self.assertRaises(ValueError) as caught:
                ad.vmap(f)(ad.array([1.0, 2.0]))
            self.assertIn("vmap", str(caught.exception))
            same(self, ad.grad(lambda x: (evaluate(x * 2), x * x)[1])(one(3.0)), 6.0)


if __name__ == "__main__":
    unittest.main()
