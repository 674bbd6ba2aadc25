"""A rule beside its learner and its replicator: who is compared, the clock, and the verdict."""

import numpy as np
import pandas as pd
import pytest

from hivemind_abm import (
    BanditLinear,
    CrossLearning,
    Hive,
    LearnerModel,
    ReplicatorModel,
    WeightedVoterRule,
    compare,
    distance,
    ensemble,
    taylor,
)
from hivemind_abm.studies.systems import system_seed


def names(comparison):
    return list(dict.fromkeys(comparison.curves["system"]))


def test_a_rules_natural_partners_are_the_default():
    assert names(compare("success", runs=2, steps=2)) == ["R_success", "P-CL", "TRD"]
    assert names(compare("wvoter", runs=2, steps=2)) == ["R_wvoter", "P-MCL", "MRD"]
    assert names(compare("wvoter", switch="is_stoc", runs=2, steps=2)) == ["R_wvoter", "TRD", "MRD"]
    assert names(compare("models/my_first_rule.py", runs=2, steps=2)) == [
        "HesitantImitator",
        "TRD",
        "MRD",
    ]
    assert names(compare("majority", ["CL", "P-MCL"], "MRD", runs=2, steps=2)) == [
        "R_majority",
        "CL",
        "P-MCL",
        "MRD",
    ]


def test_pairs_and_tables():
    comparison = compare(
        "wvoter", ["P-MCL", "CL"], ["MRD", "TRD"], population_size=20, runs=3, steps=4
    )
    assert [(pair.first, pair.second) for pair in comparison.pairs] == [
        ("R_wvoter", "MRD"),
        ("R_wvoter", "TRD"),
        ("P-MCL", "MRD"),
        ("P-MCL", "TRD"),
        ("CL", "MRD"),
        ("CL", "TRD"),
        ("R_wvoter", "P-MCL"),
        ("R_wvoter", "CL"),
    ]
    assert len(comparison.curves) == 5 * 5
    assert list(comparison.curves.columns)[:3] == ["system", "step", "runs"]
    assert set(comparison.systems) == {"R_wvoter", "P-MCL", "CL", "MRD", "TRD"}
    assert comparison.distances["limit_rms"].isna().tolist() == [False] * 4 + [
        True,
        True,
        False,
        True,
    ]  # CL has no size to halve


def test_a_comparison_is_shown_with_its_verdicts():
    comparison = compare("wvoter", population_size=20, runs=3, steps=4)
    verdicts = {pair.name: pair.verdict for pair in comparison.pairs}
    assert list(verdicts) == ["R_wvoter - MRD", "P-MCL - MRD", "R_wvoter - P-MCL"]
    assert comparison.summary() == {"systems": ("R_wvoter", "P-MCL", "MRD")} | verdicts
    assert comparison.table() is comparison.curves
    assert repr(comparison).startswith("<Comparison: systems=(R_wvoter, P-MCL, MRD), R_wvoter - ")
    assert "\n" not in repr(comparison)
    head, *lines = str(comparison).splitlines()
    assert head == "Comparison"
    assert lines[2] == "  MRD: delta = 1"
    assert lines[3].startswith(f"  R_wvoter - MRD: {verdicts['R_wvoter - MRD']}; rms 0.")
    assert "without 1/N shift: rms 0." in lines[3]
    assert len(lines) == 3 + 3
    assert "R_wvoter" in comparison._repr_html_()


def test_a_pair_has_a_row_and_a_curve():
    comparison = compare("wvoter", ["CL"], population_size=20, runs=3, steps=4)
    pair, learner, _ = comparison.pairs
    assert list(pair.summary()) == list(comparison.distances.columns)
    assert pair.table().columns.tolist() == [
        "step",
        "difference",
        "band",
        "limit_difference",
        "limit_band",
    ]
    assert learner.table().columns.tolist() == ["step", "difference", "band"]
    assert repr(pair).startswith("<Pair: first=R_wvoter, second=MRD, rms=0.")


def test_the_hive_is_the_one_that_was_asked_for():
    comparison = compare(
        "wvoter",
        bandit="near one",
        population_size=30,
        neighbourhood_size=5,
        gap=0.05,
        runs=200,
        steps=30,
        seed=3,
    )
    hive = comparison.curves[comparison.curves["system"] == "R_wvoter"].reset_index(drop=True)
    arguments = {
        "rule": "wvoter",
        "bandit": "near one",
        "gap": 0.05,
        "population_size": 30,
        "neighbourhood_size": 5,
    }
    same = ensemble(Hive, arguments, runs=200, steps=30, seed=77)
    error = 5 * np.hypot(hive["optimal_share_std"], same["optimal_share_std"]) / np.sqrt(200) + 1e-9
    assert ((hive["optimal_share_mean"] - same["optimal_share_mean"]).abs() <= error).all()
    learner = comparison.curves[comparison.curves["system"] == "P-MCL"]
    assert (
        learner["optimal_share_std"].iloc[1] > 0.03
    )  # parallel_envs is the population size: 30, not 1,000


