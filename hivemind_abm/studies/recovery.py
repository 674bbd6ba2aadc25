"""How soon runs follow when another option becomes the best.

Knows: the tables of `ensemble` and `mesa.batch_run`, and the steps of the changes.
Does not know: which model the runs are of.
"""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm import checks
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.registry import build_part
from hivemind_abm.studies.best_now import change_steps, follows_the_step
from hivemind_abm.studies.checked_rows import check_rows

__all__ = ["recovery_times"]


def recovery_times(
    table: pd.DataFrame, bandit: Any = None, *, changes: Any = None, share: float = 0.8
) -> pd.DataFrame:
    """How many steps after each change the best option has this share again.

    A change is a row from which on another option is the best.  Steps are counted from this row to
    the first recorded row with optimal_share of at least `share`, before the next change.

    Args:
        table: Rows of `ensemble(keep="rows")` or `mesa.batch_run`, of runs that do not stop.
        bandit: The bandit, as for `Hive`, where its rewards depend on the step alone, such as
            `BanditSwitching`.
        changes: In place of a bandit: the steps of the changes.
        share: The share that counts as recovered, above 0 and at most 1.

    Returns:
        One row per run and change, with the columns RunId, change (the step), and steps: NaN where
        the share is not reached before the next change or the last row.

    Raises:
        ValueError, TypeError: Rows of more than one system, of a game, or of runs with
            `stop_if_end`; a bandit that changes at random; neither a bandit nor changes, or both.

    Example:
        `recovery_times(rows, BanditSwitching(period=50))["steps"].mean()`
    """
    check_rows(table, best="recovery")
    checks.number("share", share, 0.0, 1.0, above=True)
    if "stop_if_end" in table and table["stop_if_end"].any():
        raise ValueError("table must be of runs without stop_if_end: those that stop never recover")
    last_step = int(table["Step"].max()) if len(table) else 0
    starts = [step for step in _change_steps(bandit, changes, last_step) if step <= last_step]
    recovered = table.loc[table["optimal_share"] >= share, ["RunId", "Step"]]
    columns = {}
    for start, end in pairwise([*starts, math.inf]):
        inside = recovered[(recovered["Step"] >= start) & (recovered["Step"] < end)]
        columns[start] = inside.groupby("RunId")["Step"].min() - start
    runs = pd.Index(np.sort(table["RunId"].unique()), name="RunId")
    times = pd.DataFrame(columns, index=runs, columns=pd.Index(starts, name="change"), dtype=float)
    long = times.reset_index().melt("RunId", value_name="steps")
    long = long.astype({"change": np.int64})
    return long.sort_values(["RunId", "change"], ignore_index=True)


def _change_steps(bandit: Any, changes: Any, last_step: int) -> list[int]:
    """The arguments `bandit` and `changes` of `recovery_times` as increasing steps."""
    if (bandit is None) == (changes is None):
        raise ValueError("give either bandit or changes, the steps at which the best changes")
    if changes is not None:
        return sorted({checks.whole_number("changes", step, 0) for step in changes})
    instance = build_part(find_bandit(bandit))
    if not follows_the_step(instance):
        raise ValueError(
            f"changes must be given, because those of {type(instance).__name__} differ between runs"
        )
    return change_steps(instance, last_step)
