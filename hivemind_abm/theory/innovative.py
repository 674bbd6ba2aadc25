"""Dynamics under which options that nobody holds can gain shares.

x_a is the share of option a, q_a its fitness, qbar = sum_b x_b q_b; [z]+ is z where it is above 0,
else 0.  (Sandholm, Population Games and Evolutionary Dynamics, 2010, has all but the first.)
Knows: the derivatives.  Does not know: how they are solved, bandits, hives.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hivemind_abm import checks
from hivemind_abm.theory.dynamic import Dynamic, as_arrays

__all__ = ["BNN", "BestResponse", "Logit", "Projection", "ReplicatorMutator", "Smith"]


@dataclass(frozen=True)
class ReplicatorMutator(Dynamic):
    """The replicator dynamic whose copies are sometimes an option at random.

    dx_a/dt = sum_b x_b q_b m_ba - x_a qbar, where m_ba is the probability that a copy of b is an a:
    m_ba = (1 - mutation) [a = b] + mutation / K.  A copy is thus faithful with probability
    1 - mutation + mutation / K.  Without mutations this is TRD.

    Attributes:
        mutation: The probability that the option of a copy is drawn uniformly from all K, above 0
            and at most 1.

    Source: Hadeler, SIAM J. Appl. Math. 41, 1981; Page & Nowak, J. Theor. Biol. 219, 2002,
        https://doi.org/10.1006/jtbi.2002.3112
    """

    mutation: float = 0.01

    name = "replicator-mutator"
    symbol = "RMD"
    fitted = (1e-6, 1.0)

    def __post_init__(self) -> None:
        checks.number("mutation", self.mutation, 0.0, 1.0, above=True)

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        qbar = np.vecdot(x, q)[..., None]
        return x * (q - qbar) + self.mutation * (qbar / x.shape[-1] - x * q)


@dataclass(frozen=True)
class Logit(Dynamic):
    """The logit dynamic, smoothed best response: dx/dt = softmax(q / tau) - x.

    Attributes:
        tau: The noise, above 0, in units of fitness.

    Source: Fudenberg & Levine, The Theory of Learning in Games, 1998; Hofbauer & Sandholm, J. Econ.
        Theory 132, 2007, https://doi.org/10.1016/j.jet.2005.06.001
    """

    tau: float = 0.1

    name = "logit"
    symbol = "Logit"

    def __post_init__(self) -> None:
        checks.number("tau", self.tau, 0.0, above=True)

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        weights = np.exp((q - q.max(axis=-1, keepdims=True)) / self.tau)
        return weights / weights.sum(axis=-1, keepdims=True) - x


@dataclass(frozen=True)
class BestResponse(Dynamic):
    """The best-response dynamic: dx/dt = (all on the best option) - x.

    Where several options are equally the best, each gets the same part.

    Source: Gilboa & Matsui, Econometrica 59, 1991, https://doi.org/10.2307/2938230
    """

    name = "best response"
    symbol = "Best response"
    jumps = True

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        best = q == q.max(axis=-1, keepdims=True)
        return best / best.sum(axis=-1, keepdims=True) - x


@dataclass(frozen=True)
class Smith(Dynamic):
    """The Smith dynamic, pairwise comparison with all options.

    dx_a/dt = sum_b x_b [q_a - q_b]+ - x_a sum_b [q_b - q_a]+.

    Source: Smith, Transp. Sci. 18, 1984, https://doi.org/10.1287/trsc.18.3.245
    """

    name = "smith"
    symbol = "Smith"

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        gains = np.maximum(q[..., :, None] - q[..., None, :], 0.0)  # [a, b] of a change from b to a
        return (gains @ x[..., None])[..., 0] - x * gains.sum(axis=-2)


@dataclass(frozen=True)
class BNN(Dynamic):
    """The Brown-von Neumann-Nash dynamic: options better than the mean gain by their excess.

    dx_a/dt = [q_a - qbar]+ - x_a sum_b [q_b - qbar]+.

    Source: Brown & von Neumann, Contributions to the Theory of Games 1, 1950; Hofbauer, Oechssler &
        Riedel, Games Econ. Behav. 65, 2009, https://doi.org/10.1016/j.geb.2007.11.003
    """

    name = "bnn"
    symbol = "BNN"

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        excess = np.maximum(q - np.vecdot(x, q)[..., None], 0.0)
        return excess - x * excess.sum(axis=-1, keepdims=True)


@dataclass(frozen=True)
class Projection(Dynamic):
    """The projection dynamic: fitness, projected onto the directions that stay in the simplex.

    dx/dt is the nearest vector to q, by Euclid's distance, that sums to 0 and is at least 0 where
    x is 0.  Inside the simplex it is q_a minus the mean of all q.  A step of Euler's method is the
    shares nearest to x + delta q, so that it does not leave the simplex.

    Source: Nagurney & Zhang, Transp. Sci. 31, 1997, https://doi.org/10.1287/trsc.31.2.147; Lahkar &
        Sandholm, Games Econ. Behav. 64, 2008, https://doi.org/10.1016/j.geb.2008.02.002
    """

    name = "projection"
    symbol = "Projection"
    jumps = True

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt; see `Dynamic`."""
        x, q = as_arrays(shares, fitness)
        held = x > 0.0
        # The best of the options that nobody holds join as long as they raise the mean.
        others = -np.sort(np.where(held, np.inf, -q), axis=-1)
        sums = np.where(held, q, 0.0).sum(axis=-1, keepdims=True)
        numbers = held.sum(axis=-1, keepdims=True)
        joined = np.concatenate([sums, sums + np.cumsum(others, axis=-1)], axis=-1)
        mean = (joined / (numbers + np.arange(x.shape[-1] + 1))).max(axis=-1, keepdims=True)
        return np.where(held, q - mean, np.maximum(q - mean, 0.0))

    def step(self, shares: np.ndarray, fitness: np.ndarray, delta: float) -> np.ndarray:
        """The shares nearest to x + delta q; see `Dynamic.step`."""
        target = shares + delta * fitness
        falling = -np.sort(-target, axis=-1)
        numbers = np.arange(1, target.shape[-1] + 1)
        excess = ((np.cumsum(falling, axis=-1) - 1.0) / numbers).max(axis=-1, keepdims=True)
        return np.maximum(target - excess, 0.0)
