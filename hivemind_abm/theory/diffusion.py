"""Large hives on two options without runs: a diffusion of the share of option 0.

Knows: the backward equation that the drift and the variance of a step define.  Does not know: how
these follow from a rule (`moments`), small hives (`chain`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.hives.neighbourhood import GROUPS
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.updating import ASYNCHRONOUS
from hivemind_abm.results import Result
from hivemind_abm.theory.absorption import leave
from hivemind_abm.theory.kinds import split_of
from hivemind_abm.theory.moments import (
    Moments,
    moments_of_a_step,
    moments_of_events,
    sampled_moments,
)
from hivemind_abm.theory.one_step import checked_settings, closed_form_chances, seed_of_samples

__all__ = ["Diffusion", "diffusion"]

_POINTS = 401  # shares at which the equation is solved
_LEAST_BEES = 3
_NO_DRIFT = 1e-12  # 2 m / v times the distance; below this, a difference of exponentials is lost
_WEAK_DRIFT = 1e-5  # the same; below this, the time from m would lose too many digits


def diffusion(
    rule: Any = "wvoter",
    bandit: Any = "near one",
    population_size: int = 1000,
    *,
    neighbourhood: Any = "others",
    neighbourhood_size: int | str | None = None,
    updating: str | float = "synchronous",
    samples: int | None = None,
    seed: Any = 1,
    **parameters: Any,
) -> "Diffusion":
    """A large hive on two options as a diffusion with the drift m(x) and variance v(x) of a step.

    The probability u(x) to end on an option solves m u' + v u'' / 2 = 0.  The expected time T(x)
    solves m T' + v T'' / 2 = -1.  (This is the backward Kolmogorov equation: Ewens, Mathematical
    Population Genetics, 2004, ch. 4.)  The values at 0 and 1 are those of consensus.  Between
    neighbouring points of the grid m and v are taken as constant, which gives a closed form.

    The approximation needs small changes of x: m(x) must be small compared with the distance to
    both ends, as for options with nearly equal rewards.  (For 100 bees and rewards 0.50 and 0.52
    the time is about 3 % above that of the chain.)  It fails for rules that decide the hive within
    a few steps, such as R_majority, and for the probability of an unlikely end.  `finite_hive` and
    `ensemble` have no such limits.

    m and v are closed forms where `finite_hive` has one.  Otherwise they are estimated at up to 31
    shares, and m / (x (1 - x)) and v / (x (1 - x)) are interpolated linearly.  The result then has
    a sampling error, which other seeds show.

    Args:
        rule: As for `finite_hive`.
        bandit: As for `finite_hive`.
        population_size: N, at least 3.
        neighbourhood: As for `finite_hive`.
        neighbourhood_size: As for `finite_hive`.
        updating: As for `finite_hive`.
        samples: Steps from each share, where they are needed, at least 2.  None for as many as take
            some seconds with a compiled rule.
        seed: As for `finite_hive`.
        parameters: As for `finite_hive`.

    Raises:
        ValueError, TypeError: Not two options, several rules, uncommitted bees, groups in an
            asynchronous hive, a hive that never moves at some share or takes over
            1e290 steps, and as for `finite_hive`.
    """
    settings = checked_settings(
        rule, bandit, population_size, neighbourhood, neighbourhood_size, updating, parameters
    )
    parent = seed_of_samples(samples, seed)
    _check_a_line(settings)
    x = np.sin(np.linspace(0.0, np.pi / 2.0, _POINTS)) ** 2
    x[-1] = 1.0
    split, inside = split_of(settings), x[1:-1]
    chances = closed_form_chances(settings, split)
    if chances is None:
        return _solved(x, sampled_moments(settings, split, samples, parent, inside))
    n = settings.neighbourhood.population_size
    moments = moments_of_events if settings.updating == ASYNCHRONOUS else moments_of_a_step
    return _solved(x, moments(chances, n, inside))


def _check_a_line(settings: HiveSettings) -> None:
    """Check that the share of option 0 says all about a hive that can be in consensus.

    Raises:
        ValueError: Not two options, too few bees, or as for `diffusion`.
    """
    n, neighbourhood = settings.neighbourhood.population_size, settings.neighbourhood
    if settings.n_action != 2:
        raise ValueError(f"n_action must be 2 for a diffusion, not {settings.n_action}")
    if n < _LEAST_BEES:
        raise ValueError(f"population_size must be at least {_LEAST_BEES} for a diffusion, not {n}")
    if len(settings.rules) > 1:
        raise ValueError(
            f"rule must be one rule for a diffusion, not {len(settings.rules)}: "
            "the share of an option does not say which bees hold it"
        )
    if settings.uncommitted:
        raise ValueError(
            "rule must leave no bee uncommitted for a diffusion: "
            "the share of option 0 does not say how many are"
        )
    if neighbourhood.kind == GROUPS and settings.updating == ASYNCHRONOUS:
        raise ValueError(
            "neighbourhood must be 'others' or 'everyone' for the diffusion of an asynchronous "
            "hive, not 'groups': one event moves several bees"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Diffusion(Result):
    """A large hive on two options as a diffusion of x, the share of option 0.

    `diffusion` makes it.

    Attributes:
        shares: x, from 0 to 1, with closer points towards the ends, shape (G,).
        drift: m(x), the mean change of x in one step, shape (G,).
        variance: v(x), the variance of that change, shape (G,).
        consensus_probability: The probability to end in consensus on option 0 and on option 1,
            shape (G, 2).
        consensus_time: The expected number of steps to consensus, shape (G,).
    """

    shares: np.ndarray
    drift: np.ndarray
    variance: np.ndarray
    consensus_probability: np.ndarray
    consensus_time: np.ndarray

    def value(self, x: float = 0.5) -> dict[str, float]:
        """All columns of the table at one share, interpolated.

        Args:
            x: The share of option 0.  The default is the even start.

        Returns:
            share, drift, variance, consensus_probability_0, consensus_probability_1,
            consensus_time.

        Raises:
            ValueError: x outside [0, 1].
        """
        if not 0.0 <= x <= 1.0:
            raise ValueError(f"x must be a share from 0 to 1, not {x!r}")
        columns = self._columns()
        shares = columns.pop("share")
        return {"share": float(x)} | {
            name: float(np.interp(x, shares, column)) for name, column in columns.items()
        }

    def table(self) -> pd.DataFrame:
        """One row per share.

        Columns: share, drift, variance, consensus_probability_0, consensus_probability_1,
        consensus_time.
        """
        return pd.DataFrame(self._columns())

    def summary(self) -> dict[str, Any]:
        """The values at the even start, as `value` returns them."""
        return self.value()

    def _columns(self) -> dict[str, np.ndarray]:
        return {
            "share": self.shares,
            "drift": self.drift,
            "variance": self.variance,
            "consensus_probability_0": self.consensus_probability[:, 0],
            "consensus_probability_1": self.consensus_probability[:, 1],
            "consensus_time": self.consensus_time,
        }


def _solved(x: np.ndarray, moments: Moments) -> Diffusion:
    """The diffusion with these moments at the shares x but the first and last.

    Raises:
        ValueError: Neither drift nor variance at some share.
    """
    fixed = (moments.drift == 0.0) & (moments.variance == 0.0)
    if fixed.any():
        raise ValueError(
            "rule must move the hive at every share; "
            f"at a share of {x[1:-1][fixed][0]:.3g} for option 0 this one does not"
        )
    probabilities, times = _inner_ends(x, moments)
    probability, time = np.zeros((x.size, 2)), np.zeros(x.size)
    probability[0], probability[-1] = (0.0, 1.0), (1.0, 0.0)
    probability[1:-1], time[1:-1] = probabilities, times
    drift, variance = (np.concatenate([[0.0], moment, [0.0]]) for moment in moments)
    return Diffusion(x, drift, variance, probability, time)


def _inner_ends(x: np.ndarray, moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities to end at 1 and at 0, shape (G - 2, 2), and the time, shape (G - 2,)."""
    drift, variance = moments
    down, up = np.diff(x)[:-1], np.diff(x)[1:]
    with np.errstate(divide="ignore"):
        pull = 2.0 * drift / variance
    upwards, downwards = _first_exit(pull, down, up), _first_exit(-pull, up, down)
    with np.errstate(divide="ignore", invalid="ignore"):
        stay = np.where(
            np.abs(pull) * (down + up) < _WEAK_DRIFT,
            down * up / variance,
            (upwards * up - downwards * down) / drift,
        )
    inner = np.diag(upwards[:-1], 1) + np.diag(downwards[1:], -1)
    exits = np.zeros((len(stay), 2))
    exits[-1, 0], exits[0, 1] = upwards[-1], downwards[0]
    return leave(inner, exits, stay)


def _first_exit(pull: np.ndarray, behind: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """The chance to get `ahead` before `behind`, where the drift is `pull` times v / 2."""
    even = np.abs(pull) * (behind + ahead) < _NO_DRIFT
    size = np.where(even, 1.0, np.abs(pull))
    chance = np.expm1(-size * behind) / np.expm1(-size * (behind + ahead))
    return np.where(
        even, behind / (behind + ahead), chance * np.where(pull < 0.0, np.exp(-size * ahead), 1.0)
    )
