"""Whom a bee hears, and what it can ask of them.

Knows: the kinds of neighbourhood, how the bees that one bee hears are drawn, and the questions a rule may ask, at a cost
that does not grow with the hive where everyone is heard.  Does not know: rules, bandits, Mesa.
"""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numba import types

from hivemind_abm.engine.loops import (
    advance,
    compiled,
    define_struct,
    iterated_as,
    method_of,
    multiply_high_low,
    operation_of,
    pointer,
    property_of,
    steady_load,
)
from hivemind_abm.engine.stream import Stream, stream_on
from hivemind_abm.hives.networks import NETWORKS, names_a_network, network

__all__ = ["BeeState", "Neighbourhood", "Neighbours", "Scratch"]

OTHERS, EVERYONE, GROUPS, SAMPLE, NETWORK, NETWORK_SAMPLE = range(6)


class BeeState(NamedTuple):
    """What one bee shows: the option it holds (0 .. K - 1) and the payoff it last pulled there, in [0, 1]."""

    opinion: int
    payoff: float


# ---------------------------------------------------------------------------------------------------------------------
# Who hears whom


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Whom each bee of a hive hears; build it with `Neighbourhood.of`.

    Attributes:
        kind: One of this module's constants.
        population_size: N, bees in the hive.
        size: M, how many a bee hears at the most.
        starts: For a network, where each bee's neighbours start in `members`, shape (N + 1,); else empty.
        members: For a network, the neighbours of bee 0, then of bee 1, ..., dtype int32; else empty.
    """

    kind: int
    population_size: int
    size: int
    starts: np.ndarray
    members: np.ndarray

    @classmethod
    def of(cls, neighbourhood: Any, size: Any, population_size: int) -> "Neighbourhood":
        """Read the arguments `neighbourhood` and `neighbourhood_size` of a hive.

        Args:
            neighbourhood: "others" (M of the others, drawn afresh each step, uniformly, without replacement), "groups"
                (disjoint groups of M, a random partition each step, a bee hears all of its group, itself included),
                "everyone" (oneself included), a network by name ("ring:4", see `networks.network`; "complete" is "others") or
                a NetworkX graph with N nodes.
            size: M, or "all".  Among "others", "all", N - 1 and N all mean the N - 1 others.  On a network, M of a bee's
                neighbours there, or all of them.
            population_size: N.

        Raises:
            ValueError, TypeError: With the argument, its value and what is allowed.
        """
        n = population_size
        none = np.zeros(0, np.int32)
        if isinstance(neighbourhood, nx.Graph):
            return cls._on_network(neighbourhood, size, n)
        if isinstance(neighbourhood, str) and names_a_network(neighbourhood):
            if neighbourhood != "complete":
                return cls._on_network(network(neighbourhood, n), size, n)
            neighbourhood = "others"  # the same bees are heard, without N (N - 1) links to keep
        if neighbourhood == "others":
            m = n - 1 if size == "all" else _size(size, n, f"1 to {max(n - 1, 1)} or 'all'", n)
            return cls(OTHERS if m >= n - 1 else SAMPLE, n, min(m, n - 1), none, none)
        if neighbourhood == "everyone":
            if size != "all" and _size(size, n, f"'all' or {n}", n) != n:
                raise ValueError(
                    f"neighbourhood_size must be 'all' or {n} where every bee hears everyone, not {size!r}"
                )
            return cls(EVERYONE, n, n, none, none)
        if neighbourhood == "groups":
            m = n if size == "all" else _size(size, n, f"a divisor of {n}", n)
            if n % m:
                raise ValueError(
                    f"neighbourhood_size must divide the {n} bees into equal groups, which {m} does not"
                )
            return cls(GROUPS, n, m, none, none)
        names = ", ".join(map(repr, ("others", "groups", "everyone", *NETWORKS)))
        raise ValueError(
            f"neighbourhood must be {names} or a NetworkX graph, not {neighbourhood!r}"
        )

    @classmethod
    def _on_network(cls, graph: "nx.Graph[Any]", size: Any, n: int) -> "Neighbourhood":
        if graph.number_of_nodes() != n:
            raise ValueError(
                f"neighbourhood must be a graph with as many nodes as bees, {n}; this one has {graph.number_of_nodes()}"
            )
        place = {node: index for index, node in enumerate(graph.nodes)}
        heard = [
            [place[other] for other in graph.adj[node] if other != node] for node in graph.nodes
        ]
        starts = np.concatenate(([0], np.cumsum([len(row) for row in heard]))).astype(np.int64)
        members = np.array([bee for row in heard for bee in row], np.int32)
        largest = int(np.diff(starts).max(initial=0))
        m = largest if size == "all" else _size(size, n, f"1 to {max(n - 1, 1)} or 'all'", n)
        kind = NETWORK if m >= largest else NETWORK_SAMPLE
        return cls(kind, n, min(m, largest), starts, members)


def _size(value: Any, largest: int, allowed: str, n: int) -> int:
    message = f"neighbourhood_size must be {allowed} in a hive of {n} bees, not {value!r}"
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(message) if not isinstance(value, str | float) else ValueError(message)
    if not 1 <= operator.index(value) <= largest:
        raise ValueError(message)
    return operator.index(value)


class Scratch(NamedTuple):
    """Work space of one thread, reused from hive to hive and from step to step; nothing in it outlives a step.

    Attributes:
        order: A permutation of the bees (disjoint groups), shape (N,), or empty.
        heard: The bees that one bee hears (samples), as far as they have been asked for, shape (M,), or empty.
        slots: For which bee each of them was drawn, shape (M,), or empty.
        shuffle: Those drawn, or where a shuffle of all that can be heard is not the identity, shape (N,), or empty.
        cumulative: Cumulative payoffs of the bees, shape (N,).
        sums, counts: Payoff and bees per option, shape (K,).
        total: Payoff of all that are tallied, shape (1,).
        flags: Whether `sums` and `counts`, then `cumulative`, hold now; then the stamp of the bee that listens, how many it has
            asked for, among how many, and the state from which they are drawn, shape (6,).
        starts, members: The network, as in `Neighbourhood`.
        settings: kind, M, shape (2,).
        adopted: What each bee has decided, shape (N,).
    """

    order: np.ndarray
    heard: np.ndarray
    slots: np.ndarray
    shuffle: np.ndarray
    cumulative: np.ndarray
    sums: np.ndarray
    counts: np.ndarray
    total: np.ndarray
    flags: np.ndarray
    starts: np.ndarray
    members: np.ndarray
    settings: np.ndarray
    adopted: np.ndarray

    @classmethod
    def of(cls, neighbourhood: Neighbourhood, n_action: int) -> "Scratch":
        n, m, kind = neighbourhood.population_size, neighbourhood.size, neighbourhood.kind
        samples = kind in (SAMPLE, NETWORK_SAMPLE)
        return cls(
            order=np.zeros(n if kind == GROUPS else 0, np.int32),
            heard=np.zeros(m if samples else 0, np.int32),
            slots=np.zeros(m if samples else 0, np.int32),
            shuffle=np.zeros(n if samples else 0, np.int64),
            cumulative=np.zeros(n),
            sums=np.zeros(n_action),
            counts=np.zeros(n_action, np.int64),
            total=np.zeros(1),
            flags=np.zeros(6, np.int64),
            starts=neighbourhood.starts.astype(np.int64),
            members=neighbourhood.members,
            settings=np.array([kind, m], np.int64),
            adopted=np.zeros(n, np.int32),
        )


# ---------------------------------------------------------------------------------------------------------------------
# What a bee can ask: the interpreted side, one compiled call a question


class Neighbours:
    """The bees that one bee hears, as a rule's `decide` gets them."""

    __slots__ = ("_arrays", "_cursor", "_top")

    def __init__(
        self, opinions: np.ndarray, payoffs: np.ndarray, scratch: Scratch, stream: Stream
    ) -> None:
        self._arrays = (opinions, payoffs, scratch)
        self._cursor = np.zeros(6, np.int64)
        self._top = _begin(opinions, payoffs, scratch, stream.state)

    def listen(self, place: int, stream: Stream) -> tuple[int, BeeState]:
        """Draw whom the bee at this place of the order hears; returns the bee's index and what it shows."""
        bee = _listen(*self._arrays, self._top, self._cursor, place, stream.state)
        opinions, payoffs, _ = self._arrays
        return bee, BeeState(int(opinions[bee]), float(payoffs[bee]))

    @property
    def size(self) -> int:
        """How many bees are heard."""
        return int(self._cursor[1])

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, j: int) -> BeeState:
        """The j-th bee heard, j = 0 .. size - 1.

        Raises:
            IndexError: No such bee.
        """
        return BeeState(*_item(*self._arrays, self._top, self._cursor, j))

    def __iter__(self) -> Iterator[BeeState]:
        return (self[j] for j in range(self.size))

    def pick(self, rng: Stream) -> BeeState:
        """One of them, uniformly; the bee itself where it hears nobody."""
        return BeeState(*_pick(*self._arrays, self._top, self._cursor, rng.state))

    def pick_by_payoff(self, rng: Stream) -> BeeState:
        """One of them, with probability payoff / total payoff; the bee itself where all hear nothing but zero payoffs."""
        return BeeState(*_pick_by_payoff(*self._arrays, self._top, self._cursor, rng.state))

    def payoff_of(self, option: int) -> float:
        """The summed payoff of those who hold this option, 0.0 where nobody does."""
        return _payoff_of(*self._arrays, self._top, self._cursor, option)

    def count_of(self, option: int) -> int:
        """How many hold this option."""
        return _count_of(*self._arrays, self._top, self._cursor, option)

    @property
    def total_payoff(self) -> float:
        """The summed payoff of all of them."""
        return _total_payoff(*self._arrays, self._top, self._cursor)

    @property
    def n_action(self) -> int:
        """K, how many options there are."""
        return int(self._arrays[2].sums.size)


