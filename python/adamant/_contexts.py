"""Settings of a thread or of printing that hold while a `with` block is entered."""
from . import _core

_default = _core.functions["default_stream"]
_set_default = _core.functions["set_default_stream"]
_options = _core.functions["get_printoptions"]
_set_options = _core.functions["set_printoptions"]


class StreamContext:
    """StreamContext(s)

    While it is entered, the stream s (or the default stream of the device s) is this thread's default stream."""

    def __init__(self, s):
        self._stream = s if isinstance(s, _core.Stream) else _default(s)
        self._before = []

    def __enter__(self):
        self._before.append(_default())
        _set_default(self._stream)
        return self._stream

    def __exit__(self, kind, value, trace):
        _set_default(self._before.pop())


def stream(s):
    """stream(s)

    A context in which the stream s (or the default stream of the device s) is this thread's default stream."""
    return StreamContext(s)


class printoptions:
    """printoptions(precision=None, **options)

    A context in which arrays are printed with these options, see set_printoptions."""

    def __init__(self, precision=None, **options):
        if precision is not None:
            options["precision"] = precision
        for name in options:
            if name not in _options():
                raise TypeError(f"printoptions: there is no option {name!r}; {', '.join(_options())} are right")
        self._new = options
        self._before = []

    def __enter__(self):
        self._before.append(_options())
        _set_options(**self._new)

    def __exit__(self, kind, value, trace):
        _set_options(**self._before.pop())
