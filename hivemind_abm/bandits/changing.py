"""Bandits whose rewards change from step to step: good and poor options that swap, and a drift.

Knows: their rewards, and what changes them.  Does not know: who pulls.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.presets import check_bounds, numbers

if TYPE_CHECKING:
    from hivemind_abm.bandits.world import World
    from hivemind_abm.engine.stream import Stream

__all__ = ["BanditRandomWalk", "BanditSwitching"]


@dataclass(frozen=True)
class BanditSwitching(Bandit):
    """The good and the poor options swap their rewards every `period` steps.

    The expected reward of option a is q_star_a in rows 0 .. period - 1, and q_star_(K - 1 - a) in
    the next `period` rows; then it starts again.  The noise is uniform on +- gap.  A decision uses
    the payoffs of the row before, so the first `period` steps follow the first order.

    Attributes:
        n_action: K, the number of options.
        q_star: The expected rewards at first, K numbers.
        period: The number of steps between two swaps.
        gap: Half the width of the reward noise.

    Raises:
        ValueError: Among others, if an option's rewards could leave [0, 1].
    """

    n_action: int = 2
    q_star: tuple[float, ...] = (0.9, 0.6)
    period: int = 50
    gap: float = 0.0

    names = {"switching": {}}

    def __post_init__(self) -> None:
        checks.whole_number("n_action", self.n_action)
        checks.whole_number("period", self.period)
        checks.number("gap", self.gap, 0.0, 0.5)
        q_star = numbers("q_star", self.q_star, self.n_action)
        for option, q in enumerate(q_star):
            check_bounds(option, q - self.gap, q + self.gap)
        object.__setattr__(self, "q_star", q_star)

    @property
    def changes(self) -> bool:
        """True: the rewards depend on the step."""
        return True

    @property
    def deterministic(self) -> bool:
        """Whether rewards have no noise.

        A subclass with another `pull` must override this where its rewards have no noise either.
        """
        return self.gap == 0.0 and type(self).pull is BanditSwitching.pull

    def pull(self, option: int, world: "World", rng: "Stream") -> float:
        """The reward of one pull; see `Bandit.pull`."""
        swapped = (world.step // self.period) % 2 == 1
        place = self.n_action - 1 - option if swapped else option
        return self.q_star[place] + self.gap * (2.0 * rng.random() - 1.0)

    def expected_rewards(self, world: "World") -> np.ndarray:
        """q_star, or q_star in reverse order, by the world's step, shape (K,)."""
        k, rewards = len(self.q_star), np.zeros(len(self.q_star))
        swapped = (world.step // self.period) % 2 == 1
        for option in range(k):
            rewards[option] = self.q_star[k - 1 - option if swapped else option]
        return rewards


@dataclass(frozen=True)
class BanditRandomWalk(Bandit):
    """The expected rewards walk at random between two bounds, each option independently.

    In each step a normal number with standard deviation `drift` is added to each expected reward,
    which is reflected at `low` and `high`.  Row 0 pays `q_star`.  The noise is uniform on +- gap.
    `world.memory[a]` is how far option a is from q_star_a.

    Attributes:
        n_action: K, the number of options.
        q_star: The expected rewards at first, K numbers from `low` to `high`; None for evenly
            spaced ones, the last option the best.
        drift: The standard deviation of one step, at most high - low.
        low, high: The bounds of the expected rewards.
        gap: Half the width of the reward noise.

    Raises:
        ValueError: Among others, if an option's rewards could leave [0, 1].
    """

    n_action: int = 2
    q_star: tuple[float, ...] | None = None
    drift: float = 0.02
    low: float = 0.1
    high: float = 0.9
    gap: float = 0.1

    names = {"random walk": {}}

    def __post_init__(self) -> None:
        checks.whole_number("n_action", self.n_action)
        checks.number("low", self.low, 0.0, 1.0)
        checks.number("high", self.high, self.low, 1.0)
        checks.number("drift", self.drift, 0.0, self.high - self.low)
        checks.number("gap", self.gap, 0.0, 0.5)
        if self.q_star is None:
            q_star = tuple(float(q) for q in np.linspace(self.low, self.high, self.n_action))
        else:
            q_star = numbers("q_star", self.q_star, self.n_action)
        for option, q in enumerate(q_star):
            checks.number(f"q_star of option {option}", q, self.low, self.high)
            check_bounds(option, self.low - self.gap, self.high + self.gap)
        object.__setattr__(self, "q_star", q_star)

    @property
    def deterministic(self) -> bool:
        """Whether rewards have no noise once the expected rewards are known.

        A subclass with another `pull` must override this where its rewards have no noise either.
        """
        return self.gap == 0.0 and type(self).pull is BanditRandomWalk.pull

    def memory_size(self, n_action: int) -> int:
        """One number for each option."""
        return n_action

    def change(self, world: "World", rng: "Stream") -> None:
        """One step of each option's walk; none before row 0.  See `Bandit.change`."""
        if world.step == 0 or self.drift == 0.0:
            return
        for option in range(self.n_action):
            first = self.q_star[option]  # type: ignore[index]
            q = first + world.memory[option] + self.drift * rng.normal()
            while q < self.low or q > self.high:
                q = 2.0 * self.low - q if q < self.low else 2.0 * self.high - q
            world.memory[option] = q - first

    def pull(self, option: int, world: "World", rng: "Stream") -> float:
        """The reward of one pull; see `Bandit.pull`."""
        q = self.q_star[option] + world.memory[option]  # type: ignore[index]
        return q + self.gap * (2.0 * rng.random() - 1.0)

    def expected_rewards(self, world: "World") -> np.ndarray:
        """The expected rewards as they are now, shape (K,)."""
        rewards = np.zeros(self.n_action)
        for option in range(self.n_action):
            rewards[option] = self.q_star[option] + world.memory[option]  # type: ignore[index]
        return rewards
