"""Ensembles: what is refused, and what a run does not depend on."""

import mesa
import pandas as pd
import pytest

from hivemind_abm import Hive, ImitationOfSuccess, LearnerModel, ReplicatorModel, ensemble


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"runs": 0}, "runs must be a whole number of at least 1, not 0"),
        ({"runs": 1.5}, "runs must be"),
        ({"steps": -1}, "steps must be a whole number of at least 0, not -1"),
        ({"first_run": -1}, "first_run must be a whole number of at least 0, not -1"),
        ({"keep": "all"}, "keep must be one of summary, rows, last, not 'all'"),
        ({"seed": -1}, "seed must be a whole number of at least 0, not -1"),
        ({"runs": 10**20}, f"runs must be a whole number from 1 to {2**62}, not 1000000000"),
        ({"steps": 10**20}, f"steps must be a whole number from 0 to {2**62}, not 1000000000"),
        ({"first_run": 2**64}, f"first_run must be a whole number from 0 to {2**62}, not"),
        ({"parameters": None}, "parameters must be a dict of arguments, not None"),
        ({"parameters": [1]}, "parameters must be a dict of arguments, not [1]"),
        ({"model": Hive(population_size=7, rng=1), "parameters": {}}, "model must be Hive"),
        (
            {"model": Hive.settings(population_size=10)},
            "parameters must be {} where model is the settings of one, not {'population_size': 10}",
        ),
        ({"seed": None}, "seed"),
        ({"record_every": 0}, "record_every must be a whole number of at least 1 or None, not 0"),
        ({"threads": 0}, "threads must be a whole number of at least 1 or None, not 0"),
        ({"model": mesa.Model}, "model must be Hive"),
        ({"parameters": {"rng": 1}}, "parameters must not hold rng"),
        ({"parameters": {"population_sise": 1}}, "did you mean population_size?"),
        ({"measures": ["share_10"]}, "measures must be among optimal_share, mean_payoff, share_0,"),
        ({"measures": 3}, "measures must be names among optimal_share"),
    ],
    ids=str,
)
def test_ensemble_refuses_with_one_clear_line(arguments, message):
    call = {
        "model": Hive,
        "parameters": {"population_size": 10},
        "runs": 1,
        "steps": 1,
        "seed": 1,
        **arguments,
    }
    with pytest.raises((ValueError, TypeError)) as error:
        ensemble(call.pop("model"), call.pop("parameters"), **call)
    assert message in str(error.value)


@pytest.mark.parametrize("keep", ["rows", "last"])
def test_ensemble_does_not_depend_on_threads_or_on_the_number_of_runs(keep):
    parameters = {"rule": ImitationOfSuccess(), "population_size": 50}
    one = ensemble(Hive, parameters, runs=7, steps=20, seed=2, keep=keep, threads=1)
    three = ensemble(Hive, parameters, runs=7, steps=20, seed=2, keep=keep, threads=3)
    fewer = ensemble(Hive, parameters, runs=4, steps=20, seed=2, keep=keep, threads=2)
    pd.testing.assert_frame_equal(one, three, check_exact=True)
    pd.testing.assert_frame_equal(one[one["RunId"] < 4], fewer, check_exact=True)
    later = ensemble(Hive, parameters, runs=3, steps=20, seed=2, keep=keep, first_run=4)
    rest = one[one["RunId"] >= 4].reset_index(drop=True)
    pd.testing.assert_frame_equal(later, rest, check_exact=True)


def test_record_every():
    summary = ensemble(Hive, {"population_size": 5}, runs=2, steps=2500, seed=1, record_every=None)
    assert len(summary) <= 1000
    assert summary["step"].iloc[:3].tolist() == [0, 3, 6]
    for keep in ("summary", "rows", "last"):
        beyond, far = (
            ensemble(Hive, {}, runs=1, steps=3, seed=1, keep=keep, record_every=every)
            for every in (4, 10**20)
        )
        pd.testing.assert_frame_equal(beyond, far)


def test_a_long_run_records_at_most_1000_rows():
    table = ensemble(
        LearnerModel,
        {"learner": "CL", "alpha": 0.001},
        runs=4,
        steps=150_000,
        seed=1,
        record_every=None,
    )
    assert len(table) <= 1000
    assert table["step"].iloc[-1] > 149_000


def test_a_row_does_not_depend_on_how_often_it_is_recorded():
    for model, parameters in (
        (LearnerModel, {"learner": "MCL", "alpha": 0.05}),
        (ReplicatorModel, {"dynamic": "TRD", "delta": 0.1}),
        (ReplicatorModel, {"dynamic": "MRD", "method": "exact"}),
        (ReplicatorModel, {"dynamic": "MRD", "method": "exact", "bandit": "congestion"}),
    ):
        often = ensemble(model, parameters, runs=3, steps=100, seed=1)
        seldom = ensemble(model, parameters, runs=3, steps=100, seed=1, record_every=20)
        pd.testing.assert_frame_equal(
            often.iloc[::20].reset_index(drop=True), seldom, check_exact=True
        )
