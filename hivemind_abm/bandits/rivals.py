"""The players of a game, as the bandit of one of them sees them.

Knows: where the options and the shares of each player are.  Does not know: what a match pays, or
how players choose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

__all__ = [
    "AXES",
    "FIRST",
    "HELD",
    "OPTIONS",
    "PLAYERS",
    "PULLS",
    "SEAT",
    "SHARES",
    "WIDTH",
    "Rivals",
]

# Words of the table of `Rivals`: the number of players, that of bees in a match, the own player,
# and from FIRST on a row of WIDTH words for each bee in a match.
PLAYERS, AXES, SEAT, FIRST = 0, 1, 2, 3
# Words of a row: the address of the shares, K, the address of the options that bees hold, N.
SHARES, OPTIONS, HELD, PULLS = 0, 1, 2, 3
WIDTH = 4


@dataclass(frozen=True, eq=False)
class Rivals:
    """All players of a game, that of the bandit too.

    Attributes:
        seat: The number of the bandit's own player.
        shares: The shares of each player, shape (R, K_p).
        options: The options that the bees of each player hold, shape (R, N_p), dtype int32; with
            N_p = 0 for a player without bees, which is known by its shares.
        fellow: Whether a match also has a bee of the own player.
    """

    seat: int
    shares: Sequence[np.ndarray]
    options: Sequence[np.ndarray]
    fellow: bool = False

    @property
    def axes(self) -> tuple[int, ...]:
        """The player of each bee in a match."""
        return (*range(len(self.shares)), *((self.seat,) if self.fellow else ()))

    @cached_property
    def table(self) -> np.ndarray:
        """Sizes and addresses as compiled code takes them, 1-d, dtype int64.

        The arrays must outlive the use of the table.
        """
        words = [len(self.shares), len(self.axes), self.seat]
        for player in self.axes:
            shares, options = self.shares[player], self.options[player]
            words += [shares.ctypes.data, shares.shape[1], options.ctypes.data, options.shape[1]]
        return np.array(words, np.int64)

    def of(self, run: int) -> tuple[np.ndarray, ...]:
        """The shares of each player in a run."""
        return tuple(shares[run] for shares in self.shares)

    def __getstate__(self) -> dict[str, Any]:
        """The attributes but the addresses."""
        return {name: value for name, value in self.__dict__.items() if name != "table"}
