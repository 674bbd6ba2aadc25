"""One run of anything that steps in batches, as a Mesa model with a record.

Knows: Mesa's clock and its DataCollector, and which columns a record has.  Does not know: bees, learners, replicators.
"""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import mesa
import numpy as np
import pandas as pd
from mesa.time import Priority, Schedule

__all__ = ["Batch", "RecordedModel", "Settings", "measure_names", "starting_shares"]


def measure_names(n_action: int) -> list[str]:
    """The columns of a record: optimal_share, mean_payoff, share_0 .. share_K-1, consensus."""
    return ["optimal_share", "mean_payoff", *(f"share_{a}" for a in range(n_action)), "consensus"]


def starting_shares(initial_shares: Any, n_action: int) -> np.ndarray:
    """The argument `initial_shares` as an array, shape (K,); None means even shares.

    Raises:
        ValueError: Not K numbers of at least 0 that sum to 1.
    """
    if initial_shares is None:
        return np.full(n_action, 1.0 / n_action)
    try:
        shares = np.array(
            [math.nan if isinstance(share, str) else share for share in initial_shares], float
        )
    except (TypeError, ValueError):
        shares = np.zeros(0)
    if shares.shape != (n_action,) or not (shares >= 0.0).all() or abs(shares.sum() - 1.0) > 1e-9:
        raise ValueError(
            f"initial_shares must be {n_action} numbers of at least 0 that sum to 1, one an option, not {initial_shares!r}"
        )
    return shares


class Batch(Protocol):
    """Runs that are stepped together.

    Attributes:
        measures: One row a run, shape (R, K + 3), in the order of `measure_names`.
        running: False for a run that has stopped, shape (R,).
        made: Steps that each run has made, shape (R,).
    """

    measures: np.ndarray
    running: np.ndarray
    made: np.ndarray

    def step(self) -> None: ...

    def advance(self, steps: int) -> None:
        """So many steps; only the last one's row is measured, and an error leaves the runs as they are."""
        ...


class Settings(Protocol):
    """A model's arguments, checked, apart from the seed.

    Attributes:
        n_action: K.
        work: What a step of one run costs, roughly, in bee-steps.
    """

    @property
    def n_action(self) -> int: ...

    @property
    def work(self) -> int: ...

    def batch(self, seeds: Sequence[Any]) -> Batch:
        """Runs with these settings, one a seed."""
        ...


class RecordedModel(mesa.Model):
    """A Mesa model that shows the one run of a batch and collects its rows; building it collects row 0.

    Attributes:
        seed: The SeedSequence in use.
        datacollector: Columns optimal_share, mean_payoff, share_0 .. share_K-1, consensus.
    """

    def __init__(self, seed: np.random.SeedSequence, batch: Batch) -> None:
        super().__init__(rng=seed)
        self.seed = seed
        self._batch = batch
        self.running = bool(batch.running[0])

    def _start_record(self, agent_reporters: Mapping[str, Any] | None = None) -> None:
        names = measure_names(self._batch.measures.shape[1] - 3)
        self.datacollector = mesa.DataCollector(
            model_reporters={
                name: partial(_measure, column=column) for column, name in enumerate(names)
            },
            agent_reporters=agent_reporters,
        )
        self.datacollector.collect(self)

    @property
    def shares(self) -> np.ndarray:
        """x, the share of each option at the last row, shape (K,)."""
        return self._batch.measures[0, 2:-1].copy()

    def table(self) -> pd.DataFrame:
        """The record with a column step before it: what `hivemind run` writes."""
        table = self.datacollector.get_model_vars_dataframe()
        table.insert(0, "step", np.arange(len(table)))
        return table

    def step(self) -> None:
        """One step, and its row; nothing at all once the run has stopped.

        Raises:
            ValueError, TypeError: A user's method broke its contract; the model is as before the step.
        """
        self._batch.step()
        self.running = bool(self._batch.running[0])
        self.datacollector.collect(self)

    def _wrapped_step(self) -> None:
        if self.running:
            super()._wrapped_step()

    def _do_step(self) -> None:
        if not self.running:  # Mesa's `run_for` doesn't look at it
            return
        try:
            super()._do_step()
        except (
            BaseException
        ):  # Mesa has moved its clock on already, and would not schedule another step
            self.steps -= 1
            self.time -= 1.0
            schedule = Schedule(interval=1.0, start=self.time + 1.0)
            self.schedule_recurring(self._do_step, schedule, Priority.HIGH)
            raise


def _measure(model: RecordedModel, column: int) -> float | bool:
    value = model._batch.measures[0, column]
    return bool(value) if column == model._batch.measures.shape[1] - 1 else float(value)
