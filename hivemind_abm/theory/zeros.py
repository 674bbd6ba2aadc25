"""The zeros of a smooth drift at many values of its parameter, with errors and stability.

Knows: how zeros are found from many starts, and what the measured hives say of their error.  Does
not know: which zeros of neighbouring values belong to one branch (`branches`).
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm.theory.simplex import Simplex
from hivemind_abm.theory.smooth_drift import SmoothDrift

__all__ = ["Zeros", "find_zeros", "growth_of", "solved"]

_STARTS = 60  # per value, beside those of the measured points
_ITERATIONS = 60
_LONGEST_MOVE = 0.15  # of a coordinate in one of Newton's steps
_CONVERGED = 1e-11
_SAME = 1e-5
_SNAP = 1e-9  # a coordinate this close to 0 is 0
_OUTSIDE = 0.02  # zeros this far outside the simplex may be inside, by their error
_LARGEST_ERROR = 0.1  # of a share; a point that is less certain says nothing
_LENGTH = 0.3  # of shares, over which a drift changes, roughly


@dataclass(frozen=True, eq=False)
class Zeros:
    """Zeros of the drift, all values together.

    Attributes:
        s: The parameter on [-1, 1], shape (n,).
        y: The coordinates of the shares, shape (n, d).
        eigenvalues: Of the drift's derivative, by falling growth, shape (n, d), complex.
        growth: What decides on stability, see `growth_of`, shape (n, d).
        error: Standard errors of y as a covariance, shape (n, d, d).
        growth_error: Of the growths, shape (n, d).
    """

    s: np.ndarray
    y: np.ndarray
    eigenvalues: np.ndarray
    growth: np.ndarray
    error: np.ndarray
    growth_error: np.ndarray

    def kind(self, place: int) -> str:
        """As `FixedPoint.kind`: "stable", "unstable", "saddle" or "unclear"."""
        growth, error = self.growth[place], 2.0 * self.growth_error[place]
        if (growth < -error).all():
            return "stable"
        if (growth > error).all():
            return "unstable"
        return "saddle" if (growth > error).any() and (growth < -error).any() else "unclear"

    @property
    def rising(self) -> np.ndarray:
        """In how many directions a distance from the zero grows, shape (n,)."""
        return (self.growth > 0.0).sum(axis=1)


def growth_of(eigenvalues: np.ndarray, in_steps: bool) -> np.ndarray:
    """How fast a distance from a fixed point grows: below 0 where it shrinks.

    Args:
        eigenvalues: Of the drift's derivative.
        in_steps: Whether the shares change in steps, x + drift, so that a distance is multiplied by
            1 + eigenvalue; else they change in continuous time.
    """
    return np.abs(1.0 + eigenvalues) - 1.0 if in_steps else eigenvalues.real


def find_zeros(
    field: SmoothDrift, simplex: Simplex, values: np.ndarray, points: np.ndarray, in_steps: bool
) -> Zeros:
    """All zeros inside the simplex at these values.

    Args:
        field: The drift.
        simplex: The coordinates.
        values: The parameter on [-1, 1], shape (V,).
        points: Coordinates where Newton's method starts, shape (P, d).
        in_steps: As for `growth_of`.
    """
    starts = _starts(points, simplex)
    y = np.tile(starts, (values.size, 1))
    s = np.repeat(values, len(starts))
    y, converged = _newton(field, y, s)
    inside = converged & (simplex.outside(y) < _OUTSIDE)
    y, s = y[inside], s[inside]
    y[np.abs(y) < _SNAP] = 0.0
    keep = np.concatenate(
        [np.zeros(0, int), *(_different(y, np.flatnonzero(s == value)) for value in values)]
    ).astype(int)
    zeros = _described(field, y[keep], s[keep], in_steps)
    spread = np.sqrt(np.einsum("nii->ni", zeros.error)).max(axis=1, initial=0.0)
    clear = (spread < _LARGEST_ERROR) & (simplex.outside(zeros.y) < 1e-9 + 3.0 * spread)
    return Zeros(*(getattr(zeros, name)[clear] for name in zeros.__dataclass_fields__))


def _starts(points: np.ndarray, simplex: Simplex) -> np.ndarray:
    """Where Newton's method starts: inside and at the corners."""
    d = points.shape[1]
    if d == 1:
        return np.linspace(0.0, 1.0, _STARTS + 1)[:, None]
    rng = np.random.default_rng(1)
    inside = rng.dirichlet(np.ones(simplex.columns), (_STARTS, simplex.kinds))
    corners = np.tile(np.eye(simplex.columns), simplex.kinds)
    known = points[rng.permutation(len(points))[:_STARTS]]
    return np.concatenate(
        [simplex.reduced(inside.reshape(_STARTS, -1)), simplex.reduced(corners), known]
    )