# ---------------------------------------------------------------------------------------------------------------------
# The same in compiled code: a value of pointers and numbers, no memory of its own

_i32, _i64, _f64 = (
    types.CPointer(types.int32),
    types.CPointer(types.int64),
    types.CPointer(types.float64),
)
NeighboursType, neighbours_type, _neighbours = define_struct(
    "Neighbours",
    {
        "_opinions": _i32,
        "_payoffs": _f64,
        "_order": _i32,
        "_heard": _i32,
        "_slots": _i32,
        "_shuffle": _i64,
        "_cumulative": _f64,
        "_sums": _f64,
        "_counts": _i64,
        "_total": _f64,
        "_flags": _i64,
        "_starts": _i64,
        "_graph": _i32,
        "_n": types.int64,
        "_kind": types.int64,
        "_m": types.int64,
        "_top": types.float64,  # no payoff in the hive is larger
        "n_action": types.int64,
        # from here on, of one bee
        "_me": types.int64,
        "size": types.int64,
        "_first": types.int64,  # where those heard start in the order or the graph
        "_drawn": types.boolean,  # those heard are drawn when they are asked for
        "_direct": types.boolean,  # those heard are 0 .. size - 1, from `_skip` on one more
        "_skip": types.int64,
        "_members": _i32,  # those heard, or among whom they are drawn, unless `_direct`
        "_one": types.int64,  # the one or two that are drawn at once, where they are so few
        "_two": types.int64,
    },
    __name__,
)
_TALLIED, _CUMULATED, _STAMP, _ASKED, _AMONG, _KEY = range(6)
_LOW = 2**32 - 1
_FEW = 5  # up to this neighbourhood size a bee drawn twice is found by looking through the others
_ATTEMPTS = 24  # rejections before `pick_by_payoff` goes over to cumulative sums


