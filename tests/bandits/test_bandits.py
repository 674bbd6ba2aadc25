"""Bandits: presets, bounds, refusals, equilibria, expected rewards against pulls and quadrature."""

import dataclasses
import math
import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.congestion import BanditCongestion
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.bandits.sigmoid import BanditSigmoid
from hivemind_abm.bandits.world import World
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import ImitationOfSuccess

NAN, INF = math.nan, math.inf
LARGEST, SMALLEST = (
    (0, 1, 2, 2**64 - 1),
    (0, 1, 2, 0),
)  # states whose first uniform number is 1 - 2**-53, and 0


def even(k):
    return np.full(k, 1.0 / k)


def hive_of(bandit, bees, compiled=True, **arguments):
    return HiveBatch(
        ImitationOfSuccess(),
        bandit,
        Neighbourhood.of("others", 1, bees),
        [5],
        compiled=compiled,
        **arguments,
    )


# ------------------------------------------------------------------------------
# Presets and random parameters


@pytest.mark.parametrize(
    ("kind", "name", "low", "high"),
    [
        (BanditLinear, "near zero", 0.1, 0.4),
        (BanditLinear, "evenly spaced", 0.4, 0.7),
        (BanditLinear, "near one", 0.6, 0.9),
        (BanditSigmoid, "near zero", -5.0, -2.0),
        (BanditSigmoid, "evenly spaced", -5.0, 5.0),
        (BanditSigmoid, "near one", 2.0, 5.0),
    ],
)
@pytest.mark.parametrize("k", [1, 2, 4, 10])
def test_presets(kind, name, low, high, k):
    q = kind(n_action=k, name=name).q_star
    assert len(q) == k
    assert q[0] == low
    assert k == 1 or q[-1] == high
    assert q == pytest.approx([low + (high - low) * a / max(k - 1, 1) for a in range(k)], abs=1e-15)


def test_defaults():
    linear, sigmoid, congestion = BanditLinear(), BanditSigmoid(), BanditCongestion()
    assert (linear.n_action, linear.gap, linear.name) == (10, 0.1, None)
    assert (sigmoid.n_action, sigmoid.mean, sigmoid.std, sigmoid.name) == (10, 0.0, 1.0, None)
    assert congestion == BanditCongestion(
        n_action=2, q_star=(0.8, 0.8), congestion_factors=(0.2, 0.6), gap=0.1
    )


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.1, 0.2, 0.3, 0.35])
@pytest.mark.parametrize("k", [2, 10])
def test_random_intervals_keep_rewards_in_bounds(gap, k):
    lows = []
    for seed in range(300):
        q = np.array(BanditLinear(n_action=k, gap=gap, q_star_seed=seed).q_star)
        assert q.min() - gap >= 0.0
        assert q.max() + gap <= 1.0
        assert np.diff(q) == pytest.approx(0.3 / (k - 1), abs=1e-12)
        lows.append(q[0])
    room = (
        0.7 - 2.0 * gap
    )  # where the interval can start: gap to gap + room; 300 seeds come within 5 % of both ends
    assert min(lows) <= gap + 0.05 * room + 1e-12
    assert max(lows) >= gap + 0.95 * room - 1e-12


@pytest.mark.parametrize("kind", [BanditLinear, BanditSigmoid])
def test_the_seed_decides_random_parameters(kind):
    assert kind(q_star_seed=0) == kind() == kind(q_star_seed=0)
    assert len({kind(q_star_seed=seed).q_star for seed in range(20)}) == 20
    assert kind(name="near one", q_star_seed=3).q_star == kind(name="near one").q_star


def test_random_logits_are_normal():
    q = np.array(
        [
            BanditSigmoid(n_action=50, mean=2.0, std=3.0, q_star_seed=seed).q_star
            for seed in range(100)
        ]
    )
    assert abs(q.mean() - 2.0) < 5.0 * 3.0 / math.sqrt(q.size)
    assert abs(q.std() - 3.0) < 5.0 * 3.0 / math.sqrt(2.0 * q.size)


