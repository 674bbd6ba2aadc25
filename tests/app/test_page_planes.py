"""The plane of both shares on the page: its arrows, its equilibria and its path, as numbers."""

import numpy as np
import pytest

from hivemind_abm import GameModel
from hivemind_abm.app.page.charts.plane_chart import plane_chart
from hivemind_abm.app.page.sessions.game_field import field_of

PENNIES = {"game": "matching pennies", "population_size": 100}


def field(**arguments):
    return field_of(GameModel.settings(**{**PENNIES, **arguments}))


def angles(field):
    return np.arctan2(*(field.ends - field.starts).T[::-1])


def test_arrows_are_the_mean_change_per_step():
    found = field(players=("success", "P-MCL"))
    assert found.dynamics == ("TRD", "MRD")
    x, y = found.starts.T
    # By hand: option 0 gains 2y - 1 on option 1 for player 0, and 1 - 2x for player 1.
    dx = x * (1 - x) * (2 * y - 1)
    dy = y * (1 - y) * (1 - 2 * x) / (y * (1 - x) + (1 - y) * x)  # MRD: over the mean payoff
    assert np.allclose(angles(found), np.arctan2(dy, dx), atol=1e-6)
    lengths = np.hypot(*(found.ends - found.starts).T)
    assert lengths.max() == pytest.approx(1 / 13) and len(lengths) == 169


def test_a_slower_player_moves_less():
    slow = field(players=("success", {"dynamic": "TRD", "delta": 0.5}))
    fast = field(players=("success", "TRD"))
    (dx, dy), (dx_fast, dy_fast) = ((each.ends - each.starts).T for each in (slow, fast))
    assert np.allclose(dy * dx_fast, 0.5 * dy_fast * dx, atol=1e-12)


def test_a_hive_of_lola_turns_the_arrows_inwards():
    shaped = field(players=("lola", "success"))
    assert shaped.dynamics == ("LOLA", "TRD")
    outwards = shaped.starts - 0.5

    def gain(found):
        return (outwards * (found.ends - found.starts)).sum()

    assert gain(shaped) < -0.1 < gain(field(players=("success", "success")))


def test_equilibria_have_their_stability():
    assert field(players=("success", "success")).equilibria == ((0.5, 0.5, "neutral"),)
    stag = field(game="stag hunt", players=("wvoter", "wvoter")).equilibria
    assert [kind for *_, kind in stag] == ["stable", "stable", "unstable"]


def test_where_there_is_no_plane_there_are_no_arrows():
    assert field(game="rock paper scissors") is None
    with pytest.raises(ValueError, match="a bandit pays a player"):
        field(players=("success", {"rule": "success", "bandit": "linear", "n_action": 2}))


def test_the_chart_has_the_arrows_the_path_and_where_it_is_now():
    found = field(players=("success", "success"))
    chart = plane_chart([0.5, 0.25], [0.5, 0.75], ("x", "y"), found, dark=True)
    series = {each["name"]: each["data"] for each in chart["series"]}
    assert series["path"] == [[0.5, 0.5], [0.25, 0.75]]
    assert (series["start"], series["now"]) == ([[0.5, 0.5]], [[0.25, 0.75]])
    assert len(series["arrows"]) == 169 and series["Nash equilibrium, neutral"] == [[0.5, 0.5]]
    bare = plane_chart([0.5], [0.5], ("x", "y"), None, dark=False)
    assert [each["name"] for each in bare["series"]] == ["path", "start", "now"]
