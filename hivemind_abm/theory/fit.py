"""Which dynamic a measured drift follows.

Knows: how a drift is compared with what a dynamic expects, and the tests that say what chance can
explain.  Does not know: how the drift is measured.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from hivemind_abm.theory.drift import Measurement

__all__ = ["LEVEL", "ONE_STEP", "Fit", "chance_of", "fit"]

ONE_STEP = "one synchronous step, delta = 1"

LEVEL = 0.01  # a difference is real if chance gives one as large less often than this

_TINY = 1e-300  # keeps divisions and logarithms finite
_LEAST_EXPECTED = 1e-9  # a dynamic whose largest change is smaller has no best multiple
_SINGULAR = 1e-9  # a variance this much smaller than the largest one is rounding
_MOVES_NEVER_MISSED = 12.0  # expected moves: chance gives no move with probability exp(-12)


@dataclass(frozen=True)
class Fit:
    """How a measured drift compares with a dynamic.

    Attributes:
        name: The dynamic's name.
        rms: The root mean square of the difference over all points and options.
        rms_error: The part of rms that chance alone gives.
        greatest: The greatest difference of an option.
        at: The shares at which that difference is, shape (K,).
        p: The probability that chance gives a difference as large, over all points.
        factor: The multiple of the dynamic that fits best.
        factor_error: Its standard error.
        factor_rms: As rms, for that multiple.
        factor_p: As p, for that multiple.
        clock: What time means for the dynamic beside this hive.
    """

    name: str
    rms: float
    rms_error: float
    greatest: float
    at: tuple[float, ...]
    p: float
    factor: float
    factor_error: float
    factor_rms: float
    factor_p: float
    clock: str = ONE_STEP

    @property
    def equal(self) -> bool:
        """Whether the drift is that of the dynamic, within error: of one step with delta = 1.

        For an asynchronous hive it is that in continuous time.
        """
        return self.p >= LEVEL

    @property
    def proportional(self) -> bool:
        """Whether the drift is a multiple of the dynamic, other than 0, within error."""
        return self.factor_p >= LEVEL and abs(self.factor) > 3.0 * self.factor_error

    def __str__(self) -> str:
        """The comparison in one line."""
        if self.equal:
            return (
                f"equal to {self.name} ({self.clock}) within error: "
                f"rms {self.rms:.5f}, of which chance gives {self.rms_error:.5f}"
            )
        if self.proportional:
            return f"{self.factor:.4f} +- {self.factor_error:.4f} times {self.name} within error"
        where = ", ".join(f"{share:.3g}" for share in self.at)
        text = (
            f"not {self.name}: rms {self.rms:.5f} (chance: {self.rms_error:.5f}), "
            f"at most {self.greatest:.4f} apart, at shares ({where})"
        )
        if math.isfinite(self.factor_error):
            text += (
                f"; the best multiple, {self.factor:.3f} times {self.name}, "
                f"leaves {self.factor_rms:.5f}"
            )
        return text


def fit(name: str, expected: np.ndarray, measurement: Measurement, clock: str = ONE_STEP) -> Fit:
    """Compare a measured drift with a dynamic.

    Args:
        name: The dynamic's name.
        expected: The changes that it expects at the points of the measurement, shape (P, K).
        measurement: The measured changes.
        clock: What time means for the dynamic.
    """
    drift, variance = measurement.drift, measurement.variance
    factor, factor_error = _best_factor(expected, measurement)
    difference = drift - expected
    worst = np.unravel_index(np.abs(difference).argmax(), difference.shape)
    return Fit(
        name=name,
        rms=math.sqrt(float((difference**2).mean())),
        rms_error=math.sqrt(float(variance.mean())),
        greatest=float(abs(difference[worst])),
        at=tuple(float(share) for share in measurement.points[worst[0]]),
        p=chance_of(measurement, expected),
        factor=factor,
        factor_error=factor_error,
        factor_rms=math.sqrt(float(((drift - factor * expected) ** 2).mean())),
        factor_p=chance_of(measurement, factor * expected),
        clock=clock,
    )


def _best_factor(expected: np.ndarray, measurement: Measurement) -> tuple[float, float]:
    """The multiple of `expected` that fits the drift best, and its standard error.

    The options of a point are not independent, so each point has one weight, and its error is that
    of its changes along what is expected.
    """
    drift, spread = measurement.drift, measurement.variance.sum(axis=1)
    weights = np.where(spread > 0.0, 1.0 / np.maximum(spread, _TINY), 0.0)[:, None]
    square = float((weights * expected**2).sum())
    if not np.abs(expected).max() > _LEAST_EXPECTED or not square > 0.0:
        return 0.0, math.inf
    factor = float((weights * expected * drift).sum()) / square
    along = np.array(
        [
            np.var(changes @ wanted, ddof=1) / len(changes)
            for changes, wanted in zip(measurement.changes, expected, strict=True)
        ]
    )
    return factor, math.sqrt(float((weights[:, 0] ** 2 * along).sum())) / square


def chance_of(measurement: Measurement, expected: np.ndarray) -> float:
    """The probability that chance moves the means of the hives as far from what is expected.

    Hotelling's test at each point, and Fisher's test for all points together.

    Args:
        measurement: The measured changes.
        expected: The expected changes, shape (P, K).
    """
    total, tested = 0.0, 0
    for changes, wanted in zip(measurement.changes, expected, strict=True):
        hives = len(changes)
        difference = changes.mean(axis=0) - wanted
        values, vectors = np.linalg.eigh(np.cov(changes, rowvar=False))
        varies = values > _SINGULAR * max(values.max(), 1e-12)
        missed = np.abs(difference @ vectors[:, ~varies]).max(initial=0.0) * measurement.bees
        if missed > _MOVES_NEVER_MISSED:
            return 0.0  # some bees should have moved, and none did
        p = int(varies.sum())
        if p == 0 or p >= hives:
            continue
        along = difference @ vectors[:, varies]
        square = hives * float((along**2 / values[varies]).sum())
        chance = special.fdtrc(p, hives - p, square * (hives - p) / (p * (hives - 1)))
        total -= 2.0 * math.log(max(float(chance), _TINY))
        tested += 1
    return float(special.chdtrc(2 * tested, total)) if tested else 1.0
