"""Foraging sites that visitors deplete and that grow back: the hive spreads over them.

`world.memory[a]` is the share of site a that is eaten.  In each step visitors eat `eaten` x_a more,
and `regrowth` of what is eaten grows back.  With the defaults both sites pay 0.56 at x_0 = 0.56.

    python depleting_sites.py
    hivemind run --rule success --bandit depleting_sites.py --population-size 2000
"""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Bandit, Hive, ensemble

FAMILY = "tools and worlds"


@dataclass(frozen=True)
class DepletingSites(Bandit):
    quality: tuple[float, ...] = (0.9, 0.8)
    eaten: float = 0.02
    regrowth: float = 0.03
    n_action: int = 2

    def memory_size(self, n_action):
        return n_action

    def change(self, world, rng):
        for site in range(self.n_action):
            gone = (1.0 - self.regrowth) * world.memory[site]
            world.memory[site] = min(gone + self.eaten * world.shares[site], 1.0)

    def pull(self, option, world, rng):
        return self.quality[option] * (1.0 - world.memory[option])

    def expected_rewards(self, world):
        return np.array(self.quality) * (1.0 - world.memory)


HIVE = {"rule": "success", "bandit": DepletingSites(), "population_size": 2000}

if __name__ == "__main__":
    print(ensemble(Hive, HIVE, runs=100, steps=1000, seed=1)[["step", "share_0_mean"]].iloc[::100])
