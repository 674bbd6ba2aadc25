"""Small hives without runs: the Markov chain of a hive's counts.

Knows: the chain's transition matrix, and its errors where the chances of one step are sampled.
Does not know: the chances of one step (`one_step`), how a chain ends (`absorption`), runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.hives.batch import counts_of_shares
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.results import Result
from hivemind_abm.theory.absorption import Ends, ends_of
from hivemind_abm.theory.counts import all_counts, codes, number_of_states
from hivemind_abm.theory.one_step import (
    check_consensus,
    checked_settings,
    closed_form_chances,
    default_samples,
    next_counts,
    sampled_counts,
)

__all__ = ["FiniteHive", "finite_hive"]

RESAMPLES = 200  # of the bootstrap


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
) -> "FiniteHive":
    """The Markov chain of the counts of a hive of N bees on K = 2 or 3 options.

    All bees pull in each step, and bees differ only in option and payoff, so the next counts depend
    on the counts alone.  (This does not hold for a rule that distinguishes its neighbours by their
    index, such as `neighbours[0]`.)

    The chain is exact where the rule knows its chances in closed form (`rule.one_step_chances`) and
    rewards have no noise (`bandit.deterministic`).  These are R_success and R_wvoter with
    switch="bee" and all others heard, on BanditLinear and BanditCongestion with gap=0.  Otherwise
    the chain is estimated: `samples` hives make one step from each state.

    Args:
        rule: As for `Hive`.
        bandit: As for `Hive`.  One with a built-in name has two options by default.
        population_size: N.
        neighbourhood: As for `Hive`, but not a network: there it matters who holds what.
        neighbourhood_size: As for `Hive`.
        samples: Steps from each state, where they are needed, at least 2.  None for as many as take
            some seconds with a compiled rule.
        seed: The number that names the samples, or whatever `seed_sequence` takes.
        parameters: As for `Hive`.

    Raises:
        ValueError, TypeError: Other than 2 or 3 options, more than 3,000 states, a network, a rule
            that leaves consensus, and as for `Hive`.
    """
    settings, parent = checked_settings(
        rule, bandit, population_size, neighbourhood, neighbourhood_size, samples, seed, parameters
    )
    n, k = settings.neighbourhood.population_size, settings.n_action
    if k not in (2, 3):
        raise ValueError(f"n_action must be 2 or 3 for the chain of a hive's counts, not {k}")
    number_of_states(n, k)
    states, chances = all_counts(n, k), closed_form_chances(settings)
    if chances is None:
        return _sampled_chain(settings, states, samples, parent)
    transition = np.stack([next_counts(counts, chances(counts)) for counts in states])
    return FiniteHive(states, transition, np.zeros_like(transition), True, 0, parent)


@dataclass(frozen=True, eq=False, repr=False)
class FiniteHive(Result):
    """The Markov chain of a hive's counts n = (n_0 .. n_K-1), with S states.

    `finite_hive` makes it.  Times are in steps.  What follows from the chain loses no digits,
    however long consensus takes.

    Attributes:
        states: The counts, shape (S, K), int64, in lexicographic order.  Each row sums to N.
        transition: [s, t] is the chance to go from state s to state t in one step, shape (S, S).
            Each row sums to 1.
        error: The standard error of each of these chances, shape (S, S); 0 in closed form.  It is
            also 0 where no sample has arrived.  Such a chance is at most a few times 1 / samples.
        exact: Whether `transition` is a closed form.
        samples: The number of steps sampled from each state that is not consensus; 0 in closed
            form.
        seed: The seed of the bootstrap.
    """

    states: np.ndarray
    transition: np.ndarray
    error: np.ndarray
    exact: bool
    samples: int
    seed: RunSeed

    @property
    def start(self) -> int:
        """The state that a `Hive` starts in, as an index: as even as N allows.

        The first options get the bees that are left over.
        """
        even = counts_of_shares(None, int(self.states[0].sum()), self.states.shape[1])
        return int(np.flatnonzero((self.states == even).all(axis=1))[0])

    @property
    def consensus_probabilities(self) -> np.ndarray:
        """The probability to end in consensus on each option, from each state, shape (S, K).

        A row sums to less than 1 where the hive may never end.  Two bees that hear only each other
        are an example.
        """
        return self._ends.probabilities

    @property
    def consensus_times(self) -> np.ndarray:
        """The expected number of steps to consensus from each state, shape (S,).

        Infinity where the hive may never end.
        """
        return self._ends.times

    @property
    def consensus_probability_errors(self) -> np.ndarray:
        """Standard errors of `consensus_probabilities`, shape (S, K).

        See `consensus_time_errors`.
        """
        return self._end_errors.probabilities

    @property
    def consensus_time_errors(self) -> np.ndarray:
        """Standard errors of `consensus_times`, shape (S,); 0 in closed form.

        They come from 200 bootstrap resamples of all rows (Efron, Ann. Stat. 7, 1979), and take 200
        times as long as the times.  Infinity where the hive never ends in some resample: the
        samples are then too few.
        """
        return self._end_errors.times

    def table(self) -> pd.DataFrame:
        """How the hive ends, one row per state.

        Columns: count_a and consensus_probability_a with its error for each option a,
        consensus_time and its error.
        """
        columns = {f"count_{a}": counts for a, counts in enumerate(self.states.T)}
        return pd.DataFrame(columns | self._ends_at(slice(None)))

    def summary(self) -> dict[str, Any]:
        """How the hive ends from the even start, as one row of a table.

        Returns:
            population_size, counts (at the start), exact, samples; for each option a
            consensus_probability_a and consensus_probability_a_error; consensus_time and
            consensus_time_error, in steps.
        """
        counts = tuple(self.states[self.start].tolist())
        row = {
            "population_size": sum(counts),
            "counts": counts,
            "exact": self.exact,
            "samples": self.samples,
        }
        return row | {name: float(value) for name, value in self._ends_at(self.start).items()}

    @property
    def title(self) -> str:
        """The first words of all that is shown."""
        n, k = int(self.states[0].sum()), self.states.shape[1]
        return f"FiniteHive: {n} bees on {k} options"

    def __repr__(self) -> str:
        """The chain in one line, without its ends, which take long for a large chain."""
        source = "closed form" if self.exact else f"{self.samples} samples per state"
        return f"<{self.title}, {len(self.states)} states, {source}>"

    def _ends_at(self, states: int | slice) -> dict[str, Any]:
        """How the hive ends from one state or several, by name."""
        columns: dict[str, Any] = {}
        for a in range(self.states.shape[1]):
            name = f"consensus_probability_{a}"
            columns[name] = self.consensus_probabilities[states, a]
            columns[f"{name}_error"] = self.consensus_probability_errors[states, a]
        columns["consensus_time"] = self.consensus_times[states]
        columns["consensus_time_error"] = self.consensus_time_errors[states]
        return columns

    @cached_property
    def _ends(self) -> Ends:
        return ends_of(self.states, self.transition)

    @cached_property
    def _end_errors(self) -> Ends:
        if self.exact:
            return Ends(*(np.zeros_like(values) for values in self._ends))
        rng = np.random.default_rng(self.seed)
        resampled = [
            ends_of(self.states, rng.multinomial(self.samples, self.transition) / self.samples)
            for _ in range(RESAMPLES)
        ]
        return Ends(*map(_standard_deviations, zip(*resampled, strict=True)))


def _standard_deviations(resampled: Sequence[np.ndarray]) -> np.ndarray:
    """The standard deviation of each entry; infinity where any resample has infinity."""
    values = np.stack(resampled)
    finite = np.isfinite(values).all(axis=0)
    return np.where(finite, np.where(finite, values, 0.0).std(axis=0, ddof=1), np.inf)


def _sampled_chain(
    settings: HiveSettings, states: np.ndarray, samples: int | None, parent: RunSeed
) -> FiniteHive:
    """The chain with chances that are estimated from samples."""
    size, n, k = len(states), settings.neighbourhood.population_size, settings.n_action
    if samples is None:
        samples = default_samples(size, n)
    row_of = np.zeros((n + 1) ** (k - 1), np.int64)
    row_of[codes(states, n)] = np.arange(size)
    check_consensus(settings, parent)
    transition = np.eye(size)
    for state in np.flatnonzero(states.max(axis=1) < n):
        counts = sampled_counts(settings, states[state], samples, parent.child(int(state)))
        transition[state] = np.bincount(row_of[codes(counts, n)], minlength=size) / samples
    error = np.sqrt(transition * (1.0 - transition) / samples)
    return FiniteHive(states, transition, error, False, samples, parent.child(size))
