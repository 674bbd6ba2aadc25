"""A study's results on disk: a manifest, Parquet files with the tables of units, and what failed.

Knows: what is in the folder of a study, how one is continued, and what is done when a file in it is
damaged.
Does not know: how tables become files (`parts`), or how they are computed.
"""

import hashlib
import json
import re
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from hivemind_abm.files import write_atomically
from hivemind_abm.studies.assembly import Places, assemble
from hivemind_abm.studies.manifest import (
    FAILURES,
    MANIFEST,
    DamagedManifest,
    new_manifest,
    now,
    read_failures,
    read_manifest,
    set_aside,
    write_json,
)
from hivemind_abm.studies.part_files import MERGED, SMALL, parquet
from hivemind_abm.studies.parts import Parts

__all__ = ["Store"]

_UNFINISHED = r"\..*-[0-9a-f]{16}\.json"
_OF_A_STORE = re.compile(
    rf"{SMALL}|{MERGED}|{re.escape(FAILURES)}|manifest\.damaged.*\.json|{_UNFINISHED}"
)  # what may be in a folder without a manifest
_FEW = 64  # so many files of one unit each are left as they are when a study ends
_LEFT_BEHIND = 600  # seconds after which an unfinished file is that of a killed process
_OF_RUNS = ("runs", "steps", "keep", "record_every", "seed", "files")  # what fixes a cell's numbers


