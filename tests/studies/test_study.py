"""Studies: cells and seeds, any executor, a real Dask cluster, the store, crashes, and what goes wrong."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster

from hivemind_abm import Hive, Study, ensemble
from hivemind_abm.app.cli.main import main
from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.studies.store import Store
from hivemind_abm.studies.study import processes

HIVES = {"rule": ["wvoter", "success"], "bandit": "near one", "population_size": [5, 20]}
LEARNERS = {"model": "LearnerModel", "learner": ["CL", "P-MCL"], "bandit": "congestion"}
REPLICATOR = {"model": "ReplicatorModel", "dynamic": "MRD", "bandit": "near one"}
TOML = """
runs = 40
steps = 30
seed = 1
keep = "rows"

[[systems]]
rule = ["wvoter", "success", "majority"]
population_size = [10, 20, 50]
stop_if_end = true

[[systems]]
model = "LearnerModel"
learner = "P-MCL"
parallel_envs = [5, 20]
initial_shares = [[0.5, 0.5]]
bandit = "congestion"
"""
WORN_OUT = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class WornOut(ImitationRule):
    patience: float = 0.5

    def decide(self, bee, neighbours, rng):
        if self.patience > 1.0:
            return 99
        return neighbours.pick(rng).opinion
"""


def study(keep="rows", **more):
    return Study.grid(
        HIVES, LEARNERS, REPLICATOR, **{"runs": 8, "steps": 6, "seed": 1, "keep": keep} | more
    )


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


# ---------------------------------------------------------------------------------------------------------------------
# What a study is


def test_a_grid_a_frame_and_a_toml_file_give_cells(tmp_path):
    cells = study().cells
    assert len(cells) == 4 + 2 + 1
    assert cells[0] == {
        "model": "Hive",
        "rule": "wvoter",
        "bandit": "near one",
        "population_size": 5,
    }
    frame = pd.DataFrame(
        {"population_size": [10.0, 20.0], "gap": [0.05, 0.1], "neighbourhood_size": [2.0, np.nan]}
    )
    design = Study.from_frame(frame, {"rule": "wvoter"}, runs=2, steps=2, seed=1)
    assert design.cells == (
        {
            "model": "Hive",
            "rule": "wvoter",
            "population_size": 10,
            "gap": 0.05,
            "neighbourhood_size": 2,
        },
        {"model": "Hive", "rule": "wvoter", "population_size": 20, "gap": 0.1},
    )
    file = tmp_path / "study.toml"
    file.write_text(TOML)
    read = Study.from_toml(file)
    assert (read.runs, read.steps, read.seed, read.keep, len(read.cells)) == (40, 30, 1, "rows", 11)
    assert read.cells[-1]["initial_shares"] == [0.5, 0.5]


def test_a_cells_numbers_do_not_depend_on_the_other_cells_and_are_an_ensembles():
    whole = study()
    alone = Study([whole.cells[2]], runs=8, steps=6, seed=1, keep="rows").run()
    table = whole.run()
    part = table[table["cell"] == whole.ids[2]].reset_index(drop=True)[alone.columns]
    same(part.astype(alone.dtypes.to_dict()), alone)
    backwards = Study(tuple(reversed(whole.cells)), runs=8, steps=6, seed=1, keep="rows").run()
    for name in whole.ids:
        one, other = (
            each[each["cell"] == name].reset_index(drop=True)[alone.columns]
            for each in (table, backwards)
        )
        same(one, other)
    seed = RunSeed(1, spawn_key=(int(whole.ids[2], 16),))
    parameters = {key: value for key, value in whole.cells[2].items() if key != "model"}
    rows = ensemble(Hive, parameters, runs=8, steps=6, seed=seed, keep="rows")
    np.testing.assert_array_equal(rows["optimal_share"], alone["optimal_share"])
    assert not np.array_equal(study(seed=2).run()["mean_payoff"], table["mean_payoff"])


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_units_cut_runs_without_changing_them(keep, monkeypatch):
    table = study(keep).run()
    monkeypatch.setattr("hivemind_abm.studies.study._UNIT", 200)
    assert len(list(study("last").units())) > 12
    same(study(keep).run(), table)
    wanted = {"summary": 7 * 7, "rows": (6 * 8 + 1) * 7, "last": 6 * 8 + 1}
    assert len(table) == wanted[keep]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"cells": [{"popultion_size": 5}]},
            "cell 0: popultion_size fits nothing here; did you mean population_size?",
        ),
        (
            {"cells": [{}, {"model": "Hives"}]},
            "cell 1: model must be one of Hive, LearnerModel, ReplicatorModel, not 'Hives'",
        ),
        (
            {"cells": [{"population_size": 0}]},
            "cell 0: population_size must be a whole number of at least 1, not 0",
        ),
        ({"cells": [{"rule": Hive}]}, "cell 0, rule must be plain data"),
        ({"cells": [{"gap": 0.1}, {"gap": 0.1}]}, "cell 1 is the same as cell 0"),
        ({"cells": []}, "cells must hold at least one cell"),
        ({"runs": 0}, "runs must be a whole number of at least 1, not 0"),
        ({"keep": "all"}, "keep must be one of 'summary', 'rows', 'last', not 'all'"),
        ({"seed": -1}, "seed must be a whole number of at least 0, not -1"),
        ({"record_every": 0}, "record_every must be a whole number of at least 1 or None, not 0"),
    ],
)
def test_wrong_studies_are_named_before_anything_runs(arguments, message):
    with pytest.raises((ValueError, TypeError)) as error:
        Study(**{"cells": [{}], "runs": 2, "steps": 2, "seed": 1} | arguments)
    assert message in str(error.value)


