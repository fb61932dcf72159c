"""A fork while another thread keeps the context longer than fork waits: the child is refused, the parent goes on."""

import os
import threading
import unittest

import adamant as ad


class Patience(unittest.TestCase):
    def test_child_is_refused(self):
        release, inside = threading.Event(), threading.Event()

        def hold(x):
            inside.set()
            release.wait(60)
            return x * x

        results = []
        thread = threading.Thread(target=lambda: results.append(ad.grad(hold)(ad.array(3.0)).item()))
        thread.start()
        inside.wait(60)
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                (ad.ones((2,)) + 1).tolist()
                said = "computed"
            except RuntimeError as error:
                said = str(error)
            except BaseException as error:
                said = repr(error)
            os.write(writer, said.encode())
            os._exit(0)
        os.close(writer)
        release.set()
        thread.join()
        said = os.read(reader, 1000).decode()
        os.waitpid(pid, 0)
        self.assertIn("forked", said)
        self.assertEqual(results, [6.0])
        self.assertEqual((ad.ones((2,)) + 1).tolist(), [2.0, 2.0])


if __name__ == "__main__":
    unittest.main()
