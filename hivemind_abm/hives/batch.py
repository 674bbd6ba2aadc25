"""Many hives with the same rule, bandit and neighbourhood, stepped together.

`Hive` shows one of them as a Mesa model, `ensemble` runs thousands; both step here, so both get the same numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import types

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.batch import PullingBatch
from hivemind_abm.engine.loops import compiled, four_words, must_return, sixty_four_words
from hivemind_abm.engine.record import starting_shares
from hivemind_abm.engine.stream import Stream, give_back, lend, stream_on
from hivemind_abm.hives.neighbours import BeeState, Neighbourhood, Neighbours, Scratch, of_hive
from hivemind_abm.hives.rules import ImitationRule

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


_opinion = must_return("an opinion, a whole number", (types.Integer, types.IntegerLiteral))


def _decide_loop(decide: Any, build: Any) -> Callable[..., int]:
    def loop(integers, reals, opinions, payoffs, shares, streams, running, scratch):
        rule = build(integers, reals)
        n, k = opinions.shape[1], scratch.sums.size
        for hive in range(opinions.shape[0]):
            if not running[hive]:
                continue
            mine, paid, adopted = opinions[hive], payoffs[hive], scratch.adopted
            rng = lend(streams, 4 * hive, four_words())
            whole = of_hive(mine, paid, scratch).begin(rng)
            for place in range(n):
                neighbours = whole.listen(place, rng)
                bee = neighbours._me
                opinion = _opinion(
                    decide(rule, BeeState(np.int64(mine[bee]), paid[bee]), neighbours, rng)
                )
                adopted[bee] = opinion
                if opinion < 0 or opinion >= k:
                    return bee
            for bee in range(n):
                mine[bee] = adopted[bee]
            count_shares(mine, shares[hive])
            give_back(streams, 4 * hive, rng)
        return -1

    return loop


class HiveBatch(PullingBatch):
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
    """

    what = "rule"
    method = "decide"
    loop = _decide_loop
    work_type = types.NamedTuple(
        (
            types.int32[::1],
            types.int32[::1],
            types.int32[::1],
            types.int64[::1],
            types.float64[::1],
            types.float64[::1],
            types.int64[::1],
            types.float64[::1],
            types.int64[::1],
            types.int64[::1],
            types.int32[::1],
            types.int64[::1],
            types.int32[::1],
        ),
        Scratch,
    )

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
        n, k = neighbourhood.population_size, bandit.n_action
        super().__init__(
            rule, bandit, n, seeds, Scratch.of(neighbourhood, k), stop_if_end, compiled
        )
        self.rule, self.neighbourhood, self.opinions = rule, neighbourhood, self.options
        self._settle(initial_shares)
        self._pull_once()

    def _settle(self, initial_shares: Any) -> None:
        """What the runs start with."""
        n = self.opinions.shape[1]
        counts = counts_of_shares(initial_shares, n, self.bandit.n_action)
        rounds = [
            a for turn in range(int(counts.max(initial=0))) for a in np.flatnonzero(counts > turn)
        ]
        self.opinions[:] = np.array(rounds, np.int32) if n else 0
        self.shares[:] = counts / n
        if self.neighbourhood.starts.size:  # on a network it matters where an opinion starts
            for opinions, state in zip(self.opinions, self._streams, strict=True):
                _shuffle(opinions, state)

    def decided(self, counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The shares after one decision of bees of which so many hold each option.

        Args:
            counts: Bees of each option in each hive, shape (R, K), each row sums to N.
            shares: What the bandit takes for the shares when they pull, shape (K,).

        Returns:
            Shares of the options decided for, shape (R, K).  The hives are of no further use.
        """
        for opinions, held in zip(self.opinions, counts, strict=True):
            opinions[:] = np.repeat(np.arange(held.size, dtype=np.int32), held)
        self.shares[:], self.running[:] = shares, True
        self._pull_once()
        self.running[:] = True
        self._choose_once()
        return self.shares.copy()

    def _choose_interpreted(self) -> int:
        n, k = self.opinions.shape[1], self.bandit.n_action
        adopted = self._work.adopted
        for hive in np.flatnonzero(self.running):
            rng = Stream.on(self._streams[hive])
            neighbours = Neighbours(self.opinions[hive], self.payoffs[hive], self._work, rng)
            for place in range(n):
                bee, state = neighbours.listen(place, rng)
                opinion = self.rule.decide(state, neighbours, rng)
                if isinstance(opinion, bool) or not isinstance(opinion, int | np.integer):
                    raise TypeError(
                        f"{type(self.rule).__name__}.decide must return an opinion, a whole number, not {opinion!r}"
                    )
                if not 0 <= opinion < k:
                    adopted[bee] = np.clip(opinion, -(2**31), 2**31 - 1)
                    return bee
                adopted[bee] = opinion
            self.opinions[hive] = adopted
            count_shares(self.opinions[hive], self.shares[hive])
        return -1

    def _complaint(self, bad: int) -> str:
        return (
            f"{type(self.rule).__name__}.decide returned opinion {self._work.adopted[bad]} for bee {bad}; "
            f"an opinion must be 0 to {self.bandit.n_action - 1}"
        )


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
def _shuffle(opinions, state):
    rng = stream_on(state, 0)
    for i in range(opinions.size - 1, 0, -1):
        j = rng.integers(i + 1)
        opinions[i], opinions[j] = opinions[j], opinions[i]
