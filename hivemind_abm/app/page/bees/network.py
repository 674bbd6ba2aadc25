"""The bees as the nodes of a network.

Knows: when a layout is computed, and what the chosen bee is linked with.
Does not know: where bees stand (`layout`), or how they are drawn.
"""

from collections.abc import Callable
from typing import Any

import solara
import solara.lab

from hivemind_abm.app.page.bees.bees import bees
from hivemind_abm.app.page.bees.layout import Layout, Links, layout_of
from hivemind_abm.hives.hive import Hive

__all__ = ["Network", "use_layout"]


@solara.component
def Network(
    frame: dict[str, Any],
    layout: Layout | None,
    colours: list[str],
    labels: list[str],
    rules: list[str],
    marks: dict[str, Any],
    event_choose: Callable[[int | None], None],
    event_dark: Callable[[bool], None],
    event_drawn: Callable[[int], None],
) -> None:
    """Bees as nodes, with the links between them.

    Args:
        frame: From `frame_of` of `honeycomb`.
        layout: From `use_layout`; None while it is computed.
        colours: As for `Honeycomb`, like all others.
        labels: See `colours`.
        rules: See `colours`.
        marks: See `colours`.
        event_choose: See `colours`.
        event_dark: See `colours`.
        event_drawn: See `colours`.
    """
    chosen = marks.get("chosen")

    def around() -> dict[str, Any]:
        return {} if layout is None else {"bee": chosen, **layout.around(chosen)}

    lit = solara.use_memo(around, [layout, chosen])
    bees(
        "network",
        frame=frame,
        colours=colours,
        labels=labels,
        rules=rules,
        marks=marks,
        network={} if layout is None else layout.sent,
        lit=lit,
        chose=event_choose,
        is_dark=event_dark,
        was_drawn=event_drawn,
    )


def use_layout(hive: Hive | None) -> Layout | None:
    """The layout of a hive's network, computed in a thread: None until then.

    A hook: a component calls it each time it is rendered.

    Args:
        hive: The hive at any step; None where no network is shown, which has no layout.
    """
    links = None if hive is None else Links.of(hive)

    def compute() -> tuple[Links, Layout] | None:
        return None if hive is None or links is None else (links, layout_of(hive))

    task = solara.lab.use_task(compute, dependencies=[links], prefer_threaded=True)
    done = task.value if task.finished else None
    return done[1] if done is not None and done[0] == links else None