def _newton(field: SmoothDrift, y: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method from all points together: where it ends, and whether it has converged."""
    y, open_points = y.copy(), np.arange(len(y))
    converged = np.zeros(len(y), bool)
    for _ in range(_ITERATIONS):
        drift, jacobian = field(y[open_points], s[open_points])
        done = np.abs(drift).max(axis=1) < _CONVERGED
        converged[open_points[done]] = True
        open_points = open_points[~done]
        if not open_points.size:
            break
        move = -solved(jacobian[~done], drift[~done])
        longest = np.abs(move).max(axis=1, keepdims=True)
        y[open_points] += move * np.minimum(1.0, _LONGEST_MOVE / np.maximum(longest, 1e-300))
        lost = np.abs(y[open_points] - 0.5).max(axis=1) > 1.0
        open_points = open_points[~lost]
    return y, converged


def _different(y: np.ndarray, places: np.ndarray) -> np.ndarray:
    """One place for each different point among these."""
    kept: list[int] = []
    for place in places:
        if all(np.abs(y[place] - y[other]).max() > _SAME for other in kept):
            kept.append(int(place))
    return np.array(kept, int)


def _described(field: SmoothDrift, y: np.ndarray, s: np.ndarray, in_steps: bool) -> Zeros:
    """The eigenvalues at zeros, and all errors by the jackknife over hives."""
    hives = len(field.by_hive)
    _, jacobian = field(y, s)
    eigenvalues = _sorted_eigenvalues(jacobian, in_steps)
    growth = growth_of(eigenvalues, in_steps)
    moves, growths = np.zeros((hives, *y.shape)), np.zeros((hives, *y.shape))
    for hive in range(hives):
        drift, _ = field.without(hive, y, s)
        moves[hive] = -solved(jacobian, drift)
        limit = np.clip(moves[hive], -_LONGEST_MOVE, _LONGEST_MOVE)
        _, changed = field.without(hive, y + limit, s)
        growths[hive] = growth_of(_sorted_eigenvalues(changed, in_steps), in_steps)
    scale = (hives - 1) / hives
    error = scale * np.einsum("hni,hnj->nij", moves, moves)
    if field.misfit > 0.0 and y.size:
        inverse = np.linalg.pinv(jacobian)
        error += field.misfit**2 * inverse @ np.swapaxes(inverse, 1, 2)
    variance = scale * ((growths - growth) ** 2).sum(axis=0) + (field.systematic / _LENGTH) ** 2
    return Zeros(s, y, eigenvalues, growth, error, np.sqrt(variance))


def _sorted_eigenvalues(jacobian: np.ndarray, in_steps: bool) -> np.ndarray:
    values = np.linalg.eigvals(jacobian).astype(complex)
    order = np.argsort(-growth_of(values, in_steps), axis=1, kind="stable")
    return np.take_along_axis(values, order, axis=1)


def solved(jacobian: np.ndarray, drift: np.ndarray) -> np.ndarray:
    """jacobian^-1 drift, also where the Jacobian is singular."""
    d = drift.shape[1]
    if d == 1:
        slope = jacobian[:, :, 0]
        return drift / np.where(np.abs(slope) > 1e-12, slope, 1e-12)
    safe = np.abs(np.linalg.det(jacobian)) > 1e-14
    result = np.zeros_like(drift)
    result[safe] = np.linalg.solve(jacobian[safe], drift[safe][:, :, None])[:, :, 0]
    if not safe.all():
        inverse = np.linalg.pinv(jacobian[~safe], rcond=1e-9)
        result[~safe] = (inverse @ drift[~safe][:, :, None])[:, :, 0]
    return result
