"""Many hives with the same rule, bandit and neighbourhood, stepped together.

`Hive` shows one of them as a Mesa model, `ensemble` runs thousands; both step here, so both get the same numbers.  A step is two
passes over the bees: all decide and adopt, then all pull.  Each pass is compiled once per rule or bandit, or run as plain Python.
"""

import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numba import types

from hivemind_abm.bandits import ROUNDING, Bandit
from hivemind_abm.compiler import CannotCompile, Fields, compile_loop, compiled, four_words, must_return, sixty_four_words
from hivemind_abm.neighbours import BeeState, Neighbourhood, Neighbours, Scratch, of_hive
from hivemind_abm.randomness import Stream, give_back, lend, seed_sequence, stream_on
from hivemind_abm.recorded import starting_shares
from hivemind_abm.rules import ImitationRule

__all__ = ["HiveBatch", "counts_of_shares"]


def counts_of_shares(initial_shares: Any, population_size: int, n_action: int) -> np.ndarray:
    """How many bees start with each option, shape (K,): as even as N allows, or the nearest to given shares.

    The first N mod K options get one bee more; with `initial_shares`, those with the largest remainders do.

    Raises:
        ValueError: Shares that aren't K numbers of at least 0 that sum to 1.
    """
    shares = starting_shares(initial_shares, n_action)
    exact = np.round(shares * population_size, 9)
    counts = np.floor(exact).astype(np.int64)
    missing = population_size - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return counts


class HiveBatch:
    """R hives of N bees and K options.

    Args:
        rule: The rule, an instance.
        bandit: The bandit, an instance.
        neighbourhood: Whom a bee hears.
        seeds: One a hive, whatever `seed_sequence` takes.
        initial_shares: K numbers that sum to 1, or None for even shares.
        stop_if_end: Stop a hive at consensus.
        compiled: Run machine code; False runs plain Python, which gives the same numbers.

    Attributes:
        opinions: Shape (R, N), dtype int32.
        payoffs: Payoffs pulled with these opinions, shape (R, N).
        shares: x, shape (R, K).
        measures: One row a hive, shape (R, K + 3), in the order of `recorded.measure_names`.
        running: False for a stopped hive, shape (R,).
        reasons: Why the "rule" or the "bandit" runs interpreted although it was to be compiled.
    """

    def __init__(
        self,
        rule: ImitationRule,
        bandit: Bandit,
        neighbourhood: Neighbourhood,
        seeds: Sequence[Any],
        initial_shares: Any = None,
        stop_if_end: bool = False,
        compiled: bool = True,
    ) -> None:
        hives, n, k = len(seeds), neighbourhood.population_size, bandit.n_action
        self.rule, self.bandit, self.neighbourhood = rule, bandit, neighbourhood
        self.stop_if_end = stop_if_end
        self.opinions = np.empty((hives, n), np.int32)
        self.payoffs = np.zeros((hives, n))
        self.shares = np.zeros((hives, k))
        self.measures = np.zeros((hives, k + 3))
        self.running = np.ones(hives, np.bool_)
        self._streams = np.array([seed_sequence(seed).generate_state(4, np.uint64) for seed in seeds])
        self._scratch = Scratch.of(neighbourhood, k)
        self._adopted = np.zeros(n, np.int32)
        self._optimal = _optimal_options(bandit) if _is_hashable(bandit) else np.asarray(bandit.optimal_options(), np.int64)
        self.reasons: dict[str, str] = {}
        self._decide = self._compile("rule", rule, "decide", _decide_loop, _DECIDE) if compiled else None
        self._pull = self._compile("bandit", bandit, "pull", _pull_loop, _PULL) if compiled else None
        self._settle(counts_of_shares(initial_shares, n, k))
        self._pull_all()

    def _compile(
        self, part: str, instance: Any, method: str, loop: Any, signature: Any
    ) -> tuple[Fields, Callable[..., int]] | None:
        try:
            return Fields.of(instance, method), compile_loop(loop, instance, method, signature)
        except CannotCompile as reason:
            self.reasons[part] = str(reason)
            _warn_once(f"{type(instance).__name__}.{method} runs interpreted, not compiled: {reason}")
            return None

    def _settle(self, counts: np.ndarray) -> None:
        n = self.opinions.shape[1]
        rounds = [a for turn in range(int(counts.max(initial=0))) for a in np.flatnonzero(counts > turn)]
        self.opinions[:] = np.array(rounds, np.int32) if n else 0
        if self.neighbourhood.starts.size:  # on a network it matters where an opinion starts
            for opinions, state in zip(self.opinions, self._streams, strict=True):
                _shuffle(opinions, state)

    @property
    def way(self) -> dict[str, str]:
        """How the rule and the bandit run: "compiled" or "interpreted"."""
        passes = {"rule": self._decide, "bandit": self._pull}
        return {part: "interpreted" if run is None else "compiled" for part, run in passes.items()}

    def step(self) -> None:
        """One synchronous step of all hives that run.

        Raises:
            ValueError, TypeError: The rule or the bandit broke its contract; a hive that is alone is as it was before the step.
        """
        alone = len(self._streams) == 1
        state: tuple[np.ndarray, ...] = (self._streams, self.opinions, self.payoffs, self.shares)
        before = [array.copy() for array in state] if alone else []
        try:
            self._decide_all()
            self._pull_all()
        except Exception:
            for array, old in zip(state, before, strict=False):
                array[:] = old
            raise

    def _decide_all(self) -> None:
        if self._decide is not None:
            fields, run = self._decide
            bad = run(
                fields.integers,
                fields.reals,
                self.opinions,
                self.payoffs,
                self._scratch,
                self._streams,
                self.running,
                self._adopted,
            )
        else:
            bad = _decide_interpreted(
                self.rule, self.opinions, self.payoffs, self._scratch, self._streams, self.running, self._adopted
            )
        if bad >= 0:
            raise ValueError(
                f"{type(self.rule).__name__}.decide returned opinion {self._adopted[bad]} for bee {bad}; "
                f"an opinion must be 0 to {self.bandit.n_action - 1}"
            )

    def _pull_all(self) -> None:
        state = (self.opinions, self.payoffs, self.shares, self._streams, self.running)
        if self._pull is not None:
            fields, run = self._pull
            bad = run(fields.integers, fields.reals, *state)
        else:
            bad = _pull_interpreted(self.bandit, *state)
        if bad >= 0:
            option, reward = self.opinions.flat[bad], self.payoffs.flat[bad]
            raise ValueError(
                f"{type(self.bandit).__name__}.pull returned reward {reward} for option {option}; a reward must lie in [0, 1]"
            )
        _measure(self.opinions, self.payoffs, self.shares, self._optimal, self.measures, self.running, self.stop_if_end)


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


