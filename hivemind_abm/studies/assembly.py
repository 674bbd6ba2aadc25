"""One table of the tables of a study's units.

Knows: the order of the rows and columns, and which units are parts of a summary.
Does not know: where the tables come from.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from hivemind_abm.studies.cells import shown_arguments
from hivemind_abm.studies.counted import added, counts_in, is_counts, runs_in, summary_of

__all__ = ["Gathered", "Places", "assemble"]

_ROWS = 2**20  # of counts that wait to be added


class Places:
    """Where the units of a study stand in its whole table.

    Args:
        study: The study as plain data.
    """

    def __init__(self, study: Mapping[str, Any]) -> None:
        """Look up the cells by their identities."""
        self._study = study
        self._of_id: dict[str, int] = {}
        for place, name in enumerate(study["ids"]):
            self._of_id.setdefault(name, place)

    def has(self, name: str) -> bool:
        """Whether a unit of this name belongs to a cell of the study."""
        return _cell_of(name) in self._of_id

    def order(self, name: str) -> tuple[int, str]:
        """A key that sorts the names of units in the order of the cells and runs."""
        return self._of_id[_cell_of(name)], name

    def labelled(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """A unit's table with its cell's id, model and arguments before it."""
        cell = self._study["cells"][self._of_id[_cell_of(name)]]
        columns = {
            key: [value] * len(table) if isinstance(value, list) else value
            for key, value in {"cell": _cell_of(name), **shown_arguments(cell)}.items()
        }
        return pd.DataFrame(columns, index=table.index).join(table)


class Gathered:
    """The tables of units as they come, in memory; counts of a cell are added at once.

    Args:
        study: The study as plain data.
    """

    def __init__(self, study: Mapping[str, Any]) -> None:
        """Begin with no table."""
        self._study = study
        self._tables: dict[str, pd.DataFrame] = {}
        self._counts: dict[str, _Sum] = {}

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Take the table of a unit."""
        if is_counts(table):
            self._counts.setdefault(_cell_of(name), _Sum()).add(table)
        else:
            self._tables[name] = table

    def table(self) -> pd.DataFrame:
        """The tables that came as one, as of `assemble`."""
        counts = ((_first_unit(cell), total.table) for cell, total in self._counts.items())
        places, named = Places(self._study), [*self._tables.items(), *counts]
        return assemble(self._study, sorted(named, key=lambda item: places.order(item[0])))


class _Sum:
    """The sum of tables of counts."""

    def __init__(self) -> None:
        self._tables: list[pd.DataFrame] = []

    def add(self, table: pd.DataFrame) -> None:
        """Take one more; they are added when they are large together."""
        self._tables.append(table)
        if sum(map(len, self._tables)) > 2 * len(self._tables[0]) + _ROWS:
            self._tables = [added(self._tables)]

    @property
    def table(self) -> pd.DataFrame:
        """The sum."""
        return added(self._tables)


def assemble(study: Mapping[str, Any], tables: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """The tables of units as one: cell, model and the cells' arguments first.

    A cell that the study has several times has its rows as often.  The summary of a cell of which
    some runs are not counted is left out.

    Args:
        study: The study as plain data.
        tables: The names of the units with their tables, in the order of the cells and runs.
    """
    places = Places(study)
    return _joined(study, [places.labelled(*item) for item in _whole_tables(study, tables)])


def _whole_tables(
    study: Mapping[str, Any], tables: Iterable[tuple[str, pd.DataFrame]]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The tables, with one summary of a cell in place of the counts of its units."""
    for cell, units in groupby(tables, key=lambda item: _cell_of(item[0])):
        total: _Sum | None = None
        for name, table in units:
            if is_counts(table):
                total = total or _Sum()
                total.add(table)
            else:
                yield name, table
        if total is not None:
            counts = total.table
            if runs_in(counts) == study["runs"]:
                yield _first_unit(cell), summary_of(counts_in(counts), study["runs"])


def _joined(study: Mapping[str, Any], tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Labelled tables as one.

    Args:
        study: The study as plain data.
        tables: In the order of the cells and runs, each cell's once.
    """
    if not tables:
        return pd.DataFrame()
    table = pd.concat(_repeated(study["ids"], tables), ignore_index=True)
    arguments = dict.fromkeys(key for cell in study["cells"] for key in cell if key != "model")
    first = ["cell", "model", *arguments]
    return table[
        [*(name for name in first if name in table), *(name for name in table if name not in first)]
    ]


def _repeated(ids: Sequence[str], tables: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """The tables of each cell, as often as the cell is there."""
    if len(set(ids)) == len(ids):
        return tables
    of_cell: dict[str, list[pd.DataFrame]] = {}
    for table in tables:
        of_cell.setdefault(table["cell"].iloc[0], []).append(table)
    return [table for name in ids for table in of_cell.get(name, ())]


def _cell_of(name: str) -> str:
    """The identity of a unit's cell."""
    return name.partition("-")[0]


def _first_unit(cell: str) -> str:
    """The name of a cell's first unit."""
    return f"{cell}-{0:09d}"
