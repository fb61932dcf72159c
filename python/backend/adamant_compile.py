"""Compiles the extension: the library's sources and the binding's, into one shared object.

Sources and flags are those of `make python`, read from where they stand: tools/folders.txt, src/emit/carried.list, the settings and
rules of the Makefile. Objects stay below build/python/, the library's once and the binding's for each kind of extension; one is
compiled again when its command, its source or a header that it read has changed. Environment: CC, CFLAGS and LDFLAGS as make knows
them, AD_BUILD_JOBS for the number of compilers at once.

Not here: warnings, sanitizers, libraries of their own. That is make's.
"""

import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
import sysconfig

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ABI3 = sys.version_info >= (3, 11)  # the buffer protocol is in the limited API from there on


class BuildError(Exception):
    """The text says which command failed and what it printed."""


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def tags():
    """Python, ABI and platform of the wheel."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise BuildError("adamant: %s: the extension is for CPython with its global lock, 3.8 or newer" % sys.version.split("\n")[0])
    own = "cp%d%d" % sys.version_info[:2]
    platform = re.sub("[-. ]", "_", sysconfig.get_platform())
    return ("cp311", "abi3", platform) if ABI3 else (own, own, platform)


def extension_name():
    return "_core.abi3.so" if ABI3 else "_core" + sysconfig.get_config_var("EXT_SUFFIX")


def settings(text):
    """The variables that a makefile's text sets: their words by name."""
    return {name: value.split() for name, value in re.findall(r"^(\w+) *:?= *(.*)$", text, re.M)}


def expand(words, known):
    """Plain words; $(NAME) stands for a variable's."""
    out = []
    for word in words:
        reference = re.match(r"\$\((\w+)\)$", word)
        if not reference and "$" in word:
            raise BuildError("Makefile: %s: the back end understands plain words and $(NAME)" % word)
        out += expand(known[reference.group(1)], known) if reference else [word]
    return out


def optimisation_of(source):
    """OPT of a source: the ordinary build's, unless a rule of the Makefile, the last that fits, says otherwise."""
    name = "OPT"
    rule = r"^\$\((?:addprefix \$\()?B\)/obj/([\w/]*),?([^)\n]*?)\)?: OPT = \$\((\w+)\)$"
    for folder, patterns, other in re.findall(rule, read("Makefile"), re.M):
        for pattern in patterns.split():
            if re.match((folder + pattern).replace("%", ".*") + "$", source[:-2] + ".o"):
                name = other
    return name + "_release"


def sources():
    """Paths of all C files, relative to the root."""
    folders = [line.split()[0] for line in re.sub("#.*", "", read("tools/folders.txt")).splitlines() if line.strip()]
    found = []
    for folder in folders:
        top = os.path.join(ROOT, "src", folder)
        for place, _, names in sorted(os.walk(top)):
            found += [os.path.relpath(os.path.join(place, name), ROOT) for name in sorted(names) if name.endswith(".c")]
    binding = os.path.join(ROOT, "python", "src")
    return found + ["python/src/" + name for name in sorted(os.listdir(binding)) if name.endswith(".c")]


def run(command, **options):
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    except OSError as error:
        raise BuildError("adamant: %s: %s; a C compiler (variable CC) and a shell are needed" % (command[0], error.strerror)) from None
    if done.returncode:
        raise BuildError("%s\n%s" % (shlex.join(command), done.stderr.decode(errors="replace")))
    return done.stdout


def write_if_changed(path, data):
    if not os.path.exists(path) or open(path, "rb").read() != data:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "wb") as file:
            file.write(data)
        os.replace(path + ".new", path)


class Compiler:
    def __init__(self):
        self.common = os.path.join(ROOT, "build", "python", "library")
        self.own = os.path.join(ROOT, "build", "python", "-".join(tags()))
        os.makedirs(self.own, exist_ok=True)
        self.cc = shlex.split(os.environ.get("CC", "")) or ["cc"]
        self.own_flags = shlex.split(os.environ.get("CFLAGS", ""))
        # What the compiler finds here is asked as make asks it.
        self.settings = {**settings(read("Makefile")), **settings(run(["sh", "tools/probe.sh"] + self.cc).decode())}
        self.zlib = self.settings["HAVE_ZLIB"] == ["1"]

    def flags(self, name):
        return expand(self.settings[name], self.settings)

    def command(self, source):
        binding = source.startswith("python/")
        defines = ['-DAD_BUILD_VERSION="%s"' % read("VERSION").strip(), '-DAD_BUILD_VARIANT="release"']
        defines += ["-DAD_HAVE_ZLIB=1"] if self.zlib else []
        if binding:
            defines += ["-DPy_LIMITED_API=0x030b0000"] if ABI3 else []
            include = ["-Iinclude", "-Ipython/src", "-isystem", sysconfig.get_paths()["include"]]
        else:
            include = ["-Iinclude", "-Isrc", "-Ibuild/python/library/gen"]
        return (self.cc + ["-std=c11", "-w", "-fPIC", "-fvisibility=hidden", "-ffile-prefix-map=%s=." % ROOT] + self.flags("NUMERICS")
                + self.flags(optimisation_of(source)) + include + defines + self.own_flags)

    def object_of(self, source):
        """Compiles a source unless its object is up to date; the object's path."""
        target = os.path.join(self.own if source.startswith("python/") else self.common, "obj", source[:-2] + ".o")
        command = self.command(source)
        if not is_fresh(target, command):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            run(command + ["-MMD", "-MF", target + ".d", "-c", source, "-o", target])
            with open(target + ".how", "w", encoding="utf-8") as file:
                file.write(shlex.join(command))
        return target

    def extension(self):
        """The path of the shared object."""
        write_if_changed(os.path.join(self.common, "gen", "embedded_text.h"), run(["sh", "tools/embed.sh", "src/emit/carried.list"]))
        jobs = int(os.environ.get("AD_BUILD_JOBS") or len(os.sched_getaffinity(0)))
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            objects = list(pool.map(self.object_of, sources()))
        target = os.path.join(self.own, extension_name())
        links = (["-lz"] if self.zlib else []) + ["-lm", "-lpthread", "-ldl"]
        # Linked aside and moved: a program that has the old one mapped keeps it.
        run(self.cc + self.own_flags + ["-shared", "-s", "-Wl,--version-script=python/src/exports.map", "-Wl,--gc-sections"]
            + self.flags("PACK_RELOCS") + shlex.split(os.environ.get("LDFLAGS", "")) + ["-o", target + ".new"] + objects + links)
        os.replace(target + ".new", target)
        return target


def is_fresh(target, command):
    try:
        made = os.stat(target).st_mtime_ns
        how = open(target + ".how", encoding="utf-8").read()
        read_files = open(target + ".d", encoding="utf-8").read().split(":", 1)[1].replace("\\\n", " ").replace("\\ ", "\0").split()
        newest = max(os.stat(os.path.join(ROOT, name.replace("\0", " "))).st_mtime_ns for name in read_files)
    except (OSError, IndexError):
        return False
    return how == shlex.join(command) and newest <= made


def build():
    """Compiles what is out of date and links; the extension's path. Exceptions are BuildError."""
    return Compiler().extension()
