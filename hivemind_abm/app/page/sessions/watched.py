"""A hive that is watched: its steps, and the hive as it was at an earlier step.

Knows: how an earlier step comes back exactly, memory and replayed decisions included.
Does not know: what else runs beside it, or how it is shown.
"""

import copy
import time
import zlib
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Any

import numpy as np

from hivemind_abm.hives.hive import Hive

__all__ = ["WatchedHive", "check_limit"]

_LIMITS = {"population_size": 2000, "n_action": 255}  # a picture has a byte for an option
_REPLAYED = 0.05  # seconds of stepping after which a copy of the hive is kept
_MOST_COPIES = 24


class WatchedHive:
    """A hive of which every step made so far can be looked at again.

    Now and then a copy of the hive is kept; a step between two copies is made again from the
    earlier one.  That gives the same hive, because all randomness of a hive comes from its seed.
    Of each step a checksum of the opinions is kept, which tells where it does not.

    Args:
        arguments: Those of `Hive`.
        seed: The seed.

    Attributes:
        hive: The hive after its last step.

    Raises:
        ValueError: With the argument, its value and what is allowed.
        TypeError: As ValueError, for a value of the wrong kind.
    """

    def __init__(self, arguments: dict[str, Any], seed: str) -> None:
        """Build the hive."""
        for name in _LIMITS:
            check_limit(name, arguments.get(name))
        self.hive = Hive(**arguments, rng=seed)
        check_limit("n_action", self.hive.bandit.n_action)  # which may be the bandit's own
        self._copies = {0: copy.copy(self.hive)}
        self._sums = [_checksum(self.hive)]
        self._since = 0.0  # seconds of stepping since the last copy
        self._earlier = self._copies[0]  # the hive at the step that was looked at last
        self._lock = Lock()

    @property
    def steps(self) -> int:
        """Steps made so far."""
        return int(self.hive.steps)

    def step(self) -> None:
        """One step; nothing once the hive has stopped.

        Raises:
            Exception: Whatever the rule or the bandit raises; the hive is then as before the step.
        """
        begin, before = time.perf_counter(), self.steps
        self.hive.step()
        if self.steps == before:
            return
        self._sums.append(_checksum(self.hive))
        self._since += time.perf_counter() - begin
        if self._since > _REPLAYED:
            self._keep_copy()

    def undo(self) -> None:
        """Take back the last step.

        Raises:
            ValueError: The step before comes out otherwise when it is made again.
        """
        last = self.steps
        self.hive = copy.copy(self.at(last - 1))
        del self._sums[last:]
        with self._lock:
            self._copies.pop(last, None)

    def at(self, step: int) -> Hive:
        """The hive as it was after a step; it must not be stepped.

        Args:
            step: 0 .. `steps`.

        Raises:
            ValueError: The step comes out otherwise when it is made again.
        """
        if step >= self.steps:
            return self.hive
        earlier = self._earlier
        if earlier.steps != step:
            start = self._kept_before(step)
            begin = earlier if start.steps <= earlier.steps < step else start
            earlier = self._advanced(copy.copy(begin), step)
            self._earlier = earlier
        return earlier

    def walk(self, steps: Iterable[int]) -> Iterator[Hive]:
        """The hive after each of some rising steps: one copy, which is stepped on.

        Args:
            steps: 0 .. `steps`; after its end the hive stays as it is.

        Raises:
            ValueError: A step comes out otherwise when it is made again.
        """
        hive: Hive | None = None
        for step in steps:
            hive = copy.copy(self._kept_before(step)) if hive is None else hive
            yield self._advanced(hive, min(step, len(self._sums) - 1))

    def _kept_before(self, step: int) -> Hive:
        """The last copy from which a step can be made again."""
        with self._lock:
            return self._copies[max(kept for kept in self._copies if kept <= max(step - 1, 0))]

    def _advanced(self, hive: Hive, step: int) -> Hive:
        """Step a copy on, and check what comes out."""
        if hive.steps < step:
            hive.run_for(step - hive.steps)
        if _checksum(hive) != self._sums[step]:
            raise ValueError(
                f"step {step} cannot be looked at again: the rule or the bandit draws numbers "
                "from elsewhere than its rng, so it comes out otherwise"
            )
        return hive

    def _keep_copy(self) -> None:
        """Keep a copy of the hive; every second one once there are many."""
        with self._lock:
            self._thin()
            self._copies[self.steps] = copy.copy(self.hive)
        self._since = 0.0

    def _thin(self) -> None:
        if len(self._copies) >= _MOST_COPIES:
            for step in list(self._copies)[1::2]:
                del self._copies[step]


def check_limit(name: str, given: Any) -> None:
    """That a number of bees or options is one that the page can show.

    Raises:
        ValueError: It is too large.
    """
    if isinstance(given, int) and given > _LIMITS[name]:
        raise ValueError(f"{name} must be 1 to {_LIMITS[name]} to be watched, not {given!r}")


def _checksum(hive: Hive) -> int:
    return zlib.crc32(np.ascontiguousarray(hive.opinions).tobytes())
