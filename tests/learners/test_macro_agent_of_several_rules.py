"""The macro-agent of several rules, or of a rule that dances, in steady and changing worlds."""

from dataclasses import dataclass

import numpy as np
import pytest

from hivemind_abm import (
    BanditLinear,
    BanditRandomWalk,
    BanditSwitching,
    ImitationOfSuccess,
    ImitationRule,
    LearnerModel,
    MacroAgent,
    WeightedVoterRule,
)
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.learners.macro_agent import MacroBatch


@dataclass(frozen=True)
class HalfHearted(ImitationRule):
    """It shows a random part of its payoff."""

    def dance(self, bee, rng):
        return bee.payoff * rng.random()

    def decide(self, bee, neighbours, rng):
        return neighbours.pick_by_payoff(rng).opinion


@dataclass(frozen=True)
class Stubborn(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Remembers(Stubborn):
    def memory_size(self, n_action):
        return 1


@dataclass(frozen=True)
class MayHoldNone(Stubborn):
    uncommitted = True


RULES = [
    HalfHearted(),
    ((WeightedVoterRule(), 0.7), (HalfHearted(), 0.3)),
    ((ImitationOfSuccess(), 15), (Stubborn(), 15)),
]
BANDITS = [BanditLinear(3, q_star=(0.3, 0.5, 0.6)), BanditSwitching(period=2), BanditRandomWalk()]


@pytest.mark.thorough
@pytest.mark.parametrize("bandit", BANDITS, ids=lambda bandit: type(bandit).__name__)
@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(RULES[0], id="dances", marks=pytest.mark.thorough),
        pytest.param(RULES[1], id="mixture"),
        pytest.param(RULES[2], id="stubborn", marks=pytest.mark.thorough),
    ],
)
def test_it_is_its_own_plain_update_bit_for_bit(rule, bandit):
    learner = MacroAgent(rule, 30)
    fast, plain = (
        MacroBatch(learner, bandit, [1, 2]),
        MacroBatch(learner, bandit, [1, 2], compiled=False),
    )
    update = LearnerBatch(learner, bandit, [1, 2], compiled=False)
    for batch in (fast, plain, update):
        batch.advance(6)
    assert fast.mode == {"rule": "compiled", "bandit": "compiled"}
    assert np.array_equal(fast.rows.values, update.rows.values)
    assert np.array_equal(fast.rows.values, plain.rows.values)


def test_its_expected_step_is_the_mixture_of_those_of_its_rules():
    bandit = BanditLinear(2, q_star=(0.8, 0.4), gap=0.0)
    learner = MacroAgent(((ImitationOfSuccess(), 0.25), (Stubborn(), 0.75)), 1000)
    batch = MacroBatch(learner, bandit, range(400))
    batch.advance(1)
    # x (1 - x) (q_A - q_B) for a quarter of the pulls
    expected, error = 0.25 * 0.25 * 0.4, batch.shares[:, 0].std() / np.sqrt(400)
    assert abs(batch.shares[:, 0].mean() - 0.5 - expected) < 4 * error


@pytest.mark.parametrize(
    ("rule", "cause"), [(Remembers(), "keep numbers"), (MayHoldNone(), "no option")]
)
def test_bees_that_a_policy_cannot_stand_for_are_refused(rule, cause):
    with pytest.raises(ValueError, match=f"has no macro-agent: its bees .*{cause}"):
        LearnerModel(MacroAgent(rule))
