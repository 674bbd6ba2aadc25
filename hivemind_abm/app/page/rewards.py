"""The card that shows the rewards of the bandit.

Knows: how rewards are drawn as histograms, and that some bandits' rewards depend on shares.
Does not know: any bandit.
"""

from typing import Any

import numpy as np
import solara

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.chart import MARGINS, Chart, line, points_of
from hivemind_abm.app.page.session import Session
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.studies.measures import reward_histogram

__all__ = ["Rewards"]

_PULLS = 2000  # per option


@solara.component
def Rewards(session: Session, dark: bool) -> None:
    """Histograms of each option's rewards; where they depend on shares, a slider moves them."""
    bandit, k = session.hive.bandit, session.n_action
    crowded = solara.use_memo(bandit.depends_on_shares, [bandit])
    slider = solara.use_memo(lambda: solara.reactive(round(100 / k)), [bandit])
    percent = slider.value
    if crowded:
        solara.SliderInt(f"share of option 0: {percent} %", value=slider, min=0, max=100)
    shares = _shares(percent / 100.0, k)
    series, expected = solara.use_memo(
        lambda: (_histograms(bandit, shares), _expected(bandit, shares)),
        [bandit, percent if crowded else None],
    )
    option = {
        "legend": {"show": False},
        "grid": MARGINS,
        "xAxis": {"type": "value", "name": "reward", "min": 0, "max": 1},
        "yAxis": {"type": "value", "name": "density"},
        "series": series,
    }
    Chart(option, dark)
    solara.Text(f"Expected rewards: {expected}", classes=["hm-small"])


def _shares(first: float, k: int) -> np.ndarray:
    """The share of option 0, and even shares of the others, shape (K,)."""
    rest = (1.0 - first) / max(k - 1, 1)
    return np.array([first if k > 1 else 1.0] + [rest] * (k - 1))


def _histograms(bandit: Bandit, shares: np.ndarray) -> list[dict[str, Any]]:
    series = []
    for option, colour in enumerate(colours_of_options(shares.size)):
        middles, density = reward_histogram(bandit, option, shares, pulls=_PULLS)
        curve = line(f"option {option}", points_of(middles, density), colour, width=1.2)
        series.append(curve | {"step": "middle", "areaStyle": {"opacity": 0.3}})
    return series


def _expected(bandit: Bandit, shares: np.ndarray) -> str:
    rewards = np.asarray(bandit.expected_rewards(bandit.world(shares)))
    return ", ".join(f"{option}: {q:.3f}" for option, q in enumerate(rewards))
