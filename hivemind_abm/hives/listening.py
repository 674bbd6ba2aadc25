"""The neighbours of one bee in compiled code: the value that a rule gets, and how it is drawn.

Knows: one struct of addresses and numbers, and the struct of a bee, each defined once.  Does not know:
what a rule can ask about its neighbours; that is in `neighbours_compiled`.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import carray, types

from hivemind_abm.engine.intrinsics import advance, multiply_high_low
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.structs import (
    define_iterator,
    define_struct,
    kept_in_memory,
    method_of,
    pointers_to,
    property_of,
    record_type,
    row_loader,
    with_fields,
)
from hivemind_abm.engine.unpacking import stands_for_tuple
from hivemind_abm.hives.bees import Bees, BeeState, Private, Workspace
from hivemind_abm.hives.neighbourhood import EVERYONE, GROUPS, OTHERS, SAMPLE

__all__ = [
    "FLAG_CUMULATED",
    "FLAG_TALLIED",
    "bee_struct",
    "load_neighbours",
    "neighbours_struct",
    "of_workspace",
    "save_neighbours",
]


class _Listening(NamedTuple):
    """What is known as soon as a bee listens.

    Attributes:
        me: The bee's index.
        size: The number of its neighbours.
        first: Where they start in the order or the graph.
        drawn: Whether they are drawn at random, each when the rule asks for it.
        one, two: The first two, which are drawn at once where M is at most 2.
    """

    me: int
    size: int
    first: int
    drawn: bool
    one: int
    two: int


class _Hive(NamedTuple):
    """N, the kind of neighbourhood, M, K, and whether bees decide one at a time."""

    n: int
    kind: int
    m: int
    n_action: int
    one_at_a_time: int


class _Own(NamedTuple):
    """How many numbers the bees of the rule at hand keep."""

    own: int


class _View(NamedTuple):
    """A bee as a rule's methods get it; see `BeeView`."""

    opinion: int
    payoff: float
    step: int
    memory: Any
    m: int


class _Among(NamedTuple):
    """The candidates from which the neighbours come.

    Attributes:
        direct: Whether they are 0, 1, 2, ..., without `skip`.
        skip: The bee that is left out where `direct`.
        members: The candidates where not `direct`.
    """

    direct: bool
    skip: int
    members: Any


bee_struct, _no_bee = define_struct(
    "Bee",
    {
        "opinion": types.int64,
        "payoff": types.float64,
        "step": types.int64,
        "_memory": types.CPointer(types.float64),
        "_m": types.int64,
    },
    __name__,
)


stands_for_tuple(bee_struct, "opinion", "payoff")


@property_of(bee_struct)
def memory(self):
    """As `BeeView.memory`."""
    return carray(self._memory, (self._m,))


neighbours_struct, _of_nobody = define_struct(
    "Neighbours",
    {
        "size": types.int64,
        "n_action": types.int64,
        **{
            name: kind
            for record in (Bees, Private, Workspace, _Hive, _Own, _Listening)
            for name, kind in pointers_to(record).items()
            if name not in ("_size", "_n_action")
        },
        "_direct": types.boolean,
        "_skip": types.int64,
        "_members": types.CPointer(types.int32),
    },
    __name__,
)
define_iterator(neighbours_struct, bee_struct)
_load_shown = row_loader(record_type(BeeState))
save_neighbours, load_neighbours = kept_in_memory(neighbours_struct)

# Places in `Workspace.flags`.
FLAG_TALLIED, FLAG_CUMULATED, _STAMP, _ASKED, _AMONG, _KEY, _GROUP = range(7)
_LOW = 2**32 - 1
_FEW = 5  # up to this M, a repeated bee is found by a search through those drawn before


@compiled
def of_workspace(workspace, n, none):
    """The neighbours in no hive; `of_hive` must follow.

    Args:
        workspace: The `Workspace`.
        n: N.
        none: As in `Private`.
    """
    settings, n_action = workspace.settings, workspace.sums.size - none
    hive = _Hive(n, settings[0], settings[1], n_action, settings[2])
    return with_fields(with_fields(_of_nobody(), workspace), hive)


@method_of(neighbours_struct)
def of_hive(self, bees, private):
    """The same in a hive, before any bee listens; `begin` and then `listen` must follow.

    Args:
        bees: The `Bees` of one hive, as arrays or as addresses.
        private: Their `Private`, as arrays or as addresses.
    """
    return with_fields(with_fields(self, bees), private)


