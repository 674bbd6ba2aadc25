"""One step of a hive: which bees decide when, on which state, and when they adopt.

Knows: the step, written once.  The same source is compiled for many hives, runs as plain Python,
replays one decision and gives the macro-agent's update.  Does not know: rules, bandits, Mesa.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from hivemind_abm.engine.intrinsics import sixty_four_words
from hivemind_abm.engine.loops import compiled

__all__ = ["adopt", "checked_opinion", "count_shares", "synchronous"]

_MOST_COUNTED_TOGETHER = 16  # up to so many options, each has four counters


def synchronous(decide: Callable[..., Any], check: Callable[[Any], Any]) -> Callable[..., int]:
    """The step in which all bees decide on the same snapshot and adopt at once.

    Args:
        decide: (rule, bee, neighbours, rng) -> opinion, compiled or plain Python.
        check: Returns what `decide` returned, or raises an error.

    Returns:
        A function (rule, opinions, shares, neighbours, adopted, rng) -> the index of a bee whose
        opinion is no option, or -1.  It writes into opinions (N,), shares (K,) and the work array
        adopted (N,).
    """

    def step(rule, opinions, shares, neighbours, adopted, rng):
        k = shares.size
        for place in range(opinions.size):
            heard = neighbours.listen(place, rng)
            bee = heard._me
            opinion = check(decide(rule, heard._bee, heard, rng))
            adopted[bee] = opinion
            if opinion < 0 or opinion >= k:
                return bee
        adopt(adopted, opinions, shares)
        return -1

    return step


def checked_opinion(name: str) -> Callable[[Any], int]:
    """The check of an opinion in plain Python.

    Args:
        name: The rule's class, for the error.

    Returns:
        A function that returns the opinion as a whole number, clipped to 32 bits.  It raises
        TypeError where the opinion is not a whole number.
    """

    def check(opinion: Any) -> int:
        if isinstance(opinion, bool) or not isinstance(opinion, int | np.integer):
            raise TypeError(
                f"{name}.decide must return an opinion, a whole number, not {opinion!r}"
            )
        return min(max(int(opinion), -(2**31)), 2**31 - 1)

    return check


@compiled
def count_shares(opinions, shares):
    """Write the share of each option into `shares`."""
    n, k = opinions.size, shares.size
    if k > _MOST_COUNTED_TOGETHER:
        shares[:] = 0.0
        for opinion in opinions:
            shares[opinion] += 1.0
    else:  # four counters per option, so that equal opinions in a row need not wait for each other
        counters = sixty_four_words()
        for i in range(4 * k):
            counters[i] = 0
        for bee in range(n):
            counters[4 * np.int64(opinions[bee]) + (bee & 3)] += np.uint64(1)
        for option in range(k):
            i = 4 * option
            shares[option] = counters[i] + counters[i + 1] + counters[i + 2] + counters[i + 3]
    for option in range(k):
        shares[option] /= n


@compiled
def adopt(adopted, opinions, shares):
    """Take over what the bees have decided, and compute the shares."""
    for bee in range(opinions.size):
        opinions[bee] = adopted[bee]
    count_shares(opinions, shares)
