"""The neighbours of one bee, as a rule's `decide` gets them in plain Python.

Knows: the questions that a rule may ask.  Each is one call of the compiled code, so that both modes
give the same numbers.  Does not know: how neighbours are drawn.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hivemind_abm.checks import as_index
from hivemind_abm.engine.intrinsics import pointer
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.stream import Stream, stream_on
from hivemind_abm.engine.structs import Integers32, with_fields
from hivemind_abm.hives.bees import Bees, BeeState, Workspace
from hivemind_abm.hives.neighbours_compiled import (
    load_neighbours,
    neighbours_struct,
    of_hive,
    save_neighbours,
)

__all__ = ["Neighbours"]

_WORD = {name: place for place, name in enumerate(neighbours_struct.members)}


class Neighbours:
    """The bees that one bee hears, as a rule's `decide` gets them.

    Args:
        bees: The hive's arrays.
        workspace: Work arrays for its neighbourhood.
        rng: The hive's stream; a random partition into groups is drawn from it.

    Attributes:
        size: The number of neighbours.
        n_action: K, the number of options.
    """

    __slots__ = ("_bees", "_me", "_words", "_workspace", "n_action", "size")

    size: int
    n_action: int

    def __init__(self, bees: Bees, workspace: Workspace, rng: Stream) -> None:
        self._bees, self._workspace = bees, workspace  # compiled code holds only addresses
        self._words = np.zeros(len(_WORD), np.int64)
        self._me = self.size = 0
        self.n_action = workspace.sums.size
        _begin(self._words, bees, workspace, rng.state)

    def listen(self, place: int, rng: Stream) -> "Neighbours":
        """Make this object the neighbours of one bee.

        Args:
            place: The bee's position in the order in which bees decide.
            rng: The hive's stream; the neighbours are drawn from it.

        Returns:
            This object.
        """
        _listen(self._words, place, rng.state)
        self._me, self.size = self._words.item(_WORD["_me"]), self._words.item(_WORD["size"])
        return self

    def with_opinions(self, opinions: np.ndarray) -> "Neighbours":
        """The same bees as if they held other opinions, shape (N,), dtype int32."""
        others = Neighbours.__new__(Neighbours)
        others._bees, others._workspace = self._bees._replace(opinion=opinions), self._workspace
        others._me, others.size, others.n_action = self._me, self.size, self.n_action
        others._words = self._words.copy()
        _hold(others._words, _Opinions(opinions))
        return others

    @property
    def _bee(self) -> BeeState:
        """What the listening bee shows."""
        return BeeState._make([column.item(self._me) for column in self._bees])

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, j: int) -> BeeState:
        """The j-th neighbour, j = 0 .. size - 1.

        Raises:
            IndexError: There is no such neighbour.
        """
        return _item(self._words, as_index("neighbours[j]: j", j))

    def __iter__(self) -> Iterator[BeeState]:
        return (self[j] for j in range(self.size))

    def pick(self, rng: Stream) -> BeeState:
        """One neighbour, drawn uniformly; the bee itself if it hears nobody."""
        return _pick(self._words, rng.state)

    def pick_by_payoff(self, rng: Stream) -> BeeState:
        """One neighbour, drawn with probability payoff / total payoff.

        It is the bee itself if all payoffs that it hears are zero.
        """
        return _pick_by_payoff(self._words, rng.state)

    def payoff_of(self, option: int) -> float:
        """The summed payoff of the neighbours that hold this option; 0.0 if there are none.

        Raises:
            IndexError: There is no such option.
        """
        return _payoff_of(self._words, as_index("payoff_of(option): option", option))

    def count_of(self, option: int) -> int:
        """The number of neighbours that hold this option.

        Raises:
            IndexError: There is no such option.
        """
        return _count_of(self._words, as_index("count_of(option): option", option))

    @property
    def total_payoff(self) -> float:
        """The summed payoff of all neighbours."""
        return _total_payoff(self._words)


class _Opinions(NamedTuple):
    opinion: Integers32


@compiled
def _begin(words, bees, workspace, state):
    save_neighbours(of_hive(bees, workspace).begin(stream_on(state, 0)), pointer(words, 0))


@compiled
def _listen(words, place, state):
    address = pointer(words, 0)
    save_neighbours(load_neighbours(address).listen(place, stream_on(state, 0)), address)


@compiled
def _hold(words, opinions):
    address = pointer(words, 0)
    save_neighbours(with_fields(load_neighbours(address), opinions), address)


@compiled
def _item(words, j):
    return load_neighbours(pointer(words, 0))[j]


@compiled
def _pick(words, state):
    return load_neighbours(pointer(words, 0)).pick(stream_on(state, 0))


@compiled
def _pick_by_payoff(words, state):
    return load_neighbours(pointer(words, 0)).pick_by_payoff(stream_on(state, 0))


@compiled
def _payoff_of(words, option):
    return load_neighbours(pointer(words, 0)).payoff_of(option)


@compiled
def _count_of(words, option):
    return load_neighbours(pointer(words, 0)).count_of(option)


@compiled
def _total_payoff(words):
    return load_neighbours(pointer(words, 0)).total_payoff
