"""The picture and the files of a mean field: what a rule does to the shares of a large hive.

Knows: how a `MeanField` is drawn and written.
Does not know: how it is computed.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hivemind_abm.app.figures.colours import colours_of
from hivemind_abm.app.figures.style import STYLE, save_figure
from hivemind_abm.files import write_table
from hivemind_abm.theory.dynamics import DYNAMICS
from hivemind_abm.theory.mean_field import MeanField

__all__ = ["draw_mean_field", "write_mean_field"]

_FILL = {"stable": "full", "unstable": "none", "saddle": "left", "unclear": "none"}
# The triangle of three shares: where each option has all bees, and how far its label is, in points.
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])
_LABEL_OFFSETS = (-14, -14, 8)


def write_mean_field(field: MeanField, out: str | Path, *, dynamics: bool = False) -> list[Path]:
    """Write a mean field as mean_field.csv, mean_field.png and mean_field.pdf.

    Args:
        field: From `mean_field`.
        out: The folder; created if it does not exist.
        dynamics: Whether to compare it with all known dynamics too: mean_field_dynamics.csv is
            their table, and the nearest one is drawn.

    Returns:
        The files written.  Each appears whole or not at all.
    """
    files = [Path(out) / f"mean_field{ending}" for ending in (".csv", ".png", ".pdf")]
    write_table(field.table(), files[0])
    with mpl.rc_context(STYLE):
        save_figure(draw_mean_field(field, nearest=dynamics), files[1:])
    if dynamics:
        files.append(Path(out) / "mean_field_dynamics.csv")
        write_table(field.dynamics_table(), files[-1])
    return files


def draw_mean_field(field: MeanField, *, nearest: bool = False) -> Figure:
    """The drift of the shares, with its fixed points, and the known dynamics beside it.

    It is a curve for two options, arrows on the triangle of shares for three, and the measured
    against the expected drift for more.

    Args:
        field: From `mean_field`.
        nearest: Whether the nearest of all known dynamics is beside it too, where it is neither TRD
            nor MRD.
    """
    k = field.shares.shape[1]
    figure = Figure(figsize=(4.6, 4.2 if k == 3 else 3.4))
    panel = figure.subplots()
    known = [name for name in field.fits if name in DYNAMICS]
    expected = {name: field.expected_drift(name) for name in known}
    if nearest and field.nearest and field.nearest.name not in known:
        expected[field.nearest.label] = field.nearest.shown.expected
    colours = colours_of([field.name, *expected])
    if k == 3:
        _draw_triangle(panel, field, colours[field.name])
        return figure
    if k == 2:
        _draw_curve(panel, field, expected, colours)
    else:
        _draw_scatter(panel, field, expected, colours)
    return figure


def _draw_curve(
    panel: Axes, field: MeanField, expected: dict[str, np.ndarray], colours: dict[str, str]
) -> None:
    x, drift, error = field.shares[:, 0], field.drift[:, 0], 2.0 * field.error[:, 0]
    colour = colours[field.name]
    for name, values in expected.items():
        panel.plot(x, values[:, 0], color=colours[name], linestyle="--", label=name)
    panel.plot(x, drift, color=colour, label=field.title)
    panel.fill_between(x, drift - error, drift + error, color=colour, alpha=0.3, linewidth=0)
    panel.axhline(0.0, color="black", linewidth=0.6)
    for point in field.fixed_points:
        _draw_fixed_point(panel, (point.shares[0], 0.0), point.kind, clip_on=False)
    panel.set(xlabel="share of option 0", ylabel=f"expected {_change(field)}", xlim=(0, 1))
    panel.legend()


def _draw_triangle(panel: Axes, field: MeanField, colour: str) -> None:
    panel.plot(*_CORNERS[[0, 1, 2, 0]].T, color="black", linewidth=0.8)
    places, arrows = field.shares @ _CORNERS, field.drift @ _CORNERS
    panel.quiver(*places.T, *arrows.T, color=colour, angles="xy", width=0.005)
    for point in field.fixed_points:
        x, y = np.array(point.shares) @ _CORNERS
        _draw_fixed_point(panel, (x, y), point.kind)
    for option, corner, offset in zip(field.options, _CORNERS, _LABEL_OFFSETS, strict=True):
        label = "no option" if option == "none" else f"option {option}"
        panel.annotate(label, corner, (0, offset), textcoords="offset points", ha="center")
    panel.set(aspect="equal")
    panel.margins(0.12)
    panel.set_axis_off()
    panel.set_title(f"{field.title}: {_change(field)}", fontsize=8)


def _draw_scatter(
    panel: Axes, field: MeanField, expected: dict[str, np.ndarray], colours: dict[str, str]
) -> None:
    for name, values in expected.items():
        panel.plot(
            values.ravel(),
            field.drift.ravel(),
            ".",
            color=colours[name],
            label=f"against {name}",
            markersize=3,
        )
    edge = float(np.abs(field.drift).max())
    panel.plot([-edge, edge], [-edge, edge], color="black", linewidth=0.6)
    panel.set(
        xlabel=f"{_change(field)} that the dynamic expects",
        ylabel=f"change of {field.title}",
    )
    panel.legend()


def _draw_fixed_point(
    panel: Axes, place: tuple[float, float], kind: str, clip_on: bool = True
) -> None:
    panel.plot(*place, "o", color="black", fillstyle=_FILL[kind], zorder=4, clip_on=clip_on)


def _change(field: MeanField) -> str:
    """What a drift is, in words."""
    return "change in a step" if "delta" in field.solver else "change per step, in continuous time"
