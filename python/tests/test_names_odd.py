"""Odd arguments: every function, called with what it is not made for, answers with a result or an exception."""

import inspect
import random
import unittest

import adamant as ad

# what writes, ends or waits is left out; so is what draws for ever
LEFT_OUT = """export_to_dot save savez savez_compressed save_safetensors load synchronize set_memory_limit set_cache_limit set_default_stream
Device DeviceType ArrayAt random.state""".split()


class Raises:
    """Raises wherever it is asked."""

    def __index__(self):
        raise ZeroDivisionError

    __float__ = __complex__ = __iter__ = __len__ = __bool__ = __fspath__ = __index__

    def __getattr__(self, name):
        raise ZeroDivisionError

    def __repr__(self):
        return "Raises()"


class Lies:
    """Is everything, badly."""

    def __index__(self):
        return 2**80

    def __float__(self):
        return float("nan")

    def __iter__(self):
        return iter([self])

    def __len__(self):
        return -1

    shape, dtype, ndim = "a", "float31", -1


def objects():
    endless = []
    endless.append(endless)
    deep = [1]
    for _ in range(5000):
        deep = [deep]
    x = ad.reshape(ad.arange(6), (2, 3))
    return [
        None, True, 0, -1, 3, 2**31, -(2**63), 2**64, 10**30, 0.5, float("nan"), float("-inf"), 1j, "", "a\0b", "\udc80", "causal", b"x", (), [],
        {}, {1: 2}, [1, [2]], [None], [[]], (2, -1), (0, 0), [2**70], ["a"], endless, deep, range(3), iter([1, 2]), object(), int, Raises(),
        Lies(), ad, ad.add, ad.array, ad.float32, ad.bool_, ad.cpu, ad.gpu, x, x > 2, ad.zeros((0,)), ad.zeros((0, 3)), ad.ones(()), ad.ones((2, 2)),
        ad.astype(x, ad.complex64), ad.ones((2, 2), ad.float64), ad.random.key(0), [x, x], (x, 1), slice(1), Ellipsis]


def functions():
    for space in ("", "random", "fft", "linalg", "fast", "distributed"):
        owner = getattr(ad, space) if space else ad
        for name in sorted(vars(owner)):
            path = space + "." + name if space else name
            found = getattr(owner, name)
            if name[0] != "_" and callable(found) and path not in LEFT_OUT and not isinstance(found, (ad.Dtype, ad.DtypeCategory)):
                yield path, found


def call(function, args, keywords):
    try:
        result = function(*args, **keywords)
        if isinstance(result, ad.array) and ad.array.size.__get__(result) < 1000:
            ad.eval(result)
    except Exception as error:
        str(error)


class Odd(unittest.TestCase):
    def test_every_function_with_odd_arguments(self):
        rng = random.Random(5)
        old = ad.set_memory_limit(1 << 28)
        try:
            things = objects()
            for path, function in functions():
                with self.subTest(function=path):
                    self.every_way(function, things, rng)
        finally:
            ad.set_memory_limit(old)

    def every_way(self, function, things, rng):
        names = []
        if not isinstance(function, type):
            names = [name for name in inspect.signature(function).parameters]
        for thing in things:
            call(function, (thing,), {})
        for _ in range(80):
            args = [rng.choice(things) for _ in range(rng.randrange(5))]
            keywords = {rng.choice(names): rng.choice(things) for _ in range(rng.randrange(3))} if names else {}
            call(function, args, keywords)

    def test_keywords(self):
        for path, function in functions():
            if isinstance(function, type):
                continue
            with self.subTest(function=path):
                with self.assertRaises(TypeError):
                    function(**{"no such %s thing": 1})
                with self.assertRaises(TypeError):
                    function(*range(40), **{"neither": 1})


if __name__ == "__main__":
    unittest.main()
