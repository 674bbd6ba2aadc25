"""Files that are written whole or not at all, with the permissions that `open` gives."""

import os
import stat
from pathlib import Path

import pandas as pd
import pytest

from hivemind_abm.files import write_atomically, write_table
from hivemind_abm.studies.store import Store

TABLE = pd.DataFrame({"step": [0, 1], "share_0": [0.1, 1 / 3]})


def mode(file):
    return stat.S_IMODE(os.stat(file).st_mode)


@pytest.fixture
def umask():
    """Sets the umask; afterwards it is as before."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o027, 0o077])
def test_a_file_has_the_permissions_that_open_gives(mask, umask, tmp_path):
    umask(mask)
    (tmp_path / "opened").touch()
    write_table(TABLE, tmp_path / "table.csv")
    assert mode(tmp_path / "table.csv") == mode(tmp_path / "opened") == 0o666 & ~mask
    store = Store.open(tmp_path / "store", {"ids": [], "cells": []})
    store.add("0-000000000", TABLE)
    store.close([])
    files = [file for file in (tmp_path / "store").rglob("*") if file.is_file()]
    assert len(files) == 3
    assert {mode(file) for file in files} == {0o666 & ~mask}


def test_a_file_that_is_replaced_keeps_its_permissions(umask, tmp_path):
    private = tmp_path / "table.csv"
    private.write_text("old")
    private.chmod(0o600)
    write_table(TABLE, private)
    assert mode(private) == 0o600


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "table.csv").symlink_to(tmp_path / "elsewhere" / "real.csv")
    write_table(TABLE, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").is_symlink()
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "elsewhere" / "real.csv"), TABLE)


def test_a_long_name_that_open_takes_is_written(tmp_path):
    file = tmp_path / ("n" * 251 + ".csv")
    write_table(TABLE, file)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(error, tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("old")

    def fail_half_way():
        with write_atomically(file) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail_half_way()
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    assert file.read_text() == "old"


@pytest.mark.parametrize("step", ["chmod", "replace"])
def test_an_error_of_the_file_system_leaves_nothing(step, tmp_path, monkeypatch):
    def fail(*_):
        raise PermissionError(1, "Operation not permitted")

    (tmp_path / "table.csv").write_text("old")
    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(PermissionError):
        write_table(TABLE, tmp_path / "table.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    assert (tmp_path / "table.csv").read_text() == "old"


def test_a_file_never_takes_the_place_of_a_folder(tmp_path):
    (tmp_path / "table.csv").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_table(TABLE, tmp_path / "table.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_durable_file_is_written_too(tmp_path):
    with write_atomically(tmp_path / "new" / "note.txt", durable=True) as temporary:
        temporary.write_text("kept")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["note.txt"]
    assert (tmp_path / "new" / "note.txt").read_text() == "kept"