@method_of(neighbours_struct)
def of_rule(self, own):
    """The same for the bees of a rule that keep `own` numbers each."""
    return with_fields(self, _Own(own))


@method_of(neighbours_struct)
def _show(self, bee):
    """What a bee shows."""
    shown = _load_shown(self, bee)
    view = _View(shown.opinion, shown.payoff, self._step, self._memory, 0)
    return with_fields(_no_bee(), view)


@method_of(neighbours_struct)
def of_bee(self, bee):
    """A bee as it is to itself."""
    shown, memory = _load_shown(self, bee), advance(self._memory, bee * self._width)
    view = _View(shown.opinion, self._reward[bee], self._step, memory, self._own)
    return with_fields(_no_bee(), view)


@method_of(neighbours_struct)
def _for(self, me, size, first, drawn, one, two):
    """The neighbours of bee `me`; see `_Listening`."""
    kind = self._kind
    members = self._order if kind == GROUPS else self._graph
    among = _Among(kind <= EVERYONE, me if kind == OTHERS else self._n, advance(members, first))
    return with_fields(with_fields(self, _Listening(me, size, first, drawn, one, two)), among)


@property_of(neighbours_struct)
def _bee(self):
    """The listening bee, as it is to itself."""
    return self.of_bee(self._me)


@method_of(neighbours_struct)
def begin(self, rng):
    """Begin a step: find the largest payoff, and draw the random partition into groups."""
    self._flags[FLAG_TALLIED] = 0
    self._flags[FLAG_CUMULATED] = 0
    self._flags[_GROUP] = -1
    n, payoffs = self._n, self._payoff
    a = b = c = d = 0.0
    for i in range(0, n - 3, 4):
        a, b, c, d = (
            max(a, payoffs[i]),
            max(b, payoffs[i + 1]),
            max(c, payoffs[i + 2]),
            max(d, payoffs[i + 3]),
        )
    top = max(max(a, b), max(c, d))
    for i in range(n - n % 4, n):
        top = max(top, payoffs[i])
    if self._kind == GROUPS:
        order = self._order
        for i in range(n):
            order[i] = i
        if self._one_at_a_time == 0:
            for i in range(n - 1, 0, -1):
                j = rng.integers(i + 1)
                order[i], order[j] = order[j], order[i]
    self._top[0] = top


@method_of(neighbours_struct)
def at(self, place):
    """The index of the bee at position `place` of the order in which bees decide."""
    return np.int64(self._order[place]) if self._kind == GROUPS else place


@method_of(neighbours_struct)
def listen(self, place, rng):
    """The neighbours of the bee at position `place` of the order in which bees decide.

    `rng` is the stream from which they are drawn.
    """
    kind, m = self._kind, self._m
    if kind <= EVERYONE:
        return self._for(place, m, 0, False, 0, 0)
    if kind == GROUPS:
        first = place - place % m
        if self._flags[_GROUP] != first:
            self._flags[_GROUP] = first
            self._flags[FLAG_TALLIED] = 0
        return self._for(np.int64(self._order[place]), m, first, False, 0, 0)
    flags = self._flags
    flags[FLAG_TALLIED] = 0
    start, among = np.int64(0), self._n - 1
    if kind != SAMPLE:
        start = self._starts[place]
        among = self._starts[place + 1] - start
        if among <= m:
            return self._for(place, among, start, False, 0, 0)
    if m <= 2:
        one, two = _two_below(rng, among)
        if kind == SAMPLE:
            return self._for(place, m, start, True, one + (one >= place), two + (two >= place))
        first, second = np.int64(self._graph[start + one]), np.int64(self._graph[start + two])
        return self._for(place, m, start, True, first, second)
    # One random number fixes all neighbours; each is computed only when the rule asks for it.
    flags[_STAMP] += 1
    if flags[_STAMP] == 2**31:
        for i in range(m):
            self._slots[i] = 0
        for i in range(self._n):
            self._shuffle[i] = 0
        flags[_STAMP] = 1
    flags[_ASKED], flags[_AMONG], flags[_KEY] = 0, among, np.int64(rng._bits())
    return self._for(place, m, start, True, 0, 0)


