"""Which rows of a long record are shown, also while it grows.

Knows: how rows are spaced.  Does not know: what is in them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

__all__ = ["csv_of", "places_of", "rows_of"]


def places_of(rows: int, most: int | None = None, looked: int | None = None) -> list[int]:
    """The places of some rows: evenly spaced ones from the first on, and the last one.

    Args:
        rows: How many rows there are.
        most: How many evenly spaced ones are wanted, at most; None for all.
        looked: A place that is wanted too, or the last one if there are fewer rows.
    """
    if rows == 0:
        return []
    last, every = rows - 1, 1 if most is None else -(-rows // most)
    return sorted({*range(0, rows, every), last, last if looked is None else min(looked, last)})


def rows_of(
    columns: Mapping[str, Sequence[Any]],
    most: int | None = None,
    looked: int | None = None,
    last: int | None = None,
) -> pd.DataFrame:
    """Some rows of a record as a table; the index is the step.

    Where another thread adds a row meanwhile, only rows that are complete count.

    Args:
        columns: The values of each column, one per step.
        most: As in `places_of`.
        looked: As in `places_of`.
        last: The last step that counts; None for all.
    """
    rows = min(len(values) for values in columns.values())
    places = places_of(rows if last is None else min(rows, last + 1), most, looked)
    table = {name: [values[place] for place in places] for name, values in columns.items()}
    return pd.DataFrame(table, index=places)


def csv_of(columns: Mapping[str, Sequence[Any]]) -> str:
    """All complete rows of a record, as the commands write them."""
    return rows_of(columns).to_csv(index_label="step", lineterminator="\n")
