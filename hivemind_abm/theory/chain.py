"""Finite hives without runs: how a small hive ends, from the Markov chain of its counts; a large one, from a diffusion.

Knows: the chances of one step in closed form where they are known, else from one-step hives, and what follows from them.
Does not know: how a run unfolds; that is what `ensemble` is for, whose runs `simulated` holds against the chain.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.congestion import BanditCongestion
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.engine.seeds import RunSeed, RunSeeds, seed_sequence
from hivemind_abm.hives.batch import counts_of_shares
from hivemind_abm.hives.hive import Hive, HiveSettings
from hivemind_abm.hives.neighbours import NETWORK, NETWORK_SAMPLE, OTHERS, SAMPLE
from hivemind_abm.hives.rules import ImitationOfSuccess, WeightedVoterRule
from hivemind_abm.studies.ensemble import ensemble

__all__ = ["Diffusion", "FiniteHive", "diffusion", "finite_hive", "simulated", "size_limit"]

MOST_STATES = 3000
RESAMPLES = 200
_POINTS = 401  # shares at which a diffusion is solved
_PLACES = 31  # shares at which its drift and variance are estimated, at the most
_EFFORT = 100_000_000  # bee-steps that a default number of samples amounts to
_HIVE = 1000  # bee-steps that making a hive amounts to, its seed above all
_CHECKS = 100  # samples that show whether a rule keeps to consensus
_BATCH = 500_000  # bees in memory at once
_LEAST = 1e-290  # chance to leave a state: below, floating-point numbers end


# ---------------------------------------------------------------------------------------------------------------------
# Small hives: the chain of the counts


@dataclass(frozen=True, eq=False)
class FiniteHive:
    """The Markov chain of a hive's counts n = (n_0 .. n_K-1); S states.  Made by `finite_hive`.

    Times are in steps.  What follows from the chain loses no digits however long consensus takes (Grassmann, Taksar & Heyman,
    Oper. Res. 33, 1985).

    Attributes:
        states: The counts, shape (S, K), dtype int64, in lexicographic order; each row sums to N.
        transition: The chance to go from state s to state t in one step, [s, t], shape (S, S); each row sums to 1.
        error: The standard error of each of these, shape (S, S); 0 in closed form.  It is 0 too where no sample has landed, which
            says no more than that the chance is a few times 1 / samples at the most.
        exact: Whether `transition` is a closed form.
        samples: How many steps were sampled from each state that is no consensus; 0 in closed form.
        seed: From which the bootstrap draws.
    """

    states: np.ndarray = field(repr=False)
    transition: np.ndarray = field(repr=False)
    error: np.ndarray = field(repr=False)
    exact: bool
    samples: int
    seed: RunSeed = field(repr=False)

    @property
    def start(self) -> int:
        """The state a `Hive` starts in: as even as N allows, the first options getting the bees that are left over."""
        even = counts_of_shares(None, int(self.states[0].sum()), self.states.shape[1])
        return int(np.flatnonzero((self.states == even).all(axis=1))[0])

    @property
    def consensus_probabilities(self) -> np.ndarray:
        """The probability to end in consensus on each option, from each state, shape (S, K).

        A row sums to less than 1 where the hive may never end, as two bees that hear nobody but each other.
        """
        return self._ends[:, :-1]

    @property
    def consensus_times(self) -> np.ndarray:
        """The expected number of steps to consensus from each state, shape (S,); infinity where the hive may never end."""
        return self._ends[:, -1]

    @property
    def consensus_probability_errors(self) -> np.ndarray:
        """Standard errors of `consensus_probabilities`, shape (S, K); see `consensus_time_errors`."""
        return self._end_errors[:, :-1]

    @property
    def consensus_time_errors(self) -> np.ndarray:
        """Standard errors of `consensus_times`, shape (S,): 0 in closed form, else from 200 bootstrap resamples of all rows.

        Infinity where a resample never ends: the samples are too few to tell.  (Efron, Ann. Stat. 7, 1979.)
        """
        return self._end_errors[:, -1]

    def summary(self) -> dict[str, Any]:
        """What becomes of the even start, as one row of a table.

        Returns:
            population_size, counts (of the start), exact, samples; for each option a consensus_probability_a and
            consensus_probability_a_error; consensus_time and consensus_time_error, in steps.
        """
        here = self.start
        counts = tuple(self.states[here].tolist())
        row: dict[str, Any] = {
            "population_size": sum(counts),
            "counts": counts,
            "exact": self.exact,
            "samples": self.samples,
        }
        for a in range(len(counts)):
            row[f"consensus_probability_{a}"] = float(self.consensus_probabilities[here, a])
            row[f"consensus_probability_{a}_error"] = float(
                self.consensus_probability_errors[here, a]
            )
        return row | {
            "consensus_time": float(self.consensus_times[here]),
            "consensus_time_error": float(self.consensus_time_errors[here]),
        }

    @cached_property
    def _ends(self) -> np.ndarray:
        return _ends_of(self.states, self.transition)

    @cached_property
    def _end_errors(self) -> np.ndarray:
        if self.exact:
            return np.zeros_like(self._ends)
        rng = np.random.default_rng(self.seed)
        found = np.stack(
            [
                _ends_of(self.states, rng.multinomial(self.samples, self.transition) / self.samples)
                for _ in range(RESAMPLES)
            ]
        )
        finite = np.isfinite(found).all(axis=0)
        return np.where(finite, np.where(finite, found, 0.0).std(axis=0, ddof=1), np.inf)


def finite_hive(
    rule: Any = "wvoter",
    bandit: Any = "near one",
    population_size: int = 10,
    *,
    neighbourhood: Any = "others",
    neighbourhood_size: int | str | None = None,
    samples: int | None = None,
    seed: Any = 1,
    **parameters: Any,
) -> FiniteHive:
    """The Markov chain of the counts of a hive of N bees on K = 2 or 3 options.

    Payoffs are pulled afresh each step, and bees differ in nothing but opinion and payoff, so the next counts depend on the
    counts alone.  (A rule that tells bees apart by their place among the neighbours, as neighbours[0] does, breaks that.)

    In closed form for R_success (stochastic, "others") and R_wvoter (switch="bee", all others heard) where rewards have no noise,
    that is for BanditLinear and BanditCongestion with gap=0.  Given the counts bees decide independently, so the next counts are
    a sum of independent multinomials, one for each option held.  All else is estimated: `samples` hives make one step from each
    state.

    Args:
        rule, bandit, population_size, neighbourhood, neighbourhood_size, parameters: As for `Hive`; a bandit given by a built-in
            name has two options unless n_action says otherwise.
        samples: Steps from each state, where they are needed; None for as many as take some seconds with a compiled rule.
        seed: The number that names the samples, or whatever `seed_sequence` takes.

    Raises:
        ValueError, TypeError: Other than 2 or 3 options, more than 3,000 states, a network (there it matters who holds what), a
            rule that leaves consensus, and as for `Hive`.
    """
    settings, parent = _settings(
        rule, bandit, population_size, neighbourhood, neighbourhood_size, samples, seed, parameters
    )
    n, k = settings.neighbourhood.population_size, settings.n_action
    if k not in (2, 3):
        raise ValueError(f"n_action must be 2 or 3 for the chain of a hive's counts, not {k}")
    size = size_limit(n, k)
    states, chances = _states(n, k), _chances(settings)
    if chances is not None:
        transition = np.stack([_next_counts(counts, chances(counts)) for counts in states])
        return FiniteHive(states, transition, np.zeros((size, size)), True, 0, parent)
    many = samples if samples is not None else max(_CHECKS, _EFFORT // (size * (n + _HIVE)))
    place = np.zeros((n + 1) ** (k - 1), np.int64)
    place[_codes(states, n)] = np.arange(size)
    _check_consensus(settings, parent)
    transition = np.eye(size)
    for state in np.flatnonzero(states.max(axis=1) < n):
        landed = _landed(settings, states[state], many, parent.child(int(state)))
        transition[state] = np.bincount(place[_codes(landed, n)], minlength=size) / many
    error = np.sqrt(transition * (1.0 - transition) / many)
    return FiniteHive(states, transition, error, False, many, parent.child(size))


def simulated(
    found: FiniteHive,
    runs: int,
    seed: Any,
    arguments: tuple[Any, Any, int],
    parameters: Mapping[str, Any],
) -> dict[str, float]:
    """The same numbers as `FiniteHive.summary` from so many compiled runs to consensus.

    Args:
        found: The chain, for how long the runs may take: 60 times as long as it expects.
        runs, seed: As for `ensemble`.
        arguments: The rule, the bandit and the population size, as for `finite_hive`.
        parameters: Its further keywords, without samples and seed.

    Raises:
        ValueError: The chain expects consensus to take more than 100,000 steps, or some run hasn't ended by then.
    """
    rule, bandit, population_size = arguments
    expected = float(found.consensus_times[found.start])
    if not expected <= 100_000.0:
        raise ValueError(f"runs must reach consensus, which takes {expected:.3g} steps here")
    options = (
        {"n_action": found.states.shape[1]} if isinstance(bandit, str) and bandit in BANDITS else {}
    )
    hive = {
        "rule": rule,
        "bandit": bandit,
        "population_size": population_size,
        "stop_if_end": True,
        **options,
        **parameters,
    }
    end = ensemble(Hive, hive, runs=runs, steps=int(60.0 * expected) + 60, seed=seed, keep="last")
    if not end["consensus"].all():
        raise ValueError(
            f"{(~end['consensus']).sum()} of {runs} runs were not in consensus after {60.0 * expected:.0f} steps"
        )
    row = _mean_and_error("consensus_time", end["Step"].to_numpy(float))
    for a in range(found.states.shape[1]):
        row |= _mean_and_error(
            f"consensus_probability_{a}", (end[f"share_{a}"] == 1.0).to_numpy(float)
        )
    return row


def _mean_and_error(name: str, values: np.ndarray) -> dict[str, float]:
    return {
        name: float(values.mean()),
        f"{name}_error": float(values.std(ddof=1)) / math.sqrt(values.size),
    }


def size_limit(population_size: int, n_action: int) -> int:
    """How many states the counts of N bees on K options have: N + K - 1 over K - 1.

    Raises:
        ValueError: More than 3,000.
    """
    n, k = population_size, n_action
    size = math.comb(n + k - 1, k - 1)
    if size > MOST_STATES:
        most = max(m for m in range(MOST_STATES) if math.comb(m + k - 1, k - 1) <= MOST_STATES)
        raise ValueError(
            f"population_size must be at most {most} for {k} options, not {n}: the counts would have {size} states, "
            f"and {MOST_STATES} are allowed"
        )
    return size


# ---------------------------------------------------------------------------------------------------------------------
# Large hives: a diffusion


@dataclass(frozen=True, eq=False)
class Diffusion:
    """A large hive on two options as a diffusion of x, the share of option 0.  Made by `diffusion`.

    Attributes:
        shares: x, from 0 to 1, closer together towards the ends, shape (G,).
        drift: m(x), the mean change of x in one step, shape (G,).
        variance: v(x), the variance of that change, shape (G,).
        consensus_probability: The probability to end in consensus on option 0 and on option 1, shape (G, 2).
        consensus_time: The expected number of steps to consensus, shape (G,).
    """

    shares: np.ndarray = field(repr=False)
    drift: np.ndarray = field(repr=False)
    variance: np.ndarray = field(repr=False)
    consensus_probability: np.ndarray = field(repr=False)
    consensus_time: np.ndarray = field(repr=False)

    def value(self, x: float = 0.5) -> dict[str, float]:
        """All of them at one share, the even start if none is given, interpolated.

        Returns:
            share, drift, variance, consensus_probability_0, consensus_probability_1, consensus_time.

        Raises:
            ValueError: x outside [0, 1].
        """
        if not 0.0 <= x <= 1.0:
            raise ValueError(f"x must be a share from 0 to 1, not {x!r}")
        columns = {
            "drift": self.drift,
            "variance": self.variance,
            "consensus_probability_0": self.consensus_probability[:, 0],
            "consensus_probability_1": self.consensus_probability[:, 1],
            "consensus_time": self.consensus_time,
        }
        return {"share": float(x)} | {
            name: float(np.interp(x, self.shares, column)) for name, column in columns.items()
        }


def diffusion(
    rule: Any = "wvoter",
    bandit: Any = "near one",
    population_size: int = 1000,
    *,
    neighbourhood: Any = "others",
    neighbourhood_size: int | str | None = None,
    samples: int | None = None,
    seed: Any = 1,
    **parameters: Any,
) -> Diffusion:
    """A large hive on two options as a diffusion with the drift m(x) and the variance v(x) of one step.

    The chance u(x) to end on an option solves m u' + v u'' / 2 = 0, the expected time T(x) solves m T' + v T'' / 2 = -1 (the
    backward Kolmogorov equation: Ewens, Mathematical Population Genetics, 2004, ch. 4), with the values of consensus at 0 and 1.
    Between neighbouring points of the grid m and v are taken as constant, for which the equation has a closed form.

    Good only where x changes little in a step: where m(x) is small beside the distance to both ends, as for options of nearly
    equal rewards.  (For 100 bees and rewards 0.50 and 0.52 the time is some 3 % above that of the chain.)  A rule that decides
    the hive within a few steps (R_majority, R_wvoter with very unequal rewards) is none of these.  The chance of an unlikely
    consensus, and the time to leave a stable mixture, as with congestion, are tails: there the relative error may be large.  Use
    `finite_hive` as far as it goes, or `ensemble`.

    m and v are closed forms where `finite_hive` has one; else they are estimated at up to 31 shares, and m / (x (1 - x)) and
    v / (x (1 - x)) interpolated linearly.  The result then has an error of chance, which other seeds show.

    Args:
        rule, bandit, population_size, neighbourhood, neighbourhood_size, samples, seed, parameters: As for `finite_hive`.

    Raises:
        ValueError, TypeError: Not two options, a hive that never moves at some share or takes over 1e290 steps, and as for
            `finite_hive`.
    """
    settings, parent = _settings(
        rule, bandit, population_size, neighbourhood, neighbourhood_size, samples, seed, parameters
    )
    n = settings.neighbourhood.population_size
    if settings.n_action != 2:
        raise ValueError(f"n_action must be 2 for a diffusion, not {settings.n_action}")
    if n < 3:
        raise ValueError(f"population_size must be at least 3 for a diffusion, not {n}")
    x = np.sin(np.linspace(0.0, np.pi / 2.0, _POINTS)) ** 2
    x[-1] = 1.0
    drift, variance = np.zeros((2, _POINTS))
    chances = _chances(settings)
    if chances is not None:
        for point, share in enumerate(x[1:-1], 1):
            counts = n * np.array([share, 1.0 - share])
            to_first = chances(counts)[:, 0]
            drift[point] = counts @ to_first / n - share
            variance[point] = counts @ (to_first * (1.0 - to_first)) / n**2
    else:
        _check_consensus(settings, parent)
        drift[1:-1], variance[1:-1] = _estimated_moments(settings, samples, parent, x[1:-1])
    if ((drift == 0.0) & (variance == 0.0))[1:-1].any():
        still = x[1:-1][((drift == 0.0) & (variance == 0.0))[1:-1]][0]
        raise ValueError(
            f"rule must move the hive at every share; at a share of {still:.3g} for option 0 this one does not"
        )
    probability, time = np.zeros((_POINTS, 2)), np.zeros(_POINTS)
    probability[0], probability[-1] = (0.0, 1.0), (1.0, 0.0)
    ends = _diffuse(x, drift[1:-1], variance[1:-1])
    probability[1:-1], time[1:-1] = ends[:, :2], ends[:, 2]
    return Diffusion(x, drift, variance, probability, time)


def _estimated_moments(
    settings: HiveSettings, samples: int | None, parent: RunSeed, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Drift and variance at shares x inside (0, 1), shape (G,) both."""
    n = settings.neighbourhood.population_size
    firsts = np.unique(np.rint(np.linspace(1, n - 1, min(_PLACES, n - 1))).astype(np.int64))
    many = samples if samples is not None else max(_CHECKS, _EFFORT // (firsts.size * (n + _HIVE)))
    moments = np.empty((2, firsts.size))
    for place, first in enumerate(firsts):
        counts = np.array([first, n - first])
        share = _landed(settings, counts, many, parent.child(place))[:, 0] / n
        moments[:, place] = share.mean() - first / n, share.var(ddof=1)
    known = firsts / n
    drift, variance = (
        np.interp(x, known, moment / (known * (1.0 - known))) * x * (1.0 - x) for moment in moments
    )
    return drift, variance


def _diffuse(x: np.ndarray, drift: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Probabilities to end at 1 and at 0, and the time until then, from each x but the first and last, shape (G - 2, 3)."""
    down, up = np.diff(x)[:-1], np.diff(x)[1:]
    with np.errstate(divide="ignore"):
        pull = 2.0 * drift / variance
    upwards, downwards = _first_exit(pull, down, up), _first_exit(-pull, up, down)
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # the chances' digits are lost where the drift hardly counts
        stay = np.where(
            np.abs(pull) * (down + up) < 1e-5,
            down * up / variance,
            (upwards * up - downwards * down) / drift,
        )
    inner = np.diag(upwards[:-1], 1) + np.diag(downwards[1:], -1)
    outer = np.zeros((len(stay), 3))
    outer[-1, 0], outer[0, 1], outer[:, 2] = upwards[-1], downwards[0], stay
    return _leave(inner, outer)


def _first_exit(pull: np.ndarray, behind: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """The chance to get `ahead` before `behind` for a drift that is `pull` times half the variance."""
    even = np.abs(pull) * (behind + ahead) < 1e-12
    size = np.where(even, 1.0, np.abs(pull))
    chance = np.expm1(-size * behind) / np.expm1(-size * (behind + ahead))
    return np.where(
        even, behind / (behind + ahead), chance * np.where(pull < 0.0, np.exp(-size * ahead), 1.0)
    )


# ---------------------------------------------------------------------------------------------------------------------
# The chances of one step


def _settings(
    rule: Any,
    bandit: Any,
    population_size: int,
    neighbourhood: Any,
    neighbourhood_size: Any,
    samples: int | None,
    seed: Any,
    parameters: dict[str, Any],
) -> tuple[HiveSettings, RunSeed]:
    for name in ("initial_shares", "stop_if_end", "agent_reporters", "rng"):
        if name in parameters:
            raise TypeError(
                f"{name} fits nothing here: the chain covers every start, and ends at consensus"
            )
    if isinstance(bandit, str) and bandit in BANDITS:
        parameters = {"n_action": 2} | parameters
    settings = Hive.settings(
        rule=rule,
        bandit=bandit,
        population_size=population_size,
        neighbourhood=neighbourhood,
        neighbourhood_size=neighbourhood_size,
        **parameters,
    )
    if settings.neighbourhood.kind in (NETWORK, NETWORK_SAMPLE):
        raise ValueError(
            "neighbourhood must be 'others', 'groups' or 'everyone', not a network: "
            "there it matters who holds what, not only how many do"
        )
    if samples is not None and (
        isinstance(samples, bool) or not isinstance(samples, int | np.integer) or samples < 2
    ):
        raise ValueError(f"samples must be a whole number of at least 2 or None, not {samples!r}")
    if seed is None:
        raise ValueError(
            "seed must be a whole number of at least 0, not None: it names the samples"
        )
    return settings, seed_sequence(seed, "seed")


def _chances(settings: HiveSettings) -> Callable[[np.ndarray], np.ndarray] | None:
    """A function of the counts (K,) to the chance [a, b] that a bee on a holds b next, (K, K); None where none is known."""
    rule, bandit, kind = settings.rule, settings.bandit, settings.neighbourhood.kind
    n, k = settings.neighbourhood.population_size, settings.n_action
    if not _noiseless(bandit):
        return None

    def weights(counts: np.ndarray) -> np.ndarray:
        """The summed payoff on b that a bee on a may hear."""
        return np.maximum(counts - np.eye(k), 0.0) * np.clip(
            bandit.expected_rewards(counts / n), 0.0, 1.0
        )

    def success(counts: np.ndarray) -> np.ndarray:
        chances = weights(counts) / max(n - 1, 1)
        return chances + np.diag(np.maximum(1.0 - chances.sum(axis=1), 0.0))

    def wvoter(counts: np.ndarray) -> np.ndarray:
        heard = weights(counts)
        total = heard.sum(axis=1, keepdims=True)
        return np.where(total > 0.0, heard / np.where(total > 0.0, total, 1.0), np.eye(k))

    # a subclass may decide otherwise
    if type(rule) is ImitationOfSuccess and not rule.deterministic and kind in (OTHERS, SAMPLE):
        return success  # one of a random M of the others is one of the others
    if type(rule) is WeightedVoterRule and rule.switch == "bee" and kind == OTHERS:
        return wvoter
    return None


def _noiseless(bandit: Bandit) -> bool:
    return type(bandit) in (BanditLinear, BanditCongestion) and bandit.gap == 0.0  # type: ignore[attr-defined]


def _states(n: int, k: int) -> np.ndarray:
    """All counts of n bees on k options, shape (S, k), in lexicographic order."""
    first = np.indices((n + 1,) * (k - 1)).reshape(k - 1, -1).T
    first = first[first.sum(axis=1) <= n]
    return np.column_stack([first, n - first.sum(axis=1)]).astype(np.int64)


def _codes(counts: np.ndarray, n: int) -> np.ndarray:
    """Counts of at most n bees as one number each, so that the code of a sum is the sum of the codes; shape (..., K) to (...)."""
    return counts[..., :-1] @ (n + 1) ** np.arange(counts.shape[-1] - 2, -1, -1)


def _next_counts(counts: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """The chance of each state after one step, shape (S,): multinomials of those who held each option, convolved."""
    n, k = int(counts.sum()), len(counts)
    summed = np.ones(1)
    for held, chance in zip(counts.tolist(), chances, strict=True):
        parts = _states(held, k)
        log = special.gammaln(held + 1) + (
            special.xlogy(parts, chance) - special.gammaln(parts + 1)
        ).sum(axis=1)
        codes = _codes(parts, n)
        of_these = np.zeros(codes[-1] + 1)
        of_these[codes] = np.exp(log)
        summed = np.convolve(summed, of_these)
    row = summed[_codes(_states(n, k), n)]
    return row / row.sum()


def _landed(settings: HiveSettings, counts: np.ndarray, samples: int, seed: RunSeed) -> np.ndarray:
    """The counts after one step from these counts, shape (samples, K)."""
    n = settings.neighbourhood.population_size
    here = dataclasses.replace(settings, initial_shares=tuple((counts / n).tolist()))
    at_once, landed = max(1, _BATCH // n), []
    for first in range(0, samples, at_once):
        batch = here.batch(
            RunSeeds(seed_sequence(seed), range(first, min(first + at_once, samples)))
        )
        batch.advance(1)
        landed.append(np.rint(batch.shares * n).astype(np.int64))
    return np.concatenate(landed)


def _check_consensus(settings: HiveSettings, parent: RunSeed) -> None:
    n, k = settings.neighbourhood.population_size, settings.n_action
    for option, counts in enumerate(n * np.eye(k, dtype=np.int64)):
        if (
            _landed(settings, counts, _CHECKS, parent.child(MOST_STATES + 1 + option)) != counts
        ).any():
            raise ValueError(
                f"rule must keep to consensus, as imitation does; {type(settings.rule).__name__} has left the one on option "
                f"{option}, so there is no end whose probability or time could be told"
            )


# ---------------------------------------------------------------------------------------------------------------------
# What follows from the chances


def _ends_of(states: np.ndarray, transition: np.ndarray) -> np.ndarray:
    """The probability of each consensus and the expected time until any, from each state, shape (S, K + 1)."""
    k, n = states.shape[1], states[0].sum()
    consensus = [int(np.flatnonzero(states[:, a] == n)[0]) for a in range(k)]
    found = np.zeros((len(states), k + 1))
    found[consensus, range(k)] = 1.0
    can_end = np.zeros(len(states), bool)
    can_end[consensus] = True
    while (more := (transition[:, can_end] > 0.0).any(axis=1) & ~can_end).any():
        can_end |= more
    found[~can_end, -1] = np.inf
    can_end[consensus] = False
    inner = np.flatnonzero(can_end)
    if inner.size:
        rows, never = transition[inner], found[:, -1] == np.inf
        outer = np.column_stack(
            [rows[:, consensus], rows[:, never].sum(axis=1), np.ones(inner.size)]
        )
        left = _leave(rows[:, inner], outer)
        found[inner, :k] = left[:, :k]
        found[inner, k] = np.where(left[:, k] > 0.0, np.inf, left[:, k + 1])
    return found


def _leave(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Where a chain leaves a set of states, (I - inner)^-1 outer, without a subtraction, so that no digits are lost.

    Half of the states are passed over at a time: what they lead to is added to what leads to them.

    Args:
        inner: Chances within the set, shape (S, S); its diagonal is not used, a row's other chances say what it must be.
        outer: Chances to leave it, a column for each way out, then what a visit costs in time, shape (S, M + 1).

    Returns:
        The probability of each way out and the expected cost until then, shape (S, M + 1).

    Raises:
        ValueError: It takes longer than numbers can say.
    """
    size = len(outer)
    if size == 1:
        leaves = outer[:, :-1].sum()
        if leaves < _LEAST * max(outer[0, -1], 1.0):
            raise ValueError(
                f"population_size must be smaller here: consensus would take more than {1 / _LEAST:.0e} steps"
            )
        return outer / leaves
    half = size // 2
    passed = _leave(inner[:half, :half], np.hstack([inner[:half, half:], outer[:half]]))
    to_rest, out = passed[:, : size - half], passed[:, size - half :]
    back = inner[half:, :half]
    rest = _leave(inner[half:, half:] + back @ to_rest, outer[half:] + back @ out)
    return np.vstack([out + to_rest @ rest, rest])
