"""Merging the parts of a store: nothing is lost or doubled, whenever it is killed or read."""

import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from small_studies import TOML, same, study

from hivemind_abm import Study
from hivemind_abm.app.cli.main import main
from hivemind_abm.studies.store import Store

pytestmark = pytest.mark.thorough  # writes many files

COMPACT = """
import sys
from hivemind_abm.studies.store import Store, parquet

parquet()
for folder in sys.stdin:
    print("begin", flush=True)
    Store.existing(folder.strip()).compact()
    print("end", flush=True)
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A store with many parts, and its table."""
    folder = tmp_path_factory.mktemp("many") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hivemind_abm.studies.units._WORK", 100)
        patch.setattr("hivemind_abm.studies.store._FEW", 10_000)
        table = study(runs=20).run(store=folder)
    assert len(small(folder)) > 50
    return folder, table


@pytest.fixture
def store(many, tmp_path, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 100)
    return shutil.copytree(many[0], tmp_path / "store")


def small(folder):
    return sorted((folder / "parts").glob("[!.]*"))


def merged(folder):
    return sorted((folder / "merged").glob("[!.]*"))


def is_whole(folder, table):
    """The table and the names are there, each unit once, and nothing is run again."""
    same(Store.existing(folder).read(), table)
    names = [name for name, _ in Store.existing(folder).parts()]
    assert len(set(names)) == len(names) == Store.existing(folder).units_done()
    assert Store.existing(folder).names() == set(names)


@pytest.mark.parametrize("keep", ["summary", "rows", "last"])
def test_a_merged_store_has_the_same_table(keep, tmp_path, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 100)
    monkeypatch.setattr("hivemind_abm.studies.store._FEW", 10_000)
    table = study(keep).run(store=tmp_path / "store")
    before = len(small(tmp_path / "store"))
    count = Store.existing(tmp_path / "store").compact()
    assert 1 < count <= before
    assert len(small(tmp_path / "store")) == before - count
    is_whole(tmp_path / "store", table)
    assert Store.existing(tmp_path / "store").compact() == 0
    is_whole(tmp_path / "store", table)


def test_a_study_with_many_parts_ends_with_a_few_files(tmp_path, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 100)
    table = study(runs=20).run(store=tmp_path / "store")
    same(table, study(runs=20).run())
    assert len(small(tmp_path / "store")) + len(merged(tmp_path / "store")) < 10
    is_whole(tmp_path / "store", table)
    times = {file: file.stat().st_mtime_ns for file in merged(tmp_path / "store")}
    same(study(runs=20).run(store=tmp_path / "store"), table)  # goes on from merged files
    assert {file: file.stat().st_mtime_ns for file in merged(tmp_path / "store")} == times


def test_a_merged_file_is_plain_parquet(many, store):
    Store.existing(store).compact()
    tables = [pd.read_parquet(file) for file in [*merged(store), *small(store)]]
    assert sum(map(len, tables)) == len(many[1])


def test_compact_and_status_as_commands(many, store, capsys):
    count = len(small(store))
    assert main(["compact", str(store)]) == 0
    assert f"{count - len(small(store))} files merged" in capsys.readouterr().out
    assert main(["compact", str(store)]) == 0
    assert "nothing to merge" in capsys.readouterr().out
    assert main(["compact", "nothing"]) == 2
    assert main(["export", str(store), str(store / "out.parquet")]) == 0
    assert len(pd.read_parquet(store / "out.parquet")) == len(many[1])


class Killed(BaseException):
    """Ends a compaction before one of its changes of the folder."""


def compact_until(step, folder):
    """Merge a store, but end before change number `step`; returns whether it came to its end."""
    left = [step]

    def killing(method):
        def change(self, *arguments, **more):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return method(self, *arguments, **more)

        return change

    with pytest.MonkeyPatch.context() as patch:
        for name in ("replace", "unlink", "chmod"):
            patch.setattr(Path, name, killing(getattr(Path, name)))
        try:
            Store.existing(folder).compact()
        except Killed:
            return False
    return True


@pytest.mark.parametrize("large", [7_000, 10**9])
def test_a_compaction_killed_at_each_step_loses_nothing(large, store, tmp_path, monkeypatch):
    monkeypatch.setattr("hivemind_abm.studies.parts._LARGE", large)
    for number, file in enumerate(small(store)):
        if number % 4:  # a few are enough
            file.unlink()
    table, step, ended = Store.existing(store).read(), 0, False
    while not ended:
        folder = shutil.copytree(store, tmp_path / f"copy-{step}")
        ended = compact_until(step, folder)
        same(Store.existing(folder).read(), table)
        Store.existing(folder).compact()
        is_whole(folder, table)
        assert len(small(folder)) < len(small(store))
        step += 3
    assert step > len(small(store))


