"""The counts of a hive's bees on its options, as the states of a chain.

Knows: all counts of N bees on K options, and their order.  Does not know: how they change.
"""

import math

import numpy as np

__all__ = ["MOST_STATES", "all_counts", "codes", "number_of_states"]

MOST_STATES = 3000  # of a chain


def all_counts(population_size: int, n_action: int) -> np.ndarray:
    """All counts of N bees on K options, shape (S, K), int64, in lexicographic order."""
    n, k = population_size, n_action
    first = np.indices((n + 1,) * (k - 1)).reshape(k - 1, -1).T
    first = first[first.sum(axis=1) <= n]
    return np.column_stack([first, n - first.sum(axis=1)]).astype(np.int64)


def codes(counts: np.ndarray, population_size: int) -> np.ndarray:
    """Counts of at most N bees as one number each, shape (..., K) to (...).

    The code of a sum of counts is the sum of their codes.
    """
    n, k = population_size, counts.shape[-1]
    return counts[..., :-1] @ (n + 1) ** np.arange(k - 2, -1, -1)


def number_of_states(population_size: int, n_action: int) -> int:
    """How many different counts N bees on K options have: binomial(N + K - 1, K - 1).

    Raises:
        ValueError: More than 3,000.
    """
    n, k = population_size, n_action
    size = math.comb(n + k - 1, k - 1)
    if size > MOST_STATES:
        most = max(m for m in range(MOST_STATES) if math.comb(m + k - 1, k - 1) <= MOST_STATES)
        raise ValueError(
            f"population_size must be at most {most} for {k} options, not {n}: "
            f"the counts would have {size} states, and {MOST_STATES} are allowed"
        )
    return size
