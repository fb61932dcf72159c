"""pip, offline, in a fresh environment: install, editable install, wheel from a source archive. Compiles the library (build/python)."""

import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TRY = "import adamant as ad; print(ad.__file__); print(ad.sum(ad.ones((3, 4), ad.int32) + 1).item())"


def call(*command, cwd="/"):
    """Output of a command; without PYTHONPATH, so that only what was installed is found."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode()
    if done.returncode:
        raise AssertionError("%s: exit status %d\n%s" % (" ".join(command), done.returncode, text))
    return text


class Pip(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.python = os.path.join(cls.folder.name, "venv", "bin", "python")
        try:
            call(sys.executable, "-m", "venv", os.path.join(cls.folder.name, "venv"))
        except AssertionError:
            raise unittest.SkipTest("python3 -m venv makes no environment here (Debian: python3-venv)") from None

    def pip(self, *arguments):
        return call(self.python, "-m", "pip", "--disable-pip-version-check", *arguments)

    def works(self, where):
        place, total = call(self.python, "-c", TRY).split()
        self.assertTrue(place.startswith(where), place)
        self.assertEqual(total, "24")
        self.assertIn("version: ", call(self.python, "-m", "adamant", "--info"))
        self.assertIn("version: ", call(os.path.join(os.path.dirname(self.python), "adamant"), "info"))
        self.pip("uninstall", "-y", "adamant")

    def test_install(self):
        self.pip("install", "--no-index", ROOT)
        self.works(self.folder.name)

    def test_editable(self):
        self.pip("install", "--no-build-isolation", "--no-index", "-e", ROOT)
        self.works(os.path.join(ROOT, "python"))

    def test_extras(self):
        self.pip("install", "--no-index", "--no-deps", ROOT + "[all,cpu,dev]")
        self.works(self.folder.name)

    def test_wheel_of_the_source_archive(self):
        sys.path.insert(0, os.path.join(ROOT, "python", "backend"))
        import adamant_build

        archive = os.path.join(self.folder.name, adamant_build.build_sdist(self.folder.name))
        self.pip("wheel", "--no-index", "--no-deps", "-w", self.folder.name, archive)
        wheel = [name for name in os.listdir(self.folder.name) if name.endswith(".whl")]
        self.assertEqual(len(wheel), 1)
        self.pip("install", "--no-index", os.path.join(self.folder.name, wheel[0]))
        self.works(self.folder.name)


if __name__ == "__main__":
    unittest.main()
