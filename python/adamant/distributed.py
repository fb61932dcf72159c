"""Several processes that compute together; here the group of one process, in which every exchange is the identity."""
from . import _core

_same = _core.functions["_same"]


class Group:
    """A set of processes; this one's rank in it, and how many there are."""

    def rank(self):
        """This process's place, from 0."""
        return 0

    def size(self):
        """The number of processes."""
        return 1

    def split(self, color, key=-1):
        """The processes that give the same color, as a group ordered by key."""
        return _ONLY

    def __repr__(self):
        return "Group(rank=0, size=1)"


_ONLY = Group()
_BACKENDS = ("any", "mpi", "ring", "nccl", "jaccl")


def _check(backend, who):
    if backend not in _BACKENDS:
        raise ValueError(f"{who}: backend is {backend!r}; one of {', '.join(_BACKENDS)} is right")


def is_available(backend="any"):
    """is_available(backend='any')

    Whether processes can be joined through a backend: none is built in."""
    _check(backend, "is_available")
    return False


def init(strict=False, backend="any"):
    """init(strict=False, backend='any')

    The group of all processes. Without a backend it is this process alone; with strict, a RuntimeError."""
    _check(backend, "init")
    if strict:
        raise RuntimeError(f"init: backend {backend!r} is not available; strict=False gives the group of this process alone")
    return _ONLY


def _checked(group, who):
    if group is not None and not isinstance(group, Group):
        raise TypeError(f"{who}: group is {group!r}; a Group or None is right")


def _alone(who):
    raise ValueError(f"{who}: this group has one process; a group of at least two is right")


def all_sum(x, *, group=None, stream=None):
    """all_sum(x, *, group=None, stream=None)

    The sum of every process's x."""
    _checked(group, "all_sum")
    return _same(x, stream=stream)


def all_max(x, *, group=None, stream=None):
    """all_max(x, *, group=None, stream=None)

    The largest of every process's x, element by element."""
    _checked(group, "all_max")
    return _same(x, stream=stream)


def all_min(x, *, group=None, stream=None):
    """all_min(x, *, group=None, stream=None)

    The smallest of every process's x, element by element."""
    _checked(group, "all_min")
    return _same(x, stream=stream)


def all_gather(x, *, group=None, stream=None):
    """all_gather(x, *, group=None, stream=None)

    Every process's x, one behind the other along the first axis."""
    _checked(group, "all_gather")
    return _core.functions["atleast_1d"](_same(x, stream=stream))


def sum_scatter(x, *, group=None, stream=None):
    """sum_scatter(x, *, group=None, stream=None)

    This process's part, along the first axis, of the sum of every process's x."""
    _checked(group, "sum_scatter")
    return _same(x, stream=stream)


def send(x, dst, *, group=None, stream=None):
    """send(x, dst, *, group=None, stream=None)

    Sends x to the process dst. A group of one has nobody to send to: a ValueError."""
    _checked(group, "send")
    _alone("send")


def recv(shape, dtype, src, *, group=None, stream=None):
    """recv(shape, dtype, src, *, group=None, stream=None)

    What the process src sends. A group of one has nobody to hear from: a ValueError."""
    _checked(group, "recv")
    _alone("recv")


def recv_like(x, src, *, group=None, stream=None):
    """recv_like(x, src, *, group=None, stream=None)

    What the process src sends, of the shape and dtype of x. A group of one has nobody to hear from: a ValueError."""
    _checked(group, "recv_like")
    _alone("recv_like")
