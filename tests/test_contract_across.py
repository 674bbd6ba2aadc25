"""The contract of rules and learners that look across a game."""

from dataclasses import dataclass

import pytest

from hivemind_abm import GameLearner, GameRule, Lola, ParallelLola, check_learner, check_rule

CALLS = []


@dataclass(frozen=True)
class Envious(GameRule):
    """Take the rival's option if it is paid more."""

    hears = 1

    def decide(self, bee, neighbours, rivals, game, rng):
        met = rivals[1 - game.player].pick(rng)
        return met.opinion if met.payoff > bee.payoff else bee.opinion


@dataclass(frozen=True)
class KeepsCount(GameRule):
    """Another number in each call: it keeps something between calls."""

    hears = 1

    def decide(self, bee, neighbours, rivals, game, rng):
        CALLS.append(bee.opinion)
        return len(CALLS) % 7 % 2


@dataclass(frozen=True)
class ForgetsRivals(GameRule):
    hears = 1

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class LeavesTheSimplex(GameLearner):
    parallel_envs: int = 5

    def update(self, policy, pulls, rivals, game, memory, rng):
        policy[0] += 0.5


def test_what_looks_across_passes():
    results = check_rule(Envious)
    assert results[0].endswith("decide(self, bee, neighbours, rivals, game, rng)")
    assert results[-1] == "compiled and interpreted, same seed: the same numbers"


@pytest.mark.thorough
@pytest.mark.parametrize(("check", "part"), [(check_rule, Lola), (check_learner, ParallelLola)])
def test_built_in_ones_pass(check, part):
    assert check(part)[-1] == "compiled and interpreted, same seed: the same numbers"


@pytest.mark.parametrize(
    ("check", "part", "message"),
    [
        (check_rule, KeepsCount, "gives other numbers for the same seed; draw from rng only"),
        (check_rule, ForgetsRivals, r"must take \(self, bee, neighbours, rivals, game, rng\)"),
        (check_learner, LeavesTheSimplex, "policy"),
    ],
)
def test_a_mistake_is_named(check, part, message):
    with pytest.raises((ValueError, TypeError), match=message):
        check(part)
