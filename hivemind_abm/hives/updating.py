"""One step of a hive: which bees decide when, on which state, and when they adopt, pull and dance.

Knows: the step and its parts, each written once.  The same source is compiled for many hives, runs
as plain Python, replays one decision and gives the macro-agent's update.  Does not know: rules,
bandits, Mesa.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.engine.intrinsics import sixty_four_words
from hivemind_abm.engine.loops import compiled

__all__ = [
    "ASYNCHRONOUS",
    "BANDIT_FAULT",
    "DANCE_FAULT",
    "RULE_FAULT",
    "SYNCHRONOUS",
    "beginning",
    "chance_of",
    "checked_opinion",
    "checked_payoff",
    "choosing",
    "count_shares",
    "dancing",
    "deciding",
    "paying",
    "stepping",
    "taking_turns",
]

SYNCHRONOUS, ASYNCHRONOUS = "synchronous", "asynchronous"
RULE_FAULT, BANDIT_FAULT, DANCE_FAULT = 1, 2, 3  # whose method broke its contract
_MOST_COUNTED_TOGETHER = 16  # up to so many options, each has four counters
_ROUNDING = 1e-9  # a payoff outside [0, 1] by at most this is set to the bound


def chance_of(updating: Any) -> float | None:
    """The argument `updating` of a hive: the chance that a bee decides in a step.

    Returns:
        1.0 for "synchronous", None for "asynchronous".

    Raises:
        ValueError, TypeError: Neither of these, nor a number above 0 and at most 1.
    """
    if isinstance(updating, str) and updating in (SYNCHRONOUS, ASYNCHRONOUS):
        return 1.0 if updating == SYNCHRONOUS else None
    if isinstance(updating, str | bool) or not isinstance(updating, int | float | np.number):
        raise (ValueError if isinstance(updating, str) else TypeError)(
            f"updating must be {SYNCHRONOUS!r}, {ASYNCHRONOUS!r} or the probability with which "
            f"each bee decides in a step, not {updating!r}"
        )
    return checks.number("updating", updating, 0.0, 1.0, above=True)


def deciding(decide: Callable[..., Any], check: Callable[[Any], Any]) -> Callable[..., int]:
    """The loop in which bees decide on the same snapshot.

    Args:
        decide: (rule, bee, neighbours, rng) -> opinion, compiled or plain Python.
        check: Returns what `decide` returned, or raises an error.

    Returns:
        A function (rule, neighbours, first, last, kind, chance, rng) -> the index of a bee whose
        opinion is no option, or -1.  The bees at the positions `first` .. `last` - 1 that follow
        rule number `kind`, or any rule if it is below 0, decide, each with this chance.  It writes
        into the work array `adopted`.
    """

    def loop(rule, neighbours, first, last, kind, chance, rng):
        adopted, most = neighbours._adopted, neighbours._options
        for place in range(first, last):
            if kind >= 0 and neighbours._follows[neighbours.at(place)] != kind:
                continue
            if chance < 1.0 and rng.random() >= chance:
                adopted[neighbours.at(place)] = neighbours._opinion[neighbours.at(place)]
                continue
            heard = neighbours.listen(place, rng)
            bee = heard._me
            opinion = check(decide(rule, heard._bee, heard, rng))
            adopted[bee] = opinion
            if opinion < 0 or opinion >= most:
                return bee
        return -1

    return loop


def dancing(dance: Callable[..., Any], check: Callable[[Any], Any]) -> Callable[..., int]:
    """The loop in which bees choose the payoff that the others see.

    Args:
        dance: (rule, bee, rng) -> payoff, compiled or plain Python.
        check: Returns what `dance` returned, or raises an error.

    Returns:
        A function (rule, neighbours, first, last, kind, rng) -> the index of a bee whose payoff is
        outside [0, 1], or -1.  The bees `first` .. `last` - 1 that follow rule number `kind` dance.
    """

    def loop(rule, neighbours, first, last, kind, rng):
        shown = neighbours._payoff
        for bee in range(first, last):
            if kind >= 0 and neighbours._follows[bee] != kind:
                continue
            if neighbours._opinion[bee] >= neighbours.n_action:
                shown[bee] = 0.0
                continue
            payoff = check(dance(rule, neighbours.of_bee(bee), rng))
            shown[bee] = payoff
            if not 0.0 <= payoff <= 1.0:
                if not -_ROUNDING <= payoff <= 1.0 + _ROUNDING:
                    return bee
                shown[bee] = min(max(payoff, 0.0), 1.0)
        return -1

    return loop


def beginning(begin: Callable[..., Any], check: Callable[[Any], Any]) -> Callable[..., int]:
    """The loop in which bees set their memory when the hive is built; see `dancing`."""

    def loop(rule, neighbours, first, last, kind, rng):
        for bee in range(first, last):
            if kind < 0 or neighbours._follows[bee] == kind:
                check(begin(rule, neighbours.of_bee(bee), rng))
        return -1

    return loop


def choosing(
    begin: Callable[..., Any], decide: Callable[..., int], adopt: Callable[..., Any]
) -> Callable[..., int]:
    """The first part of a step: all bees decide and adopt, unless they do so one at a time.

    All functions get (tools, hive), the hive's index, and what is said here.

    Args:
        begin: (step) Begins a step.
        decide: (first, last) -> whether a rule broke its contract.
        adopt: () All bees adopt what they have decided.

    Returns:
        A function (tools, hive, step) -> 0 or a fault, such as `RULE_FAULT`.
    """

    def choose(tools, hive, number):
        begin(tools, hive, number)
        if tools.events == 0:
            if decide(tools, hive, 0, tools.bees):
                return RULE_FAULT
            adopt(tools, hive)
        return 0

    return choose


def paying(pull: Callable[..., int], dance: Callable[..., int]) -> Callable[..., int]:
    """The part of a step in which all bees pull and dance, unless they do so one at a time.

    Args:
        pull: (tools, hive, step) -> whether the bandit broke its contract.
        dance: (tools, hive, first, last) -> whether a rule broke its contract.

    Returns:
        As for `choosing`.
    """

    def pay(tools, hive, number):
        if tools.events > 0:
            return 0
        if pull(tools, hive, number):
            return BANDIT_FAULT
        return DANCE_FAULT if dance(tools, hive, 0, tools.bees) else 0

    return pay


def stepping(
    choose: Callable[..., int],
    change: Callable[..., Any],
    pay: Callable[..., int],
    turns: Callable[..., int],
) -> Callable[..., int]:
    """One step of one hive.

    All functions get (tools, hive), the hive's index, and what is said here.

    Args:
        choose: (step) As of `choosing`.
        change: (step) Changes the world.
        pay: (step) As of `paying`.
        turns: (step, events) As of `taking_turns`.

    Returns:
        A function (tools, hive, step) -> 0 or a fault, such as `RULE_FAULT`.
    """

    def step(tools, hive, number):
        fault = choose(tools, hive, number)
        if fault:
            return fault
        change(tools, hive, number)
        if tools.events > 0:
            return turns(tools, hive, number, tools.events)
        return pay(tools, hive, number)

    return step


def taking_turns(
    turn: Callable[..., Any], decide: Callable[..., int], renew: Callable[..., int]
) -> Callable[..., int]:
    """The events of an asynchronous step, or some of them.

    All functions get (tools, hive), the hive's index, and what is said here.

    Args:
        turn: () Draws the bees that are next -> the first and the last position.
        decide: (first, last) -> whether a rule broke its contract.
        renew: (place, step) One bee adopts, pulls and dances -> 0 or a fault.

    Returns:
        A function (tools, hive, step, events) -> 0 or a fault.
    """

    def turns(tools, hive, number, events):
        for _ in range(events):
            first, last = turn(tools, hive)
            if decide(tools, hive, first, last):
                return RULE_FAULT
            for place in range(first, last):
                fault = renew(tools, hive, place, number)
                if fault:
                    return fault
        return 0

    return turns


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


def checked_payoff(name: str) -> Callable[[Any], float]:
    """The check of a payoff from `dance` in plain Python; see `checked_opinion`."""

    def check(payoff: Any) -> float:
        if not isinstance(payoff, bool | int | float | np.number | np.bool_):
            raise TypeError(f"{name}.dance must return a payoff, a number, not {payoff!r}")
        return float(payoff)

    return check


@compiled
def count_shares(opinions, shares, none):
    """Write the share of each option into `shares`.

    Args:
        opinions: Options of the bees, shape (N,).
        shares: Gets the shares, shape (K,).
        none: Whether an opinion may be K, for none.
    """
    n, k = opinions.size, shares.size
    if k > _MOST_COUNTED_TOGETHER or none:
        shares[:] = 0.0
        for opinion in opinions:
            if opinion < k:
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
