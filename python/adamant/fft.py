"""Discrete Fourier transforms."""
from . import _core, _names

globals().update(_names.functions("fft"))

_OPPOSITE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _opposite(norm, who):
    if norm not in _OPPOSITE:
        raise ValueError(f"{who}: norm is {norm!r}; 'backward', 'ortho' or 'forward' is right")
    return _OPPOSITE[norm]


def hfft(a, n=None, axis=-1, norm="backward", *, stream=None):
    """hfft(a, n=None, axis=-1, norm='backward', *, stream=None)

    The transform of a signal with Hermitian symmetry, of which a is the first half: n real numbers."""
    opposite = _opposite(norm, "hfft")
    return irfft(_core.functions["conjugate"](a), n, axis, opposite, stream=stream)


def ihfft(a, n=None, axis=-1, norm="backward", *, stream=None):
    """ihfft(a, n=None, axis=-1, norm='backward', *, stream=None)

    The inverse of hfft: of n real numbers the first n/2 + 1 of a signal with Hermitian symmetry."""
    opposite = _opposite(norm, "ihfft")
    return _core.functions["conjugate"](rfft(a, n, axis, opposite, stream=stream))
