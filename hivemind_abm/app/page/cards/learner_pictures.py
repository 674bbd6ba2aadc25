"""All cards that show a learner, in their order.

Knows: which cards there are, and which columns each of them shows.
Does not know: how any of them is drawn.
"""

from typing import Any

import solara
from matplotlib.figure import Figure

from hivemind_abm.app.cli.text import described
from hivemind_abm.app.page.bees.drawn import Drawn
from hivemind_abm.app.page.cards.card import card, heading
from hivemind_abm.app.page.cards.take_away import Downloads
from hivemind_abm.app.page.charts.chart import MARGINS, MOST_POINTS, ink, show_chart
from hivemind_abm.app.page.charts.curves import measures_of_several, shares_of_one
from hivemind_abm.app.page.charts.key import colours_by_name, share_key
from hivemind_abm.app.page.charts.run_figure import draw_run
from hivemind_abm.app.page.charts.simplex import simplex
from hivemind_abm.app.page.sessions.learner_session import LearnerSession
from hivemind_abm.app.page.state import PageState

__all__ = ["LearnerPictures"]

_TRIANGLE = 3  # options
_FREE = {"type": "value", "scale": True}


@solara.component
def LearnerPictures(session: LearnerSession, state: PageState[Any]) -> None:
    """Everything that shows the learner.  A step renders only this and the status anew."""
    tick, name = state.tick.value, session.model.learner.symbol
    dark, set_dark = solara.use_state(False)
    looked = state.looked.value
    rows = solara.use_memo(lambda: session.record(MOST_POINTS, looked), [id(session), tick, looked])
    Drawn(tick=tick, event_dark=set_dark, event_drawn=lambda tick: state.drawn())
    with solara.Div(classes=["hm-grid"]).key("grid"):
        with card("Policy"):
            columns = _columns(session)
            colours = colours_by_name(columns)
            show_chart(shares_of_one(rows, columns, colours, dark), dark, height=330)
            share_key(rows, columns, colours, ink(dark))
            solara.Text(_in_words(session), classes=["hm-small"])
        with card("Probability of the best option"):
            alone: dict[str, Any] = {"legend": {"show": False}, "grid": MARGINS}
            best = measures_of_several(rows, {name: "optimal_share"}, dark, **alone)
            show_chart(best, dark, height=200)
            heading("Mean reward")
            payoffs = measures_of_several(rows, {name: "mean_payoff"}, dark, yAxis=_FREE, **alone)
            show_chart(payoffs, dark, height=200)
        if session.n_action == _TRIANGLE:
            with card("Path on the simplex", classes=["hm-wide"]):
                show_chart(simplex({name: rows}, _TRIANGLE, dark), dark, height=330)
        with card("Take it with you", classes=["hm-wide"]):
            Downloads(session.choices.code(session.steps), session.csv, lambda: _figure_of(session))


def _columns(session: LearnerSession) -> dict[str, str]:
    """The column of each option by its name."""
    return {f"option {option}": f"share_{option}" for option in range(session.n_action)}


def _in_words(session: LearnerSession) -> str:
    learner, pulls = session.model.learner, session.model.learner.parallel_envs
    return (
        f"{described(learner)} on {described(session.model.bandit)}, with "
        f"{pulls} pull{'' if pulls == 1 else 's'} per step."
    )


def _figure_of(session: LearnerSession) -> Figure:
    name, rows = session.model.learner.symbol, session.record(session.steps + 2)
    shares: dict[str, dict[str, str]] = {f"policy of {name}": _columns(session)}
    return draw_run(rows, shares, {name: "mean_payoff"}, _in_words(session))
