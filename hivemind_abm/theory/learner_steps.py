"""The expected step of a learner, measured at any policy, and the growth of a rare option.

Knows: how a learner's own `update` is sampled with many parallel pulls, and how often a rare option
is chosen next, by the learner and by its local rule.  Does not know: how a rule's drift is measured
(`drift`), or what both say together (`derivation`).
"""

import dataclasses
import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.engine.seeds import RunSeed, RunSeeds
from hivemind_abm.engine.stream import Stream
from hivemind_abm.engine.threads import available_cores
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.local_rule import LocalRule
from hivemind_abm.theory.drift import HIVES, Measurement

__all__ = ["Growth", "LearnerMeter", "growth_of_learner", "growth_of_rule", "with_pulls"]

_RARE = 0.004  # the probability of a rare option of a learner
_PULLS_OF_RARE = 50_000  # of all options; on the rare one a learner makes a few hundred
_RUNS_OF_RARE = 128
_MOST_RUNS = 40_000
_HEARD_OF_ALL = 1000  # bees, where a rule hears all
_ROUNDS, _PLACES = 100, 40  # where the growth in a hive is measured, at most
_TINY = 1e-300  # keeps a division finite


class Growth(NamedTuple):
    """How a rare option grows in a step, where all others choose one other option.

    Attributes:
        factor: Its next share for each unit of its share, in the limit of a small share; inf where
            it is chosen although it is absent.
        error: The standard error of the factor.
        influx: Its next share where it is absent.
    """

    factor: float
    error: float
    influx: float

    def __str__(self) -> str:
        """The factor with its error, or the influx."""
        if self.influx > 0.0:
            return f"a lost option comes back with share {self.influx:.4g} in a step"
        return f"{self.factor:.4f} +- {self.error:.4f}"


