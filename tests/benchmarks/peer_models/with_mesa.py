"""Plain Mesa: an agent is an object, and `AgentSet.do` activates all in two stages."""

import mesa
import numpy as np

from peer_models.work import BEST, GAP, MEANS, stepped

QUALITY = MEANS.tolist()


class Bee(mesa.Agent):
    def __init__(self, model, index, opinion):
        super().__init__(model)
        self.index = index
        self.opinion = self.next = opinion
        self.pull()

    def pull(self):
        noise = GAP * (2.0 * self.model.random.random() - 1.0)
        self.payoff = QUALITY[self.opinion] + noise

    def decide(self):
        model = self.model
        other = int(model.random.random() * (model.size - 1))
        dancer = model.bees[other + (other >= self.index)]
        adopts = model.random.random() < dancer.payoff
        self.next = dancer.opinion if adopts else self.opinion

    def adopt(self):
        self.opinion = self.next
        self.pull()


class Imitators(mesa.Model):
    def __init__(self, n, seed):
        super().__init__(rng=seed)
        self.size = n
        indices = list(range(n))
        opinions = [index % len(QUALITY) for index in indices]
        self.bees = Bee.create_agents(self, n, indices, opinions).to_list()

    def step(self):
        self.agents.do("decide")
        self.agents.do("adopt")


def share(model):
    return np.mean([bee.opinion == BEST for bee in model.bees])


ENTRIES = stepped("agents", Imitators, lambda model: model.step(), share)
