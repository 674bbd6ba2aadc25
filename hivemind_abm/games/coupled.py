"""Coupled replicators: the mean shares of several populations that pay each other.

x^p_a is the share of option a among the bees of player p, f^p_a its expected payoff, which depends
on the others' shares.  Knows: the derivative, Euler steps and the solution in continuous time.
Does not know: bees, learners, or what is conserved (`conserved`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate

from hivemind_abm import checks
from hivemind_abm.games.game import Game, actions_of
from hivemind_abm.games.game_dynamic import GameDynamic
from hivemind_abm.games.names import find_game, game_dynamic
from hivemind_abm.games.tensors import contract, tensors_of
from hivemind_abm.registry import build_part
from hivemind_abm.theory.dynamic import Dynamic
from hivemind_abm.theory.dynamics import Derivative, maynard, replicator, taylor
from hivemind_abm.theory.solver_arguments import ROUNDING, checked_shares, checked_times
from hivemind_abm.theory.solvers import LONGEST_STEP

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CoupledReplicators", "fitness_of"]

type Shares = Sequence[ArrayLike]


@dataclass(frozen=True)
class CoupledReplicators:
    """The replicator dynamics of all players of a game at once.

    dx^p_a/dt = x^p_a (f^p_a - fbar^p) for TRD, and the same divided by fbar^p for MRD.  Hives that
    imitate success follow the former in the limit of many bees, hives of the weighted voter rule
    the latter (Taylor & Jonker, Math. Biosci. 40, 1978; Maynard Smith, 1982).  All methods take the
    shares as a list of P arrays, one array of shape (K_p,) per player.

    Attributes:
        game: A game, an instance, or whatever `find_game` takes.
        dynamics: "TRD", "MRD" or a function (shares, fitness) -> derivative; one for all players,
            or a tuple with one for each.

    Raises:
        ValueError, TypeError: An unknown game or dynamic, or not one dynamic per player.
    """

    game: Any
    dynamics: Any = "TRD"

    def __post_init__(self) -> None:
        game = build_part(find_game(self.game))
        players = len(actions_of(game))
        several = isinstance(self.dynamics, tuple | list)
        dynamics = tuple(self.dynamics) if several else (self.dynamics,) * players
        if len(dynamics) != players:
            raise ValueError(
                f"dynamics must be one dynamic or one for each of the {players} players, "
                f"not {len(dynamics)}"
            )
        dynamics = tuple(game_dynamic(dynamic) for dynamic in dynamics)
        object.__setattr__(self, "game", game)
        object.__setattr__(self, "dynamics", dynamics)

    def fitness(self, shares: Shares) -> list[np.ndarray]:
        """f^p, the expected payoff of each option of each player: P arrays of shape (K_p,)."""
        return self._fitness(self._checked(shares))

    def derivative(self, shares: Shares) -> list[np.ndarray]:
        """dx^p/dt, P arrays of shape (K_p,); each sums to 0."""
        return self._derivative(self._checked(shares))

    def euler(self, shares: Shares, steps: int, delta: float = 1.0) -> list[np.ndarray]:
        """Euler's method: x(t + 1) = x(t) + delta dx/dt, for all players at once.

        With delta = 1, this is the exact map of one synchronous step of large hives: TRD of the
        imitation of success, MRD of the weighted voter rule.

        Args:
            shares: x^p(0).
            steps: The number of steps, at least 0.
            delta: The time of a step, above 0 and at most 1.

        Returns:
            P arrays of shape (steps + 1, K_p).  Each row sums to 1.

        Raises:
            ValueError, TypeError: An argument that is not as described, or a step that would leave
                the simplex.
        """
        x = self._checked(shares)
        checks.whole_number("steps", steps, 0)
        checks.number("delta", delta, 0.0, 1.0, above=True)
        paths = [np.empty((steps + 1, each.size)) for each in x]
        for t in range(steps + 1):
            for path, each in zip(paths, x, strict=True):
                path[t] = each
            if t < steps:
                changes = self._derivative(x)
                x = [
                    _stepped(each + delta * change, delta, t)
                    for each, change in zip(x, changes, strict=True)
                ]
        return paths

    def solve(
        self, shares: Shares, times: ArrayLike, rtol: float = 1e-12, atol: float = 1e-13
    ) -> list[np.ndarray]:
        """The shares at given times in continuous time, by SciPy's ODE solvers.

        TRD and MRD are solved for the logarithms of the shares (DOP853), so that small shares keep
        all their digits.  Other dynamics are solved for the shares (LSODA); those that jump, best
        response and projection, by trapezoid steps of at most 1/200.

        Args:
            shares: x^p(0).
            times: t, shape (T,), at least 0 and increasing.  The unit is a synchronous step.
            rtol: Relative tolerance of a solver step, above 0 and at most 1.
            atol: Absolute tolerance of a solver step, above 0 and at most 1.

        Returns:
            P arrays of shape (T, K_p).  Each row sums to 1.

        Raises:
            ValueError, TypeError: An argument that is not as described, or dynamics that the solver
                cannot follow.
        """
        x, t = self._checked(shares), checked_times(times)
        checks.number("rtol", rtol, 0.0, 1.0, above=True)
        checks.number("atol", atol, 0.0, 1.0, above=True)
        if any(isinstance(each, Dynamic) and each.jumps for each in self._derivatives):
            return self._in_small_steps(x, t)
        in_logs = all(
            each in (taylor, maynard) or isinstance(each, GameDynamic) for each in self._derivatives
        )
        start = np.concatenate(x)
        kept = start > 0.0 if in_logs else np.ones(start.size, np.bool_)
        state = np.log(start[kept]) if in_logs else start

        def shares_at(state: np.ndarray) -> list[np.ndarray]:
            return self._split(state, kept, in_logs)

        def right_hand_side(_: float, state: np.ndarray) -> np.ndarray:
            x = shares_at(state)
            changes = self._growth(x) if in_logs else self._derivative(x)
            return np.concatenate(changes)[kept]

        span, method = (0.0, max(t[-1], 1e-6)), "DOP853" if in_logs else "LSODA"
        solution = integrate.solve_ivp(
            right_hand_side, span, state, method, t_eval=t, rtol=rtol, atol=atol
        )
        if not solution.success or not np.isfinite(solution.y).all():
            raise ValueError(
                f"dynamics must be such that {method} can follow them to time {t[-1]:g}: "
                f"{solution.message}"
            )
        rows = [shares_at(state) for state in solution.y.T]
        return [np.array(path) for path in zip(*rows, strict=True)]

    def _in_small_steps(self, x: list[np.ndarray], t: np.ndarray) -> list[np.ndarray]:
        """The shares at times t: the mean of x and of where two steps lead, repeated."""
        paths = [np.empty((t.size, each.size)) for each in x]
        for row, time in enumerate(np.diff(t, prepend=0.0)):
            steps = math.ceil(time / LONGEST_STEP)
            for _ in range(steps):
                once = self._step(x, time / steps)
                twice = self._step(once, time / steps)
                x = [0.5 * (one + two) for one, two in zip(x, twice, strict=True)]
                x = [each / each.sum() for each in x]
            for path, each in zip(paths, x, strict=True):
                path[row] = each
        return paths

    def _step(self, x: list[np.ndarray], delta: float) -> list[np.ndarray]:
        """One step of all players, each by the step of its dynamic, kept in the simplex."""
        stepped = []
        for player, f in enumerate(self._fitness(x)):
            each, derivative = x[player], self._derivatives[player]
            if isinstance(derivative, GameDynamic):
                moved = each + delta * derivative.derivative(self.game, player, x)
            elif isinstance(derivative, Dynamic):
                moved = derivative.step(each, f, delta)
            else:
                moved = each + delta * derivative(each, f)
            moved = np.maximum(moved, 0.0)
            stepped.append(moved / moved.sum())
        return stepped

    def table(
        self,
        shares: Shares,
        *,
        steps: int | None = None,
        delta: float = 1.0,
        times: ArrayLike | None = None,
    ) -> "pd.DataFrame":
        """The shares and mean payoffs of a path, one row per step or time.

        Args:
            shares: x^p(0).
            steps: The number of Euler steps; then the first column is `step`.
            delta: The time of an Euler step.
            times: Times in continuous time; then the first column is `time`.

        Returns:
            For each player p the columns p0_share_0, p0_share_1, ..., p0_payoff and so on.

        Raises:
            ValueError, TypeError: As for `euler` and `solve`; both or neither of steps and times.
        """
        import pandas as pd

        if (steps is None) == (times is None):
            raise ValueError("give steps, for Euler's method, or times, for continuous time")
        if steps is not None:
            paths, clock = self.euler(shares, steps, delta), {"step": np.arange(steps + 1)}
        else:
            assert times is not None
            paths, clock = self.solve(shares, times), {"time": checked_times(times)}
        columns: dict[str, Any] = dict(clock)
        fitness = [self._fitness(list(row)) for row in zip(*paths, strict=True)]
        for p, path in enumerate(paths):
            columns |= {f"p{p}_share_{a}": path[:, a] for a in range(path.shape[1])}
            columns[f"p{p}_payoff"] = np.vecdot(path, np.array([each[p] for each in fitness]))
        return pd.DataFrame(columns)

    @cached_property
    def _derivatives(self) -> tuple[Derivative, ...]:
        return tuple(map(replicator, self.dynamics))

    @cached_property
    def _fitness(self) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
        return fitness_of(self.game)

    def _derivative(self, x: list[np.ndarray]) -> list[np.ndarray]:
        return [
            derivative.derivative(self.game, player, x)
            if isinstance(derivative, GameDynamic)
            else np.asarray(derivative(x[player], f))
            for player, (derivative, f) in enumerate(
                zip(self._derivatives, self._fitness(x), strict=True)
            )
        ]

    def _growth(self, x: list[np.ndarray]) -> list[np.ndarray]:
        """The time derivative of log x^p_a, for TRD, MRD and dynamics that look across."""
        growth = []
        for player, f in enumerate(self._fitness(x)):
            derivative, each = self._derivatives[player], x[player]
            if isinstance(derivative, GameDynamic):
                growth.append(derivative.growth(self.game, player, x))
                continue
            mean = float(each @ f)
            scale = 1.0 if derivative is taylor else mean + (mean == 0.0)  # as in `maynard`
            growth.append((f - mean) / scale)
        return growth

    def _split(self, state: np.ndarray, kept: np.ndarray, in_logs: bool) -> list[np.ndarray]:
        """The solver's numbers as shares of each player, which sum to 1."""
        whole = np.full(kept.size, -np.inf if in_logs else 0.0)
        whole[kept] = state
        parts = np.split(whole, np.cumsum(self.game.n_actions)[:-1])
        positive = [np.exp(p - p.max()) if in_logs else np.maximum(p, 0.0) for p in parts]
        return [part / part.sum() for part in positive]

    def _checked(self, shares: Shares) -> list[np.ndarray]:
        actions = actions_of(self.game)
        arrays = [checked_shares(each) for each in shares]
        if tuple(each.size for each in arrays) != actions:
            raise ValueError(
                f"shares must be {len(actions)} arrays of lengths {actions}, "
                f"not of lengths {tuple(each.size for each in arrays)}"
            )
        return arrays


def fitness_of(game: Game) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    """A fast function from the shares of all players to `game.expected` of each player.

    The caller must have checked the shares; they are P arrays of shape (K_p,).
    """
    players = range(game.players)
    if type(game).expected is not Game.expected:
        return lambda x: [np.asarray(game.expected(player, x), np.float64) for player in players]
    values = tensors_of(game).values
    tensors = [(each.reshape(-1), np.array(each.shape, np.int64)) for each in values]

    def fitness(x: list[np.ndarray]) -> list[np.ndarray]:
        result = []
        whole = np.concatenate(x)
        for player, (flat, axes) in enumerate(tensors):
            own, f = x[player], np.empty(x[player].size)
            contract(flat, axes, player, np.concatenate((whole, own)) if game.fellow else whole, f)
            result.append(f)
        return result

    return fitness


def _stepped(x: np.ndarray, delta: float, t: int) -> np.ndarray:
    """Shares after step t, without rounding errors of their sum."""
    x = np.maximum(x, 0.0)
    total = x.sum()
    if not abs(total - 1.0) <= ROUNDING:
        raise ValueError(
            "delta must keep shares non-negative and their sum 1; "
            f"{delta!r} does not at step {t + 1}: {x}"
        )
    return x / total
