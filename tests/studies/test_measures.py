"""Consensus and regret: by hand, and beside runs."""

import math

import numpy as np
import pandas as pd
import pytest

from hivemind_abm import (
    BanditCongestion,
    BanditLinear,
    Hive,
    LearnerModel,
    consensus_times,
    cumulative_regret,
    ensemble,
    wrong_consensus,
)


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
    result = wrong_consensus(rows)
    assert result.value == 0.5
    assert result.error == pytest.approx(0.25)
    assert result.undecided == 0.25
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
