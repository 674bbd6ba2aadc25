"""The public contract: on the built-ins, and on rules and bandits with the mistakes it names."""

import random
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

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
from hivemind_abm.contract import running
from hivemind_abm.hives.names import RULES
from hivemind_abm.learners.names import LEARNERS


@pytest.mark.parametrize(
    "rule",
    [pytest.param(rule, marks=[] if rule == "success" else pytest.mark.thorough) for rule in RULES],
)
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
    run, rows = running.states_of, []

    def changed(make, compiled, *where):
        rows.append(run(make, compiled, *where))
        return [row + compiled for row in rows[-1]]

    monkeypatch.setattr(running, "states_of", changed)
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


# Rules that use memory, dance, bee.step and no option; and worlds that change.


@dataclass(frozen=True)
class Rich(ImitationRule):
    uncommitted = True

    def memory_size(self, n_action):
        return n_action

    def begin(self, bee, rng):
        bee.memory[0] = rng.random()

    def dance(self, bee, rng):
        bee.memory[0] += 0.1 * (bee.payoff - bee.memory[0])
        return bee.memory[0]

    def decide(self, bee, neighbours, rng):
        if bee.step > 2 and rng.random() < 0.1:
            return neighbours.n_action
        return neighbours.pick_by_payoff(rng).opinion


@pytest.mark.thorough
def test_the_check_says_what_a_rule_uses():
    lines = check_rule(Rich)
    assert "uses memory (2 numbers per bee for K = 2), begin, dance, bee.step, uncommitted" in lines
    assert any(line.startswith("returns an opinion of 0 .. K - 1, or K for none") for line in lines)
    assert "compiled: the same numbers as interpreted, bit for bit" in lines
    assert "uses none of memory, begin, dance, bee.step, uncommitted" in check_rule("success")


@dataclass(frozen=True)
class NoSize(ImitationRule):
    def decide(self, bee, neighbours, rng):
        bee.memory[0] = 1.0
        return bee.opinion


@dataclass(frozen=True)
class Curious(ImitationRule):
    def memory_size(self, n_action):
        return 1

    def decide(self, bee, neighbours, rng):
        return int(neighbours.pick(rng).memory[0])


@dataclass(frozen=True)
class SizeIsNoMethod(ImitationRule):
    memory_size = 2

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class BeginsWithAList(ImitationRule):
    def memory_size(self, n_action):
        return 1

    def begin(self, bee, rng):
        return [0.5]

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class BeginsAlone(ImitationRule):
    def begin(self, rng):
        pass

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class DancesTooLong(ImitationRule):
    def dance(self, bee, rng):
        return 3.0 * bee.payoff

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class DancesNothing(ImitationRule):
    def dance(self, bee, rng):
        rng.random()

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Assigns(ImitationRule):
    def decide(self, bee, neighbours, rng):
        bee.opinion = 0
        return bee.opinion


@dataclass(frozen=True)
class Leaves(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return neighbours.n_action


@dataclass(frozen=True)
class Undecided(ImitationRule):
    uncommitted = "yes"

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class OnlyTogether(ImitationRule):
    """It forgets that a neighbour may hold no option."""

    uncommitted = True

    def decide(self, bee, neighbours, rng):
        return bee.opinion if neighbours.pick(rng).opinion < neighbours.n_action else 99


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (NoSize, "memory_size(self, n_action) must return how many numbers bee.memory has"),
        (Curious, "another bee's memory is private"),
        (SizeIsNoMethod, "must be a method, not 2: write `def memory_size(self, n_action)`"),
        (BeginsWithAList, "begin must return nothing: write into bee.memory, not [0.5]"),
        (BeginsAlone, "BeginsAlone.begin must take (self, bee, rng), not (self, rng)"),
        (DancesTooLong, "write `return min(max(payoff, 0.0), 1.0)`"),
        (DancesNothing, "end dance with `return bee.payoff`"),
        (Assigns, "return the option from decide"),
        (Leaves, "write `uncommitted = True` in the class"),
        (Undecided, "Undecided.uncommitted must be True or False, not 'yes'"),
        (OnlyTogether, "from bees without an option: "),
    ],
)
def test_names_the_mistake_of_a_rule_with_memory_dance_or_no_option(rule, message):
    with pytest.raises((ValueError, TypeError)) as error:
        check_rule(rule)
    assert message in str(error.value)


