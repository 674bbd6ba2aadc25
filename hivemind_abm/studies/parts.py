"""The tables of a study's units as Parquet files: one per unit, and merged ones.

Knows: how many small files become one without losing or
doubling a unit at any moment, and how they are read meanwhile.
Does not know: the study, the order of its units, or the format of a file (`part_files`).

A small file is `parts/UNIT.parquet`.  A merged file is `merged/DIGEST.parquet`; its schema says
which units it holds.  It appears whole, and from that moment it is what counts; the small files are
removed after that.  Merged files are never merged again.  So a reader that lists `parts` first and
`merged` second sees each unit.
"""

import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hivemind_abm.studies.part_files import (
    MARK,
    MERGED,
    SMALL,
    UNITS,
    Damage,
    arrow_table,
    frames,
    listed,
    metadata,
    parquet,
    units_of,
    write,
)

__all__ = ["Parts"]

_LARGE = 2**28  # bytes of tables that are held in memory to be merged
_HELD = 8  # merged files whose tables are held in memory by a reader
_TRIES = 100  # how often a file may vanish under a reader, each time for another


@dataclass(frozen=True)
class _Survey:
    """The files that hold each unit, merged ones first, and the merged ones that are damaged."""

    places: dict[str, list[Path]]
    damaged: dict[Path, Damage]


