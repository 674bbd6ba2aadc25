"""Which of all known dynamics a measured drift is a multiple of, and with which parameter.

Knows: how the dynamics are tried, which of those that fit is the simplest, and what is said of it.
Does not know: how a drift is measured (`drift`), nor how one fit is shown (`known_fit`).
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from hivemind_abm.theory.drift import Measurement
from hivemind_abm.theory.dynamic import Dynamic
from hivemind_abm.theory.dynamics import ALL_DYNAMICS, Derivative
from hivemind_abm.theory.fit import chance_of
from hivemind_abm.theory.known_fit import KnownFit
from hivemind_abm.theory.least_squares import BestFit, Target, best_factor, best_parameter

__all__ = ["Nearest", "nearest_dynamics"]


@dataclass(frozen=True)
class Nearest:
    """A measured drift beside all known dynamics.

    Attributes:
        fits: The comparison with each dynamic, by name.
        chance: The root mean square that chance alone leaves.
    """

    fits: Mapping[str, KnownFit]
    chance: float

    @property
    def fitting(self) -> list[KnownFit]:
        """The dynamics that fit, the simplest first, then by falling p; empty if none fits.

        They are those without a parameter, even where they have to be multiplied; only if none of
        them fits, those with one.  A family that has a simpler dynamic as a limit fits too.
        """
        fitting = [fit for fit in self.fits.values() if fit.fits]
        simple = [fit for fit in fitting if fit.parameter is None]
        return sorted(simple or fitting, key=lambda fit: (fit.complexity, -fit.shown_p))

    @property
    def best(self) -> KnownFit:
        """The simplest dynamic that fits; where none does, the one that leaves the least.

        The latter is one that the shares do not follow backwards, with a determined parameter.
        """
        if self.fitting:
            return self.fitting[0]
        sure = [fit for fit in self.fits.values() if fit.determined and fit.best.factor > 0.0]
        return min(sure or self.fits.values(), key=lambda fit: fit.rms)

    def __str__(self) -> str:
        """The verdict in a line."""
        best, chance = self.best, f"chance: {self.chance:.5f}"
        if not self.fitting:
            return (
                f"no known dynamic fits; the nearest, {best.in_words}, leaves rms {best.rms:.5f} "
                f"({chance})"
            )
        text = f"{best.in_words} within error: rms {best.shown_rms:.5f} ({chance})"
        others = [fit.in_words for fit in self.fitting[1:]]
        return f"{text}; on these points also {', '.join(others)}" if others else text

    def table(self) -> pd.DataFrame:
        """One row per dynamic, as `MeanField.dynamics_table` describes them."""
        chance = {"chance_rms": self.chance}
        return pd.DataFrame([fit.summary() | chance for fit in self.fits.values()])


def nearest_dynamics(
    measurement: Measurement,
    fitness: np.ndarray,
    rate: float = 1.0,
    dynamics: Mapping[str, Derivative] = ALL_DYNAMICS,
) -> Nearest:
    """Compare a measured drift with dynamics, and find their best multiples and parameters.

    Where no bee takes an option that nobody holds, as with rules that only imitate, the dynamics
    are those among the options that somebody holds.

    Args:
        measurement: The measured changes.
        fitness: The rewards at its points, shape (P, K).
        rate: The chance that a bee decides in a step.
        dynamics: What to compare with, by name; their arguments broadcast.
    """
    target, points = Target(measurement), measurement.points
    explores = bool((measurement.drift[points == 0.0] > 0.0).any())

    def drift_of(dynamic: Derivative) -> np.ndarray:
        if explores:
            return rate * dynamic(points, fitness)
        return rate * _derivative_among_held(dynamic, points, fitness)

    fits = {
        name: _fit(name, dynamic, drift_of, target, measurement)
        for name, dynamic in dynamics.items()
    }
    return Nearest(fits, math.sqrt(float(measurement.variance.mean())))


def _fit(
    name: str,
    dynamic: Derivative,
    drift_of: Callable[[Derivative], np.ndarray],
    target: Target,
    measurement: Measurement,
) -> KnownFit:
    parameter = None
    if isinstance(dynamic, Dynamic) and (fields := dataclasses.fields(dynamic)):  # type: ignore[arg-type]
        parameter, cls = fields[0].name, type(dynamic)

        def drift_at(value: float) -> np.ndarray:
            return drift_of(cls(**{parameter: value}))

        search = partial(best_parameter, target, drift_at, dynamic.fitted)
        best, once = search(), search(factor=1.0)
    else:
        drift = drift_of(dynamic)
        best, once = best_factor(target, drift), BestFit(1.0, 0.0, drift)
    return KnownFit(
        name=name,
        parameter=parameter,
        best=best,
        rms=_rms(target.drift - best.expected),
        p=chance_of(measurement, best.expected),
        once=once,
        once_rms=_rms(target.drift - once.expected),
        once_p=chance_of(measurement, once.expected),
    )


def _derivative_among_held(
    dynamic: Derivative, points: np.ndarray, fitness: np.ndarray
) -> np.ndarray:
    """The derivative at each point among the options that somebody holds there."""
    held, drift = points > 0.0, np.zeros_like(points)
    for pattern in np.unique(held, axis=0):
        place = np.ix_((held == pattern).all(axis=1), pattern)
        drift[place] = dynamic(points[place], fitness[place])
    return drift


def _rms(difference: np.ndarray) -> float:
    return math.sqrt(float((difference**2).mean()))
