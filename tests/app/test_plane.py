"""The plane of two players: where paths, equilibria and contours are, and the theory that holds."""

import builtins

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from hivemind_abm.app.figures.cells import run_cells
from hivemind_abm.app.figures.game_cells import (
    continuous_path,
    joined,
    paths_beside_replicators,
    played_paths,
)
from hivemind_abm.app.figures.plane import (
    add_legend,
    check_plane,
    draw_conserved,
    draw_game,
    draw_plane,
)
from hivemind_abm.app.figures.style import STYLE
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.games.model import GameModel
from hivemind_abm.studies.ensemble import ensemble

SEED = seed_sequence(1)
START = ((0.7, 0.3), (0.5, 0.5))
REPLICATORS = {"game": "matching pennies", "players": ("TRD", "TRD"), "initial_shares": START}
LEARNERS = {"game": "matching pennies", "players": ("P-CL", "P-CL"), "population_size": 40}
STARTS_OF_THREE = ((0.5, 0.3, 0.2), (0.2, 0.5, 0.3))


def panel_of(draw, *arguments):
    """The panel that a function has drawn."""
    with mpl.rc_context(STYLE):
        panel = Figure().subplots()
        draw(panel, *arguments)
    return panel


def lines_of(panel, label):
    """The points of each line with that label, shape (T, 2)."""
    return [line.get_xydata() for line in panel.lines if line.get_label() == label]


def test_the_paths_are_those_of_an_ensemble():
    table = played_paths(LEARNERS, runs=5, steps=6, seed=SEED, rate=0.5)
    common = {"steps": 6, "seed": SEED}
    mean = ensemble(GameModel, LEARNERS, runs=5, **common)
    run = ensemble(GameModel, LEARNERS, runs=1, keep="rows", **common)
    parts = {kind: rows.reset_index() for kind, rows in table.groupby("kind")}
    for name in ("p0_share_0", "p1_share_1"):
        np.testing.assert_array_equal(parts["run"][name], run[name])
        np.testing.assert_array_equal(parts["mean"][name], mean[f"{name}_mean"])
    assert parts["mean"]["runs"].eq(5).all() and parts["run"]["runs"].eq(1).all()
    assert parts["mean"]["time"].tolist() == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]


def test_replicators_are_run_once():
    table = played_paths(REPLICATORS, runs=5, steps=6, seed=SEED)
    assert set(table["kind"]) == {"run"}
    assert len(table) == 7


def test_cells_of_games_do_not_depend_on_other_cells():
    place = {"row": "", "column": ""}
    cells = [
        place | LEARNERS | {"curve": "P-CL", "model": "GameModel", "steps": 4},
        place
        | {"curve": "TRD", "model": "CoupledReplicators", "steps": 8, "rate": 0.5}
        | {"game": "matching pennies", "dynamics": "TRD", "initial_shares": START},
    ]
    both, last = (run_cells(each, runs=3, seed=1) for each in (cells, cells[1:]))
    alone = both[both["curve"] == "TRD"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, last)
    assert last["time"].tolist() == [0.5 * step for step in range(9)]


def test_the_square_shows_the_share_of_option_0_of_both_players():
    table = continuous_path("matching pennies", "TRD", START, steps=40, rate=0.25).assign(
        curve="TRD"
    )
    panel = panel_of(draw_plane, "matching pennies", table)
    (path,) = lines_of(panel, "TRD")
    np.testing.assert_array_equal(path, table[["p0_share_0", "p1_share_0"]])
    (centre,) = lines_of(panel, "Nash equilibrium, neutral")
    np.testing.assert_allclose(centre, [[0.5, 0.5]])
    assert panel.get_xlabel() == "player 0: share of heads"