class Store:
    """A folder with the results of one study; open one with `Store.open` or `Store.existing`.

    Attributes:
        folder: Where it is.
        study: The study as plain data.
    """

    def __init__(self, folder: Path, study: Mapping[str, Any]) -> None:
        """Name the folder of a study; nothing is read or written."""
        self.folder, self.study = folder, study
        self._parts = Parts(folder, _mark(study))

    @classmethod
    def open(cls, folder: str | Path, study: Mapping[str, Any]) -> "Store":
        """Begin a study's store, or continue it.

        A damaged manifest is kept under another name and written anew, with a warning.

        Args:
            folder: Its folder, which is made if it is not there.
            study: The study as plain data.

        Raises:
            ValueError: The folder holds another study's results (with the difference), or something
                else, or can't be read or written.
        """
        parquet()
        path = Path(folder)
        store = cls(path, json.loads(json.dumps(study)))
        try:
            stored = cls.existing(path)
        except DamagedManifest as error:
            store._begin(str(error))
        except FileNotFoundError:
            store._begin(None)
        else:
            stored._check_same(store.study)
            store = stored
        store._remove_unfinished()
        return store

    @classmethod
    def existing(cls, folder: str | Path) -> "Store":
        """The store in a folder.

        Raises:
            ValueError: There is none in this folder, or its manifest is damaged or can't be read.
        """
        path = Path(folder)
        try:
            return cls(path, read_manifest(path)["study"])
        except FileNotFoundError:
            raise _NoStore(f"{path} holds no study: there is no {MANIFEST}") from None

    def names(self) -> set[str]:
        """The units whose parts are whole; damaged parts are removed, to be run again.

        Raises:
            ValueError: A part can't be read now; it is not removed.
        """
        return self._parts.whole()

    def units_done(self) -> int:
        """How many units of the study are there; whether their parts are whole is not checked."""
        return len(self._ordered(self._parts.names()))

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Keep a unit's table; it appears whole or not at all.

        Raises:
            ValueError: The folder can't be written.
        """
        try:
            self._parts.add(name, table)
        except OSError as error:
            raise self._unwritable(error, "; what is there stays") from None

    def close(self, failures: list[dict[str, Any]]) -> None:
        """Record what failed, and that the study has ended; merge its parts if they are many."""
        try:
            manifest = read_manifest(self.folder)
        except (ValueError, FileNotFoundError):
            manifest = new_manifest(self.study)
        try:
            write_json(self.folder / FAILURES, failures)
            write_json(self.folder / MANIFEST, manifest | {"ended": now()})
        except OSError as error:
            raise self._unwritable(error, "; what is there stays") from None
        self._remove_unfinished()
        try:
            if self._parts.small_files() > _FEW:
                self.compact()
        except (OSError, ValueError) as error:
            warnings.warn(f"the parts stay as they are: {error}", RuntimeWarning, stacklevel=2)

    def compact(self) -> int:
        """Merge the parts, each with one unit, into a few files.

        It may run while others read and write the store, and be killed at any moment: each unit is
        there exactly once at any time.

        Returns:
            How many parts were merged.

        Raises:
            ValueError: A part can't be read now, or the folder can't be written.
        """
        try:
            return self._parts.merge(self._ordered)
        except OSError as error:
            raise self._unwritable(error, "; what is there stays") from None

    def failures(self) -> list[dict[str, Any]]:
        """What failed when the study ended: dicts with cell, first_run, runs and error.

        A damaged file is left out, with a warning.
        """
        return read_failures(self.folder)

    def manifest(self) -> dict[str, Any]:
        """The study as plain data, the versions used, start and end.

        Raises:
            ValueError: It is damaged or can't be read.
        """
        return read_manifest(self.folder)

    def parts(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The units that are there, in the order of the cells and runs, with their tables.

        A unit that is a part of a summary has a table of counts.
        Damaged ones are left out, with a warning.

        Raises:
            ValueError: A part can't be read now.
        """
        places = Places(self.study)
        for name, table in self._parts.tables(self._ordered):
            yield name, places.labelled(name, table)

    def read(self) -> pd.DataFrame:
        """All results that are there as one table, also while the study runs.

        The summary of a cell of many runs is there when all its units are.
        """
        return assemble(self.study, self._parts.tables(self._ordered))

    def export(self, file: str | Path) -> int:
        """Write all results that are there to a file.

        Args:
            file: FILE.csv or FILE.parquet.

        Returns:
            The number of rows.

        Raises:
            ValueError: The file has another ending.
        """
        path = Path(file)
        if path.suffix not in (".csv", ".parquet"):
            raise ValueError(f"the file must end in .csv or .parquet, not {path.name!r}")
        table = self.read()
        with write_atomically(path) as temporary:
            if path.suffix == ".csv":
                table.to_csv(temporary, index=False, lineterminator="\n")
            else:
                _with_plain_columns(table).to_parquet(temporary, index=False)
        return len(table)

    def _begin(self, damage: str | None) -> None:
        """Write the manifest; results of this study may be there already.

        Args:
            damage: What is wrong with the manifest that is there; None where there is none.
        """
        try:
            names = {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()
            others = {name for name in names - {MANIFEST} if not _OF_A_STORE.fullmatch(name)}
            units = self._parts.names()
            foreign = len(units) > len(self._ordered(units))
            if damage is None and (others or foreign):
                raise ValueError(
                    f"{self.folder} is not empty and holds no study; give a new folder"
                )
            if foreign or self._parts.strangers():
                raise ValueError(f"{damage or self.folder}; there are parts of another study")
            if damage is not None:
                text = f"{damage}; kept as {set_aside(self.folder)} and written anew from the study"
                warnings.warn(text, RuntimeWarning, stacklevel=3)
            elif units:
                text = f"{self.folder} has no {MANIFEST}; it is written anew from the study"
                warnings.warn(text, RuntimeWarning, stacklevel=3)
            (self.folder / SMALL).mkdir(parents=True, exist_ok=True)
            write_json(self.folder / MANIFEST, new_manifest(self.study))
        except OSError as error:
            raise self._unwritable(error) from None

    def _check_same(self, study: Mapping[str, Any]) -> None:
        for key, here in study.items():
            stored = self.study.get(key)
            if stored == here:
                continue
            if key == "cells":
                stored, here = f"{len(stored or [])} cells", f"{len(here)} cells, not the same"
            raise ValueError(
                f"{self.folder} holds another study: {key} is {stored!r} there, {here!r} here"
            )

    def _remove_unfinished(self) -> None:
        """Remove what killed processes left; another process may be writing just now."""
        files = [file for file in self.folder.glob(".*") if re.fullmatch(_UNFINISHED, file.name)]
        for folder in (SMALL, MERGED):
            files += (self.folder / folder).glob(".*.parquet")
        for file in files:
            with suppress(OSError):
                if time.time() - file.stat().st_mtime > _LEFT_BEHIND:
                    file.unlink()

    def _ordered(self, names: Iterable[str]) -> list[str]:
        """The units of this study among some, in the order of the cells and runs."""
        places = Places(self.study)
        return sorted(filter(places.has, names), key=places.order)

    def _unwritable(self, error: OSError, more: str = "") -> ValueError:
        return ValueError(f"{self.folder} can't be written: {error.strerror or error}{more}")


class _NoStore(ValueError, FileNotFoundError):
    """There is no store in a folder."""


def _mark(study: Mapping[str, Any]) -> str:
    """A digest of what fixes the numbers of a study's cells, the cells themselves apart."""
    content = json.dumps([study.get(key) for key in _OF_RUNS], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _with_plain_columns(table: pd.DataFrame) -> pd.DataFrame:
    """A table with text in columns of mixed kinds, which Parquet cannot hold; lists stay."""
    kinds = {name: pd.api.types.infer_dtype(table[name]) for name in table}
    mixed = [name for name, kind in kinds.items() if kind.startswith("mixed")]
    return table.astype({name: str for name in mixed if not isinstance(table[name].iloc[0], list)})
