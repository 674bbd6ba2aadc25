"""Bees that hear only their neighbours on a network, and bees that all hear each other.

For each network (one graph of each kind) it prints how much the share of the best option rises in
the first step and in the first ten, the median time to agreement, and how many runs end on a wrong
option or without agreement.

The weighted voter compares only the payoffs that it hears together.  So its first step gains about
1 - 1/degree of what it gains where all hear each other, while imitation of success starts equally
fast everywhere.  Then neighbours become alike, which slows both rules, most on rings of a low
degree.  Scale-free hives agree soonest, and most often on a wrong option, since so many bees hear
the same few.

The number of bees is odd on purpose.  On a ring of degree 2 with an even number, every other bee
belongs to a separate hive, since the weighted voter never hears itself; about half of the runs
never agree.

    python network_hive.py
    hivemind run --rule wvoter --bandit "near one" --population-size 101 --neighbourhood "ring:4"
"""

import pandas as pd

from hivemind_abm import Study, wrong_consensus

FAMILY = "tools and worlds"

HIVE = {
    "rule": "wvoter",
    "bandit": "near one",
    "population_size": 101,
    "neighbourhood": "small world:4:0.1",
    "stop_if_end": True,
}
NETWORKS = [
    "complete",
    "random regular:10",
    "random regular:4",
    "small world:10:0.1",
    "small world:4:0.1",
    "ring:10",
    "ring:4",
    "ring:2",
    "scale free:5",
    "scale free:2",
]


def rise(rules=("wvoter", "success"), networks=NETWORKS, runs=2000):
    """Mean change of the optimal share from the start to steps 1 and 10, by rule and network."""
    grid = HIVE | {"rule": list(rules), "neighbourhood": list(networks)}
    table = Study.grid(grid, runs=runs, steps=10, seed=1).run()
    share = table.pivot_table("optimal_share_mean", ["rule", "neighbourhood"], "step", sort=False)
    return pd.DataFrame({"step 1": share[1] - share[0], "step 10": share[10] - share[0]})


def agreement(rules=("wvoter", "success"), networks=NETWORKS, runs=200, steps=5000):
    """Median consensus time, shares of runs with a wrong consensus and without consensus.

    A run that never agrees counts with the largest number of steps.
    """
    grid = HIVE | {"rule": list(rules), "neighbourhood": list(networks)}
    cells = (
        Study.grid(grid, runs=runs, steps=steps, seed=2, keep="last")
        .run()
        .groupby(["rule", "neighbourhood"], sort=False)
    )
    ends = {cell: wrong_consensus(rows) for cell, rows in cells}
    found = pd.DataFrame({"median time": cells["Step"].median()})
    return found.assign(
        wrong=[ends[cell].value for cell in found.index],
        never=[ends[cell].undecided for cell in found.index],
    )


if __name__ == "__main__":
    table = rise().join(agreement())
    print(
        "rise of the optimal share by step 1 (+- 0.001) and step 10 (+- 0.004), "
        "median consensus time,"
    )
    print("shares of runs that agree on a wrong option, or never (+- 0.03)")
    print(table.to_string(float_format="{:.3f}".format))
