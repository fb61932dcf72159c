"""Files of arrays: npy, npz and safetensors, by path or through a file object."""
from os import fspath as _fspath

from . import _core

_read = _core.functions["_files.read"]
_write = _core.functions["_files.write"]
_ENDINGS = {"npy": ".npy", "npz": ".npz", "npz_compressed": ".npz", "safetensors": ".safetensors"}
_FORMATS = ("npy", "npz", "safetensors")


def _path(file):
    """The path as bytes for the system, or None where file is an object that reads or writes."""
    if isinstance(file, (str, bytes)) or hasattr(file, "__fspath__"):
        path = _fspath(file)
        from os import fsencode

        return fsencode(path)
    return None


def _format_of(name, data, given):
    if given is not None:
        if given not in _FORMATS:
            raise ValueError(f"load: format is {given!r}; 'npy', 'npz' or 'safetensors' is right")
        return given
    ending = name.rpartition(".")[2] if "." in name else ""
    if ending in _FORMATS:
        return ending
    if data is not None and data[:6] == b"\x93NUMPY":
        return "npy"
    if data is not None and data[:4] == b"PK\x03\x04":
        return "npz"
    raise ValueError(f"load: the format of {name!r} is not known by its name; format='npy', 'npz' or 'safetensors' is right")


def load(file, format=None, return_metadata=False, *, stream=None):
    """load(file, format=None, return_metadata=False, *, stream=None)

    The array of an npy file, or a dict of the arrays of an npz or safetensors file. file is a path or an object with
    read(); without format the name's ending tells it. With return_metadata, a pair of that and the metadata of a
    safetensors file."""
    path = _path(file)
    if path is not None:
        from os import fsdecode

        name = fsdecode(path)
        format = _format_of(name, None, format)
        arrays, metadata = _read(path, "", format)
    else:
        if not hasattr(file, "read"):
            raise TypeError(f"load: file is {file!r}; a path or an object with read() is right")
        data = file.read()
        if not isinstance(data, bytes):
            raise TypeError(f"load: file.read() gave {type(data).__name__}; an object that gives bytes is right")
        name = getattr(file, "name", None)
        name = name if isinstance(name, str) and name else "a file object"
        arrays, metadata = _read(data, name, _format_of(name, data, format))
        format = _format_of(name, data, format)
    if not return_metadata:
        return arrays
    if format != "safetensors":
        raise ValueError(f"load: return_metadata with a file of format {format}; only safetensors has metadata")
    return arrays, metadata


def _save(file, format, named, metadata=None):
    pairs = []
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"save: metadata has {key!r}: {value!r}; text for both is right")
        pairs += (key, value)
    path = _path(file)
    if path is not None:
        ending = _ENDINGS[format].encode()
        if not path.endswith(ending):
            path += ending
        _write(path, "", format, list(named), list(named.values()), pairs)
    elif hasattr(file, "write"):
        file.write(_write(None, "", format, list(named), list(named.values()), pairs))
    else:
        raise TypeError(f"save: file is {file!r}; a path or an object with write() is right")


def save(file, arr):
    """save(file, arr)

    Writes one array as npy. The ending .npy is added to a path that lacks it."""
    _save(file, "npy", {"arr": arr})


def _named(args, kwargs):
    named = {f"arr_{i}": a for i, a in enumerate(args)}
    for name, a in kwargs.items():
        if name in named:
            raise ValueError(f"savez: {name!r} is the name of an array given by position too; another name is right")
        named[name] = a
    return named


def savez(file, *args, **kwargs):
    """savez(file, *args, **kwargs)

    Writes arrays as npz, by their keywords or as arr_0, arr_1... The ending .npz is added to a path that lacks it."""
    _save(file, "npz", _named(args, kwargs))


def savez_compressed(file, *args, **kwargs):
    """savez_compressed(file, *args, **kwargs)

    Writes arrays as a compressed npz, as savez."""
    _save(file, "npz_compressed", _named(args, kwargs))


def save_safetensors(file, arrays, metadata=None):
    """save_safetensors(file, arrays, metadata=None)

    Writes a dict of arrays as safetensors, with a dict of texts as its metadata. The ending .safetensors is added to a
    path that lacks it."""
    if not isinstance(arrays, dict):
        raise TypeError(f"save_safetensors: arrays is of type {type(arrays).__name__}; a dict is right")
    for name in arrays:
        if not isinstance(name, str):
            raise TypeError(f"save_safetensors: {name!r} is no name; a str is right")
    _save(file, "safetensors", arrays, metadata)
