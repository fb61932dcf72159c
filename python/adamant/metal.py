"""Metal, Apple's interface to GPUs: this build has none of it. The functions on memory are adamant's own, under an old name."""
from . import _core

for _name in (
    "get_active_memory", "get_peak_memory", "reset_peak_memory", "get_cache_memory", "set_memory_limit", "set_cache_limit",
    "set_wired_limit", "clear_cache", "device_info",
):
    globals()[_name] = _core.functions[_name]


def is_available():
    """Whether arrays can be computed through Metal."""
    return False


def start_capture(path):
    """start_capture(path)

    Records what the GPU does: here a RuntimeError, as there is none."""
    raise RuntimeError("start_capture: this build has no Metal; a build for Apple's GPUs is right")


def stop_capture():
    """stop_capture()

    Ends start_capture's recording: here a RuntimeError, as there is none."""
    raise RuntimeError("stop_capture: this build has no Metal; a build for Apple's GPUs is right")
