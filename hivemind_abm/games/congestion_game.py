"""Several hives that share the same sites, which pay less the more they are used.

Knows: the payoffs of this game.  Does not know: who plays; one hive alone (`BanditCongestion`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.presets import numbers
from hivemind_abm.games.game import Game

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream

__all__ = ["SharedCongestion"]


@dataclass(frozen=True)
class SharedCongestion(Game):
    """Rewards fall as an option gets crowded by the bees of all hives.

    The expected payoff of option a is q_star_a - omega_a mean_p x^p_a, for every hive.  A match has
    one bee of each hive, one's own included; the payoff of option a is q_star_a minus omega_a times
    the share of these bees with option a.

    Attributes:
        hives: P, the number of hives.
        q_star: Expected rewards of empty options, K numbers.
        congestion_factors: omega, K numbers from 0 to q_star.
        n_actions: K for each hive.

    Raises:
        ValueError: Among others, if an option's payoffs could leave [0, 1].

    See also: `BanditCongestion`, the same with one hive (Soma et al., arXiv 2410.17517).
    """

    hives: int = 2
    q_star: tuple[float, ...] = (0.8, 0.8)
    congestion_factors: tuple[float, ...] = (0.2, 0.6)
    n_actions: tuple[int, ...] = field(init=False, repr=False, compare=False)

    fellow: ClassVar[bool] = True
    names = {"shared congestion": {}}

    def __post_init__(self) -> None:
        checks.whole_number("hives", self.hives, 2)
        if not isinstance(self.q_star, Sequence | np.ndarray) or len(self.q_star) < 1:
            raise ValueError(f"q_star must be one number per option, not {self.q_star!r}")
        k = len(self.q_star)
        q_star = numbers("q_star", self.q_star, k)
        factors = numbers("congestion_factors", self.congestion_factors, k)
        for option, (q, omega) in enumerate(zip(q_star, factors, strict=True)):
            checks.number(f"q_star of option {option}", q, 0.0, 1.0)
            checks.number(f"congestion_factors of option {option}", omega, 0.0, q)
        object.__setattr__(self, "q_star", q_star)
        object.__setattr__(self, "congestion_factors", factors)
        object.__setattr__(self, "n_actions", (k,) * self.hives)

    def payoff(self, player: int, options: Sequence[int], rng: "Stream") -> float:
        """The payoff of one match; see `Game.payoff`."""
        option, crowd = options[player], -1  # the bee itself is not among those that were drawn
        for drawn in options:
            crowd += drawn == option
        return self.q_star[option] - self.congestion_factors[option] * crowd / self.hives
