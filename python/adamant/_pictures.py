"""Pictures of arrays: what they are computed from, for Graphviz."""
from . import _core
from ._files import _path

_arrays = _core.functions["_pictures.arrays"]


def export_to_dot(file, *args, **kwargs):
    """export_to_dot(file, *args, **kwargs)

    Writes what arrays are computed from, down to what has values, in the DOT language of Graphviz. file is a path or an
    object with write(), which gets a str. Arrays given by keyword have that name, others A, B, C... Nothing is evaluated."""
    names = [None] * len(args) + list(kwargs)
    arrays = [*args, *kwargs.values()]
    path = _path(file)
    if path is not None:
        _arrays(path, names, arrays)
    elif hasattr(file, "write"):
        file.write(_arrays(None, names, arrays))
    else:
        raise TypeError(f"export_to_dot: file is {file!r}; a path or an object with write() is right")
