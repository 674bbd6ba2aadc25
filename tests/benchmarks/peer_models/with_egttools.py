"""EGTtools: the pairwise comparison process by the Fermi function, exact and simulated in C++.

Its documents advise `calculate_stationary_distribution_non_hermitian` for such chains.
"""

import egttools
import numpy as np
from egttools.analytical import PairwiseComparison
from egttools.games import Matrix2PlayerGameHolder
from egttools.numerical import PairwiseComparisonNumerical
from egttools.utils import calculate_stationary_distribution_non_hermitian

from peer_models.work import (
    EXACT,
    FERMI_PAYOFFS,
    FERMI_SIZES,
    MUTATION,
    SELECTION,
    SIMULATED,
    STATIONARY,
    STATIONARY_SIZE,
    Entry,
    Outcome,
    clock,
)

GAME = Matrix2PlayerGameHolder(2, np.repeat(np.array(FERMI_PAYOFFS)[:, None], 2, axis=1))
GENERATIONS = 10_000_000  # at most; each run ends long before
RUNS = {10: 4_000, 100: 1_000}
REPEATS = 50
CACHE = 10_000


def exact(n):
    def run(seed):
        with clock() as timed:
            for _ in range(REPEATS):
                process = PairwiseComparison(n, GAME)
                chance = process.calculate_fixation_probability(0, 1, SELECTION)
        return Outcome(timed.seconds, REPEATS, np.array([chance]))

    return Entry("PairwiseComparison", EXACT, n, run)


def simulated(n):
    runs = RUNS[n]

    def run(seed):
        egttools.Random.init_with_seed(seed)
        process = PairwiseComparisonNumerical(n, GAME, CACHE)
        with clock() as timed:
            chance = process.estimate_fixation_probability(0, 1, runs, GENERATIONS, SELECTION)
        won = round(chance * runs)
        return Outcome(timed.seconds, runs, np.repeat([1.0, 0.0], [won, runs - won]))

    return Entry("PairwiseComparisonNumerical", SIMULATED, n, run, checks=2)


def stationary(n):
    def run(seed):
        with clock() as timed:
            process = PairwiseComparison(n, GAME)
            chain = process.calculate_transition_matrix(SELECTION, MUTATION)
            law = calculate_stationary_distribution_non_hermitian(chain.transpose())
        return Outcome(timed.seconds, 1, law[::-1])  # its first state has all on option 0

    return Entry("PairwiseComparison, to 1e-6", STATIONARY, n, run, error=1e-6)


ENTRIES = [
    *map(simulated, FERMI_SIZES),
    *map(exact, FERMI_SIZES),
    stationary(STATIONARY_SIZE),
]
