"""Where a Markov chain ends, and when, or where it stays, without loss of digits.

Knows: the chances of one step, as a matrix.  Does not know: where they come from.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse.csgraph import connected_components

__all__ = ["SEVERAL_SETS", "TOO_LONG", "Ends", "Exits", "ends_of", "leave", "stationary"]

_SMALLEST_EXIT = 1e-290  # chance to leave a state; below this, floating-point numbers end
TOO_LONG = (
    "population_size must be smaller here: "
    f"consensus would take more than {1 / _SMALLEST_EXIT:.0e} steps"
)
SEVERAL_SETS = (
    "the hive must have one set of states that it never leaves, for a stationary distribution; "
    "this one has {}"
)


class Ends(NamedTuple):
    """How a hive ends from each of S states.

    Attributes:
        probabilities: The probability to end in consensus on each option, shape (S, K).
        times: The expected number of steps to any consensus, shape (S,).  Infinity where the hive
            may never end.
    """

    probabilities: np.ndarray
    times: np.ndarray


class Exits(NamedTuple):
    """How a chain leaves a set of S states by M exits.

    Attributes:
        probabilities: The probability of each exit, shape (S, M).
        costs: The expected sum of the costs of all visits before it, shape (S,).
    """

    probabilities: np.ndarray
    costs: np.ndarray


def ends_of(transition: np.ndarray, consensus: list[int | None]) -> Ends:
    """How a hive ends from each state of the chain of its counts.

    Args:
        transition: [s, t] is the chance to go from state s to state t in one step, shape (S, S).
        consensus: For each option, the index of the state in which all bees hold it; None where the
            hive does not stay in that consensus.

    Raises:
        ValueError: Consensus takes longer than floating-point numbers can express.
    """
    size, k = len(transition), len(consensus)
    options = [a for a, state in enumerate(consensus) if state is not None]
    targets = [state for state in consensus if state is not None]
    probabilities, times = np.zeros((size, k)), np.zeros(size)
    probabilities[targets, options] = 1.0
    can_end = _leading_to(targets, transition)
    never = ~can_end
    times[never] = np.inf
    can_end[targets] = False
    inner = np.flatnonzero(can_end)
    if inner.size:
        rows = transition[inner]
        chances = np.column_stack([rows[:, targets], rows[:, never].sum(axis=1)])
        exits = leave(rows[:, inner], chances, np.ones(inner.size))
        probabilities[np.ix_(inner, options)] = exits.probabilities[:, :-1]
        times[inner] = np.where(exits.probabilities[:, -1] > 0.0, np.inf, exits.costs)
    return Ends(probabilities, times)


def _leading_to(targets: list[int], transition: np.ndarray) -> np.ndarray:
    """Whether each state can reach any of the targets, shape (S,)."""
    reaching = np.zeros(len(transition), bool)
    reaching[targets] = True
    while (more := (transition[:, reaching] > 0.0).any(axis=1) & ~reaching).any():
        reaching |= more
    return reaching


def leave(inner: np.ndarray, exits: np.ndarray, costs: np.ndarray) -> Exits:
    """How a chain leaves a set of states, (I - inner)^-1 [exits, costs].

    Nothing is subtracted, so no digits are lost however long the chain stays (Grassmann, Taksar &
    Heyman, Oper. Res. 33, 1985).

    Args:
        inner: The chances within the set, shape (S, S).  The diagonal is not used: the other
            chances of a row determine it.
        exits: The chance to leave by each exit, shape (S, M).
        costs: The cost of a visit to each state, shape (S,).

    Raises:
        ValueError: The stay is longer than floating-point numbers can express.
    """
    solution = _eliminate(inner, np.column_stack([exits, costs]))
    return Exits(solution[:, :-1], solution[:, -1])


def _eliminate(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Solve for all columns of `outer`, of which the last holds the costs, shape (S, M + 1).

    The first half of the states is eliminated: where these states lead is added to the states that
    lead to them.  Both halves are solved the same way.
    """
    size = len(outer)
    if size == 1:
        leaves = outer[:, :-1].sum()
        if leaves < _SMALLEST_EXIT * max(outer[0, -1], 1.0):
            raise ValueError(TOO_LONG)
        return outer / leaves
    half = size // 2
    first = _eliminate(inner[:half, :half], np.hstack([inner[:half, half:], outer[:half]]))
    to_rest, out = first[:, : size - half], first[:, size - half :]
    back = inner[half:, :half]
    rest = _eliminate(inner[half:, half:] + back @ to_rest, outer[half:] + back @ out)
    return np.vstack([out + to_rest @ rest, rest])


def stationary(transition: np.ndarray) -> np.ndarray:
    """The stationary distribution of a chain, shape (S,), without loss of digits.

    States are eliminated one by one (Grassmann, Taksar & Heyman, Oper. Res. 33, 1985).

    Args:
        transition: [s, t] is the chance to go from state s to state t, shape (S, S).

    Raises:
        ValueError: The chain has several sets of states that it never leaves.
    """
    kept = _only_closed_set(transition)
    chain = transition[np.ix_(kept, kept)]
    size = kept.size
    for last in range(size - 1, 0, -1):
        chain[:last, last] /= chain[last, :last].sum()
        chain[:last, :last] += np.outer(chain[:last, last], chain[last, :last])
    weights = np.ones(size)
    for state in range(1, size):
        weights[state] = weights[:state] @ chain[:state, state]
    law = np.zeros(len(transition))
    law[kept] = weights / weights.sum()
    return law


def _only_closed_set(transition: np.ndarray) -> np.ndarray:
    """The states among which the chain stays in the end, as indices."""
    number, member = connected_components(transition > 0.0, connection="strong")
    start, end = np.nonzero(transition > 0.0)
    left = np.unique(member[start[member[start] != member[end]]])
    closed = np.setdiff1d(np.arange(number), left)
    if closed.size != 1:
        raise ValueError(SEVERAL_SETS.format(closed.size))
    return np.flatnonzero(member == closed[0])
