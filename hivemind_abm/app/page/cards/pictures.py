"""All cards that show the run, in their order.

Knows: which cards there are, and what they share.
Does not know: how any of them is drawn.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import solara

from hivemind_abm.app.page.bees.bee import OneBee
from hivemind_abm.app.page.bees.bee_history import Moment, moment_of
from hivemind_abm.app.page.bees.hive_card import Bees
from hivemind_abm.app.page.cards.card import card, heading
from hivemind_abm.app.page.cards.ensemble_behind import EnsembleBehind, EnsembleNote, use_ensemble
from hivemind_abm.app.page.cards.flows import Flows
from hivemind_abm.app.page.cards.mean_field_card import MeanFieldCard, shows_mean_field
from hivemind_abm.app.page.cards.recorder import Recorder
from hivemind_abm.app.page.cards.rewards import Rewards
from hivemind_abm.app.page.cards.take_away import TakeAway
from hivemind_abm.app.page.cards.view_choice import choice_of_view, choose_view
from hivemind_abm.app.page.charts.chart import MOST_POINTS
from hivemind_abm.app.page.charts.over_time import measure_over_time, shares_over_time
from hivemind_abm.app.page.charts.stacked import small_options
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.state import PageState, message_of
from hivemind_abm.hives.decision import Decision
from hivemind_abm.hives.hive import Hive

__all__ = ["Pictures"]

_MOST_ON_PATH = 2000  # points of a path, which has no axis of time

type Record = Mapping[str, pd.DataFrame]


@solara.component
def Pictures(session: Session, state: PageState[Any]) -> None:
    """Everything that shows the run.  A step renders only this and the status anew."""
    tick, looked = state.tick.value, state.looked.value
    dark, set_dark = solara.use_state(False)
    behind = use_ensemble(session, state)
    seen = [id(session), tick, looked]
    record = solara.use_memo(lambda: session.record(MOST_POINTS, looked), seen)
    hive, second, trouble = solara.use_memo(lambda: _hives_at(session, looked), seen)
    bee = state.bee.value if (state.bee.value or 0) < len(hive.opinions) else None
    decision, moment = solara.use_memo(lambda: _decided(session, hive, bee), [*seen, bee])
    _troubles(session, trouble)
    if behind is not None:
        EnsembleNote(behind)
    two, field = second is not None, shows_mean_field(session, record)
    # Where cards move, their columns are others: the page is filled anew at once, not card by card.
    columns = f"column, {two}, {field}"

    def show_hives() -> None:
        with card("The hives" if two else "The hive", ["hm-wide" if two else "hm-first"], "hives"):
            Bees(session, state, hive, second, bee, decision, set_dark)

    def show_bee() -> None:
        with card("One bee"):
            OneBee(session, state, hive, int(hive.steps), bee, decision, moment)

    def show_shares() -> None:
        with card("Share of the best option", classes=["hm-second"]):
            _Shares(session, state, record, dark, behind)

    def show_rewards() -> None:
        with card("Rewards of the bandit"):
            Rewards(session, hive, tick, dark)

    with solara.Div(classes=["hm-grid"]).key("grid"):
        if two:
            show_hives()
        with solara.Div(classes=["hm-column"]).key(f"first {columns}"):
            if two:
                show_shares()
            else:
                show_hives()
                show_bee()
            with card("Mean payoff"):
                _Payoffs(session, state, record, dark, behind)
            if field:
                show_rewards()
        with solara.Div(classes=["hm-column"]).key(f"second {columns}"):
            if two:
                show_bee()
            else:
                show_shares()
            if field:
                _mean_field(session, looked, dark)
            with card("Who switched"):
                _Switches(session, state, session.steps if looked is None else looked, dark)
        if not field:
            show_rewards()
        with card("Take it with you", classes=["hm-wide"] if field else []):
            TakeAway(session, tick)
            Recorder(session, state)


def _mean_field(session: Session, looked: int | None, dark: bool) -> None:
    """The path so far on the arrows of the mean field, or the drift."""
    path = session.record(_MOST_ON_PATH, looked)
    MeanFieldCard(session, path, looked, dark).key("mean field")


def _hives_at(session: Session, looked: int | None) -> tuple[Hive, Hive | None, str]:
    """The hives at a step; the last ones and what went wrong where it does not come back."""
    try:
        return session.at(looked), session.second_at(looked), ""
    except (Exception, SystemExit) as error:  # of a rule that draws from elsewhere than its rng
        return session.at(None), session.second_at(None), message_of(error)


def _decided(
    session: Session, hive: Hive, bee: int | None
) -> tuple[Decision | None, Moment | None]:
    """What a bee decided in the last step, and the moment of it that can be kept.

    There is no decision before the first step or where no bee is chosen, and no moment while
    another thread makes a step, because the hive is then between two steps.
    """
    if bee is None:
        return None, None
    moves = session.moves
    try:
        decision = hive.decision(bee) if hive.steps else None
        moment = moment_of(hive, bee, decision)
    except Exception:
        if moves % 2 == 0 and session.moves == moves:
            raise
        return None, None
    return decision, moment if moves % 2 == 0 and session.moves == moves else None


def _troubles(session: Session, trouble: str) -> None:
    """What is not as it was chosen."""
    if trouble:
        solara.Warning(trouble, dense=True)
    if session.left_out:
        left_out = f"{' and '.join(session.choices.dynamics)} are not shown: {session.left_out}"
        solara.Text(left_out, classes=["hm-small", "hm-ensemble"])
    for name, stopped in session.troubles.items():
        solara.Warning(f"{name} stopped: {stopped}", dense=True)


@solara.component
def _Shares(
    session: Session,
    state: PageState[Any],
    record: Record,
    dark: bool,
    behind: EnsembleBehind | None,
) -> None:
    """The share of the best option, and those of all options."""
    view, times = state.view.value, _times(session, state, behind)
    small = small_options(record, session.n_action)
    with solara.Div():
        measure_over_time(record, "optimal_share", "Share of the best option", dark, **times)
        heading("Shares of all options")
        shares_over_time(
            record,
            session.n_action,
            dark,
            stacked=view.shares == "stacked",
            hidden=small if view.options == "large" else [],
            **times,
        )
        with solara.Div(classes=["hm-choices"]):
            choice_of_view(state, "shares")
            if small:
                solara.Checkbox(
                    label="show all options",
                    value=view.options == "all",
                    on_value=lambda all_: choose_view(state, "options", "all" if all_ else "large"),
                )


@solara.component
def _Payoffs(
    session: Session,
    state: PageState[Any],
    record: Record,
    dark: bool,
    behind: EnsembleBehind | None,
) -> None:
    """The mean payoff."""
    with solara.Div():
        times = _times(session, state, behind)
        measure_over_time(record, "mean_payoff", "Mean payoff", dark, free=True, **times)


@solara.component
def _Switches(session: Session, state: PageState[Any], step: int, dark: bool) -> None:
    """Who switched in each hive in a step."""
    shown = state.view.value.switches
    hive, second, _ = _hives_at(session, step)
    with solara.Div():
        if second is not None:
            heading(session.name)
        Flows(hive, int(hive.steps), dark, shown)
        if second is not None:
            heading(session.second_name)
            Flows(second, int(second.steps), dark, shown)
        choice_of_view(state, "switches")


def _times(
    session: Session, state: PageState[Any], behind: EnsembleBehind | None
) -> dict[str, Any]:
    """What all charts over time show besides their measure."""
    return {
        "changes": session.changes,
        "looked": state.looked.value,
        "second": session.second_name,
        "behind": behind,
    }
