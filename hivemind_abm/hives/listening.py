"""Whom a bee hears, in compiled code: all, a group, some that are drawn, or some of a network.

Knows: how a step begins, whose turn it is, and how neighbours are drawn.  Does not know: what a
rule can ask about them; that is in `neighbours_compiled`.
"""

import numpy as np

from hivemind_abm.engine.intrinsics import advance, multiply_high_low
from hivemind_abm.engine.loops import compiled, inlined
from hivemind_abm.engine.structs import method_of, property_of, with_fields
from hivemind_abm.hives.bees import LISTED
from hivemind_abm.hives.neighbourhood import EVERYONE, GROUPS, OTHERS, SAMPLE
from hivemind_abm.hives.neighbours_struct import (
    AMONG,
    ASKED,
    FLAG_CUMULATED,
    FLAG_TALLIED,
    GROUP,
    KEY,
    STAMP,
    Among,
    Listening,
    neighbours_struct,
)

__all__ = ["FEW", "another", "neighbours_struct"]  # with the methods of this module

_LOW = 2**32 - 1
FEW = 5  # up to this M, a bee that is drawn again is replaced
SPARSE = 4  # and with any M, from so many candidates per neighbour on


@method_of(neighbours_struct)
def _for(self, me, size, first, drawn, one, two):
    """The neighbours of bee `me`; see `_Listening`."""
    kind = self._kind
    members = self._order if kind == GROUPS else self._graph
    among = Among(kind <= EVERYONE, me if kind == OTHERS else self._n, advance(members, first))
    return with_fields(with_fields(self, Listening(me, size, first, drawn, one, two)), among)


@method_of(neighbours_struct)
def begin(self, rng):
    """Begin a step: find the largest payoff, and draw the random partition into groups."""
    self._flags[FLAG_TALLIED] = 0
    self._flags[FLAG_CUMULATED] = 0
    self._flags[GROUP] = -1
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
        if self._flags[GROUP] != first:
            self._flags[GROUP] = first
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
    if m == 1 and self._one_at_a_time:
        one = rng.integers(among)
        bee = one + (one >= place) if kind == SAMPLE else np.int64(self._graph[start + one])
        return self._for(place, m, start, True, bee, bee)
    if m <= 2:
        one, two = _two_below(rng, among)
        if kind == SAMPLE:
            return self._for(place, m, start, True, one + (one >= place), two + (two >= place))
        first, second = np.int64(self._graph[start + one]), np.int64(self._graph[start + two])
        return self._for(place, m, start, True, first, second)
    # One random number fixes all neighbours; each is computed only when the rule asks for it.
    flags[STAMP] += 1
    if flags[STAMP] == 2**31:
        for i in range(m):
            self._slots[i] = 0
        for i in range(self._n):
            self._shuffle[i] = 0
        flags[STAMP] = 1
    flags[ASKED], flags[AMONG], flags[KEY] = 0, among, np.int64(rng._bits())
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
    if np.int64(self._slots[j]) != self._flags[STAMP]:
        self._draw(j)
    return np.int64(self._heard[j])


@method_of(neighbours_struct)
def _draw(self, j):
    """Draw the j-th neighbour, different from those drawn before.

    The numbers come from the generator that `listen` has seeded.
    """
    flags, shuffle, listed = self._flags, self._shuffle, advance(self._shuffle, self._n)
    asked, among = flags[ASKED], flags[AMONG]
    if self._m <= FEW or (asked < LISTED and self._marks):  # draw until it is a new one
        drawn, fresh = among, False
        while not fresh:
            drawn, fresh = self._below(among), True
            for i in range(asked):
                fresh &= listed[i] != drawn
        listed[asked] = drawn
    else:
        if asked == LISTED and self._marks:
            for i in range(LISTED):  # from here on, marks are quicker than a search
                shuffle[listed[i]] = flags[STAMP]
        state = np.uint64(flags[KEY])
        drawn, state = another(shuffle, flags[STAMP], state, asked, among, self._marks)
        flags[KEY] = np.int64(state)
    flags[ASKED] = asked + 1
    self._slots[j] = flags[STAMP]
    self._heard[j] = drawn + (drawn >= self._me) if self._kind == SAMPLE else self._members[drawn]


@property_of(neighbours_struct)
def _marks(self):
    """Whether candidates are so many that one drawn before is rarely drawn again."""
    return self._flags[AMONG] >= SPARSE * self._m


@inlined
def another(shuffle, stamp, state, asked, among, marks):
    """Draw a candidate that was not drawn before.

    Args:
        shuffle: With `marks`, the stamp at each candidate drawn before.  Else a Fisher-Yates
            shuffle, of which only the differences from the identity are stored.
        stamp: The number of the bee's turn; other content of `shuffle` is of earlier turns.
        state: The state of the generator.
        asked: How many were drawn before.
        among: The number of candidates.
        marks: Whether candidates drawn before are marked, and drawing is repeated.

    Returns:
        The candidate, and the next state.
    """
    if marks:
        drawn, state = below(state, among)
        while shuffle[drawn] == stamp:
            drawn, state = below(state, among)
        shuffle[drawn] = stamp
        return drawn, state
    place, state = below(state, among - asked)
    place += asked
    here, there = shuffle[asked], shuffle[place]
    first = here & _LOW if here >> 32 == stamp else asked
    drawn = there & _LOW if there >> 32 == stamp else place
    shuffle[place] = (stamp << 32) | first
    return drawn, state


@method_of(neighbours_struct)
def _below(self, n):
    """A whole number exactly uniform on 0 .. n - 1."""
    number, state = below(np.uint64(self._flags[KEY]), n)
    self._flags[KEY] = np.int64(state)
    return number


@inlined
def below(state, n):
    """A whole number exactly uniform on 0 .. n - 1, and the next state.

    The generator is splitmix64 (Steele, Lea & Flood, OOPSLA 2014).  A draw that would favour some
    numbers is repeated, as in `Stream.integers`.
    """
    bound = np.uint64(n)
    while True:
        state += np.uint64(0x9E3779B97F4A7C15)
        bits = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        whole, fraction = multiply_high_low(bits ^ (bits >> np.uint64(31)), bound)
        if fraction >= bound or fraction >= (np.uint64(0) - bound) % bound:
            return np.int64(whole), state


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
    self._flags[GROUP] = -1
    return 0, self._m
