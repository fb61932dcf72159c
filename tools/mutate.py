"""Breaks one statement of each family and expects the op matrix to notice: mutate.py FOLDER [WORD...]   (make mutate)

Works on a copy of the sources in FOLDER, never on the tree.  Each line of tools/mutants.txt is applied alone, the library and the
one program built again, and the program must then fail on the op named.  A mutant that survives, or whose text is gone, fails.
WORDs choose the mutants whose family contains one of them."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PARTS = ["Makefile", "VERSION", "include", "src", "tools", "tests"]


def mutants(words):
    for line in open(os.path.join(ROOT, "tools", "mutants.txt")):
        if line.strip() and not line.startswith("#"):
            family, path, old, new, check = [part.strip() for part in line.split(" | ")]
            if not words or any(w in family for w in words):
                yield family, path, old, new, check.split()


def run(folder, *command):
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1200)


def build(folder, program):
    return run(folder, "make", "-j2", "B=build", "WERROR=", "build/tests/ops/matrix_" + program)


def passes(folder, check):
    """Does the program succeed?  One that hangs does not."""
    return run(folder, "timeout", "60", "build/tests/ops/matrix_" + check[0], *check[1:]).returncode == 0


def write_if_new(path, content):
    """Writes only what differs, so that make builds exactly that again."""
    if not os.path.exists(path) or open(path, "rb").read() != content:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content)


def copy_sources(folder):
    for part in PARTS:
        top = os.path.join(ROOT, part)
        names = [top] if os.path.isfile(top) else [os.path.join(at, n) for at, _, files in os.walk(top) for n in files]
        for name in names:
            write_if_new(os.path.join(folder, os.path.relpath(name, ROOT)), open(name, "rb").read())
        for at, _, files in os.walk(os.path.join(folder, part)):
            for name in files:
                if not os.path.exists(os.path.join(ROOT, os.path.relpath(at, folder), name)):
                    os.remove(os.path.join(at, name))


def try_one(folder, path, old, new, check):
    """'' when the mutant is noticed, else what went wrong."""
    full = os.path.join(folder, path)
    text = open(full).read() if os.path.exists(full) else ""
    if old not in text:
        return "%s has no more \"%s\"" % (path, old)
    if build(folder, check[0]).returncode or not passes(folder, check):
        return "matrix_%s fails unbroken" % " ".join(check)
    try:
        with open(full, "w") as f:
            f.write(text.replace(old, new, 1))
        made = build(folder, check[0])
        if made.returncode:
            return "the broken text does not compile:\n" + made.stdout[-2000:]
        return "matrix_%s does not notice" % " ".join(check) if passes(folder, check) else ""
    finally:
        with open(full, "w") as f:
            f.write(text)


def main():
    folder = os.path.abspath(sys.argv[1])
    copy_sources(folder)
    survived = 0
    for family, path, old, new, check in mutants(sys.argv[2:]):
        what = try_one(folder, path, old, new, check)
        survived += bool(what)
        print("%s mutant %s in %s%s" % ("not ok" if what else "ok", family, path, ": " + what if what else ""), flush=True)
    sys.exit(1 if survived else 0)


main()
