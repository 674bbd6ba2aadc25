"""Units of work on any executor of `concurrent.futures`.

Knows: how an executor is kept busy, and what to do when a unit fails or a worker dies.
Does not know: what a unit computes, or where its table is kept.
"""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hivemind_abm import checks
from hivemind_abm.engine.threads import available_cores
from hivemind_abm.studies.failures import failure_text, one_line
from hivemind_abm.studies.units import Unit, run_unit

__all__ = ["interruption_held_back", "processes", "run_unit", "run_units"]

_AHEAD = 64  # units that are with the executor at once
_RETRIES = 3  # of a unit whose worker died
_KILLED = "KilledWorker"  # Dask's exception for a unit whose workers died


def processes(number: int) -> Callable[[], Executor]:
    """A function that makes an executor of so many new processes on this machine.

    Raises:
        TypeError, ValueError: `number` is no whole number of at least 1.
    """
    number = checks.whole_number("number", number)
    context = multiprocessing.get_context("spawn")
    return lambda: ProcessPoolExecutor(number, mp_context=context, initializer=_end_with_parent)


def run_units(
    units: Iterable[Unit],
    add: Callable[[Unit, pd.DataFrame], Any],
    executor: Executor | None = None,
    make_executor: Callable[[], Executor] | None = None,
) -> list[dict[str, Any]]:
    """Run units and pass the table of each to `add`, in the order in which they end.

    Units whose worker died are tried again, on a new executor where `make_executor` makes one.

    Args:
        units: What to run.
        add: Called in this thread.
        executor: Any executor; None for those of `make_executor`.
        make_executor: A function that makes an executor; None for threads on this machine's cores.

    Returns:
        What failed: dicts with cell, first_run, runs and error.

    Raises:
        TypeError: `executor` is no executor.
        RuntimeError: The executor broke and is not to be replaced.
        Exception: Whatever `add` raises.
    """
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(f"executor must be a concurrent.futures.Executor or None, not {executor!r}")
    if executor is not None:
        return _Queue(units, executor, None).run(add)
    make = make_executor or (lambda: ThreadPoolExecutor(available_cores()))
    return _Queue(units, make(), make).run(add)


@dataclass(frozen=True)
class _Failed:
    """What is left of an error, which may be nothing that another process understands."""

    error: str


def _attempt(unit: Unit) -> pd.DataFrame | _Failed:
    """The table of a unit, or what a worker reports in its place.

    Also `sys.exit` in a user's rule is a failure of this unit only.  An interruption by the user is
    none.
    """
    try:
        _let_interruption_through()
        return run_unit(unit)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return _Failed(failure_text(error))
    finally:
        _hold_interruption_back()


class _Queue:
    """Units that wait, those that an executor runs, and what failed."""

    def __init__(
        self, units: Iterable[Unit], executor: Executor, make: Callable[[], Executor] | None
    ) -> None:
        self._executor, self._make = executor, make
        self._waiting = list(units)[::-1]  # the next one is the last
        self._running: dict[Future[pd.DataFrame | _Failed], Unit] = {}
        self._deaths: Counter[str] = Counter()
        self._failures: list[dict[str, Any]] = []
        self._broken = False

    def run(self, add: Callable[[Unit, pd.DataFrame], Any]) -> list[dict[str, Any]]:
        """Run all units; see `run_units`."""
        try:
            while self._waiting or self._running:
                self._submit()
                self._broken = not self._running
                for unit, table in self._finished():
                    add(unit, table)
                if self._broken and self._waiting:
                    self._replace_executor()
        except BaseException:
            for future in self._running:
                future.cancel()
            raise
        finally:
            if self._make is not None:
                self._executor.shutdown(wait=True, cancel_futures=True)
        return self._failures

    def _submit(self) -> None:
        """Submit waiting units, as many as are wanted ahead."""
        while self._waiting and len(self._running) < _AHEAD:
            unit = self._waiting.pop()
            try:
                with interruption_held_back():
                    self._running[self._executor.submit(_attempt, unit)] = unit
            except (BrokenExecutor, RuntimeError):  # it broke since the last result came
                self._waiting.append(unit)
                if not self._running and self._make is None:
                    raise
                return

    def _finished(self) -> Iterator[tuple[Unit, pd.DataFrame]]:
        """The units that have ended well since the last call, at least one if any does."""
        if not self._running:
            return
        for future in wait(self._running, return_when=FIRST_COMPLETED).done:
            unit = self._running.pop(future)
            try:
                result = future.result()
            except (BrokenExecutor, CancelledError) as error:
                self._broken = True
                deaths = self._deaths[unit.name] + 1
                self._retry(unit, f"its worker died {deaths} times ({type(error).__name__})")
            except Exception as error:
                name = type(error).__name__
                report = self._retry if name == _KILLED else self._fail
                report(unit, f"{name}: {one_line(error)}")
            else:
                if isinstance(result, _Failed):
                    self._fail(unit, result.error)
                else:
                    yield unit, result

    def _retry(self, unit: Unit, error: str) -> None:
        """Put a unit whose worker died back, unless that happened too often."""
        self._deaths[unit.name] += 1
        if self._deaths[unit.name] > _RETRIES:
            self._fail(unit, error)
        else:
            self._waiting.append(unit)

    def _fail(self, unit: Unit, error: str) -> None:
        self._failures.append(
            {
                "cell": unit.cell,
                "first_run": unit.first_run,
                "runs": unit.runs,
                "error": error,
            }
        )

    def _replace_executor(self) -> None:
        if self._make is None:
            raise RuntimeError(
                "the executor broke, a worker died perhaps; what is in the store stays: "
                "run again with another"
            )
        for future in self._running:
            future.cancel()
        self._waiting += self._running.values()
        self._running.clear()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._make()


@contextmanager
def interruption_held_back() -> Iterator[None]:
    """Hold Ctrl-C back for a moment.

    Processes that are started meanwhile inherit that, so that they do not print a traceback of
    their start; `run_unit` lets it through again.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _let_interruption_through() -> None:
    """The opposite, in a worker; one that was interrupted since its last unit ends here."""
    if hasattr(signal, "pthread_sigmask"):
        if multiprocessing.parent_process() is not None and signal.SIGINT in signal.sigpending():
            os._exit(1)  # an exception would cost this unit only, and the next would be run
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _hold_interruption_back() -> None:
    """In a worker between two units, where an interruption would print a traceback."""
    if hasattr(signal, "pthread_sigmask") and multiprocessing.parent_process() is not None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _end_with_parent() -> None:
    """End this process when its parent is killed; else it would wait forever."""
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
