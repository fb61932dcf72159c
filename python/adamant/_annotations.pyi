# The words of the other stubs: those hide Python's own names (bool, float, abs...), so every annotation is one of these. Stubs only.
from typing import Any, Callable, Dict, List, Optional, Protocol, Sequence, Tuple, Type, Union

from . import Device, DeviceType, Dtype, Stream, array

Bool = bool
Int = int
Float = float
Complex = complex
Str = str
Bytes = bytes
Number = Union[bool, int, float, complex]

class SupportsArray(Protocol):
    def __array__(self) -> Any: ...

class SupportsDlpack(Protocol):
    def __dlpack__(self) -> Any: ...

ArrayLike = Union[array, Number, Sequence[Any], SupportsArray, SupportsDlpack]
Arrays = Sequence[ArrayLike]
Axis = Union[int, Sequence[int]]
Ints = Union[int, Sequence[int]]
Shape = Union[int, Sequence[int]]
DtypeLike = Union[Dtype, str, Type[bool], Type[int], Type[float], Type[complex]]
StreamLike = Union[Stream, Device, DeviceType, str]
