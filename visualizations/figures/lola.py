"""Hives that shape their opponents (LOLA), beside naive ones that imitate success.

Above, matching pennies: naive hives lock in, a LOLA hive leads both to the equilibrium.  Below: the
stag hunt, where LOLA enlarges the basin of the better equilibrium; chicken, where it is a bully;
and an iterated prisoner's dilemma (continuation 0.6), where hives end in cooperation more often.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from scipy import integrate, optimize

from hivemind_abm.app.figures.colours import colours_of
from hivemind_abm.app.figures.plane import add_legend, draw_plane
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.shaping_partners import LolaDynamic

GROUP = "games"
RUNS, QUICK_RUNS = 1000, 20
PAIRS = {  # the players, and the dynamics that they follow
    "R_success": (("success", "success"), ("TRD", "TRD")),
    "R_lola and R_success": (("lola", "success"), ("LOLA", "TRD")),
    "R_lola": (("lola", "lola"), ("LOLA", "LOLA")),
}
WORDS = {"R_success": "both naive", "R_lola and R_success": "one LOLA", "R_lola": "both LOLA"}
ETAS = (0.25, 0.5, 1.0, 2.0, 4.0)
BORDERS = {  # in the plane of the stag hunt: curve, dynamics, width of the line
    "both LOLA, eta 0.5": ("R_lola", (LolaDynamic(0.5),) * 2, 0.7),
    "both LOLA, eta 1": ("R_lola", (LolaDynamic(1.0),) * 2, 1.5),
    "one LOLA, eta 1": ("R_lola and R_success", (LolaDynamic(1.0), "TRD"), 1.0),
}
PENNIES, OTHERS = "matching pennies", "other games"
HUNT, CHICKEN, ITERATED = "stag hunt", "chicken", "iterated prisoner's dilemma"
CONSERVED = "further panels"  # one in each row, without cells of their own
COMMON = {"model": "GameModel", "stop_if_end": True}
STAG = COMMON | {"game": HUNT, "population_size": 500, "steps": 600, "record_every": 20}
STUDY = [
    COMMON
    | {"row": PENNIES, "column": WORDS[curve], "curve": curve, "game": PENNIES, "players": players}
    | {"initial_shares": ((0.7, 0.3), (0.5, 0.5)), "steps": 300, "record_every": 1}
    for curve, (players, _) in PAIRS.items()
]
STUDY += [
    STAG
    | {"row": OTHERS, "column": HUNT, "curve": curve if eta == 0.0 else f"{curve}, eta {eta:g}"}
    | {"players": players, "initial_shares": ((0.55, 0.45), (0.55, 0.45))}
    | ({} if eta == 0.0 else {"eta": eta})
    for curve, (players, _) in PAIRS.items()
    for eta in ((0.0,) if curve == "R_success" else ETAS)
]
STUDY += [
    COMMON
    | {"row": OTHERS, "column": game, "curve": curve, "players": players, "steps": 300}
    | {"record_every": 10}
    | arguments
    for game, arguments in (
        (CHICKEN, {"game": CHICKEN, "population_size": 500}),
        (ITERATED, {"game": "iterated prisoners dilemma", "continuation": 0.6}),
    )
    for curve, (players, _) in PAIRS.items()
]


def draw(table):
    """Planes and distances above, the ends of three games below."""
    figure = Figure(figsize=(9.6, 5.4))
    (*planes, distances), (basins, hunt, chicken, iterated) = figure.subplots(2, 4)
    for panel, (curve, (_, dynamics)) in zip(planes, PAIRS.items(), strict=True):
        rows = _of(table, PENNIES, WORDS[curve])
        draw_plane(panel, PENNIES, rows[rows["kind"] == "run"], dynamics)
        if "LOLA" in dynamics:  # there the equilibrium attracts; the plane knows TRD alone
            _mark_as_stable(panel)
        panel.set_title(f"{PENNIES}: {WORDS[curve]}", fontsize=8)
    _draw_distances(distances, table)
    _draw_basins(basins)
    _draw_hunt(hunt, _ends(_of(table, OTHERS, HUNT)))
    _draw_chicken(chicken, _ends(_of(table, OTHERS, CHICKEN)))
    _draw_iterated(iterated, _ends(_of(table, OTHERS, ITERATED)))
    add_legend(figure, columns=4)
    return figure


def _of(table, row, column):
    return table[(table["row"] == row) & (table["column"] == column)]


def _ends(rows):
    """The last row of each curve: means over all runs where there are several."""
    means = rows[rows["runs"] == rows["runs"].max()]
    return means.groupby("curve", sort=False).last()


def _mark_as_stable(panel):
    for line in panel.lines:
        if str(line.get_label()).startswith("Nash equilibrium"):
            line.set(fillstyle="full", label="Nash equilibrium, stable")


def _draw_distances(panel, table):
    """How far the first run of each pair is from the equilibrium."""
    colours = colours_of(list(PAIRS))
    for curve in PAIRS:
        rows = _of(table, PENNIES, WORDS[curve])
        rows = rows[rows["kind"] == "run"]
        distance = np.hypot(rows["p0_share_0"] - 0.5, rows["p1_share_0"] - 0.5)
        panel.plot(rows["time"], distance, color=colours[curve], linewidth=0.9, label=curve)
        if len(rows) > 1 and rows["time"].max() < 300:
            panel.plot(rows["time"].iloc[-1], distance.iloc[-1], "x", color=colours[curve])
    panel.set(xlabel="step", ylabel="distance to the equilibrium", ylim=(0.0, 0.75))
    panel.set_title(f"{PENNIES}: distance", fontsize=8)


def _draw_basins(panel):
    """The borders between the basins of stag and hare in continuous time."""
    columns = ("curve", "kind", "step", "p0_share_0", "p1_share_0")
    draw_plane(panel, HUNT, pd.DataFrame({name: [] for name in columns}), "TRD")
    colours = colours_of(list(PAIRS))
    for words, (curve, dynamics, width) in BORDERS.items():
        path, label = border(dynamics), f"border of basins, {words}"
        panel.plot(*path.T, "--", color=colours[curve], linewidth=width, label=label)
    panel.set_title(f"{HUNT}: basins", fontsize=8)


def border(dynamics):
    """The border of the basins of the stag hunt: what flows into the saddle, shape (T, 2)."""
    coupled = CoupledReplicators(HUNT, dynamics)

    def change(point):
        return np.array([each[0] for each in coupled.derivative([(z, 1.0 - z) for z in point])])

    saddle = optimize.fsolve(change, (0.55, 0.55), xtol=1e-12)
    slopes = [(change(saddle + step) - change(saddle - step)) / 2e-5 for step in 1e-5 * np.eye(2)]
    values, vectors = np.linalg.eig(np.array(slopes).T)
    inward = vectors[:, values.argmin()].real
    sides = []
    for side in (-1.0, 1.0):
        start = saddle + side * 1e-4 * inward

        def backward(_, point):
            return -change(np.clip(point, 0.0, 1.0))

        solution = integrate.solve_ivp(backward, (0.0, 2000.0), start, rtol=1e-7, atol=1e-9)
        sides.append(np.clip(solution.y.T, 0.0, 1.0))
    return np.concatenate([sides[0][::-1], sides[1]])


def _draw_hunt(panel, ends):
    """How often hives that start near the naive border end with the stag."""
    naive = ends.loc["R_success", "p0_share_0"]
    colours = colours_of(list(PAIRS))
    for curve in ("R_lola and R_success", "R_lola"):
        chances = [ends.loc[f"{curve}, eta {eta:g}", "p0_share_0"] for eta in ETAS]
        panel.plot((0.0, *ETAS), (naive, *chances), "o-", color=colours[curve], markersize=3)
    panel.plot(0.0, naive, "o", color=colours["R_success"], markersize=4, zorder=3)
    panel.set(xlabel="eta", ylabel="ends with the stag", ylim=(-0.03, 1.03))
    panel.yaxis.set_major_formatter(PercentFormatter(1.0))
    panel.set_title(f"{HUNT}: hives of 500 from 55 %", fontsize=8)


def _draw_chicken(panel, ends):
    """Which hive goes straight at the end."""
    for player, offset in ((0, -0.2), (1, 0.2)):
        heights = [ends.loc[curve, f"p{player}_share_1"] for curve in PAIRS]
        rules = [players[player] for players, _ in PAIRS.values()]
        _draw_bars(panel, offset, 0.36, heights, rules)
    panel.set(ylabel="goes straight: player 0, player 1")
    panel.set_title(f"{CHICKEN}: hives of 500", fontsize=8)


def _draw_iterated(panel, ends):
    """How many bees of both hives hold a strategy that cooperates, at the end."""
    colours = colours_of(list(PAIRS))
    heights = [1.0 - ends.loc[curve, ["p0_share_1", "p1_share_1"]].mean() for curve in PAIRS]
    for place, (curve, height) in enumerate(zip(PAIRS, heights, strict=True)):
        panel.bar(place, height, 0.6, color=colours[curve])
        panel.annotate(
            f"{100 * height:.0f} %", (place, height), ha="center", va="bottom", fontsize=7
        )
    _name_bars(panel)
    panel.set(ylabel="do not always defect at the end")
    panel.set_title(ITERATED, fontsize=8)


def _draw_bars(panel, offset, width, heights, rules):
    symbols = {"success": "R_success", "lola": "R_lola"}
    colours = colours_of(list(PAIRS))
    for place, (height, rule) in enumerate(zip(heights, rules, strict=True)):
        panel.bar(place + offset, height, width, color=colours[symbols[rule]])
        at = (place + offset, height)
        panel.annotate(f"{100 * height:.0f} %", at, ha="center", va="bottom", fontsize=6)
    _name_bars(panel)


def _name_bars(panel):
    panel.axhline(0.0, color="black", linewidth=0.6)
    panel.set(xticks=range(len(PAIRS)), xlabel="hives", ylim=(0.0, 1.1))
    panel.set_xticklabels([WORDS[curve] for curve in PAIRS], fontsize=7)
    panel.yaxis.set_major_formatter(PercentFormatter(1.0))
