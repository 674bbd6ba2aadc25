"""Checks of the tables that measures take.

Knows: the columns of rows, and what stopping at consensus means for them.  Does not know: what is
measured.
"""

import re
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.engine.rows import NEVER, quorum_of

__all__ = [
    "agreed",
    "check_no_game",
    "check_rows",
    "check_stops",
    "largest_share",
    "quorum",
    "stopping",
]

_OF_AN_OPTION = re.compile(r"(p\d+_)?share_\d+")


def check_rows(table: pd.DataFrame, best: str | None = None) -> None:
    """Refuse what are not the rows of the runs of one system.

    Args:
        table: The rows.
        best: What is measured with the column optimal_share, in words; None where it is not needed.
    """
    if best:
        check_no_game(table, best)
    missing = {"RunId", "Step", "consensus"} - set(table.columns)
    missing |= {"optimal_share"} - set(table.columns) if best else set()
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


def check_no_game(table: pd.DataFrame, measured: str) -> None:
    """Refuse rows of a game, in which no option is the best by itself."""
    if "p0_payoff" in table or "p0_payoff_mean" in table:
        raise ValueError(
            f"table must not be of a game: {measured} needs a best option, and which option is the "
            "best depends on the other players"
        )


def check_stops(table: pd.DataFrame) -> None:
    """Refuse rows of runs that may have stopped between two of them."""
    if stopping(table) and (table.groupby("RunId")["Step"].diff().dropna() > 1.0).any():
        raise ValueError(
            "table must hold every step of runs with stop_if_end, or only the last: "
            "they stop in between"
        )


def stopping(table: pd.DataFrame) -> bool:
    """Whether the runs stop at consensus, or at a quorum."""
    if "stop_if_end" not in table:
        return False
    stops = table["stop_if_end"]
    return bool(stops.notna().all() and stops.all())


def quorum(table: pd.DataFrame, share: float | None = None) -> float:
    """The share of an option that counts as agreement in these rows.

    Args:
        table: Rows of one system.
        share: What the user asks for; None for that of the rows, which is `stop_if_end` where it is
            a number, else 1.

    Raises:
        ValueError, TypeError: A share that is not above 0 and at most 1; a larger one than that at
            which the runs stop; rows of several systems.
    """
    stops: set[Any] = set(table["stop_if_end"].dropna()) if "stop_if_end" in table else set()
    if len(stops) > 1:
        raise ValueError(
            f"table must be of one system; it has several values of stop_if_end: "
            f"{', '.join(map(str, stops))}"
        )
    at = min(quorum_of(value) for value in stops or {False})
    at = 1.0 if at == NEVER else at
    if share is None:
        return at
    wanted = quorum_of(1.0 if isinstance(share, bool) else share)
    if stopping(table) and wanted > at:
        raise ValueError(f"share must be at most that at which the runs stop, not {share!r}")
    return wanted


def agreed(table: pd.DataFrame, share: float) -> "pd.Series[bool]":
    """Whether an option has this share, by row; a share of 1 is the column `consensus`."""
    if share == 1.0:
        return table["consensus"].astype(bool)
    return largest_share(table) >= share


def largest_share(table: pd.DataFrame) -> "pd.Series[float]":
    """The largest share of an option, by row; bees without an option do not count as one.

    In a game it is that of the player for which it is smallest: a quorum is one of each player.

    Raises:
        ValueError: The rows have no shares.
    """
    players: dict[str, list[str]] = {}
    for name in map(str, table):
        if match := _OF_AN_OPTION.fullmatch(name):
            players.setdefault(match[1] or "", []).append(name)
    if not players:
        raise ValueError("table must have the columns share_0, share_1 and so on for a quorum")
    largest = [table[names].to_numpy(float).max(axis=1) for names in players.values()]
    return pd.Series(np.min(largest, axis=0), table.index)
