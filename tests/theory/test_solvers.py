"""Solvers: known limits, closed form against ODE and exact arithmetic, Euler's measured order."""

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from replicator_cases import NAMES, case, rewards_of, shares_and_rewards

from hivemind_abm.bandits.congestion import BanditCongestion
from hivemind_abm.theory.dynamics import DYNAMICS
from hivemind_abm.theory.solvers import closed_form, euler, solve


@pytest.mark.parametrize("solved", ["closed_form", "solve", "euler"])
def test_taylor_ignores_a_shift_and_maynard_a_scale(solved):
    x, q = case(5, 5)
    t = np.linspace(0.0, 20.0, 21)
    path = {
        "closed_form": lambda name, q: closed_form(name, x, q, t),
        "solve": lambda name, q: solve(name, x, q, t),
        "euler": lambda name, q: euler(name, x, q, 20, 1.0),
    }[solved]
    same = 1e-8 if solved == "solve" else 1e-12
    np.testing.assert_allclose(
        path("TRD", 0.4 * q + 0.5), path("TRD", 0.4 * q), rtol=0.0, atol=same
    )
    np.testing.assert_allclose(path("MRD", 0.01 * q), path("MRD", q), rtol=0.0, atol=same)
    assert np.abs(path("TRD", 0.01 * q) - path("TRD", q)).max() > 0.01
    assert np.abs(path("MRD", q + 0.5) - path("MRD", q)).max() > 0.01


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("k", "zeros"), [(1, 0), (2, 0), (3, 1), (10, 0), (50, 5)])
def test_closed_form_equals_ode(name, k, zeros):
    for seed in range(3):
        x, q = case(seed, k, zeros)
        t = np.concatenate([np.linspace(0.0, 150.0, 31), [1e4]])
        np.testing.assert_allclose(
            solve(name, x, q, t), closed_form(name, x, q, t), rtol=0.0, atol=1e-8
        )


@pytest.mark.parametrize("name", NAMES)
def test_ode_follows_a_share_far_below_its_absolute_tolerance(name):
    x, q, t = [1.0 - 1e-15, 1e-15], [0.3, 0.9], np.linspace(0.0, 150.0, 31)
    np.testing.assert_allclose(
        solve(name, x, q, t), closed_form(name, x, q, t), rtol=0.0, atol=1e-7
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("k", [2, 5, 30])
def test_closed_form_satisfies_its_equation(name, k):
    x, q = case(k, k)
    h = 1e-4
    for t in (0.5, 3.0, 20.0):
        before, now, after = closed_form(name, x, q, [t - h, t, t + h])
        np.testing.assert_allclose(
            (after - before) / (2.0 * h), DYNAMICS[name](now, q), rtol=0.0, atol=1e-8
        )


@given(shares_and_rewards(), st.floats(-10.0, 6.0))
@example(
    (np.array([1.0 - 1e-12, 1e-12]), np.array([0.0, 1.0])), 0.0
)  # little happens: t is 2e-12 where tau is 1
@settings(max_examples=50, deadline=None, derandomize=True)
def test_maynard_closed_form_to_rounding(given_case, exponent):
    """Pick tau, work out t and x(t) with 60 digits, and ask for x at that t."""
    x, q = given_case
    if not (x * q).max() > 1e-250:
        return
    with localcontext(Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN)):
        tau = Decimal(10.0**exponent) / Decimal(q.max())
        rates = [Decimal(q_a) * tau for q_a in q.tolist()]
        grown = [Decimal(x_a) * z.exp() for x_a, z in zip(x.tolist(), rates, strict=True)]
        gains = [z.exp() - 1 if z > Decimal("1e-20") else z + z * z / 2 for z in rates]
        gain = sum((Decimal(x_a) * g for x_a, g in zip(x.tolist(), gains, strict=True)), Decimal(0))
        t = (1 + gain).ln() if gain > Decimal("1e-20") else gain - gain * gain / 2  # as x sums to 1
        exact = [float(share / sum(grown)) for share in grown]
    if t < Decimal("1e-250"):
        return
    found = closed_form("MRD", x, q, [float(t)])[0]
    # t itself is rounded, and a share's relative error is at most that of t times t
    np.testing.assert_allclose(found, exact, rtol=1e-12 * max(1.0, float(t)), atol=1e-280)


@given(
    shares_and_rewards(),
    st.lists(st.sampled_from([0.0, 1e-12, 0.3, 7.0, 900.0, 1e6]), min_size=1, unique=True).map(
        sorted
    ),
)
@settings(max_examples=50, deadline=None, derandomize=True)
@pytest.mark.filterwarnings("error")
def test_closed_form_stays_on_the_simplex(given_case, times):
    x, q = given_case
    for name in NAMES:
        path = closed_form(name, x, q, times)
        assert path.shape == (len(times), x.size)
        assert (path >= 0.0).all()
        np.testing.assert_allclose(path.sum(axis=1), 1.0, rtol=1e-12)
        assert (path[:, x == 0.0] == 0.0).all()


