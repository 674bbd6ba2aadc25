"""Compiled hives and interpreted ones have the same numbers, and a replay gives the same decisions.

The thorough test takes each rule with each neighbourhood, updating and bandit; the quick one takes
each of them at least three times.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from hivemind_abm import Bandit, Hive, ImitationRule, MajorityRule


@dataclass(frozen=True)
class Stubborn(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Averager(ImitationRule):
    """Show a running mean of the payoffs, or nothing."""

    rate: float = 0.2
    hears = 3

    def memory_size(self, n_action):
        return 2

    def begin(self, bee, rng):
        bee.memory[0] = 0.5
        bee.memory[1] = rng.random()

    def dance(self, bee, rng):
        bee.memory[0] += self.rate * (bee.payoff - bee.memory[0])
        return 0.0 if rng.random() < 0.2 else bee.memory[0]

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick_by_payoff(rng)
        bee.memory[1] = bee.step
        heard = neighbours.total_payoff > 0.0 and neighbours.payoff_of(dancer.opinion)
        return dancer.opinion if heard > rng.random() else bee.opinion


@dataclass(frozen=True)
class Recruit(ImitationRule):
    """Leave an option, be recruited to one, or discover one."""

    leaves: float = 0.1
    uncommitted = True

    def decide(self, bee, neighbours, rng):
        none = neighbours.n_action
        if bee.opinion == none:
            other = neighbours.pick(rng)
            if other.opinion < none and rng.random() < other.payoff:
                return other.opinion
            return rng.integers(none) if rng.random() < 0.05 else none
        if neighbours.count_of(none) > 0 and rng.random() < self.leaves:
            return none
        return bee.opinion


@dataclass(frozen=True)
class Drift(Bandit):
    """Rewards that walk at random and depend on the shares."""

    n_action: int = 3

    def memory_size(self, n_action):
        return n_action

    def change(self, world, rng):
        for a in range(self.n_action):
            if world.step == 0:
                world.memory[a] = 0.3 + 0.2 * a
            else:
                moved = world.memory[a] + 0.1 * (rng.random() - 0.5)
                world.memory[a] = min(max(moved, 0.0), 1.0)

    def pull(self, option, world, rng):
        return world.memory[option] * rng.random() * (1.0 - 0.5 * world.shares[option])

    def expected_rewards(self, world):
        return np.array([world.memory[a] for a in range(self.n_action)])


RULES = {
    "memory and dance": Averager(),
    "uncommitted": Recruit(),
    "wvoter": "wvoter",
    "majority": MajorityRule(),
    "three votes": MajorityRule(3),
    "zealots": [("wvoter", 0.7), (Stubborn(), 0.3)],
    "three rules": [(Averager(), 10), (Recruit(), 5), ("success", 5)],
}
HOODS = {
    "default": {},
    "one": {"neighbourhood_size": 1},
    "four": {"neighbourhood_size": 4},
    "everyone": {"neighbourhood": "everyone"},
    "groups": {"neighbourhood": "groups", "neighbourhood_size": 5},
    "ring": {"neighbourhood": "ring:4"},
    "two of a small world": {"neighbourhood": "small world:6:0.2", "neighbourhood_size": 2},
}
UPDATINGS = ("synchronous", "asynchronous", 0.4)
BANDITS = {
    name: name for name in ("random walk", "switching", "near one", "congestion")
} | {"drift": Drift()}  # fmt: skip
CASES = list(itertools.product(RULES, HOODS, UPDATINGS, BANDITS))
# a stride that divides none of the numbers 7, 7, 3 and 5
QUICK = CASES[::245]


def run(rule, hears, updating, bandit, compiled, steps=4):
    """A hive after some steps, and what three of its bees decided in the last one."""
    hive = Hive(
        RULES[rule],
        BANDITS[bandit],
        20,
        updating=updating,
        compiled=compiled,
        rng=3,
        **HOODS[hears],
    )
    hive.run_for(steps)
    return hive, {bee: hive.decision(bee) for bee in (0, 7, 14)}


def check(case):
    (one, decided), (other, replayed) = run(*case, compiled=True), run(*case, compiled=False)
    assert set(one.mode.values()) == {"compiled"} and set(other.mode.values()) == {"interpreted"}
    assert one.table().equals(other.table())
    for array in ("opinions", "payoffs", "shown", "memory"):
        assert np.array_equal(getattr(one, array), getattr(other, array))
    for bee, decision in decided.items():
        assert (decision.after, decision.times) == (replayed[bee].after, replayed[bee].times)
        assert decision.times == 0 or decision.after == one.opinions[bee]
        assert decision.asked == replayed[bee].asked
        assert np.array_equal(decision.heard, replayed[bee].heard)
        assert np.array_equal(decision.memory, replayed[bee].memory)


@pytest.mark.parametrize("case", QUICK, ids=lambda case: " - ".join(map(str, case)))
def test_both_modes_agree(case):
    check(case)


@pytest.mark.thorough
@pytest.mark.parametrize("rule", RULES)
def test_both_modes_agree_everywhere(rule):
    for case in CASES:
        if case[0] == rule:
            check(case)
