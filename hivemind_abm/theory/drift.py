"""The expected change of the shares in one step of an infinite hive, measured at any point.

Knows: how a rule's own `decide` is sampled, and what a dynamic expects instead.  Does not know:
which dynamic fits (`fit`), where the drift is zero (`fixed_points`).
"""

import copy
import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.engine.seeds import RunSeed, RunSeeds
from hivemind_abm.engine.threads import available_cores
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.theory.dynamics import Derivative

__all__ = [
    "HIVES",
    "DriftMeter",
    "Measurement",
    "checked_points",
    "default_points",
    "expected_changes",
]

HIVES = 64  # per point; the spread between them gives the error

_LARGE_HIVE = 20_000  # bees where all are heard; the effect of finite N, of order 1 / N, is small
_BEES_INTERPRETED = 20_000  # decisions per point where the rule runs interpreted
_PULLS = 20_000_000  # per option, where expected rewards have to be estimated


@dataclass(frozen=True, eq=False)
class Measurement:
    """The change of the shares in one step, in each of many hives.

    Attributes:
        points: The shares before the step, shape (P, K).
        changes: The change in each hive, shape (P, HIVES, K).
        bees: Decisions per point.
    """

    points: np.ndarray
    changes: np.ndarray
    bees: int

    @cached_property
    def drift(self) -> np.ndarray:
        """The mean change, shape (P, K)."""
        return self.changes.mean(axis=1)

    @cached_property
    def error(self) -> np.ndarray:
        """The standard error of the drift, shape (P, K)."""
        return self.changes.std(axis=1, ddof=1) / math.sqrt(HIVES)

    @cached_property
    def variance(self) -> np.ndarray:
        """The square of the error, shape (P, K)."""
        return self.changes.var(axis=1, ddof=1) / HIVES


class DriftMeter:
    """Measures the drift of a rule on a bandit.

    At each point bees draw their options from the shares, pull, hear M others that are drawn the
    same way, and decide.

    Args:
        rule: The rule, an instance.
        bandit: The bandit, an instance.
        size: M, or "all".
        bees: Decisions per point, or None for a number that suits the rule.
        seed: The seed that names all measurements.

    Attributes:
        n_action: K, the number of options.
        bees: Decisions per point.
    """

    def __init__(
        self, rule: ImitationRule, bandit: Bandit, size: int | str, bees: int | None, seed: RunSeed
    ) -> None:
        """Choose the number and the size of the hives."""
        self._rule, self._bandit, self._seed = rule, bandit, seed
        self.n_action = bandit.n_action
        probe = HiveBatch(rule, bandit, Neighbourhood.of("others", 1, 2), [0])
        interpreted = "interpreted" in probe.mode.values()
        self.bees = bees or (_BEES_INTERPRETED if interpreted else HIVES * _LARGE_HIVE)
        least = _LARGE_HIVE if size == "all" and bees is None else 2
        if isinstance(size, int):
            least = size + 2
        n = max(self.bees // HIVES, least)
        self._neighbourhood = Neighbourhood.of("others", size, n)

    def measure(self, points: np.ndarray, *, same_seed: bool = False) -> Measurement:
        """Measure the change at each point, on all cores.

        Args:
            points: Shares, shape (P, K).
            same_seed: Whether all points use the same random numbers, so that differences between
                points have small errors.
        """
        numbers: Iterable[int] = [0] * len(points) if same_seed else range(len(points))
        with ThreadPoolExecutor(available_cores()) as pool:
            changes = np.array(list(pool.map(self._changes_at, points, numbers)))
        return Measurement(points, changes, self.bees)

    def _changes_at(self, shares: np.ndarray, number: int) -> np.ndarray:
        """The change in each hive at one point, shape (HIVES, K)."""
        n = self._neighbourhood.population_size
        seed = self._seed.child(number)
        rng = np.random.default_rng(seed)
        counts = rng.multinomial(n, shares / shares.sum(), size=HIVES)
        seeds = RunSeeds(seed, range(HIVES))
        batch = HiveBatch(self._rule, self._bandit, self._neighbourhood, seeds)
        return batch.decided(counts, shares) - counts / n


def default_points(n_action: int, seed: RunSeed) -> np.ndarray:
    """Points that cover the simplex: 41 for K = 2, a grid of 66 for K = 3, else 60 random ones.

    The random ones stay away from the faces, where too little happens to be measured.
    """
    k = n_action
    if k == 2:
        x = np.linspace(0.0, 1.0, 41)
        return np.stack([x, 1.0 - x], axis=1)
    if k == 3:
        return np.array([[i, j, 10 - i - j] for i in range(11) for j in range(11 - i)]) / 10.0
    rng = np.random.default_rng(seed)
    return 0.9 * rng.dirichlet(np.ones(k), 60) + 0.1 / k


def checked_points(points: Any, n_action: int) -> np.ndarray:
    """The argument `points` as an array, shape (P, K).

    Raises:
        ValueError: Not rows of K shares of at least 0 that sum to 1.
    """
    shares = np.asarray(points, float)
    if (
        shares.ndim != 2
        or shares.shape[1] != n_action
        or not (shares >= 0.0).all()
        or np.abs(shares.sum(axis=1) - 1.0).max() > 1e-9
    ):
        raise ValueError(
            f"points must be rows of {n_action} shares of at least 0 that sum to 1, not {points!r}"
        )
    return shares


def expected_changes(dynamic: Derivative, bandit: Bandit, points: np.ndarray) -> np.ndarray:
    """The derivative of a dynamic at each point, with the bandit's rewards as fitness.

    Where the bandit does not say what its expected rewards are, they are estimated so precisely
    that their error can be neglected.

    Args:
        dynamic: A function (shares, fitness) -> derivative.
        bandit: The bandit, an instance.
        points: Shares, shape (P, K).

    Returns:
        Shape (P, K).
    """
    if type(bandit).expected_rewards is Bandit.expected_rewards:
        bandit = copy.copy(bandit)
        object.__setattr__(bandit, "estimate_pulls", _PULLS)
    if bandit.depends_on_shares():
        fitness = [np.asarray(bandit.expected_rewards(x)) for x in points]
    else:
        fitness = [np.asarray(bandit.expected_rewards(points[0]))] * len(points)
    return np.array([dynamic(x, q) for x, q in zip(points, fitness, strict=True)])
