"""Streams as contexts."""
from . import _core

_default = _core.functions["default_stream"]
_set_default = _core.functions["set_default_stream"]


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
