"""Fixed points followed over a parameter, and how they are shown.

Knows: the tables and texts.  Does not know: how the points are found (`bifurcation`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.results import Result
from hivemind_abm.theory.branch_points import BranchPoint, MeetingPoint
from hivemind_abm.theory.varied import InfiniteHive

__all__ = ["Bifurcation"]


@dataclass(frozen=True, eq=False, repr=False)
class Bifurcation(Result):
    """The fixed points of a hive while one number changes.  `bifurcation` makes it.

    Attributes:
        hives: What was measured at each value.
        vary: What changes.
        values: Its values, shape (V,).
        updating: As for `Hive`.
        population_size: N, for the fluctuations.
        curve: The fixed points at these values and at more between them, in the order of branches.
        met: Where branches meet, by rising value.
        degrees: Of the fitted polynomial, in the shares and in the varied number.
        misfit: The root mean square of what the polynomial leaves of the drift beyond chance.
        equal: Whether options count as equal.
    """

    hives: tuple[InfiniteHive, ...]
    vary: str
    values: np.ndarray
    updating: str | float
    population_size: int
    curve: tuple[BranchPoint, ...]
    met: tuple[MeetingPoint, ...]
    degrees: tuple[int, int]
    misfit: float
    equal: bool

    @property
    def options(self) -> list[int | str]:
        """What each share is the share of: an option, or "none" for the uncommitted."""
        k = self.hives[0].bandit.n_action
        none = any(rule.uncommitted for rule in self.hives[0].kinds.rules)
        return [*range(k), *(["none"] if none else [])]

    @property
    def points(self) -> list[BranchPoint]:
        """The fixed points at the values that were asked for, by rising value."""
        asked = [point for point in self.curve if point.measured]
        return sorted(asked, key=lambda point: (point.value, point.branch))

    def table(self) -> pd.DataFrame:
        """One row per value and fixed point.

        Columns: value, branch, share_a, error_a, kind, eigenvalue (its real part),
        eigenvalue_imaginary, eigenvalue_error and std_a.  For the uncommitted, `none` stands in
        place of a.  In a hive of several rules, also kind_i_share_a among the bees of each rule
        that may change.
        """
        return pd.DataFrame([self._row(point) for point in self.points], columns=self._columns())

    def meetings(self) -> pd.DataFrame:
        """One row per meeting: value, error, kind and share_a."""
        shares = [f"share_{option}" for option in self.options]
        rows = [[each.value, each.error, each.kind, *each.shares] for each in self.met]
        return pd.DataFrame(rows, columns=["value", "error", "kind", *shares])

    def summary(self) -> dict[str, Any]:
        """The hive, what varies, and where branches meet.

        Returns:
            rule, bandit, neighbourhood_size, updating, vary, first and last value, branches,
            meetings (how many), and for each NAME_i, NAME_i_error (NAME is its kind), then misfit.
        """
        row: dict[str, Any] = {
            "rule": self.name,
            "bandit": type(self.hives[0].bandit).__name__,
            "neighbourhood_size": self.hives[0].size,
            "updating": self.updating,
            "vary": self.vary,
            "first_value": self.values[0].item(),
            "last_value": self.values[-1].item(),
            "branches": len({point.branch for point in self.curve}),
            "meetings": len(self.met),
        }
        for place, each in enumerate(self.met):
            name = f"{each.kind.replace(' ', '_')}_{place}"
            row[name], row[f"{name}_error"] = each.value, each.error
        return row | {"misfit": self.misfit}

    @property
    def name(self) -> str:
        """The rule's symbol; of several rules, all."""
        return " + ".join(rule.symbol for rule in self.hives[0].kinds.rules)

    @property
    def title(self) -> str:
        """The first words of all that is shown."""
        return f"{self.name} over {self.vary}"

    def __repr__(self) -> str:
        """What varies, and where branches meet."""
        met = ", ".join(f"{each.kind} at {each.value:.5g}" for each in self.met) or "no meeting"
        return f"<Bifurcation: {self.title}, {met}>"

    def __str__(self) -> str:
        """Where branches meet, one line each."""
        lines = [f"  {self.vary} = {each}" for each in self.met]
        head = "branches meet at:" if lines else "no branches meet between these values"
        span = f"{self.values[0]:g} to {self.values[-1]:g}"
        return "\n".join([f"{self.title}, {span}; {head}", *lines])

    def _columns(self) -> list[str]:
        names = [f"share_{option}" for option in self.options]
        names += [f"error_{option}" for option in self.options]
        names += ["kind", "eigenvalue", "eigenvalue_imaginary", "eigenvalue_error"]
        names += [f"std_{option}" for option in self.options]
        if not self.hives[0].kinds.alone:
            free = self.hives[0].kinds.free
            names += [f"kind_{kind}_share_{a}" for kind in free for a in self.options]
        return ["value", "branch", *names]

    def _row(self, point: BranchPoint) -> list[Any]:
        rate = point.eigenvalue
        row = [point.value, point.branch, *point.shares, *point.errors, point.kind]
        row += [rate.real, rate.imag, point.eigenvalue_error, *point.std]
        return row if self.hives[0].kinds.alone else [*row, *point.by_kind]
