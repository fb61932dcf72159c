"""Transformed functions as Python objects: how they look, how long they live, threads, generators, and exceptions."""
import copy
import functools
import gc
import inspect
import pickle
import sys
import threading
import unittest
import weakref

import numpy as np

import adamant as ad
from adamant import _core

from support import SANITIZED, near, resident


def loss(x, y=3, *, word="w") -> "scalar":
    """Squares, summed."""
    return (x * x).sum()


slope = ad.grad(loss)


@ad.custom_function
def doubled(x):
    return x * 2


# Ways to transform a function that takes one array, for what holds of all of them.
MAKERS = {
    "grad": ad.grad, "value_and_grad": ad.value_and_grad, "jacfwd": ad.jacfwd, "jacrev": ad.jacrev, "jacobian": ad.jacobian,
    "hessian": ad.hessian, "vmap": ad.vmap, "checkpoint": ad.checkpoint, "custom_function": ad.custom_function, "compile": ad.compile,
}

# Every transform, run once on an array of four and a function of an array with a scalar result.
CALLS = {
    "grad": lambda f, x: ad.grad(f)(x), "value_and_grad": lambda f, x: ad.value_and_grad(f)(x), "vjp": lambda f, x: ad.vjp(f, [x], [1.0]),
    "jvp": lambda f, x: ad.jvp(f, [x], [x]), "hvp": lambda f, x: ad.hvp(f, [x], [x]), "linearize": lambda f, x: ad.linearize(f, x)[1](x),
    "jacfwd": lambda f, x: ad.jacfwd(f)(x), "jacrev": lambda f, x: ad.jacrev(f)(x), "hessian": lambda f, x: ad.hessian(f)(x),
    "vmap": lambda f, x: ad.vmap(f)(ad.reshape(x, (2, 2))), "checkpoint": lambda f, x: ad.grad(ad.checkpoint(f))(x),
    "custom vjp": lambda f, x: ad.grad(ad.custom_function(f).vjp(lambda p, c, o: p * c))(x),
    "custom jvp": lambda f, x: ad.grad(ad.custom_function(f).jvp(lambda p, t: (p * t).sum()))(x),
    "custom vmap": lambda f, x: ad.vmap(ad.custom_function(f).vmap(lambda x, a: (x.sum(axis=1), 0)))(ad.reshape(x, (2, 2))),
    "cond": lambda f, x: ad.cond(ad.array(True), f, lambda x: f(x) + 1, x), "while_loop": lambda f, x: ad.while_loop(lambda s: s.sum() < 99, lambda s: s * 4 + f(s), x),
    "fori_loop": lambda f, x: ad.fori_loop(0, 3, lambda i, s: s + f(s), x), "scan": lambda f, x: ad.scan(lambda c, v: (c + v, f(c)), x, x),
    "map": lambda f, x: ad.map(f, ad.reshape(x, (2, 2))), "compile": lambda f, x: ad.compile(f)(x), "nested": lambda f, x: ad.vmap(ad.grad(ad.checkpoint(f)))(ad.reshape(x, (2, 2))),
}


