"""One pull, and the workspace of a learner's step.

Knows: these records, each defined once.  Does not know: how they are used.
"""

from typing import NamedTuple

import numpy as np

from hivemind_abm.engine.structs import Integers, Reals, Table

__all__ = ["PARTS", "Pull", "Workspace"]

PARTS = 128  # parts of [0, 1]; for each, `Workspace.guide` has the option where a search starts


class Pull(NamedTuple):
    """One pull.

    Attributes:
        option: The option, 0 .. K - 1.
        reward: Its reward, in [0, 1].
    """

    option: int
    reward: float


class Workspace(NamedTuple):
    """The work arrays of a batch of learners.

    Attributes:
        memory: Each learner's own numbers, shape (R, any).
        clock: The number of updates so far, -1 before the first pulls, shape (1,).
        sums: Rewards per option of the current learner, in the first K of 4 K places, shape (4 K,).
        counts: Its pulls per option, shape (K,).
        tallied: Whether `sums` is up to date, then whether `counts` is, shape (2,).
        cumulative: Its cumulative policy, shape (K,).
        guide: For each part of [0, 1], the option where a search in `cumulative` starts, shape
            (PARTS,).
    """

    memory: Table
    clock: Integers
    sums: Reals
    counts: Integers
    tallied: Integers
    cumulative: Reals
    guide: Integers

    @classmethod
    def of(cls, runs: int, n_action: int, memory_size: int) -> "Workspace":
        """New work arrays.

        Args:
            runs: R.
            n_action: K.
            memory_size: The number of a learner's own numbers.
        """
        return cls(
            memory=np.zeros((runs, memory_size)),
            clock=np.full(1, -1, np.int64),
            sums=np.zeros(4 * n_action),
            counts=np.zeros(n_action, np.int64),
            tallied=np.zeros(2, np.int64),
            cumulative=np.zeros(n_action),
            guide=np.zeros(PARTS, np.int64),
        )