@pytest.mark.thorough
def test_a_killed_compaction_loses_nothing(many, store, tmp_path):
    def begin(folder):
        process = subprocess.Popen(
            [sys.executable, "-c", COMPACT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        process.stdin.write(f"{folder}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "begin\n"
        return process

    process = begin(shutil.copytree(store, tmp_path / "timed"))
    start = time.monotonic()
    assert process.stdout.readline() == "end\n"
    duration = time.monotonic() - start
    process.stdin.close()
    assert process.wait(30) == 0
    chance, killed = random.Random(1), 0
    for attempt in range(30):
        folder = shutil.copytree(store, tmp_path / f"killed-{attempt}")
        process = begin(folder)
        time.sleep(chance.uniform(0, duration))
        process.send_signal(signal.SIGKILL)
        ended = process.communicate()[0] == "end\n"
        is_whole(folder, many[1])
        Store.existing(folder).compact()
        is_whole(folder, many[1])
        same(study(runs=20).run(store=folder), many[1])
        killed += not ended
        duration *= 0.8 if ended else 1.0  # the machine may have been busier at first
        if killed == 6:
            return
    raise AssertionError(f"only {killed} were killed before their end")


def test_a_reader_sees_each_unit_once_while_others_merge(many, tmp_path):
    folders = [shutil.copytree(many[0], tmp_path / f"store-{each}") for each in range(5)]
    failed = []

    def compact(folder):
        try:
            Store.existing(folder).compact()
        except Exception as error:
            failed.append(error)

    for folder in folders:
        workers = [threading.Thread(target=compact, args=[folder]) for _ in range(2)]
        for worker in workers:
            worker.start()
        reads = 0
        while any(worker.is_alive() for worker in workers) or reads < 2:
            same(Store.existing(folder).read(), many[1])
            reads += 1
        is_whole(folder, many[1])
    assert not failed


def test_a_store_is_merged_while_it_is_filled(many, store, tmp_path):
    tables = dict(Store.existing(store)._parts.tables(sorted))
    growing = Store.open(tmp_path / "growing", Store.existing(store).study)
    failed = []

    def fill():
        try:
            for name, table in tables.items():
                growing.add(name, table)
        except Exception as error:
            failed.append(error)

    worker = threading.Thread(target=fill)
    worker.start()
    before = -1
    while worker.is_alive():
        Store.existing(growing.folder).compact()
        count = Store.existing(growing.folder).units_done()
        assert count >= before
        before = count
    worker.join()
    assert not failed
    is_whole(growing.folder, many[1])


def test_a_damaged_merged_file_is_run_again(many, store):
    Store.existing(store).compact()
    file = merged(store)[0]
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 255
    file.write_bytes(bytes(content))
    with pytest.warns(RuntimeWarning, match="is damaged and left out") as warned:
        partial = Store.existing(store).read()
    assert len(warned) == 1
    assert 0 < len(partial) < len(many[1])
    same(study(runs=20).run(store=store), many[1])


def test_a_damaged_merged_file_never_costs_a_part_that_is_left(many, store, monkeypatch):
    """Killed before it removed the parts; then the merged file is damaged: the parts count."""
    with monkeypatch.context() as patch:
        patch.setattr("hivemind_abm.studies.parts.Parts._remove", lambda *_: None)
        Store.existing(store).compact()
    for file in merged(store):
        file.write_bytes(file.read_bytes()[:-50])
    with pytest.warns(RuntimeWarning, match="is damaged and left out"):
        same(Store.existing(store).read(), many[1])
    Store.existing(store).compact()
    is_whole(store, many[1])


def test_a_full_disk_at_the_end_of_a_study_is_a_warning(many, store, monkeypatch):
    def full(*_, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hivemind_abm.studies.parts.write", full)
    with pytest.warns(RuntimeWarning, match=r"the parts stay as they are.*No space left on device"):
        Store.existing(store).close([])
    is_whole(store, many[1])


@pytest.mark.thorough
def test_cells_of_different_kinds_and_a_sweep(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 1500)
    Path("study.toml").write_text(TOML)
    assert main(["sweep", "study.toml", "--store", "one"]) == 0
    assert len(merged(Path("one"))) >= 2  # of different columns
    same(Store.existing("one").read(), Study.from_toml("study.toml").run())
