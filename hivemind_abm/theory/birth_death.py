"""A Markov chain on a line, in which each event leads one state up, one state down, or nowhere.

Knows: where such a chain ends and when, where it stays in the long run, and how it spreads, all in
a time that grows with the number of states and without loss of digits.  Does not know: hives.
"""

from typing import NamedTuple

import numpy as np

from hivemind_abm.engine.loops import compiled
from hivemind_abm.theory.absorption import SEVERAL_SETS, TOO_LONG, Ends

__all__ = ["BirthDeath", "ends_on_line", "spread", "stationary_on_line"]

_NEGLIGIBLE = 1e-30  # a probability at the edge of what `spread` follows
_NONE = -1  # no such place


class BirthDeath(NamedTuple):
    """The chances of one event in each of S states.

    Attributes:
        up: The chance to go from state i to i + 1, shape (S,); 0 in the last state.
        down: The chance to go from state i to i - 1, shape (S,); 0 in the first state.
    """

    up: np.ndarray
    down: np.ndarray


# --------------------------------------------------------------------------------------------------
# Where it ends


def ends_on_line(chain: BirthDeath, consensus: list[int | None]) -> Ends:
    """As `absorption.ends_of`, for two options whose consensus is the last and the first state.

    Args:
        chain: The chances; state i has i bees on option 0.  Times are in events.
        consensus: [S - 1, 0], with None for a state in which the hive does not stay.

    Raises:
        ValueError: Consensus takes longer than floating-point numbers can express.
    """
    up, down = chain
    size, (top, bottom) = up.size, consensus
    probabilities, times = np.zeros((size, 2)), np.full(size, np.inf)
    sinks = down <= 0.0
    sinks[0] = False
    lowest = int(np.flatnonzero(sinks)[0]) if sinks.any() else size  # from here on, never to 0
    sinks = up <= 0.0
    sinks[-1] = False
    highest = int(np.flatnonzero(sinks)[-1]) if sinks.any() else _NONE  # up to here, never to S - 1
    at = np.arange(size)
    can_end = ((bottom is not None) & (at < lowest)) | ((top is not None) & (at > highest))
    for state, option in ((top, 0), (bottom, 1)):
        if state is not None:
            probabilities[state, option], times[state], can_end[state] = 1.0, 0.0, False
    for first, last in _runs(can_end):
        inner = slice(first, last + 1)
        stretch = BirthDeath(up[inner], down[inner])
        upwards, times[inner] = _first_passage(stretch)
        downwards = _first_passage(_mirrored(stretch))[0][::-1]
        for option, chance, state in ((0, upwards, last + 1), (1, downwards, first - 1)):
            if state == consensus[option]:
                probabilities[inner, option] = chance
            else:  # there it never ends
                times[inner] = np.where(chance > 0.0, np.inf, times[inner])
    return Ends(probabilities, times)


def _mirrored(chain: BirthDeath) -> BirthDeath:
    """The same chain with its states in the opposite order."""
    return BirthDeath(chain.down[::-1], chain.up[::-1])


def _runs(places: np.ndarray) -> list[tuple[int, int]]:
    """The first and last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], places, [False]]).astype(np.int8)))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]


def _first_passage(chain: BirthDeath) -> tuple[np.ndarray, np.ndarray]:
    """The chance to leave the states above the last one, and the time to leave them either way.

    State by state from below, what lies below is eliminated: from state i the chain next leaves 0
    .. i to i + 1 with probability u, or at the other end with w = 1 - u.  Nothing is subtracted.

    Args:
        chain: The states that are left; from the first one `down` leads out, from the last `up`.

    Returns:
        The probabilities and the times, shape (S,) each.

    Raises:
        ValueError: The stay is longer than floating-point numbers can express.
    """
    up, down = (np.ascontiguousarray(chances, float) for chances in chain)
    chances, times = _passage(up, down)
    if not np.isfinite(times).all():
        raise ValueError(TOO_LONG)
    return chances, times


@compiled
def _passage(up, down):  # type: ignore[no-untyped-def]
    size = up.size
    upwards, stay = np.empty(size), np.empty(size)
    other_end, time = 1.0, 0.0
    for i in range(size):
        leaving = up[i] + down[i] * other_end
        time = (1.0 + down[i] * time) / leaving
        upwards[i], stay[i] = up[i] / leaving, time
        other_end = down[i] * other_end / leaving
    chance, time = 1.0, 0.0
    for i in range(size - 1, -1, -1):
        time = stay[i] + upwards[i] * time
        chance *= upwards[i]
        upwards[i], stay[i] = chance, time
    return upwards, stay


# --------------------------------------------------------------------------------------------------
# Where it stays, and how it gets there


def stationary_on_line(chain: BirthDeath) -> np.ndarray:
    """The stationary distribution, shape (S,), from the balance of ups and downs at each step.

    Args:
        chain: The chances.  All states must lead to one stretch that the chain never leaves.

    Raises:
        ValueError: There are several such stretches.
    """
    up, down = chain
    first, last = _closed_stretch(chain)
    law = np.zeros(up.size)
    log = np.concatenate(
        [[0.0], np.cumsum(np.log(up[first:last]) - np.log(down[first + 1 : last + 1]))]
    )
    weights = np.exp(log - log.max())
    law[first : last + 1] = weights / weights.sum()
    return law


def _closed_stretch(chain: BirthDeath) -> tuple[int, int]:
    """The first and last of the states that the chain never leaves, once it is among them."""
    up, down = chain
    starts = np.flatnonzero(down <= 0.0)  # nothing leads below these
    ends = np.flatnonzero(up <= 0.0)  # nothing leads above these
    after = ends[np.searchsorted(ends, starts)]
    following = np.append(starts[1:], up.size)
    closed = [(int(a), int(b)) for a, b, c in zip(starts, after, following, strict=True) if b < c]
    if len(closed) != 1:
        raise ValueError(SEVERAL_SETS.format(len(closed)))
    return closed[0]


def spread(chain: BirthDeath, law: np.ndarray, events: int) -> np.ndarray:
    """The distribution over the states after a number of events, shape (S,).

    Only states with a probability above 1e-30 are followed, so the work per event is that of the
    states where the chain can be.

    Args:
        chain: The chances.
        law: The distribution before, shape (S,).
        events: The number of events.
    """
    up, down = (np.ascontiguousarray(chances, float) for chances in chain)
    return _spread(up, down, np.array(law, float), events)


@compiled
def _spread(up, down, law, events):  # type: ignore[no-untyped-def]
    first, last = 0, law.size - 1
    for _ in range(events):
        while first < last and law[first] < _NEGLIGIBLE:
            law[first] = 0.0
            first += 1
        while last > first and law[last] < _NEGLIGIBLE:
            law[last] = 0.0
            last -= 1
        first, last = max(first - 1, 0), min(last + 1, law.size - 1)
        rising = 0.0  # from the state below
        for i in range(first, last + 1):
            falling = law[i + 1] * down[i + 1] if i < last else 0.0
            next_rising = law[i] * up[i]
            law[i] += rising + falling - law[i] * (up[i] + down[i])
            rising = next_rising
    return law
