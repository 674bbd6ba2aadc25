"""What a dynamic with a name is: a frozen dataclass that is called with shares and fitness.

Knows: what all such dynamics have.  Does not know: any of them (`imitative`, `innovative`), nor how
they are solved.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from hivemind_abm.registry import Named

__all__ = ["Dynamic", "as_arrays"]


class Dynamic(Named):
    """A dynamic (shares, fitness) -> derivative with a name.

    A subclass is a frozen dataclass with at most one field, its parameter, which is a number above
    0.  Leading dimensions of the arguments broadcast.

    Attributes:
        name: The name that users type, "logit" for instance.
        symbol: The name in figures.
        fitted: The smallest and the largest value of the parameter that is tried when the dynamic
            is compared with a measured drift.
        jumps: Whether the derivative jumps, so that an ODE solver can't follow it everywhere.
    """

    fitted: ClassVar[tuple[float, float]] = (1e-3, 1e3)
    jumps: ClassVar[bool] = False

    def __call__(self, shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
        """dx/dt.

        Args:
            shares: x, at least 0 with sum 1, shape (..., K).
            fitness: q, shape (..., K).

        Returns:
            Shape (..., K).  It sums to 0.
        """
        raise NotImplementedError(f"{type(self).__name__} has no __call__(self, shares, fitness)")

    def step(self, shares: np.ndarray, fitness: np.ndarray, delta: float) -> np.ndarray:
        """The shares after a step of Euler's method: x + delta dx/dt.

        A subclass may have another step, one that stays in the simplex for instance.

        Args:
            shares: As for a call.
            fitness: As for a call.
            delta: The time of the step.
        """
        return shares + delta * self(shares, fitness)


def as_arrays(shares: ArrayLike, fitness: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Shares and fitness as arrays of floats of one shape, (..., K)."""
    x, q = np.broadcast_arrays(np.asarray(shares, float), np.asarray(fitness, float))
    return x, q
