"""The world that a bandit sees, in compiled code.

Knows: one struct of addresses and numbers with the attributes of `World`.  Does not know: bandits.
"""

from typing import Any, NamedTuple

from numba import types

from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.structs import define_struct, property_of, with_fields
from hivemind_abm.engine.vectors import read_only_view, writable_view

__all__ = ["world_of", "world_struct"]

world_struct, _nowhere = define_struct(
    "World",
    {
        "_shares": types.CPointer(types.float64),
        "_k": types.int64,
        "step": types.int64,
        "_memory": types.CPointer(types.float64),
        "_m": types.int64,
    },
    __name__,
)


class _World(NamedTuple):
    shares: Any
    k: int
    step: int
    memory: Any
    m: int


@property_of(world_struct)
def shares(self):
    """x, shape (K,), read-only."""
    return read_only_view(self._shares, self._k)


@property_of(world_struct)
def memory(self):
    """The bandit's own numbers, shape (m,)."""
    return writable_view(self._memory, self._m)


@compiled
def world_of(shares, k, step, memory, m):
    """The world with these numbers.

    Args:
        shares: The place of the K shares.
        k: K.
        step: The number of the row.
        memory: The place of the bandit's own numbers.
        m: How many there are.
    """
    return with_fields(_nowhere(), _World(shares, k, step, memory, m))
