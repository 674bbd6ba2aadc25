"""How long a hive takes to agree, and how often on a wrong option, for several sizes N and M.

N is the number of bees, M the number of other bees that each one hears.

    python consensus_time.py results/consensus_time

A second run of this command reads its results from the folder; delete the folder to start again.
"""

import sys

from hivemind_abm import Study, consensus_times, wrong_consensus

FAMILY = "tools and worlds"

HIVE = {
    "rule": "wvoter",
    "bandit": "near one",
    "population_size": 50,
    "neighbourhood_size": 10,
    "stop_if_end": True,
}


def study(sizes=(20, 50, 100, 200), heard=(2, 5, 10, "all"), runs=500):
    """One cell for each size and neighbourhood; each run ends at consensus."""
    return Study.grid(
        HIVE | {"population_size": list(sizes), "neighbourhood_size": list(heard)},
        runs=runs,
        steps=5000,
        seed=1,
        keep="last",
    )


def summary(table):
    """The median time and the share of runs with a wrong consensus, by size and neighbourhood."""
    cells = table.groupby(["population_size", "neighbourhood_size"], sort=False)
    times = cells.apply(lambda rows: consensus_times(rows).median()).unstack()
    wrong = cells.apply(lambda rows: wrong_consensus(rows).value).unstack()
    return times, wrong


if __name__ == "__main__":
    times, wrong = summary(
        study().run(store=sys.argv[1] if len(sys.argv) > 1 else None, progress=True)
    )
    print("median consensus time, steps (rows: N, columns: M)", times, sep="\n")
    print("share on a wrong option", wrong, sep="\n")
