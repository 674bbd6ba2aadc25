"""How long a study takes, from short trials.

Knows: which cells cost about the same per unit of work.
Does not know: how a study is run.
"""

import time
from collections.abc import Sequence
from typing import Any

from hivemind_abm.studies.cells import MODELS, Cell, Size, model_arguments
from hivemind_abm.studies.ensemble import ensemble

__all__ = ["core_seconds"]

# Cells alike in these cost the same.
_KIND = ("model", "rule", "learner", "dynamic", "bandit", "updating", "game", "players", "match")
_TRIALS = 8  # kinds that are tried
_STEPS = 40  # of a trial, at most
_WORK = 200_000  # of a trial, about


def core_seconds(cells: Sequence[tuple[Cell, Size]], runs: int, steps: int) -> float:
    """Seconds that runs of these cells take on one core, roughly, without compiling.

    Args:
        cells: Those of `plain_cells`, with their sizes.
        runs: Runs of a cell with chance in it.
        steps: Steps per run.
    """
    total = 0.0
    costs: dict[tuple[Any, ...], float] = {}
    for cell, size in cells:
        kind = tuple(str(cell.get(name)) for name in _KIND)
        if kind not in costs and len(costs) < _TRIALS:
            costs[kind] = _cost(cell, size, runs, max(1, min(steps, _STEPS)))
        cost = costs.get(kind, max(costs.values()))
        cell_runs = 1 if size.deterministic else runs
        total += cost * size.work * max(1, steps) * cell_runs
    return total


def _cost(cell: Cell, size: Size, runs: int, steps: int) -> float:
    """Seconds per unit of work of a cell."""
    work, trial_runs = size.work, 1
    if not size.deterministic:
        trial_runs = max(2, min(runs, _WORK // (work * steps) + 1))
    seconds = 0.0
    for _ in range(2):  # the first one compiles
        start = time.perf_counter()
        ensemble(
            MODELS[cell["model"]],
            model_arguments(cell),
            runs=trial_runs,
            steps=steps,
            seed=0,
            keep="last",
            threads=1,
        )
        seconds = time.perf_counter() - start
    return seconds / (work * steps * trial_runs)
