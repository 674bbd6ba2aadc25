"""What stands beside a hive that is updated one at a time, has several rules, or lives in a world
that changes: the clock, the equation, and what is left out."""

import numpy as np
import pandas as pd
import pytest
from new_hives import Drifting, Recruit, Zealot

from hivemind_abm import Hive, LearnerModel, ReplicatorModel, compare, ensemble
from hivemind_abm.app.cli.main import main
from hivemind_abm.studies.systems import system_seed

SMALL = {"bandit": "near one", "n_action": 2, "population_size": 40, "runs": 60, "steps": 12}


def curve(comparison, name):
    rows = comparison.curves[comparison.curves["system"] == name]
    return rows.reset_index(drop=True)["optimal_share_mean"].to_numpy()


def replicator(**arguments):
    given = {"bandit": "near one", "n_action": 2, **arguments}
    return ensemble(ReplicatorModel, given, runs=1, steps=12, seed=0)[
        "optimal_share_mean"
    ].to_numpy()


def test_an_asynchronous_hive_stands_beside_the_differential_equation():
    comparison = compare("wvoter", **SMALL, updating="asynchronous")
    assert list(comparison.systems) == ["R_wvoter", "MRD"]
    np.testing.assert_array_equal(curve(comparison, "MRD"), replicator(method="exact"))
    assert comparison.systems["MRD"] == "the differential equation, in steps of 1"
    notes = " ".join(comparison.notes)
    assert "P-MCL is left out: its step is one of a hive in which all bees decide together" in notes
    assert "not the map with delta = 1" in notes
    assert all(f"({note})" in str(comparison) for note in comparison.notes)
    hive = {"rule": "wvoter", "bandit": "near one", "n_action": 2, "population_size": 40}
    same = ensemble(
        Hive, hive | {"updating": "asynchronous"}, runs=60, steps=12,
        seed=system_seed(1, "R_wvoter", False),
    )  # fmt: skip
    np.testing.assert_array_equal(curve(comparison, "R_wvoter"), same["optimal_share_mean"])
    euler = compare("wvoter", **SMALL, updating="asynchronous", method="euler")
    np.testing.assert_array_equal(curve(euler, "MRD"), replicator())
    assert not any("not the map" in note for note in euler.notes)


def test_a_large_asynchronous_hive_is_on_the_ode_and_not_on_the_map():
    large = SMALL | {"population_size": 2000, "runs": 40, "steps": 10, "seed": 5}
    ode = compare("success", **large, updating="asynchronous").pairs[0].as_is
    euler = compare("success", **large, updating="asynchronous", method="euler").pairs[0].as_is
    assert ode.equal
    assert not euler.equal
    assert euler.rms > 4 * ode.rms


def test_bees_that_decide_with_a_probability_slow_the_clock():
    comparison = compare("success", ["CL"], **SMALL, updating=0.25, alpha=0.25)
    np.testing.assert_array_equal(curve(comparison, "TRD"), replicator(dynamic="TRD", delta=0.25))
    learner = ensemble(
        LearnerModel,
        {"learner": "CL", "alpha": 0.25, "bandit": "near one", "n_action": 2},
        runs=60, steps=12, seed=system_seed(1, "CL", False),
    )  # fmt: skip
    np.testing.assert_array_equal(curve(comparison, "CL"), learner["optimal_share_mean"])
    assert comparison.notes == (
        "a bee decides with probability 0.25 in a step, so replicators make steps of delta = 0.25",
    )
    together = compare("success", **SMALL, updating=1.0)
    pd.testing.assert_frame_equal(together.curves, compare("success", **SMALL).curves)
    assert together.notes == ()


def test_a_hive_of_several_rules_has_no_natural_learner():
    rule = [("wvoter", 0.9), (Zealot(1), 0.1)]
    comparison = compare(rule, **SMALL, initial_shares=[(0.5, 0.5), (0, 1)])
    assert list(comparison.systems) == ["0.9 R_wvoter + 0.1 Zealot", "TRD", "MRD"]
    assert "36 bees with WeightedVoterRule" in comparison.systems["0.9 R_wvoter + 0.1 Zealot"]
    assert "no learner is beside a hive of several rules" in comparison.notes[0]
    np.testing.assert_array_equal(
        curve(comparison, "MRD"), replicator(initial_shares=(0.45, 0.55))
    )  # 18 + 0 of 40 bees on option 0
    assert not [name for name in comparison.curves if name.startswith(("kind_", "share_"))]
    chosen = compare(rule, ["P-MCL"], ["MRD"], **SMALL)
    assert list(chosen.systems)[1:] == ["P-MCL", "MRD"] and chosen.notes == ()


def test_uncommitted_bees_are_no_option_of_learners_and_replicators():
    comparison = compare(Recruit(), **SMALL, initial_shares=(0.1, 0.3, 0.6))
    np.testing.assert_array_equal(curve(comparison, "MRD"), replicator(initial_shares=(0.25, 0.75)))
    assert "the shares among bees that hold an option" in comparison.notes[0]


@pytest.mark.thorough
def test_a_world_that_changes_has_no_replicator(tmp_path, capsys):
    small = {"population_size": 20, "runs": 3, "steps": 3}
    comparison = compare("success", bandit=Drifting(), **small)
    assert list(comparison.systems) == ["R_success", "P-CL"]
    assert "no replicator is beside it: Drifting does not pay the same" in comparison.notes[0]
    with pytest.raises(ValueError, match="there is nothing to compare with; P-CL is left out"):
        compare("success", bandit=Drifting(), **small, updating="asynchronous")
    with pytest.raises(ValueError, match="bandit must pay rewards that depend on the shares alone"):
        compare("success", dynamic="TRD", bandit=Drifting(), **small)
    words = ["--population-size", "20", "--runs", "3", "--steps", "3", "--out", str(tmp_path)]
    assert main(["compare", "--rule", "success", "--bandit", "switching", *words]) == 0
    assert "(no replicator is beside it" in capsys.readouterr().out


def test_the_command_takes_what_a_hive_takes(tmp_path, capsys):
    words = ["--population-size", "20", "--runs", "3", "--steps", "3", "--out", str(tmp_path)]
    mixed = ["--rule", "wvoter", "--rule", "majority", "--mix", "15,5", "--number-of-votes", "3"]
    assert main(["compare", *mixed, "--updating", "asynchronous", *words]) == 0
    printed = capsys.readouterr().out
    assert "15 bees with WeightedVoterRule" in printed
    assert "MajorityRule(number_of_votes=3), each hears 19, updating asynchronous" in printed
    assert "(the hive is asynchronous, so replicators are differential equations" in printed
    assert "0.75 R_wvoter + 0.25 R_majority - MRD" in printed
