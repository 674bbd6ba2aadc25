"""The compiled pass in which the bees of one player play a match each.

Knows: how a match is drawn and paid; `seats` has the same in plain Python.  Does not know: the
players' rules.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import ROUNDING
from hivemind_abm.bandits.passes import load_runs, reward_of
from hivemind_abm.bandits.rivals import AXES, FIRST, HELD, OPTIONS, PULLS, SEAT, SHARES, WIDTH
from hivemind_abm.engine.intrinsics import (
    address_of,
    advance,
    four_words,
    integers32_at,
    integers_at,
    reals_at,
    sixty_four_words,
)
from hivemind_abm.engine.loops import compiled, inlined
from hivemind_abm.engine.stream import give_back_to, lend_from
from hivemind_abm.engine.vectors import read_only_integers

__all__ = ["MOST_PLAYERS", "draw_others", "match_loop"]

MOST_PLAYERS = 63  # with a fellow, the options of a match fill 64 words


@compiled
def _by_shares(shares, k, rng):
    u, total = rng.random(), 0.0
    for option in range(k):
        total += shares[option]
        if u < total:
            return option
    option = k - 1
    while option > 0 and shares[option] == 0.0:
        option -= 1
    return option


@inlined
def _draw_other(row, run, rng):
    """The option of a bee of another player -> the option, and whether it is one."""
    k, bees = row[OPTIONS], row[PULLS]
    if bees > 0:
        held = advance(integers32_at(row[HELD]), run * bees)
        option = np.int64(held[rng.integers(bees)])
        return option, option < k
    return _by_shares(advance(reals_at(row[SHARES]), run * k), k, rng), True


@inlined
def draw_others(match, table, axes, seat, run, rng):
    """Fill the places of the others in a match -> whether all hold an option."""
    holds = True
    for place in range(axes):
        if place != seat:
            option, is_option = _draw_other(advance(table, FIRST + WIDTH * place), run, rng)
            match[place] = option
            holds = holds and is_option
    return holds


def match_loop(payoff: Any, build: Any) -> Callable[..., int]:
    """The compiled pass in which bees of some runs play a match each.

    Returns:
        A function (runs, first, number, place, pulls, step) -> the flat index of a payoff outside
        [0, 1], or -1: see `bandits.stepping.pull`.
    """

    def loop(address, first, number, place, pulls, step):
        runs = load_runs(address)
        game = build(integers_at(runs._pull_integers), reals_at(runs._pull_reals))
        table = integers_at(runs._rivals)
        axes, seat, k = table[AXES], table[SEAT], runs._k
        match = integers_at(address_of(sixty_four_words()))
        options = read_only_integers(match, axes)
        for run in range(first, first + number):
            if not runs._running[run]:
                continue
            start = run * runs._pulls + place
            chosen, paid = advance(runs._options, start), advance(runs._payoffs, start)
            stream = advance(runs._streams, 4 * run)
            rng = lend_from(stream, four_words())
            for b in range(pulls):
                option, paid[b] = np.int64(chosen[b]), 0.0
                if option >= k:
                    continue
                holds = draw_others(match, table, axes, seat, run, rng)
                if not holds:
                    continue
                match[seat] = option
                reward = reward_of(payoff(game, seat, options, rng))
                paid[b] = reward
                if not 0.0 <= reward <= 1.0:
                    if not -ROUNDING <= reward <= 1.0 + ROUNDING:
                        return start + b
                    paid[b] = min(max(reward, 0.0), 1.0)
            give_back_to(stream, rng)
        return -1

    return loop
