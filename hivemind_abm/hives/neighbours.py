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
from hivemind_abm.engine.numbers import as_numbers
from hivemind_abm.engine.stream import Stream, stream_on
from hivemind_abm.engine.structs import Integers32, with_fields
from hivemind_abm.hives.bees import BEYOND, Bees, BeeView, Private, Workspace
from hivemind_abm.hives.neighbourhood import GROUPS
from hivemind_abm.hives.neighbours_compiled import (
    load_neighbours,
    neighbours_struct,
    of_workspace,
    save_neighbours,
)
from hivemind_abm.hives.neighbours_struct import PASS

__all__ = ["Neighbours"]

_WORD = {name: place for place, name in enumerate(neighbours_struct.members)}


class Neighbours:
    """The bees that one bee hears, as a rule's `decide` gets them.

    Args:
        bees: The hive's arrays.
        private: What only the bees themselves know.
        workspace: Work arrays for its neighbourhood.
        shares: The share of each option, shape (K,); used where bees decide one at a time.
        rng: The hive's stream; a random partition into groups is drawn from it.

    Attributes:
        size: The number of neighbours.
        n_action: K, the number of options.
    """

    __slots__ = (
        "_adopted",
        "_bees",
        "_follows",
        "_grouped",
        "_me",
        "_opinion",
        "_options",
        "_own",
        "_payoff",
        "_private",
        "_words",
        "_workspace",
        "n_action",
        "size",
    )

    size: int
    n_action: int

    def __init__(
        self,
        bees: Bees,
        private: Private,
        workspace: Workspace,
        shares: np.ndarray,
        rng: Stream,
    ) -> None:
        self._bees, self._private, self._workspace = bees, private, workspace
        # only addresses: the arrays must live on
        self._words = np.zeros(len(_WORD) + BEYOND, np.int64)
        self._opinion, self._payoff, self._follows = bees.opinion, bees.payoff, private.follows
        self._adopted, self._grouped = workspace.adopted, workspace.settings[0] == GROUPS
        self._options = workspace.sums.size
        self._me = self.size = self._own = 0
        self.n_action = self._options - private.none
        _begin(self._words, bees, private, workspace, shares, rng.state)

    def of_rule(self, own: int) -> "Neighbours":
        """This object, for bees that keep `own` numbers each; a new pass over bees begins."""
        self._own = own
        self._workspace.flags[PASS] += 1
        return self

    def at(self, place: int) -> int:
        """The index of the bee at position `place` of the order in which bees decide."""
        return self._workspace.order.item(place) if self._grouped else place

    def turn(self, rng: Stream) -> tuple[int, int]:
        """Draw the bee, or the group, that is next: its first position, and the one after it."""
        return _turn(self._words, rng.state)

    def adopt_one(self, bee: int, shares: np.ndarray) -> None:
        """One bee adopts what it has decided; `shares`, shape (K,), follow."""
        _adopt_one(self._words, bee, shares)

    def replaced(self, bee: int, opinion: int, payoff: float) -> None:
        """Update what is kept in a step, after a bee that showed these has shown something new."""
        _replaced(self._words, bee, opinion, payoff)

    def of_bee(self, bee: int) -> BeeView:
        """A bee as it is to itself."""
        private, start = self._private, bee * self._private.width
        memory = as_numbers(private.memory[start : start + self._own])
        opinion, reward = self._opinion.item(bee), private.reward.item(bee)
        return BeeView.of(opinion, reward, private.step, memory)

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
        for name in Neighbours.__slots__:
            setattr(others, name, getattr(self, name))
        others._bees, others._opinion = self._bees._replace(opinion=opinions), opinions
        others._words = self._words.copy()
        _hold(others._words, _Opinions(opinions))
        return others

    @property
    def _bee(self) -> BeeView:
        """The listening bee, as it is to itself."""
        return self.of_bee(self._me)

    def _show(self, shown: tuple[int, float]) -> BeeView:
        return BeeView.of(*shown, self._private.step)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, j: int) -> BeeView:
        """The j-th neighbour, j = 0 .. size - 1.

        Raises:
            IndexError: There is no such neighbour.
        """
        return self._show(_item(self._words, as_index("neighbours[j]: j", j)))

    def __iter__(self) -> Iterator[BeeView]:
        return (self[j] for j in range(self.size))

    def pick(self, rng: Stream) -> BeeView:
        """One neighbour, drawn uniformly; the bee itself if it hears nobody."""
        return self._show(_pick(self._words, rng.state))

    def pick_by_payoff(self, rng: Stream) -> BeeView:
        """One neighbour, drawn with probability payoff / total payoff.

        It is the bee itself if all payoffs that it hears are zero.
        """
        return self._show(_pick_by_payoff(self._words, rng.state))

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
def _begin(words, bees, private, workspace, shares, state):
    neighbours = of_workspace(workspace, bees.payoff.size, private.none).of_hive(bees, private)
    save_neighbours(neighbours, pointer(words, 0))
    neighbours.begin(stream_on(state, 0))
    if workspace.settings[2]:
        neighbours.count_held(shares)


@compiled
def _turn(words, state):
    return load_neighbours(pointer(words, 0)).turn(stream_on(state, 0))


@compiled
def _adopt_one(words, bee, shares):
    load_neighbours(pointer(words, 0)).adopt_one(bee, pointer(shares, 0), True)


@compiled
def _replaced(words, bee, opinion, payoff):
    load_neighbours(pointer(words, 0)).replaced(bee, opinion, payoff)


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
    bee = load_neighbours(pointer(words, 0))[j]
    return bee.opinion, bee.payoff


@compiled
def _pick(words, state):
    bee = load_neighbours(pointer(words, 0)).pick(stream_on(state, 0))
    return bee.opinion, bee.payoff


@compiled
def _pick_by_payoff(words, state):
    bee = load_neighbours(pointer(words, 0)).pick_by_payoff(stream_on(state, 0))
    return bee.opinion, bee.payoff


@compiled
def _payoff_of(words, option):
    return load_neighbours(pointer(words, 0)).payoff_of(option)


@compiled
def _count_of(words, option):
    return load_neighbours(pointer(words, 0)).count_of(option)


@compiled
def _total_payoff(words):
    return load_neighbours(pointer(words, 0)).total_payoff
