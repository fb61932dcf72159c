"""Questions about dtypes, and the categories they fall into."""
from . import _core

_dtype_of = _core.functions["_dtypes.of"]
_result_type = _core.functions["_dtypes.result_type"]


class DtypeCategory:
    """A set of dtypes: generic > bool and number > integer (signedinteger, unsignedinteger) and inexact (floating,
    complexfloating)."""

    def __init__(self, name, inside=None):
        self.name = name
        self._inside = inside
        setattr(DtypeCategory, name, self)

    def __repr__(self):
        return f"adamant.{self.name}"

    def __reduce__(self):
        return self.name


generic = DtypeCategory("generic")
number = DtypeCategory("number", generic)
integer = DtypeCategory("integer", number)
signedinteger = DtypeCategory("signedinteger", integer)
unsignedinteger = DtypeCategory("unsignedinteger", integer)
inexact = DtypeCategory("inexact", number)
floating = DtypeCategory("floating", inexact)
complexfloating = DtypeCategory("complexfloating", inexact)

_CATEGORIES = {
    generic: ("bool_",),
    signedinteger: ("int8", "int16", "int32", "int64"),
    unsignedinteger: ("uint8", "uint16", "uint32", "uint64"),
    floating: ("float16", "float32", "float64", "bfloat16"),
    complexfloating: ("complex64", "complex128"),
}
_CATEGORY = {getattr(_core, name): category for category, names in _CATEGORIES.items() for name in names}
# of isdtype: which categories a kind means
_KINDS = {
    "bool": (generic,),
    "signed integer": (signedinteger,),
    "unsigned integer": (unsignedinteger,),
    "integral": (signedinteger, unsignedinteger),
    "real floating": (floating,),
    "complex floating": (complexfloating,),
    "numeric": (signedinteger, unsignedinteger, floating, complexfloating),
}

# bits of the significand behind the point, and of the exponent (IEEE 754; bfloat16 is the upper half of a float32)
_FORMATS = {_core.float16: (10, 5), _core.bfloat16: (7, 8), _core.float32: (23, 8), _core.float64: (52, 11)}
_REAL_PARTS = {_core.complex64: _core.float32, _core.complex128: _core.float64}


def issubdtype(a, b):
    """issubdtype(a, b)

    Whether a, a dtype or a category, is b or lies in the category b."""
    a = a if isinstance(a, DtypeCategory) else _dtype_of(a)
    if not isinstance(b, DtypeCategory):
        return not isinstance(a, DtypeCategory) and a == _dtype_of(b)
    category = a if isinstance(a, DtypeCategory) else _CATEGORY[a]
    while category is not None and category is not b:
        category = category._inside
    return category is not None


def isdtype(dtype, kind):
    """isdtype(dtype, kind)

    Whether a dtype is of a kind: a dtype, one of 'bool', 'signed integer', 'unsigned integer', 'integral', 'real
    floating', 'complex floating' and 'numeric', or a tuple of these."""
    dtype = _dtype_of(dtype)
    if isinstance(kind, tuple):
        return any([isdtype(dtype, one) for one in kind])
    if isinstance(kind, str):
        if kind not in _KINDS:
            raise ValueError(f"isdtype: kind is {kind!r}; one of {', '.join(_KINDS)} is right")
        return _CATEGORY[dtype] in _KINDS[kind]
    return dtype == _dtype_of(kind)


def result_type(*arrays_and_dtypes):
    """result_type(*arrays_and_dtypes)

    The dtype that holds them all: arrays, dtypes and Python's numbers, which are weak."""
    if not arrays_and_dtypes:
        raise ValueError("result_type: nothing is given; at least one array or dtype is right")
    return _result_type(*arrays_and_dtypes)


def promote_types(a, b):
    """promote_types(a, b)

    The dtype that holds both."""
    return _result_type(_dtype_of(a), _dtype_of(b))


def can_cast(from_, to):
    """can_cast(from_, to)

    Whether the dtype `to` holds from_, a dtype or an array: promoting them gives `to`."""
    to = _dtype_of(to)
    return _result_type(_dtype_of(from_), to) == to


class finfo:
    """finfo(dtype)

    The limits of a float dtype, or of the parts of a complex one: bits, min, max, eps, smallest_normal, and dtype, the
    real one."""

    def __init__(self, dtype):
        given = _dtype_of(dtype)
        real = _REAL_PARTS.get(given, given)
        if real not in _FORMATS:
            raise ValueError(f"finfo: {given!r} is no float; float16, bfloat16, float32, float64 or a complex dtype is right")
        fraction, exponent = _FORMATS[real]
        largest = 2 ** (exponent - 1) - 1
        self.bits = real.size * 8
        self.eps = 2.0**-fraction
        self.max = (2.0 - self.eps) * 2.0**largest
        self.min = -self.max
        self.smallest_normal = 2.0 ** (1 - largest)
        self.dtype = real

    def __repr__(self):
        return f"finfo(min={self.min}, max={self.max}, eps={self.eps}, dtype={self.dtype})"


class iinfo:
    """iinfo(dtype)

    The limits of an integer dtype: bits, min, max and dtype."""

    def __init__(self, dtype):
        given = _dtype_of(dtype)
        if _CATEGORY[given] not in _KINDS["integral"]:
            raise ValueError(f"iinfo: {given!r} is no integer dtype; one such as adamant.int32 is right")
        signed = _CATEGORY[given] is signedinteger
        self.bits = given.size * 8
        self.min = -(2 ** (self.bits - 1)) if signed else 0
        self.max = 2 ** (self.bits - signed) - 1
        self.dtype = given

    def __repr__(self):
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
