"""LOLA in games: the numbers of its theory, for replicators, and for hives within their noise.

x and y are the shares of option 0 of players 0 and 1.  LOLA's own speed is divided by 1 + 2 eta, in
hives and replicators alike.
"""

import math

import numpy as np
import pytest
from scipy import optimize

from hivemind_abm import GameModel, ensemble
from hivemind_abm.games.classic import PrisonersDilemma, StagHunt
from hivemind_abm.games.coupled import CoupledReplicators
from hivemind_abm.games.iterated import IteratedPrisonersDilemma
from hivemind_abm.games.matrix import MatrixGame
from hivemind_abm.games.shaping_partners import LolaDynamic, shaped_fitness
from hivemind_abm.theory.dynamics import taylor

pytestmark = pytest.mark.thorough  # compiles many rules

PENNIES = "matching pennies"
START = ((0.7, 0.3), (0.5, 0.5))


def pair(x, y):
    return [np.array([x, 1.0 - x]), np.array([y, 1.0 - y])]


def advantage(game, x, y, eta=1.0, terms="both", player=0):
    """f_0 - f_1, before the division by 1 + 2 eta."""
    f = shaped_fitness(game, player, pair(x, y), eta, terms)
    return f[0] - f[1]


# ------------------------------------------------------------------------------
# Matching pennies


def test_one_step_of_replicators():
    x, y = CoupledReplicators(PENNIES, ("LOLA", "TRD")).euler(START, 1)
    assert (x[1, 0], y[1, 0]) == pytest.approx((0.672, 0.4), abs=1e-12)


def test_one_step_of_hives():
    parameters = {"game": PENNIES, "players": ("lola", "success"), "initial_shares": START}
    table = ensemble(GameModel, parameters, runs=400, steps=1, seed=1, keep="last")
    shares = table[["p0_share_0", "p1_share_0"]]
    error = shares.std().to_numpy() / 20.0
    assert (np.abs(shares.mean().to_numpy() - (0.672, 0.4)) < 4.0 * error).all()
    assert error.max() < 0.001


def linearised(dynamics, step):
    """The eigenvalues at the centre, of continuous time or of steps of time 1."""
    coupled, moved = CoupledReplicators(PENNIES, dynamics), 1e-6

    def change(x, y):
        if step:
            return [each[1, 0] for each in coupled.euler(pair(x, y), 1)]
        return [each[0] for each in coupled.derivative(pair(x, y))]

    columns = [
        np.subtract(change(0.5 + dx, 0.5 + dy), change(0.5 - dx, 0.5 - dy)) / (2.0 * moved)
        for dx, dy in ((moved, 0.0), (0.0, moved))
    ]
    return np.linalg.eigvals(np.array(columns).T)


def at_full_speed(eta, terms="both"):
    """LOLA without the division by 1 + 2 eta, or 1 + eta for one of the terms."""

    class Fast(LolaDynamic):
        def growth(self, game, player, shares):
            most = 2.0 if terms == "both" else 1.0
            return (1.0 + most * eta) * super().growth(game, player, shares)

    return Fast(eta, terms)


@pytest.mark.parametrize("eta", [0.5, 1.0])
def test_eigenvalues_in_continuous_time(eta):
    fast = at_full_speed(eta)
    root = 1j * math.sqrt(1.0 - eta**2 / 4.0)
    values = linearised((fast, "TRD"), step=False)
    expected = (-eta / 2.0 + root) / 2.0
    assert sorted(values, key=np.imag)[1] == pytest.approx(expected, abs=1e-6)
    values = linearised((fast, fast), step=False)
    assert sorted(values, key=np.imag)[1] == pytest.approx(-eta / 2.0 + 0.5j, abs=1e-6)
    one_term = linearised((at_full_speed(eta, "shaping"),) * 2, step=False)
    assert sorted(one_term, key=np.imag)[1] == pytest.approx(-eta / 4.0 + 0.5j, abs=1e-6)


def test_eigenvalues_of_whole_steps():
    """The moduli at eta = 1, and from which eta on the centre attracts."""

    def modulus(eta, other=None):
        own = LolaDynamic(eta)
        return np.abs(linearised((own, other or own), step=True)).max()

    assert modulus(1.0, "TRD") == pytest.approx(0.95742711, abs=1e-7)
    assert modulus(1.0) == pytest.approx(0.84983659, abs=1e-7)
    bound = (math.sqrt(11.0) - 2.0) / 7.0  # 7 eta^2 + 4 eta = 1
    assert bound == pytest.approx(0.18809, abs=1e-5)
    for other, eta in (("TRD", 0.5), (None, bound), ("MRD", 1.0)):
        assert modulus(eta + 0.01, other) < 1.0 < modulus(eta - 0.01, other)


