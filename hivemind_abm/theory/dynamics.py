"""Dynamics by name: functions (shares, fitness) -> derivative, TRD and MRD first.

x_a is the share of option a, q_a its fitness (its expected reward), qbar = sum_b x_b q_b.
Knows: TRD and MRD, and the names of all dynamics; the others are in `imitative` and `innovative`.
Does not know: how they are solved, bandits, hives.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hivemind_abm.registry import Part, by_name, find_part
from hivemind_abm.theory.dynamic import Dynamic
from hivemind_abm.theory.imitative import BoltzmannQ, ExponentialWeights, Fermi, PolicyGradient
from hivemind_abm.theory.innovative import (
    BNN,
    BestResponse,
    Logit,
    Projection,
    ReplicatorMutator,
    Smith,
)

__all__ = [
    "ALL_DYNAMICS",
    "DYNAMICS",
    "Derivative",
    "find_dynamic",
    "maynard",
    "name_of",
    "replicator",
    "symbol_of",
    "taylor",
]

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


# The two that the paper's rules follow, which are compared and drawn by default.
DYNAMICS: dict[str, Derivative] = {"TRD": taylor, "MRD": maynard}

# All that have a name; those with a parameter have its default.
ALL_DYNAMICS: dict[str, Derivative] = DYNAMICS | {
    name: cls()
    for name, cls in by_name(
        ReplicatorMutator,
        ExponentialWeights,
        PolicyGradient,
        BoltzmannQ,
        Fermi,
        Logit,
        BestResponse,
        Smith,
        BNN,
        Projection,
    ).items()
}


def replicator(dynamic: str | type[Dynamic] | Derivative) -> Derivative:
    """The dynamic with this name.  A function (shares, fitness) -> derivative is returned as it is.

    A dynamic with a parameter has its default; `Logit(tau=0.2)` is one with another value.

    Raises:
        ValueError: A name that is not in `ALL_DYNAMICS`.
        TypeError: Neither a name nor a function.
    """
    names = ", ".join(ALL_DYNAMICS)
    if isinstance(dynamic, str):
        if dynamic not in ALL_DYNAMICS:
            raise ValueError(f"dynamic must be one of {names}, not {dynamic!r}")
        return ALL_DYNAMICS[dynamic]
    if isinstance(dynamic, type) and issubclass(dynamic, Dynamic):
        return dynamic()
    if not callable(dynamic):
        raise TypeError(
            f"dynamic must be one of {names} or a function (shares, fitness), not {dynamic!r}"
        )
    return dynamic  # type: ignore[return-value]


def find_dynamic(dynamic: Any) -> Part | None:
    """A dynamic as a part of a model, whose fields the model's further keywords set.

    Args:
        dynamic: A name, a function, or a class or an instance that extends `Dynamic`.

    Returns:
        The part; None for a function, TRD and MRD among them, which has no fields.

    Raises:
        ValueError, TypeError: As for `replicator`; also a class that is no frozen dataclass.
    """
    made = dynamic if isinstance(dynamic, type) else replicator(dynamic)
    cls = made if isinstance(made, type) else type(made)
    if not issubclass(cls, Dynamic):
        return None
    return find_part(cls if isinstance(dynamic, str) else made, "dynamic", Dynamic, {})


def name_of(derivative: Derivative) -> str:
    """The name of a dynamic in `ALL_DYNAMICS`, or else of its function or class."""
    for name, known in DYNAMICS.items():
        if derivative is known:
            return name
    if isinstance(derivative, Dynamic) and derivative.name is not None:
        return derivative.name
    return getattr(derivative, "__name__", type(derivative).__name__)


def symbol_of(derivative: Derivative) -> str:
    """What figures call a dynamic: its symbol, or else its name."""
    return derivative.symbol if isinstance(derivative, Dynamic) else name_of(derivative)
