"""How a large hive fluctuates around a stable fixed point: the linear noise approximation.

Knows: the covariance of the shares that follows from the drift's derivative and from how many bees
move between options.  Does not know: how fixed points are found.
"""

import numpy as np
from scipy import linalg

from hivemind_abm.engine.seeds import RunSeed, RunSeeds
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.starting import counts_of_shares
from hivemind_abm.theory.simplex import Simplex
from hivemind_abm.theory.varied import InfiniteHive

__all__ = ["covariance", "measured_noise"]

_BEES = 4000  # of a hive whose decisions are counted
_HIVES = 8


def measured_noise(
    hive: InfiniteHive, simplex: Simplex, shares: np.ndarray, seed: RunSeed
) -> np.ndarray:
    """N times the covariance that the decisions of one step add to the shares.

    In an asynchronous hive, it is that per step in continuous time.

    Args:
        hive: The hive.
        simplex: The coordinates.
        shares: Among the kinds that may change, shape (F C,).
        seed: The seed that names the measurement.

    Returns:
        In coordinates, shape (d, d).
    """
    noise = np.zeros((simplex.d, simplex.d))
    size, free = simplex.columns - 1, hive.kinds.free
    chances = _chances(hive, simplex, shares.reshape(-1, simplex.columns), seed)
    for place, kind in enumerate(free):
        weight = hive.kinds.weights[kind]
        held = shares.reshape(-1, simplex.columns)[place]
        inside = np.delete(np.arange(simplex.columns), simplex.reference)
        part = _noise_of_kind(held, chances[place], hive.chance)[np.ix_(inside, inside)]
        block = slice(place * size, (place + 1) * size)
        noise[block, block] = part / max(weight, 1e-300)
    return noise


def covariance(jacobian: np.ndarray, noise: np.ndarray, in_steps: bool) -> np.ndarray:
    """N times the standing covariance around a stable fixed point, shape (d, d).

    Args:
        jacobian: The drift's derivative, shape (d, d).
        noise: From `measured_noise`.
        in_steps: Whether the hive changes in steps, x + drift, or in continuous time (van Kampen,
            Stochastic Processes in Physics and Chemistry, chapter X).
    """
    if in_steps:
        return linalg.solve_discrete_lyapunov(np.eye(len(jacobian)) + jacobian, noise)
    return linalg.solve_continuous_lyapunov(jacobian, -noise)


def _noise_of_kind(held: np.ndarray, chances: np.ndarray, chance: float | None) -> np.ndarray:
    """The covariance of the moves of bees of one kind, shape (C, C).

    Args:
        held: The shares on each option, shape (C,).
        chances: [a, b], the chance that a bee on a decides for b.
        chance: That a bee decides in a step; None in an asynchronous hive.
    """
    if chance is None:  # each event is a move of one bee, and N of them make a step
        flows = held[:, None] * chances
        both = flows + flows.T
        return np.diag(both.sum(axis=1)) - both
    one = np.eye(held.size)
    after = chance * chances + (1.0 - chance) * one
    return np.diag(held @ after) - (held[:, None] * after).T @ after


def _chances(hive: InfiniteHive, simplex: Simplex, shares: np.ndarray, seed: RunSeed) -> np.ndarray:
    """The chances that a bee of each free kind goes from one option to another, (F, C, C)."""
    kinds, columns, k = hive.kinds, simplex.columns, hive.bandit.n_action
    size = hive.size
    n = max(_BEES, size + 2) if isinstance(size, int) else _BEES
    numbers = kinds.numbers(n)
    free = kinds.free
    rows = [kinds.fixed[kind] for kind in range(len(numbers))]
    for kind, held in zip(free, shares, strict=True):
        clipped = np.clip(held, 0.0, None)
        rows[kind] = clipped / clipped.sum()
    counts = np.array([counts_of_shares(r, m, columns) for r, m in zip(rows, numbers, strict=True)])
    batch = HiveBatch(
        kinds.rules if len(numbers) > 1 else kinds.rules[0],
        hive.bandit,
        Neighbourhood.of("others", hive.size, n),
        RunSeeds(seed, range(_HIVES)),
        numbers=numbers if len(numbers) > 1 else None,
    )
    each = np.broadcast_to(counts, (_HIVES, *counts.shape))
    each = each if len(numbers) > 1 else each[:, 0]
    whole = counts.sum(axis=0)[:k] / n
    batch.decided(each, whole)
    chances = np.tile(np.eye(columns), (len(free), 1, 1))
    firsts = np.concatenate([[0], np.cumsum(numbers)])
    for place, kind in enumerate(free):
        before = np.repeat(np.arange(columns), counts[kind])
        after = batch.opinions[:, firsts[kind] : firsts[kind + 1]]
        for a in np.flatnonzero(counts[kind]):
            went = np.bincount(after[:, before == a].ravel(), minlength=columns)
            chances[place, a] = went / went.sum()
    return chances