# ---------------------------------------------------------------------------------------------------------------------
# Any executor


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    ) as running:
        yield running


@pytest.mark.thorough
def test_threads_processes_and_dask_give_the_same_table(cluster, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.study._UNIT", 1000)
    tables = {keep: study(keep).run() for keep in ("summary", "last")}
    with (
        ThreadPoolExecutor(3) as threads,
        ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool,
        Client(cluster) as client,
    ):
        for executor in (threads, pool, client.get_executor()):
            for keep, table in tables.items():
                same(study(keep).run(executor=executor), table)


def slow_study():
    return Study.grid(
        {"rule": "majority", "population_size": [400, 401, 402, 403]},
        runs=60,
        steps=60,
        seed=1,
        keep="last",
    )


@pytest.mark.thorough
def test_a_killed_process_of_a_pool_costs_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.study._UNIT", 2e5)
    undisturbed = slow_study().run()
    pools = []

    def make():
        pools.append(processes(1)())
        return pools[-1]

    def kill():
        while not (pools and pools[0]._processes):
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(next(iter(pools[0]._processes)), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    same(slow_study().run(store=tmp_path / "store", make_executor=make), undisturbed)
    killer.join()
    assert len(pools) == 2


@pytest.mark.thorough
def test_a_killed_dask_worker_costs_nothing(cluster, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.study._UNIT", 2e5)
    undisturbed = slow_study().run()
    with Client(cluster) as client:
        victim = next(iter(client.run(os.getpid).values()))
        killer = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
        killer.start()
        same(slow_study().run(executor=client.get_executor()), undisturbed)
        killer.join()


# ---------------------------------------------------------------------------------------------------------------------
# The store


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_a_store_gives_the_table_back(keep, tmp_path):
    table = study(keep).run()
    same(study(keep).run(store=tmp_path / "store"), table)
    same(Store.existing(tmp_path / "store").read(), table)
    manifest = json.loads((tmp_path / "store" / "manifest.json").read_text())
    assert manifest["ended"]
    assert manifest["study"]["cells"] == list(study(keep).cells)
    assert {"python", "hivemind_abm", "numba"} <= set(manifest["versions"])


def test_what_is_there_is_not_run_again(tmp_path, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.study._UNIT", 200)
    table = study().run(store=tmp_path / "store")
    parts = sorted((tmp_path / "store" / "parts").iterdir())
    times = {part: part.stat().st_mtime_ns for part in parts}
    parts[3].write_bytes(parts[3].read_bytes()[:-50])  # truncated
    broken = bytearray(parts[5].read_bytes())
    broken[len(broken) // 3] ^= 255  # a bit has turned
    parts[5].write_bytes(bytes(broken))
    parts[7].unlink()
    with pytest.warns(RuntimeWarning, match="is damaged and left out"):
        partial = Store.existing(tmp_path / "store").read()
    assert 0 < len(partial) < len(table)
    same(study().run(store=tmp_path / "store"), table)
    changed = {part for part in parts if part.stat().st_mtime_ns != times[part]}
    assert changed == {parts[3], parts[5], parts[7]}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"seed": 2}, "holds another study: seed is '1' there, '2' here"),
        ({"runs": 9}, "holds another study: "),
        ({"steps": 7}, "holds another study: steps is 6 there, 7 here"),
        ({"keep": "last"}, "holds another study: keep is 'rows' there, 'last' here"),
    ],
)
def test_the_store_of_another_study_is_refused(other, message, tmp_path):
    table = study().run(store=tmp_path / "store")
    with pytest.raises(ValueError, match="holds another study") as error:
        study(**other).run(store=tmp_path / "store")
    assert message in str(error.value)
    same(Store.existing(tmp_path / "store").read(), table)


@pytest.mark.thorough
def test_a_changed_rule_file_is_another_study(tmp_path):
    rule = tmp_path / "worn_out.py"
    rule.write_text(WORN_OUT)
    made = Study([{"rule": str(rule), "population_size": 5}], runs=2, steps=2, seed=1)
    made.run(store=tmp_path / "store")
    rule.write_text(WORN_OUT + "\n# changed\n")
    with pytest.raises(ValueError, match="holds another study: files"):
        made.run(store=tmp_path / "store")


def test_folders_that_can_not_be_used(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear bee")
    with pytest.raises(ValueError, match="is not empty and holds no study"):
        study().run(store=tmp_path / "full")
    with pytest.raises(ValueError, match="can't be written"):
        study().run(store="/dev/null/store")
    with pytest.raises(ValueError, match="holds no study"):
        Store.existing(tmp_path / "nothing")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "manifest.json").write_text("{")
    with pytest.raises(ValueError, match=r"manifest\.json is damaged"):
        study().run(store=tmp_path / "store")


@pytest.mark.thorough
def test_a_full_disk_is_one_clear_message_and_loses_nothing(tmp_path):
    """The system refuses to let files grow beyond 40,000 bytes, so that the large parts can't be written."""
    cells = "[{'population_size': 5}, {'population_size': 6, 'n_action': 90}]"
    code = (
        "import resource, sys; from hivemind_abm import Study\n"
        f"study = Study({cells}, runs=30, steps=60, seed=1, keep='rows')\n"
        "if sys.argv[2:]: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))\n"
        "from hivemind_abm.studies.study import ThreadPoolExecutor\n"
        "try: study.run(store=sys.argv[1], executor=ThreadPoolExecutor(1))\n"
        "except ValueError as error: sys.exit(str(error))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "store")]
    done = subprocess.run([*command, "limited"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "can't be written" in done.stderr
    assert "File too large; what is there stays" in done.stderr
    there = list((tmp_path / "store" / "parts").iterdir())
    assert len(there) == 1
    made = Study(eval(cells), runs=30, steps=60, seed=1, keep="rows")
    same(made.run(store=tmp_path / "store"), made.run())


@pytest.mark.thorough
def test_a_disk_that_is_really_full(tmp_path):
    """A file system of 64 KiB, mounted for the purpose: only root can, elsewhere the test above stands alone."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True
    ).returncode:
        pytest.skip("a file system can't be mounted here")
    try:
        cells = [{"population_size": 5}, {"population_size": 6, "n_action": 90}]
        made = Study(cells, runs=30, steps=60, seed=1, keep="rows")
        with pytest.raises(
            ValueError, match=r"can't be written.*No space left on device; what is there stays"
        ):
            made.run(store=disk / "store", executor=ThreadPoolExecutor(1))
        assert len(list((disk / "store" / "parts").glob("[!.]*"))) == 1
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        same(made.run(store=disk / "store"), made.run())
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_cell_that_fails_is_a_row_of_failures_and_the_rest_goes_on(tmp_path):
    rule = tmp_path / "worn_out.py"
    rule.write_text(WORN_OUT)
    cells = [
        {"rule": str(rule), "population_size": 5, "patience": patience}
        for patience in (0.5, 2.0, 0.7)
    ]
    made = Study(cells, runs=4, steps=3, seed=1, keep="last")
    with pytest.warns(RuntimeWarning, match="WornOut.decide returned opinion 99"):
        table = made.run(store=tmp_path / "store")
    assert table["patience"].tolist() == [0.5] * 4 + [0.7] * 4
    (failure,) = table.attrs["failures"]
    assert (failure["cell"], failure["first_run"], failure["runs"]) == (made.ids[1], 0, 4)
    assert Store.existing(tmp_path / "store").failures() == [failure]


# ---------------------------------------------------------------------------------------------------------------------
# The commands


@pytest.fixture
def toml(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "study.toml"
    file.write_text(TOML)
    return file


def test_sweep_status_and_export(toml, capsys):
    assert main(["sweep", "study.toml", "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "11 cells, 440 runs of 30 steps" in printed
    assert " s on " in printed
    assert main(["sweep", "study.toml", "--store", "one"]) == 0
    assert main(["sweep", "study.toml"]) == 0
    assert main(["status", "one"]) == 0
    assert "11 of 11 units are there (100 %)" in capsys.readouterr().out
    for file in ("one.csv", "one.parquet"):
        assert main(["export", "one", file]) == 0
    assert main(["export", "results/study", "two.csv"]) == 0
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes()
    table = pd.read_csv("one.csv")
    assert len(table) == len(pd.read_parquet("one.parquet")) == len(Study.from_toml(toml).run())
    assert main(["export", "one", "one.xlsx"]) == 2
    assert "must end in .csv or .parquet" in capsys.readouterr().err


def of_session(session):
    """The processes of a session, those that have ended but are not yet cleared away left out."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, of = file.read_text().rpartition(")")[2].split()[:4]
            found += [int(file.parent.name)] if int(of) == session and state != "Z" else []
    return found


@pytest.mark.thorough
def test_a_killed_sweep_goes_on_where_it_stopped(toml, tmp_path, capsys):
    toml.write_text(TOML.replace("runs = 40", "runs = 2000"))
    code = "import sys; from hivemind_abm.app.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [
        sys.executable,
        "-c",
        code,
        "sweep",
        "study.toml",
        "--store",
        "store",
        "--workers",
        "2",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("store/parts/[!.]*.parquet"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(of_session(process.pid)) >= 3
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while of_session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not of_session(process.pid)  # its workers don't wait for it for ever
    there = {file.name for file in tmp_path.glob("store/parts/[!.]*")}
    assert 2 <= len(there) < 11
    assert main(["sweep", "study.toml", "--store", "store"]) == 0
    assert f"{len(there)} units are there already" in capsys.readouterr().out
    same(Store.existing(tmp_path / "store").read(), Study.from_toml(toml).run())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("population_size", "popultion_size"),
            "cell 0: popultion_size fits nothing here; did you mean population_size?",
        ),
        (("seed = 1", "sead = 1"), "study.toml: sead is not known"),
        (("seed = 1\n", ""), "study.toml: seed is missing"),
        (("runs = 40", "runs = "), "study.toml is no TOML"),
        (("[[systems]]", "[systems_]"), "is no"),
    ],
)
def test_a_wrong_file_is_one_line(change, message, toml, capsys):
    toml.write_text(TOML.replace(*change))
    assert main(["sweep", "study.toml"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1
    assert not Path("results").exists()


def test_other_mistakes_of_the_commands(toml, capsys, tmp_path):
    assert main(["sweep", "nothing.toml"]) == 2
    assert main(["status", "nothing"]) == 2
    assert main(["export", "nothing", "out.csv"]) == 2
    assert main(["sweep", "study.toml", "--workers", "0"]) == 2
    assert main(["sweep", "study.toml", "--store", "/dev/null/store"]) == 2
    assert all(
        line.startswith("hivemind ") for line in capsys.readouterr().err.strip().splitlines()
    )
    (tmp_path / "worn_out.py").write_text(WORN_OUT)
    toml.write_text(
        'runs = 3\nsteps = 2\nseed = 1\n[[systems]]\nrule = "worn_out.py"\npopulation_size = 5\npatience = [0.5, 2.0]\n'
    )
    assert main(["sweep", "study.toml", "--store", "store"]) == 1
    captured = capsys.readouterr()
    assert "WornOut.decide returned opinion 99" in captured.err
    assert main(["status", "store"]) == 0
    assert "1 of 2 units are there (50 %)" in capsys.readouterr().out


@pytest.mark.thorough
def test_a_dask_cluster_by_its_address(toml, cluster, capsys):
    assert (
        main(["sweep", "study.toml", "--store", "store", "--dask", cluster.scheduler_address]) == 0
    )
    same(Store.existing("store").read(), Study.from_toml(toml).run())
