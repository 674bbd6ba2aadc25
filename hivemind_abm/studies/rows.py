"""The table of an ensemble's rows: one per run and recorded step, or the last one of each run.

Knows: the columns of `pandas.DataFrame(mesa.batch_run(...))`, and when a run has no more rows.
Does not know: what the measures mean.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hivemind_abm.engine.seeds import RunSeeds
from hivemind_abm.studies.columns import CONSENSUS, Columns
from hivemind_abm.studies.runs import STRIDE, Runner, Runs

__all__ = ["last_table", "rows_table"]


class _Rows(NamedTuple):
    """Rows of runs.

    Attributes:
        values: The measures, shape (rows, columns).
        run: The place of each row's run among the runs, shape (rows,).
        step: The step of each row, shape (rows,).
    """

    values: np.ndarray
    run: np.ndarray
    step: np.ndarray


def rows_table(
    runs: Runs, parameters: Mapping[str, Any], runner: Runner, with_rng: bool
) -> pd.DataFrame:
    """One row per run and recorded step, up to the step at which a run stopped.

    Args:
        runs: What is run.
        parameters: The model's arguments, a column each.
        runner: The threads.
        with_rng: Whether there is a column rng, the seed of each row's run.

    Returns:
        Columns RunId, iteration, Step, the parameters, rng if wanted, and the measures.
    """
    return _table(_recorded_rows, runs, parameters, runner, with_rng)


def last_table(
    runs: Runs, parameters: Mapping[str, Any], runner: Runner, with_rng: bool
) -> pd.DataFrame:
    """As `rows_table`, with the last step of each run only."""
    return _table(_last_rows, runs, parameters, runner, with_rng)


def _recorded_rows(chunk: RunSeeds, runs: Runs, runner: Runner) -> _Rows:
    batch, columns = runs.settings.batch(chunk), Columns.all(runs.settings.columns)
    pieces = [columns.rows(batch.rows.values)[np.newaxis]]
    for rows in runner.record(batch, len(runs.recorded_steps) - 1, runs.record_every):
        pieces.append(columns.rows(rows))
        if not batch.running.any():
            break
    values = np.concatenate(pieces).swapaxes(0, 1)
    step = np.arange(values.shape[1]) * runs.record_every
    kept = step[None, :] <= batch.steps_done[:, None]
    return _Rows(values[kept], np.nonzero(kept)[0], np.broadcast_to(step, kept.shape)[kept])


def _last_rows(chunk: RunSeeds, runs: Runs, runner: Runner) -> _Rows:
    batch, columns = runs.settings.batch(chunk), Columns.all(runs.settings.columns)
    for step in range(0, runs.steps, STRIDE):
        if not batch.running.any():
            break
        runner.advance(batch, min(STRIDE, runs.steps - step))
    return _Rows(columns.rows(batch.rows.values), np.arange(len(chunk)), batch.steps_done.copy())


def _table(
    rows_of: Callable[[RunSeeds, Runs, Runner], _Rows],
    runs: Runs,
    parameters: Mapping[str, Any],
    runner: Runner,
    with_rng: bool,
) -> pd.DataFrame:
    chunks = runs.chunks
    pieces = list(runner.map(lambda chunk: rows_of(chunk, runs, runner), chunks))
    firsts = np.cumsum([0, *map(len, chunks)])[:-1]
    values = np.concatenate([piece.values for piece in pieces])
    run = np.concatenate([first + piece.run for first, piece in zip(firsts, pieces, strict=True)])
    step = np.concatenate([piece.step for piece in pieces])
    run_id = run + runs.seeds.numbers[0]
    table: dict[str, Any] = {"RunId": run_id, "iteration": run_id, "Step": step.astype(float)}
    table |= {name: _repeated(value, len(run)) for name, value in parameters.items()}
    if with_rng:
        seeds = np.empty(len(runs), object)
        seeds[:] = list(runs.seeds)
        table["rng"] = seeds[run]
    for column, name in enumerate(Columns.all(runs.settings.columns).names):
        table[name] = values[:, column] != 0.0 if name == CONSENSUS else values[:, column]
    return pd.DataFrame(table)


def _repeated(value: Any, rows: int) -> Any:
    """A column that holds the same value in each row; a sequence stands in it as it is."""
    if not isinstance(value, list | tuple) and np.ndim(value) == 0:
        return pd.Series([value]).repeat(rows).array
    return [value] * rows
