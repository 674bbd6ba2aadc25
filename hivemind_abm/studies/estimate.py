"""How long a study takes, from short trials.

Knows: which cells cost about the same per unit of work.
Does not know: how a study is run.
"""

import time
from collections.abc import Sequence
from typing import Any

from hivemind_abm.studies.cells import MODELS, Cell, model_arguments, model_settings
from hivemind_abm.studies.ensemble import ensemble

__all__ = ["core_seconds"]

_KIND = ("model", "rule", "learner", "dynamic", "bandit")  # cells alike in these cost the same
_TRIALS = 8  # kinds that are tried
_STEPS = 40  # of a trial, at most
_WORK = 200_000  # of a trial, about


def core_seconds(cells: Sequence[Cell], runs: int, steps: int) -> float:
    """Seconds that runs of these cells take on one core, roughly, without compiling.

    Args:
        cells: Those of `checked_cells`.
        runs: Runs of a cell with chance in it.
        steps: Steps per run.
    """
    total = 0.0
    costs: dict[tuple[Any, ...], float] = {}
    for cell in cells:
        kind = tuple(cell.get(name) for name in _KIND)
        if kind not in costs and len(costs) < _TRIALS:
            costs[kind] = _cost(cell, runs, max(1, min(steps, _STEPS)))
        cost = costs.get(kind, max(costs.values()))
        settings = model_settings(cell)
        cell_runs = 1 if settings.deterministic else runs
        total += cost * settings.work * max(1, steps) * cell_runs
    return total


def _cost(cell: Cell, runs: int, steps: int) -> float:
    """Seconds per unit of work of a cell."""
    settings = model_settings(cell)
    work, trial_runs = settings.work, 1
    if not settings.deterministic:
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
