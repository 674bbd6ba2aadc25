"""A learner beside the local rule that it becomes: where they agree, and what finite hives add.

Knows: which quantities of the two are compared.  Does not know: how they are measured
(`mean_field`, `learner_steps`), shown (`derived`), or written to a file (`learners.rule_file`).
"""

import inspect
import math
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import BANDITS, find_bandit
from hivemind_abm.engine.seeds import RunSeed, RunSeeds, seed_sequence
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.starting import counts_of_shares
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.local_rule import LocalRule
from hivemind_abm.learners.names import find_learner
from hivemind_abm.registry import build_parts
from hivemind_abm.theory.derived import Closeness, Derivation, Measured, Noise
from hivemind_abm.theory.drift import HIVES, Measurement
from hivemind_abm.theory.fit import chance_of
from hivemind_abm.theory.fixed_points import find_fixed_points
from hivemind_abm.theory.learner_steps import (
    LearnerMeter,
    growth_of_learner,
    growth_of_rule,
    with_pulls,
)
from hivemind_abm.theory.mean_field import MeanField, mean_field

__all__ = ["Derivation", "derive"]

_LEAST_PULLS = 1000  # of "many pulls"
_TRIALS, _MOST_HEARD = 20, 12  # where it is tried whether an update is affine
_BEES, _BEES_INTERPRETED = 256_000, 20_000  # decisions per point
_DECISIONS = 8  # times as many for the noise of a step


def derive(
    learner: Any,
    bandit: Any = "evenly spaced",
    hears: int | str = 10,
    policy: str = "auto",
    explore: float = 0.0,
    *,
    memory: bool = False,
    population_size: int = 1000,
    points: Any = None,
    bees: int | None = None,
    seed: Any = 1,
    **fields: Any,
) -> Derivation:
    """Derive the local rule of a learner, and measure both.

    The rule is `LocalRule`: a bee takes what it hears for the learner's pulls.  Its mean field is
    measured with its own `decide`, and the learner's expected step with its own `update`, both at
    the same points and with the same bandit.  `Derivation` says what is compared.

    Args:
        learner: As for `LocalRule`.
        bandit: The bandit: a name, an instance, a class or a file.  Those with a name have 2
            options unless `n_action` says otherwise.
        hears: How many others a bee hears, or "all".
        policy: The reading: "own", "heard", or "auto".
        explore: The chance of a random option.
        memory: Give each bee numbers of its own, where the learner keeps numbers.  Then nothing is
            measured: what bees remember is no share of options.
        population_size: N of the hive that is compared with its noise, at least 2.
        points: Shares at which both are measured, shape (P, K); None as for `mean_field`.
        bees: Decisions and pulls per point, at least 128; None for 256,000, or 20,000 where the
            rule runs interpreted.
        seed: Names all measurements.
        fields: Fields of the learner and of the bandit where they are given by name.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.  A learner that
            keeps numbers is refused without `memory`.
    """
    n = checks.whole_number("population_size", population_size, 2)
    run_seed = seed_sequence(seed, "seed")
    if isinstance(bandit, str) and bandit in BANDITS:
        fields = {"n_action": 2} | fields
    reserved = [name for name in inspect.signature(derive).parameters if name != "fields"]
    instance, world = build_parts([find_learner(learner), find_bandit(bandit)], fields, reserved)
    rule = _local(instance, hears, policy, explore, memory)
    if isinstance(rule.hears, int) and rule.hears > n - 1:
        raise ValueError(
            f"population_size must be at least {rule.hears + 1}, for bees that hear "
            f"{rule.hears} others, not {n}"
        )
    residual = affine_residual(rule)
    if rule.memory_size(world.n_action):
        return Derivation(rule, world, n, residual, None)
    if bees is None:
        bees = _BEES_INTERPRETED if _is_interpreted(rule, world) else _BEES
    field = mean_field(rule, world, points=points, bees=bees, seed=run_seed)
    return Derivation(rule, world, n, residual, _measured(rule, world, field, run_seed, n))


def affine_residual(rule: LocalRule) -> float:
    """How far the learner's update is from affine in the policy, at most, in trials.

    The policy after an update of the shares heard is compared with the mean of those after updates
    from each corner of the simplex, with the shares as weights.  With "own" a bee starts from a
    corner, so that mean is what bees do.

    Args:
        rule: The local rule.

    Returns:
        The largest difference of a probability; inf where an update from a corner divides by 0.
    """
    learner, random, worst = rule.derived_from, np.random.default_rng(0), 0.0
    own = _local(learner, rule.hears, "own", 0.0, rule.memory)
    shares = _local(learner, rule.hears, "heard", 0.0, rule.memory)
    heard = _MOST_HEARD if isinstance(rule.hears, str) else min(max(rule.hears, 2), _MOST_HEARD)
    for trial in range(_TRIALS):
        k = 2 + trial % 2
        options = random.integers(k, size=heard)
        bees = [(int(option), float(random.random())) for option in options]
        weights = np.bincount(options, minlength=k) / heard
        try:
            with np.errstate(all="ignore"):
                after = shares.next_policy(0, bees, k, Stream(trial))
                corners = [own.next_policy(a, bees, k, Stream(trial)) for a in range(k)]
        except ArithmeticError:  # a division by a probability of 0
            return math.inf
        difference = np.abs(after - weights @ np.array(corners)).max()
        worst = max(worst, float(difference)) if np.isfinite(difference) else math.inf
    return worst


