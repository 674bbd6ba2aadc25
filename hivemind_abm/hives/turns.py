"""The compiled pass in which the bees of a hive of one rule decide one at a time.

Knows: how the events of an asynchronous step are one loop with the rule's `decide` inside.  Does
not know: hives of several rules; their events are in `stepping`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from numba import types

from hivemind_abm.engine.intrinsics import advance, four_words, integers_at, reals_at
from hivemind_abm.engine.loops import inlined
from hivemind_abm.engine.stream import give_back_to, lend_from, take_back_from
from hivemind_abm.hives.neighbours_compiled import load_neighbours
from hivemind_abm.hives.passes import as_it_is, opinion_of
from hivemind_abm.hives.stepping import load_hives
from hivemind_abm.hives.updating import deciding, taking_turns

__all__ = ["TURNS", "turns_loop"]

TURNS = types.int64(*[types.int64] * 6)  # fields (2), the hives, the hive, step, events


class _Tools(NamedTuple):
    """What the events work with."""

    rule: Any
    hives: Any
    neighbours: Any
    rng: Any
    stream: Any


def turns_loop(decide: Any, build: Any, ready: Any = as_it_is) -> Callable[..., int]:
    """The compiled pass of the events of a step; see `taking_turns` and `decide_loop`."""
    decide_all = inlined(deciding(decide, opinion_of))

    def turn(tools, hive):
        return tools.neighbours.turn(tools.rng)

    def decide_now(tools, hive, first, last):
        wrong = decide_all(tools.rule, tools.neighbours, first, last, -1, 1.0, tools.rng)
        tools.hives._fault[0] = wrong
        return wrong >= 0

    def renew(tools, hive, place, step):
        give_back_to(tools.stream, tools.rng)
        fault = tools.hives.renew(tools.neighbours, hive, place, step)
        take_back_from(tools.stream, tools.rng)
        return fault

    take_turns = inlined(taking_turns(inlined(turn), inlined(decide_now), inlined(renew)))

    def loop(integers, reals, address, hive, step, events):
        hives = load_hives(address)
        rule = ready(build(integers_at(integers), reals_at(reals)), hives._words)
        neighbours = load_neighbours(hives._words).of_rule(hives._own[0])
        stream = advance(hives._runs._streams, 4 * hive)
        rng = lend_from(stream, four_words())
        tools = _Tools(rule, hives, neighbours, rng, stream)
        fault = take_turns(tools, hive, step, events)
        give_back_to(stream, rng)
        return fault

    return loop