class Looks(unittest.TestCase):
    def test_names_documentation_and_signature(self):
        for name, make in MAKERS.items():
            with self.subTest(name):
                f = make(loss)
                self.assertEqual((f.__name__, f.__qualname__, f.__module__, f.__doc__), ("loss", "loss", loss.__module__, loss.__doc__))
                self.assertEqual(inspect.signature(f), inspect.signature(loss))
                self.assertIs(f.__wrapped__, loss)
                self.assertEqual(f.__annotations__, loss.__annotations__)
                self.assertIs(inspect.unwrap(ad.grad(f)), loss)
                self.assertIn(name, repr(f))
                self.assertTrue(callable(f))
                f.note = 3
                self.assertEqual(f.note, 3)
                self.assertRaises(AttributeError, lambda: f.nothing)

    def test_transforms_say_how_they_are_called(self):
        self.assertEqual(str(inspect.signature(ad.grad)), "(fun, argnums=None, argnames=[])")
        self.assertEqual(str(inspect.signature(ad.vmap)), "(fun, in_axes=0, out_axes=0)")
        self.assertEqual(str(inspect.signature(ad.scan)), "(f, init, xs=None, length=None, reverse=False)")
        self.assertEqual(str(inspect.signature(ad.cond)), "(pred, true_fun, false_fun, /, *operands)")
        self.assertEqual(str(inspect.signature(ad.custom_function)), "(f)")
        self.assertEqual(str(inspect.signature(ad.compile)), "(fun=None, inputs=None, outputs=None, shapeless=False, native=None)")
        for name in "grad value_and_grad vjp jvp hvp linearize jacfwd jacrev jacobian hessian vmap checkpoint custom_function compile disable_compile enable_compile cond while_loop fori_loop scan map eval async_eval".split():
            self.assertTrue(getattr(ad, name).__doc__, name)
            inspect.signature(getattr(ad, name))

    def test_callables_of_every_kind(self):
        class Model:
            scale = 3.0

            def __call__(self, x):
                return (x * x).sum() * self.scale

            def method(self, x):
                return x.sum() * self.scale

        x = ad.array([1.0, 2.0])
        near(ad.grad(Model())(x), [6, 12])
        self.assertEqual(ad.grad(Model()).scale, 3.0)
        near(ad.grad(Model().method)(x), [3, 3])
        near(ad.grad(functools.partial(lambda k, x: (x * k).sum(), 5.0))(x), [5, 5])
        near(ad.grad(ad.sum)(x), [1, 1])
        near(ad.vmap(ad.matmul, in_axes=(0, None))(ad.array([[1.0, 0.0]]), x), [1])

    def test_methods(self):
        class Model:
            @functools.partial(ad.grad, argnums=1)
            def slope(self, x):
                return (x * self.k).sum()

            @ad.checkpoint
            def twice(self, x):
                return x * self.k

        model = Model()
        model.k = 4.0
        near(model.slope(ad.array([1.0, 2.0])), [4, 4])
        near(model.twice(ad.array([1.0])), [4])
        self.assertIsInstance(Model.slope, type(slope))

    def test_copies_and_pickles_as_functions_do(self):
        self.assertIs(copy.copy(slope), slope)
        self.assertIs(copy.deepcopy([slope])[0], slope)
        # A pickle is the name, so what stands under the name must be the object itself.
        self.assertIs(pickle.loads(pickle.dumps(doubled)), doubled)
        self.assertRaises((pickle.PicklingError, AttributeError), pickle.dumps, ad.grad(lambda x: x))

    def test_wraps(self):
        @functools.wraps(slope)
        def outer(*args):
            return slope(*args)

        self.assertEqual(outer.__name__, "loss")
        self.assertEqual(inspect.signature(outer), inspect.signature(loss))

    def test_types_cannot_be_made_or_misused(self):
        self.assertRaises(TypeError, type(slope))
        self.assertRaises(TypeError, type, "Sub", (type(slope),), {})
        self.assertRaises(TypeError, type(slope).__call__, 3)
        self.assertRaises(TypeError, ad.custom_function)
        self.assertRaises(TypeError, ad.custom_function.vjp, 3, loss)
        self.assertRaises(TypeError, ad.custom_function.vjp, slope, loss)
        self.assertFalse(hasattr(slope, "vjp"))
        del slope.__doc__
        self.assertIsNotNone(slope.__wrapped__)


