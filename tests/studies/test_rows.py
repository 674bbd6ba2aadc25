"""Tables of an ensemble's rows: which rows a run has, and their columns."""

import pandas as pd
import pytest

from hivemind_abm import Hive, ensemble, run_seeds

STOPPING = {"rule": "majority", "population_size": 12, "bandit": "near one", "stop_if_end": True}


def test_the_last_rows_are_those_at_which_the_runs_stopped():
    rows = ensemble(Hive, STOPPING, runs=9, steps=37, seed=1, keep="rows")
    last = ensemble(Hive, STOPPING, runs=9, steps=37, seed=1, keep="last")
    assert (last["Step"] < 37).any()
    ends = rows.groupby("RunId").tail(1).reset_index(drop=True)
    pd.testing.assert_frame_equal(last, ends, check_exact=True)


@pytest.mark.parametrize("every", [2, 5, 50])
def test_recorded_rows_are_some_of_all_rows(every):
    rows = ensemble(Hive, STOPPING, runs=9, steps=37, seed=1, keep="rows")
    some = ensemble(Hive, STOPPING, runs=9, steps=37, seed=1, keep="rows", record_every=every)
    expected = rows[rows["Step"] % every == 0].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, expected, check_exact=True)


def test_each_row_has_its_seed_and_the_parameters():
    parameters = {"population_size": 6, "n_action": 3, "initial_shares": (0.5, 0.5, 0.0)}
    rows = ensemble(Hive, parameters, runs=3, steps=2, seed=1, keep="rows", first_run=4)
    assert rows["RunId"].tolist() == rows["iteration"].tolist() == [4] * 3 + [5] * 3 + [6] * 3
    seeds = run_seeds(1, 3, first_run=4)
    assert rows["rng"].tolist() == [seed for seed in seeds for _ in range(3)]
    assert (rows["population_size"] == 6).all()
    assert rows["initial_shares"].tolist() == [(0.5, 0.5, 0.0)] * 9
    assert rows["consensus"].dtype == bool
    without = ensemble(Hive, parameters, runs=3, steps=2, seed=1, keep="rows", with_rng=False)
    again = ensemble(Hive, parameters, runs=3, steps=2, seed=1, keep="rows")
    pd.testing.assert_frame_equal(without, again.drop(columns="rng"), check_exact=True)
