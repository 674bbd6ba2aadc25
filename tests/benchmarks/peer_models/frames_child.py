"""mesa-frames with Polars, in a process of its own, because it asks for an older NumPy.

It reads lines "number_of_agents seed" and answers with lines "seconds share".
"""

import sys

import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF

from peer_models.work import BEST, GAP, MEANS, steps_timed


class Bees(AgentSetPolars):
    def __init__(self, n, model):
        super().__init__(model)
        opinion = np.arange(n) % MEANS.size
        self += pl.DataFrame(
            {"unique_id": np.arange(n), "opinion": opinion, "payoff": self.pull(opinion)}
        )

    def pull(self, opinion):
        return MEANS[opinion] + self.model.random.uniform(-GAP, GAP, opinion.size)

    def step(self):
        rng, n = self.model.random, len(self)
        other = rng.integers(0, n - 1, n)
        other += other >= np.arange(n)
        heard = self.agents[other]
        adopts = pl.Series(rng.random(n)) < heard["payoff"]
        opinion = heard["opinion"].zip_with(adopts, self.agents["opinion"])
        payoff = pl.Series(self.pull(opinion.to_numpy()))
        self.agents = self.agents.with_columns(opinion=opinion, payoff=payoff)


class Imitators(ModelDF):
    def __init__(self, n, seed):
        super().__init__(seed)
        self.agents += Bees(n, self)

    def step(self):
        self.agents.do("step")


def share(model):
    opinions = model.get_agents_of_type(Bees).agents["opinion"]
    return np.mean(opinions.to_numpy() == BEST)


def answer(n, seed):
    return steps_timed(Imitators(n, seed), lambda model: model.step(), share)


if __name__ == "__main__":
    for line in sys.stdin:
        print(*answer(*map(int, line.split())), flush=True)
