"""Fork: a child computes, whatever the parent's threads were doing, or says why it cannot."""

import os
import threading
import time
import unittest

import support


def child(check):
    """The exit status of a forked child that runs check; a child that hangs is killed by its alarm."""
    import signal

    pid = os.fork()
    if not pid:
        status = 1
        try:
            signal.alarm(30)
            check()
            status = 0
        finally:
            os._exit(status)
    status = os.waitpid(pid, 0)[1]
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)


class Fork(unittest.TestCase):
    def test_child_uses_the_parents_arrays(self):
        import adamant as ad

        lazy, known = ad.arange(5) + 1, ad.arange(3) * 2
        ad.eval(known)

        def check():
            assert lazy.tolist() == [1, 2, 3, 4, 5] and known.tolist() == [0, 2, 4]
            assert ad.sum(support.products(3)).item() == 0
            ad.eval(ad.ones((1000, 1000)) @ ad.ones((1000, 1000)))

        self.assertEqual(child(check), 0)
        self.assertEqual(lazy.tolist(), [1, 2, 3, 4, 5])

    def test_while_another_thread_evaluates(self):
        import adamant as ad

        make, stop = support.work_of(0.05), threading.Event()

        def always():
            while not stop.is_set():
                ad.eval(make())

        thread = threading.Thread(target=always)
        thread.start()
        try:
            for _ in range(5):
                self.assertEqual(child(lambda: (ad.ones((4,)) + 1).tolist()), 0)
                time.sleep(0.01)
        finally:
            stop.set()
            thread.join()

    def test_grandchildren_and_threads_of_children(self):
        import adamant as ad

        def check():
            threads = [threading.Thread(target=lambda: ad.eval(support.products(5))) for _ in range(3)]
            for t in threads:
                t.start()
            assert child(lambda: (ad.ones((4,)) + 1).tolist()) == 0
            for t in threads:
                t.join()

        self.assertEqual(child(check), 0)

    def test_multiprocessing(self):
        program = """
            import multiprocessing, adamant as ad

            def square(n):
                return ad.sum(ad.arange(n) * ad.arange(n)).item()

            def send(n):
                return ad.arange(n) * 2

            if __name__ == "__main__":
                ad.eval(ad.ones((500, 500)) @ ad.ones((500, 500)))
                with multiprocessing.get_context("fork").Pool(3) as pool:
                    assert pool.map(square, range(1, 30)) == [sum(i * i for i in range(n)) for n in range(1, 30)]
                    assert [a.tolist() for a in pool.map(send, [1, 2, 3])] == [[0], [0, 2], [0, 2, 4]]
                print("done")
        """
        code, out, err = support.run(program)
        self.assertEqual((code, out.split()), (0, ["done"]), err)

    def test_spawn(self):
        program = """
            import multiprocessing, sys
            sys.path.insert(0, %r)
            import test_fork
            if __name__ == "__main__":
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    print(pool.apply(test_fork.total, (10,)))
        """ % os.path.dirname(os.path.abspath(__file__))
        code, out, err = support.run(program)
        self.assertEqual((code, out.split()), (0, ["45"]), err)


def total(n):
    import adamant as ad

    return ad.sum(ad.arange(n)).item()


if __name__ == "__main__":
    unittest.main()
