"""Nash equilibria of games of two players, and whether replicators stay at them.

Knows: how equilibria are found (by nashpy, an optional package) and linearised.  Does not know: how
the payoffs were found (`tensors`), or paths (`coupled`).
"""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hivemind_abm.games.game import Game
from hivemind_abm.games.names import find_game
from hivemind_abm.games.tensors import tensors_of
from hivemind_abm.registry import build_part
from hivemind_abm.results import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NashEquilibria", "NashEquilibrium", "Stability", "nash_equilibria"]

_MOST_OPTIONS = 14  # of both players together; all pairs of supports are tried
_DIGITS = 12  # of payoffs: equal ones must be equal for nashpy
_REGRET = 1e-9  # an option that pays this much less than the best is a best answer too
_SAME = 1e-7  # equilibria this close are the same
_ZERO = 1e-7  # a smaller rate is zero; double eigenvalues have errors of this size
_MOST_LINES = 6  # equilibria in the summary


@dataclass(frozen=True)
class Stability:
    """What the linearised dynamic does near an equilibrium, in all directions of the simplices.

    Attributes:
        rates: The eigenvalues of the Jacobian in continuous time, complex, largest real part first.
        kind: "stable", "unstable", or "neutral" where the largest real part is 0, so that the
            linearised dynamic does not decide.
        modulus: The largest modulus of an eigenvalue of one step with delta = 1.
        kind_of_steps: The same for steps with delta = 1, by the modulus.
    """

    rates: tuple[complex, ...]
    kind: str
    modulus: float
    kind_of_steps: str


@dataclass(frozen=True)
class NashEquilibrium:
    """Shares of both players from which neither gains by another option.

    Attributes:
        shares: x and y, two tuples of K_p numbers.
        payoffs: The payoff of each player.
        kind: "pure" where each player uses one option, else "mixed".
        stability: For "TRD" and "MRD"; None where MRD is not defined, because a mean payoff is 0.
        isolated: Whether each player has no more best answers than options in use.  If not, other
            equilibria may lie arbitrarily near.
    """

    shares: tuple[tuple[float, ...], ...]
    payoffs: tuple[float, ...]
    kind: str
    stability: dict[str, Stability | None]
    isolated: bool


@dataclass(frozen=True, repr=False)
class NashEquilibria(Result):
    """The Nash equilibria of a game of two players.

    Attributes:
        game: The game.
        equilibria: The equilibria, pure ones first.
        degenerate: Whether the game shows that it is degenerate: an equilibrium is not isolated, or
            their number is even.  Then there can be whole segments of equilibria, of which some
            points are listed, and the list need not be complete.
    """

    game: Game
    equilibria: tuple[NashEquilibrium, ...]
    degenerate: bool

    def table(self) -> "pd.DataFrame":
        """One row per equilibrium: shares, payoffs, and for each dynamic its stability.

        The columns `TRD_rate` and `MRD_rate` hold the largest real part, in 1 / step.
        """
        import pandas as pd

        return pd.DataFrame([self._row(each) for each in self.equilibria])

    def summary(self) -> dict[str, Any]:
        """How many there are, and the first of them, those that TRD makes stable before others."""
        kinds = [each.kind for each in self.equilibria]
        result: dict[str, Any] = {
            "game": type(self.game).__name__,
            "equilibria": f"{kinds.count('pure')} pure, {kinds.count('mixed')} mixed",
            "degenerate": "yes: there may be more equilibria" if self.degenerate else "no",
        }
        ranked = sorted(self.equilibria, key=_is_not_stable)
        for number, each in enumerate(ranked[:_MOST_LINES]):
            result[str(number)] = self._in_words(each)
        if len(ranked) > _MOST_LINES:
            result["..."] = f"and {len(ranked) - _MOST_LINES} more, see table()"
        return result

    @property
    def title(self) -> str:
        """The first words of its repr, str and HTML."""
        return "Nash equilibria"

    def _in_words(self, equilibrium: NashEquilibrium) -> str:
        """The options in use with their shares, and the stability, in one line."""
        mixtures = []
        for player, shares in enumerate(equilibrium.shares):
            names = self.game.option_names(player)
            used = [(name, x) for name, x in zip(names, shares, strict=True) if x > 0.0]
            pure = len(used) == 1
            mixtures.append(" + ".join(name if pure else f"{x:.4g} {name}" for name, x in used))
        kinds = ", ".join(
            f"{name} {'not defined' if one is None else one.kind}"
            for name, one in equilibrium.stability.items()
        )
        return f"{kinds}: {' / '.join(mixtures)}"

    def _row(self, equilibrium: NashEquilibrium) -> dict[str, Any]:
        row: dict[str, Any] = {"kind": equilibrium.kind, "isolated": equilibrium.isolated}
        for p, (x, paid) in enumerate(zip(equilibrium.shares, equilibrium.payoffs, strict=True)):
            row[f"p{p}_mean_payoff"] = paid
            row |= {f"p{p}_share_{a}": share for a, share in enumerate(x)}
        for name, one in equilibrium.stability.items():
            row[name] = "not defined" if one is None else one.kind
            row[f"{name}_rate"] = np.nan if one is None else one.rates[0].real
            row[f"{name}_steps"] = "not defined" if one is None else one.kind_of_steps
            row[f"{name}_modulus"] = np.nan if one is None else one.modulus
        return row


