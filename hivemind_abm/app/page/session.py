"""A session: one hive, stepped with replicators and a learner on the same clock.

Knows: how the systems step together, and what they have recorded.
Does not know: how they are shown.
"""

import math
from dataclasses import dataclass
from threading import Lock

import numpy as np
import pandas as pd

from hivemind_abm.app.page.choices import Choices
from hivemind_abm.engine.rows import Batch, Rows
from hivemind_abm.hives.hive import Hive
from hivemind_abm.learners.model import LearnerModel
from hivemind_abm.studies.systems import system_seed
from hivemind_abm.theory.replicator_model import ReplicatorModel

__all__ = ["MOST_BEES", "Session"]

MOST_BEES = 2000
_DECIMALS = 6  # of the number of steps that a learner has made, before it is rounded down


class Session:
    """A hive with replicators and a learner beside it, stepped together.

    Args:
        choices: What to build.

    Attributes:
        choices: The argument.
        hive: The `Hive`; it stops at consensus.
        name: The name of the hive's rule in charts, "R_wvoter" for instance.
        troubles: What stopped a system beside the hive, by the system's name.

    Raises:
        ValueError: With the argument, its value and what is allowed.
        TypeError: As ValueError, for a value of the wrong kind.
    """

    def __init__(self, choices: Choices) -> None:
        size = choices.population_size
        if isinstance(size, int) and size > MOST_BEES:
            raise ValueError(
                f"population_size must be 1 to {MOST_BEES} to be watched, not {size!r}"
            )
        self.choices = choices
        self.hive = Hive(**choices.hive, rng=choices.seed)
        self.name = self.hive.rule.symbol
        self.troubles: dict[str, str] = {}
        self._beside = _systems_beside(choices)
        self._lock = Lock()
        self._rows = {name: [system.row()] for name, system in self._beside.items()}

    @property
    def steps(self) -> int:
        """Steps made so far."""
        return int(self.hive.steps)

    @property
    def ended(self) -> bool:
        """Whether the hive is in consensus."""
        return not self.hive.running

    @property
    def n_action(self) -> int:
        """K."""
        return int(self.hive.bandit.n_action)

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
            for name, system in self._beside.items():
                row = self._rows[name][-1]
                if name not in self.troubles:
                    try:
                        row = system.advance(self.steps)
                    except Exception as error:
                        self.troubles[name] = f"{type(error).__name__}: {error}"
                self._rows[name].append(row)

    def record(self) -> dict[str, pd.DataFrame]:
        """The rows of each system by its name, the hive first.

        The columns are those of `Hive`, with one row per step.
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


def _systems_beside(choices: Choices) -> dict[str, _System]:
    """The systems beside the hive, by name."""
    systems = {}
    for dynamic in choices.dynamics:
        replicator = ReplicatorModel.settings(dynamic=dynamic, **choices.beside)
        systems[dynamic] = _System(replicator.batch([0]), 1.0)
    if choices.learner is not None:
        settings = LearnerModel.settings(
            learner=choices.learner,
            compiled=choices.compiled,
            **choices.beside,
            **choices.learner_fields,
        )
        name = settings.learner.symbol
        seed = system_seed(choices.seed, name, False)
        systems[name] = _System(settings.batch([seed]), float(settings.learner.rate))
    return systems
