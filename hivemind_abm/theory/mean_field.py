"""The mean field of a rule: what it does to the shares of an infinite hive.

Knows: what is measured and compared for one rule, and the verdict.  Does not know: how the drift is
measured (`drift`), compared (`fit`) and drawn, nor how its zeros are found (`fixed_points`).
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.registry import build_parts
from hivemind_abm.results import Result
from hivemind_abm.theory.drift import (
    HIVES,
    DriftMeter,
    checked_points,
    default_points,
    expected_changes,
)
from hivemind_abm.theory.dynamics import DYNAMICS, Derivative
from hivemind_abm.theory.fit import LEVEL, Fit, chance_of, fit
from hivemind_abm.theory.fixed_points import FixedPoint, describe_fixed_points, find_fixed_points

__all__ = ["MeanField", "mean_field"]

_SEARCHED = {2: "everywhere", 3: "corners, edges and inside", 4: "corners and edges"}


def mean_field(
    rule: Any = "wvoter",
    bandit: Any = "evenly spaced",
    neighbourhood_size: int | str | None = None,
    *,
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

    Args:
        rule: As for `Hive`.
        bandit: As for `Hive`.
        neighbourhood_size: M, "all", or None for what the rule hears by default.
        points: Shares, shape (P, K).  None for 41 points (K = 2), a grid of 66 (K = 3) or 60 random
            ones.
        bees: Decisions per point, at least 128.  None for 1,280,000, or 20,000 where the rule runs
            interpreted.
        dynamics: What to compare with, by name: functions (shares, fitness) -> derivative.
        fixed_points: Whether to look for fixed points.
        seed: The number that names the measurement.
        parameters: Fields of the rule and of the bandit where they are given by name.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    reserved = [name for name in inspect.signature(mean_field).parameters if name != "parameters"]
    rule, bandit = build_parts([find_rule(rule), find_bandit(bandit)], parameters, reserved)
    k = bandit.n_action
    if k < 2:
        raise ValueError(f"bandit must have at least 2 options, not {k}")
    size = rule.hears if neighbourhood_size is None else neighbourhood_size
    if bees is not None:
        bees = checks.whole_number("bees", bees, 2 * HIVES)
    run_seed = seed_sequence(seed, "seed")
    meter = DriftMeter(rule, bandit, size, bees, run_seed)
    shares = default_points(k, run_seed) if points is None else checked_points(points, k)
    measurement = meter.measure(shares)
    fits = {
        name: fit(name, expected_changes(dynamic, bandit, shares), measurement)
        for name, dynamic in dynamics.items()
    }
    still = chance_of(measurement, np.zeros_like(shares))
    search = fixed_points and still < LEVEL
    zeros = tuple(find_fixed_points(meter, measurement)) if search else ()
    drift, error = measurement.drift, measurement.error
    return MeanField(rule, bandit, size, shares, drift, error, still, fits, zeros)


@dataclass(frozen=True, eq=False, repr=False)
class MeanField(Result):
    """The expected change of the shares in one step of an infinite hive.

    `mean_field` makes it.

    Attributes:
        rule: The rule, an instance.
        bandit: The bandit, an instance.
        neighbourhood_size: M, or "all".
        shares: The points, shape (P, K).
        drift: The expected change in one step, shape (P, K).
        error: The standard error of the drift, shape (P, K).
        still: The probability that chance gives a drift as large where there is none.
        fits: How the drift compares with TRD, MRD and other dynamics that were asked for, by name.
        fixed_points: Where the drift is zero, as far as was looked.  Empty where there is no drift.
    """

    rule: ImitationRule
    bandit: Bandit
    neighbourhood_size: int | str
    shares: np.ndarray
    drift: np.ndarray
    error: np.ndarray
    still: float
    fits: dict[str, Fit]
    fixed_points: tuple[FixedPoint, ...]

    @property
    def name(self) -> str:
        """The rule's symbol, such as R_wvoter."""
        return self.rule.symbol

    @property
    def follows(self) -> list[str]:
        """The names of the dynamics that the drift equals, within error."""
        return [name for name, result in self.fits.items() if result.equal]

    @property
    def verdict(self) -> str:
        """Which dynamic the rule follows, or its distance from each, one line per dynamic."""
        if self.still >= LEVEL:
            return f"{self.title}: no change within error, only chance (neutral drift)"
        shown = self.follows or self.fits
        return "\n".join(f"{self.title}: {self.fits[name]}" for name in shown)

    @property
    def searched(self) -> str:
        """Where fixed points were looked for."""
        return _SEARCHED.get(self.bandit.n_action, "corners only")

    def table(self) -> pd.DataFrame:
        """One row per point: share_a, drift_a, error_a and, for TRD and MRD, NAME_a."""
        columns = {"share": self.shares, "drift": self.drift, "error": self.error}
        for name in self.fits:
            if name in DYNAMICS:
                columns[name] = expected_changes(DYNAMICS[name], self.bandit, self.shares)
        return pd.DataFrame(
            {
                f"{name}_{a}": values[:, a]
                for name, values in columns.items()
                for a in range(self.bandit.n_action)
            }
        )

    def summary(self) -> dict[str, Any]:
        """The comparison with each dynamic, and the number of fixed points.

        Returns:
            rule, bandit, neighbourhood_size, follows (the dynamics that the drift equals; "no
            change" for neutral drift); for each dynamic NAME_rms, NAME_p and NAME_factor, see
            `Fit`; fixed_points and stable_points, how many there are.
        """
        row: dict[str, Any] = {
            "rule": self.name,
            "bandit": type(self.bandit).__name__,
            "neighbourhood_size": self.neighbourhood_size,
            "follows": self._follows_in_words,
        }
        for name, result in self.fits.items():
            row[f"{name}_rms"], row[f"{name}_p"] = result.rms, result.p
            row[f"{name}_factor"] = result.factor
        stable = sum(point.kind == "stable" for point in self.fixed_points)
        return row | {"fixed_points": len(self.fixed_points), "stable_points": stable}

    @property
    def title(self) -> str:
        """The first words of all that is shown: the rule and M."""
        return f"{self.name}, M = {self.neighbourhood_size}"

    @property
    def _follows_in_words(self) -> str:
        return "no change" if self.still >= LEVEL else ", ".join(self.follows) or "none"

    def __repr__(self) -> str:
        """The rule, the dynamic that it follows, and the number of fixed points."""
        points = f"{len(self.fixed_points)} fixed points"
        return f"<MeanField: {self.title}, follows {self._follows_in_words}, {points}>"

    def __str__(self) -> str:
        """The verdict and the fixed points, a few lines."""
        points = describe_fixed_points(self.fixed_points)
        head = f"fixed points ({self.searched}):" if points else "no fixed points known"
        return "\n".join([self.verdict, head, *(f"  {point}" for point in points)])