def test_equal_arguments_make_equal_bandits():
    assert BanditLinear(name="near one") == BanditLinear(name="near one")
    assert (
        len({BanditLinear(name=name) for name in ("near one", "near one", "near zero", None)}) == 3
    )
    assert dataclasses.replace(BanditLinear(name="near one"), gap=0.05) == BanditLinear(
        name="near one", gap=0.05
    )
    q = BanditLinear(n_action=2, q_star=np.array([0.4, 0.5])).q_star
    assert q == (0.4, 0.5) and isinstance(q, tuple)


@pytest.mark.parametrize("kind", [BanditLinear, BanditSigmoid])
def test_the_q_star_of_another_bandit_can_be_given(kind):
    other = kind(n_action=3, name="near one")
    assert kind(n_action=3, q_star=other.q_star).q_star == other.q_star
    with pytest.raises(ValueError, match="q_star must have one number for each of the 4 options"):
        kind(n_action=4, q_star=other.q_star)


# ------------------------------------------------------------------------------
# Refusals

REFUSED = [
    (
        BanditLinear,
        {"n_action": 0},
        ValueError,
        "n_action must be a whole number of at least 1, not 0",
    ),
    (
        BanditLinear,
        {"n_action": -3},
        ValueError,
        "n_action must be a whole number of at least 1, not -3",
    ),
    (
        BanditLinear,
        {"n_action": 2.0},
        TypeError,
        "n_action must be a whole number of at least 1, not 2.0",
    ),
    (BanditLinear, {"n_action": True}, TypeError, "n_action .*not True"),
    (BanditLinear, {"n_action": "3"}, TypeError, "n_action .*not '3'"),
    (BanditLinear, {"n_action": NAN}, TypeError, "n_action .*not nan"),
    (BanditLinear, {"gap": -0.01}, ValueError, "gap must be a number from 0 to 0.5, not -0.01"),
    (BanditLinear, {"gap": 0.51}, ValueError, "gap .*not 0.51"),
    (BanditLinear, {"gap": NAN}, ValueError, "gap .*not nan"),
    (BanditLinear, {"gap": "0.1"}, TypeError, "gap .*not '0.1'"),
    (BanditLinear, {"gap": None}, TypeError, "gap .*not None"),
    (BanditLinear, {"gap": True}, TypeError, "gap .*not True"),
    (BanditLinear, {"gap": 0.36}, ValueError, "gap must be at most 0.35"),
    (
        BanditLinear,
        {"name": "near two"},
        ValueError,
        "name must be one of 'near zero', 'evenly spaced', 'near one', not 'near two'",
    ),
    (BanditLinear, {"name": 3}, ValueError, "name .*not 3"),
    (BanditLinear, {"name": "near one", "gap": 0.11}, ValueError, r"option 9 .*as high as 1\.01"),
    (BanditLinear, {"name": "near zero", "gap": 0.11}, ValueError, r"option 0 .*as low as -0\.01"),
    (
        BanditLinear,
        {"n_action": 2, "name": "near one", "q_star": (0.5, 0.6)},
        ValueError,
        "name .*or q_star, not both",
    ),
    (
        BanditLinear,
        {"n_action": 2, "q_star": (0.5,)},
        ValueError,
        "q_star must have one number for each of the 2 options, not 1",
    ),
    (
        BanditLinear,
        {"n_action": 2, "q_star": (0.5, 0.95)},
        ValueError,
        r"option 1 could be as high as 1\.05",
    ),
    (
        BanditLinear,
        {"n_action": 2, "q_star": (0.05, 0.5)},
        ValueError,
        r"option 0 could be as low as -0\.05",
    ),
    (
        BanditLinear,
        {"n_action": 2, "q_star": (0.5, NAN)},
        ValueError,
        "q_star must be finite, not nan for option 1",
    ),
    (
        BanditLinear,
        {"n_action": 2, "q_star": (0.5, INF)},
        ValueError,
        "q_star must be finite, not inf for option 1",
    ),
    (
        BanditLinear,
        {"n_action": 2, "q_star": 0.5},
        TypeError,
        "q_star must be a sequence of numbers.*not 0.5",
    ),
    (
        BanditLinear,
        {"n_action": 2, "q_star": ("a", "b")},
        TypeError,
        "q_star must be a sequence of numbers",
    ),
    (
        BanditLinear,
        {"n_action": 2, "q_star": (0.5, None)},
        TypeError,
        "q_star must be a sequence of numbers",
    ),
    (BanditLinear, {"q_star_seed": 1.5}, TypeError, "seed.*not 1.5"),
    (BanditLinear, {"q_star_seed": -1}, ValueError, "seed.*not -1"),
    (BanditSigmoid, {"n_action": 0}, ValueError, "n_action"),
    (BanditSigmoid, {"n_action": 2.0}, TypeError, "n_action"),
    (BanditSigmoid, {"mean": 50.1}, ValueError, "mean must be a number from -50 to 50, not 50.1"),
    (BanditSigmoid, {"mean": NAN}, ValueError, "mean .*not nan"),
    (BanditSigmoid, {"mean": "0"}, TypeError, "mean .*not '0'"),
    (BanditSigmoid, {"std": -0.1}, ValueError, "std must be a number from 0 to 20, not -0.1"),
    (BanditSigmoid, {"std": 20.1}, ValueError, "std .*not 20.1"),
    (BanditSigmoid, {"std": INF}, ValueError, "std .*not inf"),
    (BanditSigmoid, {"std": NAN}, ValueError, "std .*not nan"),
    (BanditSigmoid, {"std": None}, TypeError, "std .*not None"),
    (BanditSigmoid, {"name": "middle"}, ValueError, "name must be one of .*not 'middle'"),
    (
        BanditSigmoid,
        {"n_action": 2, "q_star": (0.0, 51.0)},
        ValueError,
        "q_star of option 1 must be a number from -50 to 50",
    ),
    (
        BanditSigmoid,
        {"n_action": 2, "q_star": (0.0, NAN)},
        ValueError,
        "q_star must be finite, not nan for option 1",
    ),
    (
        BanditSigmoid,
        {"n_action": 2, "q_star": (0.0, 1.0, 2.0)},
        ValueError,
        "q_star must have .*2 options, not 3",
    ),
    (BanditSigmoid, {"n_action": 2, "q_star": 0.5}, TypeError, "q_star must be a sequence"),
    (BanditCongestion, {"n_action": 0}, ValueError, "n_action"),
    (
        BanditCongestion,
        {"n_action": 3},
        ValueError,
        "q_star must have one number for each of the 3 options, not 2",
    ),
    (BanditCongestion, {"gap": 0.21}, ValueError, r"option 0 could be as high as 1\.01"),
    (BanditCongestion, {"gap": NAN}, ValueError, "gap .*not nan"),
    (BanditCongestion, {"gap": "x"}, TypeError, "gap .*not 'x'"),
    (BanditCongestion, {"q_star": (0.8, 0.91)}, ValueError, r"option 1 could be as high as 1\.01"),
    (BanditCongestion, {"q_star": (0.8, 0.65)}, ValueError, r"option 1 could be as low as -0\.05"),
    (
        BanditCongestion,
        {"q_star": (0.8, NAN)},
        ValueError,
        "q_star must be finite, not nan for option 1",
    ),
    (BanditCongestion, {"q_star": None}, TypeError, "q_star must be a sequence"),
    (
        BanditCongestion,
        {"congestion_factors": (0.2, 0.75)},
        ValueError,
        r"option 1 could be as low as -0\.05",
    ),
    (
        BanditCongestion,
        {"congestion_factors": (-0.1, 0.2)},
        ValueError,
        "congestion_factors of option 0 must be a number from 0",
    ),
    (
        BanditCongestion,
        {"congestion_factors": (0.1, NAN)},
        ValueError,
        "congestion_factors must be finite, not nan for option 1",
    ),
    (
        BanditCongestion,
        {"congestion_factors": (0.1,)},
        ValueError,
        "congestion_factors must have .*2 options, not 1",
    ),
    (
        BanditCongestion,
        {"congestion_factors": 0.2},
        TypeError,
        "congestion_factors must be a sequence of numbers",
    ),
]
ALSO_REFUSED = [
    (
        BanditLinear,
        {"q_star_seed": 1.5},
        TypeError,
        "q_star_seed",
    ),  # "rng (the seed) must be ...": no such argument
    (BanditSigmoid, {"q_star_seed": "abc"}, ValueError, "q_star_seed"),
    (
        BanditLinear,
        {"name": ["near one"]},
        (TypeError, ValueError),
        "name must be",
    ),  # "unhashable type"
    (
        BanditLinear,
        {"n_action": 2, "q_star": "01", "gap": 0.0},
        TypeError,
        "q_star must be",
    ),  # two digits, two options
    (BanditSigmoid, {"n_action": 2, "q_star": "12"}, TypeError, "q_star must be"),
    (BanditLinear, {"n_action": 2, "q_star": {0.6, 0.5}}, TypeError, "q_star must be"),  # no order
]