def test_naive_steps_lead_outward():
    assert np.abs(linearised(("TRD", "TRD"), step=True)).max() == pytest.approx(
        math.sqrt(1.25), abs=1e-6
    )


@pytest.mark.parametrize(("terms", "times"), [("both", 2.0), ("shaping", 1.0), ("lookahead", 1.0)])
def test_zero_sum_theorem(terms, times):
    """d/dt (sum x* log x + sum y* log y) = 2 eta Var_y(p), eta Var_y(p) with one of the terms."""
    rng, eta = np.random.default_rng(3), 0.8
    weights = rng.uniform(0.5, 1.5, 3)  # weighted rock paper scissors
    a = np.zeros((3, 3))
    for option in range(3):
        a[option, (option + 1) % 3] = weights[option]
        a[(option + 1) % 3, option] = -weights[option]
    a = 0.5 + a / 4.0
    balanced = np.roll(weights, -1) / weights.sum()  # a @ balanced is the same for all options
    assert np.ptp(a @ balanced) < 1e-12
    game = MatrixGame((a, 1.0 - a))
    x, y = rng.dirichlet(np.ones(3), 2)
    moved = CoupledReplicators(game, (at_full_speed(eta, terms), "TRD")).derivative([x, y])
    rate = (balanced / x) @ moved[0] + (balanced / y) @ moved[1]
    p = a.T @ x
    variance = y @ p**2 - (y @ p) ** 2
    assert rate == pytest.approx(times * eta * variance, abs=1e-12)
    assert rate > 1e-3


def late_distance(players, runs=20, **arguments):
    """The share of runs that lock in by step 600, and the rms distance to the centre from 300."""
    parameters = {"game": PENNIES, "players": players, "initial_shares": START} | arguments
    rows = ensemble(
        GameModel, parameters, runs=runs, steps=600, seed=1, keep="rows", record_every=5
    )
    late = rows[rows.Step >= 300]
    squares = (late.p0_share_0 - 0.5) ** 2 + (late.p1_share_0 - 0.5) ** 2
    return rows[rows.Step == 600].consensus.mean(), math.sqrt(squares.mean())


def test_hives_of_a_thousand_in_matching_pennies():
    """Linear noise theory: .03674 for two LOLA hives, .080 for one against a naive one."""
    assert late_distance(("success", "success")) == (1.0, pytest.approx(0.70711, abs=1e-4))
    locked, distance = late_distance(("lola", "lola"))
    assert locked == 0.0
    assert distance == pytest.approx(0.0367, rel=0.1)
    locked, distance = late_distance(("lola", "success"))
    assert locked == 0.0
    assert 0.07 < distance < 0.1
    assert late_distance(({"rule": "lola", "eta": 0.25}, "success"))[0] == 1.0


def test_weighted_voters_need_an_eta_above_one():
    """They move with h / (y.h), so twice as fast here; the bound on eta doubles with it."""
    for eta in (0.5, 1.0):
        assert late_distance(({"rule": "lola", "eta": eta}, "wvoter"))[0] == 1.0
    locked, distance = late_distance(({"rule": "lola", "eta": 4.0}, "wvoter"))
    assert locked == 0.0
    assert distance == pytest.approx(0.119, rel=0.15)


# ------------------------------------------------------------------------------
# Stag hunt


def test_no_drift_in_the_middle_of_the_stag_hunt():
    moved = CoupledReplicators(StagHunt(0.6), ("LOLA", "LOLA")).derivative(pair(0.5, 0.5))
    assert np.abs(np.concatenate(moved)).max() < 1e-15


@pytest.mark.parametrize("hare", [0.55, 0.6, 0.65])
def test_the_threshold_of_the_stag_is_a_half_at_one_eta(hare):
    eta = (4.0 * hare - 2.0) / (1.0 - hare)
    assert advantage(StagHunt(hare), 0.5, 0.5, eta) == pytest.approx(0.0, abs=1e-14)
    assert advantage(StagHunt(hare), 0.5, 0.5, 1.1 * eta) > 0.0


@pytest.mark.parametrize(
    ("hare", "eta", "terms", "threshold"),
    [
        (0.6, 1.0, "both", 0.5),
        (0.6, 1.0, "shaping", 0.480151),
        (0.6, 1.0, "lookahead", 0.6),
        (0.6, 0.0, "both", 0.6),
    ],
)
def test_thresholds_on_the_diagonal(hare, eta, terms, threshold):
    root = optimize.brentq(
        lambda z: advantage(StagHunt(hare), z, z, eta, terms), 0.3, 0.9, xtol=1e-14
    )
    assert root == pytest.approx(threshold, abs=5e-7)
    if terms == "both":
        z = 0.37
        expected = z - hare + eta * z * (1.0 - z) * (2.0 * z - hare)
        assert advantage(StagHunt(hare), z, z, eta) == pytest.approx(expected, abs=1e-14)


