"""Bees take turns to compare payoffs by the Fermi function, and one bee may win over a hive.

A bee adopts the option of another with the chance 1 / (1 + exp(-b (r_j - r_i))).  From i of N bees
the option takes over with the chance (1 - g^i) / (1 - g^N), g = exp(-b (q_0 - q_1)) (Traulsen,
Nowak & Pacheco, Phys. Rev. E 74, 011909, 2006).

    hivemind run --rule fermi.py --bandit "near one" --updating asynchronous --b 2
"""

from dataclasses import dataclass

from hivemind_abm import BanditLinear, Hive, ImitationRule, ensemble, exp


@dataclass(frozen=True)
class Fermi(ImitationRule):
    b: float = 5.0
    hears = 1

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        chance = 1.0 / (1.0 + exp(-self.b * (other.payoff - bee.payoff)))
        return other.opinion if rng.random() < chance else bee.opinion


HIVE = {
    "rule": Fermi(),
    "bandit": BanditLinear(n_action=2, gap=0.0, q_star=(0.9, 0.6)),
    "population_size": 10,
    "updating": "asynchronous",
    "initial_shares": (0.1, 0.9),
}

if __name__ == "__main__":
    for b in (0.1, 1.0, 5.0):
        hive, g = HIVE | {"rule": Fermi(b), "stop_if_end": True}, exp(-0.3 * b)
        end = ensemble(Hive, hive, runs=10_000, steps=1000, seed=1, keep="last")
        print(f"b = {b}: {end['share_0'].mean():.4f}, exact {(1.0 - g) / (1.0 - g**10):.4f}")
