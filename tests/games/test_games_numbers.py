"""Hives, learners and replicators in games, against numbers from theory and an independent code."""

import numpy as np
import pytest
from scipy import stats

from hivemind_abm import GameModel, MatrixGame, ensemble

pytestmark = pytest.mark.thorough  # runs many games

PENNIES = "matching pennies"
START = ((0.7, 0.3), (0.5, 0.5))
EYE = np.eye(2)
MILD = MatrixGame((0.2 + 0.6 * EYE, 0.8 - 0.6 * EYE))  # matching pennies with payoffs .2 and .8


def means_of(runs, steps, seed=1, **parameters):
    """The mean of each player's share of option 0 in the last row, and its standard error."""
    table = ensemble(GameModel, parameters, runs=runs, steps=steps, seed=seed, keep="last")
    shares = table[["p0_share_0", "p1_share_0"]]
    return shares.mean().to_numpy(), shares.std().to_numpy() / runs**0.5


def test_a_hive_of_the_weighted_voter_rule_and_its_learner_are_the_same_chain():
    """E x = .3463, E y = .2801 (+- .001) at t = 5, from counts that are drawn as pulls are."""
    players = {"game": MILD, "population_size": 20}
    x, error = means_of(40_000, 5, players=("P-MCL", "P-MCL"), initial_shares=START, **players)
    assert (np.abs(x - (0.3463, 0.2801)) < 4.0 * np.hypot(error, 0.001)).all()
    total, runs = np.zeros(2), 0
    weights = stats.binom.pmf(np.arange(21), 20, 0.7), stats.binom.pmf(np.arange(21), 20, 0.5)
    for i, j in np.ndindex(21, 21):
        number = round(40_000 * weights[0][i] * weights[1][j])
        if number:
            start = ((i / 20, 1 - i / 20), (j / 20, 1 - j / 20))
            part, _ = means_of(
                number,
                5,
                seed=21 * i + j,
                players=("wvoter", "wvoter"),
                neighbourhood="everyone",
                initial_shares=start,
                **players,
            )
            total, runs = total + number * part, runs + number
    assert (np.abs(total / runs - (0.3463, 0.2801)) < 4.0 * np.hypot(error, 0.001)).all()


@pytest.mark.parametrize(
    ("player", "expected"), [("success", -0.1 * 20 / 19), ("P-CL", -0.1)], ids=str
)
def test_the_drift_of_a_small_hive_is_that_of_its_learner_times_n_over_n_minus_1(player, expected):
    """In matching pennies with equal shares of player 0's opponents only player 1 has a drift."""
    x, error = means_of(
        20_000,
        1,
        game=PENNIES,
        players=(player, player),
        population_size=20,
        initial_shares=START,
    )
    assert abs(x[0] - 0.7) < 4.0 * error[0]
    assert abs(x[1] - 0.5 - expected) < 4.0 * error[1]


def test_naive_hives_lock_in():
    parameters = {"game": PENNIES, "players": ("success", "success"), "initial_shares": START}
    table = ensemble(GameModel, parameters, runs=20, steps=50, seed=1, keep="last")
    assert table.consensus.all()


def test_hives_follow_the_map_of_their_replicators():
    """N = 100,000, one step at a time: the noise of a step is of order 1 / sqrt(N)."""
    for rule, dynamic in (("success", "TRD"), ("wvoter", "MRD")):
        models = [
            GameModel(PENNIES, (kind, kind), 100_000, rng=1, initial_shares=START)
            for kind in (rule, dynamic)
        ]
        for model in models:
            model.run_for(4)
        hive, replicator = (model.table() for model in models)
        for column in ("p0_share_0", "p1_share_0"):
            assert np.abs(hive[column] - replicator[column]).max() < 0.02


