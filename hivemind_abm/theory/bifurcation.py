"""Fixed points of a measured mean field, followed over a field of the rule or of the bandit.

Knows: what is measured, and for which hives.  Does not know: how fixed points follow from the
measurements (`following`), nor how the result is shown (`followed`).

The drift is measured as `mean_field` does, at points that cover the simplex, for each value. A
polynomial of the shares and of the varied number is fitted to all these measurements together.
Its degrees are those that predict best, and one more.  Its zeros are the fixed points, and the
spread between the measured hives gives all errors.  Options count as equal where no difference
between their drifts can be measured, so that an even state stays one.  The method needs drifts
that are smooth; where they are not, `misfit` is above 0, and the errors contain it.

An asynchronous hive changes in continuous time, any other in steps.  There a fixed point can
also lose its stability to an alternation between two states.

A large hive of N bees fluctuates around a stable fixed point with a standard deviation of order
1 / sqrt(N): the linear noise approximation, from the drift's derivative and from the moves of
bees between options.  It contains the chance in decisions.  It does not contain the chance in
payoffs that several bees hear, and it fails where branches meet.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.engine.seeds import RunSeed, seed_sequence
from hivemind_abm.hives.updating import SYNCHRONOUS
from hivemind_abm.theory.branch_points import meeting_points, on_scale, points_on_curve
from hivemind_abm.theory.drift import HIVES, DriftMeter
from hivemind_abm.theory.followed import Bifurcation
from hivemind_abm.theory.following import follow
from hivemind_abm.theory.symmetry import places_of
from hivemind_abm.theory.varied import InfiniteHive, checked_values, varied_hives

__all__ = ["Bifurcation", "bifurcation"]

_BEES, _BEES_ALL = 128_000, 256_000  # decisions per point; where all are heard
_CURVE = 160  # values at which branches are followed, at least
_LEAST_SHARE = 0.01  # of a rule whose bees may change


def bifurcation(
    rule: Any,
    bandit: Any = "evenly spaced",
    vary: str = "",
    values: Any = (),
    neighbourhood_size: int | str | None = None,
    *,
    updating: str | float = SYNCHRONOUS,
    population_size: int = 1000,
    bees: int | None = None,
    seed: Any = 1,
    **parameters: Any,
) -> Bifurcation:
    """Follow the fixed points of a mean field while one number changes, and find where they meet.

    The drift is measured as `mean_field` does; no equations are needed.

    Args:
        rule: As for `Hive`.
        bandit: As for `Hive`.
        vary: What changes: a field of the rule or of the bandit; "q_star[1]", an item of a field;
            "neighbourhood_size"; "updating", for a chance; or "rule_share_1", the share of the bees
            that follow rule 1, where the other rules keep their proportions.
        values: Its values, at least 3 numbers.
        neighbourhood_size: M, "all", or None for what the rule hears by default.
        updating: As for `Hive`.
        population_size: N, for the fluctuations.
        bees: Decisions per value and point, at least 128.  None for 128,000 (256,000 where all are
            heard, 20,000 where the rule runs interpreted).
        seed: The number that names the measurement.
        parameters: Fields of the rule and of the bandit where they are given by name.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    numbers = checked_values(values)
    checks.whole_number("population_size", population_size, 2)
    if bees is not None:
        bees = checks.whole_number("bees", bees, 2 * HIVES)
    run_seed = seed_sequence(seed, "seed")
    arguments = {"neighbourhood_size": neighbourhood_size, "updating": updating}
    hives, whole = varied_hives(bifurcation, rule, bandit, vary, numbers, arguments, parameters)
    _check_kinds(hives, vary)
    return _followed(hives, whole, vary, numbers, updating, population_size, bees, run_seed)


def _followed(
    hives: list[InfiniteHive],
    whole: bool,
    vary: str,
    numbers: np.ndarray,
    updating: str | float,
    population_size: int,
    bees: int | None,
    run_seed: RunSeed,
) -> Bifurcation:
    """Measure, follow, and put the result together."""
    columns = hives[0].bandit.n_action + any(each.uncommitted for each in hives[0].kinds.rules)
    places = places_of(hives[0].kinds, columns, run_seed)
    meters = [_meter(hive, bees, run_seed.child(v)) for v, hive in enumerate(hives)]
    measured = [meter.measure(places) for meter in meters]
    scaled = on_scale(numbers)
    dense = scaled if whole else _dense(scaled)
    following = follow(hives, measured, scaled, dense, run_seed.child(len(hives)))
    return Bifurcation(
        tuple(hives),
        vary,
        numbers,
        updating,
        population_size,
        points_on_curve(following, meters, numbers, population_size),
        meeting_points(following, meters, numbers),
        following.field.degrees,
        following.field.misfit,
        following.equal,
    )


def _check_kinds(hives: Sequence[InfiniteHive], vary: str) -> None:
    """Refuse hives whose free bees differ from value to value, or are too few."""
    for hive in hives:
        if hive.kinds.free != hives[0].kinds.free:
            raise ValueError(f"vary must leave a rule's bees able to change; {vary} does not")
        least = min(hive.kinds.free_weights)
        if least < _LEAST_SHARE:
            raise ValueError(
                f"values must leave each rule whose bees change at least {_LEAST_SHARE:.0%} of the "
                f"bees, not {least:.2%}"
            )
        if hive.bandit.n_action != hives[0].bandit.n_action:
            raise ValueError(f"vary must leave the number of options as it is; {vary} does not")


def _meter(hive: InfiniteHive, bees: int | None, seed: RunSeed) -> DriftMeter:
    """A meter for one value."""
    rate = 1.0 if hive.chance is None else hive.chance
    usual = DriftMeter(hive.kinds, hive.bandit, hive.size, None, seed, rate).bees
    default = min(usual, _BEES_ALL if hive.size == "all" else _BEES)
    return DriftMeter(hive.kinds, hive.bandit, hive.size, bees or default, seed, rate)


def _dense(scaled: np.ndarray) -> np.ndarray:
    """The values with others between them."""
    parts = max(1, -(-_CURVE // (scaled.size - 1)))
    inside = [np.linspace(a, b, parts, endpoint=False) for a, b in pairwise(scaled)]
    return np.concatenate([*inside, scaled[-1:]])
