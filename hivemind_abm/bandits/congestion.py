"""A bandit whose options pay less the more they are used.

Knows: its rewards and its equilibrium.  Does not know: who pulls.
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

__all__ = ["BanditCongestion"]


@dataclass(frozen=True)
class BanditCongestion(Bandit):
    """Rewards fall as an option gets crowded.

    The expected reward of option a is q_star_a - omega_a x_a; the noise is uniform on +- gap.  The
    optimum is no single option but the equilibrium: the shares at which the expected rewards of all
    options in use are equal.  `optimal_share` is the share of the option with the largest
    equilibrium share (0.75 for the defaults).

    Attributes:
        n_action: K, the number of options.
        q_star: Expected rewards of empty options, K numbers.
        congestion_factors: omega, K numbers from 0 to 1.
        gap: Half the width of the reward noise.

    Raises:
        ValueError: Among others, if an option's rewards could leave [0, 1].

    Source: Soma et al., arXiv 2410.17517.
    """

    n_action: int = 2
    q_star: tuple[float, ...] = (0.8, 0.8)
    congestion_factors: tuple[float, ...] = (0.2, 0.6)
    gap: float = 0.1

    names = {"congestion": {}}

    def __post_init__(self) -> None:
        checks.whole_number("n_action", self.n_action)
        checks.number("gap", self.gap, 0.0, 0.5)
        q_star = numbers("q_star", self.q_star, self.n_action)
        factors = numbers("congestion_factors", self.congestion_factors, self.n_action)
        for option, (q, omega) in enumerate(zip(q_star, factors, strict=True)):
            checks.number(f"congestion_factors of option {option}", omega, 0.0, 1.0)
            check_bounds(option, q - omega - self.gap, q + self.gap)
        object.__setattr__(self, "q_star", q_star)
        object.__setattr__(self, "congestion_factors", factors)

    @property
    def deterministic(self) -> bool:
        """Whether rewards have no noise.

        A subclass with another `pull` must override this where its rewards have no noise either.
        """
        return self.gap == 0.0 and type(self).pull is BanditCongestion.pull

    def pull(self, option: int, world: "World", rng: "Stream") -> float:
        """The reward of one pull; see `Bandit.pull`."""
        expected = self.q_star[option] - self.congestion_factors[option] * world.shares[option]
        return expected + self.gap * (2.0 * rng.random() - 1.0)

    def expected_rewards(self, world: "World") -> np.ndarray:
        """q_star_a - omega_a x_a for each option a, shape (K,)."""
        x = np.asarray(world.shares)
        return np.array(self.q_star) - np.array(self.congestion_factors) * x

    def optimal_shares(self, world: "World | None" = None) -> np.ndarray:
        """The equilibrium shares, shape (K,), sum to 1.

        q_star_a - omega_a x_a is equal for all options a in use, and no larger for any other.
        They are the same in every world.
        """
        q, omega = np.array(self.q_star), np.array(self.congestion_factors)
        free = omega < 1e-12

        def demand(level: float) -> np.ndarray:
            return np.where(free, 0.0, np.maximum(q - level, 0.0) / np.where(free, 1.0, omega))

        # An option that never crowds takes the rest.
        if free.any() and demand(q[free].max()).sum() <= 1.0:
            level = q[free].max()
            shares = demand(level)
            best = free & (q >= level - 1e-12)
            return np.where(best, (1.0 - shares.sum()) / best.sum(), shares)
        from scipy import optimize  # loaded only where it is needed

        low = q.min() - omega.max() - 1.0
        level = optimize.brentq(
            lambda level: demand(level).sum() - 1.0, low, q.max(), xtol=1e-15, rtol=1e-15
        )
        shares = demand(level)
        return shares / shares.sum()

    def optimal_options(self, world: "World | None" = None) -> np.ndarray:
        """The option with the largest equilibrium share, shape (1,)."""
        return np.array([int(np.argmax(np.round(self.optimal_shares(), 12)))])
