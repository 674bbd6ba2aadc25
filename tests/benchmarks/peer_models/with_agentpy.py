"""AgentPy: an agent is an object, and a call of the `AgentList` calls a method of each."""

import agentpy
import numpy as np

from peer_models.work import BEST, GAP, MEANS, stepped

QUALITY = MEANS.tolist()


class Bee(agentpy.Agent):
    def setup(self):
        self.index = self.id - 1
        self.opinion = self.next = self.index % MEANS.size
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


class Imitators(agentpy.Model):
    def setup(self):
        self.size = self.p.n
        self.bees = agentpy.AgentList(self, self.size, Bee)

    def step(self):
        self.bees.decide()
        self.bees.adopt()


def build(n, seed):
    model = Imitators({"n": n, "seed": seed})
    model.sim_setup()
    return model


def share(model):
    return np.mean(np.array(list(model.bees.opinion)) == BEST)


ENTRIES = stepped("agents", build, agentpy.Model.sim_step, share)
