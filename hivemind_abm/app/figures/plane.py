"""The plane of two players' shares, and what is conserved in it.

Knows: how the paths of two populations are drawn, on a square for two options each and on two
triangles for three, and which theory lies behind them.  Does not know: how a path is computed
(`game_cells`), or any number of the theory (room `games`).
"""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hivemind_abm.app.figures.colours import colours_of
from hivemind_abm.app.figures.game_cells import AND, MEAN
from hivemind_abm.games.conserved import Conserved, conserved
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.equilibria import NashEquilibrium, nash_equilibria
from hivemind_abm.games.game import Game, actions_of
from hivemind_abm.games.names import find_game
from hivemind_abm.registry import build_part
from hivemind_abm.studies.equivalence import process_of
from hivemind_abm.theory.dynamics import DYNAMICS

__all__ = ["add_legend", "check_plane", "draw_conserved", "draw_game", "draw_plane"]

_SQUARE, _TRIANGLES = (2, 2), (3, 3)  # the options of the players of games that have a plane
_ARROWS, _LEVELS, _FINE = 13, 9, 201  # arrows and points per side, and the number of contours
_PALE, _LINE, _GREY = "#C4C4C4", "#DDDDDD", "#777777"  # of arrows, contours, and in the legend
_FILL = {"stable": "full", "neutral": "left", "unstable": "none"}
_EQUILIBRIUM = "Nash equilibrium"  # how the labels of equilibria begin
_HEIGHT = 0.75**0.5
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, _HEIGHT]])
_RUN_STYLE: dict[str, Any] = {"linewidth": 0.9}
_MEAN_STYLE: dict[str, Any] = {"linewidth": 2.0, "alpha": 0.4}
_START: dict[str, Any] = {"color": "black", "marker": ".", "markersize": 3, "zorder": 5}
_END: dict[str, Any] = {"markersize": 4, "zorder": 5, "clip_on": False}
_LEGEND_ENTRY = 1.9  # the width of an entry of the legend, in inches
_NARROW = 0.1  # the least range of a conserved quantity that is drawn
_LEAST = 0.03  # the least share at which a conserved quantity is drawn
_APART = 1.22  # from the first triangle to the second
_LABELS = (("left", -8), ("right", -8), ("center", 3))  # of corners: where, and how far in points


def check_plane(game: Any) -> Game:
    """The game, if `draw_plane` can draw it.

    Args:
        game: As for `GameModel`.

    Raises:
        ValueError: It has not two players with two or three options each.
        ValueError, TypeError: As for `find_game`.
    """
    built: Game = build_part(find_game(game))
    if actions_of(built) not in (_SQUARE, _TRIANGLES):
        options = ", ".join(map(str, actions_of(built)))
        raise ValueError(
            "a plane shows games of two players with two options each, or three each, "
            f"not {type(built).__name__} with the options {options}"
        )
    return built


def draw_game(game: Any, table: pd.DataFrame, dynamics: Any = "TRD", title: str = "") -> Figure:
    """A figure of one game: its plane, and beside it the conserved quantity where one is known.

    Args:
        game: As for `draw_plane`.
        table: As for `draw_plane`.
        dynamics: As for `draw_plane`.
        title: Stands above the figure.
    """
    game = check_plane(game)
    quantity = _quantity(game, dynamics)
    count = 1 if quantity is None else 2
    wide = 4.2 if actions_of(game) == _SQUARE else 5.0
    width = wide + (count - 1) * 2.8
    figure = Figure(figsize=(width, 3.8))
    panels = figure.subplots(1, count, squeeze=False, width_ratios=(wide, 2.6)[:count])[0]
    draw_plane(panels[0], game, table, dynamics)
    if count > 1:
        draw_conserved(panels[1], game, table, dynamics)
    add_legend(figure, columns=int(width / _LEGEND_ENTRY))
    figure.suptitle(title, fontsize=8)
    return figure


def add_legend(figure: Figure, columns: int = 3) -> None:
    """One legend below a figure of planes, each of its curves and markers once.

    Args:
        figure: With panels of `draw_plane` and `draw_conserved`.
        columns: Columns of the legend.
    """
    handles: dict[str, Artist] = {}
    for panel in reversed(figure.axes):  # those with curves alone first
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=columns)


