"""The diffusion of large hives: against the chain, known answers, and what is refused."""

import math

import numpy as np
import pytest
from noiseless import steady
from small_rules import Fermi, Hesitant, KnownFermi, Stubborn

from hivemind_abm import MajorityRule
from hivemind_abm.theory.chain import finite_hive
from hivemind_abm.theory.diffusion import diffusion


@pytest.mark.parametrize("q", [(0.5, 0.5), (0.5, 0.51), (0.52, 0.5)])
@pytest.mark.parametrize("rule", ["wvoter", "success"])
def test_a_diffusion_is_close_to_the_chain(rule, q):
    exact = finite_hive(rule, steady(*q), 100).summary()
    found = diffusion(rule, steady(*q), 100).value()
    for name in ("consensus_probability_0", "consensus_probability_1", "consensus_time"):
        assert found[name] == pytest.approx(exact[name], rel=0.04)


def test_a_diffusion_without_drift_has_a_known_answer():
    """Wright-Fisher: v = x (1 - x) / N, so T = -2 N (x log x + (1 - x) log(1 - x)).

    Here to order 1 / N and to the error of the grid.
    """
    n = 100_000
    hive = diffusion("wvoter", steady(0.5, 0.5), n)
    np.testing.assert_allclose(hive.consensus_probability[:, 0], hive.shares, atol=1e-4)
    np.testing.assert_allclose(hive.consensus_probability.sum(axis=1), 1.0)
    for x in (0.1, 0.5, 0.8):
        expected = -2 * n * (x * math.log(x) + (1 - x) * math.log(1 - x))
        assert hive.value(x)["consensus_time"] == pytest.approx(expected, rel=1e-3)


def test_a_diffusion_with_constant_selection_has_a_known_answer():
    """Kimura: m = s x (1 - x), v = c x (1 - x), u = (1 - exp(-2 s x / c)) / (1 - exp(-2 s / c))."""
    n, q = 10_000, (0.5002, 0.5)
    hive = diffusion("success", steady(*q), n)
    s, c = q[0] - q[1], (q[0] + q[1] - 2 * q[0] * q[1] * 0.5) / n
    inside = slice(1, -1)
    x = hive.shares[inside]
    np.testing.assert_allclose(hive.drift[inside] / (x * (1 - x)), s, rtol=2e-4)
    c = (hive.variance[inside] / (x * (1 - x))).mean()
    u = np.expm1(-2 * s * x / c) / np.expm1(-2 * s / c)
    np.testing.assert_allclose(hive.consensus_probability[inside, 0], u, atol=2e-4)


@pytest.mark.thorough
def test_an_estimated_diffusion_agrees():
    exact = diffusion("wvoter", steady(0.5, 0.52), 60).value()
    found = diffusion(MajorityRule(1), steady(0.5, 0.52), 60, samples=500).value()
    assert found["consensus_probability_0"] == pytest.approx(
        exact["consensus_probability_0"], abs=0.05
    )
    assert found["consensus_time"] == pytest.approx(exact["consensus_time"], rel=0.05)
    assert found["variance"] == pytest.approx(exact["variance"], rel=0.2)


def test_a_diffusion_is_shown_by_its_even_start():
    hive = diffusion("wvoter", steady(0.5, 0.52), 60)
    assert hive.summary() == hive.value() == hive.value(0.5)
    assert repr(hive).startswith("<Diffusion: share=0.5, drift=") and "\n" not in repr(hive)
    table = hive.table()
    assert list(table) == list(hive.value())
    np.testing.assert_array_equal(table["consensus_time"], hive.consensus_time)


def test_what_no_diffusion_can_describe_is_refused():
    with pytest.raises(ValueError, match="n_action must be 2 for a diffusion"):
        diffusion(n_action=3)
    with pytest.raises(ValueError, match="population_size must be at least 3"):
        diffusion(population_size=2)
    with pytest.raises(ValueError, match="must move the hive at every share"):
        diffusion("success", steady(0.0, 0.0))
    with pytest.raises(ValueError, match=r"consensus would take more than 1e\+290 steps"):
        diffusion("success", "congestion", 10**6, gap=0.0)
    with pytest.raises(ValueError, match="x must be a share"):
        diffusion("success", steady(0.5, 0.5), 10).value(1.5)


