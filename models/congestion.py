"""Two nests that get crowded: the hive settles where both pay the same, not on the better one.

The expected reward of nest a is q_a - omega_a x_a.  With the defaults (0.8 - 0.2 x and 0.8 - 0.6 x)
both nests pay 0.65 when three quarters of the bees are in the first one.

    python congestion.py
    hivemind run --rule success --bandit congestion --population-size 2000
"""

from hivemind_abm import BanditCongestion, Hive, ensemble

FAMILY = "tools and worlds"

HIVE = {"rule": "success", "bandit": BanditCongestion(), "population_size": 2000}


def settle(rule, runs=200, steps=300):
    """Mean share of the first nest at the end, and its standard deviation over the runs."""
    table = ensemble(Hive, HIVE | {"rule": rule}, runs=runs, steps=steps, seed=1)
    return table["share_0_mean"].iloc[-1], table["share_0_std"].iloc[-1]


if __name__ == "__main__":
    print(f"equilibrium   {HIVE['bandit'].optimal_shares()[0]:.3f}")
    for rule in ("success", "wvoter"):
        print("R_{:11} {:.3f} +- {:.3f}".format(rule, *settle(rule)))
