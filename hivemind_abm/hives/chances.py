"""What the closed-form chances of rules are made of: whom a bee can hear, and how often.

Knows: counts of bees on options, and samples of them.  Does not know: rules.
"""

import numpy as np

__all__ = ["bees_heard", "samples_of", "shares_of_payoff"]


def bees_heard(counts: np.ndarray, everyone: bool) -> np.ndarray:
    """How many bees on option b a bee on option a can hear, [a, b], shape (K, K).

    Args:
        counts: Bees on each option, shape (K,).
        everyone: Whether a bee hears itself too.
    """
    return np.maximum(counts - (0.0 if everyone else 1.0) * np.eye(counts.size), 0.0)


def shares_of_payoff(payoffs: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Each option's share of the payoffs in a row, shape (R, K).

    Args:
        payoffs: The summed payoffs on each option, shape (R, K).
        otherwise: The row where all payoffs are 0, shape (R, K) or (K,).
    """
    total = payoffs.sum(axis=1, keepdims=True)
    return np.where(total > 0.0, payoffs / np.where(total > 0.0, total, 1.0), otherwise)


def samples_of(bees: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """What a random sample of these bees can hold, and with which chance (hypergeometric).

    Args:
        bees: Bees on each option, shape (K,).
        size: M, the size of the sample.

    Returns:
        Counts on each option, shape (S, K), and the chance of each row, shape (S,).
    """
    k, places = bees.size, np.arange(size)
    first = np.indices((size + 1,) * (k - 1)).reshape(k - 1, -1).T
    first = first[first.sum(axis=1) <= size]
    samples = np.column_stack([first, size - first.sum(axis=1)])
    # log binomial(bees, m) for m = 0 .. M, shape (K, M + 1); -inf for more than there are
    left = np.maximum(bees[:, None] - places, 0.0)
    with np.errstate(divide="ignore"):
        log = np.cumsum(np.log(left) - np.log(places + 1.0), axis=1)
    log = np.column_stack([np.zeros(k), log])[np.arange(k), samples].sum(axis=1)
    chance = np.exp(log - log.max())
    return samples, chance / chance.sum()
