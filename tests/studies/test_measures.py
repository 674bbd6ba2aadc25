"""Distances with their errors, consensus, regret: by hand, and how often chance is called a difference."""

import math

import numpy as np
import pandas as pd
import pytest

from hivemind_abm import (
    BanditCongestion,
    BanditLinear,
    Hive,
    LearnerModel,
    ReplicatorModel,
    consensus_times,
    cumulative_regret,
    distance,
    ensemble,
    wrong_consensus,
)


def table(mean, std=0.0, runs=100):
    return pd.DataFrame(
        {
            "step": np.arange(len(mean)),
            "runs": runs,
            "optimal_share_mean": np.array(mean, float),
            "optimal_share_std": std,
        }
    )


def test_a_distance_by_hand():
    found = distance(table([0.1, 0.5, 0.9], std=[0.0, 0.3, 0.4]), table([0.1, 0.1, 0.8], runs=1))
    np.testing.assert_allclose(found.difference, [0.0, 0.4, 0.1], atol=1e-15)
    assert found.rms == pytest.approx(math.sqrt((0.4**2 + 0.1**2) / 3))
    assert found.rms_error == pytest.approx(math.sqrt((0.03**2 + 0.04**2) / 3))
    assert (found.greatest, found.at_step) == (pytest.approx(0.4), 1.0)
    z, rare = (
        2.3939797998185104,
        math.log(2 * 3 / 0.05) / 300,
    )  # the normal quantile of 1 - 0.05 / 6
    np.testing.assert_allclose(found.band, [rare, 0.03 * z + rare, 0.04 * z + rare], atol=1e-9)
    assert found.greatest_error == found.band[1]
    assert not found.equal
    assert "not equal" in str(found)


def test_exact_curves_are_equal_only_if_they_are():
    curve = [0.1, 0.2, 0.4]
    assert distance(table(curve, runs=1), table(curve, runs=1)).equal
    assert not distance(table(curve, runs=1), table([0.1, 0.2, 0.4001], runs=1)).equal


def test_halving_takes_away_a_shift_that_goes_as_one_over_n():
    limit = np.linspace(0.1, 0.9, 50)
    whole, half = (
        table(limit - 3.0 / 100, std=0.01, runs=10_000),
        table(limit - 3.0 / 50, std=0.02, runs=10_000),
    )
    exact = table(limit, runs=1)
    assert not distance(whole, exact).equal
    found = distance(whole, exact, halved=(half, None))
    assert found.equal
    assert found.rms < 1e-12
    assert found.rms_error == pytest.approx(math.sqrt(4 * 0.01**2 + 0.02**2) / 100)
    tail = math.log(2 * 50 / 0.05)
    z = 3.2905267314919255  # the normal quantile of 1 - 0.05 / 100
    rare = (2 / 10_000 + 1 / 10_000) * tail / 3
    np.testing.assert_allclose(
        found.band, z * math.sqrt(4 * 0.01**2 + 0.02**2) / 100 + rare, rtol=1e-6
    )
    other = distance(exact, whole, halved=(None, half))
    np.testing.assert_allclose(other.difference, -found.difference, atol=1e-15)


def test_only_common_steps_count():
    first, second = table(np.zeros(10)), table(np.zeros(10))[::3]
    assert distance(first, second).steps.tolist() == [0, 3, 6, 9]
    second["step"] += 100
    with pytest.raises(ValueError, match="recorded steps in common"):
        distance(first, second)
    with pytest.raises(ValueError, match="second must be a table of ensemble"):
        distance(first, pd.DataFrame({"step": [0]}))


def test_chance_is_seldom_called_a_difference():
    """A right band calls at most 5 of 100 pairs of the same system unequal, and a shift of its own size mostly."""
    parameters = {"rule": "wvoter", "population_size": 30}
    tables = [ensemble(Hive, parameters, runs=60, steps=40, seed=seed) for seed in range(60)]
    pairs = list(zip(tables[::2], tables[1::2], strict=True))
    unequal = sum(not distance(first, second).equal for first, second in pairs)
    assert unequal <= 5  # 30 pairs at 5 %: more with a probability of 0.3 %
    moved = 0
    for first, second in pairs:
        found = distance(first, second)
        second = second.assign(optimal_share_mean=second["optimal_share_mean"] + 1.5 * found.band)
        moved += not distance(first, second).equal
    assert moved > 25


@pytest.mark.thorough
def test_the_root_mean_square_error_is_what_chance_gives():
    parameters = {"rule": "wvoter", "population_size": 30}
    tables = [ensemble(Hive, parameters, runs=60, steps=25, seed=seed) for seed in range(120)]
    found = [distance(a, b) for a, b in zip(tables[::2], tables[1::2], strict=True)]
    squares = np.array([each.rms**2 for each in found])
    expected = np.mean([each.rms_error**2 for each in found])
    assert abs(squares.mean() - expected) < 4 * squares.std() / math.sqrt(len(squares))


def test_hives_and_their_learners_are_on_their_replicators_and_small_ones_are_not():
    curve = ensemble(
        ReplicatorModel, {"dynamic": "MRD", "bandit": "near zero"}, runs=1, steps=100, seed=1
    )
    for model, arguments in (
        (Hive, {"rule": "wvoter", "population_size": 10}),
        (LearnerModel, {"parallel_envs": 10}),
    ):
        name = "population_size" if model is Hive else "parallel_envs"
        small = ensemble(model, arguments | {"bandit": "near zero"}, runs=200, steps=100, seed=1)
        assert not distance(small, curve).equal
        large = ensemble(
            model, arguments | {"bandit": "near zero", name: 1000}, runs=200, steps=100, seed=1
        )
        assert distance(large, curve).equal


