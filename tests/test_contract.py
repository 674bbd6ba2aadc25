"""The public contract: on the built-ins, and on rules and bandits with the mistakes it names."""

import random
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import hivemind_abm.contract as contract
from hivemind_abm import (
    Bandit,
    Hive,
    ImitationRule,
    Learner,
    check_bandit,
    check_learner,
    check_rule,
)
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.hives.names import RULES
from hivemind_abm.learners.names import LEARNERS


@pytest.mark.parametrize("rule", RULES)
def test_built_in_rules_keep_it(rule):
    found = check_rule(rule)
    assert "compiled: the same numbers as interpreted, bit for bit" in found
    assert any("consensus is absorbing" in line for line in found)


@pytest.mark.thorough
@pytest.mark.parametrize("bandit", BANDITS)
def test_built_in_bandits_keep_it(bandit):
    assert "compiled: the same numbers as interpreted, bit for bit" in check_bandit(bandit)


@dataclass(frozen=True)
class Clock(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return random.randrange(neighbours.n_action)


@dataclass(frozen=True)
class Beyond(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.opinion + 1


@dataclass(frozen=True)
class Forgets(ImitationRule):
    def decide(self, bee, neighbours, rng):
        if bee.payoff < 0.4:
            return neighbours.pick(rng).opinion
        return None


@dataclass(frozen=True)
class Silent(ImitationRule):
    pass


@dataclass(frozen=True)
class Short(ImitationRule):
    def decide(self, bee, rng):
        return bee.opinion


@dataclass(frozen=True)
class Demanding(ImitationRule):
    margin: float

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class FirstHeard(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return neighbours[0].opinion


class Thawed(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.opinion


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Clock, "draw from rng only"),
        (Beyond, "an opinion must be 0 to 6"),
        (Forgets, "must return an opinion, a whole number, not None"),
        (Silent, "Silent has no decide: write decide(self, bee, neighbours, rng)"),
        (Short, "must take (self, bee, neighbours, rng), not (self, bee, rng)"),
        (Demanding, "Demanding needs a default for every field"),
        (FirstHeard, "j must be 0 .. neighbours.size - 1"),
        (Thawed, "put @dataclass(frozen=True) above Thawed"),
    ],
)
def test_names_the_mistake_of_a_rule(rule, message):
    with pytest.raises((ValueError, TypeError)) as error:
        check_rule(rule)
    assert message in str(error.value)


@dataclass(frozen=True)
class TooMuch(Bandit):
    n_action: int = 2

    def pull(self, option, world, rng):
        return 0.9 + 0.2 * rng.random()


@dataclass(frozen=True)
class WrongMean(Bandit):
    n_action: int = 2

    def pull(self, option, world, rng):
        return 0.5 * rng.random()

    def expected_rewards(self, world):
        return np.array([0.25, 0.3])


@dataclass(frozen=True)
class NoOptions(Bandit):
    def pull(self, option, world, rng):
        return 0.5


@pytest.mark.parametrize(
    ("bandit", "message"),
    [
        (TooMuch, "a reward must lie in [0, 1]"),
        (WrongMean, "expected_rewards says 0.3 for option 1"),
        (NoOptions, "NoOptions.n_action must be a whole number"),
    ],
)
def test_names_the_mistake_of_a_bandit(bandit, message):
    with pytest.raises((ValueError, TypeError)) as error:
        check_bandit(bandit)
    assert message in str(error.value)


@pytest.mark.thorough
@pytest.mark.parametrize("learner", LEARNERS)
def test_built_in_learners_keep_it(learner):
    found = check_learner(learner)
    assert "compiled: the same numbers as interpreted, bit for bit" in found
    assert "it learns: its policy changes" in found


@dataclass(frozen=True)
class Dicey(Learner):
    def update(self, policy, pulls, memory, rng):
        policy[:] = 0.0
        policy[random.randrange(len(policy))] = 1.0


@dataclass(frozen=True)
class Heavy(Learner):
    def update(self, policy, pulls, memory, rng):
        policy[pulls[0].option] += pulls[0].reward


@dataclass(frozen=True)
class Careless(Learner):
    def update(self, policy, pulls, memory, rng):
        for a in range(len(policy)):
            policy[a] = pulls.reward_of(a) / pulls.total_reward


@dataclass(frozen=True)
class Forgetful(Learner):
    def update(self, policy, pulls, memory, rng):
        memory[0] += 1.0


@dataclass(frozen=True)
class Quiet(Learner):
    pass


@dataclass(frozen=True)
class Few(Learner):
    def update(self, policy, pulls):
        pass


@pytest.mark.parametrize(
    ("learner", "message"),
    [
        (Dicey, "draw from rng only"),
        (Heavy, "Heavy.update left the policy"),
        (Careless, "rewards that are always 0"),
        (Forgetful, "memory_size(n_action) says how many numbers memory has"),
        (Quiet, "Quiet has no update: write update(self, policy, pulls, memory, rng)"),
        (Few, "must take (self, policy, pulls, memory, rng), not (self, policy, pulls)"),
    ],
)
def test_names_the_mistake_of_a_learner(learner, message):
    with pytest.raises((ValueError, TypeError)) as error:
        check_learner(learner)
    assert message in str(error.value)


@dataclass(frozen=True)
class Overflows(Learner):
    def memory_size(self, n_action):
        return 1

    def update(self, policy, pulls, memory, rng):
        memory[0] = (pulls.step + 3) * 4611686018427387904


def test_a_learner_whose_whole_numbers_leave_64_bits_is_told():
    with pytest.raises(ValueError, match="does not fit into 64 bits; compiled=False has no such"):
        check_learner(Overflows)


def test_other_numbers_compiled_are_named(monkeypatch):
    """Nothing that users write is known to give other numbers; so the compiled ones are changed."""
    run, rows = contract._run, []

    def changed(make, compiled, *where):
        rows.append(run(make, compiled, *where))
        return [row + compiled for row in rows[-1]]

    monkeypatch.setattr(contract, "_run", changed)
    with pytest.raises(ValueError, match="gives other numbers compiled than interpreted"):
        check_rule("success")
    assert rows


@dataclass(frozen=True)
class Rebinds(Learner):
    def update(self, policy, pulls, memory, rng):
        policy = policy * 0.5


def test_remarks_on_a_learner_that_does_not_learn():
    assert (
        "remark: its policy never changed; write policy[a] = ..., not policy = ..."
        in check_learner(Rebinds)
    )


@dataclass(frozen=True)
class ByDict(ImitationRule):
    """A dict is not compiled."""

    def decide(self, bee, neighbours, rng):
        return {True: bee.opinion}[True]


def test_a_hive_still_warns_after_the_check():
    """The check is silent about what it finds; the hive that comes after it is not."""
    assert any("runs interpreted" in line for line in check_rule(ByDict()))
    with pytest.warns(
        RuntimeWarning, match=r"ByDict\.decide runs interpreted, not compiled: .*dict"
    ):
        Hive(rule=ByDict(), population_size=3, rng=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Hive(rule=ByDict(), population_size=3, rng=1)  # once is enough
