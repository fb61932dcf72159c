"""Metal, Apple's interface to GPUs: this build has none of it."""


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
