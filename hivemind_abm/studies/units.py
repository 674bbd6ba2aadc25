"""The units of work of a study: some runs of one cell, as plain data.

Knows: how the runs of a cell are cut into units, and how one unit is run.
Does not know: where units are run, and what happens to their tables.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.studies.cells import MODELS, Cell, Size, model_arguments
from hivemind_abm.studies.ensemble import counts_of_runs, ensemble
from hivemind_abm.studies.runs import record_interval

__all__ = ["COUNTS", "Unit", "cut", "run_unit"]

COUNTS = "counts"  # what is kept of a unit that is a part of a summary
_WORK = 2e7  # bee-steps or pulls of one unit: about a second
_PARTS = 256  # units of a summary, at most
_ENTRIES = 2**26  # numbers in the counts of all units of a summary, about


@dataclass(frozen=True)
class Unit:
    """Some runs of one cell: plain data, so that any process with this package can run it.

    Attributes:
        cell: The identity of the cell.
        model: The name of the model.
        arguments: The arguments of the model.
        entropy: The entropy of the cell's seed.
        spawn_key: The spawn key of the cell's seed; run k has one more number in it, k.
        first_run: The number of the first run.
        runs: How many.
        steps: Steps per run.
        keep: As for `ensemble`, or `COUNTS`.
        record_every: As for `ensemble`.
    """

    cell: str
    model: str
    arguments: dict[str, Any]
    entropy: Any
    spawn_key: tuple[int, ...]
    first_run: int
    runs: int
    steps: int
    keep: str
    record_every: int | None

    @property
    def name(self) -> str:
        """A stable name; the names of a cell's units sort in the order of its runs."""
        return f"{self.cell}-{self.first_run:09d}"


def cut(
    cell: Cell,
    name: str,
    size: Size,
    seed: RunSeed,
    runs: int,
    steps: int,
    keep: str,
    record_every: int | None,
) -> Iterator[Unit]:
    """The units of one cell; a summary is one unit, unless it is streamed.

    Args:
        cell: One of `plain_cells`.
        name: Its identity.
        size: What it costs.
        seed: The study's seed.
        runs: Runs of the cell.
        steps: Steps per run.
        keep: As for `ensemble`.
        record_every: As for `ensemble`.
    """
    arguments = model_arguments(cell)
    number = min(runs, max(1, round(_WORK / max(1, size.work * max(1, steps)))))
    if keep == "summary":
        number = _runs_of_summary(size, number, runs, steps, record_every)
        keep = keep if number == runs else COUNTS
    for first in range(0, runs, number):
        yield Unit(
            cell=name,
            model=cell["model"],
            arguments=arguments,
            entropy=seed.entropy,
            spawn_key=(*seed.spawn_key, int(name, 16)),
            first_run=first,
            runs=min(number, runs - first),
            steps=steps,
            keep=keep,
            record_every=record_every,
        )


def _runs_of_summary(
    size: Size, number: int, runs: int, steps: int, record_every: int | None
) -> int:
    """The runs of a unit of a summary: `number`, or as many more as make the counts few."""
    rows = len(range(0, steps + 1, record_interval(steps, record_every)))
    if not size.needs.streams(runs, rows):
        return runs
    most = min(_PARTS, max(1, _ENTRIES // size.needs.entries(runs, rows)))
    return max(number, math.ceil(runs / most))


def run_unit(unit: Unit) -> pd.DataFrame:
    """Run one unit of work on one core.

    Returns:
        The table of `ensemble` without rng and without the model's arguments; for `COUNTS` that of
        `counts_of_runs`.
    """
    arguments: dict[str, Any] = {
        "runs": unit.runs,
        "steps": unit.steps,
        "seed": RunSeed(unit.entropy, spawn_key=unit.spawn_key),
        "first_run": unit.first_run,
        "record_every": unit.record_every,
        "threads": 1,
    }
    model = MODELS[unit.model]
    if unit.keep == COUNTS:
        return counts_of_runs(model, unit.arguments, **arguments)
    table = ensemble(model, unit.arguments, keep=unit.keep, with_rng=False, **arguments)
    return table.drop(columns=[name for name in unit.arguments if name in table])
