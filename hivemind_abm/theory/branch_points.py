"""Fixed points and meetings as users see them: shares of the whole hive, and values.

Knows: how they follow from coordinates and from the scale from -1 to 1.  Does not know: how they
are found, nor their tables.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hivemind_abm.theory.drift import DriftMeter
from hivemind_abm.theory.following import Following

__all__ = ["BranchPoint", "MeetingPoint", "meeting_points", "on_scale", "points_on_curve"]


@dataclass(frozen=True)
class BranchPoint:
    """A fixed point at one value.

    Attributes:
        value: Of the varied number.
        branch: The number of the branch that it is on.
        shares: Of the whole hive, shape (K,), or (K + 1,) with the uncommitted last.
        errors: Their standard errors.
        kind: "stable", "unstable", "saddle", or "unclear" where the error is too large to tell.
        eigenvalue: The one of the drift's derivative that decides on stability, in 1 / step.
        eigenvalue_error: The standard error of how fast a small distance grows.
        std: Standard deviations of the shares in a hive of N bees; NaN where it is not stable.
        by_kind: The shares among the bees of each rule that may change, one after the other.
        measured: Whether the value is one of those that were asked for.
    """

    value: float
    branch: int
    shares: tuple[float, ...]
    errors: tuple[float, ...]
    kind: str
    eigenvalue: complex
    eigenvalue_error: float
    std: tuple[float, ...]
    by_kind: tuple[float, ...]
    measured: bool


@dataclass(frozen=True)
class MeetingPoint:
    """Where branches meet, or where a fixed point loses its stability to an oscillation.

    Attributes:
        value: Of the varied number.
        error: Its standard error.
        shares: Of the whole hive, shape (K,) or (K + 1,).
        kind: "fold", "pitchfork", "transcritical", "oscillation" or "period two".
        branches: The numbers of the branches.
    """

    value: float
    error: float
    shares: tuple[float, ...]
    kind: str
    branches: tuple[int, ...]

    def __str__(self) -> str:
        """The meeting in one line, without the name of what varies."""
        shares = ", ".join(f"{share:.4g}" for share in self.shares)
        return f"{self.value:.5g} +- {self.error:.2g}  {self.kind} at shares ({shares})"


def on_scale(values: np.ndarray) -> np.ndarray:
    """Increasing values on a scale on which they run from -1 to 1."""
    return 2.0 * (values - values[0]) / (values[-1] - values[0]) - 1.0


def points_on_curve(
    following: Following,
    meters: Sequence[DriftMeter],
    values: np.ndarray,
    population_size: int,
) -> tuple[BranchPoint, ...]:
    """All fixed points, in the order of branches.

    Args:
        following: What was found.
        meters: For each value, what knows the shares of the whole hive.
        values: The measured values, shape (V,).
        population_size: N, for the fluctuations.
    """
    hive = _WholeHive(following, meters, values)
    points = []
    for number, branch in enumerate(following.branches):
        for place in branch:
            points.append(hive.point(number, place, population_size))
    return tuple(points)


def meeting_points(
    following: Following, meters: Sequence[DriftMeter], values: np.ndarray
) -> tuple[MeetingPoint, ...]:
    """All meetings, by rising value; arguments as for `points_on_curve`."""
    hive = _WholeHive(following, meters, values)
    return tuple(
        MeetingPoint(
            value=hive.value(each.s),
            error=each.error * hive.value_per_s,
            shares=_in_simplex(hive.shares(each.y, each.s)),
            kind=each.kind,
            branches=each.branches,
        )
        for each in following.meetings
    )


class _WholeHive:
    """The way from coordinates to the shares of the whole hive."""

    def __init__(
        self, following: Following, meters: Sequence[DriftMeter], values: np.ndarray
    ) -> None:
        self._following, self._meters, self._values = following, meters, values
        self._scaled = on_scale(values)
        self.value_per_s = 0.5 * float(values[-1] - values[0])

    def value(self, s: float) -> float:
        nearest = int(np.argmin(np.abs(self._scaled - s)))
        if self._scaled[nearest] == s:
            return float(self._values[nearest])
        return float(self._values[0] + (s + 1.0) * self.value_per_s)

    def shares(self, y: np.ndarray, s: float) -> np.ndarray:
        at = self._following.simplex.shares(y)
        return self._between(s, lambda meter: meter.whole(at))

    def point(self, branch: int, place: int, population_size: int) -> BranchPoint:
        zeros, simplex = self._following.zeros, self._following.simplex
        y, s = zeros.y[place], float(zeros.s[place])
        one = simplex.changes(np.eye(simplex.d))
        slope = self._between(s, lambda meter: meter.moved(one)).T
        noise = self._following.spread.get(place)
        std = np.full(len(slope), np.nan)
        if noise is not None:
            std = _roots(slope @ noise @ slope.T) / np.sqrt(population_size)
        return BranchPoint(
            value=self.value(s),
            branch=branch,
            shares=_in_simplex(self.shares(y, s)),
            errors=tuple(_roots(slope @ zeros.error[place] @ slope.T).tolist()),
            kind=zeros.kind(place),
            eigenvalue=complex(zeros.eigenvalues[place, 0]),
            eigenvalue_error=float(zeros.growth_error[place, 0]),
            std=tuple(std.tolist()),
            by_kind=_in_simplex(simplex.shares(y)),
            measured=s in self._scaled,
        )

    def _between(self, s: float, of_meter: Callable[[DriftMeter], np.ndarray]) -> np.ndarray:
        """What depends on the shares of the rules, which are linear between two values."""
        last = len(self._meters) - 1
        after = min(max(int(np.searchsorted(self._scaled, s)), 1), last)
        part = (s - self._scaled[after - 1]) / (self._scaled[after] - self._scaled[after - 1])
        low, high = of_meter(self._meters[after - 1]), of_meter(self._meters[after])
        return (1.0 - part) * low + part * high


def _in_simplex(shares: np.ndarray) -> tuple[float, ...]:
    return tuple(np.clip(shares, 0.0, 1.0).tolist())


def _roots(matrix: np.ndarray) -> np.ndarray:
    """The square roots of the diagonal."""
    return np.sqrt(np.maximum(np.diag(matrix), 0.0))
