"""The card of the bees: one hive, or two side by side.

Knows: what the picture of the bees is made from, and how it is labelled.
Does not know: how it is drawn.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import solara

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.bees.honeycomb import Honeycomb, frame_of, marks_of
from hivemind_abm.app.page.bees.layout import has_network
from hivemind_abm.app.page.bees.network import Network, use_layout
from hivemind_abm.app.page.cards.card import heading
from hivemind_abm.app.page.cards.view_choice import choice_of_view
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.state import PageState
from hivemind_abm.hives.decision import Decision
from hivemind_abm.hives.hive import Hive

__all__ = ["Bees"]


@solara.component
def Bees(
    session: Session,
    state: PageState[Any],
    hive: Hive,
    second: Hive | None,
    bee: int | None,
    decision: Decision | None,
    on_dark: Callable[[bool], None],
) -> None:
    """The bees of the hive, and of a second one beside it.

    Args:
        session: Shown.
        state: The state of the page.
        hive: The hive at the step that is looked at.
        second: The second hive at that step, or None.
        bee: The chosen bee of the first hive, or None.
        decision: Its decision in that step, or None.
        on_dark: Called with whether the page is dark.
    """
    networks = state.view.value.bees == "network"
    if has_network(hive) or (second is not None and has_network(second)):
        choice_of_view(state, "bees")
    else:
        networks = False
    marks = marks_of(bee, decision, len(hive.opinions))
    if second is None:
        _OneHive(session, state, hive, networks, marks, state.bee.set, on_dark, state.drawn)
        return
    with solara.Div(classes=["hm-two"]):
        with solara.Div():
            heading(session.name)
            _OneHive(session, state, hive, networks, marks, state.bee.set, on_dark, state.drawn)
        with solara.Div():
            heading(session.second_name)
            none = {"chosen": None, "fixed": True}
            _OneHive(session, state, second, networks, none, _nothing, _nothing, _nothing)


@solara.component
def _OneHive(
    session: Session,
    state: PageState[Any],
    hive: Hive,
    as_network: bool,
    marks: dict[str, Any],
    on_bee: Callable[[int | None], None],
    on_dark: Callable[[bool], None],
    on_drawn: Callable[[], None],
) -> None:
    """One hive, as a honeycomb or, where it has links, as a network."""
    labels = [f"{option}: {share:.3f}" for option, share in enumerate(hive.shares)]
    if any(rule.uncommitted for rule in hive.rules):
        labels.append(f"none: {max(1.0 - float(hive.shares.sum()), 0.0):.3f}")
    as_network = as_network and has_network(hive)
    layout = use_layout(hive if as_network else None)
    shown: dict[str, Any] = {
        "frame": frame_of(hive, state.tick.value),
        "colours": colours_of_options(session.n_action),
        "labels": labels,
        "rules": _rules_in_words(session, hive),
        "marks": marks,
        "event_choose": on_bee,
        "event_dark": on_dark,
        "event_drawn": lambda tick: on_drawn(),
    }
    if as_network:
        Network(layout=layout, **shown)
    else:
        Honeycomb(**shown)


def _rules_in_words(session: Session, hive: Hive) -> list[str]:
    """The rules of a mixed hive with their bees; none where all bees follow the same."""
    if len(hive.rules) == 1:
        return []
    bees = np.bincount(hive.follows, minlength=len(hive.rules))
    return [f"{name} ({n})" for name, n in zip(session.rule_names, bees, strict=True)]


def _nothing(*_: Any) -> None:
    """What a second hive does with what the browser tells of it."""
