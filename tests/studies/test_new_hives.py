"""Ensembles, studies and measures of hives one at a time, with memory, of several rules, in a
changing world: the numbers are those of single hives."""

import mesa
import numpy as np
import pandas as pd
import pytest
from new_hives import Averager, Drifting, Recruit, Zealot
from small_studies import same

from hivemind_abm import (
    BanditLinear,
    Hive,
    LearnerModel,
    ReplicatorModel,
    Study,
    consensus_times,
    cumulative_regret,
    ensemble,
    run_seeds,
    wrong_consensus,
)
from hivemind_abm.app.cli.main import main
from hivemind_abm.studies.store import Store

MIXED = [("wvoter", 0.7), (Zealot(), 0.3)]
CASES = {
    "asynchronous": {"updating": "asynchronous", "neighbourhood_size": 4},
    "groups": {"updating": "asynchronous", "neighbourhood": "groups", "neighbourhood_size": 4},
    "chance": {"updating": 0.4, "rule": "success"},
    "memory": {"rule": Averager(), "updating": "asynchronous"},
    "mixed": {"rule": MIXED, "updating": 0.5},
    "three rules": {"rule": [(Averager(), 10), (Recruit(), 5), ("success", 5)]},
    "uncommitted": {"rule": Recruit(), "initial_shares": (0.2, 0.2, 0.1, 0.5)},
    "quorum": {"stop_if_end": 0.6, "neighbourhood_size": 2},
    "quorum, mixed, one at a time": {
        "rule": [("success", 0.5), (Recruit(), 0.5)],
        "updating": "asynchronous",
        "stop_if_end": 0.7,
    },
    "switching": {"bandit": "switching", "period": 3, "n_action": 3, "q_star": (0.9, 0.5, 0.3)},
    "walk": {"bandit": "random walk", "updating": "asynchronous", "n_action": 3},
    "drifting": {"bandit": Drifting(), "rule": Averager(), "updating": 0.3},
}
RUNS, STEPS = 4, 7


def arguments(case):
    usual = {"rule": "wvoter", "population_size": 20, "bandit": "near one", "n_action": 3}
    if "bandit" in CASES[case]:
        del usual["n_action"]
    return usual | CASES[case]


def single(case, record_every=1):
    """The rows of hives that are stepped one by one."""
    frames = []
    for run, seed in enumerate(run_seeds(5, RUNS)):
        hive = Hive(**arguments(case), rng=seed)
        hive.run_for(STEPS)
        table = hive.table().rename(columns={"step": "Step"}).astype({"Step": float})
        frames.append(table[table["Step"] % record_every == 0].assign(RunId=run))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[] if n % 5 == 0 else pytest.mark.thorough)
        for n, case in enumerate(CASES)
    ],
)
def test_an_ensemble_has_the_rows_of_single_hives(case):
    for every in (1, 3):
        rows = ensemble(
            Hive, arguments(case), runs=RUNS, steps=STEPS, seed=5, keep="rows", record_every=every
        )
        hives = single(case, every)
        same(rows[list(hives.columns)], hives)
    last = ensemble(Hive, arguments(case), runs=RUNS, steps=STEPS, seed=5, keep="last", threads=3)
    ends = single(case).groupby("RunId").tail(1).reset_index(drop=True)
    same(last[list(ends.columns)], ends)


@pytest.mark.thorough
@pytest.mark.parametrize("case", CASES)
def test_a_summary_is_that_of_its_rows(case):
    kinds = Hive.settings(**arguments(case)).columns
    summary = ensemble(Hive, arguments(case), runs=RUNS, steps=STEPS, seed=5, threads=2)
    rows = ensemble(Hive, arguments(case), runs=RUNS, steps=STEPS, seed=5, keep="rows")
    wide = rows.pivot(index="Step", columns="RunId", values=kinds).ffill()
    for name in kinds:
        mean = wide[name].astype(float).mean(axis=1)
        # a single hive that has stopped has no more rows; the summary carries its last one on
        np.testing.assert_allclose(summary[f"{name}_mean"].iloc[: len(mean)], mean, atol=1e-12)
    chosen = ensemble(
        Hive, arguments(case), runs=2, steps=1, seed=5, measures=[kinds[-1]]
        if kinds[-1] != "consensus" else ["share_0"],
    )  # fmt: skip
    assert len(chosen) == 2


