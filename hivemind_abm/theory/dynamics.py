"""Replicator dynamics: how the shares of a hive too large for chance change, and three ways to follow them.

A dynamic is a function (shares, fitness) -> derivative, apart from how it is solved: closed form (constant fitness), Euler, ODE.
x_a is the share of option a, q_a its fitness (expected reward), qbar = sum_b x_b q_b.  Nothing here knows bandits or hives.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, special

from hivemind_abm.engine.loops import compiled

__all__ = [
    "DYNAMICS",
    "CrossInhibition",
    "Derivative",
    "Fitness",
    "closed_form",
    "critical_stop_signal",
    "euler",
    "maynard",
    "replicator",
    "solve",
    "taylor",
]

type Derivative = Callable[[np.ndarray, np.ndarray], np.ndarray]
type Fitness = ArrayLike | Callable[[np.ndarray], ArrayLike]

ROUNDING = (
    1e-9  # shares whose sum is this close to 1, and fitness this little below 0, are taken as meant
)


def taylor(shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
    """TRD, the Taylor replicator dynamic: dx_a/dt = x_a (q_a - qbar).

    Followed by Cross Learning and by hives that imitate success (Taylor & Jonker, Math. Biosci. 40, 1978; Soma et al., arXiv
    2410.17517).

    Args:
        shares: x, shape (..., K).
        fitness: q, shape (..., K); leading dimensions broadcast.

    Returns:
        dx/dt, shape (..., K), sums to 0 where x sums to 1.
    """
    x, q = np.asarray(shares, float), np.asarray(fitness, float)
    qbar = np.vecdot(x, q)[..., None]
    return x * (q - qbar)


def maynard(shares: ArrayLike, fitness: ArrayLike) -> np.ndarray:
    """MRD, the Maynard replicator dynamic: dx_a/dt = x_a (q_a - qbar) / qbar; zero where qbar is zero.

    Followed by Maynard-Cross Learning and by hives of the weighted voter rule (Maynard Smith, Evolution and the Theory of Games,
    1982; Soma et al., arXiv 2410.17517).

    Args:
        shares: x, shape (..., K).
        fitness: q, at least 0, shape (..., K); leading dimensions broadcast.

    Returns:
        dx/dt, shape (..., K), sums to 0 where x sums to 1.
    """
    x, q = np.asarray(shares, float), np.asarray(fitness, float)
    qbar = np.vecdot(x, q)[..., None]
    return x * (q - qbar) / (qbar + (qbar == 0.0))  # where qbar is 0, so is every x_a q_a


@dataclass(frozen=True)
class CrossInhibition:
    """Cross-inhibition of K nests: a dynamic (shares, fitness) -> derivative whose last share, U, is the uncommitted one.

    dx_a/dt = gamma_a U - alpha_a x_a + rho_a x_a U - sigma x_a (sum of the other nests' shares), and dU/dt is what is left:
    discovery, abandonment, recruitment by dancers, and stop signals from those committed to another nest (Seeley et al., Science
    335, 2012; Pais et al., PLoS ONE 8, e73216, 2013; Reina et al., Phys. Rev. E 95, 052411, 2017).  With the values
    v_a = scale q_a, alpha_a = abandonment / v_a and rho_a = recruitment v_a.

    Attributes:
        discovery: gamma_a, 1 / time, one a nest.
        abandonment, recruitment: 1 / time.
        stop_signal: sigma, 1 / time.
        scale: The value of a nest of reward 1.
        delta: The time that a step of the dynamic takes, so that one Euler step of 1 goes with one step of a hive.
    """

    discovery: tuple[float, ...] = (4.0, 4.0)
    abandonment: float = 1.0
    recruitment: float = 1.0
    stop_signal: float = 1.0
    scale: float = 5.0
    delta: float = 0.05

    def __call__(self, shares: np.ndarray, fitness: np.ndarray) -> np.ndarray:
        x, value = np.asarray(shares, float), self.scale * np.asarray(fitness, float)[..., :-1]
        nests, uncommitted = x[..., :-1], x[..., -1:]
        others = nests.sum(axis=-1, keepdims=True) - nests
        gain = (
            np.array(self.discovery) * uncommitted + self.recruitment * value * nests * uncommitted
        )
        loss = self.abandonment * nests / value + self.stop_signal * nests * others
        change = self.delta * (gain - loss)
        return np.concatenate([change, -change.sum(axis=-1, keepdims=True)], axis=-1)


def critical_stop_signal(value: float) -> float:
    """sigma at which the deadlock between two nests of equal value v breaks, for gamma = rho = v and alpha = 1 / v.

    4 v^3 / (v^2 - 1)^2, v > 1 (Pais et al., PLoS ONE 8, e73216, 2013).
    """
    if not value > 1.0:
        raise ValueError(f"value must be above 1, not {value!r}: poorer nests keep no dancers")
    return 4.0 * value**3 / (value**2 - 1.0) ** 2


DYNAMICS: dict[str, Derivative] = {"TRD": taylor, "MRD": maynard}


def replicator(dynamic: str | Derivative) -> Derivative:
    """The dynamic of that name; a function (shares, fitness) -> derivative is its own.

    Raises:
        ValueError: A name not in `DYNAMICS`.
        TypeError: Neither a name nor a function.
    """
    if isinstance(dynamic, str):
        if dynamic not in DYNAMICS:
            raise ValueError(f"dynamic must be one of {', '.join(DYNAMICS)}, not {dynamic!r}")
        return DYNAMICS[dynamic]
    if not callable(dynamic):
        raise TypeError(
            f"dynamic must be one of {', '.join(DYNAMICS)} or a function (shares, fitness), not {dynamic!r}"
        )
    return dynamic


def euler(
    dynamic: str | Derivative, shares: ArrayLike, fitness: Fitness, steps: int, delta: float
) -> np.ndarray:
    """x(t + 1) = x(t) + delta dx/dt, so that row t is at time t delta.

    With delta = 1, MRD is the exact map of one synchronous step of the weighted voter rule in a large hive, x_a q_a / qbar; with
    delta = alpha it goes with a learner of that rate.  Steps taken one call at a time give the same numbers.

    Args:
        dynamic: "TRD", "MRD" or a function (shares, fitness) -> derivative.
        shares: x(0), shape (K,), at least 0, sums to 1.
        fitness: q, shape (K,), or a function of shares (K,) that returns it; at least 0 for MRD.
        steps: How many steps, at least 0.
        delta: The time that a step takes, above 0 and at most 1.

    Returns:
        Shares, shape (steps + 1, K); each row sums to 1.

    Raises:
        ValueError, TypeError: An argument that isn't as above; a step that would leave the simplex, which TRD with fitness in
            [0, 1] and MRD never do.
    """
    derivative = replicator(dynamic)
    x = _checked_shares(shares)
    rewards = _checked_fitness(fitness, x.size, derivative)
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer):
        raise TypeError(f"steps must be a whole number of at least 0, not {steps!r}")
    if steps < 0:
        raise ValueError(f"steps must be a whole number of at least 0, not {steps!r}")
    _check_number("delta", delta)
    if not callable(fitness) and derivative in (taylor, maynard):
        path, done = _euler_at_constant_fitness(
            derivative is maynard, x, rewards(x), steps, float(delta)
        )
        _check_step(path[done + 1 : done + 2], delta, done)
        return path
    path = np.empty((steps + 1, x.size))
    path[0] = x
    for t in range(steps):
        x = np.maximum(x + delta * derivative(x, rewards(x)), 0.0)
        _check_step(x[None], delta, t)
        x /= x.sum()  # rounding: with negative fitness TRD would drive the sum away from 1
        path[t + 1] = x
    return path


def _check_step(rows: np.ndarray, delta: float, t: int) -> None:
    """That a step ended on the simplex: no negative share was cut off, and the derivative summed to 0."""
    for x in rows:
        if not abs(x.sum() - 1.0) <= ROUNDING:
            raise ValueError(
                f"delta must keep shares non-negative and their sum 1; {delta!r} does not at step {t + 1}: {x}"
            )


@compiled
def _euler_at_constant_fitness(by_mean, x, q, steps, delta):
    """The path, shape (steps + 1, K), and after how many steps it ended, all of them unless one left the simplex."""
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
    """The shares at any times, exactly, where fitness is constant.

    TRD: x_a(t) is proportional to x_a(0) exp(q_a t).  MRD: the same in tau, where t = log sum_a x_a(0) exp(q_a tau) fixes tau(t)
    (as dt = qbar dtau).  Exact to rounding, however long the time, small a share or close the fitness.

    Args:
        dynamic: "TRD" or "MRD" (or the functions `taylor`, `maynard`).
        shares: As for `euler`.
        q: Constant fitness, shape (K,); at least 0 for MRD.
        times: t, shape (T,), at least 0 and increasing, in units of a synchronous step.

    Returns:
        Shares, shape (T, K); each row sums to 1.

    Raises:
        ValueError, TypeError: An argument that isn't as above; a dynamic without closed form.
    """
    derivative = replicator(dynamic)
    if derivative not in (taylor, maynard):
        raise ValueError(
            f"dynamic must be TRD or MRD to have a closed form, not {dynamic!r}; use solve or euler"
        )
    x, t = _checked_shares(shares), _checked_times(times)
    fitness = _checked_rewards("q", q, x.size, derivative)
    best = fitness[x > 0.0].max()
    fitness = np.where(x > 0.0, fitness, best)  # what nobody holds has no say
    if derivative is maynard and best > 0.0:
        fitness, best = fitness / best, 1.0  # MRD doesn't depend on the scale of q
        t = np.where(t > 0.0, _maynard_time(x, fitness, np.where(t > 0.0, t, 1.0)), 0.0)
    with np.errstate(divide="ignore", over="ignore"):  # exp(-inf) is the 0 that is meant
        logits = np.log(x) + (fitness - best) * t[:, None]
    return special.softmax(logits, axis=1)


def _maynard_time(x: np.ndarray, q: np.ndarray, t: np.ndarray) -> np.ndarray:
    """tau(t) for t > 0, shape (T,), to rounding; x sums to 1 and the largest q of a share above 0 is 1.

    As x sums to 1 the equation is log sum_a x_a expm1(q_a tau) = log expm1(t), which loses no digits at small t and can't
    overflow.  In log tau its left side is convex with slope at least 1, and each of its K terms alone would reach the right side
    later than their sum: started at the earliest of these, Newton's method comes down to the root without overshooting.
    """
    with np.errstate(
        divide="ignore", over="ignore"
    ):  # log 0 and 1 / 0 are limits here: such a term has no weight
        log_x = np.log(x)
        target = _log_expm1(t)
        tau = (np.logaddexp(0.0, target[:, None] - log_x) / q).min(axis=1)
        for _ in range(100):
            z = q * tau[:, None]
            terms = log_x + _log_expm1(z)
            top = terms.max(axis=1, keepdims=True)
            weights = np.exp(terms - top)
            total = weights.sum(axis=1)
            slope = (weights / special.exprel(-z)).sum(axis=1) / total
            change = (top[:, 0] + np.log(total) - target) / slope
            tau = tau * np.exp(-change)
            if (
                np.abs(change).max() < 1e-9
            ):  # convergence is quadratic: the next change would be rounding
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
    """The shares at given times by SciPy's LSODA; once they have settled, long times cost little.

    Args:
        dynamic, shares, fitness: As for `euler`.
        times: t, shape (T,), at least 0 and increasing, in units of a synchronous step.
        rtol: Relative tolerance of a step, above 0 and at most 1.
        atol: Absolute tolerance of a step, above 0 and at most 1; for an option that starts smaller than atol / rtol it is
            rtol x_a(0), since an error in a small share grows with it.

    Returns:
        Shares, shape (T, K); each row sums to 1.

    Raises:
        ValueError, TypeError: An argument that isn't as above; a dynamic that the solver can't follow.
    """
    derivative = replicator(dynamic)
    x, t = _checked_shares(shares), _checked_times(times)
    rewards = _checked_fitness(fitness, x.size, derivative)
    _check_number("rtol", rtol)
    _check_number("atol", atol)

    def right_hand_side(_: float, y: np.ndarray) -> np.ndarray:
        y = np.maximum(
            y, 0.0
        )  # the solver strays below 0 by its tolerance; fitness is asked about shares only
        y /= y.sum()
        return derivative(y, rewards(y))

    tolerances = np.where(x > 0.0, np.clip(rtol * x, 1e-300, atol), atol)
    span = (0.0, max(t[-1], 1e-6))  # LSODA needs some way to go
    found = integrate.solve_ivp(
        right_hand_side, span, x, "LSODA", t_eval=t, rtol=rtol, atol=tolerances
    )
    if not found.success or not np.isfinite(found.y).all():
        raise ValueError(
            f"dynamic must be one that LSODA can follow to time {t[-1]:g}; {dynamic!r} is not: {found.message}"
        )
    path = np.maximum(found.y.T, 0.0)
    return path / path.sum(axis=1, keepdims=True)


def _vector(name: str, values: object) -> np.ndarray:
    """As a vector of finite floats."""
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


def _checked_shares(shares: ArrayLike) -> np.ndarray:
    x = _vector("shares", shares)
    if x.min() < 0.0:
        raise ValueError(f"shares must be at least 0, not {x.min():g} for option {x.argmin()}")
    total = float(x.sum())
    if abs(total - 1.0) > ROUNDING:
        raise ValueError(f"shares must sum to 1, not {total:.10g}")
    return x if abs(total - 1.0) < 1e-12 else x / total  # shares of our own come back bit for bit


def _checked_rewards(
    name: str, values: ArrayLike, n_action: int, derivative: Derivative
) -> np.ndarray:
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


def _checked_fitness(
    fitness: Fitness, n_action: int, derivative: Derivative
) -> Callable[[np.ndarray], np.ndarray]:
    """Fitness as a function of shares; what a caller's function returns is checked each time."""
    if callable(fitness):
        return lambda x: _checked_rewards("fitness", fitness(x), n_action, derivative)
    q = _checked_rewards("fitness", fitness, n_action, derivative)
    return lambda x: q


def _checked_times(times: ArrayLike) -> np.ndarray:
    t = _vector("times", times)
    if t[0] < 0.0:
        raise ValueError(f"times must be at least 0, not {t[0]:g}")
    late = np.flatnonzero(np.diff(t) <= 0.0)
    if late.size:
        raise ValueError(f"times must increase, not go from {t[late[0]]:g} to {t[late[0] + 1]:g}")
    return t


def _check_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number above 0 and at most 1, not {value!r}")
    if not 0.0 < value <= 1.0:
        raise ValueError(f"{name} must be a number above 0 and at most 1, not {value!r}")
