"""Two hives, two learners or two replicators that play a game, and what replicators conserve.

In continuous time TRD keeps H, so its orbits in matching pennies are closed.  Whole steps lead
outward, until both populations lock in an option.  Where only a tenth of the bees decide in a step,
hives keep to an orbit.  In coordination the level of the saddle parts the starts by their end.
"""

from matplotlib.figure import Figure

from hivemind_abm.app.figures.plane import add_legend, draw_conserved, draw_plane

GROUP = "games"
RUNS, QUICK_RUNS = 1000, 10
UPDATING, ALPHA = 0.1, 0.001
TIME = 30  # steps, or their equivalent where a step takes less
# Shares of player 0 and of player 1 at the start.
STARTS = {
    "matching pennies": [((0.65, 0.35), (0.5, 0.5))],
    "coordination": [((0.65, 0.35), (0.15, 0.85)), ((0.1, 0.9), (0.4, 0.6))],
    "rock paper scissors": [((0.6, 0.25, 0.15), (0.3, 0.45, 0.25))],
}
WHOLE = {"steps": TIME, "record_every": 1}
SLOW = {"steps": round(TIME / UPDATING), "rate": UPDATING, "record_every": 1}
ONE_PULL = {"steps": round(TIME / ALPHA), "rate": ALPHA, "record_every": round(0.1 / ALPHA)}
SMOOTH = {"steps": 10 * TIME, "rate": 0.1}
GAME, COUPLED = {"model": "GameModel"}, {"model": "CoupledReplicators"}
SYSTEMS = {
    "hives": {
        "R_success": WHOLE | GAME | {"players": ("success", "success")},
        f"R_wvoter, updating {UPDATING}": SLOW
        | GAME
        | {"players": ("wvoter", "wvoter"), "updating": UPDATING},
    },
    "learners": {
        "P-CL": WHOLE | GAME | {"players": ("P-CL", "P-CL")},
        f"CL, alpha {ALPHA}": ONE_PULL | GAME | {"players": ("CL", "CL"), "alpha": ALPHA},
    },
    "replicators": {
        "TRD, continuous": SMOOTH | COUPLED | {"dynamics": "TRD"},
        "TRD, delta 1": WHOLE | GAME | {"players": ("TRD", "TRD"), "delta": 1.0},
        f"MRD, delta {UPDATING}": SLOW | GAME | {"players": ("MRD", "MRD"), "delta": UPDATING},
    },
}
PLANES, CONSERVED = tuple(SYSTEMS), "conserved by TRD"
STUDY = [
    {"row": game, "column": column, "curve": curve, "game": game, "initial_shares": start} | system
    for game, starts in STARTS.items()
    for start in starts
    for column, systems in SYSTEMS.items()
    for curve, system in systems.items()
]


def draw(table):
    """A row a game: the plane of the players' shares three times, and H over time."""
    figure = Figure(figsize=(9.6, 7.0))
    heights = [2 if len(starts[0][0]) == 2 else 1.3 for starts in STARTS.values()]
    panels = figure.subplots(len(STARTS), len(PLANES) + 1, height_ratios=heights)
    for row, game in zip(panels, STARTS, strict=True):
        of_game = table[table["row"] == game].dropna(axis="columns", how="all")
        for panel, column in zip(row, PLANES, strict=False):
            draw_plane(panel, game, of_game[of_game["column"] == column])
            panel.set_title(f"{game}: {column}", fontsize=8)
        draw_conserved(row[-1], game, of_game)
        row[-1].set_title(CONSERVED, fontsize=8)
    add_legend(figure, columns=4)
    return figure
