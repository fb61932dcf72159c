"""The command line of the package: python -m adamant --info"""
import sys

USAGE = "usage: python -m adamant [--info | --version | --help]"


def info():
    """What a report of a bug should hold, a line "name: value" each."""
    import platform

    from . import Dtype, _core

    facts = _core._build_info()
    return {
        "version": facts["version"],
        "compiler": facts["compiler"],
        "variant": facts["variant"],
        "machine": platform.machine(),
        "isa": facts["isa"],
        "threads": facts["threads"],
        "dtypes": " ".join(sorted(name for name, value in vars(_core).items() if isinstance(value, Dtype))),
        "zlib": facts["zlib"],
        "python": platform.python_implementation() + " " + platform.python_version(),
        "python api": facts["python_api"],
        "platform": platform.platform(),
        "extension": _core.__file__,
    }


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments in (["--info"], ["info"]):
        for name, value in info().items():
            print("%s: %s" % (name, value))
    elif arguments == ["--version"]:
        print("adamant " + info()["version"])
    elif arguments == ["--help"]:
        print(USAGE)
    else:
        print(USAGE, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
