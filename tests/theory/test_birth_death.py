"""Chains on a line: against closed forms and against the dense chain, and where they never end."""

import math

import numpy as np
import pytest

from hivemind_abm.theory.absorption import ends_of, stationary
from hivemind_abm.theory.birth_death import BirthDeath, ends_on_line, spread, stationary_on_line


def random_chain(size, rng, zeros=()):
    up, down = 0.5 * rng.random(size), 0.5 * rng.random(size)
    up[-1] = down[0] = 0.0
    for array, places in zip((up, down), zeros, strict=False):
        array[list(places)] = 0.0
    return BirthDeath(up, down)


def dense(chain):
    up, down = chain
    return np.diag(1.0 - up - down) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)


@pytest.mark.parametrize(
    ("zeros", "open_ends"),
    [
        (((0,), (9,)), ()),
        (((0, 4), (9,)), ()),
        (((0,), (9, 4)), ()),
        (((0, 6), (9, 3)), ()),
        (((0, 3), (9, 6)), ()),
        (((0, 4), (9, 4)), ()),
        (((), (9,)), (1,)),
        (((0,), ()), (0,)),
        (((5,), (9,)), (1,)),
        (((), ()), (0, 1)),
    ],
)
def test_ends_are_those_of_the_dense_chain(zeros, open_ends):
    """Also with states that lead nowhere, and with ends that the hive leaves."""
    chain = random_chain(10, np.random.default_rng(1), zeros)
    consensus = [None if option in open_ends else state for option, state in ((0, 9), (1, 0))]
    for found, expected in zip(
        ends_on_line(chain, consensus), ends_of(dense(chain), consensus), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_long_stay_loses_no_digits():
    """Up with chance 1e-9, else down: the time to the top has digits that I - Q has lost."""
    up, size = 1e-9, 6
    chain = BirthDeath(
        np.array([*[up] * size, 0.0]), np.array([0.0, *[1.0 - up] * (size - 1), 0.0])
    )
    time, expected = 0.0, 0.0
    for state in range(size):  # from each state to the next
        time = (1.0 + (1.0 - up) * time) / up if state else 1.0 / up
        expected += time
    times = ends_on_line(chain, [size, None]).times
    assert times[0] == pytest.approx(expected, rel=1e-12)
    weak = BirthDeath(np.array([0.0, 1e-308, 0.0]), np.array([0.0, 0.0, 0.0]))
    with pytest.raises(ValueError, match=r"consensus would take more than 1e\+290 steps"):
        ends_on_line(BirthDeath(weak.up * 1e-3, weak.down), [2, 0])


def test_constant_odds_have_a_closed_form_for_many_states():
    """Gambler's ruin: (1 - s^i) / (1 - s^N), of N = 100,000."""
    n, s = 100_000, 0.999
    up = np.full(n + 1, 0.4)
    up[[0, -1]] = 0.0
    ends = ends_on_line(BirthDeath(up, s * up), [n, 0])
    i = np.array([1, 10, 1000, 20_000])
    np.testing.assert_allclose(ends.probabilities[i, 0], -np.expm1(i * math.log(s)), rtol=1e-12)
    np.testing.assert_allclose(ends.probabilities[i, 1], np.exp(i * math.log(s)), rtol=1e-9)
    drift = 0.4 * (1 - s)  # of the mean, until the end
    expected = (n * ends.probabilities[i, 0] - i) / drift
    np.testing.assert_allclose(ends.times[i], expected, rtol=1e-9)


def test_the_stationary_law_balances_each_step():
    chain = random_chain(30, np.random.default_rng(2))
    law = stationary_on_line(chain)
    np.testing.assert_allclose(law[:-1] * chain.up[:-1], law[1:] * chain.down[1:], rtol=1e-12)
    np.testing.assert_allclose(law, stationary(dense(chain)), rtol=1e-12)
    one_way = random_chain(10, np.random.default_rng(3), ((), (4,)))
    law = stationary_on_line(one_way)
    assert not law[:4].any() and law[4:].all()
    np.testing.assert_allclose(law, stationary(dense(one_way)), rtol=1e-12)
    apart = random_chain(10, np.random.default_rng(3), ((3,), (4,)))
    for function, argument in ((stationary_on_line, apart), (stationary, dense(apart))):
        with pytest.raises(ValueError, match=r"one set of states .* this one has 2"):
            function(argument)


def test_a_distribution_spreads_as_by_the_matrix():
    chain = random_chain(40, np.random.default_rng(4), ((0,), (39,)))
    law = np.zeros(40)
    law[17] = 1.0
    expected = law @ np.linalg.matrix_power(dense(chain), 300)
    np.testing.assert_allclose(spread(chain, law, 300), expected, rtol=1e-10, atol=1e-25)
    assert law[17] == 1.0  # the argument is not changed