def test_half_the_hare_lowers_the_threshold_further_with_eta():
    roots = [
        optimize.brentq(lambda z, eta=eta: advantage(StagHunt(0.5), z, z, eta), 0.1, 0.9)
        for eta in (0.0, 0.5, 1.0, 2.0)
    ]
    assert roots[0] == pytest.approx(0.5, abs=1e-9)
    assert (np.diff(roots) < -0.01).all()


# ------------------------------------------------------------------------------
# Prisoner's dilemma and chicken, played once


def test_equal_gains_leave_the_prisoners_dilemma_as_it_is():
    rng = np.random.default_rng(1)
    for game in (PrisonersDilemma(), PrisonersDilemma(0.9, 0.7, 0.3, 0.1)):
        for x, y in rng.random((5, 2)):
            naive, one = (
                CoupledReplicators(game, dynamics).derivative(pair(x, y))
                for dynamics in (("TRD", "TRD"), ("LOLA", "TRD"))
            )
            assert np.abs(3.0 * one[0] - naive[0]).max() < 1e-14


def test_unequal_gains_may_be_worse_or_better():
    worse = PrisonersDilemma(T=1.0, R=0.6, P=0.2, S=0.0)
    assert advantage(worse, 0.3, 0.8) == pytest.approx(-0.37536, abs=1e-12)
    assert advantage(worse, 0.3, 0.8, 0.0) == pytest.approx(-0.36, abs=1e-12)
    better = PrisonersDilemma(T=1.0, R=0.9, P=0.5, S=0.0)
    assert advantage(better, 0.9, 0.9) == pytest.approx(-0.114, abs=5e-4)
    assert advantage(better, 0.9, 0.9, 0.0) < -0.135
    grid = np.linspace(0.0, 1.0, 21)
    assert max(advantage(better, x, y) for x in grid for y in grid) < 0.0


def test_a_hive_that_shapes_its_opponent_is_a_bully_in_chicken():
    """From even shares it goes straight more often than the naive hive, and is paid more."""
    payoffs = {}
    for players in (("success", "success"), ("lola", "success"), ("lola", "lola")):
        parameters = {"game": "chicken", "players": players, "population_size": 500}
        table = ensemble(GameModel, parameters, runs=200, steps=300, seed=1, keep="last")
        gap = table.p0_payoff - table.p1_payoff
        payoffs[players] = gap.mean(), gap.std() / 200**0.5
    gain, error = payoffs["lola", "success"]
    assert gain > 0.3 and gain > 8.0 * error
    for players in (("success", "success"), ("lola", "lola")):
        gain, error = payoffs[players]
        assert abs(gain) < 4.0 * error


# ------------------------------------------------------------------------------
# From many starts at once, by an integrator of their own


def growth(a, b, x, y, eta):
    """(dx/dt) / x of many starts; eta None for TRD, else LOLA."""
    f, scale = y @ a.T, 1.0
    if eta is not None:
        h, p = x @ b, x @ a
        ahead = (y * h) @ a.T - (y @ a.T) * (y * h).sum(axis=1, keepdims=True)
        shaping = (y * p) @ b.T - (y @ b.T) * (y * p).sum(axis=1, keepdims=True)
        f, scale = f + eta * (ahead + shaping), 1.0 + 2.0 * eta
    return (f - (x * f).sum(axis=1, keepdims=True)) / scale


