"""The cells of a figure's study, run and laid out in one long table.

Knows: what a cell may hold, and the columns of the table.
Does not know: how a table is drawn.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.app.figures.drift_cells import DRIFT_MODEL, drift_curve
from hivemind_abm.app.figures.game_cells import (
    CONTINUOUS_MODEL,
    GAME_MODEL,
    continuous_path,
    played_paths,
)
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.seeds import RunSeed, seed_sequence
from hivemind_abm.registry import build_parts
from hivemind_abm.studies.cells import MODELS
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.studies.measures import reward_histogram

__all__ = ["arguments_of", "read_table", "run_cells"]

_PLACE = ("row", "column", "curve")  # where a cell's curve goes
_NOT_ARGUMENTS = (*_PLACE, "model", "steps", "rate", "record_every", "half")
_COLUMNS = (*_PLACE, "kind", "step", "time", "runs")  # the first of the table
_PULLS, _BINS = 20_000, 50  # of a histogram of rewards
_DECIMALS = 9  # of times


def run_cells(
    cells: Sequence[dict[str, Any]], *, runs: int, seed: int | str, progress: bool = False
) -> pd.DataFrame:
    """Run cells and lay out their optimal shares, rewards or paths in one long table.

    Args:
        cells: Plain dicts.  "model" is Hive, LearnerModel or ReplicatorModel; "row", "column" and
            "curve" say where the curve goes; "steps" are its steps.  Optional are "rate" (the time
            that a step takes, 1) and "record_every".  "half" holds what is different in the same
            system at half its size: its curve is not drawn, but lets the report remove the effect
            of finite size.  All else are the model's own arguments.
            With "model": "Rewards" a cell is a histogram of rewards instead, with "bandit",
            "shares" and "option".  A cell of a GameModel gives the paths of its players
            (`game_cells`), as does one of CoupledReplicators with "game", "dynamics" and
            "initial_shares".  One with "model": "Drift" gives the drift of a "rule" or the step of
            a "learner" over the share of the best of two options (`drift_cells`).
        runs: Runs of each cell that has chance in it.
        seed: Names the study.  A cell's runs get it with a key made of the cell itself, so they do
            not depend on other cells.
        progress: Show a progress bar.

    Returns:
        Columns row, column, curve, kind ("curve", "half", "histogram" or "drift"), step, time,
        runs; mean, std, q05, q50 and q95 of optimal_share; consensus and wrong_consensus, the
        shares of runs that are in it.  In a histogram time is the reward and mean its density.  For
        games, kind is "run" or "mean", and after runs are the shares of each player, p0_share_0 and
        so on.
    """
    half_runs = max(2, runs // 4)  # few, because they only serve to measure a small shift
    jobs = [(cell, "curve", runs) for cell in cells]
    jobs += [(cell | cell["half"], "half", half_runs) for cell in cells if "half" in cell]
    tables = [_run_cell(*job, seed, progress) for job in jobs]
    table = pd.concat(tables, ignore_index=True)
    return table[[*_COLUMNS, *(column for column in table if column not in _COLUMNS)]]


def read_table(file: str | Path) -> pd.DataFrame:
    """The table of a figure, NAME.csv, as its `draw` takes it."""
    table = pd.read_csv(file)
    return table.assign(
        **{place: table[place].astype(object).where(table[place].notna(), "") for place in _PLACE}
    )


def arguments_of(cell: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a cell's model: what is left without the cell's own entries."""
    return {key: value for key, value in cell.items() if key not in _NOT_ARGUMENTS}


def _run_cell(
    cell: Mapping[str, Any], kind: str, runs: int, seed: int | str, progress: bool
) -> pd.DataFrame:
    parameters = arguments_of(cell)
    place = {name: cell[name] for name in _PLACE}
    identity = json.dumps([cell["model"], parameters], sort_keys=True, default=str)
    cell_seed = seed_sequence(seed, "seed").named(identity)
    if cell["model"] == "Rewards":
        return _rewards(parameters, cell_seed).assign(**place)
    if cell["model"] == DRIFT_MODEL:
        return drift_curve(parameters, cell_seed).assign(**place)
    clock = {"steps": cell["steps"], "rate": cell.get("rate", 1.0)}
    if cell["model"] == CONTINUOUS_MODEL:
        return continuous_path(**parameters, **clock).assign(**place)
    if cell["model"] == GAME_MODEL:
        every = cell.get("record_every")
        return played_paths(
            parameters, runs=runs, seed=cell_seed, record_every=every, progress=progress, **clock
        ).assign(**place)
    summary = ensemble(
        MODELS[cell["model"]],
        parameters,
        runs=1 if cell["model"] == "ReplicatorModel" else runs,
        steps=cell["steps"],
        seed=cell_seed,
        record_every=cell.get("record_every"),
        measures=["optimal_share"],
        progress=progress,
    )
    table = summary[["step", "runs"]].assign(
        kind=kind, time=np.round(summary["step"] * cell.get("rate", 1.0), _DECIMALS), **place
    )
    for statistic in ("mean", "std", "q05", "q50", "q95"):
        table[statistic] = summary[f"optimal_share_{statistic}"]
    return table.assign(
        consensus=summary["consensus_mean"], wrong_consensus=summary["wrong_consensus_mean"]
    )


def _rewards(parameters: Mapping[str, Any], seed: RunSeed) -> pd.DataFrame:
    """The histogram of an option's rewards at fixed shares."""
    fixed = ("bandit", "shares", "option")
    fields = {key: value for key, value in parameters.items() if key not in fixed}
    (bandit,) = build_parts([find_bandit(parameters["bandit"])], fields, [])
    optimal = parameters["shares"] == "optimal"
    shares = np.array(bandit.optimal_shares() if optimal else parameters["shares"], float)
    middles, density = reward_histogram(bandit, parameters["option"], shares, seed, _PULLS, _BINS)
    return pd.DataFrame(
        {
            "kind": "histogram",
            "step": np.arange(_BINS),
            "time": middles,
            "runs": _PULLS,
            "mean": density,
        }
    )
