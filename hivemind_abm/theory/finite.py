"""What the Markov chain of a small hive's counts says: its ends, its path and its long run.

Knows: what follows from the chances of one step or one event, and the errors where these are
sampled.  Does not know: where the chances come from (`chain`), how an end is solved (`absorption`,
`birth_death`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from hivemind_abm import checks
from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.hives.starting import counts_of_shares
from hivemind_abm.results import Result
from hivemind_abm.theory.absorption import Ends, ends_of, stationary
from hivemind_abm.theory.birth_death import ends_on_line, spread, stationary_on_line
from hivemind_abm.theory.counts import MOST_STATES
from hivemind_abm.theory.events import GroupEvents, OneBeeEvents, line_of

__all__ = ["FiniteHive"]

RESAMPLES = 200  # of the bootstrap


@dataclass(frozen=True, eq=False, repr=False)
class FiniteHive(Result):
    """The Markov chain of a hive's counts n = (n_0 .. n_K-1), with S states.

    `finite_hive` makes it.  Times are in steps.  What follows from the chain loses no digits,
    however long consensus takes.

    Attributes:
        states: The counts, shape (S, K), int64, in lexicographic order.  Each row sums to N.  In a
            hive of several rules they are the counts of the bees that may change.  Where bees may
            be uncommitted, a last column counts those.
        transition: [s, t] is the chance to go from state s to state t in one step, shape (S, S).
            Each row sums to 1.  In an asynchronous hive it is the chance of one event, as a sparse
            array where bees decide one at a time.
        error: The standard error of each of these chances, shape (S, S); 0 in closed form.  It is
            also 0 where no sample has arrived.  Such a chance is at most a few times 1 / samples.
        exact: Whether `transition` is a closed form.
        samples: The number of steps sampled from each state that is not consensus; 0 in closed
            form.
        seed: The seed of the bootstrap.
        updating: As for `Hive`.
        events_per_step: The number of events in a step of an asynchronous hive, else 1.
        fixed: The bees on each option that never change, in a hive of several rules; else empty.
        uncommitted: Whether bees may hold no option.
        estimate: The sampled decisions of an asynchronous hive, else None.
    """

    states: np.ndarray
    transition: np.ndarray | sparse.csr_array
    error: np.ndarray | sparse.csr_array
    exact: bool
    samples: int
    seed: RunSeed
    updating: str | float = "synchronous"
    events_per_step: int = 1
    fixed: tuple[int, ...] = ()
    uncommitted: bool = False
    estimate: OneBeeEvents | GroupEvents | None = None

    @property
    def n_action(self) -> int:
        """K, the number of options."""
        return self.states.shape[1] - self.uncommitted

    @property
    def population_size(self) -> int:
        """N, with the bees that never change."""
        return int(self.states[0].sum()) + sum(self.fixed)

    @property
    def start(self) -> int:
        """The state that a `Hive` starts in, as an index: as even as N allows.

        The first options get the bees that are left over.
        """
        even = np.zeros(self.states.shape[1], np.int64)
        even[: self.n_action] = counts_of_shares(None, int(self.states[0].sum()), self.n_action)
        return self.state_of(even)

    def state_of(self, counts: Any) -> int:
        """The state with these counts, as an index.

        Args:
            counts: As a row of `states`.

        Raises:
            ValueError: There is no such state.
        """
        places = np.flatnonzero((self.states == np.asarray(counts)).all(axis=1))
        if places.size != 1:
            raise ValueError(f"counts must be a row of `states`, not {counts!r}")
        return int(places[0])

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

        Infinity where the hive may never end.  In an asynchronous hive it is the expected number of
        events, `consensus_events`, divided by `events_per_step`.
        """
        return self._ends.times

    @property
    def consensus_events(self) -> np.ndarray:
        """The expected number of events to consensus from each state, shape (S,)."""
        return self._ends.times * self.events_per_step

    @cached_property
    def recorded_times(self) -> np.ndarray:
        """The expected number of the first row that shows consensus, from each state, shape (S,).

        A record has a row per step only, so in an asynchronous hive each time is rounded up to
        whole steps.

        Raises:
            ValueError: More than 3,000 states in an asynchronous hive.
        """
        if self.events_per_step == 1:
            return self.consensus_times
        if len(self.states) > MOST_STATES:
            raise ValueError(
                f"population_size must give at most {MOST_STATES} states for whole steps, "
                f"not {len(self.states)}"
            )
        of_a_step = np.linalg.matrix_power(_dense(self.transition), self.events_per_step)
        return ends_of(of_a_step, self._consensus).times

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

    def distribution(self, steps: int, start: int | None = None) -> np.ndarray:
        """The probability of each state after a number of steps, shape (S,).

        Args:
            steps: The number of steps, at least 0.
            start: The first state, as an index; None for the even start.
        """
        checks.whole_number("steps", steps, 0)
        law = np.zeros(len(self.states))
        law[self.start if start is None else checks.index_below("start", start, law.size)] = 1.0
        events = steps * self.events_per_step
        if self._on_line:
            return spread(line_of(self.transition), law, events)
        for _ in range(events):
            law = law @ self.transition
        return law

    @cached_property
    def stationary_distribution(self) -> np.ndarray:
        """The probability of each state in the long run, whatever the start, shape (S,).

        It exists where bees that never change, or decisions that imitate nobody, keep the hive from
        consensus.

        Raises:
            ValueError: The hive ends in one of several ways.
        """
        if self._on_line:
            return stationary_on_line(line_of(self.transition))
        return stationary(_dense(self.transition))

    def table(self) -> pd.DataFrame:
        """How the hive ends, one row per state.

        Columns: count_a for each option a, and count_none where bees may be uncommitted;
        consensus_probability_a with its error for each option a; consensus_time and its error.  A
        hive that never ends has the column stationary_probability in place of all but the counts.
        """
        columns = {f"count_{a}": counts for a, counts in enumerate(self.states.T[: self.n_action])}
        if self.uncommitted:
            columns["count_none"] = self.states[:, -1]
        if self.ends:
            return pd.DataFrame(columns | self._ends_at(slice(None)))
        return pd.DataFrame(columns | {"stationary_probability": self.stationary_distribution})

    def summary(self) -> dict[str, Any]:
        """How the hive ends from the even start, as one row of a table.

        Returns:
            population_size, counts (at the start), exact, samples; for each option a
            consensus_probability_a and consensus_probability_a_error; consensus_time and
            consensus_time_error, in steps.  For an asynchronous hive also updating and
            consensus_events.  For a hive that never ends, in place of the ends: the mean and the
            variance of the count of each option in the long run, mean_count_a and variance_count_a.
        """
        row: dict[str, Any] = {
            "population_size": self.population_size,
            "counts": tuple(self.states[self.start].tolist()),
            "exact": self.exact,
            "samples": self.samples,
        }
        if self.updating != "synchronous":
            row["updating"] = self.updating
        if not self.ends:
            return row | self._moments()
        row |= {name: float(value) for name, value in self._ends_at(self.start).items()}
        if self.events_per_step > 1:
            row["consensus_events"] = float(self.consensus_events[self.start])
        return row

    @property
    def ends(self) -> bool:
        """Whether there is a consensus that the hive stays in."""
        return any(state is not None for state in self._consensus)

    @property
    def title(self) -> str:
        """The first words of all that is shown."""
        how = {"synchronous": "", "asynchronous": ", one at a time"}
        one_by_one = how.get(str(self.updating), f", each with probability {self.updating}")
        return f"FiniteHive: {self.population_size} bees on {self.n_action} options{one_by_one}"

    def __repr__(self) -> str:
        """The chain in one line, without its ends, which take long for a large chain."""
        source = "closed form" if self.exact else f"{self.samples} samples per state"
        return f"<{self.title}, {len(self.states)} states, {source}>"

    def _ends_at(self, states: int | slice) -> dict[str, Any]:
        """How the hive ends from one state or several, by name."""
        columns: dict[str, Any] = {}
        for a in range(self.n_action):
            name = f"consensus_probability_{a}"
            columns[name] = self.consensus_probabilities[states, a]
            columns[f"{name}_error"] = self.consensus_probability_errors[states, a]
        columns["consensus_time"] = self.consensus_times[states]
        columns["consensus_time_error"] = self.consensus_time_errors[states]
        return columns

    def _moments(self) -> dict[str, float]:
        """Mean and variance of the counts in the long run, by name."""
        law, row = self.stationary_distribution, {}
        for a, counts in enumerate(self.states.T[: self.n_action]):
            mean = float(law @ counts)
            row[f"mean_count_{a}"] = mean
            row[f"variance_count_{a}"] = float(law @ (counts - mean) ** 2)
        return row

    @property
    def _on_line(self) -> bool:
        """Whether each transition moves at most one bee between two options."""
        return sparse.issparse(self.transition) and self.states.shape[1] == 2

    @cached_property
    def _consensus(self) -> list[int | None]:
        """For each option, the state of its consensus; None where the hive does not stay there."""
        fixed = np.array(self.fixed or (0,) * self.n_action)
        free, ends = int(self.states[0].sum()), list[int | None]()
        for option, counts in enumerate(self.states.T[: self.n_action]):
            (state,) = np.flatnonzero(counts == free)
            row = _dense(self.transition[[state]])[0] > 0.0
            row[state] = False
            kept = fixed[option] == fixed.sum() and not row.any()
            ends.append(int(state) if kept else None)
        return ends

    def _solved(self, transition: Any) -> Ends:
        """The ends of a chain, with times in steps."""
        if self._on_line:
            ends = ends_on_line(line_of(transition), self._consensus)
        else:
            ends = ends_of(_dense(transition), self._consensus)
        return Ends(ends.probabilities, ends.times / self.events_per_step)

    @cached_property
    def _ends(self) -> Ends:
        return self._solved(self.transition)

    @cached_property
    def _end_errors(self) -> Ends:
        if self.exact:
            return Ends(*(np.zeros_like(values) for values in self._ends))
        rng = np.random.default_rng(self.seed)
        resampled = [self._solved(self._resampled(rng)) for _ in range(RESAMPLES)]
        return Ends(*map(_standard_deviations, zip(*resampled, strict=True)))

    def _resampled(self, rng: np.random.Generator) -> Any:
        """The transition as other samples of the same size might give it."""
        if self.estimate is None:
            return rng.multinomial(self.samples, self.transition) / self.samples
        return self.estimate.resampled(rng)


def _dense(matrix: Any) -> np.ndarray:
    """A matrix as an ordinary array."""
    return matrix.toarray() if sparse.issparse(matrix) else np.asarray(matrix)


def _standard_deviations(resampled: Sequence[np.ndarray]) -> np.ndarray:
    """The standard deviation of each entry; infinity where any resample has infinity."""
    values = np.stack(resampled)
    finite = np.isfinite(values).all(axis=0)
    return np.where(finite, np.where(finite, values, 0.0).std(axis=0, ddof=1), np.inf)
