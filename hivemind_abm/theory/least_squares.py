"""The multiple, and the parameter, with which a dynamic comes nearest to a measured drift.

Knows: weighted least squares, and the standard errors from the spread of the hives.  Does not know:
any dynamic, nor what a good fit means (`nearest`).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize

from hivemind_abm.theory.drift import HIVES, Measurement

__all__ = ["BestFit", "Target", "best_factor", "best_parameter"]

_LEAST = 1e-9  # a drift whose largest change is smaller has no best multiple
_SAME = 1e-9  # two directions are the same if 1 - their correlation squared is smaller
_TRIED = 41  # values of a parameter, before the best one is refined
_STEP = 1e-4  # of a logarithm, for derivatives


class BestFit(NamedTuple):
    """The nearest of all multiples of a dynamic, and of all values of its parameter.

    Attributes:
        factor: The multiple.
        factor_error: Its standard error; infinite if the measurement does not determine it.
        expected: factor times the dynamic's drift, shape (P, K).
        value: The parameter; nan without one.
        value_error: Its standard error; infinite as above and at the limits of the search, nan
            without a parameter.
    """

    factor: float
    factor_error: float
    expected: np.ndarray
    value: float = math.nan
    value_error: float = math.nan


class Target:
    """A measured drift with the weights of its points.

    The options of a point are not independent, so each point has one weight: 1 / the sum of their
    variances, or 0 where the hives do not vary.
    """

    def __init__(self, measurement: Measurement) -> None:
        self.drift = measurement.drift
        spread = measurement.variance.sum(axis=1, keepdims=True)
        self.weights = np.where(spread > 0.0, 1.0 / np.where(spread > 0.0, spread, 1.0), 0.0)
        off = measurement.changes - self.drift[:, None]
        covariance = np.einsum("phk,phl->pkl", off, off) / (HIVES * (HIVES - 1))
        self._weighted_covariance = self.weights[:, :, None] ** 2 * covariance

    def misfit(self, expected: np.ndarray) -> float:
        """The weighted sum of the squared differences."""
        return float((self.weights * (self.drift - expected) ** 2).sum())

    def factor(self, drift: np.ndarray) -> float:
        """The best multiple of a drift, 0 where it has none."""
        square = float((self.weights * drift**2).sum())
        if not np.abs(drift).max() > _LEAST or not square > 0.0:
            return 0.0
        return float((self.weights * drift * self.drift).sum()) / square

    def errors(self, *directions: np.ndarray) -> list[float]:
        """The standard errors of what multiplies each of these directions, each shape (P, K).

        They follow from the covariance of the options between the hives.  They are infinite for a
        direction without length, and for directions that are the same.
        """
        lengths = [math.sqrt(float((self.weights * each**2).sum())) for each in directions]
        free = [place for place, length in enumerate(lengths) if length > 0.0]
        errors = [math.inf] * len(directions)
        unit = np.array([directions[place] / lengths[place] for place in free])
        if not free:
            return errors
        products = np.einsum("mpk,p,npk->mn", unit, self.weights[:, 0], unit)
        if np.linalg.det(products) < _SAME:
            return errors
        inverse = np.linalg.inv(products)
        spread = np.einsum("mpk,pkl,npl->mn", unit, self._weighted_covariance, unit)
        variances = np.diag(inverse @ spread @ inverse)
        for place, variance in zip(free, variances, strict=True):
            errors[place] = math.sqrt(max(float(variance), 0.0)) / lengths[place]
        return errors


def best_factor(target: Target, drift: np.ndarray) -> BestFit:
    """The best multiple of a drift, shape (P, K)."""
    factor = target.factor(drift)
    error = target.errors(drift)[0] if factor != 0.0 else math.inf
    return BestFit(factor, error, factor * drift)


def best_parameter(
    target: Target,
    drift_at: Callable[[float], np.ndarray],
    limits: tuple[float, float],
    factor: float | None = None,
) -> BestFit:
    """The best value of a parameter above 0, and the best multiple.

    Args:
        target: The measured drift.
        drift_at: The dynamic's drift with a value of its parameter, shape (P, K).
        limits: The smallest and the largest value.
        factor: The multiple, if it is given; None to find the best one.
    """

    def misfit(log: float) -> float:
        drift = drift_at(math.exp(log))
        return target.misfit((target.factor(drift) if factor is None else factor) * drift)

    low, high = map(math.log, limits)
    logs = np.linspace(low, high, _TRIED)
    best = int(np.argmin([misfit(log) for log in logs]))
    around = (logs[max(best - 1, 0)], logs[min(best + 1, _TRIED - 1)])
    refined = optimize.minimize_scalar(
        misfit, bounds=around, method="bounded", options={"xatol": 1e-7}
    )
    log = float(refined.x) if refined.fun <= misfit(logs[best]) else float(logs[best])
    value = math.exp(log)
    drift = drift_at(value)
    found = target.factor(drift) if factor is None else factor
    above, below = min(log + _STEP, high), max(log - _STEP, low)
    slope = found * (drift_at(math.exp(above)) - drift_at(math.exp(below))) / (above - below)
    if factor is None:
        factor_error, log_error = target.errors(drift, slope)
    else:
        factor_error, log_error = 0.0, target.errors(slope)[0]
    if not low + _STEP < log < high - _STEP:
        log_error = math.inf  # only the limits hold it
    return BestFit(found, factor_error, found * drift, value, value * log_error)