@pytest.mark.thorough
@pytest.mark.parametrize("case", ["quorum, mixed, one at a time", "memory", "walk"])
def test_batch_run_gives_the_same_rows(case):
    if not hasattr(mesa, "batch_run"):
        pytest.skip("Mesa 4 has no batch_run")
    given = arguments(case)
    rows = ensemble(Hive, given, runs=2, steps=STEPS, seed=5, keep="rows")
    listed = {name: [value] for name, value in given.items()}  # each value is one choice
    frame = pd.DataFrame(
        mesa.batch_run(
            Hive, listed, rng=run_seeds(5, 2), max_steps=STEPS, data_collection_period=1,
            display_progress=False,
        )
    )  # fmt: skip
    assert list(frame.columns) == list(rows.columns)
    names = Hive.settings(**given).columns
    same(frame[["RunId", *names]], rows[["RunId", *names]])


def test_a_learner_and_a_replicator_stop_at_a_share_too():
    for model, given in (
        (LearnerModel, {"learner": "P-MCL", "parallel_envs": 50}),
        (ReplicatorModel, {"dynamic": "MRD"}),
        (ReplicatorModel, {"dynamic": "MRD", "method": "exact"}),
    ):
        given = {"bandit": "near one", "n_action": 2, "stop_if_end": 0.9, **given}
        rows = ensemble(model, given, runs=3, steps=100, seed=1, keep="rows")
        largest = rows[["share_0", "share_1"]].max(axis=1)
        last = rows.groupby("RunId").tail(1).index
        assert (largest[last] >= 0.9).all()
        assert (largest.drop(last) < 0.9).all()
        single_run = model(**given, rng=run_seeds(1, 3)[0])
        single_run.run_for(100)
        assert single_run.steps == rows.loc[rows["RunId"] == 0, "Step"].max()
        with pytest.raises(ValueError, match="stop_if_end must be True, False or the share"):
            model(**given | {"stop_if_end": 1.5})
        with pytest.raises(TypeError, match="stop_if_end must be"):
            model(**given | {"stop_if_end": "yes"})


def test_consensus_times_at_a_quorum():
    given = arguments("quorum") | {"stop_if_end": 0.7}
    stopped = ensemble(Hive, given, runs=30, steps=60, seed=2, keep="rows")
    free = ensemble(Hive, given | {"stop_if_end": False}, runs=30, steps=60, seed=2, keep="rows")
    times = consensus_times(stopped)
    assert times.notna().any()
    pd.testing.assert_series_equal(consensus_times(free, 0.7), times)
    last = ensemble(Hive, given, runs=30, steps=60, seed=2, keep="last")
    pd.testing.assert_series_equal(consensus_times(last), times)
    assert (consensus_times(stopped, 0.5) <= times).all()
    with pytest.raises(ValueError, match="share must be at most that at which the runs stop"):
        consensus_times(stopped, 0.8)
    with pytest.raises(ValueError, match="all steps of each run"):
        consensus_times(last, 0.5)  # it was reached some steps before
    with pytest.raises(ValueError, match="several values of stop_if_end"):
        consensus_times(pd.concat([last, last.assign(stop_if_end=0.8, RunId=last["RunId"] + 30)]))


def test_wrong_consensus_at_a_quorum_by_hand():
    rows = pd.DataFrame(
        {
            "RunId": range(5),
            "Step": [3] * 5,
            "stop_if_end": [0.4] * 5,
            "consensus": [False] * 5,
            "optimal_share": [0.5, 0.3, 0.35, 0.45, 0.0],
            "share_0": [0.5, 0.3, 0.35, 0.45, 0.0],
            "share_1": [0.3, 0.5, 0.35, 0.45, 0.1],
            "share_none": [0.2, 0.2, 0.3, 0.1, 0.9],
        }
    )
    result = wrong_consensus(rows)  # right, wrong, undecided, both of them: right, nobody decides
    assert (result.value, result.undecided) == (0.2, pytest.approx(0.4))


def test_uncommitted_bees_have_no_consensus_and_regret_all():
    bandit = BanditLinear(2, gap=0.0, q_star=(0.2, 0.9))
    given = {"rule": Recruit(), "bandit": bandit, "initial_shares": (0, 0, 1)}
    rows = ensemble(Hive, given | {"population_size": 10}, runs=2, steps=3, seed=1, keep="rows")
    assert (rows["share_none"] == 1.0).all()  # nobody dances, so nobody is recruited
    assert consensus_times(rows).isna().all()
    assert wrong_consensus(rows).undecided == 1.0
    regret = cumulative_regret(rows, bandit)
    np.testing.assert_allclose(regret, 0.9 * (rows["Step"] + 1.0), atol=1e-12)


