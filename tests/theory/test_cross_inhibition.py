"""Cross-inhibition: bees that follow its equations, and the published end of its deadlock."""

import numpy as np
import pytest

from hivemind_abm import CrossInhibition, critical_stop_signal, mean_field
from hivemind_abm.loading import gallery, load_module

FEW = {"bees": 128_000, "fixed_points": False}


@pytest.mark.thorough
def test_cross_inhibition_is_its_equations():
    model = load_module(gallery("models") / "cross_inhibition.py")
    for rate in (0.5, 2.0):
        known = {"CrossInhibition": CrossInhibition(stop_signal=rate)}
        for actual, equal in ((rate, True), (rate + 0.3, False)):
            found = mean_field(
                model.StopSignals(stop_signal=actual), model.Nests(), dynamics=known, **FEW
            )
            assert found.fits["CrossInhibition"].equal == equal


def test_the_deadlock_of_cross_inhibition_breaks_where_published():
    model = load_module(gallery("models") / "cross_inhibition.py")
    assert model.StopSignals().scale * model.Nests().quality[0] == model.VALUE
    # At the published rate the deadlock is neutral: U = 1 / v^2 gains what it loses.
    value = model.VALUE
    uncommitted = value**-2
    nest = (1.0 - uncommitted) / 2.0
    critical = CrossInhibition(stop_signal=critical_stop_signal(value))
    deadlock = np.array([nest, nest, uncommitted])
    assert np.abs(critical(deadlock, np.array([0.8, 0.8, 0.0]))).max() < 1e-15
    apart = deadlock + [0.01, -0.01, 0.0]
    for rate, sign in ((0.9, -1), (1.1, 1)):
        dynamic = CrossInhibition(stop_signal=rate * critical.stop_signal)
        x = apart
        for _ in range(20_000):
            x = x + dynamic(x, np.array([0.8, 0.8, 0.0]))
        assert np.sign(abs(x[0] - x[1]) - 0.02) == sign


@pytest.mark.thorough
def test_the_critical_rate_by_simulation_and_by_mean_field():
    model = load_module(gallery("models") / "cross_inhibition.py")
    published = critical_stop_signal(model.VALUE)
    for rate, error in (model.critical_by_simulation(), model.critical_by_mean_field()):
        assert error < 0.03 * published
        assert abs(rate - published) < 4.0 * error


def test_poor_nests_have_no_critical_rate():
    with pytest.raises(ValueError, match="value must be above 1, not 1"):
        critical_stop_signal(1.0)
