"""Bandits: the options a hive or a learner chooses among, with their expected rewards and one pull.

A bandit is a frozen dataclass with a plain method `pull`, interpreted and compiled from one source as rules are.  Rewards lie in
[0, 1], always.  x_a is the share of the pulls that go to option a (for a learner, its policy).
"""

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import types
from scipy import integrate, optimize

from hivemind_abm.engine.loops import CannotCompile, Fields, compile_loop, compiled
from hivemind_abm.engine.stream import Stream, seed_sequence, stream_on

__all__ = ["Bandit", "BanditCongestion", "BanditLinear", "BanditSigmoid"]

_LINEAR = {"near zero": (0.1, 0.4), "evenly spaced": (0.4, 0.7), "near one": (0.6, 0.9)}
_SIGMOID = {"near zero": (-5.0, -2.0), "evenly spaced": (-5.0, 5.0), "near one": (2.0, 5.0)}


ROUNDING = 1e-9  # a reward that leaves [0, 1] by no more is taken as its bound


class Bandit:
    """An environment.  Subclass it as a frozen dataclass with a field or property `n_action` and write `pull`.

    Attributes:
        estimate_pulls: How many pulls an option the default `expected_rewards` takes.
    """

    estimate_pulls: ClassVar[int] = 100_000

    n_action: int

    def pull(self, option: int, shares: np.ndarray, rng: Stream) -> float:
        """The reward of one pull.

        Args:
            option: 0 .. K - 1.
            shares: x, shape (K,), sums to 1; not to be written to.
            rng: The stream to draw from: `random()`, `integers(n)`, `normal()`, `binomial(n, p)`.

        Returns:
            A reward in [0, 1].
        """
        raise NotImplementedError(f"{type(self).__name__} has no pull(self, option, shares, rng)")

    def expected_rewards(self, shares: np.ndarray) -> np.ndarray:
        """E[reward] of each option at given shares, shape (K,).

        Write it where it is known.  This default is the mean of `estimate_pulls` pulls from a fixed stream, whose standard error
        is at most 0.5 / sqrt(estimate_pulls): 0.0016.
        """
        rng, x, rewards = Stream(0), np.array(shares, float), np.zeros(self.n_action)
        try:
            fields, loop = Fields.of(self, "pull"), compile_loop(_mean_loop, self, "pull", _MEAN)
        except CannotCompile:
            for option in range(self.n_action):
                for _ in range(self.estimate_pulls):
                    rewards[option] += self.pull(option, x, rng)
            return rewards / self.estimate_pulls
        loop.run(fields.integers, fields.reals, x, rng.state, self.estimate_pulls, rewards)
        return rewards / self.estimate_pulls

    def depends_on_shares(self) -> bool:
        """Whether the expected rewards differ between even shares and any single option's."""
        k = self.n_action
        tried = [np.full(k, 1.0 / k), *np.eye(k)]
        return len({np.asarray(self.expected_rewards(x)).tobytes() for x in tried}) > 1

    def optimal_shares(self) -> np.ndarray:
        """The shares a hive should reach, shape (K,), sums to 1: all on the option with the largest expected reward.

        Options that tie (to 1e-12) share it evenly.
        """
        rewards = np.asarray(self.expected_rewards(np.full(self.n_action, 1.0 / self.n_action)))
        best = rewards >= rewards.max() - 1e-12
        return best / best.sum()

    def optimal_options(self) -> np.ndarray:
        """The options whose summed share is recorded as `optimal_share`, increasing, dtype int64."""
        return np.flatnonzero(self.optimal_shares())


def options_of(bandit: Bandit) -> int:
    """K of a bandit.

    Raises:
        TypeError: It has no `n_action` that is a whole number of at least 1.
    """
    k = getattr(bandit, "n_action", None)
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise TypeError(
            f"{type(bandit).__name__}.n_action must be a whole number of at least 1, a field or a property, not {k!r}"
        )
    return int(k)


def _mean_loop(pull: Any, build: Any) -> Any:
    def loop(integers, reals, shares, state, pulls, rewards):
        bandit = build(integers, reals)
        rng = stream_on(state, 0)
        for option in range(rewards.size):
            for _ in range(pulls):
                rewards[option] += pull(bandit, option, shares, rng)

    return loop


_reals = types.float64[::1]
_MEAN = types.void(types.int64[::1], _reals, _reals, types.uint64[::1], types.int64, _reals)


def _check_options(n_action: object) -> None:
    if isinstance(n_action, bool) or not isinstance(n_action, int | np.integer):
        raise TypeError(f"n_action must be a whole number of at least 1, not {n_action!r}")
    if n_action < 1:
        raise ValueError(f"n_action must be a whole number of at least 1, not {n_action!r}")


def _check_number(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}")
    if not low <= value <= high or not math.isfinite(value):
        raise ValueError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}")


