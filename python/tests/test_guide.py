"""The examples of the guide and of README, as doctests, and the programs in examples/python."""

import doctest
import glob
import os
import re
import subprocess
import sys
import unittest

try:
    import numpy
except ImportError:
    numpy = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Documents(unittest.TestCase):
    def examples_of(self, path):
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read()
        # Line numbers stay; what is outside the blocks of Python is none of doctest's business.
        kept, inside = [], False
        for line in text.splitlines():
            fence = line.startswith("```")
            inside = line == "```python" if fence else inside
            kept.append("" if fence or not inside else line)
        return doctest.DocTestParser().get_doctest("\n".join(kept) + "\n", {}, path, path, 0)

    def check(self, path):
        if numpy is None:
            self.skipTest("NumPy is not installed")
        test = self.examples_of(path)
        self.assertGreater(len(test.examples), 0)
        said = []
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        runner.run(test, out=said.append)
        self.assertEqual(runner.failures, 0, "".join(said))

    def test_guide(self):
        self.check("docs/guide/python.md")

    def test_readme(self):
        self.check("README.md")


class Programs(unittest.TestCase):
    def test_examples(self):
        programs = sorted(glob.glob(os.path.join(ROOT, "examples", "python", "*.py")))
        self.assertGreaterEqual(len(programs), 2)
        for path in programs:
            with self.subTest(os.path.basename(path)):
                done = subprocess.run([sys.executable, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT)
                self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_stubs_cover_the_guide(self):
        with open(os.path.join(ROOT, "docs", "guide", "python.md"), encoding="utf-8") as file:
            named = set(re.findall(r"\bad\.([a-z_]\w*)", file.read()))
        with open(os.path.join(ROOT, "python", "adamant", "__init__.pyi"), encoding="utf-8") as file:
            stub = file.read()
        for name in named:
            found = re.search(r"(?m)^(def %s\(|class %s\b|%s: |%s = |from \. import %s\b)" % ((name,) * 5), stub)
            self.assertTrue(found, name + " is not in the stub")


if __name__ == "__main__":
    unittest.main()