def draw_plane(panel: Axes, game: Any, table: pd.DataFrame, dynamics: Any = "TRD") -> None:
    """The paths of two players, before the replicators' arrows and conserved quantity.

    With two options each, the axes are the shares of option 0 of both players.  Pale arrows are the
    directions of the replicators, pale lines the contours of a conserved quantity, and a dotted
    line its level at a saddle, which parts basins.  With three options each there is one triangle
    per player, without arrows: a player's arrows depend on the other's shares.

    A thin line is the first run, a thick one the mean over all runs; replicators are dashed.  A dot
    is the start and a cross the end.  Circles are Nash equilibria: full where they are stable in
    continuous time, half where neutral, empty where unstable.

    Args:
        panel: Where to draw.
        game: Of two players with two or three options each, as for `GameModel`.
        table: Columns curve, kind, time, runs and the shares, as `played_paths` returns them.
        dynamics: Of the arrows, as for `CoupledReplicators`.

    Raises:
        ValueError, TypeError: As for `check_plane` and `CoupledReplicators`.
    """
    game = check_plane(game)
    equilibria = [(each, _kind(each, dynamics)) for each in _equilibria(game)]
    if actions_of(game) == _SQUARE:
        saddles = [each for each, kind in equilibria if _is_saddle(each, kind)]
        _draw_square(panel, game, dynamics, saddles)
    else:
        for player in range(2):
            _draw_triangle(panel, game, player)
    for rows, style in _paths(table):
        for path in _places(_shares(rows, actions_of(game))):
            panel.plot(*path.T, **style)
            panel.plot(*path[0], **_START)
            if _is_run(rows):
                panel.plot(*path[-1], "x", color=style["color"], **_END)
    _label_marks(panel, bool((table["kind"] == MEAN).any()))
    for equilibrium, kind in equilibria:
        _draw_equilibrium(panel, equilibrium, kind)


def draw_conserved(panel: Axes, game: Any, table: pd.DataFrame, dynamics: Any = "TRD") -> None:
    """What replicators conserve, over time, along the paths of single runs.

    A line ends with a cross where a share falls below 3 %: the quantity has logarithms of shares.

    Args:
        panel: Where to draw.
        game: As for `draw_plane`.
        table: As for `draw_plane`.
        dynamics: Those that conserve it.

    Raises:
        ValueError: Nothing is known to be conserved.
        ValueError, TypeError: As for `draw_plane`.
    """
    game = check_plane(game)
    quantity = _quantity(game, dynamics)
    if quantity is None:
        raise ValueError(
            f"dynamics must be such that a conserved quantity of {type(game).__name__} is known, "
            f"not {dynamics!r}"
        )
    for rows, style in _paths(table):
        if not _is_run(rows):
            continue
        shares = _shares(rows, actions_of(game))
        inside = np.cumprod(np.concatenate(shares, axis=1).min(axis=1) >= _LEAST)
        count = int(inside.sum())
        time, values = rows["time"].to_numpy()[:count], quantity([x[:count] for x in shares])
        panel.plot(time, values, **style)
        if 0 < count < len(rows):
            panel.plot(time[-1], values[-1], "x", color=style["color"], **_END)
    panel.set(xlabel="step", ylabel="H")
    panel.margins(x=0.02)
    low, high = panel.get_ylim()
    if high - low < _NARROW:  # else it would show rounding errors
        middle = (low + high) / 2.0
        panel.set_ylim(middle - _NARROW / 2.0, middle + _NARROW / 2.0)


def _draw_square(
    panel: Axes, game: Game, dynamics: Any, saddles: Sequence[NashEquilibrium]
) -> None:
    """The arrows of the replicators and the contours of what they conserve."""
    coupled = CoupledReplicators(game, dynamics)
    middles = (np.arange(_ARROWS) + 0.5) / _ARROWS
    x, y = np.meshgrid(middles, middles)
    arrows = np.array(
        [
            [change[0] for change in coupled.derivative([(a, 1.0 - a), (b, 1.0 - b)])]
            for a, b in zip(x.flat, y.flat, strict=True)
        ]
    )
    length = np.hypot(*arrows.T)
    # the root of the length, so that slow places keep visible arrows
    scale = np.sqrt(length / max(length.max(), 1e-300)) / np.maximum(length, 1e-300)
    arrows = arrows * scale[:, None]
    panel.quiver(x, y, *arrows.T, color=_PALE, angles="xy", scale=14, width=0.006, zorder=1)
    quantity = _quantity(game, dynamics)
    if quantity is not None:
        _draw_contours(panel, quantity, saddles)
    names = [game.option_names(player)[0] for player in range(2)]
    panel.set(
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
        aspect="equal",
        xticks=(0, 0.5, 1),
        yticks=(0, 0.5, 1),
        xlabel=f"player 0: share of {names[0]}",
        ylabel=f"player 1: share of {names[1]}",
    )


