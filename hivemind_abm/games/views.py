"""What one player of a game shows.

Knows: the arrays of one run of a player, by name.  Does not know: Mesa, or how they change.
"""

from typing import Any

import numpy as np

from hivemind_abm.engine.rows import MEAN_PAYOFF
from hivemind_abm.games.flow import FlowBatch
from hivemind_abm.games.players import HivePlayer, MacroPlayer, Player
from hivemind_abm.games.seating import PlayerSettings

__all__ = ["FlowView", "PlayerView"]


class PlayerView:
    """One player of a `GameModel`.

    Its arrays are those of the model, so they are always current.

    Args:
        settings: The settings of the player.
        batch: The player's batch, of one run.

    Attributes:
        symbol: Its name in figures and tables: R_success, P-CL, TRD.
        is_hive: Whether it has bees, which are Mesa agents.
        n_action: K, the number of its options.
        uncommitted: Whether a bee may hold no option.
        shares: x, the share of each option (for a learner, its policy), shape (K,).
        opinions: Options of the bees or pulls, shape (N,), dtype int32; empty for a dynamic.
        payoffs: Their last payoffs, shape (N,); for a dynamic the expected payoff of each option.
        shown: The payoffs that the bees of a hive see, shape (N,).
        memory: The bees' own numbers, shape (N, largest memory_size); a learner's, shape (any,).
        rules: The rules of a hive, a tuple; empty for others.
        follows: The number of each bee's rule, shape (N,), dtype int32.
    """

    def __init__(self, settings: PlayerSettings, batch: Player) -> None:
        self._settings, self._batch = settings, batch
        state = batch.state
        self.symbol, self.n_action = settings.symbol, settings.seat.n_action
        self.is_hive = isinstance(batch, HivePlayer) and not isinstance(batch, MacroPlayer)
        self.shares, self.payoffs = state.shares[0], state.payoffs[0]
        self.opinions = batch.held[0]
        hive: Any = batch
        self.uncommitted = bool(self.is_hive and hive.uncommitted)
        self.shown = hive.shown[0] if self.is_hive else self.payoffs
        self.memory = hive.memory[0] if hasattr(batch, "memory") else np.zeros(0)
        self.rules = hive.rules if self.is_hive else ()
        follows = hive.follows[0] if self.is_hive else np.zeros(0, np.int32)
        self.follows = follows if follows.size else np.zeros(self.opinions.size, np.int32)

    @property
    def population_size(self) -> int:
        """The number of its bees or pulls; 0 for a dynamic."""
        return int(self.opinions.size)

    @property
    def payoff(self) -> float:
        """The mean payoff in the last row."""
        return float(self._batch.rows.values[0, MEAN_PAYOFF])

    @property
    def description(self) -> str:
        """What it is, in words."""
        settings: Any = self._settings.settings
        if self.is_hive:
            rules = " and ".join(map(repr, self.rules))
            return f"hive of {self.population_size}, {rules}"
        if self.population_size:
            return f"learner, {settings.learner!r}"
        return f"replicator, {self.symbol}, delta {settings.delta:g}"

    def __repr__(self) -> str:
        return f"<player {self._settings.seat.number}: {self.description}>"


class FlowView(PlayerView):
    """One player of a game of replicators in continuous time; see `PlayerView`.

    Args:
        settings: The settings of the player.
        batch: The batch of the game.
    """

    def __init__(self, settings: PlayerSettings, batch: FlowBatch) -> None:
        self._settings, self._flow = settings, batch
        self.symbol, self.n_action = settings.symbol, settings.seat.n_action
        self.is_hive = self.uncommitted = False
        self.opinions = self.follows = np.zeros(0, np.int32)
        self.memory, self.rules = np.zeros(0), ()

    @property
    def shares(self) -> np.ndarray:
        """x, shape (K,)."""
        return self._flow.shares[self._settings.seat.number]

    @property
    def payoffs(self) -> np.ndarray:
        """The expected payoff of each option, shape (K,)."""
        return self._flow.fitness[self._settings.seat.number]

    shown = payoffs

    @property
    def payoff(self) -> float:
        """The mean payoff in the last row."""
        return float(self.shares @ self.payoffs)