class Parts:
    """The files with the tables of a study's units.

    Args:
        folder: The study's folder.
        mark: A digest of the study, which is written into each file.
    """

    def __init__(self, folder: Path, mark: str) -> None:
        """Name the folder; nothing is read or written."""
        self._folder, self._mark = folder, mark

    def names(self) -> set[str]:
        """The units that are there; whether their files are whole is not checked.

        Raises:
            ValueError: A file can't be read now.
        """
        return set(self._survey().places)

    def whole(self) -> set[str]:
        """The units whose files are whole.  Damaged files are removed, to be run again.

        Raises:
            ValueError: A file can't be read now; it is not removed.
        """
        names: set[str] = set()
        read: set[Path] = set()
        for _ in range(_TRIES):
            vanished = False
            for file in self._files():
                try:
                    if file not in read:
                        names.update(frames(file))
                        read.add(file)
                except Damage:
                    file.unlink(missing_ok=True)
                except FileNotFoundError:  # merged or mended by another process
                    vanished = True
            if not vanished:
                return names
        raise ValueError(f"{self._folder} can't be read: its files keep vanishing")

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Write a unit's table.

        Raises:
            OSError: It can't be written.
        """
        arrow, _ = parquet()
        content = arrow.Table.from_pandas(table, preserve_index=False)
        write(content, self._small(name), {MARK: self._mark.encode()})

    def tables(
        self, order: Callable[[Iterable[str]], Iterable[str]]
    ) -> Iterator[tuple[str, pd.DataFrame]]:
        """The units with their tables, also while others write and merge.

        Damaged files are left out, with a warning each.

        Args:
            order: The units to be read of those that are there, in which order.

        Raises:
            ValueError: A file can't be read now.
        """
        survey = self._survey()
        reader = _Reader(self._survey, survey)
        for name in order(survey.places):
            table = reader.table(name)
            if table is not None:
                yield name, table

    def merge(self, order: Callable[[Iterable[str]], Iterable[str]]) -> int:
        """Merge small files; this may be interrupted or killed at any moment.

        Args:
            order: The units to be merged of those that are there, in which order.

        Returns:
            How many small files went into merged ones.

        Raises:
            ValueError: A file can't be read now.
            OSError: A file can't be written.
        """
        self._remove_small_files_of_merged_units()
        small = {file.stem: file for file in listed(self._folder / SMALL)}
        groups: dict[bytes, dict[str, Any]] = {}
        held = count = 0
        for name in order(small):
            try:
                table = arrow_table(small[name])
            except (FileNotFoundError, Damage):  # merged by another process; to be run again
                continue
            groups.setdefault(table.schema.serialize().to_pybytes(), {})[name] = table
            held += table.nbytes
            if held > _LARGE:
                count += self._write_merged(groups)
                groups, held = {}, 0
        return count + self._write_merged(groups)

    def small_files(self) -> int:
        """How many files hold one unit each."""
        return len(listed(self._folder / SMALL))

    def strangers(self) -> list[str]:
        """The names of units that were made by another study; those without a mark are not."""
        strangers = []
        for file in self._files():
            try:
                mark = metadata(file).get(MARK, self._mark.encode())
                strangers += units_of(file) if mark != self._mark.encode() else []
            except (Damage, FileNotFoundError):
                continue
        return strangers

    def _write_merged(self, groups: dict[bytes, dict[str, Any]]) -> int:
        """Write a file per schema, and remove the small files; returns how many those were."""
        count = 0
        for tables in groups.values():
            if len(tables) == 1:
                continue
            arrow, _ = parquet()
            units = [[name, table.num_rows] for name, table in tables.items()]
            content = arrow.concat_tables(list(tables.values()))
            digest = hashlib.sha256(json.dumps([self._mark, units]).encode()).hexdigest()[:16]
            file = self._folder / MERGED / f"{digest}.parquet"
            write(content, file, {UNITS: json.dumps(units).encode()}, durable=True)
            for name in tables:
                self._remove(name)
            count += len(tables)
        return count

    def _remove_small_files_of_merged_units(self) -> None:
        """Finish what a killed process has begun; a merged file is read whole before that."""
        small = {file.stem for file in listed(self._folder / SMALL)}
        for file in listed(self._folder / MERGED):
            try:
                if not small.isdisjoint(units_of(file)):
                    for name in frames(file):
                        self._remove(name)
            except (FileNotFoundError, Damage):
                continue

    def _survey(self) -> _Survey:
        places: dict[str, list[Path]] = {}
        damaged: dict[Path, Damage] = {}
        for file in reversed(self._files()):
            try:
                for name in units_of(file):
                    places.setdefault(name, []).append(file)
            except Damage as damage:
                damaged[file] = damage
            except FileNotFoundError:  # a damaged one that another process has removed
                continue
        return _Survey(places, damaged)

    def _files(self) -> list[Path]:
        """All files, the small ones first.  They are listed in this order; see the module."""
        small = listed(self._folder / SMALL)
        return small + listed(self._folder / MERGED)

    def _remove(self, name: str) -> None:
        """Remove a small file; one that another process reads may have to stay on Windows."""
        with suppress(FileNotFoundError, PermissionError):
            self._small(name).unlink()

    def _small(self, name: str) -> Path:
        return self._folder / SMALL / f"{name}.parquet"


class _Reader:
    """Reads units while their files may be merged: what vanishes is looked for again."""

    def __init__(self, survey: Callable[[], _Survey], first: _Survey) -> None:
        self._survey, self._places = survey, first.places
        self._merged: dict[Path, dict[str, pd.DataFrame]] = {}
        self._damaged: set[Path] = set()
        for file, damage in first.damaged.items():
            self._leave_out(file, damage)

    def table(self, name: str) -> pd.DataFrame | None:
        """A unit's table, or None where its files are damaged or gone."""
        for _ in range(_TRIES):
            try:
                for file in self._places.get(name, []):
                    table = self._table_in(file, name)
                    if table is not None:
                        return table
                return None
            except FileNotFoundError:
                self._places = self._survey().places
        raise ValueError(f"{self._places[name][0]} can't be read: it is listed, but not there")

    def _table_in(self, file: Path, name: str) -> pd.DataFrame | None:
        if file in self._damaged:
            return None
        try:
            if file.parent.name == SMALL:
                return frames(file)[name]
            if file not in self._merged:
                self._merged[file] = frames(file)
                if len(self._merged) > _HELD:
                    del self._merged[next(iter(self._merged))]
            return self._merged[file].get(name)
        except Damage as damage:
            self._leave_out(file, damage)
            return None

    def _leave_out(self, file: Path, damage: Damage) -> None:
        self._damaged.add(file)
        text = f"{file.name} is damaged and left out: {damage}"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
