"""The interpreter's end: with work in flight, with arrays in module globals, in cycles, in finalisers. Never a crash, never a hang."""

import unittest

import support


class End(unittest.TestCase):
    def ends(self, program, out=""):
        code, said, err = support.run(program)
        self.assertEqual((code, said.strip()), (0, out), err)
        self.assertNotIn("Fatal", err)
        return err

    def test_arrays_in_globals_and_cycles(self):
        self.ends("""
            import adamant as ad, sys
            lazy, known = ad.ones((3, 3)) + 1, ad.ones((100, 100)) @ ad.ones((100, 100))
            ad.eval(known)
            class Node: pass
            node = Node(); node.me = node; node.arrays = [lazy, known, lazy * 2]
            sys.modules["kept"] = node
        """)

    def test_daemon_threads_that_evaluate(self):
        self.ends("""
            import threading, time, adamant as ad, support
            make = support.work_of(0.2)
            def always():
                while True: ad.eval(make())
            for _ in range(3): threading.Thread(target=always, daemon=True).start()
            time.sleep(0.1)
            print("end")
        """, "end")

    def test_finaliser_that_evaluates_while_a_daemon_has_the_context(self):
        # The daemon dies at the GIL with the context; the finaliser must be refused, and not wait for ever.
        self.ends("""
            import os, sys, threading, time, adamant as ad, support
            make = support.work_of(0.5)
            def always():
                while True: ad.eval(make())
            threading.Thread(target=always, daemon=True).start()
            class Late:
                def __del__(self, write=os.write, refused=RuntimeError, array=ad.ones((3,))):
                    try: (array + 1).tolist()
                    except refused: write(1, b"refused")
            sys.modules["late"] = Late()
            time.sleep(0.1)
        """, "refused")

    def test_atexit_and_finalisers_compute(self):
        self.ends("""
            import atexit, adamant as ad
            a = ad.arange(4) + 1
            atexit.register(lambda: print(ad.sum(a).item()))
            class Late:
                def __init__(self): self.a = ad.ones((3,), ad.int32)
                def __del__(self): print((self.a + 1).tolist())
            late = Late()
        """, "10\n[2, 2, 2]")

    def test_exit_inside_a_thread_pool(self):
        self.ends("""
            import concurrent.futures, adamant as ad, support
            pool = concurrent.futures.ThreadPoolExecutor(4)
            results = [pool.submit(lambda: ad.eval(support.products(20))) for _ in range(20)]
            print("end")
        """, "end")

    def test_exit_by_exception(self):
        code, _, err = support.run("""
            import threading, adamant as ad, support
            threading.Thread(target=lambda: ad.eval(support.work_of(0.2)()), daemon=True).start()
            raise ValueError("of the user")
        """)
        self.assertEqual(code, 1)
        self.assertIn("of the user", err)


if __name__ == "__main__":
    unittest.main()