@pytest.mark.parametrize("q", [(0.5, 0.5), (0.5, 0.51), (0.52, 0.5)])
@pytest.mark.parametrize(
    ("rule", "more"), [("wvoter", {}), ("success", {}), ("wvoter", {"neighbourhood_size": 3})]
)
@pytest.mark.parametrize("updating", ["asynchronous", 0.5])
def test_other_updating_is_close_to_its_chain(rule, more, q, updating):
    exact = finite_hive(rule, steady(*q), 100, updating=updating, **more).summary()
    found = diffusion(rule, steady(*q), 100, updating=updating, **more).value()
    for name in ("consensus_probability_0", "consensus_probability_1", "consensus_time"):
        assert found[name] == pytest.approx(exact[name], rel=0.04)


def test_one_bee_at_a_time_doubles_the_noise_of_neutral_voters():
    """v = 2 x (1 - x) / N against x (1 - x) / N; the same drift."""
    q, n = (0.5, 0.5), 1000
    together, in_turn = (
        diffusion("wvoter", steady(*q), n, updating=updating)
        for updating in ("synchronous", "asynchronous")
    )
    inside, x = slice(1, -1), together.shares[1:-1]
    np.testing.assert_allclose(together.variance[inside], x * (1 - x) / n, rtol=2e-3)
    np.testing.assert_allclose(in_turn.variance[inside], 2 * x * (1 - x) / n, rtol=2e-3)
    np.testing.assert_allclose(in_turn.drift, together.drift, atol=1e-15)
    better = [
        diffusion("success", steady(0.9, 0.6), n, updating=updating).drift
        for updating in ("synchronous", "asynchronous", 0.25)
    ]
    np.testing.assert_allclose(better[1], better[0], atol=1e-15)
    np.testing.assert_allclose(better[2], 0.25 * better[0], atol=1e-15)


def test_the_variance_is_that_of_the_chain():
    """Of one step of 200 bees from the even start, one at a time."""
    hive = finite_hive("success", steady(0.9, 0.6), 200, updating="asynchronous")
    law, shares = hive.distribution(1), hive.states[:, 0] / 200
    variance = law @ shares**2 - (law @ shares) ** 2
    value = diffusion("success", steady(0.9, 0.6), 200, updating="asynchronous").value()
    assert value["variance"] == pytest.approx(variance, rel=0.1)
    assert value["drift"] == pytest.approx(law @ shares - 0.5, rel=0.02)


@pytest.mark.thorough
def test_a_sampled_diffusion_of_events_agrees():
    exact = diffusion(KnownFermi(0.2), steady(0.5, 0.52), 60, updating="asynchronous").value()
    found = diffusion(
        Fermi(0.2), steady(0.5, 0.52), 60, updating="asynchronous", samples=300
    ).value()
    assert found["variance"] == pytest.approx(exact["variance"], rel=0.05)
    assert found["consensus_time"] == pytest.approx(exact["consensus_time"], rel=0.05)


def test_hives_that_one_share_does_not_describe_are_refused():
    arguments = {"bandit": steady(0.9, 0.6), "population_size": 10}
    with pytest.raises(ValueError, match="rule must be one rule for a diffusion, not 2"):
        diffusion([("wvoter", 8), (Stubborn(), 2)], **arguments)
    with pytest.raises(ValueError, match="rule must leave no bee uncommitted"):
        diffusion(Hesitant(), **arguments)
    with pytest.raises(ValueError, match="one event moves several bees"):
        diffusion("success", neighbourhood="groups", neighbourhood_size=5,
                  updating="asynchronous", **arguments)  # fmt: skip