def test_orbits_of_matching_pennies_close_after_4_pi_around_a_small_circle():
    """Near the centre the period is 4 pi; at radius 0.01 it is longer by less than 1e-3."""
    start = ((0.51, 0.49), (0.5, 0.5))
    path = continuous_path("matching pennies", "TRD", start, steps=2, rate=2 * np.pi)
    half, whole = path[["p0_share_0", "p1_share_0"]].to_numpy()[1:]
    np.testing.assert_allclose(half, [0.49, 0.5], atol=1e-5)
    np.testing.assert_allclose(whole, [0.51, 0.5], atol=1e-5)


def test_whole_steps_lead_outward_and_continuous_time_does_not():
    whole = played_paths(REPLICATORS, runs=1, steps=8, seed=SEED).assign(curve="TRD, delta 1")
    smooth = continuous_path("matching pennies", "TRD", START, steps=8).assign(
        curve="TRD, continuous"
    )
    table = pd.concat([whole, smooth], ignore_index=True)
    panel = panel_of(draw_conserved, "matching pennies", table)
    (first,) = lines_of(panel, "TRD, delta 1")
    (second,) = lines_of(panel, "TRD, continuous")
    assert (np.diff(first[:, 1]) < -0.01).all()
    np.testing.assert_allclose(second[:, 1], np.log(0.0525), atol=1e-9)  # x(1-x)y(1-y) = .0525


def test_a_conserved_quantity_ends_where_a_share_is_small():
    table = played_paths(REPLICATORS, runs=1, steps=30, seed=SEED).assign(curve="TRD")
    panel = panel_of(draw_conserved, "matching pennies", table)
    (line,) = lines_of(panel, "TRD")
    small = table.filter(like="share").min(axis=1) < 0.03
    assert len(line) == small.idxmax()
    assert len(panel.lines) == 2  # and a cross


def test_rounding_errors_are_not_drawn_large():
    table = continuous_path("coordination", "TRD", ((0.5, 0.5),) * 2, steps=4).assign(curve="TRD")
    low, high = panel_of(draw_conserved, "coordination", table).get_ylim()
    assert high - low == pytest.approx(0.1)


def test_a_path_begins_at_step_0():
    one = continuous_path("coordination", "TRD", START, steps=4).assign(curve="TRD")
    two = continuous_path("coordination", "TRD", START[::-1], steps=5).assign(curve="TRD")
    panel = panel_of(draw_plane, "coordination", pd.concat([one, two]))
    assert [len(path) for path in lines_of(panel, "TRD")] == [5, 6]


def test_the_level_of_the_saddle_parts_the_basins_of_coordination():
    """At x = .6 it is at y = .1255437353: V(x) = V(y), with V(z) = b log z + a log(1 - z)."""
    ends = []
    for y in (0.1255, 0.1256):
        start = ((0.6, 0.4), (y, 1.0 - y))
        path = continuous_path("coordination", "TRD", start, steps=2, rate=100.0)
        ends.append(round(float(path["p0_share_0"].iloc[-1]), 6))
    assert ends == [0.0, 1.0]
    table = path.assign(curve="TRD")
    panel = panel_of(draw_plane, "coordination", table)
    lines = [
        line
        for collection in panel.collections
        for line in getattr(collection, "get_paths", list)()
        if collection.get_linestyle()[0][1] is not None  # the dotted contour
    ]
    points = np.concatenate([line.vertices for line in lines])
    near = points[(np.abs(points[:, 0] - 0.6) < 0.004) & (points[:, 1] < 0.4)]
    assert len(near)
    np.testing.assert_allclose(near[:, 1], 0.12554, atol=0.004)


def test_three_options_are_two_triangles():
    table = continuous_path("rock paper scissors", "TRD", STARTS_OF_THREE, steps=4).assign(
        curve="TRD"
    )
    panel = panel_of(draw_plane, "rock paper scissors", table)
    first, second = lines_of(panel, "TRD")
    height = 0.75**0.5
    np.testing.assert_allclose(first[0], (0.3 + 0.2 / 2, 0.2 * height))
    np.testing.assert_allclose(second[0] - (1.22, 0.0), (0.5 + 0.3 / 2, 0.3 * height))
    texts = [text.get_text() for text in panel.texts]
    assert texts == [
        "rock",
        "paper",
        "scissors",
        "player 0",
        "rock",
        "paper",
        "scissors",
        "player 1",
    ]
    assert len(lines_of(panel, "Nash equilibrium, neutral")) == 2


