"""How often each value of a measure occurred at each step, in the runs of an ensemble.

Knows: the plain table of such counts, how tables of different runs are added, and the statistics
that follow.  Whole numbers only are added, so the result does not depend on the order.
Does not know: where the counts come from.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hivemind_abm.studies.columns import CONSENSUS, WRONG_CONSENSUS
from hivemind_abm.studies.scales import BINNED, BINS, MISSING
from hivemind_abm.studies.summary import QUANTILES, STATISTICS

__all__ = [
    "REST",
    "UNIT",
    "Counted",
    "added",
    "counts_frame",
    "counts_in",
    "is_counts",
    "runs_in",
    "summary_of",
]

UNIT = 2**48  # a value that is no count is a whole number of these parts, and a rest
REST = 2**12  # parts of such a part
_COLUMNS = ["step", "measure", "scale", "place", "count"]
_DIGITS = 48  # bits of a digit of a sum
_SUM, _SQUARES = (-2, -1), (-5, -4, -3)  # the places of the digits of two sums, highest first
_REST = -6  # the place of the sum of the rests
_INT64 = 2**63


class Counted(NamedTuple):
    """The values of one measure at one step.

    Attributes:
        step: The step.
        measure: The name of the measure.
        scale: The values are places divided by it; or `BINNED`, then places are bins and the last
            place is the value 1; or `MISSING`.
        places: Those that occurred, in order, shape (any,).
        counts: In how many runs each of them occurred, in the same shape.
        total: The sum of the values as whole numbers of parts (`UNIT`); 0 unless they are binned.
        squares: The sum of the squares of these whole numbers; 0 unless they are binned.
        rest: The sum of what the whole numbers leave out, in parts of a part (`REST`).
    """

    step: int
    measure: str
    scale: int
    places: np.ndarray
    counts: np.ndarray
    total: int = 0
    squares: int = 0
    rest: int = 0

    def mean(self) -> float:
        """The mean over the runs."""
        if self.scale == MISSING:
            return np.nan
        total, _, unit, runs = self._sums()
        return (total * REST + self.rest) / (unit * REST * runs)

    def statistics(self) -> dict[str, float]:
        """The statistics over the runs: each of `STATISTICS`.

        The quantiles of values in bins differ by at most 1 / `BINS` from those of the values; runs
        that are all alike have exact ones.
        """
        total, squares, unit, runs = self._sums()
        if self.scale == MISSING:
            return dict.fromkeys(STATISTICS, np.nan) | ({"std": 0.0} if runs == 1 else {})
        mean, spread = self.mean(), runs * squares - total * total
        alike = spread == 0
        variance = 0.0 if alike else spread / (runs * (runs - 1) * unit * unit)
        quantiles = dict.fromkeys(QUANTILES, mean)
        if not (alike and self.scale == BINNED):
            quantiles = {name: self._quantile(share, runs) for name, share in QUANTILES.items()}
        return {"mean": mean, "std": float(np.sqrt(variance))} | quantiles

    def _sums(self) -> tuple[int, int, int, int]:
        """The sums of the values and squares, the unit of the values, and the number of runs."""
        runs = int(self.counts.sum())
        if self.scale == BINNED:
            return self.total, self.squares, UNIT, runs
        places = self.places
        if int(places[-1]) ** 2 * runs >= _INT64:
            places = places.astype(object)
        weighted = places * self.counts
        return int(weighted.sum()), int((weighted * places).sum()), self.scale, runs

    def _quantile(self, share: float, runs: int) -> float:
        """A quantile, interpolated linearly, as those of NumPy."""
        place = share * (runs - 1)
        low = int(place)
        below, above = self._value(low), self._value(min(low + 1, runs - 1))
        return below + (above - below) * (place - low)

    def _value(self, rank: int) -> float:
        """The value with so many values before it in order."""
        ends = np.cumsum(self.counts)
        at = int(np.searchsorted(ends, rank, side="right"))
        place, count = int(self.places[at]), int(self.counts[at])
        if self.scale != BINNED:
            return place / self.scale
        inside = (rank - (int(ends[at]) - count) + 0.5) / count
        return 1.0 if place == BINS else (place + inside) / BINS


def counts_frame(groups: Iterable[Counted]) -> pd.DataFrame:
    """Counts as a plain table, one row per step, measure and place.

    Args:
        groups: In the order of the steps, and in each of them of the measures.

    Returns:
        Columns step, measure, scale, place and count.  The sums of binned values stand at places
        below 0.
    """
    listed = [_with_sums(group) for group in groups]
    sizes = [group.places.size for group in listed]
    columns: dict[str, Any] = {
        name: np.repeat(np.array([getattr(group, name) for group in listed], kind), sizes)
        for name, kind in (("step", np.int64), ("measure", object), ("scale", np.int64))
    }
    columns["place"] = np.concatenate([group.places for group in listed])
    columns["count"] = np.concatenate([group.counts for group in listed])
    return pd.DataFrame(columns)[_COLUMNS]


def is_counts(table: pd.DataFrame) -> bool:
    """Whether a table is one of `counts_frame`."""
    return list(table.columns) == _COLUMNS


def runs_in(table: pd.DataFrame) -> int:
    """The number of runs that were counted."""
    first = (table["step"] == table["step"].iloc[0]) & (table["measure"] == CONSENSUS)
    return int(table["count"][first].sum())


def added(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The counts of different runs together, in the order of the steps, measures and places."""
    whole = pd.concat(tables, ignore_index=True)
    codes, names = pd.factorize(whole["measure"])  # in the order in which they come first
    step, place = whole["step"].to_numpy(), whole["place"].to_numpy()
    order = np.lexsort((place, codes, step))
    keys = np.stack([step[order], codes[order], place[order]])
    firsts = np.flatnonzero(np.r_[True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)])
    step, codes, place = keys[:, firsts]
    return pd.DataFrame(
        {
            "step": step,
            "measure": np.asarray(names, object)[codes],
            "scale": whole["scale"].to_numpy()[order][firsts],
            "place": place,
            "count": np.add.reduceat(whole["count"].to_numpy()[order], firsts),
        }
    )