def _numbers(name: str, values: object, n_action: int | None = None) -> tuple[float, ...]:
    try:
        if isinstance(values, str | bytes | Set | Mapping):
            raise TypeError
        numbers = tuple(float(value) for value in values)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a sequence of numbers, one an option, not {values!r}") from None
    if n_action is not None and len(numbers) != n_action:
        raise ValueError(f"{name} must have one number for each of the {n_action} options, not {len(numbers)}")
    for option, number in enumerate(numbers):
        if not math.isfinite(number):
            raise ValueError(f"{name} must be finite, not {number} for option {option}")
    return numbers


def _preset(name: object, presets: dict[str, tuple[float, float]], n_action: int) -> tuple[float, ...]:
    if not isinstance(name, str) or name not in presets:
        known = ", ".join(repr(known) for known in presets)
        raise ValueError(f"name must be one of {known}, not {name!r}")
    low, high = presets[name]
    return tuple(float(q) for q in np.linspace(low, high, n_action))


def _named_or_given(
    name: str | None, q_star: object, presets: dict[str, tuple[float, float]], n_action: int
) -> tuple[float, ...] | None:
    """q_star from a preset or from the caller, None where it is to be drawn."""
    given = None if q_star is None else _numbers("q_star", q_star, n_action)
    if name is None:
        return given
    preset = _preset(name, presets, n_action)
    if given is not None and given != preset:
        raise ValueError(f"give name ({name!r}) or q_star, not both")
    return preset


@dataclass(frozen=True)
class BanditLinear(Bandit):
    """Rewards uniform on q_star +- gap.

    Attributes:
        n_action: K, the number of options.
        gap: Half the width of the reward noise.
        name: "near zero" (q_star evenly spaced on [0.1, 0.4]), "evenly spaced" ([0.4, 0.7]) or "near one" ([0.6, 0.9]).
        q_star: The expected rewards themselves, K numbers.  With neither name nor q_star they are evenly spaced on a random
            interval of width 0.3 that keeps rewards in [0, 1].
        q_star_seed: Seed of that random interval; not used where q_star is known, so `dataclasses.replace` must reset q_star too.

    Raises:
        ValueError: Among others, if an option's rewards could leave [0, 1].
    """

    n_action: int = 10
    gap: float = 0.1
    name: str | None = None
    q_star: tuple[float, ...] | None = None
    q_star_seed: int = 0

    def __post_init__(self) -> None:
        _check_options(self.n_action)
        _check_number("gap", self.gap, 0.0, 0.5)
        q_star = _named_or_given(self.name, self.q_star, _LINEAR, self.n_action)
        if q_star is None:
            room = 1.0 - 2.0 * self.gap - 0.3
            if room < 0.0:
                raise ValueError(f"gap must be at most 0.35 for a random interval of width 0.3, not {self.gap!r}")
            low = self.gap + room * Stream(seed_sequence(self.q_star_seed, "q_star_seed")).random()
            q_star = tuple(float(q) for q in np.clip(np.linspace(low, low + 0.3, self.n_action), self.gap, 1.0 - self.gap))
        for option, q in enumerate(q_star):
            _check_bounds(option, q - self.gap, q + self.gap)
        object.__setattr__(self, "q_star", q_star)

    def pull(self, option: int, shares: np.ndarray, rng: Stream) -> float:
        return self.q_star[option] + self.gap * (2.0 * rng.random() - 1.0)  # type: ignore[index]

    def expected_rewards(self, shares: np.ndarray) -> np.ndarray:
        return np.array(self.q_star)


def _check_bounds(option: int, low: float, high: float) -> None:
    if low < -ROUNDING:
        raise ValueError(f"rewards must lie in [0, 1]; those of option {option} could be as low as {low:.6g}")
    if high > 1.0 + ROUNDING:
        raise ValueError(f"rewards must lie in [0, 1]; those of option {option} could be as high as {high:.6g}")


@compiled
def _sigmoid(z):
    # Compiled for both ways of running: `math.exp` and machine code need not agree in the last digit.
    return 1.0 / (1.0 + math.exp(-z))


