"""R_success and R_wvoter on the congestion bandit: hives of 2,000 settle at the equilibrium."""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "populations"
RUNS, QUICK_RUNS = 1000, 50
N, STEPS = 2000, 60  # the equilibrium is reached by half of these steps
HALF = {"population_size": N // 2}
SYSTEMS = [
    {
        "curve": "R_success",
        "model": "Hive",
        "rule": "success",
        "population_size": N,
        "neighbourhood_size": "all",
        "half": HALF,
    },
    {
        "curve": "R_wvoter",
        "model": "Hive",
        "rule": "wvoter",
        "population_size": N,
        "neighbourhood_size": "all",
        "half": HALF,
    },
    {"curve": "TRD", "model": "ReplicatorModel", "dynamic": "TRD", "delta": 1},
    {"curve": "MRD", "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1},
]
STUDY = [
    {"row": "", "column": f"N = {N}", "steps": STEPS, "bandit": "congestion"} | system
    for system in SYSTEMS
]


def draw(table):
    """One panel, with the equilibrium as a dotted line."""
    figure = draw_panels(table, size=(3.5, 3.0), share="share of option 0", legend_columns=2)
    figure.axes[0].axhline(0.75, color="black", linewidth=0.6, linestyle=":")
    return figure