class Lives(unittest.TestCase):
    def test_nothing_is_left_behind(self):
        """10,000 calls of each transform leave live arrays and resident memory where they were."""
        x = ad.array([0.1, 0.2, 0.3, 0.4])
        ad.eval(x)
        for name, call in CALLS.items():
            with self.subTest(name):
                def run(n):
                    for _ in range(n):
                        ad.eval(call(lambda v: ad.sin(v * v).sum(), x))

                run(200)
                gc.collect()
                live, memory = _core.live_arrays(), resident()
                run(500 if SANITIZED else 10000)
                gc.collect()
                self.assertEqual(_core.live_arrays(), live)
                self.assertLess(resident() - memory, 1 << 20)

    def test_failures_leave_nothing_behind(self):
        def fails(v):
            ad.sin(v)
            raise KeyError("own")

        def wrong(v):
            return {"v": v, "n": object()}

        def reads(v):
            ad.eval(ad.stop_gradient(v))
            return v.sum()

        x = ad.array([0.1, 0.2, 0.3, 0.4])
        ad.eval(x)

        def run(call, f):
            try:
                ad.eval(call(f, x))
            except (KeyError, ValueError, TypeError):
                pass

        for name, call in CALLS.items():
            for f in (fails, wrong, reads):
                with self.subTest(name, function=f.__name__):
                    run(call, f)
                    gc.collect()
                    live = _core.live_arrays()
                    for _ in range(100):
                        run(call, f)
                    gc.collect()
                    self.assertLessEqual(_core.live_arrays(), live)

    def test_references_are_counted(self):
        f = lambda x: x.sum()
        args = [ad.array([1.0, 2.0])]
        before = sys.getrefcount(f), sys.getrefcount(args), sys.getrefcount(args[0])
        for make in MAKERS.values():
            for _ in range(5):
                g = make(f)
                try:
                    g(args[0])
                    g(args)
                except (ValueError, TypeError, AttributeError):
                    pass
                ad.vjp(f, args, [1.0]), ad.jvp(f, args, args)
                del g
        gc.collect()
        self.assertEqual((sys.getrefcount(f), sys.getrefcount(args), sys.getrefcount(args[0])), before)

    def test_functions_end_with_their_last_use(self):
        for make in MAKERS.values():
            def f(x):
                return x.sum()

            gone = weakref.ref(f)
            g = make(f)
            transformed = weakref.ref(g)
            del f
            self.assertIsNotNone(gone())
            del g
            self.assertIsNone(transformed())
            self.assertIsNone(gone())

    def test_cycles_are_collected(self):
        class Holder:
            pass

        def cycle(make):
            holder = Holder()
            holder.f = make(lambda x: holder.f is None and x or x.sum())
            holder.array = ad.array([1.0])
            holder.g = make(holder.f)
            holder.g.back = holder
            if make is ad.custom_function:
                holder.f.vjp(lambda p, c, o: (holder, p)[1])
            return weakref.ref(holder)

        for name, make in MAKERS.items():
            with self.subTest(name):
                gone = cycle(make)
                gc.collect()
                self.assertIsNone(gone())

        def linear_cycle():
            holder = Holder()
            holder.linear = ad.linearize(lambda x: holder and x * x, ad.array([1.0]))[1]
            return weakref.ref(holder)

        gone = linear_cycle()
        gc.collect()
        self.assertIsNone(gone())

    def test_rules_live_as_long_as_an_expression_needs_them(self):
        class Rule:
            def __call__(self, x, c, o):
                return c * 5

        def expression(rule):
            f = ad.custom_function(lambda x: x * 2).vjp(rule)
            return lambda x: f(x).sum()

        rule = Rule()
        gone = weakref.ref(rule)
        loss = expression(rule)
        del rule
        value, linear = ad.linearize(ad.grad(loss), ad.array([1.0, 2.0]))
        near(value, [5, 5])
        del loss, value, linear
        gc.collect()
        ad.eval(ad.array([1.0]) + 1)
        ad.grad(lambda x: x)(ad.array(1.0))
        self.assertIsNone(gone())

    def test_any_order_of_ending(self):
        x = ad.array([1.0, 2.0])
        value, linear = ad.linearize(lambda x: x * x, x)
        del x, value
        near(linear(ad.array([1.0, 1.0])), [2, 4])
        kept = []
        g = ad.grad(lambda x: (kept.append(x * x), x.sum())[1])(ad.array([1.0, 2.0]))
        del g
        near(kept[0], [1, 4])
        f = ad.custom_function(lambda x: x * x).vjp(lambda x, c, o: c * x)
        y = ad.checkpoint(f)(ad.array([3.0]))
        del f
        near(y, [9])

    def test_long_chains(self):
        f = loss
        for _ in range(100000):
            f = ad.checkpoint(f)
        self.assertRaises(RecursionError, lambda: f.nothing)
        self.assertRaises(RecursionError, f, ad.array([1.0]))
        self.assertRaises(RecursionError, repr, f)
        del f


