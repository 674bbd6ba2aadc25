"""The table of an ensemble's statistics, computed while the runs are stepped.

Knows: the statistics over the runs of each recorded step, and how many rows are held at once.
Does not know: what the measures mean, except for the consensus.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.engine.rows import Batch
from hivemind_abm.studies.columns import CONSENSUS, OPTIMAL_SHARE, Columns
from hivemind_abm.studies.runs import Runner, Runs

__all__ = ["QUANTILES", "STATISTICS", "statistics", "summary_table"]

QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
STATISTICS = ("mean", "std", *QUANTILES)
_PART = 2**20  # bytes of rows that a thread goes through at once
_FLOAT = 8  # bytes


def summary_table(
    runs: Runs, names: Sequence[str], runner: Runner, buffer_bytes: int
) -> pd.DataFrame:
    """The statistics over all runs, one row per recorded step.

    All runs go from block to block of recorded steps together, so that the statistics of a block
    need no other block.  They are all in memory at once, about 20 bytes per bee.

    Args:
        runs: What is run.
        names: The measures.
        runner: The threads.
        buffer_bytes: Bytes of rows that are held at once for their statistics.  The numbers do not
            depend on it.

    Returns:
        Columns step and runs, NAME_STATISTIC for each measure and each of `STATISTICS`, and
        consensus_mean and, where the model has an optimal_share, wrong_consensus_mean.
    """
    chunks, recorded = runs.chunks, runs.recorded_steps
    batches = list(runner.map(runs.settings.batch, chunks))
    block = _Block(runs, names, buffer_bytes)
    curves: list[dict[str, np.ndarray]] = []
    consensus: list[dict[str, np.ndarray]] = []
    for first in range(0, len(recorded), block.capacity):
        steps = recorded[first : first + block.capacity]
        block.fill(batches, steps, runner)
        curves += runner.map(statistics, block.parts(len(steps)))
        consensus.append(block.consensus(len(steps)))
    table: dict[str, Any] = {"step": np.array(recorded), "runs": len(runs)}
    whole = {name: np.concatenate([part[name] for part in curves]) for name in STATISTICS}
    for column, name in enumerate(names):
        table |= {f"{name}_{statistic}": whole[statistic][:, column] for statistic in STATISTICS}
    for name in consensus[0]:
        table[name] = np.concatenate([part[name] for part in consensus])
    return pd.DataFrame(table)


def statistics(values: np.ndarray) -> dict[str, np.ndarray]:
    """Statistics over the runs.

    The standard deviation has the denominator R - 1, and is 0 for one run.  The quantiles are
    interpolated linearly, as those of NumPy.

    Args:
        values: Shape (rows, columns, R).

    Returns:
        For each of `STATISTICS` an array, shape (rows, columns).
    """
    runs = values.shape[-1]
    # Sorted once for all quantiles: np.quantile takes several times as long.
    ordered = np.sort(values, axis=-1)
    place = np.array(list(QUANTILES.values())) * (runs - 1)
    low = place.astype(np.int64)
    below, above = ordered[..., low], ordered[..., np.minimum(low + 1, runs - 1)]
    quantiles = below + (above - below) * (place - low)
    mean = values.mean(axis=-1)
    std = values.std(axis=-1, ddof=1, mean=mean[..., None]) if runs > 1 else np.zeros(mean.shape)
    # Rounding would give runs that are all alike another mean, and a deviation.
    alike = ordered[..., 0] == ordered[..., -1]
    mean[alike], std[alike] = values[alike, 0], 0.0
    by_quantile = dict(zip(QUANTILES, np.moveaxis(quantiles, -1, 0), strict=True))
    return {"mean": mean, "std": std} | by_quantile


class _Block:
    """The rows of all runs at some recorded steps.

    Attributes:
        capacity: The most rows that it holds.
        values: The measures, shape (capacity, columns, R).
        optimal_shares: The optimal share, shape (capacity, R); None in a model without one.
        ended: 1.0 in consensus, shape (capacity, R).
    """

    def __init__(self, runs: Runs, names: Sequence[str], buffer_bytes: int) -> None:
        self._runs = runs
        known = runs.settings.columns
        further = [name for name in (OPTIMAL_SHARE, CONSENSUS) if name in known]
        self._columns = Columns.of([*names, *further], known)
        row_bytes = _FLOAT * len(runs) * len(self._columns.names)
        self.capacity = min(max(1, buffer_bytes // row_bytes), len(runs.recorded_steps))
        self._rows_per_part = max(1, _PART // row_bytes)
        self._buffer = np.empty((self.capacity, len(self._columns.names), len(runs)))
        self.values, self.ended = self._buffer[:, : len(names)], self._buffer[:, -1]
        self.optimal_shares = self._buffer[:, -2] if OPTIMAL_SHARE in further else None

    def fill(self, batches: Sequence[Batch], steps: range, runner: Runner) -> None:
        """Measure the batches at these steps; they go on to the recorded step that follows."""
        last_step = self._runs.recorded_steps[-1]
        ends = np.cumsum([len(batch.running) for batch in batches])

        def fill_runs(index: int) -> None:
            batch = batches[index]
            target = self._buffer[:, :, ends[index] - len(batch.running) : ends[index]]
            self._columns.write(batch.rows.values, target[0])
            row = 1
            for rows in runner.record(batch, len(steps) - 1, self._runs.record_every):
                for values in rows:
                    self._columns.write(values, target[row])
                    row += 1
            if steps[-1] != last_step:
                runner.advance(batch, self._runs.record_every)

        list(runner.map(fill_runs, range(len(batches))))

    def parts(self, rows: int) -> Iterator[np.ndarray]:
        """The measures of the first rows, in parts for the threads."""
        for first in range(0, rows, self._rows_per_part):
            yield self.values[first : min(first + self._rows_per_part, rows)]

    def consensus(self, rows: int) -> dict[str, np.ndarray]:
        """The shares of runs in consensus and in a wrong one, in the first rows, shape (rows,)."""
        ended = self.ended[:rows] != 0.0
        if self.optimal_shares is None:
            return {"consensus_mean": ended.mean(axis=1)}
        wrong = ended & (self.optimal_shares[:rows] < 0.5)
        return {"consensus_mean": ended.mean(axis=1), "wrong_consensus_mean": wrong.mean(axis=1)}
