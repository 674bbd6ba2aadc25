"""The pulls of one step, as a learner's `update` gets them in plain Python.

Knows: the questions that an update may ask.  Sums and counts are calls of the compiled code, so
that both modes give the same numbers.  Does not know: how options are drawn.
"""

import operator
from collections.abc import Iterator, Sequence

import numpy as np

from hivemind_abm.checks import as_index
from hivemind_abm.engine.loops import compiled
from hivemind_abm.learners.pulled import Pull, Workspace
from hivemind_abm.learners.pulls_compiled import pulls_of

__all__ = ["Pull", "Pulls"]


class Pulls:
    """The pulls of one step, as a learner's `update` gets them.

    Args:
        options: The options pulled, shape (B,), dtype int32.
        rewards: Their rewards, shape (B,).
        workspace: The work arrays of the batch.
    """

    __slots__ = ("_arrays",)

    def __init__(self, options: np.ndarray, rewards: np.ndarray, workspace: Workspace) -> None:
        self._arrays = (options, rewards, workspace)
        workspace.tallied[:] = 0

    @classmethod
    def of(cls, pulls: Sequence[tuple[int, float]], n_action: int, step: int = 0) -> "Pulls":
        """Pulls made by hand, to try an `update`.

        Args:
            pulls: One (option, reward) for each pull.
            n_action: K.
            step: The number of updates before.

        Raises:
            ValueError: An option that is not 0 .. n_action - 1.
        """
        workspace = Workspace.of(1, n_action, 0)
        workspace.clock[0] = step
        for option, _ in pulls:
            if (
                isinstance(option, bool)
                or not hasattr(option, "__index__")
                or not 0 <= operator.index(option) < n_action
            ):
                raise ValueError(f"an option must be 0 to {n_action - 1}, not {option!r}")
        options, rewards = [option for option, _ in pulls], [reward for _, reward in pulls]
        return cls(np.array(options, np.int32), np.array(rewards, float), workspace)

    @property
    def size(self) -> int:
        """B, the number of pulls."""
        return int(self._arrays[0].size)

    @property
    def n_action(self) -> int:
        """K, the number of options."""
        return int(self._arrays[2].counts.size)

    @property
    def step(self) -> int:
        """The number of updates that the learner has made before this one."""
        return int(self._arrays[2].clock[0])

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, b: int) -> Pull:
        """Pull b = 0 .. size - 1.

        Raises:
            IndexError: There is no such pull.
        """
        options, rewards, _ = self._arrays
        if not 0 <= as_index("pulls[b]: b", b) < options.size:
            raise IndexError("pulls[b]: b must be 0 .. pulls.size - 1")
        return Pull(int(options[b]), float(rewards[b]))

    def __iter__(self) -> Iterator[Pull]:
        return (self[b] for b in range(self.size))

    def reward_of(self, option: int) -> float:
        """The summed reward of the pulls of this option.

        Raises:
            IndexError: There is no such option.
        """
        return _reward_of(*self._arrays, as_index("reward_of(option): option", option))

    def count_of(self, option: int) -> int:
        """The number of pulls of this option.

        Raises:
            IndexError: There is no such option.
        """
        return _count_of(*self._arrays, as_index("count_of(option): option", option))

    @property
    def total_reward(self) -> float:
        """The summed reward of all pulls."""
        return _total_reward(*self._arrays)


@compiled
def _reward_of(options, rewards, workspace, option):
    return pulls_of(options, rewards, workspace).reward_of(option)


@compiled
def _count_of(options, rewards, workspace, option):
    return pulls_of(options, rewards, workspace).count_of(option)


@compiled
def _total_reward(options, rewards, workspace):
    return pulls_of(options, rewards, workspace).total_reward
