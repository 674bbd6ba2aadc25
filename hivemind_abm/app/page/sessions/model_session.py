"""A model that is watched alone: its steps on the clock of the page, and its record.

Knows: where a model keeps its record, and how many of its steps are one step of the page.
Does not know: which model it is, or how it is shown.
"""

from threading import Lock

import pandas as pd

from hivemind_abm import checks
from hivemind_abm.app.page.sessions.thinning import csv_of, rows_of
from hivemind_abm.engine.record import RecordedModel

__all__ = ["MOST_AT_ONCE", "ModelSession"]

MOST_AT_ONCE = 1000


class ModelSession[M: RecordedModel]:
    """A model on the clock of the page.

    Args:
        model: Built, with a record.
        at_once: Steps of the model that are one step of the page, 1 to 1000.

    Attributes:
        model: The argument.
        at_once: The argument.

    Raises:
        ValueError, TypeError: `at_once` is not as described.
    """

    def __init__(self, model: M, at_once: int) -> None:
        """Keep the model."""
        self.model = model
        self.at_once = checks.whole_number("steps at once", at_once, 1, MOST_AT_ONCE)
        self._lock = Lock()

    @property
    def steps(self) -> int:
        """Steps of the model so far."""
        return int(self.model.steps)

    @property
    def ended(self) -> bool:
        """Whether the model has stopped."""
        return not self.model.running

    def step(self) -> None:
        """One step of the page; nothing once the model has stopped.

        Raises:
            Exception: Whatever a user's method raises; the model is then as it was before that step
                of it.
        """
        for _ in range(self.at_once):
            with self._lock:
                self.model.step()

    def record(self, most: int, last: int | None = None) -> pd.DataFrame:
        """Some rows of the record, the first and the last one among them.

        It does not wait for a step that is being made.

        Args:
            most: So many evenly spaced rows at most, and with them the last one.
            last: The last step, None for all that were made.

        Returns:
            The columns of the model; the index is the step.
        """
        return rows_of(self.model.datacollector.model_vars, most, last=last)

    def csv(self) -> str:
        """All rows of the record, as the commands write them."""
        return csv_of(self.model.datacollector.model_vars)