def nash_equilibria(game: Any) -> NashEquilibria:
    """The Nash equilibria of a game of two players, and their stability under TRD and MRD.

    In a game that is not degenerate all equilibria are found, by trying all pairs of supports.  In
    a degenerate game the extreme equilibria are looked for too, but there can be more.

    Args:
        game: A game, an instance, or whatever `find_game` takes.

    Raises:
        ValueError: Not two players, more than 14 options in all, payoffs that are known only
            roughly, or the package nashpy is missing.

    Source: Nisan et al., Algorithmic Game Theory, 2007, algorithms 3.4 and 3.5.
    """
    game = build_part(find_game(game))
    first, second = _payoffs_of(game)
    nash = _nashpy().Game(first + 1.0, second + 1.0)  # vertex enumeration needs payoffs above 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it says what `degenerate` says
        pairs = _distinct(first, second, nash.support_enumeration(tol=_REGRET))
        odd = len(pairs) % 2 == 1
        if not odd or not all(_is_isolated(first, second, *pair) for pair in pairs):
            pairs = _distinct(first, second, [*pairs, *nash.vertex_enumeration()])
    found = [_described(first, second, *pair) for pair in pairs]
    found.sort(key=lambda each: (each.kind != "pure", [-share for share in each.shares[0]]))
    degenerate = not odd or not all(each.isolated for each in found)
    return NashEquilibria(game, tuple(found), degenerate)


def _payoffs_of(game: Game) -> tuple[np.ndarray, np.ndarray]:
    """A and B, rounded, so that payoffs that differ by rounding errors are equal."""
    if game.players != 2 or game.fellow:
        raise ValueError(
            "game must have two players that meet each other only, "
            f"not {type(game).__name__} with {game.players} players"
        )
    if sum(game.n_actions) > _MOST_OPTIONS:
        raise ValueError(
            f"game must have at most {_MOST_OPTIONS} options of both players together, "
            f"not {sum(game.n_actions)}"
        )
    tensors = tensors_of(game)
    if any(errors.any() for errors in tensors.errors):
        raise ValueError(
            f"game must have payoffs without noise, or with known means; those of "
            f"{type(game).__name__} are estimates: write mean_payoffs(self, player)"
        )
    first, second = (np.round(values, _DIGITS) for values in tensors.values)
    return first, second


def _nashpy() -> Any:
    try:
        import nashpy  # type: ignore[import-untyped]
    except ImportError:
        raise ValueError(
            "Nash equilibria need the package nashpy: pip install 'hivemind_abm[nash]'"
        ) from None
    return nashpy


