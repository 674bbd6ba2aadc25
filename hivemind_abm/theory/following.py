"""From measured drifts to fixed points, their branches and where these meet.

Knows: the order of the steps.  Does not know: how a smooth drift is fitted (`smooth_drift`), its
zeros are found (`zeros`, `branches`) and meet (`meetings`), nor what is measured (`bifurcation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.theory.branches import Branch, join_branches
from hivemind_abm.theory.drift import HIVES, Measurement
from hivemind_abm.theory.fluctuation import covariance, measured_noise
from hivemind_abm.theory.meetings import Meeting, find_meetings
from hivemind_abm.theory.simplex import Simplex, exchanges
from hivemind_abm.theory.smooth_drift import FREE, REPLICATOR, SmoothDrift, fit_drift
from hivemind_abm.theory.symmetry import absent_options, equal_options
from hivemind_abm.theory.varied import InfiniteHive
from hivemind_abm.theory.zeros import Zeros, find_zeros

__all__ = ["Following", "follow"]


@dataclass(frozen=True, eq=False)
class Following:
    """What follows from the measurements, in coordinates and on the scale from -1 to 1.

    Attributes:
        simplex: The coordinates of the shares.
        field: The fitted drift.
        equal: Whether options count as equal.
        zeros: The fixed points.
        branches: Which of them belong together.
        meetings: Where branches meet.
        spread: N times the standing covariance around each stable one.
    """

    simplex: Simplex
    field: SmoothDrift
    equal: bool
    zeros: Zeros
    branches: list[Branch]
    meetings: list[Meeting]
    spread: dict[int, np.ndarray]


def follow(
    hives: Sequence[InfiniteHive],
    measured: Sequence[Measurement],
    scaled: np.ndarray,
    dense: np.ndarray,
    seed: RunSeed,
) -> Following:
    """Fit a smooth drift, and follow its zeros.

    Args:
        hives: The hive at each value.
        measured: Its drift, at the same points for each value.
        scaled: The values on the scale from -1 to 1, shape (V,).
        dense: These and values between them, at which zeros are found.
        seed: The seed that names the measurements of fluctuations.
    """
    kinds = hives[0].kinds
    columns = measured[0].points.shape[1] // len(kinds.free)
    absent = absent_options(measured, columns) if len(kinds.free) == 1 else []
    present = [option for option in range(columns) if option not in absent]
    simplex = Simplex(len(kinds.free), columns, present[-1] if present else columns - 1)
    pairs = equal_options(measured, [each.bandit for each in hives], columns)
    images = exchanges(simplex, pairs)
    y = simplex.reduced(measured[0].points)
    changes = np.stack([simplex.reduced(part.changes) for part in measured])
    invariant = _invariant(simplex, absent)
    field = fit_drift(
        y, scaled, changes, invariant, images, _most_degree(hives), _bias(hives, measured)
    )
    zeros = find_zeros(field, simplex, dense, y, hives[0].chance is not None)
    branches = join_branches(field, zeros, dense)
    meetings = find_meetings(field, zeros, branches, dense)
    spread = _fluctuations(field, simplex, zeros, branches, hives, scaled, seed)
    return Following(simplex, field, len(images) > 1, zeros, branches, meetings, spread)


def _invariant(simplex: Simplex, absent: list[int]) -> str | tuple[bool, ...]:
    """The form of the drift, see `SmoothDrift.invariant`."""
    if not absent:
        return FREE
    if len(absent) == simplex.columns:
        return REPLICATOR
    kept = [option for option in range(simplex.columns) if option != simplex.reference]
    return tuple(option in absent for option in kept)


def _bias(hives: Sequence[InfiniteHive], measured: Sequence[Measurement]) -> float:
    """The effect of finite hives, of order 1 / N.

    It is 0 where the bees of one rule hear some others: these are as in an infinite hive.  Where
    there are several rules, their numbers of bees are also rounded.
    """
    exact = hives[0].kinds.alone and all(hive.size != "all" for hive in hives)
    return 0.0 if exact else HIVES / measured[0].bees


def _most_degree(hives: Sequence[InfiniteHive]) -> int | None:
    """The degree in the shares of what M + 1 random bees do; None where all are heard."""
    sizes = [hive.size for hive in hives]
    if any(hive.bandit.depends_on_shares() for hive in hives):
        return None
    return None if "all" in sizes else max(int(size) for size in sizes) + 1


def _fluctuations(
    field: SmoothDrift,
    simplex: Simplex,
    zeros: Zeros,
    branches: Sequence[Branch],
    hives: Sequence[InfiniteHive],
    scaled: np.ndarray,
    seed: RunSeed,
) -> dict[int, np.ndarray]:
    """N times the standing covariance around each stable zero.

    The noise is measured at the values, and linear between them along a branch.
    """
    spread = {}
    hive_at = dict(zip(scaled.tolist(), hives, strict=True))
    for branch in branches:
        stable = [place for place in branch if zeros.kind(place) == "stable"]
        known = [place for place in branch if zeros.s[place] in hive_at] if stable else []
        if not known:
            continue
        noises = np.array(
            [
                measured_noise(
                    hive_at[zeros.s[place]],
                    simplex,
                    simplex.shares(zeros.y[place]),
                    seed.child(place),
                )
                for place in known
            ]
        )
        _, jacobians = field(zeros.y[stable], zeros.s[stable])
        for place, jacobian in zip(stable, jacobians, strict=True):
            noise = _interpolated(zeros.s[known], noises, zeros.s[place])
            spread[place] = covariance(jacobian, noise, hives[0].chance is not None)
    return spread


def _interpolated(s: np.ndarray, matrices: np.ndarray, at: float) -> np.ndarray:
    """Matrices at increasing s, shape (n, d, d), as a linear function of s at one place."""
    shape = matrices.shape[1:]
    entries = matrices.reshape(s.size, -1).T
    return np.array([np.interp(at, s, entry) for entry in entries]).reshape(shape)