@dataclass(frozen=True)
class Unwritten(ImitationRule):
    def memory_size(self, n_action):
        return 1

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@pytest.mark.thorough
def test_a_memory_that_nobody_writes_is_remarked():
    assert "remark: its memory never changed; write bee.memory[i] = ..." in check_rule(Unwritten)


@dataclass(frozen=True)
class Seasons(Bandit):
    """Rewards that depend on the step, the shares and the memory."""

    n_action: int = 2

    def memory_size(self, n_action):
        return 1

    def change(self, world, rng):
        world.memory[0] = 0.5 * world.memory[0] + 0.5 * rng.random()

    def pull(self, option, world, rng):
        season = 1.0 if (world.step + option) % 2 == 0 else 0.5
        return season * world.memory[0] * (1.0 - 0.5 * world.shares[option]) * rng.random()

    def expected_rewards(self, world):
        seasons = [1.0 if (world.step + a) % 2 == 0 else 0.5 for a in range(self.n_action)]
        crowds = [1.0 - 0.5 * world.shares[a] for a in range(self.n_action)]
        return 0.5 * world.memory[0] * np.array(seasons) * np.array(crowds)


@pytest.mark.thorough
def test_the_check_says_what_of_the_world_a_bandit_uses():
    lines = check_bandit(Seasons)
    assert (
        "of the world it uses shares, step, memory (1 number); change is called before the pulls "
        "of each step" in lines
    )
    assert (
        "expected_rewards is the mean of its pulls, within 5 standard errors, at steps 0, 1, 7"
        in lines
    )
    assert "optimal_share is the summed share of option 0 at first" in lines
    assert "of the world it uses step" in check_bandit("switching")
    assert "of the world it uses nothing" in check_bandit("near one")
    assert "of the world it uses shares" in check_bandit("congestion")


@dataclass(frozen=True)
class LateMistake(Bandit):
    """Right at steps 0 and 1, wrong at step 7."""

    n_action: int = 2

    @property
    def changes(self):
        return True

    def pull(self, option, world, rng):
        return 0.9 if world.step < 5 else 0.1

    def expected_rewards(self, world):
        return np.array([0.9, 0.9])


@dataclass(frozen=True)
class ChangesItself(Bandit):
    n_action: int = 2

    def change(self, world, rng):
        return 0.5

    def pull(self, option, world, rng):
        return 0.5


@dataclass(frozen=True)
class NoRoom(Bandit):
    n_action: int = 2

    def change(self, world, rng):
        world.memory[0] = 0.5

    def pull(self, option, world, rng):
        return 0.5


@dataclass(frozen=True)
class Meddles(Bandit):
    n_action: int = 2

    def memory_size(self, n_action):
        return 1

    def pull(self, option, world, rng):
        return 0.5

    def expected_rewards(self, world):
        world.memory[0] = 1.0
        return np.array([0.5, 0.5])


@pytest.mark.parametrize(
    ("bandit", "message"),
    [
        (LateMistake, "at step 7: expected_rewards says 0.9 for option 0"),
        (LateMistake, "; pull reads world.step, expected_rewards does not"),
        (ChangesItself, "change must return nothing: write into world.memory, not 0.5"),
        (NoRoom, "memory_size(self, n_action) must return how many numbers world.memory has"),
        (Meddles, "expected_rewards(world) must not change world.memory"),
    ],
)
def test_names_the_mistake_of_a_bandit_in_a_world_that_changes(bandit, message):
    with pytest.raises((ValueError, TypeError)) as error:
        check_bandit(bandit)
    assert message in str(error.value)
