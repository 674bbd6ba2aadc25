"""Conserved quantities of coupled replicators, where they are known.

Knows: for which games and dynamics a function of the shares stays constant, and whether it does so
in continuous time or from step to step.  Does not know: how paths are computed (`coupled`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from hivemind_abm.games.congestion_game import SharedCongestion
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.game import Game
from hivemind_abm.games.tensors import tensors_of
from hivemind_abm.theory.dynamics import maynard, replicator, taylor

__all__ = ["CONTINUOUS", "ONE_STEP", "Conserved", "conserved"]

CONTINUOUS = "continuous time"
ONE_STEP = "delta = 1"
_EQUAL = 1e-12  # payoffs this close are equal


@dataclass(frozen=True)
class Conserved:
    """A function of the shares that stays constant along each path inside the simplex.

    Attributes:
        name: What it is called.
        formula: The function in words and symbols.  x and y are the shares of players 0 and 1.
        function: Takes the shares, P arrays of shape (..., K_p), and returns the value, shape
            (...).
        exact_in: "continuous time", or "delta = 1" for Euler steps of that length.
    """

    name: str
    formula: str
    function: Callable[[Sequence[ArrayLike]], np.ndarray]
    exact_in: str

    def __call__(self, shares: Sequence[ArrayLike]) -> np.ndarray:
        """The value at some shares, or at each row of a path."""
        return self.function(shares)


def conserved(game: Any, dynamics: Any = "TRD") -> tuple[Conserved, ...]:
    """What is known to be conserved for a game and its dynamics.

    These are known.  TRD with two options for each of two players: one function, for any payoffs.
    TRD of a constant-sum game with an equilibrium inside: one function.  MRD of a game of common
    interest: both, since it has the paths of TRD with another clock.  Shared congestion: the
    differences between hives of the log-odds of two options, for TRD in continuous time and for MRD
    at delta = 1.

    Args:
        game: As for `CoupledReplicators`.
        dynamics: As for `CoupledReplicators`.

    Returns:
        None, one or several quantities; an empty tuple says only that none is known.

    Sources: Hofbauer & Sigmund, Evolutionary Games and Population Dynamics, 1998, sections 10.3 and
    11.2.
    """
    coupled = CoupledReplicators(game, dynamics)
    followed = {replicator(each) for each in coupled.dynamics}
    if len(followed) != 1 or not followed <= {taylor, maynard}:
        return ()
    if isinstance(coupled.game, SharedCongestion):
        return tuple(_of_congestion(coupled.game, CONTINUOUS if taylor in followed else ONE_STEP))
    if coupled.game.players != 2 or coupled.game.fellow:
        return ()
    tensors = tensors_of(coupled.game)
    if any(errors.any() for errors in tensors.errors):
        return ()  # the payoffs are known roughly only
    first, second = tensors.values
    common_interest = np.abs(first - second).max() <= _EQUAL
    if maynard in followed and not common_interest:
        return ()
    return (*_of_two_by_two(first, second), *_of_constant_sum(first, second))


def _of_two_by_two(first: np.ndarray, second: np.ndarray) -> Iterator[Conserved]:
    """Two options each: the variables of dx/dy = x(1-x) p(y) / (y(1-y) h(x)) are separate."""
    if first.shape != (2, 2):
        return
    p = first[0] - first[1]  # p(y) = y p_0 + (1 - y) p_1, the advantage of option 0 for player 0
    h = second[:, 0] - second[:, 1]  # the same for player 1, by the option of player 0

    def function(shares: Sequence[ArrayLike]) -> np.ndarray:
        x, y = (np.log(np.asarray(each, float)) for each in shares)
        return h[1] * x[..., 0] - h[0] * x[..., 1] - p[1] * y[..., 0] + p[0] * y[..., 1]

    yield Conserved(
        "two options",
        _sum_of(h[1], "log x_0", -h[0], "log x_1", -p[1], "log y_0", p[0], "log y_1"),
        function,
        CONTINUOUS,
    )


def _of_constant_sum(first: np.ndarray, second: np.ndarray) -> Iterator[Conserved]:
    """Constant sum: the relative entropy of an equilibrium inside and the shares."""
    if np.ptp(first + second) > _EQUAL:
        return
    x, y = _indifference(second.T), _indifference(first)
    if x is None or y is None:
        return

    def function(shares: Sequence[ArrayLike]) -> np.ndarray:
        own, other = (np.asarray(each, float) for each in shares)
        return special.xlogy(x, own).sum(-1) + special.xlogy(y, other).sum(-1)

    yield Conserved(
        "constant sum",
        f"sum x*_a log x_a + sum y*_b log y_b with x* = {_written(x)}, y* = {_written(y)}",
        function,
        CONTINUOUS,
    )


def _indifference(payoffs: np.ndarray) -> np.ndarray | None:
    """Shares inside the simplex against which all rows pay the same, or None.

    Among several it is the one whose smallest share is largest.
    """
    k = payoffs.shape[1]
    differences = payoffs[1:] - payoffs[0]
    # the variables are the shares and the smallest share
    equal = np.column_stack([np.vstack([differences, np.ones(k)]), np.zeros(len(payoffs))])
    smallest = np.column_stack([-np.eye(k), np.ones(k)])
    solution = optimize.linprog(
        np.append(np.zeros(k), -1.0),
        smallest,
        np.zeros(k),
        equal,
        np.append(np.zeros(len(differences)), 1.0),
    )
    if not solution.success or solution.x[-1] <= 1e-9:
        return None
    # polish: the nearest exact solution
    shares, target = solution.x[:-1], np.append(np.zeros(len(differences)), 1.0)
    shares = shares + np.linalg.lstsq(equal[:, :-1], target - equal[:, :-1] @ shares)[0]
    return np.asarray(shares)


def _of_congestion(game: Game, exact_in: str) -> Iterator[Conserved]:
    """The payoffs are the same for all hives, so their log-odds move alike."""
    for p, q in pairwise(range(game.players)):
        for a, b in pairwise(range(game.n_actions[0])):

            def function(
                shares: Sequence[ArrayLike], p: int = p, q: int = q, a: int = a, b: int = b
            ) -> np.ndarray:
                one, two = (np.log(np.asarray(shares[each], float)) for each in (p, q))
                return (one[..., a] - one[..., b]) - (two[..., a] - two[..., b])

            yield Conserved(
                f"log-odds of options {a} and {b}, hives {p} and {q}",
                f"log(x^{p}_{a} / x^{p}_{b}) - log(x^{q}_{a} / x^{q}_{b})",
                function,
                exact_in,
            )


def _sum_of(*parts: Any) -> str:
    """Factors and terms as a sum, without those whose factor is 0."""
    terms = [f"{c:+.6g} {term}" for c, term in zip(parts[::2], parts[1::2], strict=True) if c != 0]
    return " ".join(terms).lstrip("+") or "0"


def _written(shares: np.ndarray) -> str:
    return f"({', '.join(f'{share:.6g}' for share in shares)})"