@compiled
def _two_below(rng, n):
    """Two different numbers from 0 .. n - 1, n at least 2, exactly uniform, from one draw.

    They are the two digits of a number below n (n - 1).  A draw that would favour some pairs is
    repeated, as in `Stream.integers`.
    """
    first, second = np.uint64(n), np.uint64(n - 1)
    pairs = first * second
    while True:
        one, fraction = multiply_high_low(rng._bits(), first)
        two, fraction = multiply_high_low(fraction, second)
        if fraction >= pairs or fraction >= (np.uint64(0) - pairs) % pairs:
            return np.int64(one), np.int64(two + (two >= one))


@method_of(neighbours_struct)
def _member(self, j):
    """The index of the j-th neighbour."""
    if self._direct:
        return j + (j >= self._skip)
    if not self._drawn:
        return np.int64(self._members[j])
    if self._m <= 2:
        return self._one if j == 0 else self._two
    if np.int64(self._slots[j]) != self._flags[_STAMP]:
        self._draw(j)
    return np.int64(self._heard[j])


@method_of(neighbours_struct)
def _draw(self, j):
    """Draw the j-th neighbour, different from those drawn before.

    The numbers come from the generator that `listen` has seeded.
    """
    flags, shuffle = self._flags, self._shuffle
    asked, among = flags[_ASKED], flags[_AMONG]
    if self._m <= _FEW:  # draw until it is a new one
        drawn, fresh = among, False
        while not fresh:
            drawn, fresh = self._below(among), True
            for i in range(asked):
                fresh &= shuffle[i] != drawn
        shuffle[asked] = drawn
    else:  # the next step of a Fisher-Yates shuffle; only differences from the identity are stored
        stamp, place = flags[_STAMP], asked + self._below(among - asked)
        here, there = shuffle[asked], shuffle[place]
        first = here & _LOW if here >> 32 == stamp else asked
        drawn = there & _LOW if there >> 32 == stamp else place
        shuffle[place] = (stamp << 32) | first
    flags[_ASKED] = asked + 1
    self._slots[j] = flags[_STAMP]
    self._heard[j] = drawn + (drawn >= self._me) if self._kind == SAMPLE else self._members[drawn]


@method_of(neighbours_struct)
def _below(self, n):
    """A whole number exactly uniform on 0 .. n - 1.

    The generator is splitmix64 (Steele, Lea & Flood, OOPSLA 2014).  A draw that would favour some
    numbers is repeated, as in `Stream.integers`.
    """
    state, bound = np.uint64(self._flags[_KEY]), np.uint64(n)
    while True:
        state += np.uint64(0x9E3779B97F4A7C15)
        bits = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        whole, fraction = multiply_high_low(bits ^ (bits >> np.uint64(31)), bound)
        if fraction >= bound or fraction >= (np.uint64(0) - bound) % bound:
            self._flags[_KEY] = np.int64(state)
            return np.int64(whole)


@property_of(neighbours_struct)
def _options(self):
    """How many opinions there are: K, and one more where a bee may hold no option."""
    return self.n_action + self._none


@method_of(neighbours_struct)
def count_held(self):
    """Count the bees that hold each option; `adopt_one` keeps these numbers."""
    for option in range(self._options):
        self._held[option] = 0
    for bee in range(self._n):
        self._held[self._opinion[bee]] += 1


@method_of(neighbours_struct)
def turn(self, rng):
    """Draw the bee, or the group, that is next.

    Returns:
        The first position of the bees, and the position after the last.
    """
    if self._kind != GROUPS:
        bee = rng.integers(self._n)
        return bee, bee + 1
    order = self._order
    for i in range(self._m):
        j = i + rng.integers(self._n - i)
        order[i], order[j] = order[j], order[i]
    self._flags[_GROUP] = -1
    return 0, self._m


@method_of(neighbours_struct)
def adopt_one(self, bee, shares):
    """One bee adopts what it has decided; `shares`, shape (K,), follow."""
    before, after = np.int64(self._opinion[bee]), np.int64(self._adopted[bee])
    if before == after:
        return
    self._opinion[bee] = after
    self._held[before] -= 1
    self._held[after] += 1
    if before < self.n_action:
        shares[before] = self._held[before] / self._n
    if after < self.n_action:
        shares[after] = self._held[after] / self._n
