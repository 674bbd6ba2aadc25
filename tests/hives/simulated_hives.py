"""Many small hives after some steps, and whether their means are what is expected."""

import math

import numpy as np

from hivemind_abm import Hive, run_seeds


def simulated(runs, steps, **arguments):
    """Hives after some steps, stopped where `stop_if_end` says so."""
    batch = Hive.settings(**arguments).batch(run_seeds(1, runs))
    batch.advance(steps)
    return batch


def agrees(samples, expected, sigma=5.0):
    """Whether the mean of independent samples is the expected one."""
    samples = np.asarray(samples, float)
    return abs(samples.mean() - expected) < sigma * samples.std() / math.sqrt(samples.size)
