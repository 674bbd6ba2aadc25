"""What rules that look across ask about the other players and the game, in compiled code.

Knows: one struct of the players and one of the game, with the questions of `looking`.  Does not
know: rules.
"""

import operator
from typing import Any, NamedTuple

import numpy as np
from numba import types

from hivemind_abm.engine.intrinsics import (
    address_of,
    advance,
    call_at,
    four_words,
    integers32_at,
    integers_at,
    reals_at,
)
from hivemind_abm.engine.loops import compiled, inlined
from hivemind_abm.engine.structs import (
    define_struct,
    method_of,
    operation_of,
    property_of,
    takes_whole_number,
    with_fields,
)
from hivemind_abm.games.sight import (
    CELLS,
    FIRST,
    HELD,
    OPTIONS,
    PAID,
    PLAY,
    PLAYERS,
    SEAT,
    SHARES,
    SIZE,
    STEP,
    WIDTH,
)
from hivemind_abm.hives.bees import BeeState

__all__ = ["game_seen", "rivals_seen"]

_ADDRESS = {"_table": types.int64, "_run": types.int64}
rivals_struct, _no_rivals = define_struct("RivalsSeen", _ADDRESS, __name__)
game_struct, _no_game = define_struct("GameSeen", _ADDRESS, __name__)
rival_struct, _no_rival = define_struct(
    "RivalSeen",
    {"_row": types.CPointer(types.int64), "_run": types.int64},
    __name__,
)


class _Place(NamedTuple):
    table: int
    run: int


class _Row(NamedTuple):
    row: Any
    run: int


@inlined
def rivals_seen(table, run):
    """The players, from the address of the table of a `Sight`."""
    return with_fields(_no_rivals(), _Place(table, run))


@inlined
def game_seen(table, run):
    """The game, from the address of the table of a `Sight`."""
    return with_fields(_no_game(), _Place(table, run))


@operation_of(rivals_struct, len)
def _players(self):
    return integers_at(self._table)[PLAYERS]


@operation_of(rivals_struct, operator.getitem, when=takes_whole_number)
def _player(self, player):
    if player < 0 or player >= integers_at(self._table)[PLAYERS]:
        raise IndexError("rivals[p]: there is no such player")
    row = advance(integers_at(self._table), FIRST + WIDTH * player)
    return with_fields(_no_rival(), _Row(row, self._run))


@property_of(rival_struct)
def size(self):
    """N, 0 for a replicator."""
    return self._row[SIZE]


@property_of(rival_struct)
def n_action(self):
    """K."""
    return self._row[OPTIONS]


@method_of(rival_struct, when=takes_whole_number)
def share_of(self, option):
    """x_option."""
    k = self._row[OPTIONS]
    if option < 0 or option >= k:
        raise IndexError("share_of(option): there is no such option")
    return reals_at(self._row[SHARES])[self._run * k + option]


@method_of(rival_struct)
def pick(self, rng):
    """One of its bees, drawn uniformly; of a replicator, an option drawn by its shares."""
    bees, k = self._row[SIZE], self._row[OPTIONS]
    if bees > 0:
        place = self._run * bees + rng.integers(bees)
        option = np.int64(integers32_at(self._row[HELD])[place])
        return BeeState(option, reals_at(self._row[PAID])[place])
    u, total, start = rng.random(), 0.0, self._run * k
    shares, paid = advance(reals_at(self._row[SHARES]), start), reals_at(self._row[PAID])
    option = k - 1
    for each in range(k):
        total += shares[each]
        if u < total:
            option = each
            break
    while option > 0 and shares[option] == 0.0:
        option -= 1
    return BeeState(np.int64(option), paid[start + option])


@property_of(game_struct)
def player(self):
    """The number of the own player."""
    return integers_at(self._table)[SEAT]


@property_of(game_struct)
def players(self):
    """P."""
    return integers_at(self._table)[PLAYERS]


@compiled
def _payoff_of(table, whose, mine, theirs):
    """The mean payoff of a player, where the own one plays `mine` and the rival `theirs`."""
    words = integers_at(table)
    if words[PLAYERS] != 2:
        raise ValueError("mine(a, b) and theirs(a, b) are of games of two players")
    own = advance(words, FIRST + WIDTH * words[SEAT])
    other = advance(words, FIRST + WIDTH * (1 - words[SEAT]))
    if mine < 0 or mine >= own[OPTIONS] or theirs < 0 or theirs >= other[OPTIONS]:
        raise IndexError("there is no such option")
    cells = reals_at(own[CELLS] if whose == words[SEAT] else other[CELLS])
    return cells[mine * own[STEP] + theirs * other[STEP]]


def _take_two(self, a, b):
    return takes_whole_number(self, a) and takes_whole_number(self, b)


def _take_match(self, a, b, rng):
    return _take_two(self, a, b)


@method_of(game_struct, when=_take_two)
def mine(self, a, b):
    """My mean payoff, if I play a and the rival plays b."""
    return _payoff_of(self._table, integers_at(self._table)[SEAT], np.int64(a), np.int64(b))


@method_of(game_struct, when=_take_two)
def theirs(self, a, b):
    """The rival's mean payoff, if I play a and the rival plays b."""
    return _payoff_of(self._table, 1 - integers_at(self._table)[SEAT], np.int64(a), np.int64(b))


@method_of(game_struct, when=_take_match)
def play(self, a, b, rng):
    """Play a match, with its noise -> my payoff and the rival's."""
    a, b = np.int64(a), np.int64(b)
    words = integers_at(self._table)
    seat = words[SEAT]
    if words[PLAY] == 0:
        return _payoff_of(self._table, seat, a, b), _payoff_of(self._table, 1 - seat, a, b)
    _payoff_of(self._table, seat, a, b)  # checks the options
    options = integers_at(address_of(four_words()))
    options[seat], options[1 - seat] = a, b
    paid = reals_at(address_of(four_words()))
    for whose in range(2):
        which = seat if whose == 0 else 1 - seat
        arguments = (words[PLAY + 1], words[PLAY + 2], which, address_of(options))
        stream = (address_of(rng.state), address_of(advance(paid, whose)))
        if call_at(words[PLAY], arguments + stream):
            raise ValueError("a payoff must lie in [0, 1]")
    return paid[0], paid[1]
