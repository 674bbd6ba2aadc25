"""CL, MCL, P-CL and P-MCL on the congestion bandit beside their replicators, and their rewards.

All settle at the equilibrium share 0.75, where both options pay the same; MRD and its learners get
there sooner.
"""

from hivemind_abm.app.figures.panels import draw_panels

GROUP = "rl"
RUNS, QUICK_RUNS = 1000, 50
TIME, ALPHA, B = 60, 0.001, 1000  # the equilibrium is reached by half of that time
STREAMING = {"steps": round(TIME / ALPHA), "rate": ALPHA, "record_every": round(0.5 / ALPHA)}
HALF = {
    "alpha": 2 * ALPHA,
    "steps": round(TIME / ALPHA / 2),
    "rate": 2 * ALPHA,
    "record_every": round(0.25 / ALPHA),
}
PARALLEL = {
    "steps": TIME,
    "model": "LearnerModel",
    "parallel_envs": B,
    "half": {"parallel_envs": B // 2},
}
SYSTEMS = {
    "alone": [
        STREAMING
        | {"curve": "CL", "model": "LearnerModel", "learner": "CL", "alpha": ALPHA, "half": HALF},
        STREAMING
        | {"curve": "MCL", "model": "LearnerModel", "learner": "MCL", "alpha": ALPHA, "half": HALF},
        STREAMING
        | {
            "curve": "TRD",
            "model": "ReplicatorModel",
            "dynamic": "TRD",
            "delta": ALPHA,
            "method": "exact",
        },
        STREAMING
        | {
            "curve": "MRD",
            "model": "ReplicatorModel",
            "dynamic": "MRD",
            "delta": ALPHA,
            "method": "exact",
        },
    ],
    f"B = {B}": [
        PARALLEL | {"curve": "P-CL", "learner": "P-CL"},
        PARALLEL | {"curve": "P-MCL", "learner": "P-MCL"},
        {"curve": "TRD", "steps": TIME, "model": "ReplicatorModel", "dynamic": "TRD", "delta": 1},
        {"curve": "MRD", "steps": TIME, "model": "ReplicatorModel", "dynamic": "MRD", "delta": 1},
    ],
}
TITLES = {"alone": f"one environment, alpha = {ALPHA}", f"B = {B}": f"{B} environments"}
STUDY = [
    {"row": "learning", "column": TITLES[place], "bandit": "congestion"} | system
    for place, systems in SYSTEMS.items()
    for system in systems
] + [
    {
        "row": "rewards",
        "column": column,
        "curve": f"option {option}",
        "model": "Rewards",
        "bandit": "congestion",
    }
    | {"shares": shares, "option": option}
    for column, shares in ((TITLES["alone"], (0.5, 0.5)), (TITLES[f"B = {B}"], "optimal"))
    for option in (0, 1)
]
SHARES = {
    TITLES["alone"]: "rewards at even shares",
    TITLES[f"B = {B}"]: "rewards at the equilibrium",
}


def draw(table):
    """Above, the shares of option 0 over time; below, the rewards at two shares."""
    figure = draw_panels(
        table, size=(5.2, 4.6), time="alpha x step, or step", share="share of option 0"
    )
    for panel, title in zip(figure.axes[2:], SHARES.values(), strict=True):
        panel.set_title(title, fontsize=8)
    for panel in figure.axes[:2]:
        panel.axhline(0.75, color="black", linewidth=0.6, linestyle=":")
    return figure
