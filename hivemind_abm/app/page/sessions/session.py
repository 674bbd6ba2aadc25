"""A session: one hive or two, stepped with replicators and a learner on the same clock.

Knows: how the systems step together, and what they have recorded.
Does not know: how they are shown.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.thinning import csv_of, places_of, rows_of
from hivemind_abm.app.page.sessions.watched import WatchedHive
from hivemind_abm.bandits.world import World
from hivemind_abm.engine.rows import Batch, Rows
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS
from hivemind_abm.learners.model import LearnerModel
from hivemind_abm.studies.systems import system_seed
from hivemind_abm.theory.replicator_model import ReplicatorModel
from hivemind_abm.theory.steady_world import check_steady

__all__ = ["Session", "rule_names_of"]

_DECIMALS = 6  # of the number of steps that a learner has made, before it is rounded down


class Session:
    """A hive with a second one, replicators and a learner beside it, stepped together.

    Args:
        choices: What to build.

    Attributes:
        choices: The argument.
        name: The name of the hive's rules in charts, "R_wvoter" for instance.
        second_name: The name of the second hive, with what tells it from the first; or "".
        no_command: Why no command line repeats the hive, or "".
        best: The options that are best in each row so far.
        left_out: Why the replicators that were chosen are not beside the hive, or "".
        troubles: What stopped a system beside the hive, by the system's name.
        moves: Counts the beginnings and the ends of steps, so it is odd while one is made.

    Raises:
        ValueError: With the argument, its value and what is allowed.
        TypeError: As ValueError, for a value of the wrong kind.
    """

    shown = "hive"

    def __init__(self, choices: Choices) -> None:
        """Build the hive and what is beside it."""
        self.choices, second = choices, choices.second_hive
        self._first = WatchedHive(choices.hive, choices.seed)
        self._second = None if second is None else WatchedHive(second.hive, second.seed)
        self.name = " + ".join(dict.fromkeys(self.rule_names))
        self.second_name = "" if self._second is None else self._name_of_second()
        self.no_command = choices.no_command
        self.best = [self._best_now()]
        self.left_out = _why_no_replicators(self.hive) if choices.dynamics else ""
        self.troubles: dict[str, str] = {}
        self._beside = _systems_beside(choices, self.hive, not self.left_out)
        self._lock, self.moves = Lock(), 0
        self._rows = {name: [system.row()] for name, system in self._beside.items()}

    @property
    def hive(self) -> Hive:
        """The hive after its last step."""
        return self._first.hive

    @property
    def steps(self) -> int:
        """Steps made so far, by the hive that has made more of them if there are two."""
        return max(watched.steps for watched in self._watched)

    @property
    def ended(self) -> bool:
        """Whether all hives have stopped, at consensus or at the share of an option."""
        return not any(watched.hive.running for watched in self._watched)

    @property
    def n_action(self) -> int:
        """K."""
        return int(self.hive.bandit.n_action)

    @property
    def uncommitted(self) -> bool:
        """Whether a bee may hold no option."""
        return any(rule.uncommitted for rule in self.hive.rules)

    @property
    def rule_names(self) -> list[str]:
        """The names of the hive's rules; those of rules with one symbol differ by their fields."""
        return rule_names_of(self.hive)

    @property
    def changes(self) -> list[int]:
        """The steps at which other options became the best."""
        return [step for step in range(1, len(self.best)) if self.best[step] != self.best[step - 1]]

    def best_in_words(self, step: int | None = None) -> str:
        """The options that are best after a step; None is the last one."""
        best = self.best[-1 if step is None else min(step, len(self.best) - 1)]
        return f"option{'' if len(best) == 1 else 's'} {', '.join(map(str, best))}"

    def at(self, step: int | None) -> Hive:
        """The hive as it was after a step; None is the last one.  It must not be stepped.

        Raises:
            ValueError: The step comes out otherwise when it is made again.
        """
        return self._first.at(self.steps if step is None else step)

    def second_at(self, step: int | None) -> Hive | None:
        """The second hive after a step, as `at`; None if there is none."""
        if self._second is None:
            return None
        return self._second.at(self.steps if step is None else step)

    def walk(self, steps: Iterable[int]) -> Iterator[list[Hive]]:
        """Copies of the hives after each of some rising steps, stepped on from one to the next.

        Raises:
            ValueError: A step comes out otherwise when it is made again.
        """
        places = list(steps)
        for hives in zip(*(watched.walk(places) for watched in self._watched), strict=True):
            yield list(hives)

    def step(self) -> None:
        """One step of all systems; nothing once all hives have stopped.

        A system beside the hives that fails keeps its last row and is listed in `troubles`.

        Raises:
            Exception: Whatever the rule or the bandit raises in a hive; all hives are then as
                before the step.
        """
        with self._lock:
            if self.ended:
                return
            self.moves += 1
            try:
                self._step_hives()
            finally:
                self.moves += 1
            self.best.append(self._best_now())
            for name, system in self._beside.items():
                row = self._rows[name][-1]
                if name not in self.troubles:
                    try:
                        row = system.advance(self.steps)
                    except (Exception, SystemExit) as error:
                        self.troubles[name] = f"{type(error).__name__}: {error}"
                self._rows[name].append(row)

    def _step_hives(self) -> None:
        """One step of each hive; where one fails, none."""
        moved: list[WatchedHive] = []
        for watched in self._watched:
            before = watched.steps
            try:
                watched.step()
            except BaseException:
                for other in moved:
                    other.undo()
                raise
            if watched.steps > before:
                moved.append(watched)

    def record(self, most: int | None = None, looked: int | None = None) -> dict[str, pd.DataFrame]:
        """The rows of each system by its name, the hives first, with one row per step.

        The columns of hives are those of `Hive`; the others hold all options' shares, without none.
        A hive that has stopped before the other one has fewer rows.  It does not wait for a step
        that is being made.

        Args:
            most: So many evenly spaced rows at most, and with them the last one; None for all.
            looked: A step whose row is kept in any case.

        Returns:
            Tables whose index is the step; the first and the last step are always in them.
        """
        hives = {
            name: rows_of(watched.hive.datacollector.model_vars, most, looked)
            for name, watched in zip((self.name, self.second_name), self._watched, strict=False)
        }
        columns = Rows.names(self.n_action)
        for name, rows in self._rows.items():
            places = places_of(len(rows), most, looked)
            values = np.array([rows[place] for place in places])
            hives[name] = pd.DataFrame(values, columns=columns, index=places)
        return hives

    def csv(self) -> str:
        """The hive's rows as `hivemind run` writes them."""
        return csv_of(self.hive.datacollector.model_vars)

    def command(self) -> str:
        """The command that gives the same rows."""
        return self.choices.command(self.steps)

    @property
    def _watched(self) -> list[WatchedHive]:
        return [each for each in (self._first, self._second) if each is not None]

    def _name_of_second(self) -> str:
        rules = " + ".join(dict.fromkeys(rule.symbol for rule in self._second_rules()))
        told = ", ".join([rules, *self.choices.told_of_second])
        return told if told != self.name else f"{told} (second)"

    def _second_rules(self) -> tuple[ImitationRule, ...]:
        return () if self._second is None else self._second.hive.rules

    def _best_now(self) -> list[int]:
        """The options that are best in the last row."""
        if not self.hive.bandit.changes and self.steps:
            return self.best[-1]
        world, k = self.hive.world, self.n_action
        even = World(np.full(k, 1.0 / k), world.step, world.memory)
        return [int(option) for option in self.hive.bandit.optimal_options(even)]


