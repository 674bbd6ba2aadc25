"""The units of work of a study: some runs of one cell, as plain data.

Knows: how the runs of a cell are cut into units, and how one unit is run.
Does not know: where units are run, and what happens to their tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.studies.cells import MODELS, Cell, model_arguments
from hivemind_abm.studies.ensemble import ensemble

__all__ = ["Unit", "cut", "run_unit"]

_WORK = 2e7  # bee-steps or pulls of one unit: about a second


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
        keep: As for `ensemble`.
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
    work: int,
    seed: RunSeed,
    runs: int,
    steps: int,
    keep: str,
    record_every: int | None,
) -> Iterator[Unit]:
    """The units of one cell; a summary is one unit, because it needs all runs at once.

    Args:
        cell: One of `plain_cells`.
        name: Its identity.
        work: The cost of one step of one run, in bee-steps.
        seed: The study's seed.
        runs: Runs of the cell.
        steps: Steps per run.
        keep: As for `ensemble`.
        record_every: As for `ensemble`.
    """
    arguments = model_arguments(cell)
    size = runs
    if keep != "summary":
        size = max(1, min(runs, round(_WORK / max(1, work * max(1, steps)))))
    for first in range(0, runs, size):
        yield Unit(
            cell=name,
            model=cell["model"],
            arguments=arguments,
            entropy=seed.entropy,
            spawn_key=(*seed.spawn_key, int(name, 16)),
            first_run=first,
            runs=min(size, runs - first),
            steps=steps,
            keep=keep,
            record_every=record_every,
        )


def run_unit(unit: Unit) -> pd.DataFrame:
    """Run one unit of work on one core.

    Returns:
        The table of `ensemble` without rng and without the model's arguments.
    """
    table = ensemble(
        MODELS[unit.model],
        unit.arguments,
        runs=unit.runs,
        steps=unit.steps,
        seed=RunSeed(unit.entropy, spawn_key=unit.spawn_key),
        first_run=unit.first_run,
        keep=unit.keep,
        record_every=unit.record_every,
        with_rng=False,
        threads=1,
    )
    return table.drop(columns=[name for name in unit.arguments if name in table])
