"""Finite hives: their chains against runs, cases with known answers, and the diffusion against the chain.

Bounds are four sigma where chance is involved, so that some 60 comparisons fail a right package at about one seed in 250.
"""

import math
from dataclasses import dataclass, replace
from functools import cache

import networkx as nx
import numpy as np
import pytest

from hivemind_abm import BanditLinear, Hive, ImitationRule, MajorityRule, WeightedVoterRule
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.theory.chain import diffusion, finite_hive, size_limit

RUNS = 100_000
STREAMS = 10_000
Q = (0.8, 0.95)
CASES = [(rule, n) for rule in ("wvoter", "success") for n in (4, 10, 30)]


def steady(*q_star):
    return BanditLinear(n_action=len(q_star), q_star=q_star, gap=0.0)


@cache
def simulated(rule, n):
    """Means and standard errors of "ends on option 0" and of the steps to consensus, over 100,000 compiled runs.

    Seeds cost more than short runs do, so ten runs follow each other on each of 10,000 streams; without noise in the rewards a
    start is the same each time, payoffs included.
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


@pytest.mark.parametrize(("rule", "n"), CASES)
def test_the_chain_foretells_runs(rule, n):
    assert np.abs(deviations(rule, n)).max() < 4.0


@pytest.mark.parametrize("rule", ["wvoter", "success"])
def test_runs_would_show_an_error_of_one_percent(rule):
    """In one option's reward, at some N; a 1 % longer time, at every N but for four bees, whose times spread most."""
    assert max(np.abs(deviations(rule, n, (Q[0], Q[1] * 1.01))).max() for n in (4, 10, 30)) > 8.0
    assert max(np.abs(deviations(rule, n, (Q[0] * 1.01, Q[1]))).max() for n in (4, 10, 30)) > 8.0
    found, error = simulated(rule, 30)
    assert 0.01 * found[1] > 4.0 * error[1]


def test_two_bees_by_hand():
    """One bee each: both switch with chances q_1 and q_0.  Two weighted voters swap opinions for ever."""
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
    """Counts (2, 1): a bee on 0 hears one of each and goes to 1 with 0.6 / 1.1; the bee on 1 hears two of 0 and joins them."""
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
    assert hive.transition.shape == hive.error.shape == (size_limit(12, len(q)),) * 2
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


def test_rewards_follow_the_shares_of_each_state():
    """Crowding holds a hive near its equilibrium, so that the time to consensus grows by a factor with each bee."""
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


@pytest.mark.parametrize(
    ("rule", "same", "q", "n", "size"),
    [
        ("wvoter", MajorityRule(1), (0.5, 0.6), 12, None),
        ("wvoter", MajorityRule(1), (0.2, 0.6, 0.7), 6, None),
        ("success", WeightedVoterRule("is_stoc"), (0.5, 0.6), 12, 1),
    ],
)
def test_an_estimated_chain_agrees_with_the_closed_form(rule, same, q, n, size):
    """With another rule that decides the same: every chance within the error that the closed form has for so many samples."""
    exact = finite_hive(rule, steady(*q), n, neighbourhood_size=size)
    chains = [
        finite_hive(same, steady(*q), n, neighbourhood_size=size, samples=1000, seed=seed)
        for seed in range(10)
    ]
    found = chains[0]
    assert exact.exact and not found.exact and found.samples == 1000
    np.testing.assert_allclose(found.transition.sum(axis=1), 1.0, rtol=1e-12)
    p = exact.transition
    # a few landings more than Poisson's, where hardly any are expected
    assert (np.abs(found.transition - p) <= 4.5 * np.sqrt(p * (1 - p) / 1000) + 4.5 / 1000).all()
    squares = [((chain.transition - p) ** 2).sum() / (p * (1 - p) / 1000).sum() for chain in chains]
    assert abs(np.mean(squares) - 1.0) < 4.0 * np.std(squares) / math.sqrt(len(squares))
    assert np.std(squares) < 0.4
    np.testing.assert_allclose(
        found.error, np.sqrt(found.transition * (1 - found.transition) / 1000)
    )
    start = exact.start
    for name in ("consensus_probabilities", "consensus_times"):
        singular = name.replace("ies", "y").removesuffix("s")
        error = getattr(found, f"{singular}_errors")[start]
        assert (np.abs(getattr(found, name) - getattr(exact, name))[start] <= 4.0 * error).all()
        assert (error > 0.0).all()


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


def test_voters_that_hear_one_bee_end_in_proportion():
    hive = finite_hive("wvoter", steady(0.7, 0.7), 8, neighbourhood_size=1, samples=1000)
    assert not hive.exact
    errors = hive.consensus_probability_errors[1:-1, 0]
    assert (
        np.abs(hive.consensus_probabilities[1:-1, 0] - np.arange(1, 8) / 8) < 4.0 * errors
    ).all()
    assert (errors < 0.03).all()


def test_a_majority_of_all_others_follows_the_larger_total():
    """Without noise, the larger total payoff among the others decides in one step."""
    hive = finite_hive("majority", steady(0.5, 0.6), 9, samples=20)
    zeros = hive.states[:, 0]
    np.testing.assert_array_equal(
        hive.consensus_probabilities[:, 0], zeros >= 6
    )  # 5 on 0 hear 4 of each kind
    assert hive.consensus_times[zeros == 6] == 1.0