@dataclass(frozen=True)
class BanditSigmoid(Bandit):
    """Rewards sigmoid(z) with logits z ~ Normal(q_star, std).

    Attributes:
        n_action: K, the number of options.
        mean: Mean of the distribution from which q_star is drawn where neither name nor q_star is given.
        std: Standard deviation of that distribution and of the logits, up to 20.
        name: "near zero" (q_star evenly spaced on [-5, -2]), "evenly spaced" ([-5, 5]) or "near one" ([2, 5]).
        q_star: The mean logits themselves, K numbers from -50 to 50.
        q_star_seed: Seed of the random q_star; not used where q_star is known, so `dataclasses.replace` must reset q_star too.
    """

    n_action: int = 10
    mean: float = 0.0
    std: float = 1.0
    name: str | None = None
    q_star: tuple[float, ...] | None = None
    q_star_seed: int = 0

    def __post_init__(self) -> None:
        _check_options(self.n_action)
        _check_number("mean", self.mean, -50.0, 50.0)
        _check_number("std", self.std, 0.0, 20.0)
        q_star = _named_or_given(self.name, self.q_star, _SIGMOID, self.n_action)
        if q_star is None:
            rng = Stream(seed_sequence(self.q_star_seed, "q_star_seed"))
            q_star = tuple(self.mean + self.std * rng.normal() for _ in range(self.n_action))
        elif self.name is None:
            for option, q in enumerate(q_star):
                _check_number(f"q_star of option {option}", q, -50.0, 50.0)
        object.__setattr__(self, "q_star", q_star)

    def pull(self, option: int, shares: np.ndarray, rng: Stream) -> float:
        return _sigmoid(self.q_star[option] + self.std * rng.normal())  # type: ignore[index]

    def expected_rewards(self, shares: np.ndarray) -> np.ndarray:
        """By quadrature of the sigmoid under the normal density; absolute error below 1e-10."""
        return np.array([_expected_sigmoid(q, self.std) for q in self.q_star or ()])


def _expected_sigmoid(q: float, std: float) -> float:
    if std == 0.0:
        return float(_sigmoid(q))

    def integrand(z: float) -> float:
        # sigmoid(q + std z) + sigmoid(q - std z): even in z, so half the line is enough
        up, down = 0.5 + 0.5 * math.tanh(0.5 * (q + std * z)), 0.5 + 0.5 * math.tanh(0.5 * (q - std * z))
        return (up + down) * math.exp(-0.5 * z * z)

    turn = min(abs(q) / std, 11.5)
    value, _ = integrate.quad(integrand, 0.0, 12.0, points=[turn] if turn > 0.0 else None, epsabs=1e-13, epsrel=1e-12, limit=500)
    return value / math.sqrt(2.0 * math.pi)


@dataclass(frozen=True)
class BanditCongestion(Bandit):
    """Rewards fall as an option gets crowded: expected reward q_star_a - omega_a x_a, noise uniform on +- gap.

    Its optimum is no single option but the equilibrium: the shares at which the expected rewards of all options in use are equal.
    `optimal_share` is the share of the option with the largest equilibrium share (0.75 for the defaults).

    Attributes:
        n_action: K, the number of options.
        q_star: Expected rewards of empty options, K numbers.
        congestion_factors: omega, K numbers of at least 0.
        gap: Half the width of the reward noise.

    Raises:
        ValueError: Among others, if an option's rewards could leave [0, 1].
    """

    n_action: int = 2
    q_star: tuple[float, ...] = (0.8, 0.8)
    congestion_factors: tuple[float, ...] = (0.2, 0.6)
    gap: float = 0.1

    def __post_init__(self) -> None:
        _check_options(self.n_action)
        _check_number("gap", self.gap, 0.0, 0.5)
        q_star = _numbers("q_star", self.q_star, self.n_action)
        factors = _numbers("congestion_factors", self.congestion_factors, self.n_action)
        for option, (q, omega) in enumerate(zip(q_star, factors, strict=True)):
            _check_number(f"congestion_factors of option {option}", omega, 0.0, 1.0)
            _check_bounds(option, q - omega - self.gap, q + self.gap)
        object.__setattr__(self, "q_star", q_star)
        object.__setattr__(self, "congestion_factors", factors)

    def pull(self, option: int, shares: np.ndarray, rng: Stream) -> float:
        expected = self.q_star[option] - self.congestion_factors[option] * shares[option]
        return expected + self.gap * (2.0 * rng.random() - 1.0)

    def expected_rewards(self, shares: np.ndarray) -> np.ndarray:
        return np.array(self.q_star) - np.array(self.congestion_factors) * np.asarray(shares)

    def optimal_shares(self) -> np.ndarray:
        """The equilibrium shares: q_star_a - omega_a x_a is equal for all a in use, and no larger for any other."""
        q, omega = np.array(self.q_star), np.array(self.congestion_factors)
        free = omega < 1e-12

        def demand(level: float) -> np.ndarray:
            return np.where(free, 0.0, np.maximum(q - level, 0.0) / np.where(free, 1.0, omega))

        if free.any() and demand(q[free].max()).sum() <= 1.0:  # an option that never crowds takes the rest
            level = q[free].max()
            shares = demand(level)
            best = free & (q >= level - 1e-12)
            return np.where(best, (1.0 - shares.sum()) / best.sum(), shares)
        low = q.min() - omega.max() - 1.0
        level = optimize.brentq(lambda level: demand(level).sum() - 1.0, low, q.max(), xtol=1e-15, rtol=1e-15)
        shares = demand(level)
        return shares / shares.sum()

    def optimal_options(self) -> np.ndarray:
        return np.array([int(np.argmax(np.round(self.optimal_shares(), 12)))])
