"""The runs of an ensemble: what is stepped, in which chunks, and by which threads.

Knows: how runs are cut into chunks that fit the cache, and how progress is shown.
Does not know: what is kept of the runs.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from hivemind_abm.engine.rows import Batch, Settings
from hivemind_abm.engine.seeds import RunSeeds
from hivemind_abm.engine.threads import Workers

__all__ = ["STRIDE", "Runner", "Runs", "record_interval"]

STRIDE = 16  # steps at once, between two looks at whether to go on
_MOST_ROWS = 1000  # that record_every=None records of a run
_CHUNK = 32_768  # units of work per step, so that a chunk's state stays in the cache of a core


def record_interval(steps: int, record_every: int | None) -> int:
    """Steps from one recorded row to the next; None: the fewest that give at most 1,000 rows."""
    return (
        math.ceil((steps + 1) / _MOST_ROWS)
        if record_every is None
        else min(record_every, steps + 1)
    )


@dataclass(frozen=True)
class Runs:
    """Runs with the same settings.

    Attributes:
        settings: The checked arguments of the model.
        seeds: One per run.
        steps: Steps per run.
        record_every: Steps from one recorded row to the next.
        threads: How many threads step the runs.
    """

    settings: Settings
    seeds: RunSeeds
    steps: int
    record_every: int
    threads: int

    def __len__(self) -> int:
        """The number of runs."""
        return len(self.seeds)

    @property
    def recorded_steps(self) -> range:
        """The steps at which a row is recorded, 0 first."""
        return range(0, self.steps + 1, self.record_every)

    @property
    def chunks(self) -> list[RunSeeds]:
        """The seeds of the runs that are stepped together, chunk by chunk."""
        return self.chunks_of(_CHUNK // self.settings.work)

    def chunks_of(self, most: int) -> list[RunSeeds]:
        """As `chunks`, of so many runs at most (of 1 if that is less), some for each thread."""
        per_thread = math.ceil(len(self) / self.threads)
        size = max(1, min(most, per_thread))
        return [self.seeds[first : first + size] for first in range(0, len(self), size)]

    @contextmanager
    def started(self, progress: bool) -> "Iterator[Runner]":
        """Threads for these runs, and a progress bar if wanted, until the block ends."""
        with (
            tqdm(
                total=len(self) * self.steps,
                disable=not progress,
                unit="step",
                unit_scale=True,
                leave=False,
            ) as bar,
            Workers(self.threads) as workers,
        ):
            yield Runner(workers, bar)


@dataclass(frozen=True)
class Runner:
    """Threads that step batches, and the progress bar that counts the steps.

    Attributes:
        workers: The threads.
        bar: The progress bar.
    """

    workers: Workers
    bar: Any

    def map[Item, Value](
        self, function: Callable[[Item], Value], items: Iterable[Item]
    ) -> Iterator[Value]:
        """The results of the function for each item, in order, computed by the threads."""
        return self.workers.map(function, items)

    def advance(self, batch: Batch, steps: int) -> None:
        """Make so many steps of a batch.

        Raises:
            InterruptedError: Another thread has failed, or the block has ended.
        """
        self.workers.advance(batch, steps)
        self.bar.update(steps * len(batch.running))

    def record(self, batch: Batch, rows: int, every: int) -> Iterator[np.ndarray]:
        """The next rows of a batch, a few at a time.

        Yields:
            Rows, shape (any, R, columns); `rows` in all.

        Raises:
            InterruptedError: As for `advance`.
        """
        if every > STRIDE:
            for _ in range(rows):
                self.advance(batch, every)
                yield batch.rows.values[np.newaxis].copy()
            return
        most = STRIDE // every
        for first in range(0, rows, most):
            number = min(most, rows - first)
            yield self.workers.record(batch, number, every)
            self.bar.update(number * every * len(batch.running))
