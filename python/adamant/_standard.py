"""Functions of the Python array API standard, version 2025.12, that are no op, and what the standard asks of the namespace."""
from . import _core

_cast = _core.functions["_dtypes.cast"]
_cumsum = _core.functions["cumsum"]
_cumprod = _core.functions["cumprod"]
_concat = _core.functions["concat"]
_full = _core.functions["full"]


def astype(a, dtype, *, copy=True, device=None, stream=None):
    """astype(a, dtype, *, copy=True, device=None, stream=None)

    The elements of a in another dtype. Arrays do not change, so copy changes nothing."""
    return _cast(a, dtype, stream=device if stream is None else stream)


def _with_initial(result, axis, value):
    shape = list(result.shape)
    shape[axis or 0] = 1
    return _concat([_full(shape, value, dtype=result.dtype), result], axis=axis or 0)


def cumulative_sum(a, axis=None, *, reverse=False, inclusive=True, dtype=None, include_initial=False, stream=None):
    """cumulative_sum(a, axis=None, *, reverse=False, inclusive=True, dtype=None, include_initial=False, stream=None)

    cumsum; with include_initial a zero, the sum of nothing, comes first."""
    result = _cumsum(a, axis, reverse=reverse, inclusive=inclusive, dtype=dtype, stream=stream)
    return _with_initial(result, axis, 0) if include_initial else result


def cumulative_prod(a, axis=None, *, reverse=False, inclusive=True, dtype=None, include_initial=False, stream=None):
    """cumulative_prod(a, axis=None, *, reverse=False, inclusive=True, dtype=None, include_initial=False, stream=None)

    cumprod; with include_initial a one, the product of nothing, comes first."""
    result = _cumprod(a, axis, reverse=reverse, inclusive=inclusive, dtype=dtype, stream=stream)
    return _with_initial(result, axis, 1) if include_initial else result


def broadcast_shapes(*shapes):
    """broadcast_shapes(*shapes)

    The shape that arrays of these shapes have together."""
    result = []
    for given in shapes:
        shape = [given] if isinstance(given, int) else [int(dim) for dim in given]
        for dim in shape:
            if dim < 0:
                raise ValueError(f"broadcast_shapes: {given!r} has a negative dim; 0 or more is right")
        shape = [1] * (len(result) - len(shape)) + shape
        result = [1] * (len(shape) - len(result)) + result
        for i, dim in enumerate(shape):
            if result[i] == 1:
                result[i] = dim
            elif dim != 1 and dim != result[i]:
                raise ValueError(f"broadcast_shapes: {shapes!r}; dims that are equal, or 1, are right")
    return tuple(result)


class _Info:
    """What the namespace has, as the array API standard's inspection functions tell it."""

    def capabilities(self):
        """What is optional in the standard: boolean indexing and shapes that depend on values exist here."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 16}

    def default_device(self):
        """The device of new arrays."""
        return _core.functions["default_device"]()

    def default_dtypes(self, *, device=None):
        """The dtypes of what names none."""
        return {
            "real floating": _core.float32,
            "complex floating": _core.complex64,
            "integral": _core.int32,
            "indexing": _core.uint32,
        }

    def dtypes(self, *, device=None, kind=None):
        """The standard's dtypes by name, of a kind or of several."""
        from ._dtypes import isdtype

        names = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128".split()
        every = {name: getattr(_core, "bool_" if name == "bool" else name) for name in names}
        return every if kind is None else {name: dtype for name, dtype in every.items() if isdtype(dtype, kind)}

    def devices(self):
        """All devices."""
        return [_core.functions["default_device"]()]


def __array_namespace_info__():
    """__array_namespace_info__()

    The standard's inspection functions: capabilities, default_device, default_dtypes, dtypes, devices."""
    return _Info()