def _measured(rule: LocalRule, bandit: Bandit, field: MeanField, seed: RunSeed, n: int) -> Measured:
    """All that is measured about a rule whose mean field is known, and about its learner."""
    learner, k, pulls = rule.derived_from, bandit.n_action, field.whole.bees
    many = with_pulls(learner, max(learner.parallel_envs, _LEAST_PULLS))
    few = with_pulls(learner, rule.hears) if isinstance(rule.hears, int) else many
    meter = LearnerMeter(many, bandit, pulls, seed.child(1))
    steps = {many.parallel_envs: meter.measure(field.shares)}
    if few.parallel_envs != many.parallel_envs:
        with_few = LearnerMeter(few, bandit, pulls, seed.child(2))
        steps[few.parallel_envs] = with_few.measure(field.shares)
    rewards = bandit.expected_rewards(bandit.world())
    resident, rare = np.argsort(rewards)[-2:].tolist()
    return Measured(
        field=field,
        steps=steps,
        closeness={pulls: closeness(field.whole, step) for pulls, step in steps.items()},
        learner_fixed_points=tuple(find_fixed_points(meter, steps[many.parallel_envs])),  # type: ignore[arg-type]
        rare=(rare, resident),
        rule_growth=growth_of_rule(rule, bandit, rare, resident, seed.child(3)),
        learner_growth=growth_of_learner(learner, bandit, rare, resident, seed.child(4)),
        noise=_noise(rule, bandit, field, seed.child(5), n, k),
    )


def closeness(rule: Measurement, learner: Measurement) -> Closeness:
    """How a rule's measured drift compares with a learner's measured step at the same points.

    The best multiple is a regression through 0 in which the noise of the learner's step is taken
    out of its square; its error is a jackknife over the hives.
    """
    difference = Measurement(rule.points, rule.changes - learner.changes, rule.bees)
    r, step = rule.changes, learner.changes
    without = [(each.sum(axis=1, keepdims=True) - each) / (HIVES - 1) for each in (r, step)]
    noise = float(learner.variance.sum())
    products = (without[0] * without[1]).sum(axis=(0, 2))
    squares = (without[1] ** 2).sum(axis=(0, 2)) - noise * HIVES / (HIVES - 1)
    square = float((learner.drift**2).sum()) - noise
    if square <= 3.0 * noise:  # the learner does not move beyond chance
        factor, error = math.nan, math.inf
    else:
        factor = float((rule.drift * learner.drift).sum()) / square
        error = float(np.std(products / squares)) * math.sqrt(HIVES - 1)
    scaled = Measurement(rule.points, r - (0.0 if math.isnan(factor) else factor) * step, rule.bees)
    return Closeness(
        rms=math.sqrt(float((difference.drift**2).mean())),
        rms_error=math.sqrt(float(difference.variance.mean())),
        p=chance_of(difference, np.zeros_like(rule.points)),
        factor=factor,
        factor_error=error,
        factor_p=chance_of(scaled, np.zeros_like(rule.points)),
    )


def _noise(
    rule: LocalRule, bandit: Bandit, field: MeanField, seed: RunSeed, n: int, k: int
) -> Noise:
    """Drift and noise of the best option at even shares, from steps of a finite hive."""
    size = rule.hears if isinstance(rule.hears, str) else min(rule.hears, n - 1)
    neighbourhood = Neighbourhood.of("others", size, n)
    runs = max(_DECISIONS * field.whole.bees // n, HIVES)
    counts = np.tile(counts_of_shares(np.full(k, 1.0 / k), n, k), (runs, 1))
    batch = HiveBatch(rule, bandit, neighbourhood, RunSeeds(seed, range(runs)))
    best = int(np.argmax(bandit.expected_rewards(bandit.world())))
    x = counts[0, best] / n
    changes = batch.decided(counts, np.full(k, 1.0 / k))[:, best] - x
    return Noise(
        share=float(x),
        drift=float(changes.mean()),
        drift_error=float(changes.std(ddof=1)) / math.sqrt(runs),
        variance=float(n * changes.var(ddof=1)),
        population_size=n,
    )


def _local(
    learner: Learner, hears: int | str, policy: str, explore: float, memory: bool
) -> LocalRule:
    """The local rule of a learner; a call of `LocalRule` makes an instance of a subclass."""
    made: Any = LocalRule
    rule: LocalRule = made(learner, hears, policy, explore, memory)
    return rule


def _is_interpreted(rule: LocalRule, bandit: Bandit) -> bool:
    """Whether a hive of the rule runs interpreted."""
    probe = HiveBatch(rule, bandit, Neighbourhood.of("others", 1, 2), [0])
    return "interpreted" in probe.mode.values()
