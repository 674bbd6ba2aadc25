"""A bandit whose rewards are normal numbers sent through the sigmoid."""

import math
from dataclasses import dataclass

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.presets import LEVELS, named_or_given
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.engine.stream import Stream

__all__ = ["BanditSigmoid"]

PRESETS = {"near zero": (-5.0, -2.0), "evenly spaced": (-5.0, 5.0), "near one": (2.0, 5.0)}


@compiled
def _sigmoid(z):
    # Compiled for both ways of running: `math.exp` and machine code need not agree in the last digit.
    return 1.0 / (1.0 + math.exp(-z))


@dataclass(frozen=True)
class BanditSigmoid(Bandit):
    """Rewards sigmoid(z) with logits z ~ Normal(q_star, std).

    Attributes:
        n_action: K, the number of options.
        mean: Mean of the distribution from which q_star is drawn where neither name nor q_star is given.
        std: Standard deviation of that distribution and of the logits, up to 20.
        name: "near zero" (q_star evenly spaced on [-5, -2]), "evenly spaced" ([-5, 5]) or "near one" ([2, 5]).
        q_star: The mean logits themselves, K numbers from -50 to 50.
        q_star_seed: Seed of the random q_star; not used where q_star is known, so `dataclasses.replace` must reset q_star too.
    """

    n_action: int = 10
    mean: float = 0.0
    std: float = 1.0
    name: str | None = None
    q_star: tuple[float, ...] | None = None
    q_star_seed: int = 0

    names = {"sigmoid": {}} | {f"sigmoid {level}": {"name": level} for level in LEVELS}

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

    def pull(self, option: int, shares: np.ndarray, rng: "Stream") -> float:
        return _sigmoid(self.q_star[option] + self.std * rng.normal())  # type: ignore[index]

    def expected_rewards(self, shares: np.ndarray) -> np.ndarray:
        """By quadrature of the sigmoid under the normal density; absolute error below 1e-10."""
        return np.array([_expected_sigmoid(q, self.std) for q in self.q_star or ()])


def _expected_sigmoid(q: float, std: float) -> float:
    if std == 0.0:
        return float(_sigmoid(q))

    def integrand(z: float) -> float:
        # sigmoid(q + std z) + sigmoid(q - std z): even in z, so half the line is enough
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