def _distinct(
    first: np.ndarray, second: np.ndarray, pairs: Any
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Those pairs of shares that are equilibria, each once."""
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for pair in pairs:
        x, y = (np.where(np.abs(each) < _REGRET, 0.0, each) for each in pair)
        if not all(np.isfinite(each).all() and each.min() >= 0.0 for each in (x, y)):
            continue
        x, y = x / x.sum(), y / y.sum()
        f, g = first @ y, second.T @ x
        known = any(np.abs(x - u).max() < _SAME and np.abs(y - v).max() < _SAME for u, v in kept)
        if f.max() - x @ f <= _REGRET and g.max() - y @ g <= _REGRET and not known:
            kept.append((x, y))
    return kept


def _is_isolated(first: np.ndarray, second: np.ndarray, x: np.ndarray, y: np.ndarray) -> bool:
    best = [(f >= f.max() - _REGRET).sum() for f in (first @ y, second.T @ x)]
    used = [(each > 0.0).sum() for each in (x, y)]
    return bool(best[0] <= used[1] and best[1] <= used[0])


def _described(
    first: np.ndarray, second: np.ndarray, x: np.ndarray, y: np.ndarray
) -> NashEquilibrium:
    paid = (float(x @ first @ y), float(x @ second @ y))
    pure = max((x > 0.0).sum(), (y > 0.0).sum()) == 1
    jacobian = _jacobian_of_taylor(first, second, x, y)
    stability: dict[str, Stability | None] = {"TRD": _stability(_in_the_simplices(jacobian, x, y))}
    stability["MRD"] = None
    if min(paid) > _REGRET:  # at a fixed point of TRD, MRD's Jacobian is TRD's over the mean payoff
        clock = np.repeat(1.0 / np.array(paid), [x.size, y.size])
        stability["MRD"] = _stability(_in_the_simplices(clock[:, None] * jacobian, x, y))
    return NashEquilibrium(
        (tuple(x.tolist()), tuple(y.tolist())),
        paid,
        "pure" if pure else "mixed",
        stability,
        _is_isolated(first, second, x, y),
    )


def _jacobian_of_taylor(
    first: np.ndarray, second: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """The derivative of TRD of both players, shape (K_1 + K_2, K_1 + K_2)."""
    f, g = first @ y, second.T @ x
    own = np.diag(f - x @ f) - np.outer(x, f)
    other = np.diag(g - y @ g) - np.outer(y, g)
    across = x[:, None] * (first - x @ first)
    back = y[:, None] * (second.T - y @ second.T)
    return np.block([[own, across], [back, other]])


def _is_not_stable(equilibrium: NashEquilibrium) -> bool:
    trd = equilibrium.stability["TRD"]
    return trd is None or trd.kind != "stable"


def _in_the_simplices(jacobian: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The Jacobian for changes that keep both sums of shares, in orthonormal coordinates."""
    bases = [np.linalg.qr(np.eye(k) - 1.0 / k)[0][:, : k - 1] for k in (x.size, y.size)]
    basis = np.zeros((x.size + y.size, x.size + y.size - 2))
    basis[: x.size, : x.size - 1], basis[x.size :, x.size - 1 :] = bases
    return basis.T @ jacobian @ basis


def _stability(jacobian: np.ndarray) -> Stability:
    rates = sorted(np.linalg.eigvals(jacobian).tolist(), key=lambda rate: (-rate.real, rate.imag))
    rates = [complex(rate) for rate in rates] or [complex(-np.inf)]  # one option each: no direction
    modulus = max((abs(1.0 + rate) for rate in rates if np.isfinite(rate)), default=0.0)
    return Stability(
        tuple(rates), _kind(rates[0].real), float(modulus), _kind(float(modulus) - 1.0)
    )


def _kind(excess: float) -> str:
    if abs(excess) <= _ZERO:
        return "neutral"
    return "stable" if excess < 0.0 else "unstable"
