"""Measuring a mean field while a page waits for it.

Knows: how many bees there is time for, and how measuring is stopped.
Does not know: what is measured (`theory`), or who waits for it.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from hivemind_abm.app.page.cards.mean_field_of import Stopped
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.updating import chance_of
from hivemind_abm.theory.drift import (
    HIVES,
    DriftMeter,
    Measurement,
    default_points,
    points_of_kinds,
)
from hivemind_abm.theory.field import MeanField
from hivemind_abm.theory.fit import LEVEL
from hivemind_abm.theory.fit import chance_of as chance_of_drift
from hivemind_abm.theory.fixed_points import FixedPoint, find_fixed_points
from hivemind_abm.theory.kinds import Kinds

__all__ = ["measured_field"]

_SEED = seed_sequence(1, "seed")
_TIME = 1.2  # processor seconds that the first measurement may take
_LONGEST = 20.0  # the same with the fewest bees, in an interpreted hive
_TRIAL = 0.1  # processor seconds of a trial, after which another one follows
_FEWEST_OF_ALL, _MOST = 100, 4000  # bees in a hive: where all are heard, and in any
_GROWTH = 4  # from one trial to the next
_PARTS = 6  # of a measurement, between which it can be stopped
_SEARCH = {2: 1.3, 3: 2.3}  # measurements in all per point, with the search for fixed points
_ALMOST = 0.95  # the part that is done while the search goes on


def measured_field(
    hive: Hive,
    kinds: Kinds,
    size: int | str,
    on_progress: Callable[[float], None],
    still_wanted: Callable[[], bool],
) -> MeanField:
    """The mean field of a hive's rules with as many bees as there is time for.

    Args:
        hive: Read for its settings.
        kinds: The kinds of its bees.
        size: How many bees a bee hears, or "all".
        on_progress: Called with the part that is done, 0 to 1.
        still_wanted: Asked now and then.

    Raises:
        ValueError: It would take too long.
        Stopped: It is not wanted any more.
    """
    rate = chance_of(hive.updating) or 1.0
    fewest = size + 2 if isinstance(size, int) else _FEWEST_OF_ALL

    def meter_of(bees: int) -> "_Meter":
        meter = _Meter(kinds, hive.bandit, size, HIVES * bees, _SEED, rate)
        meter.ask(still_wanted)
        return meter

    columns = meter_of(fewest).n_action
    points = points_of_kinds(default_points(columns, _SEED), kinds, columns, _SEED)
    _check_time(hive, size, fewest, len(points))
    meter = meter_of(_bees_in_time(meter_of, points, fewest))
    meter.ask(
        still_wanted, lambda done: on_progress(min(done / _SEARCH[columns] / len(points), _ALMOST))
    )
    measured = meter.measure(points)
    whole = Measurement(meter.whole(points), meter.moved(measured.changes), measured.bees)
    still = chance_of_drift(measured, np.zeros_like(points))
    zeros = _zeros(meter, measured) if still < LEVEL else ()
    return MeanField(kinds, hive.bandit, size, hive.updating, whole, measured, still, {}, zeros)


class _Meter(DriftMeter):
    """Measures in parts, says how far it is, and stops where it is not wanted."""

    def ask(
        self, still_wanted: Callable[[], bool], on_done: Callable[[int], None] = lambda done: None
    ) -> None:
        """Ask and tell these functions between the parts; counting begins anew."""
        self._still_wanted, self._on_done, self._done = still_wanted, on_done, 0

    def measure(self, points: np.ndarray, *, same_seed: bool = False) -> Measurement:
        """As `DriftMeter.measure`.

        Raises:
            Stopped: It is not wanted any more.
        """
        changes = []
        for part in np.array_split(points, min(_PARTS, len(points))):
            if not self._still_wanted():
                raise Stopped
            changes.append(super().measure(part, same_seed=same_seed).changes)
            self._done += len(part)
            self._on_done(self._done)
        return Measurement(points, np.concatenate(changes), self.bees)


def _check_time(hive: Hive, size: int | str, fewest: int, points: int) -> None:
    """Refuse an interpreted rule that is too slow, which one step of a small hive tells.

    Raises:
        ValueError: The decisions would take too long.
    """
    if "interpreted" not in hive.mode.values():
        return
    for bees in (1, fewest):  # a bee that hears more takes longer
        numbers = [2] * len(hive.rules)
        numbers[0] += size if isinstance(size, int) else bees
        mixed = list(zip(hive.rules, numbers, strict=True))
        rule: Any = hive.rules[0] if len(mixed) == 1 else mixed
        probe = Hive(rule, hive.bandit, sum(numbers), neighbourhood_size=size, rng=1)
        start = time.perf_counter()
        probe.step()
        seconds = (time.perf_counter() - start) / sum(numbers)
        if seconds * fewest * HIVES * points > _LONGEST:
            raise ValueError(
                f"a decision takes {1000.0 * seconds:.2g} ms, so that measuring takes too long"
            )


def _bees_in_time(meter_of: Callable[[int], _Meter], points: np.ndarray, fewest: int) -> int:
    """How many bees a hive can have, from trials at one point with more and more of them."""
    middle = points[len(points) // 2][None]

    def seconds(bees: int) -> float:
        start = time.process_time()  # which other processes do not lengthen
        meter_of(bees).measure(middle)
        return time.process_time() - start

    seconds(fewest)  # may compile
    bees, took = fewest, seconds(fewest)
    while bees * _GROWTH <= _MOST and took < _TRIAL:
        took = seconds(bees * _GROWTH)
        if took * len(points) > _TIME:
            break
        bees *= _GROWTH
    return bees


def _zeros(meter: _Meter, measured: Measurement) -> tuple[FixedPoint, ...]:
    """The fixed points, as shares of the whole hive; none where several rules may change."""
    if len(meter.kinds.free) > 1:
        return ()
    return tuple(
        replace(zero, shares=tuple(meter.whole(np.array(zero.shares)).tolist()))
        for zero in find_fixed_points(meter, measured)
    )
