"""Counts of the values of runs, while these are stepped.

Knows: how rows become counts and exact sums, and what is held of them.
Does not know: which statistics follow (`counted`), or how the runs are stepped.
"""

from collections.abc import Iterator, Sequence
from threading import Lock

import numpy as np

from hivemind_abm.studies.columns import CONSENSUS, OPTIMAL_SHARE, WRONG_CONSENSUS, Columns
from hivemind_abm.studies.counted import REST, UNIT, Counted
from hivemind_abm.studies.runs import Runs
from hivemind_abm.studies.scales import BINNED, BINS, MISSING, places_of, scales_of

__all__ = ["MOST_RUNS", "Tally"]

MOST_RUNS = 2**13  # at once, so that sums of the squares of half numbers fit 64 bits
_HALF = 24  # bits of the lower half of a value in parts of `UNIT`
_COUNTED = 2**31  # runs that a counter of 32 bits can count


class Tally:
    """How often each value of each measure occurred, for each recorded step.

    Where there are fewer runs than possible values, the values are listed instead.  Any number of
    threads may add to it.

    Args:
        runs: What is counted.
        names: The measures beside the consensus.
    """

    def __init__(self, runs: Runs, names: Sequence[str]) -> None:
        """Begin with no run."""
        columns = runs.settings.columns
        self._steps, self._runs = runs.recorded_steps, len(runs)
        self._wrong = OPTIMAL_SHARE in columns
        further = [OPTIMAL_SHARE] if self._wrong else []
        self._columns = Columns.of([*names, *further, CONSENSUS], columns)
        self.names = [*names, CONSENSUS, *([WRONG_CONSENSUS] if self._wrong else [])]
        scales = scales_of(runs.settings) | {WRONG_CONSENSUS: 1}
        self._scales = np.array([scales[name] for name in self.names])
        binned = self._scales == BINNED
        self._binned = np.flatnonzero(binned)
        self._missing = np.flatnonzero(self._scales == MISSING)
        self._factors = np.where(binned, float(BINS), self._scales)
        self._shifts = np.where(binned, 0.0, 0.5)
        places = np.array([places_of(scale) for scale in self._scales.tolist()])
        self._is_listed = places >= self._runs
        ends = np.cumsum([0, *places[~self._is_listed]])
        self._starts, size = ends[:-1], int(ends[-1])
        rows, listed = len(self._steps), int(self._is_listed.sum())
        kind = np.int32 if self._runs < _COUNTED else np.int64
        self._counts, self._one = np.zeros((rows, size), kind), kind(1)
        self._listed = np.zeros((rows, listed, self._runs), np.int32)
        self._sums = np.zeros((rows, 3, self._binned.size), object)
        self._lock = Lock()

    def add(self, row: int, values: np.ndarray, first_run: int) -> None:
        """Count the values of some runs at some recorded steps.

        Args:
            row: The number of the first of these steps among the recorded ones.
            values: The rows of a batch, shape (steps, R, columns), R at most `MOST_RUNS`.
            first_run: The place of the first of these runs.
        """
        steps, runs = values.shape[:2]
        measures = self._measures(values)
        no_counts = measures.take(self._binned, axis=-1).clip(0.0, 1.0)
        measures[..., self._binned] = no_counts
        sums = _sums_of(no_counts)
        places = self._places(measures)
        counted = places
        if self._is_listed.any():
            counted = places[..., ~self._is_listed]
            listed = places[..., self._is_listed].swapaxes(1, 2)
            self._listed[row : row + steps, :, first_run : first_run + runs] = listed
        counted += self._starts + self._counts.shape[1] * np.arange(steps)[:, None, None]
        target = self._counts[row : row + steps].reshape(-1)
        with self._lock:
            np.add.at(target, counted.reshape(-1), self._one)
            self._sums[row : row + steps] += sums

    def groups(self) -> Iterator[Counted]:
        """The counts, in the order of the steps and the measures."""
        for row, step in enumerate(self._steps):
            counts = iter(np.split(self._counts[row], self._starts[1:]))
            listed = iter(self._listed[row])
            sums = iter(self._sums[row].T)
            for name, scale, is_listed in zip(
                self.names, self._scales.tolist(), self._is_listed.tolist(), strict=True
            ):
                if is_listed:
                    places, number = np.unique(next(listed), return_counts=True)
                else:
                    whole = next(counts)
                    places = np.flatnonzero(whole)
                    number = whole[places]
                places, number = places.astype(np.int64), number.astype(np.int64)
                further = next(sums).tolist() if scale == BINNED else ()
                yield Counted(step, name, scale, places, number, *further)

    def _measures(self, values: np.ndarray) -> np.ndarray:
        """The measures of `names`, shape (steps, R, measures)."""
        measures = self._columns.rows(values)
        if self._wrong:  # the optimal share and the consensus become consensus and wrong consensus
            optimal, ended = measures[..., -2].copy(), measures[..., -1]
            measures[..., -2] = ended
            measures[..., -1] = ended * (optimal < 0.5)
        if self._missing.size:
            measures[..., self._missing] = 0.0
        return measures

    def _places(self, measures: np.ndarray) -> np.ndarray:
        """The places of the values, a whole number for each; they take the values' room."""
        measures *= self._factors
        measures += self._shifts
        return measures.astype(np.int64)


def _sums_of(values: np.ndarray) -> np.ndarray:
    """The exact sums of values, shape (steps, 3, measures): see `Counted`.

    Args:
        values: Shape (steps, R, measures).
    """
    parts = values * UNIT
    whole = np.rint(parts)
    rest = np.rint((parts - whole) * REST).sum(axis=1)  # small whole numbers
    whole = whole.astype(np.int64)
    high, low = whole >> _HALF, whole & (2**_HALF - 1)
    pairs = ((high, high), (high, low), (low, low))
    products = [np.einsum("srm,srm->sm", one, other) for one, other in pairs]
    first, mixed, last = (product.astype(object) for product in products)
    squares = first * 2 ** (2 * _HALF) + mixed * 2 ** (_HALF + 1) + last
    totals = whole.sum(axis=1).astype(object)
    return np.stack([totals, squares, rest.astype(np.int64).astype(object)], axis=1)