@pytest.mark.parametrize("game", ["iterated prisoners dilemma", "nothing"])
def test_other_games_are_refused(game):
    with pytest.raises(
        ValueError, match=r"three each, not IteratedP\w+ with the options 5, 5|must be one"
    ):
        check_plane(game)


def test_what_is_not_known_to_be_conserved_is_refused():
    table = continuous_path("matching pennies", "MRD", START, steps=4).assign(curve="MRD")
    with pytest.raises(
        ValueError, match="a conserved quantity of MatchingPennies is known, not 'MRD'"
    ):
        panel_of(draw_conserved, "matching pennies", table, "MRD")
    with mpl.rc_context(STYLE):
        assert len(draw_game("matching pennies", table, "MRD").axes) == 1
        assert len(draw_game("matching pennies", table, "TRD").axes) == 2


def test_without_nashpy_a_plane_has_no_equilibria(monkeypatch):
    import_module = builtins.__import__

    def without(name, *arguments, **keywords):
        if name == "nashpy":
            raise ImportError(name)
        return import_module(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    table = continuous_path("matching pennies", "TRD", START, steps=4).assign(curve="TRD")
    with pytest.warns(
        RuntimeWarning, match="no equilibria are drawn: Nash equilibria need"
    ) as seen:
        panel = panel_of(draw_plane, "matching pennies", table)
    assert not lines_of(panel, "Nash equilibrium, neutral")
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("players", "updating", "curves"),
    [
        (("P-CL", "P-CL"), "synchronous", ["P-CL", "TRD, continuous"]),
        (("P-CL", "P-MCL"), "synchronous", ["P-CL and P-MCL", "TRD and MRD, continuous"]),
        (("TRD", "dynamic:smith"), "synchronous", ["TRD and smith"]),
        (("success", "success"), 0.25, ["R_success", "TRD, continuous"]),
        (("success", "P-CL"), 0.25, ["R_success and P-CL"]),  # steps take different times
    ],
)
def test_replicators_beside_the_players(players, updating, curves):
    given = {"game": "matching pennies", "players": players, "population_size": 20}
    settings = GameModel.settings(**given, initial_shares=START, updating=updating)
    table, dynamics = paths_beside_replicators(settings, runs=2, steps=8, seed=SEED)
    assert list(table["curve"].unique()) == curves
    assert set(dynamics) <= {"TRD", "MRD"} and len(dynamics) == 2
    assert table.groupby("curve")["time"].max().eq(8.0).all()  # of the players' steps
    if updating == 0.25 and len(curves) == 2:
        smooth = table[table["curve"] == curves[1]].iloc[-1]
        expected = continuous_path("matching pennies", "TRD", START, steps=1, rate=2.0).iloc[-1]
        assert smooth["p0_share_0"] == pytest.approx(expected["p0_share_0"], abs=1e-9)


def test_names_that_are_the_same_are_written_once():
    assert joined(["TRD", "TRD"]) == "TRD"
    assert joined(["R_success", "P-CL"]) == "R_success and P-CL"


def test_a_legend_has_each_entry_once():
    table = continuous_path("matching pennies", "TRD", START, steps=4).assign(curve="TRD")
    figure = Figure()
    for panel in figure.subplots(1, 2):
        draw_plane(panel, "matching pennies", table)
    add_legend(figure)
    texts = [text.get_text() for text in figure.legends[0].texts]
    assert sorted(texts) == ["Nash equilibrium, neutral", "TRD", "end", "start"]