def test_consensus_times():
    parameters = {"rule": "majority", "population_size": 12, "bandit": "near one"}
    every = ensemble(Hive, parameters, runs=40, steps=12, seed=1, keep="rows")
    times = consensus_times(every)
    for run, rows in every.groupby("RunId"):
        ends = rows.loc[rows["consensus"], "Step"]
        assert times[run] == ends.min() if len(ends) else math.isnan(times[run])
    assert times.notna().any()
    stopped = ensemble(
        Hive, parameters | {"stop_if_end": True}, runs=40, steps=12, seed=1, keep="last"
    )
    pd.testing.assert_series_equal(consensus_times(stopped), times)
    for stop in ({}, {"stop_if_end": False}):
        with pytest.raises(ValueError, match="all steps of each run"):
            consensus_times(
                ensemble(Hive, parameters | stop, runs=4, steps=12, seed=1, keep="last")
            )
    thinned = ensemble(
        Hive,
        parameters | {"stop_if_end": True},
        runs=40,
        steps=12,
        seed=1,
        keep="rows",
        record_every=2,
    )
    for measure in (consensus_times, wrong_consensus):
        with pytest.raises(ValueError, match="they stop in between"):
            measure(thinned)


def test_tables_of_more_than_one_system_are_refused():
    rows = ensemble(Hive, {"population_size": 5}, runs=2, steps=3, seed=1, keep="rows")
    both = pd.concat([rows, rows])
    for measure in (
        consensus_times,
        wrong_consensus,
        lambda table: cumulative_regret(table, "evenly spaced"),
    ):
        with pytest.raises(ValueError, match="of more than one system perhaps"):
            measure(both)
    summary = ensemble(Hive, {"population_size": 5}, runs=2, steps=3, seed=1)
    with pytest.raises(ValueError, match="second must have one row a step"):
        distance(summary, pd.concat([summary, summary]))
    with pytest.raises(ValueError, match="must begin at step 0 of each run, not at 3"):
        cumulative_regret(rows[rows["Step"] == 3], "evenly spaced")


def test_wrong_consensus():
    rows = pd.DataFrame(
        {
            "RunId": [0, 0, 1, 1, 2, 2, 3, 3],
            "Step": [1, 0] * 4,
            "consensus": [True, False, True, False, False, False, True, True],
            "optimal_share": [1.0, 0.1, 0.0, 0.1, 0.4, 0.1, 0.0, 0.0],
        }
    )
    found = wrong_consensus(rows)
    assert found.value == 0.5
    assert found.error == pytest.approx(0.25)
    assert found.undecided == 0.25
    never = wrong_consensus(rows.assign(consensus=False))
    assert (never.value, never.undecided) == (0.0, 1.0)
    always = wrong_consensus(rows.assign(consensus=True, optimal_share=0.0))
    assert always == (1.0, pytest.approx(math.sqrt(0.25 * 0.75 / 4)), 0.0)
    assert never.error == pytest.approx(math.sqrt(0.25 * 0.75 / 4))


def test_regret_by_hand():
    bandit = BanditLinear(2, gap=0.0, q_star=(0.2, 0.9))
    rows = pd.DataFrame(
        {"RunId": [0, 1, 0, 1], "Step": [0, 0, 1, 1], "mean_payoff": [0.4, 0.9, 0.7, 0.2]}
    )
    np.testing.assert_allclose(cumulative_regret(rows, bandit), [0.5, 0.0, 0.7, 0.7], atol=1e-15)
    assert cumulative_regret(
        pd.DataFrame({"mean_payoff": [0.65, 0.65]}), BanditCongestion()
    ).to_numpy() == pytest.approx(0.0, abs=1e-12)


def test_regret_between_recorded_steps_is_interpolated():
    bandit = BanditLinear(2, gap=0.0, q_star=(0.2, 0.9))
    missed = np.interp(np.arange(11), [0, 4, 10], [0.6, 0.2, 0.0])
    rows = pd.DataFrame({"step": [0, 4, 10], "mean_payoff_mean": [0.3, 0.7, 0.9]})
    total = np.cumsum(missed)
    np.testing.assert_allclose(cumulative_regret(rows, bandit), total[[0, 4, 10]], atol=1e-12)
    order = [2, 0, 1]
    np.testing.assert_allclose(
        cumulative_regret(rows.iloc[order], bandit), total[[0, 4, 10]][order], atol=1e-12
    )


def test_a_fast_learner_regrets_less_at_first_and_more_in_the_end():
    bandit = BanditLinear(name="evenly spaced")
    regret = {}
    for alpha in (0.001, 0.1):
        parameters = {"learner": "CL", "alpha": alpha, "bandit": bandit}
        rows = ensemble(LearnerModel, parameters, runs=60, steps=100_000, seed=1, record_every=100)
        regret[alpha] = cumulative_regret(rows, bandit).set_axis(rows["step"])
    assert regret[0.1][1000] < 0.5 * regret[0.001][1000]
    assert regret[0.1][100_000] > 1.2 * regret[0.001][100_000]
