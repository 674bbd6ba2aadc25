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
from hivemind_abm.hives.starting import counts_of_shares
from hivemind_abm.theory.dynamics import Derivative
from hivemind_abm.theory.kinds import Kinds, kinds_of

__all__ = [
    "HIVES",
    "DriftMeter",
    "Measurement",
    "checked_points",
    "default_points",
    "expected_changes",
    "points_of_kinds",
]

HIVES = 64  # per point; the spread between them gives the error

_LARGE_HIVE = 20_000  # bees where all are heard; the effect of finite N, of order 1 / N, is small
_BEES_INTERPRETED = 20_000  # decisions per point where the rule runs interpreted
_RANDOM_POINTS = 60
_PULLS = 20_000_000  # per option, where expected rewards have to be estimated


@dataclass(frozen=True, eq=False)
class Measurement:
    """The change of the shares in one step, in each of many hives.

    Attributes:
        points: The shares before the step, shape (P, K); of several kinds that may change, one kind
            after the other.
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
    """Measures the drift of a rule, or of the rules of a hive, on a bandit.

    At each point bees draw their options from the shares, pull, hear M others that are drawn the
    same way, and decide.

    In a hive of several rules, a point holds the shares among the bees of each rule that may
    change, one rule after the other.  The others are zealots, each for one option.

    Args:
        rule: The rule, an instance; or the kinds of bees of a hive of several rules.
        bandit: The bandit, an instance.
        size: M, or "all".
        bees: Decisions per point, or None for a number that suits the rule.
        seed: The seed that names all measurements.
        rate: The chance that a bee decides in a step.

    Attributes:
        kinds: The kinds of bees.
        n_action: The number of shares of a kind: K, or K + 1 where bees may hold no option.
        bees: Decisions per point.
    """

    def __init__(
        self,
        rule: ImitationRule | Kinds,
        bandit: Bandit,
        size: int | str,
        bees: int | None,
        seed: RunSeed,
        rate: float = 1.0,
    ) -> None:
        """Choose the number and the size of the hives."""
        self.kinds = rule if isinstance(rule, Kinds) else kinds_of([rule], [1.0], 0)
        self._bandit, self._seed, self._rate = bandit, seed, rate
        none = any(rule.uncommitted for rule in self.kinds.rules)
        self.n_action = bandit.n_action + none
        probe = HiveBatch(self.kinds.rules[0], bandit, Neighbourhood.of("others", 1, 2), [0])
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
            points: Shares, shape (P, K); of several kinds that may change, F of them, one after the
                other, shape (P, F K).
            same_seed: Whether all points use the same random numbers, so that differences between
                points have small errors.
        """
        numbers: Iterable[int] = [0] * len(points) if same_seed else range(len(points))
        measure = self._changes_at if self.kinds.alone else self._changes_among_kinds
        with ThreadPoolExecutor(available_cores()) as pool:
            changes = np.array(list(pool.map(measure, points, numbers)))
        return Measurement(points, self._rate * changes, self.bees)

    def whole(self, points: np.ndarray) -> np.ndarray:
        """The shares of the whole hive at points of the kinds that may change, shape (..., K).

        Args:
            points: As for `measure`, with any leading dimensions.
        """
        if self.kinds.alone:
            return points
        return self.moved(points) + self.kinds.zealots

    def moved(self, changes: np.ndarray) -> np.ndarray:
        """The changes in the whole hive, from those among the kinds that may change."""
        if self.kinds.alone:
            return changes
        by_kind = changes.reshape(*changes.shape[:-1], -1, self.n_action)
        return np.einsum("...ka,k->...a", by_kind, self.kinds.free_weights)

    def _changes_at(self, shares: np.ndarray, number: int) -> np.ndarray:
        """The change in each hive at one point, shape (HIVES, K)."""
        n = self._neighbourhood.population_size
        seed = self._seed.child(number)
        rng = np.random.default_rng(seed)
        counts = rng.multinomial(n, shares / shares.sum(), size=HIVES)
        seeds = RunSeeds(seed, range(HIVES))
        batch = HiveBatch(self.kinds.rules[0], self._bandit, self._neighbourhood, seeds)
        return batch.decided(counts, shares[: self._bandit.n_action]) - counts / n

    def _changes_among_kinds(self, point: np.ndarray, number: int) -> np.ndarray:
        """The change in each hive among the kinds that may change, shape (HIVES, F K)."""
        numbers = self.kinds.numbers(self._neighbourhood.population_size)
        seed, columns = self._seed.child(number), self.n_action
        rng = np.random.default_rng(seed)
        counts = np.zeros((HIVES, len(numbers), columns), np.int64)
        for kind, held in enumerate(self.kinds.fixed):
            if held is not None:
                counts[:, kind] = counts_of_shares(held, numbers[kind], columns)
        free = self.kinds.free
        for kind, shares in zip(free, point.reshape(-1, columns), strict=True):
            counts[:, kind] = rng.multinomial(numbers[kind], shares / shares.sum(), size=HIVES)
        batch = HiveBatch(
            self.kinds.rules,
            self._bandit,
            self._neighbourhood,
            RunSeeds(seed, range(HIVES)),
            numbers=numbers,
        )
        shares = self.whole(point)[: self._bandit.n_action]
        before = counts / np.maximum(numbers, 1)[:, np.newaxis]
        changes = batch.decided(counts, shares) - before
        return changes[:, free].reshape(HIVES, -1)


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
    return 0.9 * rng.dirichlet(np.ones(k), _RANDOM_POINTS) + 0.1 / k


def points_of_kinds(points: Any, kinds: Kinds, columns: int, seed: RunSeed) -> np.ndarray:
    """The points at which a hive is measured, shape (P, F K): the shares in each of F rules.

    Args:
        points: The argument of `mean_field`: shape (P, K), (P, F, K), or None.
        kinds: The kinds of bees.
        columns: K, or K + 1 where bees may hold no option.
        seed: The seed of random points.

    Raises:
        ValueError: Not as described.
    """
    rules = len(kinds.free)
    if points is None and rules == 1:
        return default_points(columns, seed)
    if points is None:
        rng = np.random.default_rng(seed)
        shares = 0.9 * rng.dirichlet(np.ones(columns), (_RANDOM_POINTS, rules)) + 0.1 / columns
        return shares.reshape(_RANDOM_POINTS, -1)
    if rules > 1 and np.ndim(points) == 3:
        if np.shape(points)[1] != rules:
            raise ValueError(
                f"points must have rows for the {rules} rules whose bees may change, "
                f"not {np.shape(points)[1]}"
            )
        return np.hstack([checked_points(part, columns) for part in np.moveaxis(points, 1, 0)])
    return np.tile(checked_points(points, columns), rules)


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
        points: Shares, shape (P, K), or (P, K + 1) where bees may hold no option; that pays 0.

    Returns:
        In the shape of `points`.
    """
    if type(bandit).expected_rewards is Bandit.expected_rewards:
        bandit = copy.copy(bandit)
        object.__setattr__(bandit, "estimate_pulls", _PULLS)
    k = bandit.n_action

    def fitness(x: np.ndarray) -> np.ndarray:
        rewards = np.zeros(x.size)
        rewards[:k] = bandit.expected_rewards(bandit.world(x[:k]))
        return rewards

    if bandit.depends_on_shares():
        return np.array([dynamic(x, fitness(x)) for x in points])
    constant = fitness(points[0])
    return np.array([dynamic(x, constant) for x in points])