@lru_cache(maxsize=256)
def _warn_once(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=5)


@lru_cache(maxsize=256)
def _optimal_options(bandit: Bandit) -> np.ndarray:
    return np.asarray(bandit.optimal_options(), np.int64)


# ---------------------------------------------------------------------------------------------------------------------
# The passes

_ints, _reals = types.int64[::1], types.float64[::1]
_opinions, _payoffs = types.int32[:, ::1], types.float64[:, ::1]
_streams, _running = types.uint64[:, ::1], types.boolean[::1]
_scratch = types.NamedTuple(
    (
        types.int32[::1],
        types.int32[::1],
        types.int32[::1],
        _reals,
        _reals,
        _ints,
        _reals,
        _ints,
        _ints,
        types.int32[::1],
        _ints,
    ),
    Scratch,
)
_DECIDE = types.int64(_ints, _reals, _opinions, _payoffs, _scratch, _streams, _running, types.int32[::1])
_PULL = types.int64(_ints, _reals, _opinions, _payoffs, _payoffs, _streams, _running)


_opinion = must_return("an opinion, a whole number", (types.Integer, types.IntegerLiteral))
_reward = must_return("a reward, a number", (types.Float, types.Integer, types.IntegerLiteral, types.Boolean))


def _decide_loop(decide: Any, build: Any) -> Callable[..., int]:
    def loop(integers, reals, opinions, payoffs, scratch, streams, running, adopted):
        rule = build(integers, reals)
        n, k = opinions.shape[1], scratch.sums.size
        for hive in range(opinions.shape[0]):
            if not running[hive]:
                continue
            mine, paid = opinions[hive], payoffs[hive]
            rng = lend(streams, 4 * hive, four_words())
            whole = of_hive(mine, paid, scratch).begin(rng)
            for place in range(n):
                neighbours = whole.listen(place, rng)
                bee = neighbours._me
                opinion = _opinion(decide(rule, BeeState(np.int64(mine[bee]), paid[bee]), neighbours, rng))
                adopted[bee] = opinion
                if opinion < 0 or opinion >= k:
                    return bee
            for bee in range(n):
                mine[bee] = adopted[bee]
            give_back(streams, 4 * hive, rng)
        return -1

    return loop


