"""Hives with memory, silent bees, several rules, uncommitted bees; and worlds that change."""

from dataclasses import dataclass

import numpy as np

from hivemind_abm import Bandit, ImitationRule


@dataclass(frozen=True)
class Zealot(ImitationRule):
    camp: int = 0

    def decide(self, bee, neighbours, rng):
        return self.camp


@dataclass(frozen=True)
class Averager(ImitationRule):
    """Shows a running mean of its payoffs, and is silent now and then."""

    forgetting: float = 0.2
    hears = 3

    def memory_size(self, n_action):
        return 2

    def begin(self, bee, rng):
        bee.memory[0] = rng.random()

    def dance(self, bee, rng):
        bee.memory[0] += self.forgetting * (bee.payoff - bee.memory[0])
        bee.memory[1] = bee.step
        return 0.0 if rng.random() < 0.2 else bee.memory[0]

    def decide(self, bee, neighbours, rng):
        return neighbours.pick_by_payoff(rng).opinion


@dataclass(frozen=True)
class Recruit(ImitationRule):
    uncommitted = True

    def decide(self, bee, neighbours, rng):
        none = neighbours.n_action
        other = neighbours.pick(rng)
        if bee.opinion == none:
            return other.opinion if rng.random() < other.payoff else bee.opinion
        return none if rng.random() < 0.1 else bee.opinion


@dataclass(frozen=True)
class Drifting(Bandit):
    n_action: int = 3

    def memory_size(self, n_action):
        return n_action

    def change(self, world, rng):
        for a in range(self.n_action):
            world.memory[a] = 0.5 * world.memory[a] + 0.5 * rng.random()

    def pull(self, option, world, rng):
        return world.memory[option] * rng.random()

    def expected_rewards(self, world):
        return 0.5 * np.array([world.memory[a] for a in range(self.n_action)])
