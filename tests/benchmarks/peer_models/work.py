"""The works that all packages do, and what an entry of the table is.

Knows: the payoffs, sizes and lengths that are the same for all, and the exact numbers.  Does not
know: any of the packages, this one included; it needs NumPy alone.
"""

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

TOGETHER = "imitate success, all at once"
IN_TURN = "imitate success, one at a time"
BY_GAIN = "imitate by gain, one at a time"
MORAN = "Moran process to fixation"
SIMULATED = "fixation probability, simulated"
EXACT = "fixation probability, exact"
STATIONARY = "stationary distribution"

# All at once: ten options that pay uniform numbers around their means, from even shares.
MEANS = np.linspace(0.4, 0.7, 10)
GAP = 0.1
BEST = MEANS.size - 1
AGENTS = (100, 1_000, 10_000)
STEPS = 50
COMPARED = 10  # the step whose shares are compared, because they change fast there
CHECKS = {100: 40, 1_000: 20, 10_000: 12}  # runs to compare

# One at a time: two options that pay their means, from even shares.
PAIR = (0.55, 0.7)
STEPS_IN_TURN = 20

# Moran process: one mutant of this fitness among others of fitness 1.
FITNESS = 1.5
MORAN_SIZES = (10, 30, 100)

# Fermi rule: one agent on the option that pays more.  With the chance MUTATION an agent takes the
# other option instead of a decision.
FERMI_PAYOFFS = (0.6, 0.5)
SELECTION = 1.0
FERMI_SIZES = (10, 100)
MUTATION = 0.01
STATIONARY_SIZE = 100


@dataclass
class Outcome:
    """What one timed piece of work gave.

    Attributes:
        seconds: Processor time.
        units: How many units of the entry it was.
        values: One number per independent run, or the exact numbers.
    """

    seconds: float
    units: float
    values: np.ndarray


@dataclass(frozen=True)
class Entry:
    """One row of the table.

    Attributes:
        how: How the package does it, a few words.
        work: One of the works above.
        n: The number of agents.
        run: Seed -> Outcome.
        checks: How many calls of `run` give values enough to compare.
        error: How far exact numbers may be off.
    """

    how: str
    work: str
    n: int
    run: Callable[[int], Outcome]
    checks: int = 1
    error: float = 1e-9


class Clock:
    """Processor time of a `with` block, all threads of the process."""

    seconds = 0.0


@contextmanager
def clock():
    timed = Clock()
    start = time.process_time()
    yield timed
    timed.seconds = time.process_time() - start


def stepped(how: str, build: Callable[[int, int], Any], step, share) -> list[Entry]:
    """Entries of a model of agents that decide all at once, at each size.

    Args:
        how: As for `Entry`.
        build: (number of agents, seed) -> model at step 0.
        step: (model) -> None: one step.  This alone is timed.
        share: (model) -> share of the option that pays most.
    """

    def entry(n):
        def run(seed):
            model = build(n, seed)
            seconds, value = steps_timed(model, step, share)
            return Outcome(seconds, n * STEPS, np.array([value]))

        return Entry(how, TOGETHER, n, run, CHECKS[n])

    return [entry(n) for n in AGENTS]


def steps_timed(model, step, share) -> tuple[float, float]:
    """The seconds that STEPS steps take, and the share after COMPARED of them."""
    with clock() as first:
        for _ in range(COMPARED):
            step(model)
    value = share(model)
    with clock() as rest:
        for _ in range(STEPS - COMPARED):
            step(model)
    return first.seconds + rest.seconds, value


def moran_takeover(n: int) -> float:
    """The chance that one mutant of N takes over (Lieberman et al., Nature 433, 312, 2005)."""
    return (1.0 - 1.0 / FITNESS) / (1.0 - FITNESS**-n)


def moran_chain(n: int) -> np.ndarray:
    """[i, j]: the chance of j mutants after i, a birth by fitness and a death at random."""
    k = np.arange(n + 1)
    born = FITNESS * k / (FITNESS * k + n - k)
    return _birth_death(born * (n - k) / n, (1.0 - born) * k / n)


def moran_events(n: int) -> float:
    """The mean number of events from one mutant to fixation."""
    inner = np.eye(n - 1) - moran_chain(n)[1:-1, 1:-1]
    return float(np.linalg.solve(inner, np.ones(n - 1))[0])


def fermi_takeover(n: int) -> float:
    """The chance that one agent takes over (Traulsen et al., Phys. Rev. E 74, 011909, 2006)."""
    g = np.exp(-SELECTION * (FERMI_PAYOFFS[0] - FERMI_PAYOFFS[1]))
    return float((1.0 - g) / (1.0 - g**n))


def fermi_chain(n: int) -> np.ndarray:
    """[i, j]: the chance of j agents on option 0 after i in one event, with mutation."""
    k = np.arange(n + 1)
    wins = 1.0 / (1.0 + np.exp(-SELECTION * (FERMI_PAYOFFS[0] - FERMI_PAYOFFS[1])))
    up = (n - k) / n * ((1.0 - MUTATION) * k / (n - 1) * wins + MUTATION)
    down = k / n * ((1.0 - MUTATION) * (n - k) / (n - 1) * (1.0 - wins) + MUTATION)
    return _birth_death(up, down)


def fermi_stationary(n: int) -> np.ndarray:
    """The share of time with 0 .. N agents on option 0, from the balance of ups and downs."""
    chain = fermi_chain(n)
    ratios = np.diag(chain, 1) / np.diag(chain, -1)
    law = np.concatenate([[1.0], np.cumprod(ratios)])
    return law / law.sum()


def _birth_death(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    return np.diag(1.0 - up - down) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)
