"""QuantEcon.py: Markov chains whose matrix the user writes; it has no imitation of its own.

A chain is simulated for a fixed number of events, of which each run needs the first ones.
"""

from quantecon import MarkovChain

from peer_models.work import (
    MORAN,
    MORAN_SIZES,
    STATIONARY,
    STATIONARY_SIZE,
    Entry,
    Outcome,
    clock,
    fermi_chain,
    moran_chain,
)

NUMBERS = 2_000_000  # events of a timed call, which hold 32 MB
UNFINISHED = 1e-4  # of the runs, at most


def events_enough(chain):
    """A power of two after which nearly all runs have ended."""
    power, events = chain, 1
    while power[1, 1:-1].sum() > UNFINISHED:
        power, events = power @ power, 2 * events
    return events


def moran(n):
    chain = moran_chain(n)
    events = events_enough(chain)
    runs = max(50, NUMBERS // events)

    def run(seed):
        with clock() as timed:
            paths = MarkovChain(chain).simulate_indices(
                events, init=1, num_reps=runs, random_state=seed
            )
        return Outcome(timed.seconds, runs, paths[:, -1] == n)

    return Entry("MarkovChain, given", MORAN, n, run, checks=2)


def stationary(n):
    chain = fermi_chain(n)

    def run(seed):
        with clock() as timed:
            law = MarkovChain(chain).stationary_distributions[0]
        return Outcome(timed.seconds, 1, law)

    return Entry("MarkovChain, given", STATIONARY, n, run)


ENTRIES = [*map(moran, MORAN_SIZES), stationary(STATIONARY_SIZE)]
