"""Brackets against NumPy: every form read and written, and what must be refused."""
import itertools
import random
import unittest

import numpy as np

import adamant as ad


def pair(shape, dtype="int32"):
    n = int(np.prod(shape))
    a = np.arange(n).reshape(shape).astype(dtype)
    return a, ad.array(a)


def same(test, expected, got, key):
    got = np.array(got)
    test.assertEqual(got.shape, np.shape(expected), key)
    np.testing.assert_array_equal(got, expected, str(key))


KEYS = [
    0, -1, np.int64(2), slice(None), slice(1, 3), slice(None, None, -1), slice(3, None, -2), slice(-2, None), slice(5, 2),
    slice(10, 20), slice(None, -100, -1), None, Ellipsis, (), (0, 1), (0, Ellipsis), (Ellipsis, 0), (None, 0, None), (slice(None), 1),
    (slice(None), slice(None), -1), (slice(None, None, 2), slice(None, None, -1), slice(1, 4, 2)), (0, slice(None), 2),
    [0, 2], [[0, 1], [2, 0]], [], ([0, 1], [1, 0]), ([0, 1], slice(None), [1, 0]), (slice(None), [1, 0]), (0, [1, 0]),
    ([0, 1], 1), (None, [0, 1]), ([0, 1], None, [1, 0]), (slice(None), [0, 1], [1, 2]), (slice(None), [0, 1], [1, 2], None),
    (Ellipsis, [0, 1]), ([[0], [1]], [[0, 1]]), (np.array([0, 1], np.uint8), slice(1, 2)), (np.array([-1, 0]), Ellipsis, np.array([1])),
    [True, False, True], (slice(None), [True, False, True, False]), (0, [True, False, True, False]),
    ([True, False, True], [0, 1]), np.zeros((3, 4), bool), np.arange(12).reshape(3, 4) % 5 == 0, (slice(1, 2), None, Ellipsis),
]


class Reading(unittest.TestCase):
    def test_every_form_reads_as_numpy_does(self):
        a, x = pair((3, 4, 5))
        for key in KEYS:
            same(self, a[key], x[key], key)

    def test_arrays_of_our_own_are_keys(self):
        a, x = pair((3, 4, 5))
        i, j = np.array([0, 2, 1]), np.array([3, 0, 1])
        same(self, a[i, j], x[ad.array(i), ad.array(j)], "two arrays")
        same(self, a[a[:, 0, 0] > 10], x[x[:, 0, 0] > 10], "a mask")
        same(self, a[1], x[ad.array(1)], "a number")

    def test_random_keys(self):
        choose = random.Random(7)
        a, x = pair((4, 3, 5, 2))
        for _ in range(400):
            key, left = [], [4, 3, 5, 2]
            while left and choose.random() < 0.85:
                n, kind = left.pop(0), choose.randrange(5)
                if kind == 0:
                    key.append(choose.randrange(-n, n))
                elif kind == 1:
                    ends = [choose.choice([None] + list(range(-n - 1, n + 2))) for _ in range(2)]
                    key.append(slice(*ends, choose.choice([None, 1, 2, -1, -3])))
                elif kind == 2:
                    key.append(np.array([choose.randrange(-n, n) for _ in range(3)]))
                elif kind == 3:
                    key += [None, slice(None)]
                else:
                    key.append(slice(None))
            key = tuple(key)
            same(self, a[key], x[key], key)

    def test_scalars_and_empty_arrays(self):
        a = ad.array(3.0)
        self.assertEqual(a[()].item(), 3.0)
        self.assertEqual(a[None].shape, (1,))
        self.assertEqual(a[...].shape, ())
        self.assertEqual(ad.zeros((0, 3))[:, 1].shape, (0,))


