"""The world that a bandit sees, in compiled code.

Knows: one struct of addresses and numbers with the attributes of `World`.  Does not know: bandits.
"""

import operator
from typing import Any, NamedTuple

from numba import types

from hivemind_abm.bandits.rivals import FIRST, OPTIONS, PLAYERS, SHARES, WIDTH
from hivemind_abm.engine.intrinsics import advance, integers_at, reals_at
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.structs import (
    define_struct,
    operation_of,
    property_of,
    takes_whole_number,
    with_fields,
)
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
        "_rivals": types.int64,
        "_run": types.int64,
    },
    __name__,
)
_rivals_struct, _no_rivals = define_struct(
    "RivalsOfWorld", {"_table": types.int64, "_run": types.int64}, __name__
)


class _World(NamedTuple):
    shares: Any
    k: int
    step: int
    memory: Any
    m: int
    rivals: int
    run: int


class _Rivals(NamedTuple):
    table: int
    run: int


@property_of(world_struct)
def shares(self):
    """x, shape (K,), read-only."""
    return read_only_view(self._shares, self._k)


@property_of(world_struct)
def memory(self):
    """The bandit's own numbers, shape (m,)."""
    return writable_view(self._memory, self._m)


@property_of(world_struct)
def rivals(self):
    """The shares of each player of a game; empty outside games."""
    return with_fields(_no_rivals(), _Rivals(self._rivals, self._run))


@operation_of(_rivals_struct, len)
def _number_of_rivals(self):
    return 0 if self._table == 0 else integers_at(self._table)[PLAYERS]


@operation_of(_rivals_struct, operator.getitem, when=takes_whole_number)
def _rival(self, player):
    players = len(self)
    place = player + players if player < 0 else player
    if place < 0 or place >= players:
        raise IndexError("tuple index out of range")
    row = advance(integers_at(self._table), FIRST + WIDTH * place)
    k = row[OPTIONS]
    return read_only_view(advance(reals_at(row[SHARES]), self._run * k), k)


@compiled
def world_of(shares, k, step, memory, m, rivals, run):
    """The world with these numbers.

    Args:
        shares: The place of the K shares.
        k: K.
        step: The number of the row.
        memory: The place of the bandit's own numbers.
        m: How many there are.
        rivals: The address of the table of `Rivals`; 0 outside games.
        run: The run.
    """
    return with_fields(_nowhere(), _World(shares, k, step, memory, m, rivals, run))
