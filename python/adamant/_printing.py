"""Options of printing for a while."""
from . import _core

_get = _core.functions["get_printoptions"]
_set = _core.functions["set_printoptions"]


class printoptions:
    """printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None)

    A context in which arrays are printed so, see set_printoptions; what is None stays as it is."""

    def __init__(self, precision=None, threshold=None, edgeitems=None, linewidth=None):
        self._wanted = (precision, threshold, edgeitems, linewidth)
        self._before = []

    def __enter__(self):
        before = _get()
        _set(*self._wanted)
        self._before.append(before)
        return _get()

    def __exit__(self, kind, value, trace):
        _set(**self._before.pop())