class Writing(unittest.TestCase):
    def test_every_form_writes_as_numpy_does(self):
        for key in KEYS:
            a, x = pair((3, 4, 5))
            a[key] = -7
            x[key] = -7
            same(self, a, x, key)

    def test_values_broadcast(self):
        for key in KEYS:
            a, x = pair((3, 4, 5), "float32")
            value = np.random.default_rng(1).normal(size=a[key].shape).astype("float32")
            if isinstance(key, (list, tuple)) and any(isinstance(k, (list, np.ndarray)) for k in key) and len(set(map(str, key))) < len(key):
                continue
            a[key] = value
            x[key] = ad.array(value)
            same(self, a, x, key)

    def test_the_object_changes_and_what_was_made_of_it_does_not(self):
        x = ad.array([1, 2, 3])
        y, double, copy = x, x * 2, ad.array(x)
        x[1] = 9
        self.assertEqual(y.tolist(), [1, 9, 3])
        self.assertEqual(double.tolist(), [2, 4, 6])
        self.assertEqual(copy.tolist(), [1, 2, 3])

    def test_values_are_cast_to_the_arrays_dtype(self):
        x = ad.array([1, 2, 3])
        x[0] = 2.9
        self.assertEqual((x.tolist(), x.dtype), ([2, 2, 3], ad.int32))
        x[1:] = [7, 8]
        self.assertEqual(x.tolist(), [2, 7, 8])

    def test_leading_axes_of_one_are_dropped(self):
        x = ad.zeros((3, 2))
        x[0] = ad.ones((1, 1, 2))
        self.assertEqual(x.tolist(), [[1, 1], [0, 0], [0, 0]])

    def test_masks(self):
        x = ad.array([1.0, -2.0, 3.0, -4.0])
        x[x < 0] = 0
        self.assertEqual(x.tolist(), [1, 0, 3, 0])
        x[x == 0] = ad.array([5.0, 6.0])
        self.assertEqual(x.tolist(), [1, 5, 3, 6])


class At(unittest.TestCase):
    def test_updates_accumulate(self):
        a = np.array([1.0, 2, 3, 4], np.float32)
        i, v = np.array([0, 1, 0, 3]), np.array([5.0, 6, 7, 0.5], np.float32)
        x = ad.array(a)
        for name, ufunc in dict(add=np.add, subtract=np.subtract, multiply=np.multiply, divide=np.divide, maximum=np.maximum,
                                minimum=np.minimum).items():
            expected = a.copy()
            ufunc.at(expected, i, v)
            got = getattr(x.at[ad.array(i)], name)(ad.array(v))
            np.testing.assert_allclose(np.array(got), expected, rtol=1e-6, err_msg=name)
        self.assertEqual(x.tolist(), a.tolist())

    def test_every_form(self):
        for key in KEYS:
            a, x = pair((3, 4, 5))
            np.add.at(a, key, 2)
            same(self, a, x.at[key].add(2), key)

    def test_refused(self):
        x = ad.zeros(3)
        with self.assertRaises(ValueError):
            x.at.add(1)
        with self.assertRaises(TypeError):
            x.at[0][1]
        with self.assertRaises(TypeError):
            x.at[0] = 1


class Refused(unittest.TestCase):
    def test_out_of_range(self):
        x = ad.zeros((2, 3))
        for key in [2, -3, (0, 3), (0, 0, 0), 10**30, -(10**30), [0, 2], (slice(None), [3])]:
            with self.assertRaises(IndexError, msg=str(key)):
                x[key]
            with self.assertRaises(IndexError, msg=str(key)):
                x[key] = 1

    def test_wrong_kinds(self):
        x = ad.zeros((2, 3))
        for key in ["a", 1.5, {}, 2j, b"", ad.zeros(2), [0.5], [[0, 1], [0]]]:
            with self.assertRaises((ValueError, TypeError), msg=str(key)):
                x[key]
        with self.assertRaises(ValueError):
            x[::0]
        with self.assertRaises(IndexError):
            x[[True, False, True]]
        with self.assertRaises(IndexError):
            x[..., ...]
        with self.assertRaises(TypeError):
            del x[0]

    def test_values_that_do_not_fit(self):
        x = ad.zeros((2, 3))
        for value in [ad.zeros(2), ad.zeros((3, 3)), [1, 2], "a", None, {}]:
            with self.assertRaises((ValueError, TypeError), msg=str(value)):
                x[0] = value

    def test_objects_that_raise(self):
        class Bad:
            def __index__(self):
                raise RuntimeError("mine")

        x = ad.zeros(3)
        for key in [Bad(), slice(Bad(), None), (0, Bad())]:
            with self.assertRaisesRegex((RuntimeError, IndexError), "mine|too many"):
                x[key]


if __name__ == "__main__":
    unittest.main()
