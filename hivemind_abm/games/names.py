"""The names of the built-in games.

A new game is a file in this room and its class in the list here.
"""

from collections.abc import Mapping
from typing import Any

from hivemind_abm.games import classic
from hivemind_abm.games.congestion_game import SharedCongestion
from hivemind_abm.games.game import Game
from hivemind_abm.games.iterated import IteratedPrisonersDilemma
from hivemind_abm.registry import Part, find_part

__all__ = ["GAMES", "find_game"]

# The name that users type, with the class and the fields that the name fixes.
GAMES: dict[str, tuple[type[Game], Mapping[str, Any]]] = {
    name: (cls, fields)
    for cls in (
        classic.MatchingPennies,
        classic.StagHunt,
        classic.PrisonersDilemma,
        classic.Chicken,
        classic.Coordination,
        classic.RockPaperScissors,
        IteratedPrisonersDilemma,
        SharedCongestion,
    )
    for name, fields in cls.names.items()
}


def find_game(game: Any) -> Part:
    """A game by its short name, by a file's path, as a class or as an instance.

    Raises:
        ValueError, TypeError: As for `registry.find_part`.
    """
    return find_part(game, "game", Game, GAMES, _check)


def _check(game: Game) -> None:
    from hivemind_abm.games.tensors import checked_game  # loads the machine code

    checked_game(game)
