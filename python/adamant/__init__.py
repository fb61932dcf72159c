"""Arrays that are lazy expressions, their derivatives, and what makes models of them.

The names here are those of the extension `_core`: its functions by dotted path, its types and dtypes. Functions that are
written in Python stand in the modules whose names begin with an underscore. Several names hide Python's own (sum, abs,
slice...), so this file calls nothing but what it imports."""
from . import _core, _names

globals().update(_names.types())
globals().update(_names.functions(""))

from ._dtypes import DtypeCategory, can_cast, finfo, iinfo, isdtype, issubdtype, promote_types, result_type
from ._dtypes import complexfloating, floating, generic, inexact, integer, number, signedinteger, unsignedinteger
from ._files import load, save, save_safetensors, savez, savez_compressed
from ._pictures import export_to_dot
from ._standard import __array_namespace_info__, astype, broadcast_shapes, cumulative_prod, cumulative_sum
from ._contexts import StreamContext, printoptions, stream

ThreadLocalStream = _core.Stream  # streams here belong to no thread
__version__ = _core.__version__
__array_api_version__ = "2025.12"
bool = _core.bool_
e = 2.718281828459045
euler_gamma = 0.5772156649015329
inf = float("inf")
nan = float("nan")
newaxis = None
pi = 3.141592653589793

from . import cuda, distributed, fast, fft, linalg, metal, random
