"""The arguments of a game's model, checked.

Knows: what users may pass, and which players are built from it.  Does not know: Mesa.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.engine.rows import quorum_of
from hivemind_abm.engine.seeds import child_seeds
from hivemind_abm.games.batch import GameBatch, columns_of_game
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.flow import FlowBatch
from hivemind_abm.games.game import Game, actions_of
from hivemind_abm.games.matches import MOST_PLAYERS
from hivemind_abm.games.names import find_game
from hivemind_abm.games.seating import (
    OF_DYNAMICS,
    DynamicSettings,
    PlayerSettings,
    Written,
    written_player,
)
from hivemind_abm.games.seats import MATCHES, Seat
from hivemind_abm.registry import Part, build_parts, known_keyword

__all__ = ["GameSettings"]


@dataclass(frozen=True)
class GameSettings:
    """The checked arguments of a `GameModel`, without its seed.

    Attributes:
        game: The game, an instance.
        players: The settings of each player.
        match: "drawn" or "mean".
        stop_if_end: Whether consensus of all players stops the run, or the share that does.
    """

    game: Game
    players: tuple[PlayerSettings, ...]
    match: str
    stop_if_end: bool | float

    @property
    def n_action(self) -> tuple[int, ...]:
        """K_p, the number of options of each player."""
        return actions_of(self.game)

    @property
    def columns(self) -> list[str]:
        """The columns of its rows."""
        return columns_of_game([player.columns for player in self.players])

    @property
    def work(self) -> int:
        """Bee-steps per step."""
        return sum(player.work for player in self.players)

    @property
    def deterministic(self) -> bool:
        """Whether all players are replicators, so that all runs are the same."""
        return all(player.deterministic for player in self.players)

    @classmethod
    def of(
        cls,
        *,
        game: Any,
        players: Any,
        population_size: Any,
        match: str,
        neighbourhood: Any,
        neighbourhood_size: Any,
        updating: Any,
        initial_shares: Any,
        stop_if_end: bool | float,
        compiled: bool,
        parameters: Mapping[str, Any],
    ) -> "GameSettings":
        """Check the arguments of a model; see `GameModel` for their meaning and errors."""
        checks.one_of("match", match, MATCHES)
        compiled = checks.truth_value("compiled", compiled)
        quorum_of(stop_if_end)
        written = _written_players(players)
        part = find_game(game)
        _check_keywords(part, written, parameters)
        of_game = {key: value for key, value in parameters.items() if key in part.open_fields}
        (the_game,) = build_parts([part], of_game, _arguments())
        _check_number(the_game, written)
        common = {
            "neighbourhood": neighbourhood,
            "neighbourhood_size": neighbourhood_size,
            "updating": updating,
            "compiled": compiled,
        }
        sizes = _for_each("population_size", population_size, len(written))
        starts = _for_each("initial_shares", initial_shares, len(written))
        seated = [
            each.settings(
                Seat(the_game, each.number, match),
                {**common, "population_size": size, "initial_shares": start},
                parameters,
            )
            for each, size, start in zip(written, sizes, starts, strict=True)
        ]
        _check_flow(seated)
        return cls(the_game, tuple(seated), match, stop_if_end)

    def batch(self, seeds: Sequence[Any]) -> GameBatch | FlowBatch:
        """Runs with these settings, one per seed."""
        dynamics = [player.settings for player in self.players]
        first = dynamics[0]
        if isinstance(first, DynamicSettings) and first.method == "exact":
            derivatives = tuple(each.derivative for each in dynamics)  # type: ignore[union-attr]
            start = [np.array(each.start) for each in dynamics]  # type: ignore[union-attr]
            replicators = CoupledReplicators(self.game, derivatives)
            return FlowBatch(replicators, start, first.delta, len(seeds), self.stop_if_end)
        players = [
            player.batch(child_seeds(seeds, number)) for number, player in enumerate(self.players)
        ]
        return GameBatch(players, self.game.fellow, seeds, self.stop_if_end)


def _check_flow(players: Sequence[PlayerSettings]) -> None:
    """Refuse continuous time beside players that make steps, or with several clocks."""
    dynamics = [player.settings for player in players]
    clocks = {
        (each.method, each.delta if each.method == "exact" else 0.0)
        if isinstance(each, DynamicSettings)
        else ("steps", 0.0)
        for each in dynamics
    }
    if len(clocks) > 1 and any(method == "exact" for method, _ in clocks):
        raise ValueError(
            "method must be 'euler' unless all players are dynamics with method 'exact' and the "
            "same delta: others make steps, and only replicators can be solved together"
        )


def _arguments() -> list[str]:
    """The names of the arguments of `GameModel`, without fields of its parts."""
    names = [name for name in inspect.signature(GameSettings.of).parameters if name != "parameters"]
    return [*names, "agent_reporters", "rng"]


def _written_players(players: Any) -> list[Written]:
    if isinstance(players, str | Mapping) or not isinstance(players, Sequence):
        raise TypeError(
            'players must be a sequence with one item for each player, ("success", "P-MCL") for '
            f"instance, not {players!r}"
        )
    return [written_player(value, number) for number, value in enumerate(players)]


def _check_number(game: Game, written: Sequence[Written]) -> None:
    expected = len(actions_of(game))
    if expected > MOST_PLAYERS:
        raise ValueError(f"game must have at most {MOST_PLAYERS} players, not {expected}")
    if len(written) != expected:
        raise ValueError(
            f"players must be {expected} for {type(game).__name__}, one for each of its players, "
            f"not {len(written)}"
        )


def _check_keywords(part: Part, written: Sequence[Written], parameters: Mapping[str, Any]) -> None:
    """Refuse keywords that fit nothing, or the game and a player."""
    parts = [part, *(each for player in written for each in player.parts)]
    further = OF_DYNAMICS if any(player.is_dynamic for player in written) else ()
    for keyword in parameters:
        known_keyword(keyword, parts, [*_arguments(), *further])
        takers = [player.number for player in written if player.takes(keyword)]
        if keyword in part.open_fields and takers:
            raise TypeError(
                f"{keyword} is a field of the game and of player {takers[0]}: give that player as "
                f"a dict with its own {keyword}, or the game as an instance"
            )


def _for_each(name: str, value: Any, players: int) -> list[Any]:
    """One value for all players, or one for each."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, str) or not isinstance(value, Sequence):
        if name == "initial_shares" and value is not None:
            raise TypeError(
                f"{name} must be None, or a sequence with the shares of each player, not {value!r}"
            )
        return [value] * players
    if len(value) != players:
        raise ValueError(f"{name} must have {players} items, one for each player, not {value!r}")
    return list(value)
