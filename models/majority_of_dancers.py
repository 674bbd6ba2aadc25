"""Dancers vote: bees dance longer for a better site, then follow the majority of three dancers.

This is direct modulation of majority-based decisions (Valentini et al., AAMAS 2015).  All times are
exponential: in each turn a bee goes on with the chance 1 / time.  The basins of two sites part
where a share rho_B / (rho_A + rho_B) of the dancers dances for site A.
"""

from dataclasses import dataclass

from hivemind_abm import BanditLinear, Hive, ImitationRule, ensemble


@dataclass(frozen=True)
class DanceAndVote(ImitationRule):
    dance_time: float = 20.0  # for a site of quality 1, in steps
    visit_time: float = 10.0

    def memory_size(self, n_action):
        return 1  # 1.0 while the bee dances

    def dance(self, bee, rng):
        return bee.memory[0]  # a bee that visits its site is silent

    def decide(self, bee, neighbours, rng):
        time = self.visit_time if bee.memory[0] == 0.0 else self.dance_time * bee.payoff
        if rng.random() * time >= 1.0:
            return bee.opinion
        bee.memory[0] = 1.0 - bee.memory[0]
        if bee.memory[0] == 1.0:
            return bee.opinion
        one, other = neighbours.pick_by_payoff(rng), neighbours.pick_by_payoff(rng)
        return one.opinion if one.opinion == other.opinion else bee.opinion


SITES = BanditLinear(n_action=2, gap=0.0, q_star=(1.0, 0.9))
HIVE = {"rule": DanceAndVote(), "bandit": SITES, "updating": "asynchronous"}

if __name__ == "__main__":
    print(ensemble(Hive, HIVE, runs=100, steps=1000, seed=1)[["step", "share_0_mean"]].iloc[::100])