@compiled
def of_hive(opinions, payoffs, scratch):
    """The neighbours of nobody yet; `begin` and then `listen` follow."""
    return _neighbours(
        (
            pointer(opinions, 0),
            pointer(payoffs, 0),
            pointer(scratch.order, 0),
            pointer(scratch.heard, 0),
            pointer(scratch.slots, 0),
            pointer(scratch.shuffle, 0),
            pointer(scratch.cumulative, 0),
            pointer(scratch.sums, 0),
            pointer(scratch.counts, 0),
            pointer(scratch.total, 0),
            pointer(scratch.flags, 0),
            pointer(scratch.starts, 0),
            pointer(scratch.members, 0),
            payoffs.size,
            scratch.settings[0],
            scratch.settings[1],
            0.0,
            scratch.sums.size,
            0,
            0,
            0,
            False,
            False,
            0,
            pointer(scratch.heard, 0),
            0,
            0,
        )
    )


@method_of(NeighboursType)
def _with(self, top, me, size, first, drawn, one, two):
    kind = self._kind
    members = advance(self._order, first) if kind == GROUPS else advance(self._graph, first)
    return _neighbours(
        (
            self._opinions,
            self._payoffs,
            self._order,
            self._heard,
            self._slots,
            self._shuffle,
            self._cumulative,
            self._sums,
            self._counts,
            self._total,
            self._flags,
            self._starts,
            self._graph,
            self._n,
            self._kind,
            self._m,
            top,
            self.n_action,
            me,
            size,
            first,
            drawn,
            kind <= EVERYONE,
            me if kind == OTHERS else self._n,
            members,
            one,
            two,
        )
    )


