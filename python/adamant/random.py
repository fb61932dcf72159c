"""Random numbers: the same key gives the same numbers, everywhere."""
from . import _names

globals().update(_names.functions("random"))
