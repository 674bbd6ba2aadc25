"""The names of the built-in games, and of the rules, learners and dynamics that play in them only.

A new game is a file in this room and its class in the list here.
"""

from collections.abc import Mapping
from typing import Any

from hivemind_abm.games import classic
from hivemind_abm.games.congestion_game import SharedCongestion
from hivemind_abm.games.game import Game
from hivemind_abm.games.game_dynamic import GameDynamic
from hivemind_abm.games.iterated import IteratedPrisonersDilemma
from hivemind_abm.games.looking import GameLearner, GameRule
from hivemind_abm.games.opponent_shaping import Lola
from hivemind_abm.games.shaping_partners import LolaDynamic, ParallelLola
from hivemind_abm.hives.names import find_rule
from hivemind_abm.learners.names import find_learner
from hivemind_abm.registry import Part, by_name, find_part
from hivemind_abm.theory.dynamics import Derivative, find_dynamic, replicator

__all__ = [
    "GAMES",
    "GAME_DYNAMICS",
    "GAME_LEARNERS",
    "GAME_RULES",
    "find_game",
    "find_player_dynamic",
    "find_player_learner",
    "find_player_rule",
    "game_dynamic",
]

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


# What plays in games only, by name.
GAME_RULES: dict[str, type[GameRule]] = by_name(Lola)
GAME_LEARNERS: dict[str, type[GameLearner]] = by_name(ParallelLola)
GAME_DYNAMICS: dict[str, type[GameDynamic]] = by_name(LolaDynamic)


def find_game(game: Any) -> Part:
    """A game by its short name, by a file's path, as a class or as an instance.

    Raises:
        ValueError, TypeError: As for `registry.find_part`.
    """
    return find_part(game, "game", Game, GAMES, _check)


def find_player_rule(rule: Any) -> Part:
    """A rule as `find_rule` does, also one that looks across."""
    known = GAME_RULES.get(rule) if isinstance(rule, str) else None
    return find_rule(rule) if known is None else Part("rule", known)


def find_player_learner(learner: Any) -> Part:
    """A learner as `find_learner` does, also one that looks across."""
    known = GAME_LEARNERS.get(learner) if isinstance(learner, str) else None
    return find_learner(learner) if known is None else Part("learner", known)


def find_player_dynamic(dynamic: Any) -> Part | None:
    """A dynamic as `find_dynamic` does, also one that looks across."""
    known = GAME_DYNAMICS.get(dynamic) if isinstance(dynamic, str) else None
    return find_dynamic(dynamic) if known is None else Part("dynamic", known)


def game_dynamic(dynamic: Any) -> Derivative:
    """A dynamic with its default parameter, as `replicator` does, also one that looks across."""
    known = GAME_DYNAMICS.get(dynamic) if isinstance(dynamic, str) else None
    return replicator(dynamic) if known is None else known()


def _check(game: Game) -> None:
    from hivemind_abm.games.tensors import checked_game  # loads the machine code

    checked_game(game)
