"""The statistics of an ensemble, beside those of its rows."""

import numpy as np
import pandas as pd

from hivemind_abm import Hive, ensemble
from hivemind_abm.studies.summary import statistics


def test_summary_is_that_of_the_rows(monkeypatch):
    parameters = {"rule": "majority", "population_size": 20, "stop_if_end": True}
    listed = ensemble(Hive, parameters, runs=9, steps=30, seed=2, keep="rows")
    summary = ensemble(Hive, parameters, runs=9, steps=30, seed=2)
    monkeypatch.setattr("hivemind_abm.studies.ensemble._BUFFER", 1)  # a block a row
    pd.testing.assert_frame_equal(
        summary, ensemble(Hive, parameters, runs=9, steps=30, seed=2), check_exact=True
    )
    assert summary["step"].tolist() == list(range(31))

    def by_run(measure):  # stopped: the last row
        wide = listed.pivot(index="Step", columns="RunId", values=measure)
        return wide.reindex(range(31)).ffill()

    wide = by_run("share_9")
    np.testing.assert_allclose(summary["share_9_mean"], wide.mean(axis=1), atol=1e-15)
    np.testing.assert_allclose(summary["share_9_std"], wide.std(axis=1), atol=1e-15)
    np.testing.assert_allclose(summary["share_9_q05"], wide.quantile(0.05, axis=1), atol=1e-15)
    np.testing.assert_allclose(summary["share_9_q95"], wide.quantile(0.95, axis=1), atol=1e-15)
    ended = by_run("consensus").astype(bool)
    wrong = ended & (by_run("optimal_share") < 0.5)
    assert ended.iloc[-1].mean() > 0.0
    assert summary["consensus_mean"].tolist() == ended.mean(axis=1).tolist()
    assert summary["wrong_consensus_mean"].tolist() == wrong.mean(axis=1).tolist()


def test_a_table_of_some_columns_is_part_of_the_whole():
    parameters = {"rule": "wvoter", "population_size": 20}
    whole = ensemble(Hive, parameters, runs=30, steps=40, seed=1)
    measures = ["share_3", "mean_payoff"]
    part = ensemble(Hive, parameters, runs=30, steps=40, seed=1, measures=measures)
    pd.testing.assert_frame_equal(part, whole[part.columns], check_exact=True)
    names = {name.rpartition("_")[0] for name in part.columns} - {""}
    assert names == {"share_3", "mean_payoff", "consensus", "wrong_consensus"}
    one = ensemble(Hive, parameters, runs=30, steps=40, seed=1, measures="share_3")
    pd.testing.assert_frame_equal(one, whole[one.columns], check_exact=True)


def test_quantiles_are_those_of_numpy():
    for runs in (1, 2, 7, 60):
        rows = ensemble(Hive, {"population_size": 20}, runs=runs, steps=10, seed=3, keep="rows")
        summary = ensemble(Hive, {"population_size": 20}, runs=runs, steps=10, seed=3)
        groups = rows.groupby("Step")["optimal_share"]
        for name, expected in (
            ("q05", groups.quantile(0.05)),
            ("q50", groups.median()),
            ("q95", groups.quantile(0.95)),
        ):
            np.testing.assert_allclose(summary[f"optimal_share_{name}"], expected, rtol=1e-13)


def test_runs_that_are_all_alike_have_no_deviation():
    alike = np.full((2, 3, 7), 0.1)
    assert (statistics(alike)["mean"] == 0.1).all()
    assert (statistics(alike)["std"] == 0.0).all()
    assert (statistics(alike[..., :1])["std"] == 0.0).all()
