"""A game as a PettingZoo environment: outside agents are whole players.

Knows: what such an agent chooses and sees.  Does not know: the steps of a game; see `model`.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from hivemind_abm import checks
from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.games.episodes import check_arguments
from hivemind_abm.games.model import GameModel
from hivemind_abm.games.pettingzoo_outside import Outside, OutsideEnv, spaces
from hivemind_abm.hives.starting import counts_of_shares

__all__ = ["PlayersEnv"]

OUTSIDE = "outside"  # how a player is written that an agent plays


class PlayersEnv(OutsideEnv):
    """Outside agents "player_0", ..., each of which plays a game for a whole population of N bees.

    Agent "player_p" is the player number p; it exists where `players[p]` is "outside".  With the
    action "option" it chooses one option for all its bees, Discrete(K_p).  With "shares" it
    chooses a mixed strategy: a Box of shape (K_p,) of weights, which are divided by their sum (all
    0 means even shares) and rounded to shares of N bees.  The reward is the mean payoff of the
    agent's bees in the row after the step.  All agents observe the shares of all players, one
    player after the other.

    An episode is truncated after `steps` steps; it terminates earlier where the model stops.
    `reset(seed=s)` builds the model with `rng=s`; what happens is the same, compiled or
    interpreted.  `state()` is what the agents observe.

    Args:
        game: The game, as for `GameModel`.
        players: "outside", or a player as for `GameModel`, one item for each player of the game.
        steps: The number of steps of an episode.
        action: "option" or "shares".
        arguments: Further arguments of `GameModel`, without `rng` and `agent_reporters`.
            `neighbourhood`, `neighbourhood_size` and `updating` have no effect on outside players.

    Attributes:
        model: The `GameModel` of this episode.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    metadata = {"name": "hivemind_abm_players_v0", "render_modes": []}

    def __init__(
        self,
        game: Any = "matching pennies",
        players: Sequence[Any] = (OUTSIDE, "success"),
        *,
        steps: int = 100,
        action: str = "option",
        **arguments: Any,
    ) -> None:
        check_arguments(arguments)
        checks.one_of("action", action, ("option", "shares"))
        self._seats = [number for number, player in enumerate(players) if _is_outside(player)]
        if not self._seats:
            raise ValueError(f"players must hold {OUTSIDE!r} at least once, not {players!r}")
        obedient = {
            "rule": Outside(),
            "neighbourhood": "others",
            "neighbourhood_size": 1,
            "updating": "synchronous",
        }
        played = tuple(obedient if _is_outside(player) else player for player in players)
        self._arguments = {"game": game, "players": played, **arguments}
        sizes = GameModel.settings(**self._arguments).n_action
        self._as_shares = action == "shares"
        seen = spaces.Box(0.0, 1.0, (sum(sizes),))
        super().__init__(
            {f"player_{number}": spaces.Box(0.0, 1.0, seen.shape) for number in self._seats},
            {f"player_{number}": self._actions(sizes[number]) for number in self._seats},
            seen,
            steps,
        )

    @property
    def model(self) -> GameModel:
        """The model of this episode."""
        return cast(GameModel, self._running())

    def state(self) -> np.ndarray:
        """The shares of all players, one player after the other."""
        return np.concatenate(self.model.shares).astype(np.float32)

    def _actions(self, n_action: int) -> "spaces.Space[Any]":
        """The space of a player's actions."""
        return spaces.Box(0.0, 1.0, (n_action,)) if self._as_shares else spaces.Discrete(n_action)

    def _built(self, seed: RunSeed) -> GameModel:
        return GameModel(**self._arguments, rng=seed)

    def _choose(self, actions: Sequence[tuple[str, Any]]) -> None:
        views = [self.model.players[number] for number in self._seats]
        held = [
            self._held(name, action, view.n_action, view.population_size)
            for view, (name, action) in zip(views, actions, strict=True)
        ]
        for view, options in zip(views, held, strict=True):
            view.memory[:, 0] = options

    def _held(self, name: str, action: Any, n_action: int, bees: int) -> np.ndarray:
        """The option of each bee of a player, shape (N,)."""
        if not self._as_shares:
            return np.full(bees, checks.index_below(name, action, n_action))
        weights = np.asarray(action, float)
        allowed = weights.shape == (n_action,) and np.isfinite(weights).all()
        if not allowed or (weights < 0.0).any():
            raise ValueError(f"{name} must be {n_action} weights of at least 0, not {action!r}")
        if not weights.any():
            weights = np.ones(n_action)
        counts = counts_of_shares(weights / weights.sum(), bees, n_action)
        return np.repeat(np.arange(n_action), counts)

    def _rewards(self) -> list[float]:
        return [self.model.players[number].payoff for number in self._seats]

    def _observations(self) -> np.ndarray:
        return np.tile(np.concatenate(self.model.shares), (len(self._seats), 1))


def _is_outside(player: Any) -> bool:
    return isinstance(player, str) and player == OUTSIDE
