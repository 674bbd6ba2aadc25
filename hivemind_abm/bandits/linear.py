"""A bandit whose rewards are uniform around their mean.

Knows: its presets and rewards.  Does not know: who pulls.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.presets import LEVELS, check_bounds, named_or_given
from hivemind_abm.engine.seeds import seed_sequence

if TYPE_CHECKING:
    from hivemind_abm.bandits.world import World
    from hivemind_abm.engine.stream import Stream

__all__ = ["BanditLinear"]

PRESETS = {"near zero": (0.1, 0.4), "evenly spaced": (0.4, 0.7), "near one": (0.6, 0.9)}


@dataclass(frozen=True)
class BanditLinear(Bandit):
    """Rewards uniform on q_star +- gap.

    With neither `name` nor `q_star`, the expected rewards are evenly spaced on a random interval of
    width 0.3 that keeps rewards in [0, 1].

    Attributes:
        n_action: K, the number of options.
        gap: Half the width of the reward noise.
        name: A preset: "near zero" (q_star evenly spaced on [0.1, 0.4]), "evenly spaced" ([0.4,
            0.7]) or "near one" ([0.6, 0.9]).
        q_star: The expected rewards, K numbers.
        q_star_seed: Seed of the random interval.  It has no effect where q_star is known, so
            `dataclasses.replace` must reset q_star too.

    Raises:
        ValueError: Among others, if an option's rewards could leave [0, 1].

    Source: Soma et al., arXiv 2410.17517.
    """

    n_action: int = 10
    gap: float = 0.1
    name: str | None = None
    q_star: tuple[float, ...] | None = None
    q_star_seed: int = 0

    names = {level: {"name": level} for level in LEVELS} | {"linear": {}}

    def __post_init__(self) -> None:
        checks.whole_number("n_action", self.n_action)
        checks.number("gap", self.gap, 0.0, 0.5)
        q_star = named_or_given(self.name, self.q_star, PRESETS, self.n_action)
        if q_star is None:
            from hivemind_abm.engine.stream import Stream  # loads the machine code

            room = 1.0 - 2.0 * self.gap - 0.3
            if room < 0.0:
                raise ValueError(
                    f"gap must be at most 0.35 for a random interval of width 0.3, not {self.gap!r}"
                )
            low = self.gap + room * Stream(seed_sequence(self.q_star_seed, "q_star_seed")).random()
            q_star = tuple(
                float(q)
                for q in np.clip(
                    np.linspace(low, low + 0.3, self.n_action), self.gap, 1.0 - self.gap
                )
            )
        for option, q in enumerate(q_star):
            check_bounds(option, q - self.gap, q + self.gap)
        object.__setattr__(self, "q_star", q_star)

    @property
    def deterministic(self) -> bool:
        """Whether rewards have no noise.

        A subclass with another `pull` must override this where its rewards have no noise either.
        """
        return self.gap == 0.0 and type(self).pull is BanditLinear.pull

    def pull(self, option: int, world: "World", rng: "Stream") -> float:
        """The reward of one pull; see `Bandit.pull`."""
        return self.q_star[option] + self.gap * (2.0 * rng.random() - 1.0)  # type: ignore[index]

    def expected_rewards(self, world: "World") -> np.ndarray:
        """q_star, shape (K,), in every world."""
        return np.array(self.q_star)
