"""What the extension offers, sorted into namespaces."""
from . import _core


def functions(space):
    """The functions of a namespace by name: "" is adamant itself, "fft" adamant.fft."""
    begin = space + "." if space else ""
    return {
        path[len(begin):]: function
        for path, function in _core.functions.items()
        if path.startswith(begin) and "." not in path[len(begin):] and path[len(begin)] != "_"
    }


def types():
    """Types, dtypes and functions that are attributes of the extension itself, but for those that only serve from within."""
    return {name: value for name, value in vars(_core).items() if name[0] != "_" and name not in ("functions", "live_arrays")}
