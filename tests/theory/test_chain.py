"""Chains of small hives: against runs, and cases with known answers.

Bounds are four sigma where chance is involved, so that some 60 comparisons in the tests of finite
hives fail a right package at about one seed in 250.
"""

import math
from functools import cache

import numpy as np
import pytest
from noiseless import steady

from hivemind_abm import Hive
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.theory.chain import finite_hive
from hivemind_abm.theory.counts import number_of_states

RUNS = 100_000
STREAMS = 10_000
Q = (0.8, 0.95)
CASES = [(rule, n) for rule in ("wvoter", "success") for n in (4, 10, 30)]


@cache
def simulated(rule, n):
    """Means and standard errors of "ends on option 0" and of the steps to consensus.

    Over 100,000 compiled runs.  Seeds cost more than short runs do, so ten runs follow each other
    on each of 10,000 streams.  Without noise a start is the same each time, payoffs included.
    """
    settings = Hive.settings(rule=rule, bandit=steady(*Q), population_size=n, stop_if_end=True)
    batch = settings.batch(run_seeds(1, STREAMS))
    state = (batch.opinions, batch.payoffs, batch.shares)
    start = [array.copy() for array in state]
    steps, first = np.zeros(RUNS), np.zeros(RUNS)
    for begin in range(0, RUNS, STREAMS):
        these = slice(begin, begin + STREAMS)
        for array, value in zip(state, start, strict=True):
            array[:] = value
        batch.running[:] = True
        while batch.running.any():
            steps[these] += batch.running
            batch.advance(1)
        first[these] = batch.shares[:, 0]
    assert set(np.unique(first)) == {0.0, 1.0}
    found = np.array([first.mean(), steps.mean()])
    return found, np.array([first.std(), steps.std()]) / math.sqrt(RUNS)


def deviations(rule, n, q=Q):
    """How many standard errors the runs are from the chain, for probability and time."""
    hive = finite_hive(rule, steady(*q), n)
    assert hive.exact
    expected = [hive.consensus_probabilities[hive.start, 0], hive.consensus_times[hive.start]]
    found, error = simulated(rule, n)
    return (found - expected) / error


@pytest.mark.thorough
@pytest.mark.parametrize(("rule", "n"), CASES)
def test_the_chain_foretells_runs(rule, n):
    assert np.abs(deviations(rule, n)).max() < 4.0


@pytest.mark.thorough
@pytest.mark.parametrize("rule", ["wvoter", "success"])
def test_runs_would_show_an_error_of_one_percent(rule):
    """In one option's reward at some N, and in the time at all N but 4, where times vary most."""
    assert max(np.abs(deviations(rule, n, (Q[0], Q[1] * 1.01))).max() for n in (4, 10, 30)) > 8.0
    assert max(np.abs(deviations(rule, n, (Q[0] * 1.01, Q[1]))).max() for n in (4, 10, 30)) > 8.0
    found, error = simulated(rule, 30)
    assert 0.01 * found[1] > 4.0 * error[1]


def test_two_bees_by_hand():
    """One bee per option: they switch with chances q_1 and q_0.  Weighted voters always swap."""
    hive = finite_hive("success", steady(0.5, 0.6), 2)
    np.testing.assert_array_equal(hive.states, [[0, 2], [1, 1], [2, 0]])
    np.testing.assert_allclose(
        hive.transition, [[1, 0, 0], [0.6 * 0.5, 0.6 * 0.5 + 0.4 * 0.5, 0.4 * 0.5], [0, 0, 1]]
    )
    np.testing.assert_allclose(hive.consensus_probabilities, [[0, 1], [0.4, 0.6], [1, 0]])
    np.testing.assert_allclose(hive.consensus_times, [0.0, 2.0, 0.0])
    for swapping in (
        finite_hive("wvoter", steady(0.5, 0.6), 2),
        finite_hive("wvoter", "linear", 2, samples=50),
    ):
        np.testing.assert_array_equal(swapping.consensus_times, [0.0, np.inf, 0.0])
        np.testing.assert_array_equal(swapping.consensus_probabilities, [[0, 1], [0, 0], [1, 0]])


def test_three_weighted_voters_by_hand():
    """Counts (2, 1): a bee on 0 hears one of each; the bee on 1 hears two of 0 and joins them."""
    hive = finite_hive("wvoter", steady(0.5, 0.6), 3)
    p = 0.6 / 1.1
    np.testing.assert_allclose(
        hive.transition[hive.start], [0.0, p**2, 2 * p * (1 - p), (1 - p) ** 2], atol=1e-15
    )
    assert hive.states[hive.start].tolist() == [2, 1]


@pytest.mark.parametrize(
    "q", [(0.5, 0.6), (0.0, 0.5), (0.0, 0.0), (1.0, 1.0), (0.2, 0.5, 0.9), (0.0, 0.0, 1.0)]
)
@pytest.mark.parametrize("rule", ["wvoter", "success"])
def test_rows_are_chances(rule, q):
    hive = finite_hive(rule, steady(*q), 12)
    assert hive.transition.shape == hive.error.shape == (number_of_states(12, len(q)),) * 2
    assert (hive.transition >= 0.0).all() and not hive.error.any()
    np.testing.assert_allclose(hive.transition.sum(axis=1), 1.0, rtol=1e-12)
    assert (hive.states.sum(axis=1) == 12).all()
    ends = hive.consensus_probabilities.sum(axis=1)
    if q == (0.0, 0.0):
        assert np.isinf(hive.consensus_times[1:-1]).all() and not ends[1:-1].any()
    elif q == (0.0, 0.0, 1.0):  # bees on 0 and 1 alone never move
        stuck = (hive.states[:, 2] == 0) & (hive.states.max(axis=1) < 12)
        assert np.isinf(hive.consensus_times[stuck]).all() and not ends[stuck].any()
        np.testing.assert_allclose(ends[~stuck], 1.0, rtol=1e-12)
    else:
        np.testing.assert_allclose(ends, 1.0, rtol=1e-12)


