"""Wheels and source archives, made by the back end from the extension that is already built: what is in them, and the same each time."""

import base64
import email
import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

import adamant as ad

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "python", "backend"))
import adamant_build  # noqa: E402
import adamant_compile  # noqa: E402


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


class Commands(unittest.TestCase):
    """What the back end takes from the Makefile is what make does."""

    def test_sources(self):
        made = " ".join(make("-s", "print-" + name) for name in ("LIB_SRC", "PYTHON_SRC"))
        self.assertEqual(sorted(adamant_compile.sources()), sorted(made.split()))

    def test_flags(self):
        compiler = adamant_compile.Compiler()
        kernels = ["src/runtime/kernels/%s.c" % name for name in ("reduce_avx2", "elementwise_int_avx512", "fft_avx512")]
        for source in ["src/base/mem.c", "src/runtime/gemm.c", "src/emit/carried.c"] + kernels:
            target = "build/flags/obj/" + source[:-2] + ".o"
            said = make("-n", "B=build/flags", "V=1", target).splitlines()
            command = [line for line in said if line.rstrip().endswith(source + " -o " + target)][-1].split()
            important = [word for word in command if word.startswith(("-O", "-f", "-std", "-D"))]
            self.assertEqual(sorted(important), sorted(
                word if not word.startswith("-DAD_BUILD") else "-D" + word[2:].replace('="', "='\"") + "'"
                for word in compiler.command(source) if word.startswith(("-O", "-f", "-std", "-D")) and "prefix-map" not in word), source)


def make(*arguments):
    outside = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "B", "VARIANT")}
    return subprocess.run(["make", *arguments], cwd=ROOT, stdout=subprocess.PIPE, env=outside, check=True).stdout.decode()


class Wheel(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def make(self, hook=adamant_build.build_wheel):
        name = hook(self.folder, {"extension": ad._core.__file__})
        with open(os.path.join(self.folder, name), "rb") as file:
            data = file.read()
        return name, data, zipfile.ZipFile(io.BytesIO(data))

    def test_content(self):
        name, _, wheel = self.make()
        version = read("VERSION").strip()
        tag = "cp311-abi3" if sys.version_info >= (3, 11) else "cp%d%d-cp%d%d" % (sys.version_info[:2] * 2)
        self.assertRegex(name, r"^adamant-%s-%s-linux_\w+\.whl$" % (re.escape(version), tag))
        names = wheel.namelist()
        info = "adamant-%s.dist-info/" % version
        self.assertEqual(names[-1], info + "RECORD")
        self.assertEqual([n for n in names if n.endswith(".so")], ["adamant/" + os.path.basename(ad._core.__file__)])
        for folder, _, files in os.walk(os.path.join(ROOT, "python", "adamant")):
            for file in files:
                if file.endswith((".py", ".pyi")):
                    self.assertIn(os.path.relpath(os.path.join(folder, file), os.path.join(ROOT, "python")), names)
        outside = [n for n in names if not n.startswith(("adamant/", info))]
        self.assertEqual(outside, [])
        for name in names:
            self.assertTrue(name.endswith((".py", ".pyi", ".so", "py.typed")) or name.startswith(info), name)
        self.assertEqual(wheel.read(info + "licenses/LICENSE").decode(), read("LICENSE"))
        self.assertIn("Tag: " + tag, wheel.read(info + "WHEEL").decode())
        self.assertIn("adamant.__main__:main", wheel.read(info + "entry_points.txt").decode())

    def test_record(self):
        _, _, wheel = self.make()
        record = [n for n in wheel.namelist() if n.endswith("RECORD")][0]
        rows = dict(row.split(",", 1) for row in wheel.read(record).decode().splitlines())
        self.assertEqual(sorted(rows), sorted(wheel.namelist()))
        for name, row in rows.items():
            if name != record:
                data = wheel.read(name)
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                self.assertEqual(row, "sha256=%s,%d" % (digest, len(data)))

    def test_metadata(self):
        name = adamant_build.prepare_metadata_for_build_wheel(self.folder)
        with open(os.path.join(self.folder, name, "METADATA"), encoding="utf-8") as file:
            fields = email.message_from_file(file)
        self.assertEqual((fields["Name"], fields["Version"], fields["License"]), ("adamant", read("VERSION").strip(), "Apache-2.0"))
        self.assertEqual(fields.get_all("Provides-Extra"), ["all", "cpu", "dev"])
        self.assertFalse([need for need in fields.get_all("Requires-Dist") if "extra ==" not in need], "NumPy is optional")
        self.assertEqual(fields.get_payload().strip(), read("README.md").strip())

    def test_the_same_each_time(self):
        self.assertEqual(self.make()[1], self.make()[1])

    def test_editable(self):
        if os.path.dirname(os.path.abspath(ad.__file__)) != os.path.join(ROOT, "python", "adamant"):
            self.skipTest("a variant is tested, whose extension must not go into the source tree")
        _, _, wheel = self.make(adamant_build.build_editable)
        path = [n for n in wheel.namelist() if n.endswith(".pth")]
        self.assertEqual(path, ["_adamant_editable.pth"])
        self.assertEqual(wheel.read(path[0]).decode(), os.path.join(ROOT, "python") + "\n")

    def test_source_archive(self):
        names = [adamant_build.build_sdist(self.folder) for _ in range(2)]
        self.assertEqual(names[0], "adamant-%s.tar.gz" % read("VERSION").strip())
        with open(os.path.join(self.folder, names[0]), "rb") as file:
            data = file.read()
        adamant_build.build_sdist(self.folder)
        with open(os.path.join(self.folder, names[0]), "rb") as file:
            self.assertEqual(data, file.read())
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            inside = {n.split("/", 1)[1] for n in archive.getnames()}
            self.assertEqual({m.mtime for m in archive.getmembers()}, {0})
        for path in ("PKG-INFO", "pyproject.toml", "Makefile", "LICENSE", "tools/folders.txt", "tools/embed.sh", "tools/probe.sh",
                     "include/adamant/adamant.h", "src/base/mem.c", "src/emit/carried.list", "python/src/core.h",
                     "python/src/exports.map", "python/adamant/__init__.py", "python/backend/adamant_build.py"):
            self.assertIn(path, inside)
        self.assertFalse([n for n in inside if n.startswith(("build/", ".git/")) or n.endswith((".so", ".pyc"))])


if __name__ == "__main__":
    unittest.main()
