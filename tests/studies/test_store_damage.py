"""Damaged and unreadable files of a store: what is mended, what is kept, and what is said."""

import errno
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_studies import same, study

from hivemind_abm.app.cli.main import main
from hivemind_abm.studies import part_files
from hivemind_abm.studies.store import Store

DAMAGED = {
    "half": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "list": lambda text: "[1, 2]",
    "number": lambda text: "7",
    "null": lambda text: "null",
    "text": lambda text: '"study"',
    "no study": lambda text: "{}",
    "study is a number": lambda text: '{"study": 3}',
    "nested": lambda text: "[" * 100_000,
    "not UTF-8": lambda text: "\udcff\udcfe",
    **{
        f"no {key}": lambda text, key=key: without(text, key)
        for key in ("ids", "cells", "units", "steps", "seed", "all_runs")
    },
    "cells are numbers": lambda text: text.replace('"cells": [', '"cells": [1, ', 1),
}


def without(text, key):
    manifest = json.loads(text)
    del manifest["study"][key]
    return json.dumps(manifest)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished store with several parts per cell, and its table."""
    folder = tmp_path_factory.mktemp("whole") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hivemind_abm.studies.units._WORK", 200)
        table = study().run(store=folder)
    assert len(list((folder / "parts").iterdir())) > 10
    return folder, table


@pytest.fixture
def store(whole, tmp_path, monkeypatch):
    """A copy of it, to be damaged."""
    monkeypatch.setattr("hivemind_abm.studies.units._WORK", 200)
    subprocess.run(["cp", "-r", str(whole[0]), str(tmp_path / "store")], check=True)
    return tmp_path / "store"


def not_run(*_):
    raise AssertionError("a unit is run again")


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_manifest_is_written_anew(damage, whole, store, monkeypatch, capsys):
    manifest = store / "manifest.json"
    text = damage(manifest.read_text())
    manifest.write_text(text, errors="surrogateescape")
    for command in (["status", str(store)], ["export", str(store), str(store / "out.csv")]):
        assert main(command) == 2
        error = capsys.readouterr().err
        assert "manifest.json is damaged" in error
        assert len(error.strip().splitlines()) == 1
    assert not (store / "out.csv").exists()
    monkeypatch.setattr(
        "hivemind_abm.studies.study.run_units", lambda units, *_: units and not_run()
    )
    monkeypatch.setattr("hivemind_abm.studies.executors.run_units", not_run)
    with pytest.warns(RuntimeWarning, match=r"manifest\.json is damaged") as warned:
        same(study().run(store=store), whole[1])
    assert len(warned) == 1
    assert (store / "manifest.damaged.json").read_text(errors="surrogateescape") == text
    same(Store.existing(store).read(), whole[1])
    assert Store.existing(store).manifest()["ended"]


def test_each_damaged_manifest_is_kept(store):
    for text in ("first", "second"):
        (store / "manifest.json").write_text(text)
        with pytest.warns(
            RuntimeWarning, match=f"manifest.damaged.*{'' if text == 'first' else 2}"
        ):
            Store.open(store, study().as_data())
    assert (store / "manifest.damaged.json").read_text() == "first"
    assert (store / "manifest.damaged-2.json").read_text() == "second"


def test_a_missing_manifest_is_written_anew(whole, store):
    (store / "manifest.json").unlink()
    with pytest.warns(RuntimeWarning, match=r"has no manifest\.json; it is written anew"):
        same(study().run(store=store), whole[1])


def test_a_process_killed_before_the_manifest_does_not_stop_the_study(whole, tmp_path):
    (tmp_path / "store" / "parts").mkdir(parents=True)
    (tmp_path / "store" / ".manifest-0123456789abcdef.json").write_text("{")
    same(study().run(store=tmp_path / "store"), whole[1])


@pytest.mark.parametrize("other", [{"seed": 2}, {"steps": 7}, {"runs": 9}, {"keep": "last"}])
def test_parts_of_another_study_never_get_a_new_manifest(other, whole, store):
    for damage in (lambda file: file.write_text("{"), Path.unlink):
        damage(store / "manifest.json")
        with pytest.raises(ValueError, match="parts of another study"):
            study(**other).run(store=store)
    with pytest.warns(RuntimeWarning, match="written anew"):
        same(study().run(store=store), whole[1])


def test_a_manifest_damaged_during_the_study_loses_nothing(whole, tmp_path):
    store = Store.open(tmp_path / "store", study().as_data())
    failures = study().fill((), store.add)
    (tmp_path / "store" / "manifest.json").write_text("[]")
    store.close(failures)
    same(Store.existing(tmp_path / "store").read(), whole[1])


def test_a_manifest_without_versions_or_times_is_read(store, capsys):
    content = json.loads((store / "manifest.json").read_text())
    (store / "manifest.json").write_text(json.dumps({"study": content["study"]}))
    assert main(["status", str(store)]) == 0
    assert "not ended" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{", "5", '[{"cell": 1}]', "[3]", "null"])
def test_a_damaged_record_of_failures_stops_nothing(text, whole, store):
    (store / "failures.json").write_text(text)
    with pytest.warns(RuntimeWarning, match=r"failures\.json is damaged and left out"):
        assert Store.existing(store).failures() == []
    same(study().run(store=store), whole[1])
    assert Store.existing(store).failures() == []


def contents(store):
    return {file.name: file.read_bytes() for file in (store / "parts").iterdir() if file.is_file()}


def is_refused(store, place, capsys):
    """Study, sweep and export end with one line that names the file."""
    for read in (Store.existing(store).names, Store.existing(store).read):
        with pytest.raises(ValueError, match="can't be read") as error:
            read()
        assert place in str(error.value)
    with pytest.raises(ValueError, match="can't be read"):
        study().run(store=store)
    assert main(["export", str(store), str(store / "out.csv")]) == 2
    error = capsys.readouterr().err
    assert place in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE, errno.EIO, errno.ENOMEM])
@pytest.mark.parametrize("moment", ["open", "read"])
def test_a_part_that_can_not_be_read_now_is_kept(number, moment, whole, store, monkeypatch, capsys):
    part = sorted((store / "parts").iterdir())[3]
    before = contents(store)

    class Failing:
        closed = False

        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def read(self, *_):
            raise OSError(number, os.strerror(number))

        def __getattr__(self, name):
            return getattr(self.file, name)

    def failing_open(file, *arguments):
        if Path(file) != part:
            return open(file, *arguments)
        if moment == "open":
            raise OSError(number, os.strerror(number), str(file))
        return Failing(open(file, *arguments))

    with monkeypatch.context() as patch:
        patch.setattr(part_files, "open", failing_open, raising=False)
        is_refused(store, part.name, capsys)
    assert contents(store) == before
    same(study().run(store=store), whole[1])


def test_what_is_no_file_is_not_removed(store, capsys):
    (store / "parts" / "0123456789abcdef-000000000.parquet").mkdir()
    with pytest.raises(ValueError, match=r"0123456789abcdef-000000000\.parquet can't be read"):
        study().run(store=store)


def test_no_memory_and_a_missing_codec_are_no_damage(store, monkeypatch, capsys):
    import pyarrow
    import pyarrow.parquet

    before = contents(store)
    for error in (
        pyarrow.ArrowMemoryError("malloc failed"),
        pyarrow.ArrowNotImplementedError("Support for codec 'zstd' not built"),
    ):

        def fail(*_, error=error, **more):
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(pyarrow.parquet.ParquetFile, "read", fail)
            is_refused(store, "parquet", capsys)
    assert contents(store) == before


def test_a_folder_that_can_not_be_listed_is_not_empty(store, monkeypatch, capsys):
    def failing_scandir(folder):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setattr(part_files.os, "scandir", failing_scandir)
    is_refused(store, "parts", capsys)


@pytest.mark.thorough
def test_too_many_open_files_remove_nothing(whole, store):
    """A process that may open no file more than it has: each part seems unreadable."""
    code = (
        "import os, resource, sys; from hivemind_abm.studies.store import Store, parquet\n"
        "parquet(); store = Store.existing(sys.argv[1]); store.read()\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); kept = []\n"
        "try:\n"
        "    while True: kept.append(os.open('/dev/null', os.O_RDONLY))\n"
        "except OSError: os.close(kept.pop())\n"
        "os.scandir = lambda *a, scandir=os.scandir: held(scandir(*a))\n"
        "class held:\n"
        "    def __init__(self, it): self.entries = list(it); it.close()\n"
        "    def __enter__(self): return self.entries\n"
        "    def __exit__(self, *_): kept.append(os.open('/dev/null', 0)) if CLOSE else None\n"
        "CLOSE = True\n"
        "try: store.names()\n"
        "except (ValueError, OSError) as error: sys.exit(str(error))\n"
    )
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64
    before = contents(store)
    done = subprocess.run(
        [sys.executable, "-c", code, str(store)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "can't be read: Too many open files" in done.stderr
    assert contents(store) == before
    same(study().run(store=store), whole[1])


@pytest.mark.parametrize(
    "name", ["parts/.unit-{}.parquet", "merged/.{}.parquet", ".manifest-{}.json"]
)
def test_only_old_unfinished_files_are_removed(name, store):
    def unfinished(digit, age):
        file = store / name.format(16 * digit)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"half")
        os.utime(file, (time.time() - age,) * 2)
        return file

    users = store / ".notes.json"
    users.write_text("{}")
    os.utime(users, (time.time() - 3600,) * 2)
    fresh, old = unfinished("a", 0), unfinished("b", 3600)
    opened = Store.open(store, study().as_data())
    assert not old.exists()
    old = unfinished("b", 3600)  # as when it has grown old while the study ran
    opened.close([])
    assert not old.exists()
    assert fresh.exists()  # another process may be writing it
    assert users.exists()
