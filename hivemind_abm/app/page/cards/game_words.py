"""A game and its players in words.

Knows: how players, their shares and their payoffs read.
Does not know: how they are stepped.
"""

import html
import inspect
from typing import Any

import pandas as pd

from hivemind_abm.app.cli.text import described
from hivemind_abm.app.page.charts.curves import NO_OPTION
from hivemind_abm.app.page.sessions.game_session import GameSession
from hivemind_abm.games.seating import DynamicSettings, PlayerSettings
from hivemind_abm.games.seats import DRAWN
from hivemind_abm.hives.settings import HiveSettings

__all__ = ["ending_in_words", "game_in_words", "player_in_words", "players_table"]

_MOST_OPTIONS = 6  # of a player that are written out
_MATCHES = {
    True: "In each step every bee or pull meets one of each other player.",
    False: "In each step every bee or pull gets the mean payoff against the shares of the others.",
}


def game_in_words(session: GameSession) -> str:
    """What the game is, as its docstring says, and how its players meet."""
    game = session.model.game
    cls = type(game)
    doc = (inspect.getdoc(cls) or "") if "__doc__" in vars(cls) else ""
    first = " ".join(doc.split("\n\n")[0].replace("`", "").split())
    if not first or first.startswith(f"{cls.__name__}("):  # what a dataclass writes itself
        first = f"{cls.__name__}."
    return f"{first} {_MATCHES[session.settings.match == DRAWN]}"


def player_in_words(player: PlayerSettings) -> str:
    """What a player is."""
    settings: Any = player.settings
    paid = ""
    if getattr(settings, "bandit", player.seat) is not player.seat:
        paid = f", paid by {described(settings.bandit)}"
    if isinstance(settings, DynamicSettings):
        return f"the dynamic {player.symbol}: a hive without noise"
    if not isinstance(settings, HiveSettings):
        return f"a learner, {described(settings.learner)}{paid}"
    rules = " and ".join(
        f"{number} bees with {described(rule)}"
        for rule, number in zip(settings.rules, settings.numbers, strict=True)
    )
    updating = "" if settings.updating == "synchronous" else f", updating {settings.updating}"
    return f"a hive of {rules}; each hears {settings.neighbourhood.size}{updating}{paid}"


def players_table(session: GameSession, rows: pd.DataFrame) -> str:
    """Who plays, with the shares and the mean payoff of the last of some rows, as an HTML table."""
    last, lines = rows.iloc[-1], []
    for number, player in enumerate(session.model.players):
        words = player_in_words(session.settings.players[number])
        shares = [
            f"{name} {last[f'p{number}_share_{option}']:.3f}"
            for option, name in enumerate(session.option_names[number])
        ][:_MOST_OPTIONS]
        if player.n_action > _MOST_OPTIONS:
            shares.append("...")
        if player.uncommitted:
            shares.append(f"no option {last[f'p{number}_{NO_OPTION}']:.3f}")
        cells = [
            f"<b>{number}: {html.escape(player.symbol)}</b><br>{html.escape(words)}",
            "<br>".join("&nbsp;".join(html.escape(share).rsplit(" ", 1)) for share in shares),
            f"{last[f'p{number}_payoff']:.3f}",
        ]
        lines.append("".join(f"<td>{cell}</td>" for cell in cells))
    head = "".join(f"<th>{title}</th>" for title in ("player", "shares now", "mean payoff"))
    body = "".join(f"<tr>{row}</tr>" for row in lines)
    return f"<table class='hm-asked hm-players'><tr>{head}</tr>{body}</table>"


def ending_in_words(session: GameSession) -> str:
    """Why the game has stopped."""
    shares = [max(player.shares) for player in session.model.players]
    if min(shares) == 1.0:
        return f"consensus of all players at step {session.steps}"
    return f"each player has an option with at least {min(shares):.3f} at step {session.steps}"
