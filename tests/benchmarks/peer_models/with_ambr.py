"""AMBER: columns of a population, written as its documents advise for speed, in two ways.

`Model.step_vectorized` with the view interface, and `ArrayKernelModel`, whose state is arrays.
"""

import ambr
import numpy as np

from peer_models.work import BEST, COMPARED, GAP, MEANS, STEPS, Entry, Outcome, clock, stepped


def listen(rng, opinion, payoff):
    """The next opinions and payoffs; each agent hears one of the others."""
    n = opinion.size
    other = rng.integers(0, n - 1, n)
    other += other >= np.arange(n)
    opinion = np.where(rng.random(n) < payoff[other], opinion[other], opinion)
    return opinion, pull(rng, opinion)


def pull(rng, opinion):
    return MEANS[opinion] + rng.uniform(-GAP, GAP, opinion.size)


class Imitators(ambr.Model):
    def setup(self):
        opinion = np.arange(self.p["n"]) % MEANS.size
        self.add_agents(opinion.size, opinion=opinion, payoff=pull(self.rng, opinion))

    def step_vectorized(self):
        opinion, payoff = listen(self.rng, *self.agents.numpy("opinion", "payoff"))
        self.agents.set(opinion=opinion, payoff=payoff)


class Kernel(ambr.ArrayKernelModel):
    def init_state(self, xp, n, rng, p):
        opinion = np.arange(n) % MEANS.size
        return {"opinion": opinion, "payoff": pull(rng, opinion)}

    def step_state(self, xp, state, rng, p):
        opinion, payoff = listen(rng, state["opinion"], state["payoff"])
        if self.t == COMPARED:
            self.compared = np.mean(opinion == BEST)
        return {"opinion": opinion, "payoff": payoff}


def build(n, seed):
    model = Imitators({"n": n, "seed": seed, "show_progress": False}).cpu(mode="vectorized")
    model._ensure_setup()
    return model


def share(model):
    return np.mean(model.agents.numpy("opinion") == BEST)


def kernel_entry(view: Entry) -> Entry:
    """The same work by the array kernel; its whole run is timed, since it has no single steps."""

    def run(seed):
        model = Kernel({"n": view.n, "steps": STEPS, "seed": seed})
        with clock() as timed:
            model.run(prefer_gpu=False)
        return Outcome(timed.seconds, view.n * STEPS, np.array([model.compared]))

    return Entry("array kernel", view.work, view.n, run, view.checks)


VIEWS = stepped("columns", build, ambr.Model.run_step, share)
ENTRIES = [*VIEWS, *map(kernel_entry, VIEWS)]