def softmax(z):
    weights = np.exp(z - z.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def integrated(a, x, y, etas, time, slower=1.0, dt=0.5):
    """The shares at a time in a symmetric game, by the classical Runge-Kutta method in logarithms.

    Args:
        a: The own payoffs; those of the rival are its transpose.
        x, y: The shares at first, shape (starts, K).
        etas: Of each player, None for TRD.
        time: In steps.
        slower: By how much player 1 is slowed.
        dt: The time of a step.
    """
    b, state = a.T, np.stack([np.log(x), np.log(y)])

    def change(state):
        x, y = softmax(state[0]), softmax(state[1])
        own, other = growth(a, b, x, y, etas[0]), growth(b.T, a.T, y, x, etas[1])
        return np.stack([own, other / slower])

    for _ in range(round(time / dt)):
        k1 = change(state)
        k2 = change(state + 0.5 * dt * k1)
        k3 = change(state + 0.5 * dt * k2)
        k4 = change(state + dt * k3)
        state = state + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        state -= state.max(axis=2, keepdims=True)
    return softmax(state[0]), softmax(state[1])


def test_the_integrator_is_the_package_s():
    game = IteratedPrisonersDilemma(continuation=0.6)
    a = np.array(game.table).reshape(5, 5)
    x, y = np.random.default_rng(1).dirichlet(np.ones(5), (2, 1))
    for etas, dynamics in (
        ((1.0, None), ("LOLA", "TRD")),
        ((None, 4.0), ("TRD", LolaDynamic(4.0))),
    ):
        own = integrated(a, x, y, etas, 30.0)
        paths = CoupledReplicators(game, dynamics).solve([x[0], y[0]], [0.0, 30.0])
        for mine, path in zip(own, paths, strict=True):
            np.testing.assert_allclose(mine[0], path[-1], rtol=0, atol=1e-6)


@pytest.mark.thorough
def test_basins_of_the_stag_hunt():
    """From 100 x 100 starts.  One LOLA hive has .439 where its partner is as slow as it is."""
    a, side = np.array([[1.0, 0.0], [0.6, 0.6]]), (np.arange(100) + 0.5) / 100
    x, y = (each.ravel() for each in np.meshgrid(side, side))
    starts = np.stack([x, 1.0 - x], axis=1), np.stack([y, 1.0 - y], axis=1)
    for etas, slower, basin in (
        ((None, None), 1.0, 0.356),
        ((1.0, None), 1.0, 0.422),
        ((1.0, None), 3.0, 0.439),
        ((1.0, 1.0), 1.0, 0.485),
    ):
        x, y = integrated(a, *starts, etas, 300.0, slower)
        stag = (x[:, 0] > 0.5) & (y[:, 0] > 0.5)
        assert stag.mean() == pytest.approx(basin, abs=0.002), (etas, slower)


def test_equal_pace_in_the_package():
    """A partner that is slowed by a function of its own, as in the basin of .439."""
    x, y = np.array([[0.6, 0.4]]), np.array([[0.5, 0.5]])
    a = np.array([[1.0, 0.0], [0.6, 0.6]])
    own = integrated(a, x, y, (1.0, None), 10.0, slower=3.0, dt=0.1)
    slow = CoupledReplicators(StagHunt(0.6), ("LOLA", lambda x, f: taylor(x, f) / 3.0))
    paths = slow.solve([x[0], y[0]], [0.0, 10.0], rtol=1e-9, atol=1e-9)
    assert own[0][0, 0] == pytest.approx(paths[0][-1, 0], abs=1e-6)


@pytest.mark.thorough
def test_hives_in_the_stag_hunt():
    """500 bees each from .55: the stag's chance is .01, .52 and .95."""
    for players, chance in (
        (("success", "success"), 0.01),
        (("lola", "success"), 0.52),
        (("lola", "lola"), 0.95),
    ):
        parameters = {"game": "stag hunt", "players": players, "population_size": 500}
        parameters |= {"initial_shares": ((0.55, 0.45),) * 2}
        table = ensemble(GameModel, parameters, runs=400, steps=400, seed=1, keep="last")
        error = math.sqrt(chance * (1.0 - chance) / 400)
        assert table.consensus.all()
        assert abs(table.p0_share_0.mean() - chance) < 4.0 * error


@pytest.mark.thorough
def test_cooperation_in_the_iterated_dilemma():
    """The share of 300 starts from which both cooperate more than .9 of the time at time 600."""
    game = IteratedPrisonersDilemma(continuation=0.6)
    a, cooperates = np.array(game.table).reshape(5, 5), game.cooperation()
    rng = np.random.default_rng(1)
    x, y = rng.dirichlet(np.ones(5), 300), rng.dirichlet(np.ones(5), 300)
    for etas, share in (
        ((None, None), 0.18),
        ((1.0, None), 0.34),
        ((1.0, 1.0), 0.58),
    ):
        ends = integrated(a, x, y, etas, 600.0)
        both = cooperates + cooperates.T
        mean = np.einsum("ra,ab,rb->r", ends[0], both, ends[1]) / 2.0
        assert (mean > 0.9).mean() == pytest.approx(share, abs=0.05), etas


@pytest.mark.thorough
def test_hives_in_the_iterated_dilemma():
    """From even shares: mean cooperation 0, .15 and .67 in 30 runs each."""
    game = IteratedPrisonersDilemma(continuation=0.6)
    both = (game.cooperation() + game.cooperation().T) / 2.0
    for players, mean in (
        (("success", "success"), 0.0),
        (("lola", "success"), 0.15),
        (("lola", "lola"), 0.67),
    ):
        parameters = {"game": game, "players": players}
        table = ensemble(GameModel, parameters, runs=100, steps=300, seed=1, keep="last")
        x, y = (table[[f"p{player}_share_{a}" for a in range(5)]].to_numpy() for player in (0, 1))
        rate = np.einsum("ra,ab,rb->r", x, both, y)
        assert abs(rate.mean() - mean) < 0.001 + 4.0 * math.hypot(
            rate.std() / 10.0, rate.std() / math.sqrt(30.0)
        )
