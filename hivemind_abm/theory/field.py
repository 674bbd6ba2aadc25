"""The measured mean field of a hive, and how it is shown.

Knows: what follows from the measured drift: tables, a verdict, what time means.  Does not know: how
it is measured (`mean_field`, `drift`).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS, chance_of
from hivemind_abm.results import Result
from hivemind_abm.theory.drift import Measurement, expected_changes
from hivemind_abm.theory.dynamics import DYNAMICS, Derivative, replicator
from hivemind_abm.theory.fit import LEVEL, Fit
from hivemind_abm.theory.fixed_points import FixedPoint, describe_fixed_points
from hivemind_abm.theory.kinds import Kinds
from hivemind_abm.theory.known_fit import KnownFit
from hivemind_abm.theory.nearest import Nearest, nearest_dynamics

__all__ = ["MeanField"]

_SEARCHED = {2: "everywhere", 3: "corners, edges and inside", 4: "corners and edges"}


@dataclass(frozen=True, eq=False, repr=False)
class MeanField(Result):
    """The expected change of the shares in one step of an infinite hive.

    `mean_field` makes it.

    In an asynchronous hive the drift is the same, but in continuous time, with a step as its unit:
    beside runs belongs the solution of the ODE (`solver`), not the map x + drift.  Where rewards
    depend on the shares, such bees also hear payoffs that were pulled some time before, and only
    the fixed points are those of the hive.  Where each bee decides with probability p in a step,
    the drift is p times as large.

    In a hive of several rules, the state holds the shares among the bees of each rule.  Zealots,
    bees with a rule that asks nothing and always returns the same option (or the bee's own), keep
    their options.  Where one rule may change, `shares` and `drift` of the whole hive say all, and
    fixed points are looked for.  Bees that may hold no option are a further share, the last one.

    Attributes:
        kinds: The rules, the share of the bees that follow each, and which are zealots.
        bandit: The bandit, an instance.
        neighbourhood_size: M, or "all".
        updating: As for `Hive`.
        whole: The measured changes of the shares in the whole hive.
        by_kind: The same among the bees of each rule that may change, one rule after the other.
        still: The probability that chance gives a drift as large where there is none.
        fits: How the drift compares with TRD, MRD and other dynamics that were asked for, by name.
        fixed_points: Where the drift is zero, as far as was looked: shares of the whole hive.
            Empty where there is no drift.
    """

    kinds: Kinds
    bandit: Bandit
    neighbourhood_size: int | str
    updating: str | float
    whole: Measurement
    by_kind: Measurement
    still: float
    fits: dict[str, Fit]
    fixed_points: tuple[FixedPoint, ...]

    @property
    def rule(self) -> ImitationRule:
        """The rule; the first one if there are several."""
        return self.kinds.rules[0]

    @property
    def shares(self) -> np.ndarray:
        """The points, shape (P, K), or (P, K + 1) where bees may hold no option."""
        return self.whole.points

    @property
    def options(self) -> list[int | str]:
        """What each share is the share of: an option, or "none" for bees that hold no option."""
        k = self.bandit.n_action
        return [*range(k), *(["none"] if self.shares.shape[1] > k else [])]

    @property
    def drift(self) -> np.ndarray:
        """The expected change in one step, in the shape of `shares`.

        In an asynchronous hive, it is the derivative in continuous time.
        """
        return self.whole.drift

    @property
    def error(self) -> np.ndarray:
        """The standard error of the drift, in the shape of `shares`."""
        return self.whole.error

    @property
    def solver(self) -> dict[str, Any]:
        """The arguments of `ReplicatorModel` with which a dynamic belongs beside this hive."""
        chance = chance_of(self.updating)
        return {"method": "exact"} if chance is None else {"method": "euler", "delta": chance}

    def expected_drift(self, dynamic: str | Derivative) -> np.ndarray:
        """The drift that a dynamic expects at the points, in the shape of `shares`.

        Args:
            dynamic: A name, such as "TRD", or a function (shares, fitness) -> derivative.
        """
        return self._rate * expected_changes(replicator(dynamic), self.bandit, self.shares)

    @property
    def name(self) -> str:
        """The rule's symbol, such as R_wvoter; of several rules with the share of each."""
        if self.kinds.alone:
            return self.rule.symbol
        pairs = zip(self.kinds.weights, self.kinds.rules, strict=True)
        return " + ".join(f"{weight:.4g} {rule.symbol}" for weight, rule in pairs)

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

    @cached_property
    def known(self) -> Nearest | None:
        """The drift beside all dynamics that have a name; None where there is no drift.

        `fits` are asked whether the drift is that of TRD and MRD; this, which dynamic it is, what
        multiple of it, and with which parameter.
        """
        if self.still >= LEVEL:
            return None
        fitness = expected_changes(lambda _, q: q, self.bandit, self.shares)
        return nearest_dynamics(self.whole, fitness, self._rate)

    @property
    def nearest(self) -> KnownFit | None:
        """The simplest known dynamic that fits; else the one that leaves the least.

        `nearest.fits` says which.  None where there is no drift.
        """
        return self.known.best if self.known else None

    def dynamics_table(self) -> pd.DataFrame:
        """One row per known dynamic; empty where there is no drift.

        Where no bee takes an option that nobody holds, dynamics are those among the options that
        somebody holds.

        Returns:
            dynamic; follows ("equal", "proportional", "limit" or "no", see `KnownFit.follows`);
            multiple and value, the best multiple and the best value of the parameter together, with
            their standard errors, inf where they are not determined; rms, what these leave;
            chance_rms, what chance leaves; p, the probability that chance leaves as much.
            once_value, once_value_error, once_rms and once_p are the same for the dynamic itself
            in place of a multiple of it.
        """
        return self.known.table() if self.known else pd.DataFrame()

    @property
    def nearest_in_words(self) -> str:
        """Which known dynamic the drift is, or which is the nearest, in a line."""
        return f"{self.title}: {self.known or 'no change within error'}"

    @property
    def searched(self) -> str:
        """Where fixed points were looked for."""
        if len(self.kinds.free) > 1:
            return "nowhere: several rules may change"
        return _SEARCHED.get(self.shares.shape[1], "corners only")

    def table(self) -> pd.DataFrame:
        """One row per point: share_a, drift_a, error_a and, for TRD and MRD, NAME_a.

        Where bees may hold no option, `none` stands in place of a, too.  In a hive of several
        rules, also kind_i_share_a and kind_i_drift_a among the bees of each rule that may change.
        """
        columns = {"share": self.shares, "drift": self.drift, "error": self.error}
        columns |= {name: self.expected_drift(name) for name in self.fits if name in DYNAMICS}
        if not self.kinds.alone:
            width = self.shares.shape[1]
            for place, kind in enumerate(self.kinds.free):
                part = slice(place * width, (place + 1) * width)
                columns[f"kind_{kind}_share"] = self.by_kind.points[:, part]
                columns[f"kind_{kind}_drift"] = self.by_kind.drift[:, part]
        return pd.DataFrame(
            {
                f"{name}_{option}": column
                for name, values in columns.items()
                for option, column in zip(self.options, values.T, strict=True)
            }
        )

    def summary(self) -> dict[str, Any]:
        """The comparison with each dynamic, and the number of fixed points.

        Returns:
            rule, bandit, neighbourhood_size, updating and time ("continuous" or "steps") unless the
            hive is synchronous, follows (the dynamics that the drift equals; "no
            change" for neutral drift); for each dynamic NAME_rms, NAME_p and NAME_factor, see
            `Fit`; fixed_points and stable_points, how many there are.
        """
        row: dict[str, Any] = {
            "rule": self.name,
            "bandit": type(self.bandit).__name__,
            "neighbourhood_size": self.neighbourhood_size,
        }
        if self.updating != SYNCHRONOUS:
            row["updating"] = self.updating
            row["time"] = "continuous" if self.updating == ASYNCHRONOUS else "steps"
        row["follows"] = self._follows_in_words
        for name, result in self.fits.items():
            row[f"{name}_rms"], row[f"{name}_p"] = result.rms, result.p
            row[f"{name}_factor"] = result.factor
        stable = sum(point.kind == "stable" for point in self.fixed_points)
        return row | {"fixed_points": len(self.fixed_points), "stable_points": stable}

    @property
    def title(self) -> str:
        """The first words of all that is shown: the rule, M, and how bees are updated."""
        how = "" if self.updating == SYNCHRONOUS else f", updating = {self.updating}"
        return f"{self.name}, M = {self.neighbourhood_size}{how}"

    @property
    def _rate(self) -> float:
        """The chance that a bee decides in a step; 1 in continuous time."""
        return chance_of(self.updating) or 1.0

    @property
    def _follows_in_words(self) -> str:
        return "no change" if self.still >= LEVEL else ", ".join(self.follows) or "none"

    def __repr__(self) -> str:
        """The rule, the dynamic that it follows, and the number of fixed points."""
        points = f"{len(self.fixed_points)} fixed points"
        return f"<MeanField: {self.title}, follows {self._follows_in_words}, {points}>"

    def __str__(self) -> str:
        """The verdict, the nearest dynamic where that says none, and the fixed points."""
        points = describe_fixed_points(self.fixed_points)
        head = f"fixed points ({self.searched}):" if points else "no fixed points known"
        answered = any(fit.equal or fit.proportional for fit in self.fits.values())
        nearest = [self.nearest_in_words] if self.known and not answered else []
        return "\n".join([self.verdict, *nearest, head, *(f"  {point}" for point in points)])