@pytest.mark.parametrize("name", NAMES)
def test_best_option_held_by_anyone_wins(name):
    x, q = [0.7, 0.2999, 0.0001, 0.0], [0.3, 0.5, 0.6, 0.9]  # nobody holds the last one
    np.testing.assert_allclose(closed_form(name, x, q, [1e6])[0], [0, 0, 1, 0], atol=1e-15)
    np.testing.assert_allclose(solve(name, x, q, [1e6])[0], [0, 0, 1, 0], atol=1e-9)
    np.testing.assert_allclose(euler(name, x, q, 2000, 1.0)[-1], [0, 0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(
        closed_form(name, [0.2, 0.3, 0.5], [0.6, 0.6, 0.1], [1e6])[0], [0.4, 0.6, 0.0], atol=1e-12
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("x", "q"),
    [
        ([1.0], [0.5]),  # one option
        ([1.0], [0.0]),
        ([0.2, 0.8], [0.0, 0.0]),  # no reward
        ([0.2, 0.8], [0.6, 0.6]),  # no difference
        ([0.0, 1.0, 0.0], [0.9, 0.1, 0.5]),  # consensus, though not on the best
        ([0.0, 1.0, 0.0], [0.9, 0.0, 0.5]),  # the same, without reward
        ([0.5, 0.5, 0.0], [1e-305, 1e-305, 1.0]),  # nobody holds what differs
    ],
)
def test_rest_points_stay(name, x, q):
    t = [0.0, 1.0, 1e6]
    np.testing.assert_allclose(closed_form(name, x, q, t), [x] * 3, rtol=1e-14)
    np.testing.assert_allclose(solve(name, x, q, t), [x] * 3, rtol=1e-14)
    np.testing.assert_allclose(euler(name, x, q, 2, 1.0), [x] * 3, rtol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_euler_is_of_first_order(name):
    x, q = case(7, 4)
    exact = closed_form(name, x, q, [6.0])[0]
    deltas = np.array([2.0**-n for n in range(4, 9)])
    errors = [
        np.abs(euler(name, x, q, round(6.0 / delta), delta)[-1] - exact).max() for delta in deltas
    ]
    slope = np.polyfit(np.log(deltas), np.log(errors), 1)[0]
    assert 0.9 < slope < 1.1


def test_a_maynard_step_is_the_map_of_the_weighted_voter():
    x, q = case(8, 6)
    path = euler("MRD", x, q, 30, 1.0)
    for now, after in pairwise(path):
        np.testing.assert_allclose(after, now * q / (now @ q), rtol=1e-13)
    np.testing.assert_allclose(path[-1], x * q**30 / (x @ q**30), rtol=1e-12)


def test_euler_a_step_at_a_time_gives_the_same_bits():
    rewards = rewards_of(BanditCongestion(3, (0.8, 0.8, 0.7), (0.2, 0.6, 0.1)))
    x = np.array([0.1, 0.3, 0.6])
    for name in NAMES:
        path = euler(name, x, rewards, 50, 0.3)
        now = x
        for row in path[1:]:
            now = euler(name, now, rewards, 1, 0.3)[1]
            np.testing.assert_array_equal(now, row)


@given(shares_and_rewards(), st.sampled_from([1e-3, 0.5, 1.0]))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_euler_stays_on_the_simplex(given_case, delta):
    x, q = given_case
    for name in NAMES:
        path = euler(name, x, q, 20, delta)
        assert path.shape == (21, x.size)
        assert (path >= 0.0).all()
        np.testing.assert_allclose(path.sum(axis=1), 1.0, rtol=1e-12)


def test_euler_keeps_the_sum_where_rounding_would_grow():
    path = euler("TRD", [0.1, 0.2, 0.7], [-0.5, -0.6, -0.6], 500, 1.0)
    np.testing.assert_allclose(path.sum(axis=1), 1.0, rtol=1e-14)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("start", [0.5, 0.01, 0.999])
def test_congestion_ends_at_equilibrium(name, start):
    rewards, x = rewards_of(BanditCongestion()), [start, 1.0 - start]
    np.testing.assert_allclose(solve(name, x, rewards, [0.0, 500.0])[-1], [0.75, 0.25], atol=1e-8)
    np.testing.assert_allclose(euler(name, x, rewards, 500, 1.0)[-1], [0.75, 0.25], atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_ode_and_fine_euler_agree_on_congestion(name):
    rewards, x = rewards_of(BanditCongestion()), [0.1, 0.9]
    coarse, fine = (euler(name, x, rewards, 500 * n, 0.02 / n)[:: 50 * n] for n in (1, 2))
    path = solve(name, x, rewards, np.linspace(0.0, 10.0, 11))
    np.testing.assert_allclose(
        2.0 * fine - coarse, path, rtol=0.0, atol=1e-5
    )  # Richardson: what is left is of second order


@pytest.mark.parametrize("name", NAMES)
def test_ode_asks_for_the_fitness_of_shares_only(name):
    """Rock, paper, scissors spiralling outwards: shares often fall far below the tolerance."""
    payoff = np.array([[1.0, 0.0, 1.5], [1.5, 1.0, 0.0], [0.0, 1.5, 1.0]])
    asked = []

    def fitness(x):
        asked.append(x)
        return payoff @ x

    path = solve(name, [0.4, 0.3, 0.3], fitness, np.linspace(0.0, 400.0, 4001))
    for x in (path, np.array(asked)):
        assert (x >= 0.0).all()
        np.testing.assert_allclose(x.sum(axis=1), 1.0, rtol=1e-12)


def test_a_dynamic_of_ones_own():
    def logit(x, q):
        weights = np.exp(q / 0.1)
        return weights / weights.sum() - x

    rest = np.exp([2.0, 5.0]) / np.exp([2.0, 5.0]).sum()
    np.testing.assert_allclose(
        solve(logit, [1.0, 0.0], [0.2, 0.5], [0.0, 40.0])[-1], rest, atol=1e-9
    )
    np.testing.assert_allclose(euler(logit, [1.0, 0.0], [0.2, 0.5], 200, 0.2)[-1], rest, atol=1e-9)