def counts_in(table: pd.DataFrame) -> Iterator[Counted]:
    """The groups of a table of `added`."""
    step, place, count = (table[name].to_numpy() for name in ("step", "place", "count"))
    scale, (codes, names) = table["scale"].to_numpy(), pd.factorize(table["measure"])
    changes = np.flatnonzero((np.diff(step) != 0) | (np.diff(codes) != 0)) + 1
    for first, last in zip([0, *changes], [*changes, len(table)], strict=True):
        places, counts = place[first:last], count[first:last]
        start = int(np.searchsorted(places, 0))
        digits = dict(zip(places[:start].tolist(), counts[:start].tolist(), strict=True))
        yield Counted(
            int(step[first]),
            str(names[codes[first]]),
            int(scale[first]),
            places[start:],
            counts[start:],
            _number(digits, _SUM),
            _number(digits, _SQUARES),
            digits.get(_REST, 0),
        )


def summary_of(groups: Iterable[Counted], runs: int) -> pd.DataFrame:
    """The table of `ensemble` with keep="summary".

    Args:
        groups: As for `counts_frame`.
        runs: How many there are.
    """
    columns: dict[str, list[float]] = {}
    steps: dict[int, None] = {}
    for group in groups:
        steps[group.step] = None
        if group.measure in (CONSENSUS, WRONG_CONSENSUS):
            columns.setdefault(f"{group.measure}_mean", []).append(group.mean())
            continue
        for name, value in group.statistics().items():
            columns.setdefault(f"{group.measure}_{name}", []).append(value)
    return pd.DataFrame({"step": np.array(list(steps)), "runs": runs} | columns)


def _with_sums(group: Counted) -> Counted:
    """The counts with the digits of the sums of binned values before them."""
    if group.scale != BINNED:
        return group
    digits = _digits(group.squares, _SQUARES) | _digits(group.total, _SUM)
    digits = {_REST: group.rest} | digits
    return group._replace(
        places=np.r_[np.array(list(digits), np.int64), group.places],
        counts=np.r_[np.array(list(digits.values()), np.int64), group.counts],
    )


def _digits(number: int, places: Sequence[int]) -> dict[int, int]:
    """A sum as digits that fit a column, and whose sums do; by place, the lowest digit last."""
    found = {}
    for place in reversed(places):
        found[place] = number & ((1 << _DIGITS) - 1)
        number >>= _DIGITS
    return {place: found[place] for place in places}


def _number(digits: dict[int, int], places: Sequence[int]) -> int:
    """The sum of `_digits`, also where the digits of several sums were added."""
    number = 0
    for place in places:
        number = (number << _DIGITS) + digits.get(place, 0)
    return number
