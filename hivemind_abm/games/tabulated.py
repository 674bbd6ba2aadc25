"""The compiled pass in which bees play matches of a game whose payoffs have no noise.

Knows: how a payoff is looked up in a player's tensor.  Does not know: games; one pass serves all of
them.  A game with noise has a pass of its own; see `matches`.
"""

from functools import cache

import numpy as np

from hivemind_abm.bandits.passes import PULL, load_runs
from hivemind_abm.bandits.rivals import AXES, FIRST, HELD, OPTIONS, PULLS, SEAT, WIDTH
from hivemind_abm.engine.intrinsics import (
    address_of,
    advance,
    four_words,
    integers32_at,
    integers_at,
    reals_at,
    sixty_four_words,
)
from hivemind_abm.engine.loops import Loop, compiled, inlined, loop_of
from hivemind_abm.engine.stream import give_back_to, lend_from
from hivemind_abm.games.matches import draw_others

__all__ = ["tabulated_pull", "values_table"]


def values_table(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What `tabulated_pull` needs of a player's tensor.

    Args:
        values: The tensor, shape (K_1, ..., K_P), or with the axis of a fellow.

    Returns:
        The table, int64: the address of the values, then how far apart they are along each axis;
        and the values, to which it points; they must outlive its use.
    """
    flat = np.ascontiguousarray(values)
    steps = [stride // flat.itemsize for stride in flat.strides]
    return np.array([flat.ctypes.data, *steps], np.int64), flat


@cache
def tabulated_pull() -> Loop:
    """The machine code of the pass; arguments and result as for `bandits.stepping.pull`."""
    return loop_of(_tabulated_pull, PULL)


@inlined
def _against_one(values, own, step, held, bees, most, chosen, k, paid, pulls, rng):
    """Matches of two players, where both have bees."""
    for b in range(pulls):
        option = np.int64(chosen[b])
        if option >= k:
            paid[b] = 0.0
            continue
        other = np.int64(held[rng.integers(bees)])
        paid[b] = values[option * own + other * step] if other < most else 0.0


@inlined
def _against_all(values, steps, table, match, chosen, k, paid, pulls, run, rng):
    axes, seat = table[AXES], table[SEAT]
    for b in range(pulls):
        match[seat], paid[b] = np.int64(chosen[b]), 0.0
        if match[seat] < k and draw_others(match, table, axes, seat, run, rng):
            place = 0
            for axis in range(axes):
                place += match[axis] * steps[axis]
            paid[b] = values[place]


@compiled
def _tabulated_pull(address, first, number, place, pulls, step):
    runs = load_runs(address)
    means, table = integers_at(runs._pull_integers), integers_at(runs._rivals)
    values, steps = reals_at(means[0]), advance(means, 1)
    seat, k = table[SEAT], runs._k
    other = advance(table, FIRST + WIDTH * (1 - seat))
    bees, most = other[PULLS], other[OPTIONS]
    match = integers_at(address_of(sixty_four_words()))
    for run in range(first, first + number):
        if not runs._running[run]:
            continue
        begin = run * runs._pulls + place
        chosen, paid = advance(runs._options, begin), advance(runs._payoffs, begin)
        stream = advance(runs._streams, 4 * run)
        rng = lend_from(stream, four_words())
        if table[AXES] == 2 and bees > 0:
            held = advance(integers32_at(other[HELD]), run * bees)
            own, further = steps[seat], steps[1 - seat]
            _against_one(values, own, further, held, bees, most, chosen, k, paid, pulls, rng)
        else:
            _against_all(values, steps, table, match, chosen, k, paid, pulls, run, rng)
        give_back_to(stream, rng)
    return -1
