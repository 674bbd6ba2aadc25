"""Summaries whose memory does not grow with the runs.

Knows: how runs go through a tally, a few at a time.
Does not know: what is counted (`tally`), or when summaries are streamed (`scales`).
"""

from collections.abc import Sequence

import numpy as np

from hivemind_abm.engine.seeds import RunSeeds
from hivemind_abm.studies.runs import Runner, Runs
from hivemind_abm.studies.tally import MOST_RUNS, Tally

__all__ = ["tally_of"]

_CHUNK = 2**16  # bees that are stepped together
_VALUES = 2**15  # numbers in the rows of a chunk at one step


def tally_of(runs: Runs, names: Sequence[str], runner: Runner) -> Tally:
    """Step all runs, a few at a time, and count their values.

    Args:
        runs: What is run.
        names: The measures.
        runner: The threads.
    """
    tally, first = Tally(runs, names), runs.seeds.numbers[0]
    rows, every = len(runs.recorded_steps), runs.record_every
    most = min(MOST_RUNS, _CHUNK // runs.settings.work, _VALUES // len(runs.settings.columns))

    def count(chunk: RunSeeds) -> None:
        batch, place = runs.settings.batch(chunk), chunk.numbers[0] - first
        tally.add(0, batch.rows.values[np.newaxis], place)
        row = 1
        for values in runner.record(batch, rows - 1, every):
            tally.add(row, values, place)
            row += len(values)

    for _ in runner.map(count, runs.chunks_of(most)):
        pass
    return tally
