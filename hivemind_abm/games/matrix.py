"""A game given by its payoffs as numbers, for any number of players.

Knows: how nested numbers become a game, and its noise.  Does not know: named games (`classic`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import ROUNDING
from hivemind_abm.games.game import Game

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream

__all__ = ["MatrixGame"]


@dataclass(frozen=True)
class MatrixGame(Game):
    """The payoff is the number of the cell that the options name, uniform on +- gap around it.

    For two players, `payoffs` is (A, B): with the options a and b, player 0 gets A[a][b] and player
    1 gets B[a][b].

    Attributes:
        payoffs: For each player its payoffs, shape (P, K_1, ..., K_P); nested tuples or lists, or
            an array.  It is stored as nested tuples.
        gap: Half the width of the payoff noise; with 0 no number is drawn.
        n_actions: K_p of each player.
        cells: The payoffs one after the other, player 0 first, the last option fastest.

    Raises:
        ValueError: Among others, a payoff that could leave [0, 1]; the message names its cell.

    See also: `PrisonersDilemma` and the other games with names.
    """

    payoffs: Any
    gap: float = 0.0
    n_actions: tuple[int, ...] = field(init=False, repr=False, compare=False)
    cells: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checks.number("gap", self.gap, 0.0, 0.5)
        try:
            array = np.array(self.payoffs, np.float64)
        except (TypeError, ValueError):
            raise ValueError(
                f"payoffs must be numbers nested evenly, player by player, not {self.payoffs!r}"
            ) from None
        if array.ndim < 3 or len(array) != array.ndim - 1 or array.size == 0:
            raise ValueError(
                "payoffs must have the shape (P, K_1, ..., K_P) for P players, P at least 2, "
                f"not {array.shape}"
            )
        inside = (array >= self.gap - ROUNDING) & (array <= 1.0 - self.gap + ROUNDING)
        for player, *options in np.argwhere(~inside)[:1].tolist():
            raise ValueError(
                f"payoffs must be numbers from {self.gap:g} to {1.0 - self.gap:g}, so that they "
                f"stay in [0, 1] with gap {self.gap:g}, not {array[(player, *options)]:g} for "
                f"player {player} at options {tuple(options)}"
            )
        object.__setattr__(self, "payoffs", _as_tuples(array.tolist()))
        object.__setattr__(self, "n_actions", array.shape[1:])
        object.__setattr__(self, "cells", tuple(array.ravel().tolist()))

    def payoff(self, player: int, options: Sequence[int], rng: "Stream") -> float:
        """The payoff of one match; see `Game.payoff`."""
        place = player
        for axis in range(len(self.n_actions)):
            place = place * self.n_actions[axis] + options[axis]
        value = self.cells[place]
        if self.gap > 0.0:
            value += self.gap * (2.0 * rng.random() - 1.0)
        return value

    def mean_payoffs(self, player: int) -> np.ndarray:
        """The payoffs without noise, shape (K_1, ..., K_P)."""
        return np.clip(np.array(self.payoffs[player]), 0.0, 1.0)


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value
