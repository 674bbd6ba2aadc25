"""Units on threads, processes and a Dask cluster; workers that are killed, units that fail."""

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)

import pytest
from distributed import Client
from small_studies import WORN_OUT, same, study

from hivemind_abm import Study
from hivemind_abm.studies.executors import processes, run_units
from hivemind_abm.studies.store import Store


class Fragile(Executor):
    """Runs each unit at once, but breaks at the units of these numbers."""

    def __init__(self, *breaks, error=BrokenExecutor):
        self.breaks, self.error, self.submitted = breaks, error, 0

    def submit(self, function, /, *arguments):
        future = Future()
        self.submitted += 1
        if self.submitted in self.breaks:
            future.set_exception(self.error("a worker died"))
        else:
            future.set_result(function(*arguments))
        return future


class KilledWorker(Exception):
    """What Dask raises, by name."""


def collected(units, *executor):
    tables = {}
    failures = run_units(units, lambda unit, table: tables.update({unit.name: table}), *executor)
    return tables, failures


def test_units_whose_worker_died_are_run_again_on_a_new_executor():
    units = list(study("last").units())
    undisturbed, _ = collected(units)
    pools = [Fragile(2, 3), Fragile(1), Fragile()]
    remaining = iter(pools)
    tables, failures = collected(units, None, lambda: next(remaining))
    assert not failures
    assert all(pool.submitted for pool in pools)
    assert tables.keys() == undisturbed.keys()
    for name, table in tables.items():
        same(table, undisturbed[name])


def test_a_unit_whose_worker_dies_each_time_is_given_up():
    unit = next(study("last").units())
    tables, (failure,) = collected([unit], None, lambda: Fragile(1))
    assert not tables
    assert failure == {
        "cell": unit.cell,
        "first_run": 0,
        "runs": 8,
        "error": "its worker died 4 times (BrokenExecutor)",
    }
    (failure,) = collected([unit], Fragile(*range(1, 5), error=KilledWorker))[1]
    assert failure["error"] == "KilledWorker: a worker died"
    assert not collected([unit], Fragile(*range(1, 4), error=KilledWorker))[1]


def test_the_users_executor_is_not_replaced():
    units = list(study("last").units())
    with pytest.raises(RuntimeError, match="the executor broke, a worker died perhaps"):
        collected(units, Fragile(2))


@pytest.mark.thorough
def test_threads_processes_and_dask_give_the_same_table(cluster, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 1000)
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
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 2e5)
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
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 2e5)
    undisturbed = slow_study().run()
    with Client(cluster) as client:
        victim = next(iter(client.run(os.getpid).values()))
        killer = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
        killer.start()
        same(slow_study().run(executor=client.get_executor()), undisturbed)
        killer.join()


def test_a_cell_that_fails_is_a_row_of_failures_and_the_rest_goes_on(tmp_path):
    rule = tmp_path / "worn_out.py"
    rule.write_text(WORN_OUT)
    cells = [
        {"rule": str(rule), "population_size": 5, "patience": patience}
        for patience in (0.5, 2.0, 0.7)
    ]
    worn_out = Study(cells, runs=4, steps=3, seed=1, keep="last")
    with pytest.warns(RuntimeWarning, match="WornOut.decide returned opinion 99"):
        table = worn_out.run(store=tmp_path / "store")
    assert table["patience"].tolist() == [0.5] * 4 + [0.7] * 4
    (failure,) = table.attrs["failures"]
    assert (failure["cell"], failure["first_run"], failure["runs"]) == (worn_out.ids[1], 0, 4)
    assert Store.existing(tmp_path / "store").failures() == [failure]


def test_what_is_no_executor_is_refused():
    with pytest.raises(TypeError, match=r"executor must be a concurrent\.futures\.Executor.*not 3"):
        study().run(executor=3)
    for wrong in (0, 1.5, "2"):
        with pytest.raises((TypeError, ValueError), match="number must be a whole number of at"):
            processes(wrong)