@method_of(NeighboursType)
def begin(self, rng):
    """What is done once a step: the largest payoff, and the random partition into groups."""
    self._flags[_TALLIED] = 0
    self._flags[_CUMULATED] = 0
    n, payoffs = self._n, self._payoffs
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
        for i in range(n - 1, 0, -1):
            j = rng.integers(i + 1)
            order[i], order[j] = order[j], order[i]
    return self._with(top, 0, 0, 0, False, 0, 0)


@method_of(NeighboursType)
def listen(self, place, rng):
    """Draw whom the bee at this place of the order hears."""
    kind, m = self._kind, self._m
    if kind <= EVERYONE:
        return self._with(self._top, place, m, 0, False, 0, 0)
    if kind == GROUPS:
        first = place - place % m
        if place == first:
            self._flags[_TALLIED] = 0
        return self._with(self._top, np.int64(self._order[place]), m, first, False, 0, 0)
    flags = self._flags
    flags[_TALLIED] = 0
    start, among = np.int64(0), self._n - 1
    if kind != SAMPLE:
        start = self._starts[place]
        among = self._starts[place + 1] - start
        if among <= m:
            return self._with(self._top, place, among, start, False, 0, 0)
    if m <= 2:
        one, two = _two_below(rng, among)
        if kind == SAMPLE:
            return self._with(
                self._top, place, m, start, True, one + (one >= place), two + (two >= place)
            )
        return self._with(
            self._top,
            place,
            m,
            start,
            True,
            np.int64(self._graph[start + one]),
            np.int64(self._graph[start + two]),
        )
    # Whom it hears is settled by one number from here on; who they are is worked out as far as the rule asks.
    flags[_STAMP] += 1
    if flags[_STAMP] == 2**31:
        for i in range(m):
            self._slots[i] = 0
        for i in range(self._n):
            self._shuffle[i] = 0
        flags[_STAMP] = 1
    flags[_ASKED], flags[_AMONG], flags[_KEY] = 0, among, np.int64(rng._bits())
    return self._with(self._top, place, m, start, True, 0, 0)


@compiled
def _two_below(rng, n):
    """Two different numbers from 0 .. n - 1 (n at least 2), uniformly, from one draw: the two digits of a number below n (n - 1).

    Draws that would favour some pairs are drawn again, as in `Stream.integers`.
    """
    first, second = np.uint64(n), np.uint64(n - 1)
    pairs = first * second
    while True:
        one, fraction = multiply_high_low(rng._bits(), first)
        two, fraction = multiply_high_low(fraction, second)
        if fraction >= pairs or fraction >= (np.uint64(0) - pairs) % pairs:
            return np.int64(one), np.int64(two + (two >= one))


@method_of(NeighboursType)
def _member(self, j):
    """The index of the j-th bee heard."""
    if self._direct:
        return j + (j >= self._skip)
    if not self._drawn:
        return np.int64(self._members[j])
    if self._m <= 2:
        return self._one if j == 0 else self._two
    if np.int64(self._slots[j]) != self._flags[_STAMP]:
        self._draw(j)
    return np.int64(self._heard[j])


