"""Asynchronous hives, hives of two rules and bees with memory beside hand-written C, in one run.

`pytest -n 0 tests/benchmarks/test_speed_hives.py`.  `limit_hives.c` runs before each round of our
code, and the best of all rounds counts on both sides.  Both sides run 20 hives for 50 steps from
even shares, on one core; our time is without what `ensemble` takes for no step at all.  No speed
is asserted: the table is the result.  But both sides must have the same mean share of the best
option, so that they are known to do the same work.
"""

import math
import time
from dataclasses import dataclass

import pytest

from hivemind_abm import Hive, ImitationRule, ensemble

N = 1000
ROUNDS = 8
REPEATS = 3
HIVES = 20
STEPS = 50
C_HIVES = 5 * HIVES  # over which limit_hives.c takes its mean share
CHECKED_HIVES = 200
STANDARD_ERRORS = 4.5


@dataclass(frozen=True)
class Stubborn(ImitationRule):
    """Keep the option."""

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Averager(ImitationRule):
    """Show the mean of about the last `last` payoffs of the option; choose by what others show."""

    last: int = 10

    def memory_size(self, n_action):
        return 2

    def dance(self, bee, rng):
        bee.memory[1] = min(bee.memory[1] + 1.0, self.last)
        bee.memory[0] += (bee.payoff - bee.memory[0]) / bee.memory[1]
        return bee.memory[0]

    def decide(self, bee, neighbours, rng):
        option = neighbours.pick_by_payoff(rng).opinion
        if option != bee.opinion:
            bee.memory[1] = 0.0
        return option


def parameters(rule, **more):
    return {"rule": rule, "bandit": "evenly spaced", "population_size": N} | more


def one_at_a_time(rule, size="all", **more):
    return parameters(rule, updating="asynchronous", neighbourhood_size=size, **more)


TWO_RULES = [("wvoter", 0.9), (Stubborn(), 0.1)]
ROWS = {  # label: parameters, the C program's label, the largest ratio that is aimed at
    "async R_wvoter, M all": (one_at_a_time("wvoter"), "async wvr M=all", 2.0),
    "async R_wvoter, M 10": (one_at_a_time("wvoter", 10), "async wvr M=10", 2.0),
    "async R_success": (one_at_a_time("success", 1), "async success", 2.0),
    "one rule, M all": (parameters("wvoter"), "one rule M=all", None),
    "two rules, M all": (parameters(TWO_RULES), "two rules M=all", None),
    "memory and dance, M all": (parameters(Averager()), "memory and dance M=all", 2.0),
}


def seconds(settings, steps):
    start = time.perf_counter()
    ensemble(Hive, settings, runs=HIVES, steps=steps, seed=1, keep="last", threads=1)
    return time.perf_counter() - start


def mean_best_share(settings):
    """Over steps 1 .. STEPS: its mean over hives, and the standard error beside C's."""
    table = ensemble(Hive, settings, runs=CHECKED_HIVES, steps=STEPS, seed=2, keep="rows")
    per_hive = table[table.Step > 0].groupby("RunId").optimal_share.mean()
    error = per_hive.std() * math.sqrt(1 / CHECKED_HIVES + 1 / C_HIVES)
    return per_hive.mean(), error


@pytest.mark.parametrize("label", ROWS)
def test_the_same_shares_as_c(label, c_times):
    settings, name, _ = ROWS[label]
    mean, error = mean_best_share(settings)
    assert mean == pytest.approx(c_times("limit_hives")()[name][1], abs=STANDARD_ERRORS * error)


def best_times(limit):
    """The shortest of all rounds: {label: ns per turn} of ours, and of the C program."""
    best = {(label, steps): math.inf for label in ROWS for steps in (0, STEPS)}
    theirs: dict[str, float] = {}
    for settings, _, _ in ROWS.values():
        seconds(settings, STEPS)
    for _ in range(ROUNDS):
        for name, (ns, _) in limit().items():
            theirs[name] = min(theirs.get(name, math.inf), ns)
        for label, steps in best:
            settings, _, _ = ROWS[label]
            least = min(seconds(settings, steps) for _ in range(REPEATS))
            best[label, steps] = min(best[label, steps], least)
    turns = HIVES * STEPS * N
    return {x: (best[x, STEPS] - best[x, 0]) / turns * 1e9 for x in ROWS}, theirs


def test_turns_beside_c(c_times, capsys):
    ours, theirs = best_times(c_times("limit_hives"))
    with capsys.disabled():
        print(f"\n{'ns per turn of a bee':24}{'ours':>8}{'C':>8}{'ratio':>8}{'target':>8}")
        for label, (_, name, target) in ROWS.items():
            a, b = ours[label], theirs[name]
            aim = f"{target:7.1f}x" if target else ""
            print(f"{label:24}{a:8.1f}{b:8.1f}{a / b:7.2f}x{aim}")
        two = ours["two rules, M all"] / ours["one rule, M all"]
        print(f"two rules beside one, ours: {two:.2f}x (target 1.2x)", end="; ")
        print(f"C: {theirs['two rules M=all'] / theirs['one rule M=all']:.2f}x")


def test_a_large_asynchronous_hive(c_times, capsys):
    n = 100_000
    hive = Hive(**one_at_a_time("wvoter", population_size=n), rng=1)
    limit, steps, theirs = c_times("limit_hives"), [], []
    hive.step()
    for _ in range(ROUNDS):
        theirs.append(limit()["async wvr N=100000"][0] * n * 1e-9)
        for _ in range(5):
            start = time.perf_counter()
            hive.step()
            steps.append(time.perf_counter() - start)
    ours, c = min(steps), min(theirs)
    with capsys.disabled():
        print(f"\n{n:,} bees one at a time, M all: a step {ours * 1e3:.1f} ms (target 20)")
        print(f"beside C's {c * 1e3:.1f} ms: {ours / c:.2f}x")
