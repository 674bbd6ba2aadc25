"""All cards that show a game, in their order.

Knows: which cards there are, and which columns each of them shows.
Does not know: how any of them is drawn.
"""

from typing import Any

import pandas as pd
import solara

from hivemind_abm.app.page.bees.drawn import Drawn
from hivemind_abm.app.page.cards.card import card, heading
from hivemind_abm.app.page.cards.game_words import game_in_words, players_table
from hivemind_abm.app.page.cards.take_away import Downloads
from hivemind_abm.app.page.charts.chart import MOST_POINTS, ink, show_chart
from hivemind_abm.app.page.charts.curves import NO_OPTION, measures_of_several, shares_of_one
from hivemind_abm.app.page.charts.key import colours_by_name, share_key
from hivemind_abm.app.page.charts.plane_chart import plane_chart
from hivemind_abm.app.page.charts.run_figure import draw_run
from hivemind_abm.app.page.charts.simplex import simplex
from hivemind_abm.app.page.sessions.game_session import GameSession
from hivemind_abm.app.page.state import PageState

__all__ = ["GamePictures"]

_TRIANGLE = 3  # options
_MOST_ON_PLANE = 1000  # points of a path, which has no axis of time
_FREE = {"type": "value", "scale": True}


@solara.component
def GamePictures(session: GameSession, state: PageState[Any]) -> None:
    """Everything that shows the game.  A step renders only this and the status anew."""
    tick = state.tick.value
    dark, set_dark = solara.use_state(False)
    looked = state.looked.value
    rows = solara.use_memo(lambda: session.record(MOST_POINTS, looked), [id(session), tick, looked])
    colours = colours_by_name(name for names in session.option_names for name in names)
    Drawn(tick=tick, event_dark=set_dark, event_drawn=lambda tick: state.drawn())
    with solara.Div(classes=["hm-grid"]).key("grid"):
        if session.has_plane:
            with card("The plane of both shares"):
                Plane(session, tick, looked, dark)
        with card("The game", classes=[] if session.has_plane else ["hm-wide"]):
            _game(session, rows, dark)
        with solara.Div(classes=["hm-each", "hm-wide"]).key("players"):
            for number, player in enumerate(session.model.players):
                with card(f"Shares of player {number}, {player.symbol}"):
                    _shares(session, number, rows, colours, dark)
        with card("Take it with you", classes=["hm-wide"]):
            code = session.choices.code(session.steps)
            Downloads(code, session.csv, lambda: _figure_of(session))


@solara.component
def Plane(session: GameSession, tick: int, looked: int | None, dark: bool) -> None:
    """The shares of option 0 of two players, with the arrows of their dynamics.

    Args:
        session: Shown.
        tick: Counts the steps; a new one renders the card anew.
        looked: The last step of the path; None for all that were made.
        dark: Whether the page is dark.
    """
    rows = solara.use_memo(
        lambda: session.record(_MOST_ON_PLANE, looked), [id(session), tick, looked]
    )
    axes = [f"player {p}: share of {session.option_names[p][0]}" for p in range(2)]
    x, y = rows["p0_share_0"], rows["p1_share_0"]
    with solara.Div(classes=["hm-square"]):
        show_chart(plane_chart(x, y, axes, session.field, dark), dark, height=430)
    note = f"No arrows: {session.no_field}."
    if session.field is not None:
        dynamics = " and ".join(dict.fromkeys(session.field.dynamics))
        note = f"Arrows: the mean change per step of large populations that follow {dynamics}."
    solara.Text(note, classes=["hm-small"])


def columns_of(session: GameSession, player: int) -> dict[str, str]:
    """The column of each option of a player by the option's name, then that of no option."""
    names = session.option_names[player]
    columns = {name: f"p{player}_share_{option}" for option, name in enumerate(names)}
    if session.model.players[player].uncommitted:
        columns["no option"] = f"p{player}_{NO_OPTION}"
    return columns


def _game(session: GameSession, rows: pd.DataFrame, dark: bool) -> None:
    solara.Text(game_in_words(session), classes=["hm-small"])
    payoffs = {name: f"p{player}_payoff" for player, name in enumerate(session.labels)}
    with solara.Div(classes=["hm-two"]):
        solara.HTML(tag="div", unsafe_innerHTML=players_table(session, rows), classes=["hm-scroll"])
        with solara.Div():
            heading("Mean payoffs")
            show_chart(measures_of_several(rows, payoffs, dark, yAxis=_FREE), dark, height=200)


def _shares(
    session: GameSession, player: int, rows: pd.DataFrame, colours: dict[str, str], dark: bool
) -> None:
    columns = columns_of(session, player)
    show_chart(shares_of_one(rows, columns, colours, dark), dark)
    share_key(rows, columns, colours, ink(dark))
    all_triangles = set(session.settings.n_action) == {_TRIANGLE}  # else cards differ in height
    if all_triangles and not session.model.players[player].uncommitted:
        path = pd.DataFrame(
            {f"share_{option}": rows[column] for option, column in enumerate(columns.values())}
        )
        names = session.option_names[player]
        heading("Path on the simplex")
        show_chart(
            simplex({session.labels[player]: path}, _TRIANGLE, dark, names), dark, height=330
        )


def _figure_of(session: GameSession) -> Any:
    players = range(len(session.labels))
    shares = {session.labels[player]: columns_of(session, player) for player in players}
    payoffs = {name: f"p{player}_payoff" for player, name in enumerate(session.labels)}
    return draw_run(
        session.record(session.steps + 2), shares, payoffs, type(session.model.game).__name__
    )