def _decide_interpreted(
    rule: ImitationRule,
    opinions: np.ndarray,
    payoffs: np.ndarray,
    scratch: Scratch,
    streams: np.ndarray,
    running: np.ndarray,
    adopted: np.ndarray,
) -> int:
    n, k = opinions.shape[1], scratch.sums.size
    for hive in np.flatnonzero(running):
        rng = Stream.on(streams[hive])
        neighbours = Neighbours(opinions[hive], payoffs[hive], scratch, rng)
        for place in range(n):
            bee, state = neighbours.listen(place, rng)
            opinion = rule.decide(state, neighbours, rng)
            if isinstance(opinion, bool) or not isinstance(opinion, int | np.integer):
                raise TypeError(f"{type(rule).__name__}.decide must return an opinion, a whole number, not {opinion!r}")
            if not 0 <= opinion < k:
                adopted[bee] = np.clip(opinion, -(2**31), 2**31 - 1)
                return bee
            adopted[bee] = opinion
        opinions[hive] = adopted
    return -1


def _pull_loop(pull: Any, build: Any) -> Callable[..., int]:
    def loop(integers, reals, opinions, payoffs, shares, streams, running):
        bandit = build(integers, reals)
        n = opinions.shape[1]
        for hive in range(opinions.shape[0]):
            if not running[hive]:
                continue
            mine, paid, x = opinions[hive], payoffs[hive], shares[hive]
            rng = lend(streams, 4 * hive, four_words())
            count_shares(mine, x)
            for bee in range(n):
                reward = _reward(pull(bandit, np.int64(mine[bee]), x, rng))
                paid[bee] = reward
                if not 0.0 <= reward <= 1.0:
                    if not -ROUNDING <= reward <= 1.0 + ROUNDING:
                        return hive * n + bee
                    paid[bee] = min(max(reward, 0.0), 1.0)
            give_back(streams, 4 * hive, rng)
        return -1

    return loop


def _pull_interpreted(
    bandit: Bandit, opinions: np.ndarray, payoffs: np.ndarray, shares: np.ndarray, streams: np.ndarray, running: np.ndarray
) -> int:
    n = opinions.shape[1]
    for hive in np.flatnonzero(running):
        rng = Stream.on(streams[hive])
        count_shares(opinions[hive], shares[hive])
        for bee in range(n):
            reward = bandit.pull(int(opinions[hive, bee]), shares[hive], rng)
            if not isinstance(reward, bool | int | float | np.number | np.bool_):
                raise TypeError(f"{type(bandit).__name__}.pull must return a reward, a number, not {reward!r}")
            payoffs[hive, bee] = reward
            if not -ROUNDING <= reward <= 1.0 + ROUNDING:
                return int(hive) * n + bee
            payoffs[hive, bee] = min(max(reward, 0.0), 1.0)
    return -1


@compiled
def count_shares(opinions, shares):
    """The share of each option, into `shares`."""
    n, k = opinions.size, shares.size
    if k > 16:
        shares[:] = 0.0
        for opinion in opinions:
            shares[opinion] += 1.0
    else:  # four counters an option, so that bees of one opinion in a row don't wait for each other
        counters = sixty_four_words()
        for i in range(4 * k):
            counters[i] = 0
        for bee in range(n):
            counters[4 * np.int64(opinions[bee]) + (bee & 3)] += np.uint64(1)
        for option in range(k):
            i = 4 * option
            shares[option] = counters[i] + counters[i + 1] + counters[i + 2] + counters[i + 3]
    for option in range(k):
        shares[option] /= n


@compiled
def _measure(opinions, payoffs, shares, optimal, measures, running, stop_if_end):
    n, k = opinions.shape[1], shares.shape[1]
    for hive in range(opinions.shape[0]):
        if not running[hive]:
            continue
        row, paid = measures[hive], payoffs[hive]
        row[0] = 0.0
        for option in optimal:
            row[0] += shares[hive, option]
        a = b = c = d = 0.0
        for bee in range(0, n - 3, 4):
            a, b, c, d = a + paid[bee], b + paid[bee + 1], c + paid[bee + 2], d + paid[bee + 3]
        for bee in range(n - n % 4, n):
            a += paid[bee]
        row[1] = ((a + b) + (c + d)) / n
        end = False
        for option in range(k):
            row[2 + option] = shares[hive, option]
            end = end or shares[hive, option] == 1.0
        row[2 + k] = end
        running[hive] = not (stop_if_end and end)


@compiled
def _shuffle(opinions, state):
    rng = stream_on(state, 0)
    for i in range(opinions.size - 1, 0, -1):
        j = rng.integers(i + 1)
        opinions[i], opinions[j] = opinions[j], opinions[i]
