"""Drift and variance of a step of a large hive on two options.

Knows: how they follow from the chances of one bee's decision, or from samples.  Does not know: what
follows from them (`diffusion`).
"""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS
from hivemind_abm.theory.kinds import Split
from hivemind_abm.theory.sampling import (
    check_consensus,
    default_samples,
    sampled_counts,
    sampled_flows,
)

__all__ = ["Moments", "moments_of_a_step", "moments_of_events", "sampled_moments"]

_SAMPLED_POINTS = 31  # shares at which drift and variance are estimated, at most


class Moments(NamedTuple):
    """Drift and variance of one step, shape (G - 2,) each: not at the ends, where both are 0."""

    drift: np.ndarray
    variance: np.ndarray


def moments_of_a_step(
    chances: Callable[[np.ndarray], np.ndarray], n: int, x: np.ndarray
) -> Moments:
    """The moments of a step in which all bees decide on the same counts.

    Args:
        chances: As `closed_form_chances` gives them.
        n: N, the number of bees.
        x: Shares of option 0, shape (G - 2,).
    """
    moments = Moments(np.zeros(x.size), np.zeros(x.size))
    for point, share in enumerate(x):
        counts = n * np.array([share, 1.0 - share])
        to_first = chances(counts)[:, 0]
        moments.drift[point] = counts @ to_first / n - share
        moments.variance[point] = counts @ (to_first * (1.0 - to_first)) / n**2
    return moments


def moments_of_events(
    chances: Callable[[np.ndarray], np.ndarray], n: int, x: np.ndarray
) -> Moments:
    """The moments of a step of N events, in each of which one bee decides.

    An event moves x by 1 / N up with probability U or down with probability D.  So m = U - D, and v
    = (U + D) / N.  (For neutral R_wvoter this is twice the variance of a synchronous step.)
    Arguments: see `moments_of_a_step`.
    """
    moments = Moments(np.zeros(x.size), np.zeros(x.size))
    for point, share in enumerate(x):
        shares = np.array([share, 1.0 - share])
        moves = shares[:, None] * chances(n * shares)
        moments.drift[point], moments.variance[point] = _of_events(moves[1, 0], moves[0, 1], n)
    return moments


def _of_events(up: float, down: float, n: int) -> tuple[float, float]:
    """Drift and variance of N events that move one bee up or down with these chances."""
    return up - down, (up + down) / n


def sampled_moments(
    settings: HiveSettings, split: Split, samples: int | None, parent: RunSeed, x: np.ndarray
) -> Moments:
    """The moments of a step of sampled hives, interpolated between up to 31 shares.

    Args:
        settings: The hive.
        split: Its bees.
        samples: Steps from each share, or None for as many as take some seconds.
        parent: The seed that names them.
        x: Shares of option 0, shape (G - 2,).

    Raises:
        ValueError: A hive has left consensus.
    """
    one_at_a_time = settings.updating == ASYNCHRONOUS
    if one_at_a_time:  # each bee of a synchronous step samples an event
        settings = dataclasses.replace(settings, updating=SYNCHRONOUS)
    check_consensus(settings, split, parent)
    n = settings.neighbourhood.population_size
    points = min(_SAMPLED_POINTS, n - 1)
    firsts = np.unique(np.rint(np.linspace(1, n - 1, points)).astype(np.int64))
    if samples is None:
        samples = default_samples(firsts.size, n)
    known = Moments(np.empty(firsts.size), np.empty(firsts.size))
    for place, first in enumerate(firsts):
        counts, named = np.array([first, n - first]), parent.child(place)
        if one_at_a_time:
            flows = sampled_flows(settings, split, counts, samples, named) / (n * samples)
            known.drift[place], known.variance[place] = _of_events(flows[1, 0], flows[0, 1], n)
            continue
        share = sampled_counts(settings, split, counts, samples, named)[:, 0] / n
        known.drift[place] = share.mean() - first / n
        known.variance[place] = share.var(ddof=1)
    at = firsts / n
    return Moments(
        *(np.interp(x, at, moment / (at * (1.0 - at))) * x * (1.0 - x) for moment in known)
    )
