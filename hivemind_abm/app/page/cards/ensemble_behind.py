"""The ensemble behind a hive: runs of the same settings, made in the background.

Knows: when the runs are made, how far, and when they end.
Does not know: how a run is stepped (`ensemble_runs`), or how bands are drawn (`band`).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import solara

from hivemind_abm.app.page.cards.ensemble_runs import Bands, EnsembleRuns
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.state import PageState, message_of
from hivemind_abm.engine.seeds import RunSeed, RunSeeds
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.studies.systems import system_seed

__all__ = [
    "MOST_STEPS",
    "RUNS",
    "EnsembleBehind",
    "EnsembleNote",
    "ensemble_seed",
    "settings_of",
    "use_ensemble",
]

RUNS = 200
MOST_STEPS = 5000
_STEPS_AT_FIRST = 100
_BETWEEN_LOOKS = 0.5  # seconds from one change of what is shown to the next
_PAUSE, _INTERPRETED_PAUSE = 0.5, 2.0  # after each slice, as a part of its time


class EnsembleBehind:
    """An ensemble of the settings of a session's hive; with two hives, those of the first.

    Its runs have seeds of their own, see `ensemble_seed`.  They are made in a thread, for 100 steps
    or the steps that the hive has made; once the hive gets there, they go on to twice as many, at
    most 5,000.  A run that has stopped counts with its last row.

    A component that calls `bands`, `progress` or `problem` is rendered anew when they change, at
    most twice a second.

    Args:
        session: The session.
        runs: How many.
    """

    def __init__(self, session: Session, runs: int = RUNS) -> None:
        """Begin without a run; `start` starts them."""
        self._session, self._number = session, runs
        self._target = _STEPS_AT_FIRST
        self._lock = threading.Lock()
        self._wanted = self._busy = False
        self._runs: EnsembleRuns | None = None
        self._bands: Bands | None = None
        self._problem, self._progress = "", self._in_words()
        self._changes = solara.reactive(0)
        self.reach(session.steps)

    @property
    def progress(self) -> str:
        """How far it is, in words."""
        self._changes.get()
        return self._progress

    @property
    def problem(self) -> str:
        """The error in a run that ended it, in one line, or ""."""
        self._changes.get()
        return self._problem

    @property
    def busy(self) -> bool:
        """Whether a thread is making runs."""
        return self._busy

    def bands(self, measure: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
        """The mean of a column over the runs, and the band of 80 % of the runs.

        Args:
            measure: The column, as of the session's record.

        Returns:
            Steps, means, quantiles of 10 % and of 90 %, each of shape (steps + 1,).  None before
            there are any, and for a column that the ensemble does not keep.
        """
        self._changes.get()
        bands = self._bands
        if bands is None or measure not in bands.columns:
            return None
        column = bands.columns.index(measure)
        curves = (bands.mean[:, column], bands.low[:, column], bands.high[:, column])
        return np.arange(len(bands)), *curves

    def start(self) -> None:
        """Make the runs, or go on with them."""
        with self._lock:
            self._wanted = True
            self._begin()

    def stop(self) -> None:
        """Make no further slice of a run; returns at once."""
        self._wanted = False

    def reach(self, steps: int) -> None:
        """The hive has made so many steps: see that the ensemble goes further.

        Args:
            steps: The steps.
        """
        with self._lock:
            if steps >= self._target:
                self._target = min(max(2 * self._target, steps), MOST_STEPS)
                self._begin()

    def _begin(self) -> None:
        if self._wanted and not self._busy and not self._problem and not self._is_done():
            self._busy = True
            threading.Thread(target=self._work, daemon=True).start()

    def _is_done(self) -> bool:
        return self._runs is not None and self._runs.rows > self._target

    def _work(self) -> None:
        """Make the runs until no more are wanted, and show them now and then."""
        try:
            runs = self._runs = self._runs or EnsembleRuns(*self._settings_and_seeds())
            while self._goes_on():
                self._make(runs)
                self._show(runs.bands())
        except (Exception, SystemExit) as error:
            self._problem = f"The ensemble has ended: {message_of(error)}"
            self._show(None if self._runs is None else self._runs.complete_bands())
            self._busy = False

    def _make(self, runs: EnsembleRuns) -> None:
        """Slice after slice for half a second, with pauses that leave the machine to the page."""
        part = _INTERPRETED_PAUSE if runs.interpreted else _PAUSE
        end = time.monotonic() + _BETWEEN_LOOKS
        while self._wanted and not self._is_done() and time.monotonic() < end:
            time.sleep(part * runs.advance(self._target))

    def _goes_on(self) -> bool:
        with self._lock:
            self._busy = self._wanted and not self._is_done()
            return self._busy

    def _show(self, bands: Bands | None) -> None:
        self._bands, self._progress = bands, self._in_words()
        if self._wanted:
            self._changes.set(self._changes.peek() + 1)

    def _settings_and_seeds(self) -> tuple[HiveSettings, RunSeeds]:
        return settings_of(self._session), RunSeeds(
            ensemble_seed(self._session.choices.seed), range(self._number)
        )

    def _in_words(self) -> str:
        runs, last = self._runs, self._target
        done = 0
        if runs is not None:
            last = max(runs.block_ends, 0)
            done = self._number if runs.rows > last else runs.runs_done
        number = str(self._number) if done == self._number else f"{done} of {self._number}"
        words = f"ensemble: {number} runs, {last:,} steps"
        if runs is not None and runs.stopped:
            words += f"; {runs.stopped} of them ended before and count with their last row"
        if runs is not None and runs.interpreted:
            words += "; interpreted, which takes long"
        return words


def ensemble_seed(seed: str) -> RunSeed:
    """The seed of the ensemble behind the hive of a page's seed.

    `ensemble(Hive, arguments, runs=200, steps=100, seed=ensemble_seed("1"))` makes the same runs.

    Args:
        seed: The page's.
    """
    return system_seed(seed, "ensemble behind", half=False)


def settings_of(session: Session) -> HiveSettings:
    """The settings of a session's hive, with the very parts that the hive has.

    A file may have been edited since, and a bandit without a name draws its rewards when it is
    built.  The runs are machine code where that is possible, which gives the same numbers.
    """
    hive = session.hive
    return replace(
        Hive.settings(**session.choices.hive),
        rules=hive.rules,
        bandit=hive.bandit,
        neighbourhood=hive.neighbourhood,
        compiled=True,
    )


def use_ensemble(session: Session, state: PageState[Any]) -> EnsembleBehind | None:
    """The ensemble behind a session if it was chosen; a hook of the component that calls it.

    It is stopped when anything else is chosen, or the page is closed.

    Args:
        session: Shown.
        state: That of the page.
    """
    wanted = session.choices.ensemble
    behind = solara.use_memo(
        lambda: EnsembleBehind(session) if wanted else None, [id(session), wanted]
    )

    def make_runs() -> Callable[[], None] | None:
        if behind is None:
            return None
        forget = state.choices.subscribe(lambda _: behind.stop())
        behind.start()

        def end() -> None:
            forget()
            behind.stop()

        return end

    def follow() -> None:
        if behind is not None:
            behind.reach(session.steps)
            if not state.building.peek():  # nor has it been replaced, so it goes on
                behind.start()

    solara.use_effect(make_runs, [behind])
    solara.use_effect(follow, [behind, state.tick.value])
    return behind


@solara.component
def EnsembleNote(behind: EnsembleBehind) -> None:
    """How far the ensemble is, or what ended it.

    Args:
        behind: The ensemble.
    """
    if behind.problem:
        solara.Warning(behind.problem, dense=True)
    else:
        solara.Text(behind.progress, classes=["hm-small", "hm-ensemble"])