ZEALOT = """
from dataclasses import dataclass
from camp import CAMP
from hivemind_abm import ImitationRule

@dataclass(frozen=True)
class Zealot(ImitationRule):
    camp: int = CAMP

    def decide(self, bee, neighbours, rng):
        return self.camp
"""
SWEEP = """
runs = 4
steps = 5
seed = 1
keep = "rows"

[[systems]]
rule = [["wvoter", 0.9], ["zealot.py", 0.1]]
updating = ["asynchronous", 0.5]
population_size = 20
stop_if_end = 0.8

[[systems]]
rule = ["success", [["wvoter", 10], ["zealot.py", 10]]]
population_size = 20
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "zealot.py").write_text(ZEALOT)
    (tmp_path / "camp.py").write_text("CAMP = 1\n")
    (tmp_path / "study.toml").write_text(SWEEP)
    return tmp_path


def test_several_rules_are_one_choice_in_a_grid(folder):
    study = Study.from_toml("study.toml")
    rules = [cell["rule"] for cell in study.cells]
    assert rules == [
        [["wvoter", 0.9], ["zealot.py", 0.1]],
        [["wvoter", 0.9], ["zealot.py", 0.1]],
        "success",
        [["wvoter", 10], ["zealot.py", 10]],
    ]
    assert list(study.files) == ["zealot.py", "zealot.py imports camp.py"]
    pairs = [("wvoter", 0.9), ("zealot.py", 0.1)]
    rest = {"population_size": 20, "stop_if_end": 0.8}
    run = {"runs": 4, "steps": 5, "seed": 1, "keep": "rows"}
    grid = Study.grid({"rule": pairs, "updating": ["asynchronous", 0.5], **rest}, **run)
    assert grid.ids == study.ids[:2]
    cells = Study([{"rule": pairs, "updating": 0.5, **rest}], **run)
    assert cells.ids == study.ids[1:2]
    frame = pd.DataFrame({"rule": ["[('wvoter', 0.9), ('zealot.py', 0.1)]"], "updating": ["0.5"]})
    assert Study.from_frame(frame, rest, **run).ids == cells.ids
    one = cells.run()
    hive = {**rest, "rule": tuple(pairs), "updating": 0.5}
    seed = next(cells.units())
    from hivemind_abm.engine.seeds import RunSeed

    alone = ensemble(
        Hive, hive, runs=4, steps=5, seed=RunSeed(1, spawn_key=seed.spawn_key), keep="rows"
    )
    names = Hive.settings(**hive).columns
    same(one[names], alone[names])


@pytest.mark.parametrize(
    "rule", [["wvoter", 0.9], [["wvoter", "0.9"], ["success", "0.1"]], [["wvoter", True]]]
)
def test_what_is_no_list_of_pairs_is_refused(rule):
    with pytest.raises(ValueError, match="lists of pairs of a name and a share such as"):
        Study.grid({"rule": rule}, runs=1, steps=1, seed=1)


def test_a_sweep_of_several_rules_is_resumed_and_exported(folder, capsys):
    assert main(["sweep", "study.toml", "--store", "store"]) == 0
    table = Study.from_toml("study.toml").run()
    same(Store.existing("store").read(), table)
    assert list(table["rule"].unique()) == [
        "0.9 wvoter + 0.1 zealot.py",
        "success",
        "10 wvoter + 10 zealot.py",
    ]
    assert table.groupby("rule")["optimal_share"].mean().notna().all()
    part = next((folder / "store").glob("*/*.parquet"))
    part.unlink()
    assert main(["sweep", "study.toml", "--store", "store"]) == 0
    assert "3 units are there already" in capsys.readouterr().out
    same(Store.existing("store").read(), table)
    for file in ("out.csv", "out.parquet"):
        assert main(["export", "store", file]) == 0
    assert pd.read_csv("out.csv")["rule"].tolist() == table["rule"].tolist()
    (folder / "camp.py").write_text("CAMP = 0\n")
    assert main(["sweep", "study.toml", "--store", "store"]) == 2
    assert "holds another study: files is" in capsys.readouterr().err


@pytest.mark.thorough
def test_processes_give_the_same(folder):
    from hivemind_abm.studies.study import processes

    study = Study.from_toml("study.toml")
    same(study.run(make_executor=processes(2)), study.run())