def test_synchronous_replicators_follow_theory():
    """MRD with delta = 1 multiplies the logits by 1 + i; 8 steps are a factor of 16."""
    model = GameModel(PENNIES, ("MRD", "MRD"), initial_shares=((0.6, 0.4), (0.5, 0.5)))
    model.run_for(8)
    assert model.shares[0][0] == pytest.approx(0.9984798755, abs=1e-10)
    assert model.shares[1][0] == pytest.approx(0.5, abs=1e-12)


def test_continuous_replicators_follow_theory():
    model = GameModel(
        PENNIES, ("TRD", "TRD"), initial_shares=START, delta=0.2, method="exact", match="mean"
    )
    model.run_for(100)
    table = model.table()
    product = table.p0_share_0 * table.p0_share_1 * table.p1_share_0 * table.p1_share_1
    assert np.abs(product - 0.0525).max() < 1e-9


def test_hives_on_one_resource_keep_the_difference_of_their_log_odds():
    """Starts .5 and .9 end at .5756939094 and .9243060906 where there is no noise."""
    parameters = {"game": "shared congestion", "initial_shares": ((0.5, 0.5), (0.9, 0.1))}
    table = ensemble(
        GameModel, parameters | {"players": ("MRD", "MRD")}, runs=1, steps=400, seed=1, keep="last"
    )
    assert table.p0_share_0[0] == pytest.approx(0.5756939094, abs=1e-9)
    assert table.p1_share_0[0] == pytest.approx(0.9243060906, abs=1e-9)
    hives = parameters | {"players": ("wvoter", "wvoter"), "match": "mean"}
    table = ensemble(
        GameModel, hives | {"population_size": 20_000}, runs=8, steps=40, seed=1, keep="last"
    )
    assert abs(table.p0_share_0.mean() - 0.5757) < 0.02
    assert abs(table.p1_share_0.mean() - 0.9243) < 0.02


def simulated_asynchronously(n, steps, rng):
    """Two hives that imitate success, one event at a time, written a second time."""
    held = [np.repeat((0, 1), (round(0.7 * n), n - round(0.7 * n))), np.repeat((0, 1), n // 2)]

    def payoff(player, option):
        other = held[1 - player][rng.integers(n)]
        return float((option == other) == (player == 0))

    paid = [np.array([payoff(p, option) for option in held[p]]) for p in (0, 1)]
    for _ in range(steps):
        for player in rng.permutation(np.repeat((0, 1), n)):
            bee, other = rng.choice(n, 2, replace=False)
            if rng.random() < paid[player][other]:
                held[player][bee] = held[player][other]
            paid[player][bee] = payoff(player, held[player][bee])
    return [(options == 0).mean() for options in held]


def test_asynchronous_hives_are_those_of_a_second_code():
    n, steps, rng = 20, 6, np.random.default_rng(1)
    second = np.array([simulated_asynchronously(n, steps, rng) for _ in range(300)])
    x, error = means_of(
        6_000,
        steps,
        game=PENNIES,
        players=("success", "success"),
        population_size=n,
        initial_shares=START,
        updating="asynchronous",
    )
    errors = np.hypot(error, second.std(axis=0) / 300**0.5)
    assert (np.abs(x - second.mean(axis=0)) < 4.0 * errors).all()


@pytest.mark.thorough
def test_hives_with_inertia_orbit_at_the_radius_of_the_limit_cycle():
    """rms radius sqrt(alpha / 2) = .2236 for weighted voters that decide with chance alpha = .1."""
    parameters = {"game": PENNIES, "players": ("wvoter", "wvoter"), "initial_shares": START}
    parameters |= {"population_size": 10_000, "updating": 0.1}
    table = ensemble(
        GameModel, parameters, runs=10, steps=3000, seed=1, keep="rows", record_every=5
    )
    late = table[table.Step > 1000]
    squares = (late.p0_share_0 - 0.5) ** 2 + (late.p1_share_0 - 0.5) ** 2
    radius = np.sqrt(squares.groupby(late.RunId).mean())
    assert abs(radius.mean() - 0.2268) < 4.0 * radius.std() / 10**0.5
