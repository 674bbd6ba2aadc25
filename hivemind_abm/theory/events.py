"""One event of an asynchronous hive: who decides, and where the counts can go.

Knows: the chain of the counts from event to event, and its errors where decisions are sampled.
Does not know: the chances of a decision (`one_step`), where the chain ends.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse, special

from hivemind_abm.theory.birth_death import BirthDeath
from hivemind_abm.theory.counts import codes

__all__ = ["GroupEvents", "OneBeeEvents", "line_of"]

_MOST_TERMS = 2 * 10**9  # of the sum over all groups, states and outcomes: about ten seconds


class OneBeeEvents(NamedTuple):
    """Events in which one bee of N, drawn uniformly, decides.

    Attributes:
        states: The counts of the bees that may change, shape (S, K).
        population_size: N, the bees that may change and those that never do.
        chances: [s, a, b] is the chance that a bee on a adopts b in state s, shape (S, K, K).
        trials: The number of decisions by which the row [s, a] was estimated, shape (S, K); None in
            closed form.
    """

    states: np.ndarray
    population_size: int
    chances: np.ndarray
    trials: np.ndarray | None = None

    def transition(self) -> sparse.csr_array:
        """[s, t] is the chance to go from state s to state t in one event, shape (S, S)."""
        held = self.states / self.population_size
        moves = held[:, :, None] * self.chances
        stay = np.einsum("saa->s", moves)
        stay += 1.0 - self.states.sum(axis=1) / self.population_size  # one that never changes
        return self._matrix(moves, stay)

    def error(self) -> sparse.csr_array:
        """The standard error of each of these chances, shape (S, S)."""
        if self.trials is None:
            return sparse.csr_array((len(self.states),) * 2)
        held = self.states / self.population_size
        trials = np.maximum(self.trials, 1)[:, :, None]
        variance = held[:, :, None] ** 2 * self.chances * (1.0 - self.chances) / trials
        return self._matrix(np.sqrt(variance), np.sqrt(np.einsum("saa->s", variance)))

    def resampled(self, rng: np.random.Generator) -> sparse.csr_array:
        """The transition as other samples of the same size might give it."""
        assert self.trials is not None
        counts = rng.multinomial(self.trials, self.chances)
        chances = counts / np.maximum(self.trials, 1)[:, :, None]
        return self._replace(chances=chances).transition()

    def _matrix(self, moves: np.ndarray, stay: np.ndarray) -> sparse.csr_array:
        """The entries [s, a, b] at the states that one bee's move from a to b leads to."""
        size, k = self.states.shape
        n = int(self.states[0].sum())
        row_of = np.zeros((n + 1) ** (k - 1), np.int64)
        row_of[codes(self.states, n)] = np.arange(size)
        one = np.eye(k, dtype=np.int64)
        rows, columns, values = [np.arange(size)], [np.arange(size)], [stay]
        for a in range(k):
            movable = np.flatnonzero(self.states[:, a])
            for b in range(k):
                if a != b:
                    rows.append(movable)
                    columns.append(row_of[codes(self.states[movable] - one[a] + one[b], n)])
                    values.append(moves[movable, a, b])
        places = np.concatenate(rows), np.concatenate(columns)
        return sparse.csr_array((np.concatenate(values), places), shape=(size, size))


class GroupEvents(NamedTuple):
    """Events in which a random group of M bees decides; each hears the group and itself.

    Attributes:
        states: The counts of the hive, shape (S, K).
        groups: The counts of the group, shape (G, K); each row sums to M.
        outcomes: [g, h] is the chance that a group of counts g has counts h after its decisions,
            shape (G, G).
        samples: How many groups of each kind were sampled; 0 in closed form.
    """

    states: np.ndarray
    groups: np.ndarray
    outcomes: np.ndarray
    samples: int = 0

    def transition(self) -> np.ndarray:
        """[s, t] is the chance to go from state s to state t in one event, shape (S, S).

        Raises:
            ValueError: There are too many groups and states.
        """
        return self._matrix(self.outcomes, 1)

    def error(self) -> np.ndarray:
        """The standard error of each of these chances, shape (S, S)."""
        if not self.samples:
            return np.zeros((len(self.states),) * 2)
        return np.sqrt(self._matrix(self.outcomes * (1.0 - self.outcomes) / self.samples, 2))

    def resampled(self, rng: np.random.Generator) -> np.ndarray:
        """The transition as other samples of the same size might give it."""
        outcomes = rng.multinomial(self.samples, self.outcomes) / self.samples
        return self._matrix(outcomes, 1)

    def _matrix(self, outcomes: np.ndarray, power: int) -> np.ndarray:
        """The mean of the outcomes over the groups, weighted with this power of their chance."""
        size, n = len(self.states), int(self.states[0].sum())
        m = int(self.groups[0].sum())
        if size * len(self.groups) ** 2 > _MOST_TERMS:
            raise ValueError(
                f"neighbourhood_size must be smaller for groups of an asynchronous hive, not {m}: "
                f"with {n} bees the sum over all groups has too many terms"
            )
        place = codes(self.states, n)
        row_of = np.zeros(int(place.max()) + 1, np.int64)
        row_of[place] = np.arange(size)
        all_groups = special.gammaln(n + 1) - special.gammaln(m + 1) - special.gammaln(n - m + 1)
        matrix = np.zeros((size, size))
        for group, after in zip(self.groups, outcomes, strict=True):
            rows = np.flatnonzero((self.states >= group).all(axis=1))
            rest = self.states[rows] - group
            log = (
                special.gammaln(self.states[rows] + 1)
                - special.gammaln(rest + 1)
                - special.gammaln(group + 1)
            ).sum(axis=1) - all_groups
            weights = np.exp(log) ** power
            for outcome in np.flatnonzero(after):
                columns = row_of[codes(rest + self.groups[outcome], n)]
                matrix[rows, columns] += weights * after[outcome]
        return matrix


def line_of(transition: sparse.csr_array) -> BirthDeath:
    """The chances up and down of a chain in which each event moves at most one bee of two options.

    Args:
        transition: As `OneBeeEvents.transition` gives it.
    """
    up, down = transition.diagonal(1), transition.diagonal(-1)
    return BirthDeath(np.append(up, 0.0), np.insert(down, 0, 0.0))