class LearnerMeter:
    """Measures the expected step of a learner on a bandit, as `DriftMeter` does that of a rule.

    At each policy many learners make their pulls and one update.

    Args:
        learner: The learner, an instance that keeps no numbers beside its policy.
        bandit: The bandit, an instance.
        pulls: Pulls per point, of all learners.
        seed: The seed that names all measurements.

    Attributes:
        learner: The learner.
        n_action: K.
    """

    def __init__(self, learner: Learner, bandit: Bandit, pulls: int, seed: RunSeed) -> None:
        self.learner, self.n_action = learner, bandit.n_action
        self._bandit, self._seed = bandit, seed
        each = round(pulls / (HIVES * learner.parallel_envs))
        self._learners = min(max(each, 1), _MOST_RUNS // HIVES)  # in a group

    def measure(self, points: np.ndarray, *, same_seed: bool = False) -> Measurement:
        """Measure the step at each policy, on all cores.

        Args:
            points: Policies, shape (P, K).
            same_seed: As for `DriftMeter.measure`.

        Returns:
            The changes in `HIVES` groups of learners.
        """
        numbers: Iterable[int] = [0] * len(points) if same_seed else range(len(points))
        with ThreadPoolExecutor(available_cores()) as pool:
            changes = np.array(list(pool.map(self._changes_at, points, numbers)))
        return Measurement(points, changes, HIVES * self._learners * self.learner.parallel_envs)

    def _changes_at(self, policy: np.ndarray, number: int) -> np.ndarray:
        """The mean change in each group, shape (HIVES, K)."""
        seeds = RunSeeds(self._seed.child(number), range(HIVES * self._learners))
        changes = _after_a_step(self.learner, self._bandit, policy, seeds)[1] - policy
        return changes.reshape(HIVES, self._learners, -1).mean(axis=1)


def with_pulls(learner: Learner, pulls: int) -> Learner:
    """The learner with another number of pulls per step, where that is a field of it."""
    named = {each.name for each in dataclasses.fields(learner) if each.init}  # type: ignore[arg-type]
    if "parallel_envs" not in named:
        return learner
    return dataclasses.replace(learner, parallel_envs=pulls)  # type: ignore[type-var]


def growth_of_learner(
    learner: Learner, bandit: Bandit, rare: int, resident: int, seed: RunSeed
) -> Growth:
    """How the probability of an option grows in an expected step of a learner, where it is small.

    The number of pulls of the option, whose mean is known, explains most of the spread between
    learners, so its part is taken away.

    Args:
        learner: The learner; a number of pulls that is a field of it is replaced by a large one.
        bandit: The bandit.
        rare: The option.
        resident: The option that has the rest of the probability.
        seed: Names the measurement.
    """
    policy = np.zeros(bandit.n_action)
    policy[resident] = 1.0
    learner = with_pulls(learner, _PULLS_OF_RARE)
    runs = _RUNS_OF_RARE if learner.parallel_envs > 1 else _MOST_RUNS
    at_zero = _after_a_step(learner, bandit, policy, RunSeeds(seed.child(0), range(HIVES)))[1]
    influx = float(at_zero[:, rare].mean())
    if influx > 0.0:
        return Growth(math.inf, math.inf, influx)
    at_share, at_half = (
        _growth_at(learner, bandit, rare, resident, share, RunSeeds(seed.child(place), range(runs)))
        for place, share in enumerate((_RARE, 0.5 * _RARE), 1)
    )
    factor = 2.0 * float(at_half.mean()) - float(at_share.mean())  # no linear part
    error = math.sqrt((4.0 * at_half.var(ddof=1) + at_share.var(ddof=1)) / runs)
    return Growth(factor, error, 0.0)


def growth_of_rule(
    rule: LocalRule, bandit: Bandit, rare: int, resident: int, seed: RunSeed
) -> Growth:
    """How the share of an option grows in a step of an infinite hive, where it is small.

    Of the n bees heard at most one then has the option.  So the share grows by n times the chance
    to adopt it from one bee among n, with the chance that a bee that has it keeps it, hearing none
    other of its kind.  Both are means over payoffs of the rule's exact chances.

    Args:
        rule: The local rule; "all" heard are 1,000 bees here.
        bandit: The bandit.
        rare: The option.
        resident: The option of all other bees.
        seed: Names the measurement.
    """
    k, rng = bandit.n_action, Stream(seed)
    heard = _HEARD_OF_ALL if isinstance(rule.hears, str) else rule.hears
    world = bandit.world(np.eye(k)[resident])
    places = range(0, heard, max(heard // _PLACES, 1))  # of the rare bee, each as often
    found, influx = np.zeros((_ROUNDS, len(places))), 0.0
    for trial, place in np.ndindex(found.shape):
        among = [(resident, bandit.pull(resident, world, rng)) for _ in range(heard)]
        influx += rule.next_policy(resident, among, k, rng)[rare] / found.size
        keeps = rule.next_policy(rare, among, k, rng)[rare]
        among[places[place]] = (rare, bandit.pull(rare, world, rng))
        adopts = rule.next_policy(resident, among, k, rng)[rare]
        found[trial, place] = heard * adopts + keeps
    if influx > 0.0:
        return Growth(math.inf, math.inf, influx)
    rounds = found.mean(axis=1)
    error = float(rounds.std(ddof=1)) / math.sqrt(_ROUNDS)
    return Growth(float(rounds.mean()), error, 0.0)


def _growth_at(
    learner: Learner, bandit: Bandit, rare: int, resident: int, share: float, seeds: RunSeeds
) -> np.ndarray:
    """The growth of an option with this share in each of many learners, shape (R,)."""
    policy = np.zeros(bandit.n_action)
    policy[rare], policy[resident] = share, 1.0 - share
    options, after = _after_a_step(learner, bandit, policy, seeds)
    found = after[:, rare] / share
    known = (options == rare).mean(axis=1) / share - 1.0
    slope = float(known @ (found - found.mean())) / max(float(known @ known), _TINY)
    return np.asarray(found - slope * known)


def _after_a_step(
    learner: Learner, bandit: Bandit, policy: np.ndarray, seeds: RunSeeds
) -> tuple[np.ndarray, np.ndarray]:
    """The options that learners pulled, shape (R, B), and their policies after it, shape (R, K)."""
    batch = LearnerBatch(learner, bandit, seeds, initial_shares=policy)
    options = batch.options.copy()
    batch.advance(1)
    return options, batch.policies
