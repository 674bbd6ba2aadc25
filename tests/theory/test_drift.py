"""The measured drift: a case by hand, seeds, points."""

import numpy as np

from hivemind_abm import BanditCongestion, BanditLinear, WeightedVoterRule, mean_field
from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.theory.drift import default_points, expected_changes
from hivemind_abm.theory.dynamics import taylor

FEW = {"bees": 128_000, "fixed_points": False}
TWO = {"bandit": "near one", "n_action": 2}


def test_two_voices_of_the_weighted_voter_by_hand():
    # without noise, a bee that hears one bee on each option takes option 0 with q0 / (q0 + q1)
    q = (0.6, 0.9)
    found = mean_field(WeightedVoterRule(), BanditLinear(2, gap=0.0, q_star=q), 2, **FEW)
    x = found.shares[:, 0]
    expected = x**2 + 2.0 * x * (1.0 - x) * q[0] / sum(q) - x
    z = (found.drift[:, 0] - expected)[1:-1] / found.error[1:-1, 0]
    assert np.abs(z).max() < 4.5 and 0.5 < z.std() < 1.6


def test_the_same_seed_gives_the_same_and_another_not():
    one, two, other = (mean_field("success", **TWO, **FEW, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.drift, two.drift) and not np.array_equal(one.drift, other.drift)


def test_points_cover_the_simplex():
    for k, number in ((2, 41), (3, 66), (5, 60)):
        points = default_points(k, RunSeed(1))
        assert points.shape == (number, k)
        assert (points >= 0.0).all()
        np.testing.assert_allclose(points.sum(axis=1), 1.0)


def test_a_dynamic_expects_the_rewards_at_each_point():
    points = default_points(2, RunSeed(1))
    for bandit in (BanditCongestion(), BanditLinear(2)):
        changes = expected_changes(taylor, bandit, points)
        for x, change in zip(points, changes, strict=True):
            np.testing.assert_array_equal(
                change, taylor(x, bandit.expected_rewards(bandit.world(x)))
            )
