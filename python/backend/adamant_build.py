"""The back end of pyproject.toml (PEP 517, PEP 660): wheels, editable wheels and source archives, made with the standard library alone.

Wheels and archives are reproducible: entries in order, no dates, no owners. The metadata comes from the files where it stands
anyway: VERSION, CITATION.cff, README.md, LICENSE. `extension=PATH` among the settings (pip: -C extension=PATH) packs a shared object
that was built elsewhere, `make python`'s for instance.
"""

import base64
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile
import zipfile

import adamant_compile
from adamant_compile import ROOT, read

NAME = "adamant"
EXTRAS = {"all": ["numpy>=1.22"], "cpu": [], "dev": ["numpy>=1.22", "mypy"]}  # cpu: the CPU needs nothing more


def version():
    return read("VERSION").strip()


def citation(field):
    return re.search(r"^%s: *(.*)$" % field, read("CITATION.cff"), re.M).group(1)


def metadata():
    head = ["Metadata-Version: 2.1", "Name: " + NAME, "Version: " + version(), "Summary: " + citation("abstract"),
            "License: " + citation("license"), "License-File: LICENSE", "Requires-Python: >=3.8", "Description-Content-Type: text/markdown",
            "Classifier: Operating System :: POSIX :: Linux", "Classifier: Programming Language :: C",
            "Classifier: Programming Language :: Python :: 3", "Classifier: Programming Language :: Python :: Implementation :: CPython"]
    for extra, needs in EXTRAS.items():
        head.append("Provides-Extra: " + extra)
        head += ["Requires-Dist: %s; extra == '%s'" % (need, extra) for need in needs]
    return "\n".join(head) + "\n\n" + read("README.md")


def information(tag):
    """The files of the wheel's .dist-info, but for RECORD."""
    wheel = "Wheel-Version: 1.0\nGenerator: adamant_build %s\nRoot-Is-Purelib: false\nTag: %s\n" % (version(), tag)
    scripts = "[console_scripts]\nadamant = adamant.__main__:main\n"
    return {"METADATA": metadata(), "WHEEL": wheel, "entry_points.txt": scripts, "licenses/LICENSE": read("LICENSE")}


def dist_info():
    return "%s-%s.dist-info" % (NAME, version())


# ---- wheels ----


def write_wheel(folder, contents):
    """contents: data by path, without .dist-info. Returns the file's name."""
    tag = "-".join(adamant_compile.tags())
    for name, text in information(tag).items():
        contents["%s/%s" % (dist_info(), name)] = text.encode()
    record = dist_info() + "/RECORD"
    rows = []
    for path in sorted(contents):
        digest = base64.urlsafe_b64encode(hashlib.sha256(contents[path]).digest()).rstrip(b"=").decode()
        rows.append("%s,sha256=%s,%d" % (path, digest, len(contents[path])))
    contents[record] = ("\n".join(rows) + "\n%s,,\n" % record).encode()

    name = "%s-%s-%s.whl" % (NAME, version(), tag)
    with zipfile.ZipFile(os.path.join(folder, name), "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(contents, key=lambda p: (p == record, p)):
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if path.endswith(".so") else 0o100644) << 16
            file.writestr(entry, contents[path])
    return name


def package_files():
    """The package's own files by their path in a wheel; what Python or the compiler left there is none of them."""
    top = os.path.join(ROOT, "python")
    found = {}
    for place, folders, names in os.walk(os.path.join(top, NAME)):
        folders[:] = sorted(f for f in folders if f != "__pycache__")
        for name in sorted(names):
            if name.endswith((".py", ".pyi")) or name == "py.typed":
                path = os.path.join(place, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, top)] = file.read()
    return found


def the_extension(settings):
    given = (settings or {}).get("extension")
    return os.path.abspath(given) if given else adamant_compile.build()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    contents = package_files()
    with open(the_extension(config_settings), "rb") as file:
        contents["%s/%s" % (NAME, adamant_compile.extension_name())] = file.read()
    return write_wheel(wheel_directory, contents)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """The extension goes into the source tree, and a path file to site-packages."""
    place = os.path.join(ROOT, "python", NAME, adamant_compile.extension_name())
    made = the_extension(config_settings)
    if os.path.realpath(made) != os.path.realpath(place):
        shutil.copyfile(made, place + ".new")
        os.replace(place + ".new", place)
    return write_wheel(wheel_directory, {"_adamant_editable.pth": (os.path.join(ROOT, "python") + "\n").encode()})


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    top = os.path.join(metadata_directory, dist_info())
    for name, text in information("-".join(adamant_compile.tags())).items():
        path = os.path.join(top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return dist_info()


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def get_requires_for_build_wheel(config_settings=None):
    return []


get_requires_for_build_editable = get_requires_for_build_sdist = get_requires_for_build_wheel


# ---- source archives ----


def source_files():
    """All files under version control, or, in an unpacked archive, all but what a build leaves behind."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        if os.path.exists(os.path.join(ROOT, ".git")):
            return sorted(path for path in listed.decode().split("\0") if path and os.path.isfile(os.path.join(ROOT, path)))
    except (OSError, subprocess.CalledProcessError):
        pass
    found = []
    for place, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in (".git", "__pycache__") and os.path.join(place, f) != os.path.join(ROOT, "build")]
        found += [os.path.relpath(os.path.join(place, name), ROOT) for name in names if not name.endswith((".so", ".o", ".pyc"))]
    return sorted(path for path in found if path != "PKG-INFO")


def build_sdist(sdist_directory, config_settings=None):
    top = "%s-%s" % (NAME, version())
    name = top + ".tar.gz"

    def add(archive, path, data, mode):
        entry = tarfile.TarInfo("%s/%s" % (top, path))
        entry.size, entry.mode = len(data), mode
        archive.addfile(entry, io.BytesIO(data))

    with open(os.path.join(sdist_directory, name), "wb") as raw:
        with gzip.GzipFile("", "wb", 9, raw, 0) as packed, tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
            add(archive, "PKG-INFO", metadata().encode(), 0o644)
            for path in source_files():
                whole = os.path.join(ROOT, path)
                with open(whole, "rb") as file:
                    add(archive, path, file.read(), 0o755 if os.access(whole, os.X_OK) else 0o644)
    return name