class Callbacks(unittest.TestCase):
    def test_the_users_exception_through_any_nesting(self):
        class Own(Exception):
            pass

        x = ad.array([0.1, 0.2, 0.3, 0.4])

        def fail(v):
            raise Own("mine")

        for outer in CALLS.values():
            for inner in CALLS.values():
                def f(v):
                    inner(fail, x)
                    return v.sum()

                try:
                    outer(f, x)
                    self.fail("no exception")
                except Own as e:
                    trace = e.__traceback__
                    while trace.tb_next:
                        trace = trace.tb_next
                    self.assertEqual(trace.tb_frame.f_code.co_name, "fail")
                    self.assertIsNone(e.__context__)
        near(ad.grad(loss)(x), 2 * np.array(x))

    def test_exceptions_that_are_no_errors(self):
        x = ad.array([1.0])
        for kind in (KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration):
            def f(v):
                raise kind()

            self.assertRaises(kind, ad.grad(f), x)
            self.assertRaises(kind, ad.grad(lambda v: ad.map(f, v).sum()), x)

    def test_an_exception_that_is_caught_inside(self):
        def f(v):
            try:
                ad.grad(lambda w: w)(v)
            except ValueError:
                pass
            try:
                ad.grad(lambda w: 1 / 0)(v)
            except ZeroDivisionError:
                return (v * v).sum()

        near(ad.grad(f)(ad.array([1.0, 2.0])), [2, 4])

    def test_rules_that_fail(self):
        for name in ("vjp", "jvp", "vmap"):
            f = ad.custom_function(lambda x: x * 2)
            getattr(f, name)(lambda *a: {}["missing"])
            x = ad.array([1.0, 2.0])
            with self.assertRaises(KeyError):
                {"vjp": lambda: ad.grad(lambda x: f(x).sum())(x), "jvp": lambda: ad.jvp(f, [x], [x]), "vmap": lambda: ad.vmap(f)(x)}[name]()

    def test_recursion(self):
        def power(x, n):
            return x if n == 1 else x * ad.grad(lambda y: power(y, n - 1) * y)(x) / n

        near(power(ad.array(2.0), 3), 2 * (2 * 2 * 2 / 2 * 3) / 3 * 1.0)

        def endless(x):
            return ad.grad(endless)(x)

        def endless_loop(x):
            return ad.while_loop(lambda s: s < 3, endless_loop, x)

        for f in (endless, endless_loop):
            self.assertRaises(RecursionError, f, ad.array(1.0))
        near(ad.grad(lambda x: x * x)(ad.array(3.0)), 6)

    def test_generators(self):
        def steps(f, x):
            while True:
                value, g = ad.value_and_grad(f)(x)
                x = x - 0.1 * g
                yield value

        g = steps(lambda x: (x * x).sum(), ad.array([1.0]))
        near(next(g), 1)
        near(ad.grad(lambda x: x * next(g))(ad.array(1.0)), 0.64)
        near(next(g), 0.8**4)
        with self.assertRaisesRegex(ValueError, "the function returned a generator"):
            ad.grad(lambda x: (yield x))(ad.array(1.0))

    def test_two_threads_differentiate_at_once(self):
        x = np.linspace(0.1, 1.0, 50).astype(np.float32)
        wrong, barrier = [], threading.Barrier(4)

        def work(k):
            barrier.wait()
            try:
                for i in range(150):
                    a = ad.array(x * (k + 1))
                    f = lambda v: (ad.sin(v) * v).sum() if v.sum() > 0 else v.sum()
                    g = ad.grad(f)(a)
                    v = x * (k + 1)
                    np.testing.assert_allclose(np.array(g), np.cos(v) * v + np.sin(v), rtol=1e-4, atol=1e-5)
            except BaseException as e:
                wrong.append(e)

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
        self.assertEqual(wrong, [])

    def test_an_exception_in_one_thread_leaves_the_others_alone(self):
        x = ad.array([1.0, 2.0])

        def bad():
            for _ in range(200):
                try:
                    ad.grad(lambda v: 1 / 0)(x)
                except ZeroDivisionError:
                    pass

        t = threading.Thread(target=bad)
        t.start()
        for _ in range(200):
            near(ad.grad(lambda v: (v * v).sum())(x), [2, 4])
        t.join(60)

    def test_the_collector_may_run_at_any_time(self):
        """Objects with finalisers that use arrays themselves, collected in the midst of traced functions."""
        class Noisy:
            def __init__(self):
                self.me = self
                self.a = ad.array([1.0])

            def __del__(self):
                ended.append(np.array(ad.grad(lambda v: (v * v).sum())(self.a))[0])

        ended = []

        def f(v):
            Noisy()
            gc.collect()
            return (v * v).sum()

        for call in CALLS.values():
            call(f, ad.array([0.1, 0.2, 0.3, 0.4]))
        self.assertGreater(len(ended), 20)
        self.assertEqual(set(ended), {2.0})


if __name__ == "__main__":
    unittest.main()