def test_each_distance_is_that_of_the_systems_at_their_size_and_at_half_of_it():
    comparison = compare(
        "wvoter",
        ["P-MCL", "CL"],
        "MRD",
        population_size=20,
        neighbourhood_size=19,
        alpha=0.3,
        runs=30,
        steps=7,
    )
    summaries = {
        (name, half): ensemble(
            model,
            arguments,
            runs=30,
            steps=steps,
            seed=system_seed(1, name, half),
            record_every=every,
        )
        for name, model, arguments, steps, every, half in [
            ("R_wvoter", Hive, {"rule": "wvoter", "population_size": 20}, 7, 1, False),
            ("R_wvoter", Hive, {"rule": "wvoter", "population_size": 10}, 7, 1, True),
            ("P-MCL", LearnerModel, {"learner": "P-MCL", "parallel_envs": 20}, 7, 1, False),
            ("P-MCL", LearnerModel, {"learner": "P-MCL", "parallel_envs": 10}, 7, 1, True),
            ("CL", LearnerModel, {"learner": "CL", "alpha": 0.3}, 24, 3, False),
        ]
    }
    mrd = ensemble(ReplicatorModel, {"dynamic": "MRD"}, runs=1, steps=7, seed=1)
    swarm, learner = summaries["R_wvoter", False], summaries["P-MCL", False]
    halves = summaries["R_wvoter", True], summaries["P-MCL", True]
    assert comparison.pairs[0].as_is.rms == distance(swarm, mrd).rms
    assert comparison.pairs[0].limit.rms == distance(swarm, mrd, halved=(halves[0], None)).rms
    assert comparison.pairs[1].limit.rms == distance(learner, mrd, halved=(halves[1], None)).rms
    assert comparison.pairs[3].limit.rms == distance(swarm, learner, halved=halves).rms
    slow = summaries["CL", False]
    on_the_clock = np.interp(np.arange(8), slow["step"] * 0.3, slow["optimal_share_mean"])
    curve = comparison.curves.loc[comparison.curves["system"] == "CL", "optimal_share_mean"]
    np.testing.assert_allclose(curve, on_the_clock, atol=1e-15)
    np.testing.assert_allclose(
        comparison.pairs[2].as_is.difference, on_the_clock - mrd["optimal_share_mean"], atol=1e-15
    )


def test_few_runs_tell_nothing():
    assert {
        pair.verdict for pair in compare("wvoter", population_size=10, runs=3, steps=30).pairs
    } == {"too few runs to tell"}


def test_the_same_seed_gives_the_same_numbers_and_another_does_not():
    one, two, other = (
        compare("success", population_size=10, runs=5, steps=5, seed=seed).curves
        for seed in (1, "1", 2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert not one.equals(other)


def test_a_slow_learner_is_laid_on_the_hives_clock():
    comparison = compare(
        "success", ["CL"], ["TRD"], "near one", alpha=0.002, delta=0.002, runs=200, steps=40
    )
    curves = {
        name: rows.reset_index(drop=True) for name, rows in comparison.curves.groupby("system")
    }
    assert all(rows["step"].tolist() == list(range(41)) for rows in curves.values())
    cl, trd = curves["CL"]["optimal_share_mean"], curves["TRD"]["optimal_share_mean"]
    assert (
        cl - trd
    ).abs().max() < 0.06  # off by the 41st step of alpha 0.002, were the clocks not alike, by 0.3
    assert trd.iloc[-1] > 0.5


def test_instances_functions_and_files_can_be_compared():
    def mutation(shares, fitness):
        return taylor(shares, fitness) + 0.01 * (1 / len(shares) - shares)

    comparison = compare(
        WeightedVoterRule(),
        [CrossLearning(0.5), "models/my_first_learner.py"],
        [mutation, "MRD"],
        BanditLinear(3, name="near zero"),
        population_size=20,
        gamma=0.2,
        runs=3,
        steps=5,
    )
    assert names(comparison) == ["R_wvoter", "CL", "ExponentialWeights", "mutation", "MRD"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rule": "wvotre"}, "rule must be one of"),
        ({"dynamic": "XRD"}, "dynamic must be one of TRD, MRD, "),
        ({"swich": "bee"}, "swich fits nothing here; did you mean switch?"),
        ({"runs": 1}, "runs must be a whole number of at least 2, not 1"),
        ({"steps": 0}, "steps must be a whole number of at least 1, not 0"),
        (
            {"learner": ["CL", "CL"]},
            "the systems must have different names, not R_wvoter, CL, CL, MRD",
        ),
        ({"population_size": 0}, "population_size must be a whole number of at least 1, not 0"),
        ({"neighbourhood_size": 5000}, "neighbourhood_size must be 1 to 999 or 'all'"),
        (
            {"learner": "P-CL", "parallel_envs": 0},
            "parallel_envs must be a whole number of at least 1, not 0",
        ),
        ({"delta": 0}, "delta must be a number above 0, not 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0, not -1"),
    ],
)
def test_wrong_arguments_are_named_before_anything_runs(arguments, message):
    with pytest.raises((ValueError, TypeError)) as error:
        compare(**arguments)
    assert message in str(error.value)
