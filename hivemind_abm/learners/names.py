"""The names of the built-in learners.  A new learner is a file of its own and its class in this list."""

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
    """A learner by its short name, a file's path, as a class or as an instance, or as "macro:" and a rule."""
    if isinstance(learner, str) and learner.startswith(MACRO):
        from hivemind_abm.learners.macro_agent import (
            macro_agent_of,  # hives are loaded only where they run
        )

        return Part("learner", macro_agent_of(find_rule(learner.removeprefix(MACRO)).made))
    return find_part(
        learner, "learner", Learner, {name: (cls, {}) for name, cls in LEARNERS.items()}
    )
