"""Arrays that are lazy expressions, their derivatives, and what makes models of them.

The names here are those of the extension `_core`: its functions by dotted path, its types and dtypes. Functions that are
written in Python stand in the modules whose names begin with an underscore. Several names hide Python's own (sum, abs,
slice...), so this file calls nothing but what it imports."""
from . import _core, _names

globals().update(_names.types())
globals().update(_names.functions(""))

__version__ = _core.__version__
e = 2.718281828459045
euler_gamma = 0.5772156649015329
inf = float("inf")
nan = float("nan")
newaxis = None
pi = 3.141592653589793

from . import cuda, distributed, fast, fft, linalg, metal, random
