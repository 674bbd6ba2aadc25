"""Checks of the tables that measures take.

Knows: the columns of rows, and what stopping at consensus means for them.  Does not know: what is
measured.
"""

import pandas as pd

__all__ = ["check_rows", "check_stops", "stopping"]


def check_rows(table: pd.DataFrame) -> None:
    """Refuse what are not the rows of the runs of one system."""
    missing = {"RunId", "Step", "consensus", "optimal_share"} - set(table.columns)
    if missing:
        raise ValueError(
            "table must be rows of ensemble or mesa.batch_run; "
            f"it lacks {', '.join(sorted(missing))}"
        )
    if table.duplicated(["RunId", "Step"]).any():
        raise ValueError(
            "table must have one row per run and step; it has several, of more than one system "
            "perhaps"
        )


def check_stops(table: pd.DataFrame) -> None:
    """Refuse rows of runs that may have stopped between two of them."""
    if stopping(table) and (table.groupby("RunId")["Step"].diff().dropna() > 1.0).any():
        raise ValueError(
            "table must hold every step of runs with stop_if_end=True, or only the last: "
            "they stop in between"
        )


def stopping(table: pd.DataFrame) -> bool:
    """Whether the runs stop at consensus."""
    return "stop_if_end" in table and bool(table["stop_if_end"].all())
