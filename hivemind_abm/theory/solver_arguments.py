"""What the solvers of a dynamic are given: checks of shares, fitness and times.

Knows: what is allowed, and how the errors read.  Does not know: how a dynamic is solved.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from hivemind_abm.theory.dynamics import Derivative, maynard

__all__ = [
    "ROUNDING",
    "Fitness",
    "checked_fitness",
    "checked_rewards",
    "checked_shares",
    "checked_times",
]

type Fitness = ArrayLike | Callable[[np.ndarray], ArrayLike]

ROUNDING = 1e-9  # shares may miss the sum 1, and fitness may be below 0, by this much


def checked_shares(shares: ArrayLike) -> np.ndarray:
    """Shares as a vector that sums to 1, shape (K,).

    Raises:
        TypeError: Not a sequence of numbers.
        ValueError: A negative share, or a sum that is not 1.
    """
    x = _vector("shares", shares)
    if x.min() < 0.0:
        raise ValueError(f"shares must be at least 0, not {x.min():g} for option {x.argmin()}")
    total = float(x.sum())
    if abs(total - 1.0) > ROUNDING:
        raise ValueError(f"shares must sum to 1, not {total:.10g}")
    return x if abs(total - 1.0) < 1e-12 else x / total  # the solvers' own results stay as they are


def checked_fitness(
    fitness: Fitness, n_action: int, derivative: Derivative
) -> Callable[[np.ndarray], np.ndarray]:
    """Fitness as a function of shares.  What a caller's function returns is checked each time.

    Args:
        fitness: q, shape (K,), or a function of shares (K,) that returns it.
        n_action: K.
        derivative: The dynamic.  MRD needs fitness of at least 0.

    Raises:
        ValueError, TypeError: Here or in a later call, as for `checked_rewards`.
    """
    if callable(fitness):
        return lambda x: checked_rewards("fitness", fitness(x), n_action, derivative)
    q = checked_rewards("fitness", fitness, n_action, derivative)
    return lambda x: q


def checked_rewards(
    name: str, values: ArrayLike, n_action: int, derivative: Derivative
) -> np.ndarray:
    """Fitness as a vector, shape (K,).

    Args:
        name: The argument's name, for the error.
        values: q, shape (K,).
        n_action: K.
        derivative: The dynamic.  MRD needs fitness of at least 0.

    Raises:
        TypeError: Not a sequence of numbers.
        ValueError: The wrong number of them, or one that the dynamic does not allow.
    """
    q = _vector(name, values)
    if q.size != n_action:
        raise ValueError(
            f"{name} must have one number for each of the {n_action} options, not {q.size}"
        )
    if derivative is not maynard:
        return q
    if q.min() < -ROUNDING:
        raise ValueError(
            f"{name} must be at least 0 for MRD, not {q.min():g} for option {q.argmin()}"
        )
    return np.maximum(q, 0.0)


def checked_times(times: ArrayLike) -> np.ndarray:
    """Times as a vector, shape (T,).

    Raises:
        TypeError: Not a sequence of numbers.
        ValueError: A negative time, or times that do not increase.
    """
    t = _vector("times", times)
    if t[0] < 0.0:
        raise ValueError(f"times must be at least 0, not {t[0]:g}")
    late = np.flatnonzero(np.diff(t) <= 0.0)
    if late.size:
        raise ValueError(f"times must increase, not go from {t[late[0]]:g} to {t[late[0] + 1]:g}")
    return t


def _vector(name: str, values: object) -> np.ndarray:
    """An argument as a vector of finite floats."""
    try:
        vector = np.asarray(values, float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a sequence of numbers, not {values!r}") from None
    if vector.ndim != 1 or vector.size == 0:
        raise ValueError(
            f"{name} must be a vector of at least one number, not of shape {vector.shape}"
        )
    if not np.isfinite(vector).all():
        raise ValueError(f"{name} must be finite, not {vector[~np.isfinite(vector)][0]}")
    return vector
