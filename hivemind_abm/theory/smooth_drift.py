"""A smooth function of shares and of one parameter, fitted to measured drifts.

Knows: the polynomials, their derivatives, and their values in each of the measured hives, from
which errors follow.  Does not know: how drifts are measured, or where they are zero.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.polynomial import chebyshev

from hivemind_abm.theory.simplex import Exchange

__all__ = ["FREE", "REPLICATOR", "SmoothDrift", "fit_drift"]

FREE, REPLICATOR = "free", "replicator"

_MOST_DEGREE = {1: 12, 2: 8, 3: 5}  # in the shares, by the number of coordinates
_MOST_DEGREE_VALUE = 10
_MOST_TERMS = 400
_PATIENCE = 2  # degrees that bring nothing before the search ends
_LEAST_SIGMA = 0.05  # of the median error: the weight of a point is bounded
_MISFIT_LEVEL = 4.0  # standard errors of the mean squared residual


@dataclass(frozen=True, eq=False)
class SmoothDrift:
    """f(y, s) = M(y) h(y, s): y are coordinates of the shares, s the parameter on [-1, 1].

    h is a polynomial.  M keeps faces of the simplex on which an absent option stays absent:
    diagonal, with y_a for such an option a; or, where all options are like this, the form of a
    replicator, f_a = y_a (h_a - sum_b y_b h_b).

    Attributes:
        powers: The degree of each term in each coordinate, shape (T, d).
        coefficients: Shape (d, T, E + 1).
        by_hive: The same in each hive, shape (HIVES, d, T, E + 1).
        invariant: "free" or "replicator", or for each coordinate whether its option stays absent.
        misfit: The root mean square of what the polynomial leaves beyond the measured error; 0
            where chance explains it.
        bias: How far the drift of the measured hives may be from that of an infinite one.
    """

    powers: np.ndarray
    coefficients: np.ndarray
    by_hive: np.ndarray
    invariant: str | tuple[bool, ...]
    misfit: float
    bias: float = 0.0

    @property
    def systematic(self) -> float:
        """The error of the drift that the spread between hives does not show."""
        return float(np.hypot(self.misfit, self.bias))

    @property
    def degrees(self) -> tuple[int, int]:
        """The degrees in the shares and in the parameter."""
        return int(self.powers.sum(axis=1).max()), self.coefficients.shape[2] - 1

    def __call__(self, y: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The drift, shape (n, d), and its derivative, shape (n, d, d), at n points."""
        return self._value(self.coefficients, y, s)

    def without(self, hive: int, y: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same if this hive had not been measured."""
        hives = len(self.by_hive)
        others = self.coefficients - (self.by_hive[hive] - self.coefficients) / (hives - 1)
        return self._value(others, y, s)

    def slope(self, y: np.ndarray, s: np.ndarray) -> np.ndarray:
        """The derivative with respect to s, shape (n, d)."""
        step = 1e-4
        return (self(y, s + step)[0] - self(y, s - step)[0]) / (2.0 * step)

    def _value(
        self, coefficients: np.ndarray, y: np.ndarray, s: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        terms, slopes = _terms(y, self.powers)
        of_value = chebyshev.chebvander(s, coefficients.shape[2] - 1)
        at_value = np.einsum("ate,ne->nat", coefficients, of_value, optimize=True)
        h = np.einsum("nt,nat->na", terms, at_value)
        dh = np.einsum("ntc,nat->nac", slopes, at_value)
        if self.invariant == REPLICATOR:
            mean = (y * h).sum(axis=1)
            growth = h - mean[:, None]
            slope_of_mean = h + np.einsum("nb,nbc->nc", y, dh)
            j = y[:, :, None] * (dh - slope_of_mean[:, None, :])
            return y * growth, j + growth[:, :, None] * np.eye(y.shape[1])
        factors = _factors(y, self.invariant)
        absent = np.zeros(y.shape[1])
        if self.invariant != FREE:
            absent += np.array(self.invariant)
        return factors * h, factors[:, :, None] * dh + h[:, :, None] * np.diag(absent)


def fit_drift(
    y: np.ndarray,
    s: np.ndarray,
    changes: np.ndarray,
    invariant: str | tuple[bool, ...],
    images: Sequence[Exchange],
    most_degree: int | None,
    bias: float = 0.0,
) -> SmoothDrift:
    """Fit polynomials of the degrees that predict best (Mallows' C_p), and one more of each.

    Args:
        y: Coordinates of the points, shape (P, d).
        s: Values of the parameter on [-1, 1], shape (V,).
        changes: The measured changes of the coordinates, shape (V, P, HIVES, d).
        invariant: See `SmoothDrift`.
        images: Exchanges of options that change nothing, the first one none; the drift becomes the
            mean over them.
        most_degree: The degree in the shares that cannot be exceeded, or None.
        bias: See `SmoothDrift`.
    """
    data = _Data(y, s, changes, invariant)
    d = y.shape[1]
    top = min(_MOST_DEGREE.get(d, 3), most_degree if most_degree is not None else 99)
    top_of_value = min(_MOST_DEGREE_VALUE, s.size - 1)
    start = min(3, top_of_value)
    degree = _best(lambda n: data.score(n, start), range(top + 1))
    of_value = _best(lambda n: data.score(degree, n), range(top_of_value + 1))
    degree = _best(lambda n: data.score(n, of_value), range(top + 1))
    degrees = min(degree + 1, top), min(of_value + 1, top_of_value)
    powers, solution, residual = data.solve(*degrees, by_hive=True)
    flat = solution.reshape(d * len(powers), -1)
    if len(images) > 1:
        flat = _symmetric(powers, invariant, images) @ flat
    by_hive = np.moveaxis(flat.reshape(d, len(powers), degrees[1] + 1, -1), -1, 0)
    misfit = data.misfit(residual)
    return SmoothDrift(powers, by_hive.mean(axis=0), by_hive, invariant, misfit, bias)


def _best(score: Callable[[int], float], degrees: range) -> int:
    """The degree with the least score, of those up to some that bring nothing."""
    best, least = 0, np.inf
    for degree in degrees:
        value = score(degree)
        if value < least:
            best, least = degree, value
        elif degree - best >= _PATIENCE:
            break
    return best


class _Data:
    """Measured changes as a linear problem."""

    def __init__(
        self,
        y: np.ndarray,
        s: np.ndarray,
        changes: np.ndarray,
        invariant: str | tuple[bool, ...],
    ) -> None:
        self.y, self.s, self.invariant = y, s, invariant
        self.changes = changes
        self.mean = changes.mean(axis=2)
        self.variance = changes.var(axis=2, ddof=1) / changes.shape[2]
        # One weight for all values: with few bees, small changes have small variances by chance.
        pooled = np.sqrt(self.variance.mean(axis=0))
        positive = pooled[pooled > 0.0]
        typical = float(np.median(positive)) if positive.size else 1.0
        floor = np.maximum(pooled, _LEAST_SIGMA * typical)
        self.sigma = np.broadcast_to(floor, self.mean.shape)

    def score(self, degree: int, of_value: int) -> float:
        """Mallows' C_p: the weighted squared residuals, and 2 for each term."""
        d = self.y.shape[1]
        count = d * len(_powers(d, degree)) * (of_value + 1)
        if count > min(_MOST_TERMS, self.mean.size // 2):
            return np.inf
        _, _, residual = self.solve(degree, of_value)
        return float((residual**2).sum()) + 2.0 * count

    def solve(
        self, degree: int, of_value: int, by_hive: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The powers, the coefficients (..., 1 or HIVES), and the weighted residual of the mean."""
        d = self.y.shape[1]
        powers = _powers(d, degree)
        terms = _terms(self.y, powers)[0]
        of_values = chebyshev.chebvander(self.s, of_value)
        mixing = _mixing(self.y, self.invariant)
        design = np.einsum("pab,pt,ve->vpabte", mixing, terms, of_values, optimize=True)
        matrix = (design / self.sigma[..., None, None, None]).reshape(self.mean.size, -1)
        weighted = (self.mean / self.sigma).reshape(-1, 1)
        target = weighted
        if by_hive:
            moved = np.moveaxis(self.changes, 2, -1) / self.sigma[..., None]
            target = moved.reshape(self.mean.size, -1)
        solution = np.linalg.lstsq(matrix, target, rcond=1e-10)[0]
        residual = weighted[:, 0] - matrix @ solution.mean(axis=1)
        return powers, solution, residual

    def misfit(self, residual: np.ndarray) -> float:
        """The root mean square that the error does not explain, or 0 where it explains all."""
        expected = (self.variance / self.sigma**2).ravel()
        measured = expected > 0.0
        if not measured.any():
            return 0.0
        excess = float((residual**2 - expected)[measured].mean())
        error = np.sqrt(2.0 * (expected[measured] ** 2).sum()) / measured.sum()
        if excess < _MISFIT_LEVEL * error:
            return 0.0
        return float(np.sqrt(excess * (self.sigma**2).mean()))


def _symmetric(
    powers: np.ndarray, invariant: str | tuple[bool, ...], images: Sequence[Exchange]
) -> np.ndarray:
    """What makes coefficients those of the mean over all exchanges, shape (d T, d T).

    An exchange makes another polynomial of the same form, so a few points determine it.
    """
    count, d = powers.shape
    y = np.random.default_rng(1).random((4 * count, d)) / d

    def design(at: np.ndarray) -> np.ndarray:
        return np.einsum("pab,pt->pabt", _mixing(at, invariant), _terms(at, powers)[0])

    mean = sum(
        np.einsum("ca,pabt->pcbt", np.linalg.inv(matrix), design(y @ matrix.T + shift))
        for matrix, shift in images
    ) / len(images)
    shape = (y.size, d * count)
    return np.linalg.lstsq(design(y).reshape(shape), mean.reshape(shape), rcond=None)[0]


def _powers(d: int, degree: int) -> np.ndarray:
    """The terms of a polynomial of this degree in d coordinates, shape (T, d)."""
    every = np.array(list(product(range(degree + 1), repeat=d))).reshape(-1, d)
    return every[every.sum(axis=1) <= degree]


def _terms(y: np.ndarray, powers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Products of Chebyshev polynomials, shape (n, T), and their derivatives, shape (n, T, d)."""
    degree, d = int(powers.max()), y.shape[1]
    single = chebyshev.chebvander(2.0 * y - 1.0, degree)
    derived = np.zeros_like(single)
    if degree:
        down = chebyshev.chebder(np.eye(degree + 1))  # column k: T_k' as a sum of polynomials
        derived = 2.0 * single[..., :degree] @ down
    parts = np.stack([single[:, c, powers[:, c]] for c in range(d)], axis=-1)
    slopes = np.empty((*parts.shape[:2], d))
    for c in range(d):
        others = np.delete(parts, c, axis=-1).prod(axis=-1)
        slopes[..., c] = derived[:, c, powers[:, c]] * others
    return parts.prod(axis=-1), slopes


def _factors(y: np.ndarray, invariant: str | tuple[bool, ...]) -> np.ndarray:
    return np.ones_like(y) if invariant == FREE else np.where(np.array(invariant), y, 1.0)


def _mixing(y: np.ndarray, invariant: str | tuple[bool, ...]) -> np.ndarray:
    """M at each point, shape (P, d, d)."""
    one = np.eye(y.shape[1])
    if invariant == REPLICATOR:
        return y[:, :, None] * (one - y[:, None, :])
    return _factors(y, invariant)[:, :, None] * one
