"""Cross-inhibition: bees that follow its equations, and the published end of its deadlock."""

import numpy as np
import pytest

from hivemind_abm import (
    CrossInhibition,
    Hive,
    bifurcation,
    critical_stop_signal,
    ensemble,
    mean_field,
)
from hivemind_abm.loading import gallery, load_module

FEW = {"bees": 128_000, "fixed_points": False}
VALUE = 4.0


@pytest.fixture
def model():
    model = load_module(gallery("models") / "cross_inhibition.py")
    assert model.StopSignals().scale * model.NESTS.q_star[0] == VALUE
    return model


@pytest.mark.thorough
def test_cross_inhibition_is_its_equations(model):
    for rate in (0.5, 2.0):
        known = {"CrossInhibition": CrossInhibition(stop_signal=rate)}
        for actual, equal in ((rate, True), (rate + 0.3, False)):
            rule = model.StopSignals(stop_signal=actual)
            measured = mean_field(rule, model.NESTS, dynamics=known, **FEW)
            assert measured.fits["CrossInhibition"].equal == equal


def test_the_deadlock_of_cross_inhibition_breaks_where_published():
    # At the published rate the deadlock is neutral: U = 1 / v^2 gains what it loses.
    uncommitted = VALUE**-2
    nest = (1.0 - uncommitted) / 2.0
    critical = CrossInhibition(stop_signal=critical_stop_signal(VALUE))
    deadlock = np.array([nest, nest, uncommitted])
    assert np.abs(critical(deadlock, np.array([0.8, 0.8, 0.0]))).max() < 1e-15
    apart = deadlock + [0.01, -0.01, 0.0]
    for rate, sign in ((0.9, -1), (1.1, 1)):
        dynamic = CrossInhibition(stop_signal=rate * critical.stop_signal)
        x = apart
        for _ in range(20_000):
            x = x + dynamic(x, np.array([0.8, 0.8, 0.0]))
        assert np.sign(abs(x[0] - x[1]) - 0.02) == sign


def critical_by_simulation(model, rates=(1.5, 1.7, 2.0, 2.5, 3.0)):
    """Where the symmetry breaks, from hives of 20,000 bees: (rate, standard error).

    Above this rate the squared difference of the nests' shares is linear in 1 / sigma.  A line is
    fitted to the simulated values and extended to zero.
    """
    squares = []
    for rate in rates:
        hive = model.HIVE | {
            "rule": model.StopSignals(stop_signal=rate),
            "population_size": 20_000,
            "initial_shares": (0.7, 0.2, 0.1),
        }
        end = ensemble(Hive, hive, runs=16, steps=700, seed=1, keep="last")
        square = (end["share_0"] - end["share_1"]) ** 2
        squares.append((square.mean(), max(square.sem(), 1e-5)))
    inverse, (mean, error) = 1.0 / np.array(rates), np.array(squares).T
    (slope, level), spread = np.polyfit(inverse, mean, 1, w=1.0 / error, cov="unscaled")
    zero = -level / slope
    variance = (spread[1, 1] + zero**2 * spread[0, 0] + 2.0 * zero * spread[0, 1]) / slope**2
    return 1.0 / zero, np.sqrt(variance) / zero**2


@pytest.mark.thorough
def test_the_critical_rate_by_simulation_and_by_bifurcation(model):
    published = critical_stop_signal(VALUE)
    rates = np.linspace(0.6, 3.0, 13)
    (meeting,) = bifurcation(model.StopSignals(), model.NESTS, "stop_signal", rates).met
    assert meeting.kind == "pitchfork"
    for rate, error in (critical_by_simulation(model), (meeting.value, meeting.error)):
        assert error < 0.03 * published
        assert abs(rate - published) < 4.0 * error


def test_poor_nests_have_no_critical_rate():
    with pytest.raises(ValueError, match="value must be above 1, not 1"):
        critical_stop_signal(1.0)