def _draw_contours(panel: Axes, quantity: Conserved, saddles: Sequence[NashEquilibrium]) -> None:
    """Contours through evenly spaced points of the diagonals, and those through saddles."""
    inside = np.linspace(0.0, 1.0, _FINE + 2)[1:-1]
    x, y = np.meshgrid(inside, inside)
    values = quantity([np.stack([x, 1.0 - x], -1), np.stack([y, 1.0 - y], -1)])
    at = np.linspace(0.0, 1.0, _LEVELS + 2)[1:-1]
    pairs = np.array([[at, at], [at, 1.0 - at]])
    shares = [np.stack([pairs[:, each], 1.0 - pairs[:, each]], -1) for each in range(2)]
    levels = np.unique(np.round(quantity(shares), 9))
    panel.contour(x, y, values, levels, colors=_LINE, linewidths=0.5, linestyles="solid", zorder=0)
    for saddle in saddles:
        level = [float(quantity(saddle.shares))]
        look: dict[str, Any] = {"linewidths": 0.8, "linestyles": "dotted", "zorder": 1}
        panel.contour(x, y, values, level, colors="black", **look)
        panel.plot([], [], ":", color="black", linewidth=0.8, label="level of the saddle")


def _label_marks(panel: Axes, has_means: bool) -> None:
    """Labels for the legend, of what all paths have in common."""
    panel.plot([], [], **_START, linestyle="", label="start")
    panel.plot([], [], "x", color=_GREY, **_END | {"clip_on": True}, label="end")
    if has_means:
        panel.plot([], [], color=_GREY, **_MEAN_STYLE, label="mean over all runs")


def _draw_triangle(panel: Axes, game: Game, player: int) -> None:
    """The triangle of one player, with the names of its options at the corners."""
    corners = _CORNERS + (player * _APART, 0.0)
    panel.plot(*corners[[0, 1, 2, 0]].T, color="black", linewidth=0.6, zorder=1)
    names = game.option_names(player)
    for name, corner, (side, offset) in zip(names, corners, _LABELS, strict=True):
        panel.annotate(name, corner, (0, offset), textcoords="offset points", ha=side, fontsize=6)
    panel.text(corners[0][0] - 0.05, 0.8 * _HEIGHT, f"player {player}", fontsize=6)
    panel.set(aspect="equal", xlim=(-0.06, _APART + 1.06), ylim=(-0.14, _HEIGHT + 0.12))
    panel.set_axis_off()


def _draw_equilibrium(panel: Axes, equilibrium: NashEquilibrium, kind: str) -> None:
    for place in _places([np.array([each]) for each in equilibrium.shares]):
        panel.plot(
            *place[0],
            "o",
            color="black",
            fillstyle=_FILL[kind],
            markersize=5,
            markeredgewidth=0.8,
            linestyle="",
            label=f"{_EQUILIBRIUM}, {kind}",
            clip_on=False,
            zorder=4,
        )


def _equilibria(game: Game) -> tuple[NashEquilibrium, ...]:
    """The Nash equilibria; none, with a warning, where they cannot be found."""
    try:
        return nash_equilibria(game).equilibria
    except ValueError as error:
        warnings.warn(f"no equilibria are drawn: {error}", RuntimeWarning, stacklevel=2)
        return ()


def _is_saddle(equilibrium: NashEquilibrium, kind: str) -> bool:
    return equilibrium.kind == "mixed" and kind == "unstable"


def _kind(equilibrium: NashEquilibrium, dynamics: Any) -> str:
    """Whether it is stable in continuous time, under TRD unless all players follow MRD."""
    followed = set(dynamics) if isinstance(dynamics, tuple | list) else {dynamics}
    stability = equilibrium.stability["MRD" if followed == {"MRD"} else "TRD"]
    return "unstable" if stability is None else stability.kind


def _quantity(game: Game, dynamics: Any) -> Conserved | None:
    """What is conserved; the first where there are several."""
    return next(iter(conserved(game, dynamics)), None)


def _shares(rows: pd.DataFrame, actions: Sequence[int]) -> list[np.ndarray]:
    """The shares of both players, two arrays of shape (T, K_p)."""
    names = [[f"p{p}_share_{a}" for a in range(k)] for p, k in enumerate(actions)]
    return [rows[each].to_numpy(float) for each in names]


def _places(shares: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Where shares are drawn: one path on the square, or one on each triangle; shape (T, 2)."""
    if shares[0].shape[1] == 2:
        return [np.column_stack([each[:, 0] for each in shares])]
    return [each @ _CORNERS + (player * _APART, 0.0) for player, each in enumerate(shares)]


def _paths(table: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
    """The rows of each path, and how its line looks; a path begins at step 0."""
    colours = colours_of(list(map(str, table["curve"].unique())))
    for (curve, kind), rows in table.groupby(["curve", "kind"], sort=False):
        is_dynamic = set(process_of(str(curve)).split(AND)) <= set(DYNAMICS)
        style = _MEAN_STYLE if kind == MEAN else _RUN_STYLE
        style = style | {"color": colours[str(curve)], "zorder": 3 if is_dynamic else 2}
        if is_dynamic:
            style = style | {"linestyle": (0, (4, 1.5))}
        if kind != MEAN:
            style = style | {"label": str(curve)}
        for _, path in rows.groupby((rows["step"] == 0).cumsum()):
            yield path, style


def _is_run(rows: pd.DataFrame) -> bool:
    return bool((rows["kind"] != MEAN).all())
