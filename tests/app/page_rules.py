"""A user's file with the kinds of rules that the tests of the page show."""

RULES = '''
from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Stubborn(ImitationRule):
    """Keep the option."""

    weight: float = 1.0

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Averager(ImitationRule):
    """Show an average of the payoffs, or nothing."""

    rate: float = 0.2

    def memory_size(self, n_action):
        return 2

    def dance(self, bee, rng):
        bee.memory[0] += self.rate * (bee.payoff - bee.memory[0])
        return 0.0 if rng.random() < 0.4 else bee.memory[0]

    def decide(self, bee, neighbours, rng):
        bee.memory[1] = bee.step
        return neighbours.pick(rng).opinion


@dataclass(frozen=True)
class Scout(ImitationRule):
    """Hold no option now and then."""

    uncommitted = True
    quit: float = 0.3

    def decide(self, bee, neighbours, rng):
        if rng.random() < self.quit:
            return neighbours.n_action
        return neighbours.pick(rng).opinion
'''