@pytest.mark.parametrize(
    ("kind", "arguments", "error", "message"),
    [
        *REFUSED,
        *ALSO_REFUSED,
    ],
    ids=lambda value: (
        value.__name__ if isinstance(value, type) else str(value) if isinstance(value, dict) else ""
    ),
)
def test_refuses_with_one_clear_line(kind, arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        kind(**arguments)
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------------------
# Pulls

# No names here: q_star alone, so that each class is compiled once.
BANDITS = {
    **{
        name: BanditLinear(q_star=tuple(BanditLinear(name=name).q_star))
        for name in ("near zero", "evenly spaced", "near one")
    },
    "random": BanditLinear(q_star_seed=3),
    "wide": BanditLinear(gap=0.35),
    "without noise": BanditLinear(n_action=3, q_star=(0.0, 0.25, 1.0), gap=0),
    **{
        f"sigmoid {name}": BanditSigmoid(q_star=tuple(BanditSigmoid(name=name).q_star))
        for name in ("near zero", "evenly spaced", "near one")
    },
    "sigmoid random": BanditSigmoid(n_action=5, mean=-1.0, std=2.5, q_star_seed=1),
    "sigmoid steep": BanditSigmoid(n_action=3, q_star=(-50.0, 1.0, 50.0), std=20),
    "sigmoid without noise": BanditSigmoid(n_action=3, q_star=(-50.0, 1.0, 50.0), std=0),
    "congestion": BanditCongestion(),
    "congestion of three": BanditCongestion(
        n_action=3, q_star=(0.7, 0.8, 0.5), congestion_factors=(0.6, 0.2, 0.0)
    ),
}


def test_the_bandits_below_have_the_presets():
    assert BANDITS["near one"].expected_rewards(World(even(10))) == pytest.approx(
        np.linspace(0.6, 0.9, 10), abs=1e-15
    )
    assert BANDITS["sigmoid near zero"].q_star == pytest.approx(
        np.linspace(-5.0, -2.0, 10), abs=1e-15
    )


@pytest.mark.parametrize("name", BANDITS)
def test_pulls_are_in_bounds_and_have_the_expected_mean(name):
    bandit, bees = BANDITS[name], 100_000
    k = bandit.n_action
    uneven = np.arange(1.0, k + 1.0) / (k * (k + 1) / 2)
    hive = hive_of(bandit, bees, initial_shares=uneven)
    payoffs, opinions = hive.payoffs[0], hive.opinions[0]
    assert payoffs.min() >= 0.0 and payoffs.max() <= 1.0
    expected = bandit.expected_rewards(World(hive.shares[0]))
    assert expected.shape == (k,)
    for option in range(k):
        own = payoffs[opinions == option]
        assert len(own) == pytest.approx(uneven[option] * bees, abs=1.0)
        assert abs(own.mean() - expected[option]) <= 5.0 * own.std() / math.sqrt(len(own)) + 1e-12


@pytest.mark.parametrize("name", BANDITS)
def test_compiled_pulls_are_the_interpreted_ones(name):
    payoffs = [hive_of(BANDITS[name], 500, compiled).payoffs.tolist() for compiled in (True, False)]
    assert payoffs[0] == payoffs[1]


def test_noise_of_linear_rewards_is_uniform_on_the_gap():
    noise = hive_of(BanditLinear(n_action=1, q_star=(0.6,), gap=0.3), 100_000).payoffs[0] - 0.6
    assert np.abs(noise).max() <= 0.3 + 1e-12
    assert np.abs(noise).max() > 0.2999
    assert noise.var() == pytest.approx(0.03, abs=5.0 * 0.03 * math.sqrt(0.8 / 100_000))


@pytest.mark.parametrize("state", [LARGEST, SMALLEST], ids=["largest", "smallest"])
def test_rewards_at_the_ends_of_the_uniform_number(state):
    for gap in np.linspace(0.0, 0.5, 2001):
        gap = float(gap)
        for q in (gap, 1.0 - gap):
            for bandit in (
                BanditLinear(n_action=1, q_star=(q,), gap=gap),
                BanditCongestion(
                    n_action=1, q_star=(1.0 - gap,), congestion_factors=(1.0 - 2.0 * gap,), gap=gap
                ),
            ):
                reward = bandit.pull(0, World([1.0]), Stream.on(np.array(state, np.uint64)))
                assert (
                    -1e-15 <= reward <= 1.0 + 1e-15
                )  # a hive and a learner take what rounding adds as 0 and 1


@pytest.mark.parametrize("q", [(0.9 + 9e-10, 0.1 - 9e-10), (0.9, 0.1)])
def test_a_hive_never_sees_a_reward_out_of_bounds(q):
    for compiled in (True, False):
        hive = hive_of(BanditLinear(n_action=2, q_star=q), 2000, compiled)
        for _ in range(3):
            assert hive.payoffs.min() >= 0.0 and hive.payoffs.max() <= 1.0
            hive.step()


# ------------------------------------------------------------------------------
# The sigmoid's expected rewards


def expected_sigmoid(q, std):
    """E[sigmoid(Normal(q, std))] by the trapezoid rule in extended precision.

    The integrand is analytic within pi / std of the real line.  So with a step h the error is about
    exp(-2 pi**2 / (h std)), and exp(-2 pi**2 / h**2) for the density.  Both are negligible where h
    = min(1, 1 / std) / 8.
    """
    h = np.longdouble(min(1.0, 1.0 / std) / 8.0)
    z = np.arange(-math.ceil(14 / h), math.ceil(14 / h) + 1).astype(np.longdouble) * h
    x = np.longdouble(q) + np.longdouble(std) * z
    tail = np.exp(-np.abs(x))
    density = np.exp(-z * z / 2)
    return float(
        (np.where(x > 0, 1 / (1 + tail), tail / (1 + tail)) * density).sum() / density.sum()
    )


def test_the_reference_for_the_sigmoid():
    assert expected_sigmoid(0.0, 3.0) == pytest.approx(0.5, abs=1e-18)
    # For small x, sigmoid(x) is about exp(x), whose mean is exp(q + std**2 / 2); the next term is
    # -exp(2 q + 2 std**2).
    assert expected_sigmoid(-40.0, 0.5) == pytest.approx(math.exp(-40.0 + 0.125), rel=1e-15)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    gauss = weights @ (1.0 / (1.0 + np.exp(-(0.7 + 0.5 * nodes)))) / weights.sum()
    assert expected_sigmoid(0.7, 0.5) == pytest.approx(gauss, abs=1e-14)


@pytest.mark.parametrize("std", [1e-300, 1e-12, 1e-4, 0.01, 0.3, 1, 2.5, 5, 12, 20])
def test_expected_rewards_of_the_sigmoid(std):
    q = (
        *np.linspace(-50.0, 50.0, 41),
        0.0,
        1e-300,
        -1e-8,
        0.3,
        -2.0,
        11.5 * std % 50.0,
        -(3.0 * std % 50.0),
        1 / 7,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bandit = BanditSigmoid(n_action=len(q), q_star=q, std=std)
        rewards = bandit.expected_rewards(bandit.world())
    expected = [expected_sigmoid(float(value), std) for value in q]
    assert np.abs(rewards - expected).max() < 1e-10
    assert rewards.min() >= 0.0 and rewards.max() <= 1.0 + 1e-12


def test_expected_rewards_of_the_sigmoid_without_noise():
    q = (-50.0, -1.0, 0.0, 2.0, 50.0)
    rewards = BanditSigmoid(n_action=5, q_star=q, std=0.0).expected_rewards(World(even(5)))
    assert rewards == pytest.approx([1.0 / (1.0 + math.exp(-value)) for value in q], rel=1e-15)


@pytest.mark.parametrize("name", ["near zero", "evenly spaced", "near one", None])
@pytest.mark.parametrize("std", [0.5, 1, 20])
def test_expected_rewards_of_the_sigmoid_presets(name, std):
    bandit = BanditSigmoid(
        name=name, std=std, mean=0 if name else 50
    )  # drawn about 50, logits go beyond 50
    assert bandit.expected_rewards(World(even(10))) == pytest.approx(
        [expected_sigmoid(q, std) for q in bandit.q_star], abs=1e-10
    )


# ------------------------------------------------------------------------------
# The congestion equilibrium


def equilibrium(q, omega):
    """The equilibrium shares, by filling options from the best one on, where all options crowd.

    The common reward is (sum q / omega - 1) / (sum 1 / omega), summed over the options in use.
    """
    order = np.argsort(-np.array(q))
    q, omega = np.array(q)[order], np.array(omega)[order]
    for used in range(len(q), 0, -1):
        level = ((q[:used] / omega[:used]).sum() - 1.0) / (1.0 / omega[:used]).sum()
        if level <= q[used - 1]:
            shares = np.zeros(len(q))
            shares[order[:used]] = (level - q[:used]) / -omega[:used]
            return shares
    raise AssertionError("the best option is always used")


@pytest.mark.parametrize(
    ("q", "omega", "shares", "best"),
    [
        ((0.8, 0.8), (0.2, 0.6), (0.75, 0.25), 0),
        ((0.8, 0.8), (0.6, 0.2), (0.25, 0.75), 1),
        ((0.8, 0.8, 0.8), (0.2, 0.3, 0.6), (1 / 2, 1 / 3, 1 / 6), 0),
        (
            (0.7, 0.8, 0.5),
            (0.3, 0.2, 0.1),
            (0.2, 0.8, 0.0),
            1,
        ),  # both in use pay 0.64, the empty one 0.5
        ((0.8, 0.3), (0.1, 0.2), (1.0, 0.0), 0),  # even crowded, the first is better
        ((0.8, 0.7), (0.1, 0.2), (1.0, 0.0), 0),  # just so
        ((0.7, 0.8), (0.0, 0.2), (0.5, 0.5), 0),  # an option that never crowds takes the rest
        ((0.3, 0.8), (0.0, 0.2), (0.0, 1.0), 1),  # but not if it is worse
        ((0.8, 0.7), (0.0, 0.1), (1.0, 0.0), 0),
        ((0.7, 0.8, 0.7), (0.0, 0.2, 0.0), (0.25, 0.5, 0.25), 1),
        ((0.5, 0.8), (0.0, 0.0), (0.0, 1.0), 1),  # no crowding at all: the best option
        ((0.8,), (0.5,), (1.0,), 0),
    ],
)
def test_equilibrium_by_hand(q, omega, shares, best):
    bandit = BanditCongestion(n_action=len(q), q_star=q, congestion_factors=omega)
    assert bandit.optimal_shares() == pytest.approx(shares, abs=1e-12)
    assert bandit.optimal_options().tolist() == [best]


def test_default_equilibrium():
    bandit = BanditCongestion()
    assert bandit.optimal_shares() == pytest.approx([0.75, 0.25], abs=1e-14)
    assert bandit.expected_rewards(bandit.world(bandit.optimal_shares())) == pytest.approx(
        [0.65, 0.65], abs=1e-14
    )


def test_equilibrium_of_random_bandits():
    rng = np.random.default_rng(8)
    unused = 0
    for _ in range(300):
        k = int(rng.integers(2, 8))
        q = rng.uniform(0.3, 1.0, k)
        omega = rng.uniform(0.001, 1.0, k) * q
        bandit = BanditCongestion(n_action=k, q_star=q, congestion_factors=omega, gap=0.0)
        shares = bandit.optimal_shares()
        assert shares == pytest.approx(equilibrium(q, omega), abs=1e-9)
        rewards = bandit.expected_rewards(World(shares))
        level = rewards[shares > 0.0].max()
        assert shares.sum() == pytest.approx(1.0, abs=1e-12) and shares.min() >= 0.0
        assert rewards[shares > 0.0] == pytest.approx(level, abs=1e-10)
        assert (rewards <= level + 1e-10).all()
        assert bandit.optimal_options().tolist() == [int(shares.argmax())]
        unused += int((shares == 0.0).sum())
    assert unused > 50


def test_equilibrium_where_an_option_hardly_crowds():
    assert BanditCongestion(congestion_factors=(1e-300, 0.5)).optimal_shares() == pytest.approx(
        [1.0, 0.0], abs=1e-9
    )


def test_congestion_counts_the_shares_it_is_given():
    bandit = BanditCongestion(n_action=2, q_star=(0.8, 0.7), congestion_factors=(0.2, 0.6), gap=0.0)
    world = World([0.25, 0.75])
    assert bandit.expected_rewards(world) == pytest.approx([0.75, 0.25], abs=1e-15)
    assert [bandit.pull(a, world, Stream(0)) for a in range(2)] == pytest.approx(
        [0.75, 0.25], abs=1e-15
    )


# ------------------------------------------------------------------------------
# What counts as the optimum


@pytest.mark.parametrize("name", ["near zero", "evenly spaced", "near one", None])
@pytest.mark.parametrize("kind", [BanditLinear, BanditSigmoid])
def test_optimum_is_the_option_that_pays_best(kind, name):
    bandit = kind(name=name)
    best = int(np.argmax(bandit.q_star))
    assert bandit.optimal_options().tolist() == [best]
    assert bandit.optimal_shares().tolist() == [float(a == best) for a in range(10)]


def test_options_that_tie_share_the_optimum():
    bandit = BanditLinear(n_action=4, q_star=(0.5, 0.7, 0.2, 0.7))
    assert bandit.optimal_options().tolist() == [1, 3]
    assert bandit.optimal_shares().tolist() == [0.0, 0.5, 0.0, 0.5]
    assert BanditLinear(n_action=2, q_star=(0.5, 0.5 + 1e-11)).optimal_options().tolist() == [1]


@pytest.mark.parametrize(
    ("bandit", "shares", "optimal"),
    [
        (BanditLinear(n_action=4, q_star=(0.5, 0.7, 0.2, 0.7)), (0.1, 0.2, 0.3, 0.4), 0.6),
        (BanditSigmoid(n_action=3, q_star=(0.0, 2.0, 1.0)), (0.5, 0.2, 0.3), 0.2),
        (BanditCongestion(), (0.3, 0.7), 0.3),
        (BanditCongestion(congestion_factors=(0.6, 0.2)), (0.3, 0.7), 0.7),
    ],
)
def test_the_record_has_the_share_of_the_optimum(bandit, shares, optimal):
    hive = hive_of(bandit, 10, initial_shares=shares)
    assert hive.rows.optimal_share[0] == pytest.approx(optimal, abs=1e-15)
    assert bandit.optimal_options().dtype == np.int64


# ------------------------------------------------------------------------------
# A user's bandit


@dataclass(frozen=True)
class Tide(Bandit):
    """Pays 1 with probability level + slope x_a, else 0: the noisiest rewards there are."""

    level: tuple[float, ...] = (0.2, 0.5, 0.4)
    slope: float = 0.3
    n_action: int = 3

    def pull(self, option, world, rng):
        return 1.0 if rng.random() < self.level[option] + self.slope * world.shares[option] else 0.0


@dataclass(frozen=True)
class HastyTide(Tide):
    """The same, run as plain Python because of the dict, and estimated from fewer pulls."""

    estimate_pulls: ClassVar[int] = 10_000

    def pull(self, option, world, rng):
        chance = {"level": self.level[option], "slope": self.slope}
        return (
            1.0 if rng.random() < chance["level"] + chance["slope"] * world.shares[option] else 0.0
        )


@pytest.mark.filterwarnings("ignore:HastyTide.pull runs interpreted:RuntimeWarning")
@pytest.mark.parametrize("kind", [Tide, HastyTide])
@pytest.mark.parametrize("shares", [(1 / 3, 1 / 3, 1 / 3), (1.0, 0.0, 0.0), (0.0, 0.2, 0.8)])
def test_default_expected_rewards(kind, shares):
    bandit, x = kind(), np.array(shares)
    rewards = bandit.expected_rewards(World(x))
    assert rewards.shape == (3,)
    expected = np.array(bandit.level) + bandit.slope * x
    assert np.abs(rewards - expected).max() < 5.0 * 0.5 / math.sqrt(bandit.estimate_pulls)
    assert np.array_equal(rewards, bandit.expected_rewards(World(x)))
    assert bandit.expected_rewards(World(shares)) == pytest.approx(rewards, abs=0.0)
    assert x.tolist() == list(shares)


def test_default_optimum():
    assert Tide().optimal_options().tolist() == [1]
    assert Tide().optimal_shares().tolist() == [0.0, 1.0, 0.0]


def test_a_bandit_that_only_pulls_runs_both_ways():
    hives = [hive_of(Tide(), 300, compiled) for compiled in (True, False)]
    for _ in range(3):
        assert hives[0].payoffs.tolist() == hives[1].payoffs.tolist()
        assert hives[0].rows.values.tolist() == hives[1].rows.values.tolist()
        for hive in hives:
            hive.step()


@dataclass(frozen=True)
class Pays(Bandit):
    """Pays one value where option 0 is not held by half of the bees, else 0.5."""

    value: float = 0.5
    always: int = 1
    n_action: int = 2

    def pull(self, option, world, rng):
        if self.always or world.shares[0] != 0.5:
            return self.value
        return 0.4 + 0.1 * rng.random()

    def expected_rewards(self, world):
        return np.array([0.5, 0.5])


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("value", [1.5, -0.25, 1.0 + 1e-8, -1e-8, NAN, INF, -INF])
def test_a_reward_out_of_bounds_is_one_clear_error(value, compiled):
    with pytest.raises(
        ValueError,
        match=r"Pays.pull returned reward .* for option 0; a reward must lie in \[0, 1\]",
    ) as caught:
        hive_of(Pays(value), 10, compiled)
    assert f"reward {value} for" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    ("value", "reward"), [(1.0 + 1e-10, 1.0), (-1e-10, 0.0), (1.0, 1.0), (0.0, 0.0), (1, 1.0)]
)
def test_a_reward_off_by_rounding_is_taken_as_the_bound(value, reward, compiled):
    assert set(hive_of(Pays(value), 10, compiled).payoffs[0].tolist()) == {reward}


@pytest.mark.parametrize("compiled", [True, False])
def test_a_bad_reward_leaves_the_hive_as_it_was(compiled):
    hive = hive_of(Pays(1.5, always=0), 10, compiled)
    for _ in range(20):  # until the shares have changed
        before = [
            array.copy() for array in (hive.opinions, hive.payoffs, hive.shares, hive.rows.values)
        ]
        try:
            hive.step()
        except ValueError as error:
            message = str(error)
            break
    assert "a reward must lie in" in message
    for now, then in zip(
        (hive.opinions, hive.payoffs, hive.shares, hive.rows.values), before, strict=True
    ):
        assert np.array_equal(now, then)


@dataclass(frozen=True)
class PaysText(Bandit):
    n_action: int = 2

    def pull(self, option, world, rng):
        return "0.5"

    def expected_rewards(self, world):
        return np.array([0.5, 0.5])


@pytest.mark.filterwarnings("ignore:PaysText.pull runs interpreted:RuntimeWarning")
@pytest.mark.parametrize("compiled", [True, False])
def test_a_reward_that_is_no_number_is_refused(compiled):
    with pytest.raises((TypeError, ValueError), match=r"PaysText\.pull"):
        hive_of(PaysText(), 10, compiled)


@dataclass(frozen=True)
class Listed(Bandit):
    """A list cannot be hashed."""

    q: list[float] = dataclasses.field(default_factory=lambda: [0.25, 0.5])
    n_action: int = 2

    def pull(self, option, world, rng):
        return self.q[option]

    def expected_rewards(self, world):
        return np.array(self.q)


@pytest.mark.filterwarnings("ignore:Listed.pull runs interpreted:RuntimeWarning")
@pytest.mark.parametrize("compiled", [True, False])
def test_a_bandit_with_a_list_runs_interpreted(compiled):
    assert set(hive_of(Listed(), 10, compiled).payoffs[0].tolist()) == {0.25, 0.5}


class Unfinished(Bandit):
    n_action = 2


def test_a_bandit_without_pull_says_so():
    with pytest.raises(NotImplementedError, match="Unfinished has no pull"):
        Unfinished().pull(0, World(even(2)), Stream(0))
