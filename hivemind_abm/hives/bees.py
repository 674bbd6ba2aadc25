"""What one bee shows, the arrays that hold it for all bees of a hive, and the workspace of a step.

Knows: these records, each defined once.  A new field of a bee is one line in `BeeState`.  Does not
know: how they are used.
"""

from typing import NamedTuple

import numpy as np

from hivemind_abm.engine.structs import Int32, Integers, Integers32, Reals, columns_of
from hivemind_abm.hives.neighbourhood import GROUPS, NETWORK_SAMPLE, SAMPLE, Neighbourhood

__all__ = ["BeeState", "Bees", "Workspace"]


class BeeState(NamedTuple):
    """What one bee shows.

    Attributes:
        opinion: The option that it holds, 0 .. K - 1.
        payoff: The payoff that it last pulled there, in [0, 1].
    """

    opinion: Int32
    payoff: float


# The arrays of one hive: one for each field of `BeeState`, with the same name, shape (N,).
Bees = columns_of(BeeState, "Bees", __name__)


class Workspace(NamedTuple):
    """The work arrays of one thread.

    They are used again for each hive and each step; no result depends on what was left in them.

    Attributes:
        order: A permutation of the bees, shape (N,); empty unless there are disjoint groups.
        heard: The sampled neighbours of one bee, filled in as the rule asks for them, shape (M,);
            empty unless neighbours are sampled.
        slots: The stamp of the bee for which each entry of `heard` was drawn, shape (M,), or empty.
        shuffle: The neighbours drawn so far, or where a shuffle of all candidates differs from the
            identity, shape (N,), or empty.
        cumulative: Cumulative payoffs of the bees, shape (N,).
        sums, counts: Payoff and number of bees per option, shape (K,).
        total: The payoff of all bees in `sums`, shape (1,).
        flags: Whether `sums` and `counts` are up to date; whether `cumulative` is; then for sampled
            neighbours the stamp of the listening bee, how many neighbours are drawn, from how many
            candidates, and the state of the generator that draws them, shape (6,).
        starts, graph: The network: `starts` and `members` of the `Neighbourhood`.
        settings: The kind of neighbourhood and M, shape (2,).
        adopted: What each bee has decided, shape (N,).
    """

    order: Integers32
    heard: Integers32
    slots: Integers32
    shuffle: Integers
    cumulative: Reals
    sums: Reals
    counts: Integers
    total: Reals
    flags: Integers
    starts: Integers
    graph: Integers32
    settings: Integers
    adopted: Integers32

    @classmethod
    def of(cls, neighbourhood: Neighbourhood, n_action: int) -> "Workspace":
        """New work arrays.

        Args:
            neighbourhood: Which bees a bee hears.
            n_action: K.
        """
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
            graph=neighbourhood.members,
            settings=np.array([kind, m], np.int64),
            adopted=np.zeros(n, np.int32),
        )
