"""What a bee hears as the pulls of a learner, as a learner's `update` gets it in plain Python.

Knows: the questions of `Pulls`, and where policies are kept.  In compiled code the same name makes
the struct of `heard_compiled`.  Does not know: rules, learners, Mesa.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numba.extending import overload

from hivemind_abm.checks import as_index
from hivemind_abm.engine.numbers import as_numbers
from hivemind_abm.engine.stream import Stream
from hivemind_abm.engine.structs import INLINED
from hivemind_abm.hives.bees import BeeView
from hivemind_abm.hives.neighbourhood import EVERYONE
from hivemind_abm.hives.neighbours import Neighbours
from hivemind_abm.hives.neighbours_struct import PASS
from hivemind_abm.learners.heard_compiled import INVALID, closed, heard_by, option_at, option_of
from hivemind_abm.learners.pulled import Pull

__all__ = ["BeesByHand", "HeardPulls"]


class HeardPulls:
    """The bees that one bee hears, as the pulls of a learner.

    A bee that holds no option has pulled nothing, so it is left out.

    Args:
        neighbours: The bees that it hears.
        step: The number of updates before.

    Attributes:
        size: B, the number of pulls.
        n_action: K, the number of options.
        step: The number of updates before.
    """

    __slots__ = ("_neighbours", "n_action", "size", "step")

    size: int
    n_action: int
    step: int

    def __init__(self, neighbours: "Neighbours | BeesByHand", step: int) -> None:
        self._neighbours: Any = neighbours
        self.size, self.n_action, self.step = neighbours.size, neighbours.n_action, step
        if neighbours._options > self.n_action:
            self.size -= neighbours.count_of(self.n_action)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, b: int) -> Pull:
        """Pull b = 0 .. size - 1.

        Raises:
            IndexError: There is no such pull.
        """
        j = as_index("pulls[b]: b", b)
        if not 0 <= j < self.size:
            raise IndexError("pulls[b]: b must be 0 .. pulls.size - 1")
        if self._neighbours._options > self.n_action:
            holding = (i for i, bee in enumerate(self._neighbours) if bee.opinion < self.n_action)
            j = next(i for place, i in enumerate(holding) if place == j)
        bee = self._neighbours[j]
        return Pull(bee.opinion, bee.payoff)

    def __iter__(self) -> Iterator[Pull]:
        return (self[b] for b in range(self.size))

    def reward_of(self, option: int) -> float:
        """The summed payoff of the bees heard that hold this option.

        Raises:
            IndexError: There is no such option.
        """
        return self._neighbours.payoff_of(self._checked("reward_of", option))

    def count_of(self, option: int) -> int:
        """The number of bees heard that hold this option.

        Raises:
            IndexError: There is no such option.
        """
        return self._neighbours.count_of(self._checked("count_of", option))

    @property
    def total_reward(self) -> float:
        """The summed payoff of all bees heard."""
        return self._neighbours.total_payoff

    def _checked(self, question: str, option: int) -> int:
        option = as_index(f"{question}(option): option", option)
        if not 0 <= option < self.n_action:
            raise IndexError(f"{question}(option): option must be 0 .. n_action - 1")
        return option

    @property
    def shared(self) -> bool:
        """Whether all bees that decide in this pass hear the same, and rows are kept for them."""
        workspace, options = self._neighbours._workspace, self._neighbours._options
        kind, _, one_at_a_time = workspace.settings.tolist()
        return kind == EVERYONE and not one_at_a_time and workspace.kept.size > options + 1

    def is_kept(self, row: int) -> bool:
        """Whether a row was kept in this pass."""
        workspace, options = self._neighbours._workspace, self._neighbours._options
        number = workspace.kept.item(row * (options + 1) + options)
        return self.shared and number == workspace.flags.item(PASS)

    def policy_before(self, row: int, opinion: int) -> np.ndarray:
        """The policy before the update, in a row; shape (K,).

        Args:
            row: The row of `Workspace.kept`.
            opinion: The option that has all the probability; below 0 for the shares heard.
        """
        policy = as_numbers(self._row(row)[: self.n_action])
        for option in range(self.n_action):
            policy[option] = 0.0 if opinion >= 0 else self.count_of(option) / self.size
        if opinion >= 0:
            policy[opinion] = 1.0
        return policy

    def memory_of(self, bee: BeeView) -> np.ndarray:
        """The bee's own numbers but the last one, shape (memory_size,)."""
        return bee.memory[: max(bee.memory.size - 1, 0)]

    def state_of(self, rng: Stream) -> tuple[int, ...]:
        """The state of a stream; it is another one after a draw."""
        return tuple(rng.state.tolist())

    def close(self, row: int, keep: bool) -> None:
        """Make a row with a policy ready for many draws, where it is `shared`.

        Args:
            row: The row.
            keep: Keep it for the bees after this one.

        Raises:
            ValueError: The policy has a number below 0 or does not sum to 1 (to 1e-9).
        """
        if not self.shared:
            return
        numbers = self._row(row)
        policy = numbers[: self.n_action].copy()
        if not closed(numbers, 0, self.n_action):
            raise ValueError(_complaint(policy))
        if keep:
            numbers[-1] = self._neighbours._workspace.flags[PASS]

    def draw(self, row: int, rng: Stream) -> int:
        """An option drawn with the policy of a row for which `close` was called.

        Raises:
            ValueError: As for `close`.
        """
        numbers, draw = self._row(row), option_at if self.shared else option_of
        option: int = draw(numbers, 0, self.n_action, rng.random())
        if option < 0:
            raise ValueError(_complaint(numbers[: self.n_action]))
        return option

    def _row(self, row: int) -> np.ndarray:
        width = self._neighbours._options + 1
        return self._neighbours._workspace.kept[row * width : (row + 1) * width]


class BeesByHand:
    """Bees heard, made by hand, to try an `update` on; see `Neighbours`.

    Args:
        bees: One (opinion, payoff) for each.
        n_action: K.
    """

    def __init__(self, bees: Sequence[tuple[int, float]], n_action: int) -> None:
        self._bees = [BeeView.of(int(opinion), float(payoff), 0) for opinion, payoff in bees]
        self.size, self.n_action = len(self._bees), n_action
        self._options = n_action

    def __getitem__(self, j: int) -> BeeView:
        return self._bees[j]

    def count_of(self, option: int) -> int:
        """As `Neighbours.count_of`."""
        return sum(bee.opinion == option for bee in self._bees)

    def payoff_of(self, option: int) -> float:
        """As `Neighbours.payoff_of`."""
        return sum((bee.payoff for bee in self._bees if bee.opinion == option), 0.0)

    @property
    def total_payoff(self) -> float:
        """As `Neighbours.total_payoff`."""
        return sum((bee.payoff for bee in self._bees), 0.0)


def _complaint(policy: np.ndarray) -> str:
    """As `INVALID`, with the numbers; machine code has no text of them."""
    wrong = f"sums to {policy.sum():.10g}"
    if policy.min() < 0.0:
        wrong = f"has {policy.min():g} for option {policy.argmin()}"
    return f"{INVALID}; {policy} {wrong}"


@overload(HeardPulls, strict=False, jit_options=INLINED)
def _heard_pulls(neighbours: Any, step: Any) -> Any:
    return heard_by
