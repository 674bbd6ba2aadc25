"""Bees that show the mean of their last pulls, instead of the last one, choose better.

Each payoff is noisy.  A bee shows the mean of its pulls since it took its option, or a running mean
of about `pulls` of them.
"""

from dataclasses import dataclass

from hivemind_abm import BanditLinear, Hive, WeightedVoterRule, ensemble

FAMILY = "tools and worlds"


@dataclass(frozen=True)
class MeanOfPulls(WeightedVoterRule):
    pulls: int = 5

    def memory_size(self, n_action):
        return 3  # the mean, the number of pulls, and the option that was pulled

    def dance(self, bee, rng):
        if bee.memory[2] != bee.opinion:
            bee.memory[0], bee.memory[1], bee.memory[2] = 0.0, 0.0, bee.opinion
        bee.memory[1] = min(bee.memory[1] + 1.0, self.pulls)
        bee.memory[0] += (bee.payoff - bee.memory[0]) / bee.memory[1]
        return bee.memory[0]

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick(rng)
        return dancer.opinion if dancer.payoff > bee.memory[0] else bee.opinion


SITES = BanditLinear(n_action=2, gap=0.4, q_star=(0.52, 0.48))
HIVE = {"rule": MeanOfPulls(), "bandit": SITES, "population_size": 30, "neighbourhood_size": 1}

if __name__ == "__main__":
    for pulls in (1, 2, 5, 20):
        hive = HIVE | {"rule": MeanOfPulls(pulls=pulls), "stop_if_end": True}
        end = ensemble(Hive, hive, runs=2000, steps=500, seed=1, keep="last")
        print(f"{pulls:2} pulls: {(end['share_0'] == 1.0).mean():.1%} of hives end on the best")
