"""One summary of many runs, cut into units: the same table on any executor and from any store."""

import os
import signal
import threading
import time

import pytest
from distributed import Client
from small_studies import WORN_OUT, same, study

from hivemind_abm import Hive, Study, ensemble
from hivemind_abm.app.cli.main import main
from hivemind_abm.engine.seeds import run_seeds, seed_sequence
from hivemind_abm.studies.executors import processes
from hivemind_abm.studies.store import Store
from hivemind_abm.studies.units import COUNTS

CELL = {"rule": "majority", "population_size": 40, "bandit": "near one"}


@pytest.fixture
def streamed(monkeypatch):
    """Any summary is streamed, and its units are small."""
    monkeypatch.setattr("hivemind_abm.studies.scales._HELD", 0)
    monkeypatch.setattr("hivemind_abm.studies.scales._ENTRY", 0)
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 2000)


def one_cell(runs=50, steps=10):
    return Study([CELL], runs=runs, steps=steps, seed=1)


def whole(runs=50, steps=10):
    """The cell's table, from one call of `ensemble`."""
    (unit, *_) = one_cell(runs, steps).units()
    seed = run_seeds(seed_sequence(1), 1)[0].__class__(1, spawn_key=unit.spawn_key)
    return ensemble(Hive, CELL, runs=runs, steps=steps, seed=seed)


def parts(folder):
    return sorted((folder / "parts").glob("[!.]*.parquet"))


def test_the_units_of_a_summary_give_the_table_of_an_ensemble(streamed):
    units = list(one_cell().units())
    assert [unit.runs for unit in units] == [5] * 10
    assert {unit.keep for unit in units} == {COUNTS}
    table = one_cell().run()
    same(table.drop(columns=["cell", "model", *CELL]), whole())


def test_a_summary_of_many_runs_has_units_of_bounded_number():
    def units(runs, **more):
        cell = {"population_size": 100} | more.pop("cell", {})
        return list(Study([cell], runs=runs, seed=1, **{"steps": 50} | more).units())

    assert [unit.keep for unit in units(10_000)] == ["summary"]
    huge = units(10**7)
    assert 100 < len(huge) <= 256
    assert sum(unit.runs for unit in huge) == 10**7
    assert len(units(10**9)) == len(huge)
    assert len(units(10**9, record_every=50)) == 256
    assert 1 < len(units(10**7, steps=999)) < 20  # so many rows that the counts are large


def test_a_study_of_any_models_is_cut(streamed, tmp_path):
    table = study("summary").run(store=tmp_path / "store")
    same(table, study("summary").run())
    assert len(table) == 7 * 7
    assert len(parts(tmp_path / "store")) > 7


def test_a_store_with_some_of_the_units_leaves_the_cell_out(streamed, tmp_path, capsys):
    cells = [CELL, CELL | {"population_size": 50}]
    both = Study(cells, runs=50, steps=10, seed=1)
    folder = tmp_path / "store"
    table = both.run(store=folder)
    files = parts(folder)
    first = [file for file in files if file.name.startswith(both.ids[0])]
    lost = {first[0]: first[0].read_bytes(), first[4]: b""}
    for file in lost:
        file.unlink()
    rest = table[table["cell"] == both.ids[1]].reset_index(drop=True)
    same(Store.existing(folder).read(), rest)
    assert main(["status", str(folder)]) == 0
    assert f"{len(files) - 2} of {len(files)} units are there" in capsys.readouterr().out
    assert main(["export", str(folder), str(tmp_path / "out.csv")]) == 0
    assert "(11 rows)" in capsys.readouterr().out
    first[0].write_bytes(lost[first[0]])
    times = {file: file.stat().st_mtime_ns for file in parts(folder)}
    same(both.run(store=folder), table)
    assert {file: file.stat().st_mtime_ns for file in parts(folder) if file in times} == times


def test_merged_files_hold_the_units(streamed, tmp_path):
    folder = tmp_path / "store"
    table = study("summary").run(store=folder)
    before = len(parts(folder))
    assert Store.existing(folder).compact() > before - 5
    same(Store.existing(folder).read(), table)
    names = [name for name, _ in Store.existing(folder).parts()]
    assert len(names) == len(set(names)) == before
    same(study("summary").run(store=folder), table)


def test_a_store_with_one_unit_a_cell_stays_readable(tmp_path, monkeypatch):
    table = study("summary").run(store=tmp_path / "store")
    monkeypatch.setattr("hivemind_abm.studies.scales._HELD", 0)
    monkeypatch.setattr("hivemind_abm.studies.scales._ENTRY", 0)
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 200)
    same(Store.existing(tmp_path / "store").read(), table)


def test_counts_that_wait_are_added_as_they_come(streamed, monkeypatch):
    table = one_cell().run()
    monkeypatch.setattr("hivemind_abm.studies.assembly._ROWS", 0)
    same(one_cell().run(), table)


def test_a_summary_of_which_a_unit_fails_is_left_out(streamed, tmp_path):
    rule = tmp_path / "worn_out.py"
    rule.write_text(WORN_OUT)
    cells = [
        {"rule": str(rule), "population_size": 5, "patience": patience, "compiled": False}
        for patience in (0.5, 2.0)
    ]
    worn_out = Study(cells, runs=200, steps=3, seed=1)
    assert len(list(worn_out.units())) == 4
    with pytest.warns(RuntimeWarning, match="WornOut.decide returned opinion 99"):
        table = worn_out.run(store=tmp_path / "store")
    assert set(table["cell"]) == {worn_out.ids[0]}
    failures = table.attrs["failures"]
    assert {failure["first_run"] for failure in failures} == {0, 133}
    assert Store.existing(tmp_path / "store").failures() == failures


@pytest.mark.thorough
def test_processes_give_the_table(streamed, tmp_path):
    table = one_cell().run(store=tmp_path / "store", make_executor=processes(2))
    same(table, one_cell().run())


@pytest.mark.thorough
def test_a_killed_dask_worker_costs_a_summary_nothing(cluster, streamed, monkeypatch, tmp_path):
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 4e5)
    big = one_cell(runs=3000, steps=200)
    assert len(list(big.units())) == 60
    with Client(cluster) as client:
        address, victim = next(iter(client.run(os.getpid).items()))
        done = []

        def kill_soon():
            while len(parts(tmp_path / "store")) < 3:
                if done:
                    return
                time.sleep(0.005)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill_soon)
        killer.start()
        table = big.run(store=tmp_path / "store", executor=client.get_executor())
        done.append(True)
        killer.join()
        while address in client.scheduler_info()["workers"]:  # until it is missed
            time.sleep(0.05)
        assert victim not in client.run(os.getpid).values()
    assert not table.attrs["failures"]
    same(table.drop(columns=["cell", "model", *CELL]), whole(3000, 200))
