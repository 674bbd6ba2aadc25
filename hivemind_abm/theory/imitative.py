"""Dynamics of imitation and learning under which options that nobody holds stay so.

x_a is the share of option a, q_a its fitness, qbar = sum_b x_b q_b.
Knows: the derivatives beside TRD and MRD.  Does not know: how they are solved, bandits, hives.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hivemind_abm import checks
from hivemind_abm.theory.dynamic import Dynamic, as_arrays

__all__ = ["BoltzmannQ", "ExponentialWeights", "Fermi", "PolicyGradient"]


@dataclass(frozen=True)
class BoltzmannQ(Dynamic):
    """Frequency-adjusted Boltzmann Q-learning: selection and a pull towards even shares.

    dx_a/dt = x_a ((q_a - qbar) / tau - (log x_a - sum_b x_b log x_b)), with 0 log 0 = 0.  The unit
    of time is 1 / alpha updates of a learner with learning rate alpha, so that alpha times this is
    the equation of Kaisers & Tuyls (AAMAS 2010), whose tau is this one; the tau of Tuyls, Verbeeck
    & Lenaerts (AAMAS 2003) is its inverse.  Constant q lead to x = softmax(q / tau).

    Attributes:
        tau: The temperature, above 0, in units of fitness.

    Source: Bloembergen, Tuyls, Hennes & Kaisers, J. Artif. Intell. Res. 53, 2015,
        https://jair.org/index.php/jair/article/view/10952
    """

    tau: float = 0.2

    name = "boltzmann-q"
    symbol = "Boltzmann Q"

    def __post_init__(self) -> None:
        checks.number("tau", self.tau, 0.0, above=True)

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        pressure = q / self.tau - np.log(np.where(x > 0.0, x, 1.0))
        return x * (pressure - np.vecdot(x, pressure)[..., None])


@dataclass(frozen=True)
class ExponentialWeights(Dynamic):
    """Exponential weights (Hedge): a step from x to shares in proportion to x_a exp(eta q_a).

    dx_a/dt = x_a exp(eta q_a) / sum_b x_b exp(eta q_b) - x_a, so that an Euler step with delta = 1
    is one update of the weights.

    Attributes:
        eta: The rate, above 0, in 1 / fitness.

    Source: Freund & Schapire, J. Comput. Syst. Sci. 55, 1997,
        https://doi.org/10.1006/jcss.1997.1504
    """

    eta: float = 1.0

    name = "exponential weights"
    symbol = "Hedge"

    def __post_init__(self) -> None:
        checks.number("eta", self.eta, 0.0, above=True)

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        best = np.where(x > 0.0, q, -np.inf).max(axis=-1, keepdims=True)
        weights = x * np.exp(self.eta * np.minimum(q - best, 0.0))
        return weights / weights.sum(axis=-1, keepdims=True) - x


@dataclass(frozen=True)
class Fermi(Dynamic):
    """Pairwise comparison by the Fermi function.

    dx_a/dt = x_a sum_b x_b tanh((q_a - q_b) / (2 tau)): each meets another and adopts its option
    with probability 1 / (1 + exp(-(difference of fitness) / tau)).

    Attributes:
        tau: The noise of imitation, above 0, in units of fitness: 1 / tau is the intensity of
            selection.

    Source: Traulsen, Nowak & Pacheco, Phys. Rev. E 74, 011909, 2006,
        https://doi.org/10.1103/PhysRevE.74.011909
    """

    tau: float = 0.2

    name = "fermi"
    symbol = "Fermi"

    def __post_init__(self) -> None:
        checks.number("tau", self.tau, 0.0, above=True)

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        wins = np.tanh((q[..., :, None] - q[..., None, :]) / (2.0 * self.tau))
        return x * (wins @ x[..., None])[..., 0]


@dataclass(frozen=True)
class PolicyGradient(Dynamic):
    """The gradient of the expected reward of a softmax policy, seen in its probabilities.

    dx_a/dt = x_a (x_a A_a - sum_b x_b^2 A_b) with the advantage A_a = q_a - qbar: the logits of the
    policy x move by x_a A_a.

    Source: Mei, Xiao, Szepesvari & Schuurmans, ICML 2020, https://arxiv.org/abs/2005.06392
    """

    name = "policy gradient"
    symbol = "Policy gradient"

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        logits = x * (q - np.vecdot(x, q)[..., None])
        return x * (logits - np.vecdot(x, logits)[..., None])
