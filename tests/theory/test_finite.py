"""What a chain says over time and in the long run."""

import numpy as np
import pytest
from noiseless import steady
from small_rules import KnownVoter, Stubborn

from hivemind_abm.theory.chain import finite_hive


@pytest.mark.parametrize("updating", ["synchronous", "asynchronous"])
@pytest.mark.parametrize("q", [(0.9, 0.6), (0.9, 0.6, 0.5)])
def test_a_distribution_is_a_power_of_the_transition(updating, q):
    hive = finite_hive("success", steady(*q), 8, updating=updating)
    transition = hive.transition if updating == "synchronous" else hive.transition.toarray()
    power = np.linalg.matrix_power(transition, 5 * hive.events_per_step)
    np.testing.assert_allclose(hive.distribution(5, 3), power[3], atol=1e-14)
    np.testing.assert_array_equal(hive.distribution(0), np.eye(len(power))[hive.start])


def test_the_first_row_in_consensus_comes_with_a_whole_step():
    """The sum over all steps of the chance that the hive has not ended yet."""
    hive = finite_hive("wvoter", steady(0.9, 0.6), 6, updating="asynchronous")
    ends = [0, 6]
    expected = sum(1.0 - hive.distribution(step, 3)[ends].sum() for step in range(300))
    assert hive.recorded_times[3] == pytest.approx(expected, rel=1e-10)
    together = finite_hive("wvoter", steady(0.9, 0.6), 6)
    np.testing.assert_array_equal(together.recorded_times, together.consensus_times)
    large = finite_hive("success", steady(0.9, 0.6), 4000, updating="asynchronous")
    with pytest.raises(ValueError, match="population_size must give at most 3000 states"):
        _ = large.recorded_times


def test_consensus_has_no_single_stationary_distribution():
    for updating in ("synchronous", "asynchronous"):
        hive = finite_hive("success", steady(0.9, 0.6), 5, updating=updating)
        with pytest.raises(ValueError, match=r"one set of states .* this one has 2"):
            _ = hive.stationary_distribution


def test_zealots_of_each_of_three_options():
    """Polya's urn: the mean follows the zealots, 3 : 2 : 1; a Dirichlet-multinomial law."""
    rules = [(KnownVoter(), 6), (Stubborn(0), 3), (Stubborn(1), 2), (Stubborn(2), 1)]
    hive = finite_hive(rules, steady(0.5, 0.5, 0.5), 12, updating="asynchronous",
                       neighbourhood_size=1)  # fmt: skip
    law = hive.stationary_distribution
    np.testing.assert_allclose(law @ hive.states, [3.0, 2.0, 1.0], rtol=1e-12)
    variance = 6 * 0.5 * 0.5 * (6 + 6) / (1 + 6)
    assert hive.summary()["variance_count_0"] == pytest.approx(variance, rel=1e-12)


def test_an_asynchronous_chain_is_shown_as_such():
    hive = finite_hive("success", steady(0.9, 0.6), 10, updating="asynchronous")
    title = "10 bees on 2 options, one at a time"
    assert repr(hive) == f"<FiniteHive: {title}, 11 states, closed form>"
    assert str(hive).splitlines()[0] == f"FiniteHive: {title}"
    assert hive.summary()["consensus_events"] == hive.consensus_events[5]
    assert "each with probability 0.3" in str(finite_hive("success", steady(1, 1), 3, updating=0.3))
    assert "consensus_events" not in finite_hive("success", steady(0.9, 0.6), 10).summary()
    assert hive.transition.shape == hive.error.shape == (11, 11) and not hive.error.nnz
