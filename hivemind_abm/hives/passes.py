"""The compiled passes in which the methods of rules are called for the bees of one hive.

Knows: how `decide`, `dance` and `begin` are compiled, and the records that the steps of hives read.
Does not know: in which order the passes run; see `stepping`.
"""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np
from numba import types

from hivemind_abm.bandits.passes import BanditPasses, Measured, State, nothing
from hivemind_abm.engine.intrinsics import four_words, integers_at, reals_at, words_at
from hivemind_abm.engine.loops import inlined, must_return
from hivemind_abm.engine.stream import give_back_to, lend_from
from hivemind_abm.engine.structs import Integers, Reals, Table, Table32
from hivemind_abm.hives.bees import Workspace
from hivemind_abm.hives.neighbours_compiled import load_neighbours
from hivemind_abm.hives.updating import beginning, dancing, deciding

__all__ = [
    "OF_RULE",
    "HiveArrays",
    "Parts",
    "RulePasses",
    "Updating",
    "as_it_is",
    "begin_loop",
    "dance_loop",
    "decide_loop",
    "opinion_of",
]

Entries = Annotated[np.ndarray, types.int64[:, ::1]]


class HiveArrays(NamedTuple):
    """What hives have beside the `State` that all runs have.

    Attributes:
        shown: The payoffs that others see, shape (R, N); the payoffs themselves if no rule dances.
        memory: The bees' own numbers, shape (R, N * width).
        follows: The number of each bee's rule, shape (R, N); (R, 0) where all follow the same.
    """

    shown: Table
    memory: Table
    follows: Table32


class Updating(NamedTuple):
    """When the bees of a hive decide.

    Attributes:
        chance: The probability with which each bee decides in a step.
        events: The number of events in a step if bees decide one at a time, or one group at a time;
            else 0.
        bees: N.
        tracked: Whether the shares follow each event, else only each step, because the bandit does
            not read them.
        width: As in `Private`.
        none: As in `Private`.
    """

    chance: float
    events: int
    bees: int
    tracked: bool
    width: int
    none: int


class RulePasses(NamedTuple):
    """The entries of the compiled passes of a hive's rules.

    Attributes:
        decide, dance: For each rule the three numbers of `CompiledLoop.entry`, shape (rules, 3);
            zeros for none.
        turns: The same for the pass of `turns`, shape (1, 3), where bees of one rule decide one at
            a time.
        own: How many numbers the bees of each rule keep, shape (rules,).
    """

    decide: Entries
    dance: Entries
    turns: Entries
    own: Integers


class Parts(NamedTuple):
    """All that the compiled steps of hives work with.

    Attributes:
        rules, bandit: The passes of the users' methods.
        state, arrays: What the next steps depend on.
        workspace: Work arrays.
        words: The neighbours of one hive, kept in memory, shape (any,).
        measured: Where rows are written.
        even: Even shares, shape (K,).
        updating: When bees decide.
        fault: Gets the index of a bee, or of a pull, with which a method broke its contract, and
            that of its hive, shape (2,).
    """

    rules: RulePasses
    bandit: BanditPasses
    state: State
    arrays: HiveArrays
    workspace: Workspace
    words: Integers
    measured: Measured
    even: Reals
    updating: Updating
    fault: Integers


# fields (2), neighbours, first, last, kind, own, stream, chance
OF_RULE = types.int64(*[types.int64] * 8, types.float64)

opinion_of = must_return("an opinion, a whole number", (types.Integer, types.IntegerLiteral))
_payoff = must_return(
    "a payoff, a number", (types.Float, types.Integer, types.IntegerLiteral, types.Boolean)
)


@inlined
def as_it_is(rule, words):
    """The rule, which needs nothing beyond its hive."""
    return rule


def decide_loop(decide: Any, build: Any, ready: Any = as_it_is) -> Callable[..., int]:
    """The compiled pass in which bees of one rule decide; see `deciding`.

    Args:
        decide: The compiled method.
        build: (integers, reals) -> the rule.
        ready: (rule, words) -> what `decide` gets as its rule.
    """
    decide_all = inlined(deciding(decide, opinion_of))

    def loop(integers, reals, words, first, last, kind, own, stream, chance):
        rule = ready(build(integers_at(integers), reals_at(reals)), integers_at(words))
        neighbours = load_neighbours(integers_at(words)).of_rule(own)
        rng = lend_from(words_at(stream), four_words())
        wrong = decide_all(rule, neighbours, first, last, kind, chance, rng)
        give_back_to(words_at(stream), rng)
        return wrong

    return loop


def dance_loop(dance: Any, build: Any) -> Callable[..., int]:
    """The compiled pass in which bees of one rule dance; see `dancing`."""
    return _pass_without_neighbours(dancing(dance, _payoff), build)


def begin_loop(begin: Any, build: Any) -> Callable[..., int]:
    """The compiled pass in which bees of one rule set their memory; see `beginning`."""
    return _pass_without_neighbours(beginning(begin, nothing), build)


def _pass_without_neighbours(function: Any, build: Any) -> Callable[..., int]:
    for_all = inlined(function)

    def loop(integers, reals, words, first, last, kind, own, stream, chance):
        rule = build(integers_at(integers), reals_at(reals))
        bees = load_neighbours(integers_at(words)).of_rule(own)
        rng = lend_from(words_at(stream), four_words())
        wrong = for_all(rule, bees, first, last, kind, rng)
        give_back_to(words_at(stream), rng)
        return wrong

    return loop
