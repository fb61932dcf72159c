"""Random numbers: the same key gives the same numbers, everywhere.

A call without a key draws from the state of its thread, which `seed` begins anew and which is `state`, a list of one key."""
from . import _core, _names

globals().update(_names.functions("random"))

state = _core._random_state
