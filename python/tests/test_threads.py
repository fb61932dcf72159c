"""Several threads: the GIL is free while arrays are computed, nobody starves, results are right, and what is dropped is freed."""

import os
import random
import signal
import threading
import time
import unittest

import adamant as ad

import support


def together(*functions):
    """Runs them in threads at once; the first exception is raised here."""
    errors = []

    def guarded(f):
        try:
            f()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(f,)) for f in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]


class Threads(unittest.TestCase):
    def test_others_run_while_one_evaluates(self):
        slow = support.work_of(1.0)()
        thread = threading.Thread(target=ad.eval, args=(slow,))
        rounds = 0
        thread.start()
        time.sleep(0.1)  # whoever holds the lock till the end is done now
        while thread.is_alive():
            rounds += 1
        self.assertGreater(rounds, 10000)

    def test_building_and_evaluating_at_once(self):
        def work(seed):
            def run():
                r = random.Random(seed)
                for _ in range(60):
                    n = r.randrange(1, 50)
                    value, a = 0, ad.zeros((n,), ad.int32)
                    for _ in range(r.randrange(1, 30)):
                        k = r.randrange(100)
                        value, a = value + k, a + k
                    self.assertEqual(ad.sum(a).item(), n * value)
            return run

        together(*[work(seed) for seed in range(8)])

    def test_one_that_evaluates_all_the_time_starves_nobody(self):
        stop, make = threading.Event(), support.work_of(0.02)

        def always():
            while not stop.is_set():
                ad.eval(make())

        def sometimes():
            began = time.perf_counter()
            try:
                for i in range(20):
                    self.assertEqual((ad.ones((3,), ad.int32) * i).tolist(), [i] * 3)
            finally:
                stop.set()
            self.assertLess(time.perf_counter() - began, 60)

        together(always, sometimes)

    def test_one_array_evaluated_by_all(self):
        for _ in range(20):
            a = ad.arange(1000) * 2
            together(*[lambda: self.assertEqual(ad.sum(a).item(), 999000)] * 6)

    def test_dropped_by_others_while_one_evaluates(self):
        make = support.work_of(0.002)
        shared, done = [], threading.Event()

        def fill():
            for i in range(300):
                shared.append(ad.ones((100,)) * i)
                if i % 10 == 0:
                    ad.eval(make(), shared[-1])
            done.set()

        def drop():
            while not done.is_set() or shared:
                if shared:
                    shared.pop()

        together(fill, drop, drop)
        self.assertFalse(shared)

    def test_error_in_a_thread_names_the_line(self):
        def fail():
            ad.eval(ad.linalg.cholesky(-ad.eye(3)))

        with self.assertRaises(ValueError) as caught:
            together(fail, lambda: ad.eval(support.products(4)))
        line = fail.__code__.co_firstlineno + 1
        self.assertIn("%s:%d" % (os.path.basename(__file__), line), str(caught.exception))

    def test_interrupted_while_another_evaluates(self):
        slow = support.work_of(2.0)()
        thread = threading.Thread(target=ad.eval, args=(slow,))
        before = signal.signal(signal.SIGALRM, self.alarm)
        try:
            thread.start()
            time.sleep(0.05)
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with self.assertRaises(KeyboardInterrupt):
                ad.eval(ad.ones((3,)) + 1)
            self.assertTrue(thread.is_alive(), "it was not interrupted, it waited")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            thread.join()
            signal.signal(signal.SIGALRM, before)
        self.assertEqual((ad.ones((2,), ad.int32) + 1).tolist(), [2, 2])

    @staticmethod
    def alarm(number, frame):
        raise KeyboardInterrupt

    def test_one_object_changed_and_read_by_all(self):
        a, stop = ad.zeros((50,), ad.int32), threading.Event()

        def change():
            nonlocal a
            try:
                for _ in range(300):
                    a += 1
                    a[3:5] += 1
            finally:
                stop.set()

        def read():
            while not stop.is_set():
                values = a.tolist()
                self.assertEqual(values[:3], [values[0]] * 3)
                repr(a), bytes(memoryview(a)), list(a)[0].item(), (a + [a][0]).tolist(), ad.array(a).tolist(), a[[1, 2]].tolist()

        together(change, read, read)
        self.assertEqual(a.tolist()[0], 300)

    def test_operands_that_change_the_other_one(self):
        def evil(act):
            class Evil:
                def __array__(self, *rest, **keywords):
                    act()
                    return memoryview(ad.ones((1000,)) * 2)

                def __index__(self):
                    act()
                    return 1
            return Evil()

        def act():
            nonlocal a
            a += 1
            ad.eval(a)
            del_me = [ad.ones((1000,)) + i for i in range(20)]
            ad.eval(*del_me)

        for use in (lambda: a + evil(act), lambda: evil(act) * a, lambda: ad.add(a, evil(act)), lambda: ad.stack([a, evil(act)]),
                    lambda: a[evil(act)], lambda: ad.where(a > 0, a, evil(act)), lambda: a.at[evil(act)].add(a[0])):
            a = ad.zeros((1000,)) + 1
            result = use()
            a = None
            self.assertTrue(ad.all(ad.isfinite(result)).item())
            self.assertIn(result.shape, ((1000,), (2, 1000), ()))

    def test_a_long_chain_is_no_recursion(self):
        a = ad.zeros((2,), ad.int32)
        for _ in range(200000):
            a = a + 1
        self.assertEqual(a.tolist(), [200000] * 2)
        for _ in range(200000):
            a = a + 1
        del a


if __name__ == "__main__":
    unittest.main()
