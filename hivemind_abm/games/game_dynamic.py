"""Dynamics that look across: a replicator that knows the game and the shares of all players.

Knows: what such a dynamic must provide.  Does not know: any of them; see `shaping_partners`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hivemind_abm.games.game import Game
from hivemind_abm.theory.dynamic import Dynamic

__all__ = ["GameDynamic"]


class GameDynamic(Dynamic):
    """A dynamic that also looks at the other players of a game.

    Subclass it as a frozen dataclass and write `growth`.  It plays in a `GameModel` and in
    `CoupledReplicators` only.

    See also: `LolaDynamic`.
    """

    def __call__(self, shares: Any, fitness: Any) -> np.ndarray:
        """Raises ValueError: it needs the other players."""
        raise ValueError(
            f"{type(self).__name__} looks at the other players of a game: "
            "use it in a GameModel or in CoupledReplicators"
        )

    def growth(self, game: Game, player: int, shares: Sequence[np.ndarray]) -> np.ndarray:
        """(dx_a/dt) / x_a of one player.

        Args:
            game: The game.
            player: The number of the player.
            shares: x of each player, P arrays of shape (K_p,).

        Returns:
            Shape (K_player,).  Its mean over the shares of the player is 0.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no growth(self, game, player, shares)"
        )

    def derivative(self, game: Game, player: int, shares: Sequence[np.ndarray]) -> np.ndarray:
        """dx/dt of one player; arguments as for `growth`."""
        return np.asarray(shares[player], float) * self.growth(game, player, shares)
