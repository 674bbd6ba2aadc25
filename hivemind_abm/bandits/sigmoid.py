"""A bandit whose rewards are normal numbers mapped to (0, 1) by the sigmoid.

Knows: its presets and rewards.  Does not know: who pulls.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.presets import LEVELS, named_or_given
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.engine.stream import Stream

if TYPE_CHECKING:
    from hivemind_abm.bandits.world import World

__all__ = ["BanditSigmoid"]

PRESETS = {"near zero": (-5.0, -2.0), "evenly spaced": (-5.0, 5.0), "near one": (2.0, 5.0)}


@compiled
def _sigmoid(z):
    """1 / (1 + exp(-z))."""
    # Compiled for both modes: `math.exp` and machine code may differ in the last digit.
    return 1.0 / (1.0 + math.exp(-z))


@dataclass(frozen=True)
class BanditSigmoid(Bandit):
    """Rewards sigmoid(z) with logits z ~ Normal(q_star, std).

    Attributes:
        n_action: K, the number of options.
        mean: Mean of the normal distribution from which q_star is drawn where neither `name` nor
            `q_star` is given; from -50 to 50.
        std: Standard deviation of that distribution and of the logits, from 0 to 20.
        name: A preset: "near zero" (q_star evenly spaced on [-5, -2]), "evenly spaced" ([-5, 5]) or
            "near one" ([2, 5]).
        q_star: The mean logits, K numbers from -50 to 50.
        q_star_seed: Seed of the random q_star.  It has no effect where q_star is known, so
            `dataclasses.replace` must reset q_star too.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.

    Source: Soma et al., arXiv 2410.17517.
    """

    n_action: int = 10
    mean: float = 0.0
    std: float = 1.0
    name: str | None = None
    q_star: tuple[float, ...] | None = None
    q_star_seed: int = 0

    names: ClassVar[Mapping[str, Mapping[str, Any]]] = {"sigmoid": {}} | {
        f"sigmoid {level}": {"name": level} for level in LEVELS
    }

    def __post_init__(self) -> None:
        checks.whole_number("n_action", self.n_action)
        checks.number("mean", self.mean, -50.0, 50.0)
        checks.number("std", self.std, 0.0, 20.0)
        q_star = named_or_given(self.name, self.q_star, PRESETS, self.n_action)
        if q_star is None:
            rng = Stream(seed_sequence(self.q_star_seed, "q_star_seed"))
            q_star = tuple(self.mean + self.std * rng.normal() for _ in range(self.n_action))
        elif self.name is None:
            for option, q in enumerate(q_star):
                checks.number(f"q_star of option {option}", q, -50.0, 50.0)
        object.__setattr__(self, "q_star", q_star)

    def pull(self, option: int, world: "World", rng: "Stream") -> float:
        """The reward of one pull; see `Bandit.pull`."""
        return _sigmoid(self.q_star[option] + self.std * rng.normal())  # type: ignore[index]

    def expected_rewards(self, world: "World") -> np.ndarray:
        """The mean of the sigmoid under the normal density, by quadrature, shape (K,).

        The absolute error is below 1e-10.
        """
        return np.array([_expected_sigmoid(q, self.std) for q in self.q_star or ()])


def _expected_sigmoid(q: float, std: float) -> float:
    """The mean of sigmoid(q + std z) for a standard normal z."""
    if std == 0.0:
        return float(_sigmoid(q))

    def integrand(z: float) -> float:
        # sigmoid(q + std z) + sigmoid(q - std z): even in z, so the positive half is enough
        up, down = (
            0.5 + 0.5 * math.tanh(0.5 * (q + std * z)),
            0.5 + 0.5 * math.tanh(0.5 * (q - std * z)),
        )
        return (up + down) * math.exp(-0.5 * z * z)

    from scipy import integrate  # loaded only where it is needed

    turn = min(abs(q) / std, 11.5)
    value, _ = integrate.quad(
        integrand,
        0.0,
        12.0,
        points=[turn] if turn > 0.0 else None,
        epsabs=1e-13,
        epsrel=1e-12,
        limit=500,
    )
    return value / math.sqrt(2.0 * math.pi)
