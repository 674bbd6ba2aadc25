"""One table of the tables of a study's units.

Knows: the order of the rows and columns.  Does not know: where the tables come from.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from hivemind_abm.studies.cells import shown_arguments

__all__ = ["Places", "assemble", "joined"]


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


def assemble(study: Mapping[str, Any], tables: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """The tables of units as one, in the order of the cells and runs.

    Args:
        study: The study as plain data.
        tables: The names of the units with their tables.
    """
    places = Places(study)
    ordered = sorted(tables, key=lambda item: places.order(item[0]))
    return joined(study, [places.labelled(name, table) for name, table in ordered])


def joined(study: Mapping[str, Any], tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Labelled tables as one: cell, model and the cells' arguments first.

    Args:
        study: The study as plain data.
        tables: In the order of the cells and runs, each cell's once.  A cell that the study has
            several times has its rows as often.
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
