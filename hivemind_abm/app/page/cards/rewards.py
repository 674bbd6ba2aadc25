"""The card that shows the rewards of the bandit.

Knows: how rewards are drawn as histograms, and that some rewards depend on the world.
Does not know: any bandit.
"""

from typing import Any

import numpy as np
import solara

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.charts.chart import MARGINS, line, points_of, show_chart
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.world import World
from hivemind_abm.hives.hive import Hive
from hivemind_abm.studies.measures import reward_histogram

__all__ = ["Rewards"]

_NO_BREAK = "\u00a0"
_PULLS = 2000  # per option
_FEWER_PULLS = 500  # the same in a world that changes, which is drawn at every step


@solara.component
def Rewards(session: Session, hive: Hive, tick: int, dark: bool) -> None:
    """Histograms of each option's rewards; where they depend on shares, a slider moves them.

    Where the world changes, they are those of the world at the step that is looked at.

    Args:
        session: Shown.
        hive: The hive at that step.
        tick: Counts the steps; a new one renders the card anew.
        dark: Whether the page is dark.
    """
    bandit, k = session.hive.bandit, session.n_action
    crowded = solara.use_memo(bandit.depends_on_shares, [bandit])
    slider = solara.use_memo(lambda: solara.reactive(round(100 / k)), [bandit])
    percent = slider.value
    if crowded:
        solara.SliderInt(f"share of option 0: {percent} %", value=slider, min=0, max=100)
    now = hive.world
    world = World(_shares(percent / 100.0, k), now.step, now.memory)
    settled = not bandit.changes  # the world stays as it was built
    expected = solara.use_memo(
        lambda: np.asarray(bandit.expected_rewards(world)), [bandit, percent, settled or now.step]
    )
    series = solara.use_memo(
        lambda: _histograms(bandit, world, _PULLS if settled else _FEWER_PULLS),
        [bandit, expected.tobytes()],
    )
    option = {
        "legend": {"show": False},
        "grid": MARGINS,
        "xAxis": {"type": "value", "name": "reward", "min": 0, "max": 1},
        "yAxis": {"type": "value", "name": "density"},
        "series": series,
    }
    show_chart(option, dark)
    solara.Text(_in_words(session, int(hive.steps), expected), classes=["hm-small"])


def _shares(first: float, k: int) -> np.ndarray:
    """The share of option 0, and even shares of the others, shape (K,)."""
    rest = (1.0 - first) / max(k - 1, 1)
    return np.array([first if k > 1 else 1.0] + [rest] * (k - 1))


def _histograms(bandit: Bandit, world: World, pulls: int) -> list[dict[str, Any]]:
    series = []
    for option, colour in enumerate(colours_of_options(bandit.n_action)):
        middles, density = reward_histogram(bandit, option, world, pulls=pulls)
        curve = line(f"option {option}", points_of(middles, density), colour, width=1.2)
        series.append(curve | {"step": "middle", "areaStyle": {"opacity": 0.3}})
    return series


def _in_words(session: Session, step: int, expected: np.ndarray) -> str:
    """The expected rewards, and in a world that changes what is best at that step."""
    rewards = ", ".join(f"{option}:{_NO_BREAK}{q:.3f}" for option, q in enumerate(expected))
    if not session.hive.bandit.changes:
        return f"Expected rewards: {rewards}"
    before = [change for change in session.changes if change <= step]
    changes = f"; last change at step {before[-1]}" if before else ""
    return (
        f"Expected rewards at step {step}: {rewards}.  "
        f"Best now: {session.best_in_words(step)}{changes}."
    )
