"""Coupled replicators: the numbers of section 2 of the theory that need no bees, and refusals.

x and y are the shares of option 0 of players 0 and 1.
"""

import math

import numpy as np
import pytest
from scipy import optimize

from hivemind_abm.games.classic import (
    Coordination,
    MatchingPennies,
    PrisonersDilemma,
    RockPaperScissors,
)
from hivemind_abm.games.congestion_game import SharedCongestion
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.game import Game
from hivemind_abm.games.matrix import MatrixGame
from hivemind_abm.games.tensors import tensors_of
from hivemind_abm.theory.dynamics import maynard, taylor
from hivemind_abm.theory.solvers import euler, solve


def pair(x, y):
    return [np.array([x, 1.0 - x]), np.array([y, 1.0 - y])]


def logits(path):
    return np.log(path[:, 0] / path[:, 1])


def radius(paths):
    return np.hypot(paths[0][:, 0] - 0.5, paths[1][:, 0] - 0.5)


# G1 to G4: matching pennies


def test_continuous_taylor_circles_around_the_centre_of_matching_pennies():
    times = np.linspace(0.0, 100.0, 41)
    x, y = CoupledReplicators("matching pennies").solve(pair(0.7, 0.5), times)
    np.testing.assert_allclose(x.prod(1) * y.prod(1), 0.0525, rtol=0, atol=1e-11)


def test_the_period_of_small_circles():
    times = np.array([0.0, 2.0 * math.pi, 4.0 * math.pi])
    x, y = CoupledReplicators("matching pennies").solve(pair(0.5001, 0.5), times)
    np.testing.assert_allclose(x[:, 0], [0.5001, 0.4999, 0.5001], rtol=0, atol=1e-10)
    np.testing.assert_allclose(y[:, 0], 0.5, rtol=0, atol=1e-10)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.2, 0.8)])
def test_steps_of_taylor_go_outward(low, high):
    replicators = CoupledReplicators(MatchingPennies(win=high, lose=low))
    u, v = (each[:, 0] - 0.5 for each in replicators.euler(pair(0.5 + 1e-6, 0.5), 1))
    moved = complex(u[1], v[1]) / complex(u[0], v[0])
    assert abs(moved) == pytest.approx(math.sqrt(1.0 + (high - low) ** 2 / 4.0), abs=1e-6)
    assert math.tan(abs(np.angle(moved))) == pytest.approx((high - low) / 2.0, abs=1e-6)


def test_steps_of_maynard_are_linear_in_logits():
    x, y = CoupledReplicators("matching pennies", "MRD").euler(pair(0.6, 0.5), 8)
    u, v = logits(x), logits(y)
    np.testing.assert_allclose(u[1:], u[:-1] + v[:-1], atol=1e-12)
    np.testing.assert_allclose(v[1:], v[:-1] - u[:-1], atol=1e-12)
    assert x[-1, 0] == pytest.approx(0.9984798755, abs=1e-10)
    assert y[-1, 0] == pytest.approx(0.5, abs=1e-12)
    assert u[-1] == pytest.approx(16.0 * u[0], abs=1e-11)


def test_continuous_maynard_comes_to_the_centre_like_a_power_of_time():
    replicators = CoupledReplicators("matching pennies", "MRD")
    start = pair(0.8, 0.3)
    w = 0.8 * 0.3 + 0.2 * 0.7
    growth = replicators.derivative(start)
    rate = sum((change / x).sum() for change, x in zip(growth, start, strict=True))
    assert rate == pytest.approx((1.0 - 2.0 * w) ** 2 / (w * (1.0 - w)), abs=1e-12)
    squares = radius(replicators.solve(pair(0.55, 0.5), [0.0, 500.0], 1e-8, 1e-8)) ** 2
    assert squares[1] == pytest.approx(squares[0] / (1.0 + 2.0 * squares[0] * 500.0), rel=0.02)


