"""The frames of a movie of a session, and one step of it as a still.

Knows: which steps become frames, and how the hives of those steps come back.
Does not know: how a frame is drawn, how frames become a file, or what asks for the movie.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hivemind_abm.app.page.sessions.session import Session, rule_names_of
from hivemind_abm.hives.hive import Hive

if TYPE_CHECKING:
    from hivemind_abm.app.figures.bee_shapes import Places
    from hivemind_abm.app.figures.frames import Frames

__all__ = ["MOST_BEES", "MOST_FRAMES", "frames_of", "frames_of_hive", "steps_of", "still"]

MOST_BEES, MOST_FRAMES = 10_000, 600  # a cell of so many bees is 3 pixels wide


def steps_of(first: int, last: int) -> list[int]:
    """The steps that become frames: all of them, or every n-th where they are too many.

    The first and the last one are always among them.
    """
    every = max(1, -(-(last - first) // (MOST_FRAMES - 1)))
    return [*range(first, last, every), last]


def frames_of(session: Session, steps: Sequence[int], scale: float = 1.0) -> Iterator[np.ndarray]:
    """The frames of a session at rising steps, each of shape (height, width, 3), dtype uint8.

    The session can be stepped and looked at meanwhile.

    Args:
        session: Shown.
        steps: From `steps_of`.
        scale: Of the size in pixels.

    Raises:
        ValueError: A step comes out otherwise when it is made again.
    """
    frames = _frames(session, steps[0], steps[-1], scale=scale)
    for step, hives in zip(steps, session.walk(steps), strict=True):
        yield frames.pixels(step, hives)


def frames_of_hive(
    hive: Hive, name: str, rows: pd.DataFrame, steps: Sequence[int], scale: float = 1.0
) -> Iterator[np.ndarray]:
    """The frames of a run that is over, as `frames_of`.

    Args:
        hive: At the first of the steps or before it; it is stepped.
        name: Stands above the hive.
        rows: The record of the run.
        steps: From `steps_of`.
        scale: Of the size in pixels.
    """
    from hivemind_abm.app.figures.frames import Frames, Scene

    scene = Scene(name, hive, rows, rule_names_of(hive), places=_places(hive))
    frames = Frames([scene], steps[0], steps[-1], scale)
    for step in steps:
        if step > hive.steps:
            hive.run_for(step - hive.steps)
        _check(hive, rows)
        yield frames.pixels(step, [hive])


def still(session: Session, step: int) -> bytes:
    """A step of a session as an SVG file.

    Args:
        session: Shown.
        step: 0 .. `session.steps`; the curves begin at 0.

    Raises:
        ValueError: The step comes out otherwise when it is made again.
    """
    frames = _frames(session, 0, step, text=True)
    return frames.svg(step, next(session.walk([step])))


def _frames(session: Session, first: int, last: int, **more: Any) -> "Frames":
    from hivemind_abm.app.figures.frames import Frames, Scene

    record, second = session.record(), session.second_at(0)
    hives = [session.at(0)] if second is None else [session.at(0), second]
    names = (session.name, session.second_name)
    scenes = []
    for hive, name in zip(hives, names, strict=False):
        rules = rule_names_of(hive)
        scenes.append(Scene(name, hive, record[name], rules, session.changes, _places(hive)))
    return Frames(scenes, first, last, **more)


def _places(hive: Hive) -> "Places | None":
    """Where the bees of a network stand on the page; None without a network."""
    from hivemind_abm.app.figures.bee_shapes import Places
    from hivemind_abm.app.page.bees.layout import MOST_LINKS, has_network, layout_of

    if not has_network(hive):
        return None
    layout = layout_of(hive)
    every = max(1, -(-len(layout.links) // MOST_LINKS))
    return Places(layout.places, layout.links[::every], layout.sent["gap"])


def _check(hive: Hive, rows: pd.DataFrame) -> None:
    """That a step came out as it did the first time."""
    row = rows.iloc[min(hive.steps, len(rows) - 1)]
    shares = [f"share_{option}" for option in range(hive.bandit.n_action)]
    if row["mean_payoff"] != hive.summary()["mean_payoff"] or (row[shares] != hive.shares).any():
        raise ValueError(
            f"step {hive.steps} cannot be shown again: the rule or the bandit draws numbers from "
            "elsewhere than its rng, so it comes out otherwise"
        )
