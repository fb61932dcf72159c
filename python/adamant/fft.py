"""Discrete Fourier transforms."""
from . import _names

globals().update(_names.functions("fft"))