@dataclass
class _System:
    """What runs beside the hive: a batch of one run.

    Attributes:
        batch: The run.
        rate: The hive's time that a step of it takes.
        steps_done: Steps made so far.
    """

    batch: Batch
    rate: float
    steps_done: int = 0

    def row(self) -> np.ndarray:
        """Its last row, shape (K + 3,)."""
        return self.batch.rows.values[0].copy()

    def advance(self, time: int) -> np.ndarray:
        """Step on to the hive's time; returns the row there."""
        steps = math.floor(round(time / self.rate, _DECIMALS)) - self.steps_done
        if steps:
            self.batch.advance(steps)
        self.steps_done += steps
        return self.row()


def rule_names_of(hive: Hive) -> list[str]:
    """The names of a hive's rules; those of rules with one symbol differ by their fields."""
    symbols = [rule.symbol for rule in hive.rules]
    return [
        symbol if symbols.count(symbol) == 1 else repr(rule)
        for symbol, rule in zip(symbols, hive.rules, strict=True)
    ]


def _systems_beside(choices: Choices, hive: Hive, replicators: bool) -> dict[str, _System]:
    """The systems beside the hive, by name."""
    systems = {}
    shared = choices.beside | {"initial_shares": _shares_beside(choices, hive)}
    for dynamic in choices.dynamics if replicators else ():
        clock = _clock_of_replicators(hive.updating)
        replicator = ReplicatorModel.settings(dynamic=dynamic, **clock, **shared)
        systems[dynamic] = _System(replicator.batch([0]), 1.0)
    if choices.learner is not None:
        settings = LearnerModel.settings(
            learner=choices.learner,
            compiled=choices.compiled,
            **shared,
            **choices.learner_fields,
        )
        name = settings.learner.symbol
        seed = system_seed(choices.seed, name, False)
        systems[name] = _System(settings.batch([seed]), float(settings.learner.rate))
    return systems


def _why_no_replicators(hive: Hive) -> str:
    """Why no replicator can stand beside a hive, or ""."""
    try:
        check_steady(hive.bandit)
    except ValueError as error:
        return str(error)
    return ""


def _clock_of_replicators(updating: str | float) -> dict[str, Any]:
    """How a step of a replicator takes the time of a step of the hive."""
    if updating == ASYNCHRONOUS:
        return {"method": "exact"}
    return {"delta": 1.0 if updating == SYNCHRONOUS else float(updating)}


def _shares_beside(choices: Choices, hive: Hive) -> Any:
    """The initial shares of the systems beside the hive.

    Where those of the hive are a row for each rule, or leave bees without an option, they are the
    shares among all bees that hold one; even if no bee does.
    """
    shares = choices.initial_shares
    nested = shares is not None and any(isinstance(row, tuple | list) for row in shares)
    if shares is None or (not nested and len(shares) == hive.bandit.n_action):
        return shares
    held = float(hive.shares.sum())
    return tuple(hive.shares / held) if held else None
