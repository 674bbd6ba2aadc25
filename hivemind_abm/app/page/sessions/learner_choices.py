"""What can be chosen about a learner that is watched alone, as plain data.

Knows: the arguments of its model, and the lines of Python that repeat a run.
Does not know: how the model is stepped or shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from hivemind_abm.app.page.sessions.python_lines import python_lines

__all__ = ["LearnerChoices"]

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class LearnerChoices:
    """All that a session of one learner is built from.

    Attributes:
        learner: As for `LearnerModel`, by name or path.
        learner_fields: Fields of the learner.
        bandit: As for `LearnerModel`, by name or path.
        bandit_fields: Fields of the bandit.
        initial_shares: As for `LearnerModel`.
        stop_if_end: As for `LearnerModel`.
        compiled: As for `LearnerModel`.
        seed: The seed, digits.
        at_once: Steps of the learner that are one step of the page; None for as many as fit
            the learner.
    """

    learner: str = "P-MCL"
    learner_fields: Mapping[str, Any] = field(default=_NONE)
    bandit: str = "evenly spaced"
    bandit_fields: Mapping[str, Any] = field(default=_NONE)
    initial_shares: tuple[Any, ...] | None = None
    stop_if_end: bool | float = False
    compiled: bool = True
    seed: str = "1"
    at_once: int | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the model, without its seed."""
        return {
            "learner": self.learner,
            "bandit": self.bandit,
            "initial_shares": self.initial_shares,
            "stop_if_end": self.stop_if_end,
            "compiled": self.compiled,
            **self.learner_fields,
            **self.bandit_fields,
        }

    def code(self, steps: int) -> str:
        """Lines of Python that make the same run."""
        default = LearnerChoices()
        given = {"learner": self.learner, "bandit": self.bandit}
        for name in ("initial_shares", "stop_if_end", "compiled"):
            if getattr(self, name) != getattr(default, name):
                given[name] = getattr(self, name)
        words = [f"{name}={value!r}" for name, value in given.items()]
        fields = {**self.learner_fields, **self.bandit_fields}
        words += [f"{name}={value!r}" for name, value in fields.items()]
        return python_lines("LearnerModel", [*words, f"rng={int(self.seed)}"], steps)
