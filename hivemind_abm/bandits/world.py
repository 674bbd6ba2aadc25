"""The world that a bandit sees: the shares of its options, the step, its memory, and rivals.

Knows: this record, as plain Python gets it.  Does not know: bandits, or who pulls.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from hivemind_abm.engine.numbers import as_numbers

__all__ = ["World"]


class World:
    """What a bandit's methods get as `world`.

    Args:
        shares: x, shape (K,), sums to 1.
        step: The number of the row that the payoffs belong to; 0 while the model is built.
        memory: The bandit's own numbers, shape (memory_size,).
        rivals: In a game, the shares of each player, one after the other.

    Attributes:
        shares: x, the share of the pulls that go to each option (for a learner, its policy), shape
            (K,); read-only.
        step: As above.
        memory: As above.  A bandit writes into it, in `change` above all.
        rivals: As above: `rivals[p][a]` is the share of option a of player p.  Empty outside games.
    """

    __slots__ = ("memory", "rivals", "shares", "step")

    shares: np.ndarray
    step: int
    memory: np.ndarray
    rivals: tuple[np.ndarray, ...]

    def __init__(
        self,
        shares: Sequence[float] | np.ndarray,
        step: int = 0,
        memory: Any = (),
        rivals: Sequence[Any] = (),
    ) -> None:
        self.shares = as_numbers(np.asarray(shares, float), writable=False)
        self.step = int(step)
        self.memory = as_numbers(np.asarray(memory, float))
        self.rivals = tuple(as_numbers(np.asarray(x, float), writable=False) for x in rivals)

    def __repr__(self) -> str:
        shares, memory = self.shares.tolist(), self.memory.tolist()
        return f"World(shares={shares}, step={self.step}, memory={memory})"

    def __getitem__(self, option: int) -> NoReturn:
        """Raises TypeError: a world is no array of shares."""
        raise TypeError("a world is no array of shares: write world.shares[option]")

    def __len__(self) -> NoReturn:
        """Raises TypeError: a world is no array of shares."""
        raise TypeError("a world is no array of shares: write world.shares.size")

    def __array__(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Raises TypeError: a world is no array of shares."""
        raise TypeError("a world is no array of shares: write world.shares")
