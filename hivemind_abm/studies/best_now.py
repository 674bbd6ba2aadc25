"""What is best at each step, for bandits whose world is known from the step alone.

Knows: the best reward of a row, and the rows in which another option becomes the best.  Does not
know: tables.
"""

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.world import World

__all__ = ["best_reward", "best_rewards", "change_steps", "follows_the_step"]


def follows_the_step(bandit: Bandit) -> bool:
    """Whether the world is known from the step alone: the bandit keeps no numbers in memory."""
    return bandit.memory_size(bandit.n_action) == 0


def best_reward(bandit: Bandit, step: int = 0) -> float:
    """The expected reward at the optimal shares in the row of a step."""
    even = np.full(bandit.n_action, 1.0 / bandit.n_action)
    shares = np.asarray(bandit.optimal_shares(World(even, step)), float)
    return float(shares @ np.asarray(bandit.expected_rewards(World(shares, step)), float))


def best_rewards(bandit: Bandit, last_step: int) -> np.ndarray:
    """`best_reward` of the rows 0 .. last_step, shape (last_step + 1,)."""
    return np.array([best_reward(bandit, step) for step in range(last_step + 1)])


def change_steps(bandit: Bandit, last_step: int) -> list[int]:
    """The rows 1 .. last_step in which other options are the best than in the row before."""
    even = np.full(bandit.n_action, 1.0 / bandit.n_action)
    best = [bandit.optimal_options(World(even, step)).tolist() for step in range(last_step + 1)]
    return [step for step in range(1, last_step + 1) if best[step] != best[step - 1]]
