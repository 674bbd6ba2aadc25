"""Three ways to solve a dynamic: Euler steps, the closed form for constant fitness, an ODE solver.

Knows: any dynamic (shares, fitness) -> derivative, and that TRD and MRD have closed forms.
Does not know: bandits, hives.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, special

from hivemind_abm import checks
from hivemind_abm.engine.loops import compiled
from hivemind_abm.theory.dynamic import Dynamic
from hivemind_abm.theory.dynamics import Derivative, maynard, replicator, taylor
from hivemind_abm.theory.solver_arguments import (
    ROUNDING,
    Fitness,
    checked_fitness,
    checked_rewards,
    checked_shares,
    checked_times,
)

__all__ = ["LONGEST_STEP", "closed_form", "euler", "solve"]

_NEWTON_STEPS = 100  # at most; about five are needed
_SHORTEST_TIME = 1e-6  # that LSODA is asked to integrate over
LONGEST_STEP = 1 / 200  # of time, where a derivative jumps


def euler(
    dynamic: str | Derivative, shares: ArrayLike, fitness: Fitness, steps: int, delta: float
) -> np.ndarray:
    """Euler's method: x(t + 1) = x(t) + delta dx/dt, so that row t is at time t delta.

    With delta = 1, MRD is the exact map of one synchronous step of the weighted voter rule in a
    large hive, x_a q_a / qbar.  With delta = alpha it corresponds to a learner with that rate.
    Several calls of one step each give the same numbers as one call.

    Args:
        dynamic: A name, such as "TRD" or "logit"; or a function (shares, fitness) -> derivative,
            such as `Logit(tau=0.2)`.
        shares: x(0), shape (K,), at least 0, with sum 1.
        fitness: q, shape (K,), or a function of shares (K,) that returns it.  At least 0 for MRD.
        steps: The number of steps, at least 0.
        delta: The time of a step, above 0 and at most 1.

    Returns:
        Shares, shape (steps + 1, K).  Each row sums to 1.

    Raises:
        ValueError, TypeError: An argument that is not as described, or a step that would leave the
            simplex.  TRD with fitness in [0, 1] and MRD never leave it.
    """
    derivative = replicator(dynamic)
    x = checked_shares(shares)
    fitness_at = checked_fitness(fitness, x.size, derivative)
    checks.whole_number("steps", steps, 0)
    checks.number("delta", delta, 0.0, 1.0, above=True)
    if not callable(fitness) and derivative in (taylor, maynard):
        path, steps_done = _euler_at_constant_fitness(
            derivative is maynard, x, fitness_at(x), steps, float(delta)
        )
        if steps_done < steps:
            _check_on_simplex(path[steps_done + 1], delta, steps_done)
        return path
    path = np.empty((steps + 1, x.size))
    path[0] = x
    for t in range(steps):
        x = np.maximum(_step(derivative, x, fitness_at(x), delta), 0.0)
        _check_on_simplex(x, delta, t)
        x /= x.sum()  # with negative fitness, TRD would make a rounding error of the sum grow
        path[t + 1] = x
    return path


def _step(derivative: Derivative, x: np.ndarray, q: np.ndarray, delta: float) -> np.ndarray:
    if isinstance(derivative, Dynamic):
        return derivative.step(x, q, delta)
    return x + delta * derivative(x, q)


def _check_on_simplex(x: np.ndarray, delta: float, t: int) -> None:
    """Check the sum after step t: no negative share was cut off, the derivative's sum was 0."""
    if not abs(x.sum() - 1.0) <= ROUNDING:
        raise ValueError(
            "delta must keep shares non-negative and their sum 1; "
            f"{delta!r} does not at step {t + 1}: {x}"
        )


@compiled
def _euler_at_constant_fitness(
    by_mean: bool, x: np.ndarray, q: np.ndarray, steps: int, delta: float
) -> tuple[np.ndarray, int]:
    """The path, shape (steps + 1, K), and the number of steps before one left the simplex."""
    k = x.size
    path = np.empty((steps + 1, k))
    path[0] = x
    for t in range(steps):
        mean = 0.0
        for a in range(k):
            mean += path[t, a] * q[a]
        scale = delta if not by_mean else (delta / mean if mean != 0.0 else 0.0)
        total = 0.0
        for a in range(k):
            path[t + 1, a] = max(path[t, a] + scale * path[t, a] * (q[a] - mean), 0.0)
            total += path[t + 1, a]
        if not abs(total - 1.0) <= ROUNDING:
            return path, t
        for a in range(k):
            path[t + 1, a] /= total
    return path, steps


def closed_form(
    dynamic: str | Derivative, shares: ArrayLike, q: ArrayLike, times: ArrayLike
) -> np.ndarray:
    """The exact shares at any times, where fitness is constant.

    TRD: x_a(t) is proportional to x_a(0) exp(q_a t).  MRD: the same with tau in place of t, where
    t = log sum_a x_a(0) exp(q_a tau) defines tau(t), because dt = qbar dtau.  The result is exact
    to rounding, also for long times, small shares and nearly equal fitness.

    Args:
        dynamic: "TRD" or "MRD", or the functions `taylor` and `maynard`.
        shares: As for `euler`.
        q: Constant fitness, shape (K,).  At least 0 for MRD.
        times: t, shape (T,), at least 0 and increasing.  The unit is a synchronous step.

    Returns:
        Shares, shape (T, K).  Each row sums to 1.

    Raises:
        ValueError, TypeError: An argument that is not as described, or a dynamic without a closed
            form.
    """
    derivative = replicator(dynamic)
    if derivative not in (taylor, maynard):
        raise ValueError(
            f"dynamic must be TRD or MRD to have a closed form, not {dynamic!r}; use solve or euler"
        )
    x, t = checked_shares(shares), checked_times(times)
    fitness = checked_rewards("q", q, x.size, derivative)
    best = fitness[x > 0.0].max()
    fitness = np.where(x > 0.0, fitness, best)  # an option that nobody holds has no influence
    if derivative is maynard and best > 0.0:
        fitness, best = fitness / best, 1.0  # MRD doesn't depend on the scale of q
        t = np.where(t > 0.0, _maynard_time(x, fitness, np.where(t > 0.0, t, 1.0)), 0.0)
    with np.errstate(divide="ignore", over="ignore"):  # exp(-inf) = 0 is right here
        logits = np.log(x) + (fitness - best) * t[:, None]
    return special.softmax(logits, axis=1)


