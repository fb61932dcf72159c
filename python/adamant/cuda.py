"""CUDA, NVIDIA's interface to GPUs."""


def is_available():
    """Whether arrays can be computed through CUDA."""
    return False
