"""All cards that show the run, in their order.

Knows: which cards there are, and what they share.
Does not know: how any of them is drawn.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import solara

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.bee import OneBee
from hivemind_abm.app.page.card import Card, heading
from hivemind_abm.app.page.chart import Chart, thinned
from hivemind_abm.app.page.curves import all_shares, legend, one_measure, with_changes
from hivemind_abm.app.page.flows import Flows
from hivemind_abm.app.page.honeycomb import Honeycomb, frame_of, marks_of
from hivemind_abm.app.page.rewards import Rewards
from hivemind_abm.app.page.session import Session
from hivemind_abm.app.page.simplex import is_triangle, simplex, simplex_note
from hivemind_abm.app.page.state import PageState
from hivemind_abm.app.page.take_away import TakeAway
from hivemind_abm.hives.decision import Decision

__all__ = ["Pictures"]


@solara.component
def Pictures(session: Session, state: PageState[Any]) -> None:
    """Everything that shows the run.  A step renders only this and the status anew."""
    tick, k = state.tick.value, session.n_action
    dark, set_dark = solara.use_state(False)
    record = solara.use_memo(session.record, [id(session), tick])
    record = {name: thinned(rows) for name, rows in record.items()}
    bee, bees = state.bee.value, len(session.hive.opinions)
    if bee is not None and bee >= bees:
        bee = None

    def decide() -> Decision | None:
        return None if bee is None or session.steps == 0 else session.hive.decision(bee)

    decision = solara.use_memo(decide, [id(session), tick, bee])
    if session.left_out:
        left_out = f"{' and '.join(session.choices.dynamics)} are not shown: {session.left_out}"
        solara.Text(left_out, classes=["hm-small"])
    for name, trouble in session.troubles.items():
        solara.Warning(f"{name} stopped: {trouble}", dense=True)
    with solara.Div(classes=["hm-grid"]):
        with Card("The hive", classes=["hm-hive"]):
            _hive(session, state, bee, decision, set_dark)
        with Card("Share of the best option"):
            _shares(session, record, dark)
        with Card("One bee"):
            OneBee(session, tick, bee, state.bee.set, decision)
        with Card("Who switched"):
            Flows(session, tick, dark)
        with Card("Mean payoff"):
            free = {"type": "value", "scale": True}
            payoffs = one_measure(record, "mean_payoff", dark, yAxis=free)
            Chart(with_changes(payoffs, session.changes, dark), dark)
        with Card("Rewards of the bandit"):
            Rewards(session, tick, dark)
        if is_triangle(record, k):
            with Card("Path on the simplex"):
                Chart(simplex(record, k, dark), dark, height=330)
                solara.Text(simplex_note(record, k), classes=["hm-small"])
        with Card("Take it with you", classes=["hm-wide"]):
            TakeAway(session, tick)


def _hive(
    session: Session,
    state: PageState[Any],
    bee: int | None,
    decision: Decision | None,
    on_dark: Callable[[bool], None],
) -> None:
    hive, rules = session.hive, []
    labels = [f"{option}: {share:.3f}" for option, share in enumerate(hive.shares)]
    if session.uncommitted:
        labels.append(f"none: {max(1.0 - float(hive.shares.sum()), 0.0):.3f}")
    if len(hive.rules) > 1:
        bees = np.bincount(hive.follows, minlength=len(hive.rules))
        rules = [f"{name} ({n})" for name, n in zip(session.rule_names, bees, strict=True)]
    Honeycomb(
        frame=frame_of(session, state.tick.value),
        colours=colours_of_options(session.n_action),
        labels=labels,
        rules=rules,
        marks=marks_of(bee, decision, len(hive.opinions)),
        event_choose=state.bee.set,
        event_dark=on_dark,
        event_drawn=lambda tick: state.drawn(),
    )


def _shares(session: Session, record: Mapping[str, pd.DataFrame], dark: bool) -> None:
    changes, k = session.changes, session.n_action
    Chart(with_changes(one_measure(record, "optimal_share", dark), changes, dark), dark)
    heading("Shares of all options")
    Chart(with_changes(all_shares(record, k, dark), changes, dark), dark)
    note = "; vertical: another option became the best" if changes else ""
    solara.Text(legend(record) + note, classes=["hm-small"])