@method_of(NeighboursType)
def _draw(self, j):
    """Draw the j-th bee heard, different from those drawn before, from the state that `listen` has drawn."""
    flags, shuffle = self._flags, self._shuffle
    asked, among = flags[_ASKED], flags[_AMONG]
    if self._m <= _FEW:  # again and again until it is another one
        drawn, fresh = among, False
        while not fresh:
            drawn, fresh = self._below(among), True
            for i in range(asked):
                fresh &= shuffle[i] != drawn
        shuffle[asked] = drawn
    else:  # the next place of a shuffle (Fisher & Yates), of which only what differs from the identity is kept
        stamp, place = flags[_STAMP], asked + self._below(among - asked)
        here, there = shuffle[asked], shuffle[place]
        first = here & _LOW if here >> 32 == stamp else asked
        drawn = there & _LOW if there >> 32 == stamp else place
        shuffle[place] = (stamp << 32) | first
    flags[_ASKED] = asked + 1
    self._slots[j] = flags[_STAMP]
    self._heard[j] = drawn + (drawn >= self._me) if self._kind == SAMPLE else self._members[drawn]


@method_of(NeighboursType)
def _below(self, n):
    """Uniform on 0 .. n - 1 by splitmix64 (Steele, Lea & Flood, OOPSLA 2014); no number is favoured, as in `Stream.integers`."""
    state, bound = np.uint64(self._flags[_KEY]), np.uint64(n)
    while True:
        state += np.uint64(0x9E3779B97F4A7C15)
        bits = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        whole, fraction = multiply_high_low(bits ^ (bits >> np.uint64(31)), bound)
        if fraction >= bound or fraction >= (np.uint64(0) - bound) % bound:
            self._flags[_KEY] = np.int64(state)
            return np.int64(whole)


@method_of(NeighboursType)
def _show(self, bee):
    return BeeState(np.int64(steady_load(self._opinions, bee)), self._payoffs[bee])


@operation_of(NeighboursType, len)
def _length(self):
    return self.size


@operation_of(NeighboursType, operator.getitem)
def _item_of(self, j):
    if j < 0 or j >= self.size:
        raise IndexError("neighbours[j]: j must be 0 .. neighbours.size - 1")
    return self._show(self._member(np.int64(j)))


iterated_as(neighbours_type, types.NamedTuple((types.int64, types.float64), BeeState))


@method_of(NeighboursType)
def pick(self, rng):
    if self.size == 0:
        return self._show(self._me)
    return self._show(self._member(rng.integers(self.size)))


@method_of(NeighboursType)
def pick_by_payoff(self, rng):
    if self.size == 0 or self._top <= 0.0:
        return self._show(self._me)
    if self.size <= 2:
        one, two = self._member(0), self._member(self.size - 1)
        total = self._payoffs[one] + self._payoffs[two]
        if total <= 0.0:
            return self._show(self._me)
        return self._show(one if rng.random() * total < self._payoffs[one] else two)
    for _ in range(_ATTEMPTS):
        j, fraction = rng._split(self.size)
        bee = self._member(j)
        if fraction * self._top < self._payoffs[bee]:
            return self._show(bee)
    return self._show(self._search(rng))


@method_of(NeighboursType)
def _search(self, rng):
    """Pick by payoff where most payoffs are small against the largest: exact, and never long."""
    if self._kind > GROUPS:
        total = 0.0
        for j in range(self.size):
            total += self._payoffs[self._member(j)]
        if total <= 0.0:
            return self._me
        left = rng.random() * total
        bee = self._me
        for j in range(self.size):
            candidate = self._member(j)
            if self._payoffs[candidate] > 0.0:
                bee = candidate
                left -= self._payoffs[candidate]
                if left < 0.0:
                    break
        return bee
    cumulative = self._cumulative
    if self._flags[_CUMULATED] == 0:
        total = 0.0
        for place in range(self._n):
            total += self._payoffs[np.int64(self._order[place]) if self._kind == GROUPS else place]
            cumulative[place] = total
        self._flags[_CUMULATED] = 1
    skip = self._kind == OTHERS
    low, high = self._first, self._first + self.size + skip
    floor = cumulative[low - 1] if low > 0 else 0.0
    below, above = cumulative[high - 1] - floor, 0.0
    if skip:
        below = (cumulative[self._me - 1] if self._me > 0 else 0.0) - floor
        above = cumulative[high - 1] - cumulative[self._me]
    if below + above <= 0.0:
        return self._me
    while True:
        target = rng.random() * (below + above)
        if target < below:
            left, right, target = low, (self._me if skip else high), target + floor
        else:
            left, right, target = self._me + 1, high, target - below + cumulative[self._me]
        end = right
        while left < right:
            middle = (left + right) >> 1
            if cumulative[middle] > target:
                right = middle
            else:
                left = middle + 1
        if left < end:
            return np.int64(self._order[left]) if self._kind == GROUPS else left


