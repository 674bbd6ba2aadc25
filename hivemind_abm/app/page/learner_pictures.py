"""All cards that show a learner, in their order.

Knows: which cards there are, and which columns each of them shows.
Does not know: how any of them is drawn.
"""

from typing import Any

import solara
from matplotlib.figure import Figure

from hivemind_abm.app.cli.text import described
from hivemind_abm.app.page.card import Card, heading
from hivemind_abm.app.page.chart import MARGINS, MOST_POINTS, Chart, ink
from hivemind_abm.app.page.curves import measures_of_several, shares_of_one
from hivemind_abm.app.page.drawn import Drawn
from hivemind_abm.app.page.key import colours_by_name, share_key
from hivemind_abm.app.page.learner_session import LearnerSession
from hivemind_abm.app.page.run_figure import draw_run
from hivemind_abm.app.page.simplex import simplex
from hivemind_abm.app.page.state import PageState
from hivemind_abm.app.page.take_away import Downloads

__all__ = ["LearnerPictures"]

_TRIANGLE = 3  # options
_FREE = {"type": "value", "scale": True}


@solara.component
def LearnerPictures(session: LearnerSession, state: PageState[Any]) -> None:
    """Everything that shows the learner.  A step renders only this and the status anew."""
    tick, name = state.tick.value, session.model.learner.symbol
    dark, set_dark = solara.use_state(False)
    rows = solara.use_memo(lambda: session.record(MOST_POINTS), [id(session), tick])
    Drawn(tick=tick, event_dark=set_dark, event_drawn=lambda tick: state.drawn())
    with solara.Div(classes=["hm-grid"]):
        with Card("Policy"):
            columns = _columns(session)
            colours = colours_by_name(columns)
            Chart(shares_of_one(rows, columns, colours, dark), dark, height=330)
            share_key(rows, columns, colours, ink(dark))
            solara.Text(_in_words(session), classes=["hm-small"])
        with Card("Probability of the best option"):
            alone: dict[str, Any] = {"legend": {"show": False}, "grid": MARGINS}
            best = measures_of_several(rows, {name: "optimal_share"}, dark, **alone)
            Chart(best, dark, height=200)
            heading("Mean reward")
            payoffs = measures_of_several(rows, {name: "mean_payoff"}, dark, yAxis=_FREE, **alone)
            Chart(payoffs, dark, height=200)
        if session.n_action == _TRIANGLE:
            with Card("Path on the simplex", classes=["hm-wide"]):
                Chart(simplex({name: rows}, _TRIANGLE, dark), dark, height=330)
        with Card("Take it with you", classes=["hm-wide"]):
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
