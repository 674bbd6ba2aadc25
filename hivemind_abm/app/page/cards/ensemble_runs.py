"""Many runs of one hive's settings, stepped a slice at a time, as mean and band of each column.

Knows: how runs are cut into slices that a page can stop between, and what is kept of their rows.
Does not know: threads, or how the bands are shown.
"""

import time
from dataclasses import dataclass

import numpy as np

from hivemind_abm.engine.seeds import RunSeeds
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.settings import HiveSettings

__all__ = ["HIGH", "LOW", "Bands", "EnsembleRuns"]

LOW, HIGH = 0.1, 0.9  # quantiles over the runs
_LEFT_OUT = ("consensus", "kind_")  # columns without a curve on the page, by how they begin
_FEWEST = 20  # runs that give a band
_AT_ONCE = 32_768  # bees that are stepped together, so that they stay in the cache of a core
_BLOCK = 2**24  # bytes of the rows that are held at once
_SLICE, _INTERPRETED_SLICE = 0.1, 0.05  # seconds
_FASTER = 4  # times as many rows as in the slice before, at most


@dataclass(frozen=True)
class Bands:
    """Mean and quantiles over the runs, one row per step from row 0 on.

    Attributes:
        columns: The names of the columns.
        mean: Shape (rows, columns).
        low: The quantile `LOW`, shape (rows, columns).
        high: The quantile `HIGH`, shape (rows, columns).
    """

    columns: tuple[str, ...]
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, columns: tuple[str, ...], values: np.ndarray) -> "Bands":
        """Those of the values of some runs, shape (rows, columns, R).

        The quantiles are interpolated linearly, as those of NumPy.
        """
        ordered = np.sort(values, axis=-1)  # once for both; np.quantile takes several times as long

        def quantile(probability: float) -> np.ndarray:
            place = probability * (ordered.shape[-1] - 1)
            below = int(place)
            above = min(below + 1, ordered.shape[-1] - 1)
            low, high = ordered[..., below], ordered[..., above]
            return np.asarray(low + (high - low) * (place - below))

        return cls(columns, values.mean(axis=-1), quantile(LOW), quantile(HIGH))

    def followed_by(self, other: "Bands") -> "Bands":
        """These rows, and then those of the steps that follow."""
        return Bands(
            self.columns,
            np.concatenate([self.mean, other.mean]),
            np.concatenate([self.low, other.low]),
            np.concatenate([self.high, other.high]),
        )

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.mean)


class EnsembleRuns:
    """Runs that are stepped on from block to block of steps.

    The rows of one block are held until all runs have made its steps; of the blocks before, only
    mean and quantiles are kept.  A run that has stopped keeps its last row.

    Args:
        settings: Those of each run.
        seeds: One per run.

    Attributes:
        rows: Rows that all runs have; row 0 is the first.
        runs_done: Runs that have made the steps of the block in work.
        interpreted: Whether the runs are plain Python, which takes long.
    """

    def __init__(self, settings: HiveSettings, seeds: RunSeeds) -> None:
        """Begin without a row."""
        self._settings, self._seeds = settings, seeds
        self.interpreted = "interpreted" in settings.batch(seeds[:1]).mode.values()
        kept = [
            place for place, name in enumerate(settings.columns) if not name.startswith(_LEFT_OUT)
        ]
        self._places = np.array(kept)
        self._columns = tuple(settings.columns[place] for place in kept)
        self._most = 1 if self.interpreted else max(1, _AT_ONCE // settings.work)
        self._batches: list[HiveBatch] = []
        self._chunk, self._row, self._at_once = 0, 0, 1  # of the next slice
        self._block: np.ndarray | None = None
        self._complete: Bands | None = None
        self.rows = self.runs_done = 0

    @property
    def block_ends(self) -> int:
        """The last step of the block in work, or of the last one."""
        return self.rows - 1 + (0 if self._block is None else len(self._block))

    @property
    def stopped(self) -> int:
        """How many runs have stopped."""
        return sum(int((~batch.running).sum()) for batch in self._batches)

    def advance(self, last_step: int) -> float:
        """Make the next slice of the steps that lead all runs to a step.

        Args:
            last_step: The step; at least that of the last row.

        Returns:
            The seconds of a core that it took.  By the clock it takes about a tenth of a second,
            or more if a single step does.

        Raises:
            Exception: Whatever the rule or the bandit raises.  The runs must not be used again.
        """
        begin, used = time.perf_counter(), time.thread_time()
        if self._block is None:
            room = _BLOCK // (8 * len(self._columns) * len(self._seeds))
            rows = min(last_step + 1 - self.rows, max(room, 1))
            self._block = np.empty((rows, len(self._columns), len(self._seeds)))
        block, batch = self._block, self._batch_in_work()
        runs = slice(self.runs_done, self.runs_done + len(batch.running))
        if self.rows + self._row == 0:
            block[0, :, runs] = batch.rows.values[:, self._places].T
            self._row = 1
        rows = min(self._at_once, len(block) - self._row)
        record = batch.record(rows, 1)[..., self._places]
        block[self._row : self._row + rows, :, runs] = record.swapaxes(1, 2)
        self._row += rows
        if self._row == len(block):
            self._end_chunk(block, runs.stop)
        self._adapt(rows, time.perf_counter() - begin)
        return time.thread_time() - used

    def bands(self) -> Bands | None:
        """Those of the steps that all runs have made, then those of the runs of the block in work.

        None at first; a block in work counts once it has enough runs.
        """
        complete, done = self._complete, self.runs_done
        if self._block is None or done < _FEWEST:
            return complete
        partly = Bands.of(self._columns, self._block[..., :done])
        return partly if complete is None else complete.followed_by(partly)

    def complete_bands(self) -> Bands | None:
        """Those of the steps that all runs have made, or None."""
        return self._complete

    def _batch_in_work(self) -> HiveBatch:
        if self._chunk == len(self._batches):
            first = self._chunk * self._most
            self._batches.append(self._settings.batch(self._seeds[first : first + self._most]))
        return self._batches[self._chunk]

    def _end_chunk(self, block: np.ndarray, runs_done: int) -> None:
        """Go on to the next runs, or to the next block if these were the last."""
        self._row, self._chunk, self.runs_done = 0, self._chunk + 1, runs_done
        if runs_done < len(self._seeds):
            return
        bands = Bands.of(self._columns, block)
        before = self._complete
        self._complete = bands if before is None else before.followed_by(bands)
        self.rows += len(block)
        self._block, self._chunk, self.runs_done = None, 0, 0

    def _adapt(self, rows: int, seconds: float) -> None:
        """Choose how many rows the next slice has."""
        wanted = _INTERPRETED_SLICE if self.interpreted else _SLICE
        most = max(int(rows * wanted / max(seconds, 1e-6)), 1)
        self._at_once = min(most, _FASTER * self._at_once)
