"""A good and a poor site swap: the weighted voter follows, and scouts keep it able to come back.

The odds of the better site are multiplied by q_A / q_B in each step.  A hive that agrees on one
site can never leave it, so with long periods some bees must try the other site now and then.

    hivemind run --rule swapping_sites.py --bandit switching --period 50 --steps 200
"""

from dataclasses import dataclass

from hivemind_abm import BanditSwitching, Hive, WeightedVoterRule, ensemble, recovery_times

FAMILY = "tools and worlds"


@dataclass(frozen=True)
class Scouts(WeightedVoterRule):
    scouting: float = 0.02  # the chance that a bee tries a random site

    def decide(self, bee, neighbours, rng):
        if rng.random() < self.scouting:
            return rng.integers(neighbours.n_action)
        return neighbours.pick_by_payoff(rng).opinion


SITES = BanditSwitching(q_star=(0.9, 0.6), period=50)
HIVE = {"rule": Scouts(), "bandit": SITES, "population_size": 500}

if __name__ == "__main__":
    for scouting in (0.0, 0.001, 0.02, 0.1):
        hive = HIVE | {"rule": Scouts(scouting=scouting)}
        rows = ensemble(Hive, hive, runs=50, steps=400, seed=1, keep="rows")
        best, times = rows["optimal_share"].mean(), recovery_times(rows, SITES)["steps"]
        print(f"scouting {scouting}: share of the best site {best:.3f}, recovery", times.median())
