"""Replicator dynamics: functions (shares, fitness) -> derivative.

x_a is the share of option a, q_a its fitness (its expected reward), qbar = sum_b x_b q_b.
Knows: the derivatives and their names.  Does not know: how they are solved, bandits, hives.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["DYNAMICS", "Derivative", "maynard", "name_of", "replicator", "taylor"]

type Derivative = Callable[[np.ndarray, np.ndarray], np.ndarray]


def taylor(shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
    """TRD, the Taylor replicator dynamic: dx_a/dt = x_a (q_a - qbar).

    Cross Learning and hives that imitate success follow it in the limit of many bees (Taylor &
    Jonker, Math. Biosci. 40, 1978; Soma et al., arXiv 2410.17517).

    Args:
        shares: x, shape (..., K).
        fitness: q, shape (..., K).  Leading dimensions broadcast.

    Returns:
        dx/dt, shape (..., K).  It sums to 0 where x sums to 1.
    """
    x, q = np.asarray(shares, float), np.asarray(fitness, float)
    qbar = np.vecdot(x, q)[..., None]
    return x * (q - qbar)


def maynard(shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
    """MRD, the Maynard replicator dynamic: dx_a/dt = x_a (q_a - qbar) / qbar.

    It is 0 where qbar is 0.  Maynard-Cross Learning and hives of the weighted voter rule follow it
    in the limit of many bees (Maynard Smith, Evolution and the Theory of Games, 1982; Soma et al.,
    arXiv 2410.17517).

    Args:
        shares: x, shape (..., K).
        fitness: q, at least 0, shape (..., K).  Leading dimensions broadcast.

    Returns:
        dx/dt, shape (..., K).  It sums to 0 where x sums to 1.
    """
    x, q = np.asarray(shares, float), np.asarray(fitness, float)
    qbar = np.vecdot(x, q)[..., None]
    return x * (q - qbar) / (qbar + (qbar == 0.0))  # where qbar is 0, so is every x_a q_a


DYNAMICS: dict[str, Derivative] = {"TRD": taylor, "MRD": maynard}


def replicator(dynamic: str | Derivative) -> Derivative:
    """The dynamic with this name.  A function (shares, fitness) -> derivative is returned as it is.

    Raises:
        ValueError: A name that is not in `DYNAMICS`.
        TypeError: Neither a name nor a function.
    """
    names = ", ".join(DYNAMICS)
    if isinstance(dynamic, str):
        if dynamic not in DYNAMICS:
            raise ValueError(f"dynamic must be one of {names}, not {dynamic!r}")
        return DYNAMICS[dynamic]
    if not callable(dynamic):
        raise TypeError(
            f"dynamic must be one of {names} or a function (shares, fitness), not {dynamic!r}"
        )
    return dynamic


def name_of(derivative: Derivative) -> str:
    """The name of a dynamic in `DYNAMICS`, or else of its function or class."""
    for name, known in DYNAMICS.items():
        if derivative is known:
            return name
    return getattr(derivative, "__name__", type(derivative).__name__)
