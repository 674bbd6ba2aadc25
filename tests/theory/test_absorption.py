"""Where chains end: a game by hand, the equations, and chains that may never end."""

from dataclasses import replace

import numpy as np
import pytest
from noiseless import steady

from hivemind_abm.theory.absorption import leave
from hivemind_abm.theory.chain import finite_hive


def test_ends_satisfy_their_equations():
    hive = finite_hive("wvoter", steady(0.4, 0.5, 0.55), 20)
    inside = hive.states.max(axis=1) < 20
    np.testing.assert_allclose(
        (hive.transition @ hive.consensus_probabilities)[inside],
        hive.consensus_probabilities[inside],
    )
    np.testing.assert_allclose(
        (1.0 + hive.transition @ hive.consensus_times)[inside], hive.consensus_times[inside]
    )


def test_a_hive_that_may_never_end_has_an_infinite_time():
    """From (1, 2) it ends on option 1 or gets stuck at (2, 1), evenly."""
    transition = np.array([[1, 0, 0, 0], [0.25, 0.5, 0.25, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    chain = replace(finite_hive("success", steady(0.5, 0.5), 3), transition=transition)
    np.testing.assert_array_equal(chain.consensus_probabilities, [[0, 1], [0, 0.5], [0, 0], [1, 0]])
    np.testing.assert_array_equal(chain.consensus_times, [0, np.inf, np.inf, 0])
    few = replace(chain, exact=False, samples=10)
    np.testing.assert_array_equal(few.consensus_time_errors, [0, np.inf, np.inf, 0])
    assert few.consensus_probability_errors[1, 1] > 0.0


def test_a_fair_game_by_hand():
    """One step up or down with even chances: from i, 5 comes before 0 with probability i / 5."""
    inner = 0.5 * (np.eye(4, k=1) + np.eye(4, k=-1))
    exits = np.zeros((4, 2))
    exits[0, 0] = exits[-1, 1] = 0.5
    probabilities, times = leave(inner, exits, np.ones(4))
    i = np.arange(1, 5)
    np.testing.assert_allclose(probabilities, np.stack([1 - i / 5, i / 5], axis=1), rtol=1e-14)
    np.testing.assert_allclose(times, i * (5 - i), rtol=1e-14)


def test_a_long_stay_loses_no_digits():
    """Up with chance 1e-9, else down: the time to the top has digits that I - Q has lost."""
    up, size = 1e-9, 6
    inner = np.diag(np.full(size - 1, up), 1) + np.diag(np.full(size - 1, 1.0 - up), -1)
    exits = np.zeros((size, 1))
    exits[-1] = up
    time, expected = 0.0, 0.0
    for _ in range(size):  # from each state to the next
        time = (1.0 + (1.0 - up) * time) / up if expected else 1.0 / up
        expected += time
    assert leave(inner, exits, np.ones(size)).costs[0] == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match=r"consensus would take more than 1e\+290 steps"):
        leave(np.zeros((1, 1)), np.array([[1e-300]]), np.ones(1))
