"""The rules of a hive and the players of a game as short texts.

Knows: how users write them.  Does not know: which of them exist.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hivemind_abm.hives.mixture import is_mixture

__all__ = ["shown_player", "shown_players", "shown_rules"]

_KINDS = ("rule", "learner", "dynamic")  # what a player's dict names
_SHORT = {"population_size": "N", "neighbourhood_size": "M"}
_IN_WORDS = ("neighbourhood", "updating")  # where a text is clear without the name


def shown_rules(rules: Sequence[Sequence[Any]]) -> str:
    """Several rules with their shares or numbers of bees, "0.9 wvoter + 0.1 success"."""
    return " + ".join(f"{share:g} {_name(rule)}" for rule, share in rules)


def shown_players(players: Sequence[Any]) -> str:
    """The players of a game, "wvoter (N 50), P-MCL"."""
    return ", ".join(map(shown_player, players))


def shown_player(player: Any) -> str:
    """One player: its name, several rules, or with settings "wvoter (N 50, asynchronous)"."""
    if not isinstance(player, Mapping):
        return shown_rules(player) if is_mixture(player) else _name(player)
    kind = next((kind for kind in _KINDS if kind in player), None)
    settings = [_setting(name, value) for name, value in player.items() if name != kind]
    shown = shown_player(player[kind]) if kind else "player"
    return f"{shown} ({', '.join(settings)})" if settings else shown


def _setting(name: str, value: Any) -> str:
    if name in _IN_WORDS and isinstance(value, str):
        return value
    return f"{_SHORT.get(name, name)} {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"({', '.join(map(_value, value))})"
    return f"{value:g}" if isinstance(value, float) else _name(value)


def _name(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else str(value)
