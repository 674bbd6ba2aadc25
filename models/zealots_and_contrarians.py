"""Zealots never change their option, and contrarians leave the option that most bees hold.

A share z of zealots for the poorer option beats the weighted voter at z = 1 - q_B / q_A, here 1/3.
A few contrarians keep both options alive.
"""

from dataclasses import dataclass

from hivemind_abm import BanditLinear, Hive, ImitationRule, ensemble


@dataclass(frozen=True)
class Zealot(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Contrarian(ImitationRule):
    def decide(self, bee, neighbours, rng):
        many = 2 * neighbours.count_of(bee.opinion) > neighbours.size
        return (bee.opinion + 1) % neighbours.n_action if many else bee.opinion


def hive(zealots, contrarians=0.0):
    voters = 1.0 - zealots - contrarians
    return {
        "rule": [("wvoter", voters), (Zealot(), zealots), (Contrarian(), contrarians)],
        "bandit": BanditLinear(n_action=2, gap=0.0, q_star=(0.9, 0.6)),
        "initial_shares": [(0.5, 0.5), (0.0, 1.0), (0.5, 0.5)],
    }


HIVE = hive(zealots=0.2, contrarians=0.1)

if __name__ == "__main__":
    for z in (0.0, 0.1, 0.2, 0.3, 0.4):
        rows = ensemble(Hive, hive(z), runs=20, steps=300, seed=1)
        print(f"z = {z}: {rows['share_0_mean'].iloc[-1]:.3f} hold the better option")
