"""The classes of results that have names, such as qr_result, made when they are asked for."""
from . import _core


def __getattr__(name):
    if name.endswith("_result"):
        for path in _core.functions:
            if path.rpartition(".")[2] == name[: -len("_result")]:
                return _core._handle_of(path).result_type
    raise AttributeError(f"adamant._results: there is no {name}")
