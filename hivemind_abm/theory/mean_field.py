"""The mean field of a rule: what it does to the shares of an infinite hive.

Knows: what is measured and compared.  Does not know: how the drift is measured (`drift`), compared
(`fit`) and shown (`field`), nor how its zeros are found (`fixed_points`).
"""

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.hives.mixture import numbers_of_bees, rules_and_weights
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.updating import SYNCHRONOUS, chance_of
from hivemind_abm.registry import build_parts
from hivemind_abm.theory.drift import (
    HIVES,
    DriftMeter,
    Measurement,
    expected_changes,
    points_of_kinds,
)
from hivemind_abm.theory.dynamics import DYNAMICS, Derivative
from hivemind_abm.theory.field import MeanField
from hivemind_abm.theory.fit import LEVEL, ONE_STEP, Fit, fit
from hivemind_abm.theory.fit import chance_of as chance_of_drift
from hivemind_abm.theory.fixed_points import FixedPoint, find_fixed_points
from hivemind_abm.theory.kinds import Kinds, kinds_of
from hivemind_abm.theory.steady_world import check_steady

__all__ = ["MeanField", "kinds_of_hive", "mean_field", "size_of"]

_MANY = 10**9  # bees, with whose numbers shares are checked


def mean_field(
    rule: Any = "wvoter",
    bandit: Any = "evenly spaced",
    neighbourhood_size: int | str | None = None,
    *,
    updating: str | float = SYNCHRONOUS,
    points: Any = None,
    bees: int | None = None,
    dynamics: Mapping[str, Derivative] = DYNAMICS,
    fixed_points: bool = True,
    seed: Any = 1,
    **parameters: Any,
) -> "MeanField":
    """Measure the mean field of a rule: the expected change of the shares in one step.

    At each point bees draw their options from the shares, pull, hear M others that are drawn the
    same way, and decide with the rule's own compiled `decide`.  With a finite M this is exactly
    what happens in an infinite hive.  Where all are heard, hives of 20,000 bees stand for it; their
    difference of order 1 / N is far below the error.  This works for any rule, also a user's.

    `MeanField` says what time and state mean in hives that are not of one rule and synchronous.

    Args:
        rule: As for `Hive`, also a list of pairs of a rule and its share.
        bandit: As for `Hive`.
        neighbourhood_size: M, "all", or None for what the rule hears by default.
        updating: As for `Hive`.
        points: Shares, shape (P, K), or (P, K + 1) with the uncommitted; of several rules those
            among the bees that may change, (P, F, K) or the same for all F.  None for 41 points
            (K = 2), a grid of 66 (K = 3) or 60 random ones.
        bees: Decisions per point, at least 128.  None for 1,280,000, or 20,000 where the rule runs
            interpreted.
        dynamics: What to test for equality, by name: functions (shares, fitness) -> derivative.
            `MeanField.known` compares with all dynamics that have a name.
        fixed_points: Whether to look for fixed points.
        seed: The number that names the measurement.
        parameters: Fields of the rule and of the bandit where they are given by name.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    reserved = [name for name in inspect.signature(mean_field).parameters if name != "parameters"]
    names, weights = rules_and_weights(rule)
    parts = [*map(find_rule, names), find_bandit(bandit)]
    *rules, bandit = build_parts(parts, parameters, reserved)
    kinds = kinds_of_hive(rules, weights, bandit)
    size = size_of(rules) if neighbourhood_size is None else neighbourhood_size
    if bees is not None:
        bees = checks.whole_number("bees", bees, 2 * HIVES)
    run_seed, chance = seed_sequence(seed, "seed"), chance_of(updating)
    meter = DriftMeter(kinds, bandit, size, bees, run_seed, chance or 1.0)
    places = points_of_kinds(points, kinds, meter.n_action, run_seed)
    measured = meter.measure(places)
    whole = Measurement(meter.whole(places), meter.moved(measured.changes), measured.bees)
    fits = _fits(dynamics, bandit, whole, chance)
    still = chance_of_drift(measured, np.zeros_like(places))
    zeros = _zeros(meter, measured) if fixed_points and still < LEVEL else ()
    return MeanField(kinds, bandit, size, updating, whole, measured, still, fits, zeros)


def _fits(
    dynamics: Mapping[str, Derivative], bandit: Bandit, whole: Measurement, chance: float | None
) -> dict[str, Fit]:
    """How the drift compares with each dynamic, by name."""
    clock, rate = _clock(chance), chance or 1.0
    return {
        name: fit(name, rate * expected_changes(dynamic, bandit, whole.points), whole, clock)
        for name, dynamic in dynamics.items()
    }


def _zeros(meter: DriftMeter, measured: Measurement) -> tuple[FixedPoint, ...]:
    """The fixed points, as shares of the whole hive; none where several rules may change."""
    if len(meter.kinds.free) > 1:
        return ()
    return tuple(
        replace(zero, shares=tuple(meter.whole(np.array(zero.shares)).tolist()))
        for zero in find_fixed_points(meter, measured)
    )


def kinds_of_hive(rules: list[ImitationRule], weights: list[Any] | None, bandit: Bandit) -> Kinds:
    """The kinds of bees of an infinite hive, with what cannot be measured refused."""
    check_steady(bandit)
    k = bandit.n_action
    if k < 2:
        raise ValueError(f"bandit must have at least 2 options, not {k}")
    for rule in rules:
        if rule.memory_size(k) > 0:
            raise ValueError(
                f"rule must keep no memory for a mean field: what bees with {type(rule).__name__} "
                "remember is no share of options, so such a hive can be simulated only"
            )
    if weights is None:
        return kinds_of(rules, [1.0], k)
    whole = all(isinstance(weight, int | np.integer) for weight in weights)
    bees = int(sum(weights)) if whole and sum(weights) > 1 else _MANY
    shares = [number / bees for number in numbers_of_bees(weights, bees)]
    return kinds_of(rules, shares, k + any(rule.uncommitted for rule in rules))


def size_of(rules: list[ImitationRule]) -> int | str:
    """How many bees a bee hears by default: the most that a rule asks for."""
    numbers = [rule.hears for rule in rules if not isinstance(rule.hears, str)]
    return max(numbers) if len(numbers) == len(rules) else "all"


def _clock(chance: float | None) -> str:
    """What time means for a dynamic beside the hive.

    Args:
        chance: The chance that a bee decides in a step, or None in an asynchronous hive.
    """
    if chance is None:
        return 'continuous time, method = "exact"'
    return ONE_STEP if chance == 1.0 else f"one step, delta = {chance:g}"
