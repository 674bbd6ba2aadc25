"""Users' files with games and learners that the tests of the page show."""

GAMES = '''
from dataclasses import dataclass

from hivemind_abm import Game


@dataclass(frozen=True)
class Meeting(Game):
    """Two hives want to meet at the same of two sites."""

    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        return 0.9 if options[0] == options[1] else 0.1

    def option_names(self, player):
        return "oak", "lime"


@dataclass(frozen=True)
class Trio(Game):
    n_actions = (2, 2, 3)

    def payoff(self, player, options, rng):
        return 0.3 * options[player]
'''
LEARNERS = '''
from dataclasses import dataclass

from hivemind_abm import Learner


@dataclass(frozen=True)
class Greedy(Learner):
    """Move towards what paid."""

    explore: float = 0.1

    def update(self, policy, pulls, memory, rng):
        pull = pulls[0]
        for a in range(pulls.n_action):
            target = 1.0 if a == pull.option else 0.0
            policy[a] += 0.1 * pull.reward * (target - policy[a])
'''
