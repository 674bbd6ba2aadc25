"""A session: one hive, stepped with replicators and a learner on the same clock.

Knows: how the systems step together, and what they have recorded.
Does not know: how they are shown.
"""

import math
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.app.page.choices import Choices
from hivemind_abm.bandits.world import World
from hivemind_abm.engine.rows import Batch, Rows
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS
from hivemind_abm.learners.model import LearnerModel
from hivemind_abm.studies.systems import system_seed
from hivemind_abm.theory.replicator_model import ReplicatorModel
from hivemind_abm.theory.steady_world import check_steady

__all__ = ["MOST_BEES", "Session"]

MOST_BEES = 2000
_DECIMALS = 6  # of the number of steps that a learner has made, before it is rounded down


class Session:
    """A hive with replicators and a learner beside it, stepped together.

    Args:
        choices: What to build.

    Attributes:
        choices: The argument.
        hive: The `Hive`.
        name: The name of the hive's rules in charts, "R_wvoter" for instance.
        best: The options that are best in each row so far.
        left_out: Why the replicators that were chosen are not beside the hive, or "".
        troubles: What stopped a system beside the hive, by the system's name.

    Raises:
        ValueError: With the argument, its value and what is allowed.
        TypeError: As ValueError, for a value of the wrong kind.
    """

    shown = "hive"

    def __init__(self, choices: Choices) -> None:
        """Build the hive and what is beside it."""
        size = choices.population_size
        if isinstance(size, int) and size > MOST_BEES:
            raise ValueError(
                f"population_size must be 1 to {MOST_BEES} to be watched, not {size!r}"
            )
        self.choices = choices
        self.hive = Hive(**choices.hive, rng=choices.seed)
        self.name = " + ".join(dict.fromkeys(self.rule_names))
        self.best = [self._best_now()]
        self.left_out = _why_no_replicators(self.hive) if choices.dynamics else ""
        self.troubles: dict[str, str] = {}
        self._beside = _systems_beside(choices, self.hive, not self.left_out)
        self._lock = Lock()
        self._rows = {name: [system.row()] for name, system in self._beside.items()}

    @property
    def steps(self) -> int:
        """Steps made so far."""
        return int(self.hive.steps)

    @property
    def ended(self) -> bool:
        """Whether the hive has stopped, at consensus or at the share of an option."""
        return not self.hive.running

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
        symbols = [rule.symbol for rule in self.hive.rules]
        return [
            symbol if symbols.count(symbol) == 1 else repr(rule)
            for symbol, rule in zip(symbols, self.hive.rules, strict=True)
        ]

    @property
    def changes(self) -> list[int]:
        """The steps at which other options became the best."""
        return [step for step in range(1, len(self.best)) if self.best[step] != self.best[step - 1]]

    @property
    def best_in_words(self) -> str:
        """The options that are best in the last row."""
        options = ", ".join(map(str, self.best[-1]))
        return f"option {options}" if len(self.best[-1]) == 1 else f"options {options}"

    def step(self) -> None:
        """One step of all systems; nothing once the hive has stopped.

        A system beside the hive that fails keeps its last row and is listed in `troubles`.

        Raises:
            Exception: Whatever the rule or the bandit raises in the hive, which is then as before
                the step.
        """
        with self._lock:
            if self.ended:
                return
            self.hive.step()
            self.best.append(self._best_now())
            for name, system in self._beside.items():
                row = self._rows[name][-1]
                if name not in self.troubles:
                    try:
                        row = system.advance(self.steps)
                    except Exception as error:
                        self.troubles[name] = f"{type(error).__name__}: {error}"
                self._rows[name].append(row)

    def record(self) -> dict[str, pd.DataFrame]:
        """The rows of each system by its name, the hive first, with one row per step.

        The hive's columns are those of `Hive`; the others hold all options' shares, without none.
        """
        with self._lock:
            columns = Rows.names(self.n_action)
            beside = {
                name: pd.DataFrame(np.array(rows), columns=columns)
                for name, rows in self._rows.items()
            }
            return {self.name: self.hive.datacollector.get_model_vars_dataframe(), **beside}

    def csv(self) -> str:
        """The hive's rows as `hivemind run` writes them."""
        with self._lock:
            return self.hive.table().to_csv(index=False, lineterminator="\n")

    def command(self) -> str:
        """The command that gives the same rows."""
        return self.choices.command(self.steps)

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