def _maynard_time(x: np.ndarray, q: np.ndarray, t: np.ndarray) -> np.ndarray:
    """tau(t) for t > 0, shape (T,), to rounding.

    x sums to 1, and the largest q of a share above 0 is 1.  The equation is then
    log sum_a x_a expm1(q_a tau) = log expm1(t), which loses no digits at small t and cannot
    overflow.  As a function of log tau its left side is convex with slope at least 1.  Each of its
    K terms alone would reach the right side later than their sum does.  Newton's method that starts
    at the earliest of these times comes down to the root without overshooting.
    """
    # log 0 and 1 / 0 are limits here: such a term has no weight
    with np.errstate(divide="ignore", over="ignore"):
        log_x = np.log(x)
        target = _log_expm1(t)
        tau = (np.logaddexp(0.0, target[:, None] - log_x) / q).min(axis=1)
        for _ in range(_NEWTON_STEPS):
            z = q * tau[:, None]
            terms = log_x + _log_expm1(z)
            top = terms.max(axis=1, keepdims=True)
            weights = np.exp(terms - top)
            total = weights.sum(axis=1)
            slope = (weights / special.exprel(-z)).sum(axis=1) / total
            change = (top[:, 0] + np.log(total) - target) / slope
            tau = tau * np.exp(-change)
            # convergence is quadratic: the next change would be rounding
            if np.abs(change).max() < 1e-9:
                break
    return tau


def _log_expm1(z: np.ndarray) -> np.ndarray:
    """log(exp(z) - 1) for z >= 0, without overflow or cancellation."""
    return z + np.log(z) + np.log(special.exprel(-z))


def solve(
    dynamic: str | Derivative,
    shares: ArrayLike,
    fitness: Fitness,
    times: ArrayLike,
    rtol: float = 1e-10,
    atol: float = 1e-12,
) -> np.ndarray:
    """The shares at given times by SciPy's ODE solver LSODA.

    Long times cost little once the shares have settled.  The best-response and the projection
    dynamic jump, so they are solved by the trapezoidal rule in steps of at most 1/200 instead.

    Args:
        dynamic: As for `euler`.
        shares: As for `euler`.
        fitness: As for `euler`.
        times: t, shape (T,), at least 0 and increasing.  The unit is a synchronous step.
        rtol: Relative tolerance of a solver step, above 0 and at most 1.
        atol: Absolute tolerance of a solver step, above 0 and at most 1.  For an option that starts
            smaller than atol / rtol it is rtol x_a(0), since an error in a small share grows with
            the share.

    Returns:
        Shares, shape (T, K).  Each row sums to 1.

    Raises:
        ValueError, TypeError: An argument that is not as described, or a dynamic that the solver
            cannot follow.
    """
    derivative = replicator(dynamic)
    x, t = checked_shares(shares), checked_times(times)
    fitness_at = checked_fitness(fitness, x.size, derivative)
    checks.number("rtol", rtol, 0.0, 1.0, above=True)
    checks.number("atol", atol, 0.0, 1.0, above=True)

    if isinstance(derivative, Dynamic) and derivative.jumps:
        return _in_small_steps(derivative, x, fitness_at, t)

    def right_hand_side(_: float, y: np.ndarray) -> np.ndarray:
        # the solver strays below 0 by its tolerance, but fitness is defined for shares only
        y = np.maximum(y, 0.0)
        y /= y.sum()
        return derivative(y, fitness_at(y))

    tolerances = np.where(x > 0.0, np.clip(rtol * x, 1e-300, atol), atol)
    span = (0.0, max(t[-1], _SHORTEST_TIME))
    solution = integrate.solve_ivp(
        right_hand_side, span, x, "LSODA", t_eval=t, rtol=rtol, atol=tolerances
    )
    if not solution.success or not np.isfinite(solution.y).all():
        raise ValueError(
            f"dynamic must be one that LSODA can follow to time {t[-1]:g}; "
            f"{dynamic!r} is not: {solution.message}"
        )
    path = np.maximum(solution.y.T, 0.0)
    return path / path.sum(axis=1, keepdims=True)


def _in_small_steps(
    dynamic: Dynamic, x: np.ndarray, fitness_at: Callable[[np.ndarray], np.ndarray], t: np.ndarray
) -> np.ndarray:
    """The shares at times t, shape (T, K): the mean of x and of where two steps lead, repeated."""
    path = np.empty((t.size, x.size))
    for row, time in enumerate(np.diff(t, prepend=0.0)):
        steps = math.ceil(time / LONGEST_STEP)
        for _ in range(steps):
            delta = time / steps
            once = dynamic.step(x, fitness_at(x), delta)
            x = 0.5 * (x + dynamic.step(once, fitness_at(once), delta))
            x = x / x.sum()
        path[row] = x
    return path
