"""What one bee shows and keeps, the arrays that hold it for a hive, and the workspace of a step.

Knows: these records, each defined once.  A new field that a bee shows is one line in `BeeState`.
Does not know: how they are used.
"""

from typing import Any, NamedTuple

import numpy as np

from hivemind_abm.engine.structs import Int32, Integers, Integers32, Reals, columns_of
from hivemind_abm.hives.neighbourhood import GROUPS, NETWORK_SAMPLE, SAMPLE, Neighbourhood

__all__ = ["BEYOND", "BeeState", "BeeView", "Bees", "Private", "Workspace"]

_NO_MEMORY = np.zeros(0)
LISTED = 16  # candidates at the end of `Workspace.shuffle`
MOST_ROWS = 64  # of `Workspace.kept`
# Words kept after a hive's neighbours, for rules that look beyond it: an address and the run.
BEYOND = 2


class BeeState(NamedTuple):
    """What one bee shows to the others.

    Attributes:
        opinion: The option that it holds, 0 .. K - 1; K for none.
        payoff: The payoff that the others see, in [0, 1].
    """

    opinion: Int32
    payoff: float


class BeeView(BeeState):
    """A bee as a rule's methods get it in plain Python.

    Attributes:
        opinion: The option that it holds, 0 .. K - 1; K for none.
        payoff: The payoff that it last pulled; for another bee, the payoff that it shows.
        memory: Its own numbers, shape (memory_size,); empty for another bee, whose memory is
            private.
        step: The number of the step that is being made; 0 while the hive is built.
    """

    memory: np.ndarray
    step: int

    @classmethod
    def of(cls, opinion: int, payoff: float, step: int, memory: Any = _NO_MEMORY) -> "BeeView":
        """A bee with these numbers."""
        view = cls(opinion, payoff)
        view.memory, view.step = memory, step
        return view


# The arrays of one hive: one for each field of `BeeState`, with the same name, shape (N,).
Bees = columns_of(BeeState, "Bees", __name__)


class Private(NamedTuple):
    """What only the bees themselves know, in one hive.

    Attributes:
        reward: The payoffs that they last pulled, shape (N,).
        memory: Their own numbers, shape (N * width,), bee by bee.
        follows: The number of each bee's rule, shape (N,); empty where all follow the same.
        width: The largest memory of the hive's rules.
        step: The number of the step that is being made.
        none: 1 where a bee may hold no option, else 0.
    """

    reward: Reals
    memory: Reals
    follows: Integers32
    width: int
    step: int
    none: int


class Workspace(NamedTuple):
    """The work arrays of one thread.

    They are used again for each hive and each step; no result depends on what was left in them.

    Attributes:
        order: A permutation of the bees, shape (N,); empty unless there are disjoint groups.
        heard: The sampled neighbours of one bee, filled in as the rule asks for them, shape (M,);
            empty unless neighbours are sampled.
        slots: The stamp of the bee for which each entry of `heard` was drawn, shape (M,), or empty.
        shuffle: Marks at the candidates drawn, or where a shuffle of all candidates differs from
            the identity, see `listening.another`; after these N, the candidates drawn first, where
            one that is drawn again is replaced; shape (N + LISTED,), or empty.
        cumulative: Cumulative payoffs of the bees, shape (N,).
        sums, counts: Payoff and number of bees per option, shape (K,), with one place more where
            a bee may hold no option.
        dancing: The number of bees per option that show a payoff above 0, shape as `counts`; kept
            only where bees decide one at a time and hear everyone.
        total: The payoff of all bees in `sums`, shape (1,).
        top: The largest payoff that a bee shows, or a number above it, shape (1,).
        flags: Whether `sums` and `counts` are up to date; whether `cumulative` is; then for sampled
            neighbours the stamp of the listening bee, how many neighbours are drawn, from how many
            candidates, and the state of the generator that draws them; then the group that `sums`
            and `counts` are of; then the number of the pass in which bees of one rule decide,
            shape (8,).
        starts, graph: The network: `starts` and `members` of the `Neighbourhood`.
        settings: The kind of neighbourhood, M, and whether bees decide one at a time, shape (3,).
        held: The number of bees that hold each option, shape as `counts`; kept only where bees
            decide one at a time.
        kept: Rows of numbers that a rule works out for a bee, and keeps for the bees after it where
            all hear the same, shape (rows * (options + 1),).  `options` is the size of `counts`;
            there is a row for each of them, or only one row if there are more than 64.  The last
            number of a row is that of the pass in which it was kept.
        adopted: What each bee has decided, shape (N,).
    """

    order: Integers32
    heard: Integers32
    slots: Integers32
    shuffle: Integers
    cumulative: Reals
    sums: Reals
    counts: Integers
    dancing: Integers
    total: Reals
    top: Reals
    flags: Integers
    starts: Integers
    graph: Integers32
    settings: Integers
    held: Integers
    kept: Reals
    adopted: Integers32

    @classmethod
    def of(
        cls, neighbourhood: Neighbourhood, n_action: int, one_at_a_time: bool = False
    ) -> "Workspace":
        """New work arrays.

        Args:
            neighbourhood: Which bees a bee hears.
            n_action: K, or K + 1 where a bee may hold no option.
            one_at_a_time: Whether bees decide one at a time.
        """
        n, m, kind = neighbourhood.population_size, neighbourhood.size, neighbourhood.kind
        samples = kind in (SAMPLE, NETWORK_SAMPLE)
        return cls(
            order=np.zeros(n if kind == GROUPS else 0, np.int32),
            heard=np.zeros(m if samples else 0, np.int32),
            slots=np.zeros(m if samples else 0, np.int32),
            shuffle=np.zeros(n + LISTED if samples else 0, np.int64),
            cumulative=np.zeros(n),
            sums=np.zeros(n_action),
            counts=np.zeros(n_action, np.int64),
            dancing=np.zeros(n_action, np.int64),
            total=np.zeros(1),
            top=np.zeros(1),
            flags=np.zeros(8, np.int64),
            starts=neighbourhood.starts.astype(np.int64, copy=False),
            graph=neighbourhood.members,
            settings=np.array([kind, m, one_at_a_time], np.int64),
            held=np.zeros(n_action, np.int64),
            kept=np.zeros((n_action if n_action <= MOST_ROWS else 1) * (n_action + 1)),
            adopted=np.zeros(n, np.int32),
        )