@compiled
def _tally(self):
    for option in range(self.n_action):
        self._sums[option] = 0.0
        self._counts[option] = 0
    total = 0.0
    others = self._kind == OTHERS  # tallied with the bee itself, once for all bees
    for j in range(self.size + others):
        bee = j if others else self._member(j)
        self._sums[self._opinions[bee]] += self._payoffs[bee]
        self._counts[self._opinions[bee]] += 1
        total += self._payoffs[bee]
    self._total[0] = total
    self._flags[_TALLIED] = 1


@method_of(NeighboursType)
def count_of(self, option):
    if option < 0 or option >= self.n_action:
        raise IndexError("count_of(option): option must be 0 .. n_action - 1")
    if self._flags[_TALLIED] == 0:
        _tally(self)
    return self._counts[option] - (self._kind == OTHERS and self._opinions[self._me] == option)


@method_of(NeighboursType)
def payoff_of(self, option):
    if option < 0 or option >= self.n_action:
        raise IndexError("payoff_of(option): option must be 0 .. n_action - 1")
    if self._flags[_TALLIED] == 0:
        _tally(self)
    if self._kind == OTHERS and self._opinions[self._me] == option:
        return (
            max(self._sums[option] - self._payoffs[self._me], 0.0)
            if self._counts[option] > 1
            else 0.0
        )
    return self._sums[option]


@property_of(NeighboursType)
def total_payoff(self):
    if self.size == 0:
        return 0.0
    if self._flags[_TALLIED] == 0:
        _tally(self)
    return max(self._total[0] - (self._payoffs[self._me] if self._kind == OTHERS else 0.0), 0.0)


# ---------------------------------------------------------------------------------------------------------------------
# The bridge: what the interpreted side calls


@compiled
def _begin(opinions, payoffs, scratch, state):
    return of_hive(opinions, payoffs, scratch).begin(stream_on(state, 0))._top


@compiled
def _listen(opinions, payoffs, scratch, top, cursor, place, state):
    hive = of_hive(opinions, payoffs, scratch)._with(top, 0, 0, 0, False, 0, 0)
    heard = hive.listen(place, stream_on(state, 0))
    cursor[0], cursor[1], cursor[2], cursor[3] = heard._me, heard.size, heard._first, heard._drawn
    cursor[4], cursor[5] = heard._one, heard._two
    return heard._me


@compiled
def _again(opinions, payoffs, scratch, top, cursor):
    """The neighbours that `_listen` drew last."""
    return of_hive(opinions, payoffs, scratch)._with(
        top, cursor[0], cursor[1], cursor[2], cursor[3] != 0, cursor[4], cursor[5]
    )


@compiled
def _item(opinions, payoffs, scratch, top, cursor, j):
    return _again(opinions, payoffs, scratch, top, cursor)[j]


@compiled
def _pick(opinions, payoffs, scratch, top, cursor, state):
    return _again(opinions, payoffs, scratch, top, cursor).pick(stream_on(state, 0))


@compiled
def _pick_by_payoff(opinions, payoffs, scratch, top, cursor, state):
    return _again(opinions, payoffs, scratch, top, cursor).pick_by_payoff(stream_on(state, 0))


@compiled
def _payoff_of(opinions, payoffs, scratch, top, cursor, option):
    return _again(opinions, payoffs, scratch, top, cursor).payoff_of(option)


@compiled
def _count_of(opinions, payoffs, scratch, top, cursor, option):
    return _again(opinions, payoffs, scratch, top, cursor).count_of(option)


@compiled
def _total_payoff(opinions, payoffs, scratch, top, cursor):
    return _again(opinions, payoffs, scratch, top, cursor).total_payoff
