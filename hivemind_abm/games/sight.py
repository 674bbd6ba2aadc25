"""What a player that looks at the others sees of them: their bees, and the payoffs of the game.

Knows: the arrays behind it, and the table of addresses for compiled code.  Does not know: who
looks, or what rules ask; see `looking` and `looking_compiled`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hivemind_abm.games.game import Game, actions_of
from hivemind_abm.games.tensors import tensors_of

__all__ = [
    "CELLS",
    "FIRST",
    "HELD",
    "OPTIONS",
    "PAID",
    "PLAY",
    "PLAYERS",
    "SEAT",
    "SHARES",
    "SIZE",
    "STEP",
    "WIDTH",
    "Shown",
    "Sight",
]

# Words of the table: the number of players, the own player, the entry of the pass that plays a
# match (three words, 0 where payoffs are looked up), and from FIRST on a row for each player.
PLAYERS, SEAT, PLAY, FIRST = 0, 1, 2, 5
# Words of a row: addresses of the shares, of the options that bees hold and of their payoffs, of
# the player's tensor; K, N, and how far apart its options are in all tensors.
SHARES, HELD, PAID, CELLS, OPTIONS, SIZE, STEP = range(7)
WIDTH = 7


@dataclass(frozen=True)
class Shown:
    """What the players show, in all runs.

    Attributes:
        shares: The shares of each player, shape (R, K_p).
        held: The options of its bees or pulls, shape (R, N_p), dtype int32; N_p is 0 for a
            replicator.
        paid: Their last payoffs, shape (R, N_p); for a replicator those of its options, (R, K_p).
    """

    shares: Sequence[np.ndarray]
    held: Sequence[np.ndarray]
    paid: Sequence[np.ndarray]

    def arrays(self) -> list[np.ndarray]:
        """All arrays, each with one row per run."""
        return [*self.shares, *self.held, *self.paid]

    def copied(self) -> "Shown":
        """The same numbers in new arrays."""
        return Shown(*([array.copy() for array in each] for each in vars(self).values()))

    def copy_run(self, other: "Shown", run: int) -> None:
        """Take over what is shown in one run."""
        for target, source in zip(self.arrays(), other.arrays(), strict=True):
            target[run] = source[run]


@dataclass(frozen=True, eq=False)
class Sight:
    """All players as one of them sees them when it decides.

    Attributes:
        game: The game.
        seat: The number of the player that looks.
        shown: What the players show.
    """

    game: Game
    seat: int
    shown: Shown

    @cached_property
    def tensors(self) -> tuple[np.ndarray, ...]:
        """The mean payoffs of each player, shape (K_1, ..., K_P)."""
        if self.game.fellow:
            raise ValueError(
                f"{type(self.game).__name__} also pays by bees of the own player, so no player can "
                "look at the others in it"
            )
        return tuple(np.ascontiguousarray(values) for values in tensors_of(self.game).values)

    def table(self, play: tuple[int, int, int] = (0, 0, 0)) -> np.ndarray:
        """Sizes and addresses as compiled code takes them, 1-d, dtype int64.

        The arrays must outlive the use of the table.

        Args:
            play: The entry of the pass that plays a match, as of `CompiledLoop.entry`.
        """
        actions, tensors = actions_of(self.game), self.tensors
        strides = [stride // 8 for stride in tensors[0].strides]
        words = [len(actions), self.seat, *play]
        for player, k in enumerate(actions):
            shares, held = self.shown.shares[player], self.shown.held[player]
            paid = self.shown.paid[player]
            words += [shares.ctypes.data, held.ctypes.data, paid.ctypes.data]
            words += [tensors[player].ctypes.data, k, held.shape[1], strides[player]]
        return np.array(words, np.int64)

    def __getstate__(self) -> dict[str, Any]:
        """The attributes that define it."""
        return {name: getattr(self, name) for name in ("game", "seat", "shown")}
