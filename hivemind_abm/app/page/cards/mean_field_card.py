"""The card that shows what the rule does to the shares: a triangle with arrows, or a drift.

Knows: which of the two belongs to a hive, and that measuring goes on beside the page.
Does not know: how the mean field is measured, or how the charts are made.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import solara
import solara.lab

from hivemind_abm.app.page.cards.card import card
from hivemind_abm.app.page.cards.mean_field_of import (
    Stopped,
    mean_field_of,
    no_mean_field,
    shared_field,
)
from hivemind_abm.app.page.charts.chart import ink, show_chart, thinned
from hivemind_abm.app.page.charts.curves import systems_of
from hivemind_abm.app.page.charts.drift_chart import drift_chart
from hivemind_abm.app.page.charts.field_marks import fixed_point_signs
from hivemind_abm.app.page.charts.key import Sign, sign_key, signs_of_systems
from hivemind_abm.app.page.charts.simplex import is_triangle, simplex, simplex_note
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.hives.hive import Hive

if TYPE_CHECKING:
    from hivemind_abm.theory.field import MeanField

__all__ = ["MeanFieldCard", "shows_mean_field"]


def shows_mean_field(session: Session, record: Mapping[str, pd.DataFrame]) -> bool:
    """Whether the card has something to show: two or three shares.

    Args:
        session: Shown.
        record: The rows of each system by its name, the hive first.
    """
    return is_triangle(record, session.n_action) or session.n_action + session.uncommitted == 2


@solara.component
def MeanFieldCard(
    session: Session, record: Mapping[str, pd.DataFrame], step: int | None, dark: bool
) -> None:
    """The path on the simplex with the arrows of the mean field, or the drift of two shares.

    The mean field is measured in a thread; until it is known, the card shows the path without it.

    Args:
        session: Shown.
        record: The rows of each system by its name, the hive first.
        step: The step that is looked at; None for the last one.
        dark: Whether the page is dark.
    """
    measured = _use_mean_field(session.hive)
    if step is not None:
        record = {name: rows.loc[:step] for name, rows in record.items()}
    record = {name: thinned(rows) for name, rows in record.items()}
    triangle = is_triangle(record, session.n_action)
    with card("Path on the simplex" if triangle else "Drift", key="mean field"):
        if triangle:
            _triangle(session, record, measured.field, dark)
        elif not measured.trouble:
            _drift(session, record, measured.field, dark)
        if measured.field is None and not measured.trouble:
            solara.Text("measuring the mean field ...", classes=["hm-small"])
            solara.ProgressLinear(value=100.0 * measured.part)
        solara.Text(_note(session, record, measured, triangle), classes=["hm-small"])


class _Measured(NamedTuple):
    """A mean field, how much of it is measured, or why there is none."""

    field: "MeanField | None"
    part: float
    trouble: str


def _use_mean_field(hive: Hive) -> _Measured:
    """The mean field of a hive, measured in a thread while it is shown."""
    part, set_part = solara.use_state(0.0)
    reason, shared = solara.use_memo(lambda: (no_mean_field(hive), shared_field(hive)), [hive])
    wanted = solara.use_ref(shared)
    wanted.current = shared

    def measure() -> None:
        if reason or shared.field is not None:
            return
        try:
            mean_field_of(hive, set_part, lambda: wanted.current is shared)
        except (Stopped, ValueError):  # what went wrong stands in `shared`
            return

    def leave() -> None:
        wanted.current = None

    solara.use_effect(lambda: leave, [])
    task = solara.lab.use_task(measure, dependencies=[id(shared)])
    part = part if task.pending else 0.0  # reading it renders the card anew at the end
    return _Measured(None if reason else shared.field, part, reason or shared.trouble)


def _triangle(
    session: Session, record: Mapping[str, pd.DataFrame], field: "MeanField | None", dark: bool
) -> None:
    k, second = session.n_action, session.second_name
    option = simplex(record, k, dark, field=field, second=second)
    option["legend"], option["grid"] = {"show": False}, {**option["grid"], "top": 26}
    words = (
        f"Paths of {', '.join(record)} on the triangle of {k} options. {_points_in_words(field)}"
    )
    show_chart(option, dark, height=300, words=words)
    signs = signs_of_systems(systems_of(record, dark, second))
    if field is not None:
        signs.append(Sign("mean change", ink(dark), shape="arrow"))
    sign_key([*signs, *_signs_of_points(field, dark)])


def _drift(
    session: Session, record: Mapping[str, pd.DataFrame], field: "MeanField | None", dark: bool
) -> None:
    name, rows = next(iter(record.items()))
    colour, share = systems_of(record, dark)[0].colour, float(rows["share_0"].iloc[-1])
    option = drift_chart(field, share, colour, name, dark)
    words = (
        "Mean change per step of the share of option 0, over that share. "
        f"The share is {share:.3f} now. {_points_in_words(field)}"
    )
    show_chart(option, dark, height=300, words=words)
    now = Sign(f"{name} now: {share:.3f}", colour, shape="dot")
    sign_key([now, *_signs_of_points(field, dark)])


def _signs_of_points(field: "MeanField | None", dark: bool) -> list[Sign]:
    return [] if field is None else fixed_point_signs((p.kind for p in field.fixed_points), dark)


def _points_in_words(field: "MeanField | None") -> str:
    """The fixed points that are known."""
    if field is None or not field.fixed_points:
        return ""
    points = (
        f"({', '.join(f'{share:.3g}' for share in point.shares)}) {point.kind}"
        for point in field.fixed_points
    )
    return f"Fixed points: {'; '.join(points)}."


def _note(
    session: Session, record: Mapping[str, pd.DataFrame], measured: _Measured, triangle: bool
) -> str:
    """What stands below the chart."""
    words = [simplex_note(record, session.n_action)]
    field, shown = measured.field, "arrows" if triangle else "curve"
    if measured.trouble:
        words.append(f"No {shown}: {measured.trouble}.")
    if field is not None:
        words.append(
            f"{shown.capitalize()}: the mean change per step in an infinite hive of {field.title}, "
            f"from {field.whole.bees:,} decisions at each of {len(field.shares)} points."
        )
        if len(field.kinds.free) > 1:
            words.append("There the bees of each rule have the same shares.")
        words.append(_points_in_words(field))
    return " ".join(filter(None, words))