@pytest.mark.parametrize("rule", ["wvoter", "success"])
def test_equal_rewards_are_a_fair_game(rule):
    """The share of an option is then a martingale, so it is the probability to end there."""
    hive = finite_hive(rule, steady(0.3, 0.3, 0.3), 9)
    np.testing.assert_allclose(hive.consensus_probabilities, hive.states / 9, atol=1e-12)


def test_rewards_follow_the_shares_of_each_state():
    """Crowding holds a hive near its equilibrium: the time grows by a factor with each bee."""
    hive = finite_hive("success", "congestion", 4, gap=0.0)  # q = 0.8 - 0.2 x_0 and 0.8 - 0.6 x_1
    (state,) = np.flatnonzero(hive.states[:, 0] == 1)
    join, leave = (
        (0.8 - 0.2 / 4) / 3,
        (0.8 - 0.6 * 3 / 4),
    )  # of one of the three bees on 1, and of the bee on 0
    assert hive.transition[state, 0] == pytest.approx(leave * (1 - join) ** 3)
    times = [
        finite_hive("success", "congestion", n, gap=0.0).summary()["consensus_time"]
        for n in (200, 400, 600)
    ]
    assert math.log(times[1] / times[0]) == pytest.approx(math.log(times[2] / times[1]), rel=0.03)
    assert times[2] > 1e12  # digits that I - Q has lost


def test_the_bootstrap_gives_the_errors_of_first_order():
    """Those of rows propagated through (I - Q)^-1; 200 resamples know a standard error to 5 %."""
    hive = finite_hive("success", "linear", 6, gap=0.1, samples=1000)
    inside = hive.states.max(axis=1) < 6
    p = hive.transition[inside]
    visits = np.linalg.inv(np.eye(5) - p[:, inside])
    for value, error in (
        (hive.consensus_times, hive.consensus_time_errors),
        (hive.consensus_probabilities[:, 0], hive.consensus_probability_errors[:, 0]),
    ):
        of_rows = (p @ value**2 - (p @ value) ** 2) / 1000
        np.testing.assert_allclose(error[inside], np.sqrt(visits**2 @ of_rows), rtol=0.2)
        assert not error[~inside].any()


def test_the_seed_names_the_samples():
    first, same, other = (
        finite_hive("majority", "linear", 6, number_of_votes=3, samples=60, seed=seed)
        for seed in (0, "0", 1)
    )
    np.testing.assert_array_equal(first.transition, same.transition)
    np.testing.assert_array_equal(first.consensus_time_errors, same.consensus_time_errors)
    assert (first.transition != other.transition).any()


def test_the_summary_is_of_the_even_start():
    hive = finite_hive("wvoter", steady(0.5, 0.6, 0.7), 5)
    assert hive.start == hive.states.tolist().index([2, 2, 1])
    row = hive.summary()
    assert (row["population_size"], row["counts"], row["exact"], row["samples"]) == (
        5,
        (2, 2, 1),
        True,
        0,
    )
    assert row["consensus_time"] == hive.consensus_times[hive.start]
    assert sum(row[f"consensus_probability_{a}"] for a in range(3)) == pytest.approx(1.0)
    assert row["consensus_time_error"] == row["consensus_probability_2_error"] == 0.0


def test_one_bee_is_in_consensus():
    for hive in (
        finite_hive("success", steady(0.5, 0.6), 1),
        finite_hive("majority", steady(0.5, 0.6), 1),
    ):
        np.testing.assert_array_equal(hive.transition, np.eye(2))
        np.testing.assert_array_equal(hive.consensus_times, 0.0)


def test_a_chain_is_shown_by_its_even_start():
    hive = finite_hive("majority", steady(0.5, 0.6), 6, samples=40)
    assert repr(hive) == "<FiniteHive: 6 bees on 2 options, 7 states, 40 samples per state>"
    lines = str(hive).splitlines()
    assert lines[0] == "FiniteHive: 6 bees on 2 options" and len(lines) == 1 + len(hive.summary())
    table = hive.table()
    assert len(table) == 7 and table["count_0"].tolist() == hive.states[:, 0].tolist()
    row = table.iloc[hive.start]
    for name, value in hive.summary().items():
        if name.startswith("consensus"):
            assert row[name] == value
    assert "closed form" in repr(finite_hive("success", steady(0.5, 0.6), 3))


def test_sizes_beyond_the_chain_are_refused():
    with pytest.raises(ValueError, match=r"n_action must be 2 or 3 .* not 4"):
        finite_hive(n_action=4)
    with pytest.raises(
        ValueError, match="population_size must be at most 2999 for 2 options, not 3000"
    ):
        finite_hive(population_size=3000)
