"""What decides whether a hive agrees on the best option: Sobol indices of reward noise, M and N.

The design and its analysis are SALib's.

    pip install SALib
    python sobol_design.py
"""

import numpy as np
import pandas as pd

from hivemind_abm import Study

FAMILY = "tools and worlds"

HIVE = {
    "rule": "wvoter",
    "bandit": "evenly spaced",
    "population_size": 100,
    "neighbourhood_size": 10,
    "stop_if_end": True,
}
PROBLEM = {
    "num_vars": 3,
    "names": ["gap", "neighbourhood_size", "population_size"],
    "bounds": [[0.0, 0.3], [2, 20], [30, 300]],
}


def design(number=128):
    """SALib's points as a DataFrame; sizes are rounded to whole numbers."""
    from SALib.sample import sobol

    points = pd.DataFrame(sobol.sample(PROBLEM, number, seed=1), columns=PROBLEM["names"])
    return points.assign(**{name: points[name].round() for name in PROBLEM["names"][1:]})


def indices(number=128, runs=50):
    """First-order and total Sobol indices of the share of runs that end on the best option."""
    from SALib.analyze import sobol

    points = design(number)
    distinct = points.drop_duplicates(ignore_index=True)
    common = {"rule": "wvoter", "bandit": "evenly spaced", "stop_if_end": True}
    table = Study.from_frame(distinct, common, runs=runs, steps=300, seed=1, keep="last").run()
    right = table.groupby(PROBLEM["names"])["optimal_share"].mean().rename("right")
    results = points.merge(right, left_on=PROBLEM["names"], right_index=True, how="left")["right"]
    return sobol.analyze(PROBLEM, results.to_numpy(), seed=1)


if __name__ == "__main__":
    found = indices()
    print(
        pd.DataFrame(
            {name: np.round(found[name], 3) for name in ("S1", "S1_conf", "ST", "ST_conf")},
            PROBLEM["names"],
        )
    )
