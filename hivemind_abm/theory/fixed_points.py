"""Where a measured drift is zero, and whether it leads there or away.

Knows: how zeros are found and classified from measurements.  Does not know: how the drift is
measured (`drift`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from scipy import optimize

from hivemind_abm.theory.drift import HIVES, DriftMeter, Measurement

__all__ = ["FixedPoint", "describe_fixed_points", "find_fixed_points"]

_KINDS = ("stable", "unclear", "saddle", "unstable")  # in the order of description
_MOST_RATES = 4  # written out

_ZERO = 1e-12  # a smaller change is rounding
_STEP = 0.02  # of shares, for derivatives
_HALVINGS = 8
_NARROW = 0.06  # an interval this short may end at a point whose drift is within error
_EDGE_POINTS = 21
_DEGREE = 5  # of the polynomial that is fitted inside the triangle
_APART = 0.03  # zeros closer than this are the same


@dataclass(frozen=True)
class FixedPoint:
    """Shares at which the drift is zero.

    Attributes:
        shares: Shape (K,).
        kind: "stable", "unstable", "saddle", or "unclear" where the error is too large to tell.
        rates: Eigenvalues of the drift's derivative (real parts, increasing), in 1 / step, shape
            (K - 1,).
        error: The standard error of a rate, roughly.
    """

    shares: tuple[float, ...]
    kind: str
    rates: tuple[float, ...]
    error: float

    def __str__(self) -> str:
        """The point in one line."""
        shares = ", ".join(f"{share:.4g}" for share in self.shares)
        rates = ", ".join(f"{rate:.4f}" for rate in self.rates[:_MOST_RATES])
        if len(self.rates) > _MOST_RATES:
            rates += " ..."
        return f"({shares}) {self.kind}, rates {rates} +- {self.error:.4f}"


def describe_fixed_points(points: Sequence[FixedPoint], most: int = 12) -> list[str]:
    """One line per fixed point, at most this many, the stable ones first."""
    ranked = sorted(points, key=lambda point: _KINDS.index(point.kind))
    lines = [str(point) for point in ranked[:most]]
    return lines + ([f"and {len(ranked) - most} more"] if len(ranked) > most else [])


def find_fixed_points(meter: DriftMeter, measurement: Measurement) -> list[FixedPoint]:
    """The fixed points of a drift, as far as they are looked for.

    These are corners at which nothing changes; zeros on the edges (K up to 4); zeros of a fitted
    polynomial inside the triangle (K = 3).

    Args:
        meter: For further measurements.
        measurement: The drift at points that cover the simplex.
    """
    k = meter.n_action
    corners = np.eye(k)
    moved = np.abs(meter.measure(corners).drift).max(axis=1)
    zeros = [corner for corner, change in zip(corners, moved, strict=True) if change < _ZERO]
    if k == 2:
        line = _Line(corners[1], corners[0], option=0)
        zeros += _zeros_on_line(meter, line, measurement.points[:, 0], measurement)
    elif k <= 4:
        zeros += _zeros_on_edges(meter)
    if k == 3:
        zeros += _zeros_inside(meter, measurement)
    return [_classified(meter, zero) for zero in zeros]


class _Line(NamedTuple):
    """The shares (1 - x) start + x end, and the option whose drift is followed along them."""

    start: np.ndarray
    end: np.ndarray
    option: int

    def point(self, x: float) -> np.ndarray:
        return (1.0 - x) * self.start + x * self.end


class _Place(NamedTuple):
    """A place on a line, and the drift there."""

    x: float
    drift: float


def _zeros_on_edges(meter: DriftMeter) -> list[np.ndarray]:
    """Zeros on the edges on which the absent options stay absent."""
    corners = np.eye(meter.n_action)
    x = np.linspace(0.0, 1.0, _EDGE_POINTS)
    zeros = []
    for a, b in combinations(range(meter.n_action), 2):
        line = _Line(corners[b], corners[a], option=a)
        measurement = meter.measure(np.array([line.point(place) for place in x]))
        drift = measurement.drift
        off_the_edge = np.abs(drift.sum(axis=1) - drift[:, [a, b]].sum(axis=1)).max()
        if off_the_edge < _ZERO:
            zeros += _zeros_on_line(meter, line, x, measurement)
    return zeros


def _zeros_on_line(
    meter: DriftMeter, line: _Line, x: np.ndarray, measurement: Measurement
) -> list[np.ndarray]:
    """Zeros where the drift along a line changes sign, between neighbouring points of known sign.

    Args:
        meter: For further measurements.
        line: The line.
        x: Where on it the points of the measurement are, shape (P,).
        measurement: The drift there.
    """
    drift, error = measurement.drift[:, line.option], measurement.error[:, line.option]
    known = [
        _Place(x[i], drift[i]) for i in range(len(x)) if abs(drift[i]) > max(3.0 * error[i], _ZERO)
    ]
    return [
        _zero_between(meter, line, low, high)
        for low, high in pairwise(known)
        if low.drift * high.drift < 0.0
    ]


def _zero_between(meter: DriftMeter, line: _Line, low: _Place, high: _Place) -> np.ndarray:
    """A zero between two places, by halving the interval as far as the error allows."""
    for _ in range(_HALVINGS):
        x = 0.5 * (low.x + high.x)
        changes = meter.measure(line.point(x)[None]).changes[0, :, line.option]
        middle = _Place(x, changes.mean())
        if abs(middle.drift) <= 3.0 * changes.std(ddof=1) / math.sqrt(HIVES):
            if high.x - low.x < _NARROW:
                return line.point(x)
            break
        if middle.drift * low.drift > 0.0:
            low = middle
        else:
            high = middle
    left, right = abs(low.drift), abs(high.drift)
    return line.point(low.x + (high.x - low.x) * left / (left + right))


def _zeros_inside(meter: DriftMeter, measurement: Measurement) -> list[np.ndarray]:
    """Zeros of polynomials fitted to the drift of the first two options, measured once more."""
    powers = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]

    def terms(x: np.ndarray) -> np.ndarray:
        return np.stack([x[..., 0] ** i * x[..., 1] ** j for i, j in powers], axis=-1)

    points = measurement.points
    coefficients = np.linalg.lstsq(terms(points), measurement.drift[:, :2], rcond=None)[0]
    zeros: list[np.ndarray] = []
    for start in points[(points > 0.05).all(axis=1)]:
        solution = optimize.root(lambda x: terms(x) @ coefficients, start[:2])
        x = np.array([*solution.x, 1.0 - solution.x.sum()])
        known = any(np.abs(x - zero).max() < _APART for zero in zeros)
        if solution.success and (x > 0.002).all() and not known:
            again = meter.measure(x[None])
            if (np.abs(again.drift) < 5.0 * again.error + 1e-3).all():
                zeros.append(x)
    return zeros


def _classified(meter: DriftMeter, x: np.ndarray) -> FixedPoint:
    """A zero with its kind, from the drift's derivative in all directions inside the simplex."""
    jacobian, error = _jacobian(meter, x)
    rates = np.sort(np.linalg.eigvals(jacobian).real)
    falls, rises = rates < -2.0 * error, rates > 2.0 * error
    if falls[-1]:
        kind = "stable"
    elif rises[0]:
        kind = "unstable"
    else:
        kind = "saddle" if falls[0] and rises[-1] else "unclear"
    shares = tuple(float(share) for share in x)
    return FixedPoint(shares, kind, tuple(float(rate) for rate in rates), error)


def _jacobian(meter: DriftMeter, x: np.ndarray) -> tuple[np.ndarray, float]:
    """The drift's derivative at a zero, shape (K - 1, K - 1), and the largest error of an entry.

    A share changes at the cost of the largest one.  At a face of the simplex the difference is
    one-sided.
    """
    k, largest = len(x), int(np.argmax(x))
    others = [a for a in range(k) if a != largest]
    places, steps = [], []
    for a in others:
        up = np.zeros(k)
        up[a], up[largest] = _STEP, -_STEP
        at_face = x[a] < _STEP
        places.append([x + up, x if at_face else x - up])
        steps.append(_STEP if at_face else 2.0 * _STEP)
    points = np.clip(np.concatenate(places), 0.0, 1.0)
    at_zero = np.array([bool((point == x).all()) for point in points])
    changes = np.zeros((len(points), HIVES, k))  # at the zero itself nothing changes
    changes[~at_zero] = meter.measure(points[~at_zero], same_seed=True).changes
    differences = (changes[0::2] - changes[1::2])[:, :, others] / np.array(steps)[:, None, None]
    error = float(differences.std(axis=1, ddof=1).max()) / math.sqrt(HIVES)
    return differences.mean(axis=1).T, error
