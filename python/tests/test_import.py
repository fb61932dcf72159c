"""Importing: what it brings along, twice, again, and where it must be refused."""

import importlib
import subprocess
import sys
import unittest

import adamant as ad

import support


class Import(unittest.TestCase):
    def test_brings_nothing_heavy_along(self):
        code, out, err = support.run("""
            import sys
            before = set(sys.modules)
            import adamant
            print(*sorted(m for m in set(sys.modules) - before if not m.startswith("adamant")))
        """)
        self.assertEqual((code, out.split()), (0, []), err)

    def test_without_numpy(self):
        code, out, err = support.run("""
            import sys
            sys.modules["numpy"] = None
            import adamant as ad
            print((ad.array([1, 2]) + 1).tolist(), repr(ad.ones((2,), ad.int32)))
        """)
        self.assertEqual((code, out.strip()), (0, "[2, 3] array([1, 1], dtype=int32)"), err)

    def test_options_of_the_interpreter(self):
        for option in ("-O", "-OO", "-X dev", "-Werror", "-bb"):
            code, out, err = support.run("import adamant as ad; print((ad.ones((2,), ad.int32) + 1).tolist())", *option.split())
            self.assertEqual((code, out.strip(), err), (0, "[2, 2]", ""), option)

    def test_reload_and_import_again(self):
        code, out, err = support.run("""
            import importlib, sys
            import adamant as first
            a = first.ones((2,), first.int32)
            importlib.reload(first)
            for name in [m for m in sys.modules if m.startswith("adamant")]: del sys.modules[name]
            import adamant as second
            assert second is not first and second.array is first.array and second.int32 is first.int32
            print((a + second.ones((2,), second.int32)).tolist())
        """)
        self.assertEqual((code, out.strip()), (0, "[2, 2]"), err)

    def test_subinterpreters_are_refused(self):
        code, out, err = support.run("""
            import _xxsubinterpreters as sub
            program = "try:\\n  import adamant\\nexcept ImportError as e: print(e)\\nelse: print('imported')"
            first = sub.create(); sub.run_string(first, program); sub.destroy(first)
            import adamant as ad
            second = sub.create(); sub.run_string(second, program); sub.destroy(second)
            print((ad.ones((2,), ad.int32) + 1).tolist())
        """)
        if "_xxsubinterpreters" in err:
            self.skipTest("this interpreter has no _xxsubinterpreters")
        lines = out.splitlines()
        self.assertEqual((code, len(lines), lines[-1]), (0, 3, "[2, 2]"), err + out)
        for line in lines[:2]:
            self.assertIn("subinterpreter", line)

    def test_the_extension_shows_one_symbol(self):
        try:
            names = subprocess.run(["nm", "-D", "--defined-only", ad._core.__file__], stdout=subprocess.PIPE, check=True).stdout.decode()
        except FileNotFoundError:
            self.skipTest("there is no nm")
        self.assertEqual([line.split()[-1] for line in names.splitlines()], ["PyInit__core"])


if __name__ == "__main__":
    unittest.main()