@pytest.mark.parametrize("rule", ["wvoter", "success"])
@pytest.mark.parametrize(("neighbourhood", "size"), [("groups", 3), ("everyone", "all")])
def test_other_neighbourhoods_are_estimated(rule, neighbourhood, size):
    hive = finite_hive(
        rule, steady(0.9, 0.9), 6, neighbourhood=neighbourhood, neighbourhood_size=size, samples=500
    )
    assert not hive.exact
    start = hive.start
    assert (
        abs(hive.consensus_probabilities[start, 0] - 0.5)
        < 4.0 * hive.consensus_probability_errors[start, 0]
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


# ---------------------------------------------------------------------------------------------------------------------
# The diffusion


@pytest.mark.parametrize("q", [(0.5, 0.5), (0.5, 0.51), (0.52, 0.5)])
@pytest.mark.parametrize("rule", ["wvoter", "success"])
def test_a_diffusion_is_close_to_the_chain(rule, q):
    exact = finite_hive(rule, steady(*q), 100).summary()
    found = diffusion(rule, steady(*q), 100).value()
    for name in ("consensus_probability_0", "consensus_probability_1", "consensus_time"):
        assert found[name] == pytest.approx(exact[name], rel=0.04)


def test_a_diffusion_without_drift_has_a_known_answer():
    """Wright-Fisher: v = x (1 - x) / N, so T = -2 N (x log x + (1 - x) log(1 - x)); here to order 1 / N and one of the grid."""
    n = 100_000
    hive = diffusion("wvoter", steady(0.5, 0.5), n)
    np.testing.assert_allclose(hive.consensus_probability[:, 0], hive.shares, atol=1e-4)
    np.testing.assert_allclose(hive.consensus_probability.sum(axis=1), 1.0)
    for x in (0.1, 0.5, 0.8):
        expected = -2 * n * (x * math.log(x) + (1 - x) * math.log(1 - x))
        assert hive.value(x)["consensus_time"] == pytest.approx(expected, rel=1e-3)


def test_a_diffusion_with_constant_selection_has_a_known_answer():
    """Kimura: with m = s x (1 - x) and v = c x (1 - x), u = (1 - exp(-2 s x / c)) / (1 - exp(-2 s / c))."""
    n, q = 10_000, (0.5002, 0.5)
    hive = diffusion("success", steady(*q), n)
    s, c = q[0] - q[1], (q[0] + q[1] - 2 * q[0] * q[1] * 0.5) / n
    inside = slice(1, -1)
    x = hive.shares[inside]
    np.testing.assert_allclose(hive.drift[inside] / (x * (1 - x)), s, rtol=2e-4)
    c = (hive.variance[inside] / (x * (1 - x))).mean()
    u = np.expm1(-2 * s * x / c) / np.expm1(-2 * s / c)
    np.testing.assert_allclose(hive.consensus_probability[inside, 0], u, atol=2e-4)


def test_an_estimated_diffusion_agrees():
    exact = diffusion("wvoter", steady(0.5, 0.52), 60).value()
    found = diffusion(MajorityRule(1), steady(0.5, 0.52), 60, samples=500).value()
    assert found["consensus_probability_0"] == pytest.approx(
        exact["consensus_probability_0"], abs=0.05
    )
    assert found["consensus_time"] == pytest.approx(exact["consensus_time"], rel=0.05)
    assert found["variance"] == pytest.approx(exact["variance"], rel=0.2)


# ---------------------------------------------------------------------------------------------------------------------
# What is refused


@dataclass(frozen=True)
class Restless(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return rng.integers(neighbours.n_action) if rng.random() < 0.1 else bee.opinion


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"n_action must be 2 or 3 .* not 4"):
        finite_hive(n_action=4)
    with pytest.raises(
        ValueError, match="population_size must be at most 2999 for 2 options, not 3000"
    ):
        finite_hive(population_size=3000)
    with pytest.raises(
        ValueError,
        match=r"population_size must be at most 75 for 3 options, not 76: .* 3003 states",
    ):
        finite_hive(population_size=76, n_action=3)
    assert size_limit(75, 3) == 2926
    for function in (finite_hive, diffusion):
        with pytest.raises(ValueError, match="Restless has left the one on option 0"):
            function(Restless(), population_size=10, samples=10, compiled=False)
        with pytest.raises(ValueError, match="not a network"):
            function(population_size=5, neighbourhood=nx.cycle_graph(5))
        for samples in (1, 2.5, True):
            with pytest.raises(ValueError, match="samples must be a whole number of at least 2"):
                function(samples=samples)
        with pytest.raises(ValueError, match="seed must be"):
            function(seed=None)
        with pytest.raises(TypeError, match="initial_shares fits nothing"):
            function(initial_shares=(0.5, 0.5))
        with pytest.raises(TypeError, match="did you mean gap"):
            function(gapp=0.1)
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


def test_the_command_puts_the_chain_beside_runs(capsys):
    from hivemind_abm.app.cli.main import main

    assert (
        main(
            [
                "finite",
                "--rule",
                "success",
                "--population-size",
                "6",
                "--gap",
                "0",
                "--runs",
                "2000",
            ]
        )
        == 0
    )
    lines = {line[:24].strip(): line[24:] for line in capsys.readouterr().out.splitlines()}
    assert (
        lines["closed form"].startswith("P(0) 0.10")
        and "steps" in lines["diffusion"]
        and "+-" in lines["2000 runs"]
    )
    assert main(["finite", "--population-size", "10", "--n-action", "10"]) == 2
    assert "must be 2 or 3" in capsys.readouterr().err
