"""The macro-agent of a rule.

It gives the numbers of its plain update, and in expectation those of the paper's learners.
"""

import warnings

import numpy as np
import pytest

from hivemind_abm import (
    BanditLinear,
    ImitationOfSuccess,
    LearnerModel,
    MacroAgent,
    MajorityRule,
    Study,
    WeightedVoterRule,
    compare,
    ensemble,
    maynard,
    taylor,
)
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.learners.macro_agent import MacroBatch
from hivemind_abm.loading import gallery

BANDIT = BanditLinear(4, name="near one")
SHARES = (0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize("hears", [None, 3])
@pytest.mark.parametrize(
    "rule",
    [WeightedVoterRule(), ImitationOfSuccess(), MajorityRule(3)],
    ids=["wvoter", "success", "majority"],
)
def test_it_is_its_own_plain_update_bit_for_bit(rule, hears):
    learner = MacroAgent(rule, 40, hears)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = LearnerBatch(learner, BANDIT, [1, 2], SHARES, compiled=False)
    batches = [
        MacroBatch(learner, BANDIT, [1, 2], SHARES, compiled=compiled) for compiled in (True, False)
    ]
    for _ in range(5):
        plain.advance(1)
        for batch in batches:
            batch.advance(1)
            assert np.array_equal(batch.rows.values, plain.rows.values)
            assert np.array_equal(batch.options, plain.options)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("learner", "same", "dynamic"),
    [("macro:success", "P-CL", taylor), ("macro:wvoter", "P-MCL", maynard)],
)
def test_its_expected_step_is_that_of_the_papers_learner(learner, same, dynamic):
    common = {"bandit": BANDIT, "parallel_envs": 1000, "initial_shares": SHARES}
    first = [
        ensemble(LearnerModel, {"learner": name, **common}, runs=2000, steps=1, seed=5, keep="last")
        for name in (learner, same)
    ]
    expected = np.array(SHARES) + dynamic(
        np.array(SHARES), BANDIT.expected_rewards(BANDIT.world(SHARES))
    )
    for option in range(4):
        macro, own = (rows[f"share_{option}"] for rows in first)
        assert abs(macro.mean() - expected[option]) < 4.0 * macro.sem()
        assert abs(macro.mean() - own.mean()) < 4.0 * np.hypot(macro.sem(), own.sem())
        assert macro.sem() < 6e-4  # a deviation of a per cent would show


def test_by_name_with_the_rules_fields():
    model = LearnerModel(
        "macro:majority", number_of_votes=3, parallel_envs=50, bandit="near one", rng=1
    )
    assert model.learner.rule == MajorityRule(3) and model.learner.parallel_envs == 50
    model.run_for(5)
    assert model.shares.sum() == pytest.approx(1.0)
    with pytest.raises(TypeError, match="did you mean number_of_votes"):
        LearnerModel("macro:majority", number_of_vote=3)
    with pytest.raises(ValueError, match="rule must be one of"):
        LearnerModel("macro:majorit")
    with pytest.raises(ValueError, match="parallel_envs must be a whole number"):
        LearnerModel("macro:wvoter", parallel_envs=0)
    with pytest.raises(TypeError, match="rule must be an ImitationRule"):
        MacroAgent("wvoter")


def test_it_stands_beside_a_hive_and_in_a_study():
    file = gallery("models") / "my_first_rule.py"
    found = compare(
        str(file), f"macro:{file}", bandit="near one", population_size=100, steps=20, runs=50
    )
    assert list(found.systems) == ["HesitantImitator", "macro HesitantImitator", "TRD", "MRD"]
    cell = {
        "model": "LearnerModel",
        "learner": f"macro:{file}",
        "parallel_envs": [10, 20],
        "margin": 0.1,
    }
    study = Study.grid(cell, runs=3, steps=5, seed=1, keep="last")
    assert list(study.files) == [f"macro:{file}"]
    assert len(study.run()) == 6


def test_rows_of_the_ensemble_are_those_of_the_model():
    arguments = {"learner": MacroAgent(WeightedVoterRule(), 30), "bandit": BANDIT}
    rows = ensemble(LearnerModel, arguments, runs=2, steps=6, seed=4, keep="rows")
    from hivemind_abm import run_seeds

    model = LearnerModel(**arguments, rng=run_seeds(4, 2)[1])
    model.run_for(6)
    mine = (
        rows[rows["iteration"] == 1] if (rows["iteration"] == 1).any() else rows[rows["RunId"] == 1]
    )
    assert np.array_equal(
        mine["share_1"], model.datacollector.get_model_vars_dataframe()["share_1"]
    )


def test_a_rules_field_that_the_macro_agent_needs_itself_is_refused(tmp_path):
    file = tmp_path / "clash.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import ImitationRule\n\n\n"
        "@dataclass(frozen=True)\nclass Clash(ImitationRule):\n    rate: float = 0.5\n\n"
        "    def decide(self, bee, neighbours, rng):\n        return bee.opinion\n"
    )
    with pytest.raises(
        ValueError, match="rate is a field of Clash and belongs to its macro-agent too: rename it"
    ):
        LearnerModel(f"macro:{file}")
