"""popgames: agents revise at random times, one at a time; it keeps the count of each option.

It has no revision protocol of R_success, so this is a subclass of its base class, which runs in
Python.  Its protocol `Replicator` imitates by gain, and is compiled by its Numba backend.
"""

import numpy as np
from popgames import PayoffMechanism, PoissonRevisionProcess, Simulator, SinglePopulationGame
from popgames.revision_protocol import Replicator, RevisionProtocolABC

from peer_models.work import AGENTS, BY_GAIN, IN_TURN, PAIR, STEPS_IN_TURN, Entry, Outcome, clock


def fitness(x):
    return np.array([[PAIR[0]], [PAIR[1]]]) + 0.0 * x


class ImitationOfSuccess(RevisionProtocolABC):
    """[b, a]: x_b p_b, the chance to meet an agent on b and to imitate it."""

    def __call__(self, p, x):
        return np.repeat(x * p, p.size, axis=1)


def entry(how, work, n, protocol, backend):
    simulator = Simulator(
        SinglePopulationGame(num_strategies=2, fitness_function=fitness),
        PayoffMechanism(h_map=fitness, n=2),
        PoissonRevisionProcess(Poisson_clock_rate=1, revision_protocol=protocol),
        num_agents=n,
        backend=backend,
    )
    compiled = backend == "numba"
    runs = max(5, 50_000 // n) if compiled else max(1, 1_000 // n)
    even = np.array([[0.5], [0.5]])
    times = np.array([0.0, STEPS_IN_TURN])

    def run(seed):
        with clock() as timed:
            ensemble = simulator.run_ensemble(
                T_sim=STEPS_IN_TURN,
                num_runs=runs,
                t_eval=times,
                seed=seed,
                x0=even,
                log_interval=float(STEPS_IN_TURN),  # as advised where only the end matters
            )
        return Outcome(timed.seconds, runs * n * STEPS_IN_TURN, ensemble.x[:, 1, -1])

    return Entry(how, work, n, run, checks=2 if compiled or n < 10_000 else 1)


ENTRIES = [
    *(entry("own protocol", IN_TURN, n, ImitationOfSuccess(), "numpy") for n in AGENTS),
    *(entry("Replicator, Numba", BY_GAIN, n, Replicator(scale=1.0), "numba") for n in AGENTS),
]
