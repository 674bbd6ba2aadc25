"""Threads: the number of cores, and a pool of threads that stops soon when one of them fails.

Knows: `concurrent.futures`.  Does not know: what the threads compute.
"""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, Protocol

__all__ = ["Workers", "available_cores"]

_STEPS_BETWEEN_LOOKS = 100  # steps after which a thread checks whether to stop


def available_cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Advances(Protocol):
    def advance(self, steps: int) -> None: ...

    def record(self, rows: int, every: int) -> Any: ...


class Workers:
    """Threads that stop soon when one of them fails or the user interrupts.

    Use it in a `with` block.

    Args:
        threads: The number of threads.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._stop = Event()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def map(self, function: Any, items: Iterable[Any]) -> Iterator[Any]:
        """The results of the function for each item, in order."""
        return self._pool.map(function, items)

    def advance(self, batch: _Advances, steps: int) -> None:
        """Advance a batch by `steps` steps.

        Raises:
            InterruptedError: Another thread has failed, or the block has ended.
        """
        for first in range(0, steps, _STEPS_BETWEEN_LOOKS):
            if self._stop.is_set():
                raise InterruptedError("another run failed, or the ensemble was interrupted")
            batch.advance(min(_STEPS_BETWEEN_LOOKS, steps - first))

    def record(self, batch: _Advances, rows: int, every: int) -> Any:
        """The rows of a batch while it goes on; see `Batch.record`.

        Raises:
            InterruptedError: As for `advance`.
        """
        if self._stop.is_set():
            raise InterruptedError("another run failed, or the ensemble was interrupted")
        return batch.record(rows, every)
