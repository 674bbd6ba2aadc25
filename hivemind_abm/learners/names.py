"""The names of the built-in learners.

A new learner is a file in this room and its class in the list here.
"""

from typing import Any

from hivemind_abm.hives.names import find_rule
from hivemind_abm.learners.cross_learning import (
    CrossLearning,
    MaynardCrossLearning,
    ParallelCrossLearning,
    ParallelMaynardCrossLearning,
)
from hivemind_abm.learners.learner import Learner
from hivemind_abm.loading import MACRO
from hivemind_abm.registry import Part, by_name, find_part

__all__ = ["LEARNERS", "find_learner"]

LEARNERS: dict[str, type[Learner]] = by_name(
    CrossLearning, MaynardCrossLearning, ParallelCrossLearning, ParallelMaynardCrossLearning
)


def find_learner(learner: Any) -> Part:
    """A learner by its short name, by a file's path, as a class or as an instance.

    "macro:" and the short name or file of a rule is the macro-agent of that rule.

    Raises:
        ValueError, TypeError: As for `registry.find_part`.
    """
    if isinstance(learner, str) and learner.startswith(MACRO):
        # Hives are loaded only where they run.
        from hivemind_abm.learners.macro_agent import macro_agent_of

        return Part("learner", macro_agent_of(find_rule(learner.removeprefix(MACRO)).made))
    return find_part(
        learner, "learner", Learner, {name: (cls, {}) for name, cls in LEARNERS.items()}
    )
