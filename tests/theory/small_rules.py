"""Rules of a few lines whose hives have known laws."""

import math
from dataclasses import dataclass

import numpy as np

from hivemind_abm import ImitationRule


def _others(counts):
    """[a, b] is the chance that a random other bee of a bee on a is on b."""
    return np.maximum(counts - np.eye(counts.size), 0.0) / max(counts.sum() - 1, 1)


@dataclass(frozen=True)
class Stubborn(ImitationRule):
    """A zealot."""

    option: int = 0

    def decide(self, bee, neighbours, rng):
        return self.option


@dataclass(frozen=True)
class Voter(ImitationRule):
    """Adopt the option of one other bee."""

    hears = 1

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion


@dataclass(frozen=True)
class KnownVoter(Voter):
    """The same with its closed form."""

    def one_step_chances(self, neighbourhood):
        return lambda counts, rewards: _others(counts)


@dataclass(frozen=True)
class Fermi(ImitationRule):
    """Adopt the option of one other bee by the difference of payoffs."""

    b: float = 5.0

    hears = 1

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick(rng)
        p = 1.0 / (1.0 + math.exp(-self.b * (dancer.payoff - bee.payoff)))
        return dancer.opinion if rng.random() < p else bee.opinion


@dataclass(frozen=True)
class KnownFermi(Fermi):
    """The same with its closed form."""

    def decide(self, bee, neighbours, rng):
        return Fermi.decide(self, bee, neighbours, rng)

    def one_step_chances(self, neighbourhood):
        def chances(counts, rewards):
            gain = rewards - rewards[:, None]
            moves = _others(counts) / (1.0 + np.exp(-self.b * gain)) * (1.0 - np.eye(counts.size))
            return moves + np.diag(1.0 - moves.sum(axis=1))

        return chances


@dataclass(frozen=True)
class MajorityOfGroup(ImitationRule):
    """Adopt the option of most bees of the group, of two options."""

    def decide(self, bee, neighbours, rng):
        return 0 if 2 * neighbours.count_of(0) > neighbours.size else 1


@dataclass(frozen=True)
class Contrarian(ImitationRule):
    """Adopt the other option of two."""

    hears = 1

    def decide(self, bee, neighbours, rng):
        return 1 - neighbours.pick(rng).opinion


@dataclass(frozen=True)
class Hesitant(ImitationRule):
    """Give up one's option when another bee pays for its own; join a bee from none."""

    uncommitted = True
    hears = 1

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        if other.opinion == bee.opinion or rng.random() >= other.payoff:
            return bee.opinion
        return other.opinion if bee.opinion == neighbours.n_action else neighbours.n_action


@dataclass(frozen=True)
class Averager(ImitationRule):
    """Remember a mean."""

    def memory_size(self, n_action):
        return 1

    def decide(self, bee, neighbours, rng):
        bee.memory[0] = 0.9 * bee.memory[0] + 0.1 * bee.payoff
        return bee.opinion


@dataclass(frozen=True)
class Loud(ImitationRule):
    """Show a chance outcome in place of the payoff."""

    hears = 1

    def dance(self, bee, rng):
        return 1.0 if rng.random() < bee.payoff else 0.0

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        return other.opinion if rng.random() < other.payoff else bee.opinion
