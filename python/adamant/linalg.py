"""Linear algebra, batched over the leading axes."""
from . import _names

globals().update(_names.functions("linalg"))
