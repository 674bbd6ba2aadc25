"""Nashpy: a Moran process of a game, whose rows pay the same against all."""

import nashpy
import numpy as np

from peer_models.work import (
    FITNESS,
    MORAN,
    MORAN_SIZES,
    Entry,
    Outcome,
    clock,
    moran_events,
)

GAME = nashpy.Game(np.array([[1.0, 1.0], [FITNESS, FITNESS]]))
EVENTS = {10: 4_000, 30: 2_000, 100: 1}  # at least, in a timed call
CHECKS = {10: 4, 30: 4, 100: 3}


def entry(n):
    first = np.zeros(n, int)
    first[0] = 1

    def run(seed):
        """Whole runs, timed per event; the chain says how many events a run has on average."""
        np.random.seed(seed)  # noqa: NPY002 - Nashpy draws from NumPy's global generator
        events, ends = 0, []
        with clock() as timed:
            while events < EVENTS[n]:
                run_of_events = list(GAME.moran_process(first))
                events += len(run_of_events)
                ends.append(run_of_events[-1][0])
        return Outcome(timed.seconds, events / moran_events(n), np.array(ends))

    return Entry("moran_process", MORAN, n, run, CHECKS[n])


ENTRIES = [entry(n) for n in MORAN_SIZES]