@pytest.mark.parametrize(
    ("delta", "expected", "steps"),
    [
        (0.1, 0.22353, 4000),
        (0.5, 0.49421, 4000),
        pytest.param(0.01, 0.0707105, 60_000, marks=pytest.mark.thorough),
    ],
)
def test_short_steps_of_maynard_orbit_at_a_radius(delta, expected, steps):
    replicators = CoupledReplicators("matching pennies", "MRD")
    start = math.sqrt(delta / 2.0)
    for factor in (0.97, 1.0):  # the centre and the corners push it back to the orbit
        paths = replicators.euler(pair(0.5 + factor * min(start, 0.495), 0.5), steps, delta)
        found = math.sqrt((radius(paths)[-steps // 4 :] ** 2).mean())
        assert found == pytest.approx(expected, rel=2e-4)


# G5: rock, paper, scissors


def test_rock_paper_scissors_conserves_the_logs_and_steps_go_outward():
    start = [np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.2, 0.6])]

    def distance(paths):
        return -sum(np.log(path).sum(-1) for path in paths)

    times = np.linspace(0.0, 50.0, 21)
    still = distance(CoupledReplicators(RockPaperScissors()).solve(start, times))
    np.testing.assert_allclose(still, still[0], rtol=0, atol=1e-9)
    by_taylor, by_maynard = (
        distance(CoupledReplicators(RockPaperScissors(), name).euler(start, 10))
        for name in ("TRD", "MRD")
    )
    assert (np.diff(by_taylor) > 0.0).all() and (np.diff(by_maynard) > 0.0).all()
    assert (by_maynard[1:] > by_taylor[1:]).all()


# G6: coordination


def separatrix(x, a=1.0, b=0.5):
    """The other share y with V(y) = V(x), V(z) = b log z + a log(1 - z)."""
    top = b / (a + b)  # where V is largest

    def difference(y):
        return b * math.log(y / x) + a * math.log((1.0 - y) / (1.0 - x))

    low, high = (1e-300, top) if x > top else (top, 1.0 - 1e-16)
    return optimize.brentq(difference, low, high, xtol=1e-15)


def test_the_separatrix_of_coordination():
    y = separatrix(0.6)
    assert y == pytest.approx(0.1255437353, abs=1e-10)
    for name in ("TRD", "MRD"):  # a game of common interest: the same paths
        replicators = CoupledReplicators(Coordination(), name)
        below = [path[-1, 0] for path in replicators.solve(pair(0.6, y - 1e-3), [200.0])]
        above = [path[-1, 0] for path in replicators.solve(pair(0.6, y + 1e-3), [200.0])]
        assert max(below) < 1e-6 and min(above) > 1.0 - 1e-6


def test_the_basin_of_the_worse_option_in_continuous_time():
    x = (np.arange(2000) + 0.5) / 2000
    assert np.mean([separatrix(each) for each in x]) == pytest.approx(0.2636, abs=5e-5)


@pytest.mark.parametrize(("dynamic", "area"), [(taylor, 0.2676), (maynard, 0.2828)])
def test_the_basin_of_the_worse_option_in_steps(dynamic, area):
    middle = (np.arange(400) + 0.5) / 400
    z, payoffs = np.stack([middle, 1.0 - middle], -1), tensors_of(Coordination()).values[0]
    x, y = np.broadcast_to(z[:, None], (400, 400, 2)), np.broadcast_to(z, (400, 400, 2))
    for _ in range(60):
        x, y = x + dynamic(x, y @ payoffs), y + dynamic(y, x @ payoffs)
    assert (x[..., 0] < 0.5).mean() == pytest.approx(area, abs=5e-4)


# G7: prisoner's dilemma with equal gains


def test_taylor_is_logistic_in_the_prisoners_dilemma():
    time = 5.0 * math.log(99.0)
    assert time == pytest.approx(22.9756, abs=5e-5)
    replicators = CoupledReplicators(PrisonersDilemma())
    x, y = replicators.solve(pair(0.99, 0.99), [time])
    assert (x[0, 0], y[0, 0]) == pytest.approx((0.01, 0.01), abs=1e-10)
    x, _ = replicators.euler(pair(0.99, 0.99), 23)
    assert x[-1, 0] < 0.01 < x[-2, 0]
    np.testing.assert_allclose(np.diff(x[:, 0]), -0.4 * x[:-1].prod(1), atol=1e-15)


def test_maynard_is_faster_than_exponential_there():
    x, _ = CoupledReplicators(PrisonersDilemma(), "MRD").euler(pair(0.5, 0.5), 5)
    np.testing.assert_allclose(x[:3, 0], [0.5, 0.3, 0.117391], atol=5e-7)
    assert (np.diff(np.log(x[:, 0]), 2)[:3] < 0.0).all()


# G8: congestion


STARTS = pair(0.5, 0.9)


def test_hives_at_one_congested_site_end_apart():
    replicators = CoupledReplicators("shared congestion")
    x, y = replicators.solve(STARTS, [0.0, 1000.0])
    assert (x[1, 0], y[1, 0]) == pytest.approx((0.5756939094, 0.9243060906), abs=1e-10)
    assert x[1, 0] + y[1, 0] == pytest.approx(1.5, abs=1e-10)
    x, y = CoupledReplicators("shared congestion", "MRD").euler(STARTS, 1000)
    assert (x[-1, 0], y[-1, 0]) == pytest.approx((0.5756939094, 0.9243060906), abs=1e-10)
    x, y = replicators.euler(STARTS, 1000)
    assert (x[-1, 0], y[-1, 0]) == pytest.approx((0.57555736, 0.92444264), abs=5e-9)


# What is not in the theory's list


def test_each_player_follows_its_own_dynamic():
    game = MatrixGame(np.random.default_rng(3).random((3, 2, 3, 4)))
    shares = [np.full(k, 1.0 / k) for k in (2, 3, 4)]

    def half(x, q):
        return 0.5 * taylor(x, q)

    replicators = CoupledReplicators(game, ("TRD", half, "MRD"))
    fitness, used = replicators.fitness(shares), (taylor, half, maynard)
    expected = [dynamic(x, f) for dynamic, x, f in zip(used, shares, fitness, strict=True)]
    for p, change in enumerate(replicators.derivative(shares)):
        np.testing.assert_allclose(fitness[p], game.expected(p, shares), rtol=0, atol=0)
        np.testing.assert_allclose(change, expected[p], rtol=0, atol=0)
    steps = replicators.euler(shares, 500, delta=0.01)
    for path, solved in zip(steps, replicators.solve(shares, [5.0]), strict=True):
        assert path.shape == (501, solved.size)
        np.testing.assert_allclose(path[-1], solved[0], atol=2e-3)


def test_without_an_opponent_it_is_the_replicator_of_one_hive():
    q = (0.9, 0.7, 0.6)
    game = MatrixGame(([[each] for each in q], [[0.5]] * 3))
    x, times = np.array([0.2, 0.5, 0.3]), [0.0, 3.0, 30.0]
    for name in ("TRD", "MRD"):
        replicators = CoupledReplicators(game, name)
        one = replicators.solve([x, [1.0]], times)[0]
        np.testing.assert_allclose(one, solve(name, x, q, times), atol=1e-8)
        one = replicators.euler([x, [1.0]], 20, 0.5)[0]
        np.testing.assert_allclose(one, euler(name, x, q, 20, 0.5), atol=1e-12)


def test_options_that_nobody_has_stay_away_and_tiny_shares_keep_their_digits():
    replicators = CoupledReplicators("rock paper scissors")
    x, _ = replicators.solve([(0.5, 0.5, 0.0), (1e-200, 1.0, 0.0)], [0.0, 10.0])
    assert x[1, 2] == 0.0
    assert x[1, 0] / x[1, 1] == pytest.approx(math.exp(-5.0), rel=1e-10)


def test_a_game_that_knows_its_expected_payoffs():
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Known(Game):
        n_actions = (2,) * 40

        def payoff(self, player, options, rng):
            return 0.5

        def expected(self, player, shares):
            return np.array([np.mean([x[0] for x in shares]), 0.5])

    shares = [np.array([0.6, 0.4])] * 40
    assert CoupledReplicators(Known()).fitness(shares)[7].tolist() == pytest.approx([0.6, 0.5])


def test_a_table_has_the_shares_and_mean_payoffs():
    replicators = CoupledReplicators(PrisonersDilemma(), "MRD")
    table = replicators.table(pair(0.5, 0.5), steps=2)
    columns = ["share_0", "share_1", "payoff"]
    assert list(table) == ["step", *(f"p{p}_{name}" for p in (0, 1) for name in columns)]
    np.testing.assert_allclose(table["p1_share_0"], [0.5, 0.3, 0.117391], atol=5e-7)
    assert table["p0_payoff"][0] == pytest.approx((0.6 + 0.0 + 1.0 + 0.4) / 4.0)
    table = CoupledReplicators(SharedCongestion()).table(STARTS, times=[0.0, 1.5])
    assert table["time"].tolist() == [0.0, 1.5]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CoupledReplicators("chess"), "game must be one of"),
        (lambda: CoupledReplicators("chicken", "BNN"), "dynamic must be one of TRD, MRD"),
        (lambda: CoupledReplicators("chicken", ("TRD",)), "for each of the 2 players, not 1"),
        (lambda: CoupledReplicators("chicken").euler([(1.0, 0.0)], 1), "shares must be 2 arrays"),
        (lambda: CoupledReplicators("chicken").euler(pair(0.5, 1.5), 1), "shares must be at least"),
        (lambda: CoupledReplicators("chicken").euler(pair(0.5, 0.5), -1), "steps must be"),
        (lambda: CoupledReplicators("chicken").euler(pair(0.5, 0.5), 1, 2.0), "delta must be"),
        (
            lambda: CoupledReplicators("chicken").solve(pair(0.5, 0.5), [2, 1]),
            "times must increase",
        ),
        (lambda: CoupledReplicators("chicken").table(pair(0.5, 0.5)), "give steps, .* or times"),
        (
            lambda: CoupledReplicators("chicken", lambda x, q: 9.0 * taylor(x, q)).euler(
                pair(0.1, 0.99), 9
            ),
            "delta must keep shares non-negative",
        ),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
