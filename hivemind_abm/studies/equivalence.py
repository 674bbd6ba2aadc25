"""How equal each swarm or learner of a figure is to its replicator, from the figure's table.

Knows: which replicator theory gives a process, and what to say about their distance.
Does not know: how the table was made, or how it is drawn.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from hivemind_abm.hives.names import RULES
from hivemind_abm.learners.names import LEARNERS
from hivemind_abm.studies.distance import Distance, distance, verdict

__all__ = ["equivalence", "in_words", "process_of", "replicators_by_process"]

_DECIMALS = 6  # of the numbers in the report
_SHARE = "share"  # what the measure is called in the tables that are compared


def equivalence(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Compare each swarm or learner of a figure with its replicator.

    Its replicator is the one that theory gives it (`replicators_by_process`).  Where theory gives
    none, or that one is not drawn, each replicator in the same panel is compared.

    Args:
        table: As `hivemind reproduce` writes it (see `run_cells` for the columns).  A curve of one
            run counts as exact: it is a replicator.

    Returns:
        For each system and replicator a dict, plain data for a JSON file: row, column, curve, runs,
        replicator (None where none is drawn); as_is, the distance of the means (see `Distance`),
        and limit, the same without the shift of finite size, where the table has the system at half
        its size; verdict; consensus_time, the times by which 5, 50 and 95 % of the runs are in
        consensus (None: not by the end); wrong_consensus, the share of runs that are in consensus
        on a wrong option; and words, all that as text.
    """
    systems = []
    curves = table[table["kind"] != "histogram"]
    for (row, column), panel in curves.groupby(["row", "column"], sort=False):
        place = {"row": row, "column": column}
        systems += [place | system for system in _systems_of(panel)]
    return [system | {"words": in_words(system)} for system in systems]


def process_of(curve: str) -> str:
    """The process that a curve shows: what stands before the first comma of its name."""
    return curve.split(",")[0]


def replicators_by_process() -> dict[str, str]:
    """The replicator that theory gives each listed rule and learner, by the process's symbol."""
    rules = [(rule.symbol, rule().dynamic) for rule in RULES.values()]
    learners = [(learner.symbol, learner().dynamic) for learner in LEARNERS.values()]
    return {symbol: dynamic for symbol, dynamic in rules + learners if dynamic is not None}


def in_words(system: Mapping[str, Any]) -> str:
    """An entry of the report in a line."""
    parts = (system["curve"], system["row"], system["column"])
    name = ", ".join(str(part) for part in parts if part)
    words = f"{name}: {_distance_in_words(system)}"
    if system["consensus_time"]["median"] is not None:
        words += f"; half in consensus by {system['consensus_time']['median']:g}"
    if system["wrong_consensus"] > 0.0:
        words += f"; {100 * system['wrong_consensus']:.1f} % on a wrong option"
    return words


def _systems_of(panel: pd.DataFrame) -> list[dict[str, Any]]:
    """The entries of the systems in one panel."""
    parts = {
        tuple(map(str, key)): rows.reset_index(drop=True)
        for key, rows in panel.groupby(["kind", "curve"], sort=False)
    }
    curves = {curve: rows for (kind, curve), rows in parts.items() if kind == "curve"}
    exact = {process_of(curve): rows for curve, rows in curves.items() if _is_exact(rows)}
    systems = []
    for curve, rows in curves.items():
        if _is_exact(rows):
            continue
        for name in _replicators(curve, exact):
            runs = int(rows["runs"].iloc[0])
            system: dict[str, Any] = {"curve": curve, "runs": runs, "replicator": name}
            if name is not None:
                system |= _how_equal(rows, exact[name], parts.get(("half", curve)))
            systems.append(system | _consensus(rows))
    return systems


def _is_exact(rows: pd.DataFrame) -> bool:
    return bool((rows["runs"] == 1).all())


def _replicators(curve: str, drawn: Iterable[str]) -> list[str] | list[None]:
    """The replicators among those drawn with which a curve is compared, or [None]."""
    names = list(drawn)
    replicator = replicators_by_process().get(process_of(curve))
    if replicator is not None and replicator in names:
        return [replicator]
    return names or [None]


def _how_equal(
    rows: pd.DataFrame, exact: pd.DataFrame, half: pd.DataFrame | None
) -> dict[str, Any]:
    first, second = _as_summary(rows), _as_summary(exact)
    as_is, limit = distance(first, second, _SHARE), None
    if half is not None:
        limit = distance(first, second, _SHARE, halved=(_as_summary(half), None))
    return {
        "as_is": _as_data(as_is),
        "limit": None if limit is None else _as_data(limit),
        "verdict": verdict(as_is, limit),
    }


def _as_summary(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[["runs"]].assign(step=rows["time"], share_mean=rows["mean"], share_std=rows["std"])


def _as_data(result: Distance) -> dict[str, float]:
    names = ("rms", "rms_error", "greatest", "greatest_error")
    numbers = {name: round(getattr(result, name), _DECIMALS) for name in names}
    return numbers | {"at_time": result.at_step}


def _consensus(rows: pd.DataFrame) -> dict[str, Any]:
    times: dict[str, float | None] = {}
    for name, share in (("q05", 0.05), ("median", 0.5), ("q95", 0.95)):
        reached = rows.loc[rows["consensus"] >= share, "time"]
        times[name] = float(reached.iloc[0]) if len(reached) else None
    wrong = round(float(rows["wrong_consensus"].iloc[-1]), _DECIMALS)
    return {"consensus_time": times, "wrong_consensus": wrong}


def _distance_in_words(system: Mapping[str, Any]) -> str:
    replicator = system["replicator"]
    if replicator is None:
        return "no replicator beside it"
    as_is, limit, result = system["as_is"], system["limit"], system["verdict"]
    rms = f"rms {as_is['rms']:.4f} +- {as_is['rms_error']:.4f}"
    if result == "too few runs to tell":
        return f"too few runs to tell it from {replicator}: {rms}"
    if result == "not equal":
        greatest = f"at most {as_is['greatest']:.3f} apart, at time {as_is['at_time']:g}"
        return f"not {replicator}: {rms}, {greatest}"
    if limit is not None and result != "equal within error":
        rms += f", without its shift {limit['rms']:.4f} +- {limit['rms_error']:.4f}"
    return f"equal to {replicator} {result.removeprefix('equal ')} ({rms})"
