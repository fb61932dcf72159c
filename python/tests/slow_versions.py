"""Other interpreters: the wheel of each, and the tests that need no package, run by it.

Those of the names python3.8 to python3.14 that are on the path, and those that AD_PYTHONS names (paths, a blank between them), if they
have headers. Before 3.11 each has a wheel of its own; from there on all run the one of 3.11.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = ("test_threads.py", "test_fork.py", "test_end.py", "test_import.py")
ASK = "import os, sys, sysconfig; print(sys.version_info[0], sys.version_info[1], os.path.exists(sysconfig.get_paths()['include'] + '/Python.h'))"
BUILD = "import sys; sys.path.insert(0, 'python/backend'); import adamant_build; print(adamant_build.build_wheel(sys.argv[1]))"


def call(*command, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=ROOT, env={**kept, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


def interpreters():
    """One path for each version that is not this one."""
    named = [shutil.which("python3.%d" % minor) for minor in range(8, 15)] + os.environ.get("AD_PYTHONS", "").split()
    found = {}
    for path in filter(None, named):
        code, said = call(path, "-c", ASK)
        words = said.split()
        if not code and words[2] == "True" and (8 <= int(words[1])) and (int(words[0]), int(words[1])) != sys.version_info[:2]:
            found.setdefault((int(words[0]), int(words[1])), path)
    return sorted(found.items())


class Versions(unittest.TestCase):
    def test_all(self):
        others = interpreters()
        if not others:
            self.skipTest("there is no other interpreter with headers; AD_PYTHONS names some")
        for version, path in others:
            with self.subTest(version), tempfile.TemporaryDirectory() as folder:
                code, said = call(path, "-c", BUILD, folder)
                self.assertEqual(code, 0, said)
                wheel = said.split()[-1]
                self.assertIn("-cp311-abi3-" if version >= (3, 11) else "-cp%d%d-cp%d%d-" % (version * 2), wheel)
                with zipfile.ZipFile(os.path.join(folder, wheel)) as file:
                    file.extractall(folder)
                for test in TESTS:
                    code, said = call(path, "python/tests/run.py", "python/tests/" + test, PYTHONPATH=folder)
                    self.assertEqual(code, 0, "%s: %s\n%s" % (path, test, textwrap.indent(said, "  | ")))


if __name__ == "__main__":
    unittest.main()
