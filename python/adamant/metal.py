"""Metal, Apple's interface to GPUs: this build has none of it."""


def is_available():
    """Whether arrays can be computed through Metal."""
    return False
