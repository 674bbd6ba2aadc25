"""Recovery after a change, and the other measures where the best option changes: by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from hivemind_abm.bandits.changing import BanditRandomWalk, BanditSwitching
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.bandits.world import World
from hivemind_abm.studies.best_now import best_rewards, change_steps
from hivemind_abm.studies.measures import cumulative_regret, reward_histogram, wrong_consensus
from hivemind_abm.studies.recovery import recovery_times

ROWS = pd.DataFrame(
    {
        "RunId": [0] * 8 + [1] * 8,
        "Step": [*range(8)] * 2,
        "optimal_share": [0.9, 0.9, 0.9, 0.1, 0.5, 0.85, 0.1, 0.2]
        + [0.9, 0.9, 0.9, 0.8, 0.1, 0.1, 0.2, 0.8],
        "mean_payoff": 0.5,
        "consensus": False,
    }
)


def test_recovery_by_hand():
    times = recovery_times(ROWS, BanditSwitching(period=3))
    assert list(times) == ["RunId", "change", "steps"]
    assert times[["RunId", "change"]].to_numpy().tolist() == [[0, 3], [0, 6], [1, 3], [1, 6]]
    np.testing.assert_array_equal(times["steps"], [2.0, math.nan, 0.0, 1.0])
    np.testing.assert_array_equal(recovery_times(ROWS, changes=[3, 6]), times)
    np.testing.assert_array_equal(recovery_times(ROWS.iloc[::-1], changes=(6, 3)), times)
    only = recovery_times(ROWS, changes=[3], share=0.86)
    np.testing.assert_array_equal(only["steps"], [math.nan, math.nan])


@pytest.mark.parametrize("bandit", ["near one", BanditSwitching(period=100)])
def test_without_a_change_there_is_no_recovery(bandit):
    times = recovery_times(ROWS, bandit)
    assert times.empty and list(times) == ["RunId", "change", "steps"]


def test_changes_are_where_the_best_option_is_another():
    assert change_steps(BanditSwitching(period=4), 12) == [4, 8, 12]
    assert change_steps(BanditSwitching(q_star=(0.5, 0.5), period=4), 12) == []
    assert change_steps(BanditLinear(3), 12) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give either bandit or changes"),
        ({"bandit": "near one", "changes": [3]}, "give either bandit or changes"),
        (
            {"bandit": BanditRandomWalk()},
            "changes must be given, because those of BanditRandomWalk",
        ),
        ({"changes": [3], "share": 0.0}, "share must be a number above 0 and at most 1, not 0"),
        ({"changes": [-1]}, "changes must be a whole number of at least 0, not -1"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        recovery_times(ROWS, **arguments)


@pytest.mark.parametrize("stop", [True, 0.8])
def test_runs_that_stop_are_refused(stop):
    with pytest.raises(ValueError, match="runs without stop_if_end"):
        recovery_times(ROWS.assign(stop_if_end=stop), changes=[3])
    assert len(recovery_times(ROWS.assign(stop_if_end=False), changes=[3])) == 2


class Uneven(BanditSwitching):
    """The second order pays 0.1 less."""

    def expected_rewards(self, world):
        return super().expected_rewards(world) - 0.1 * ((world.step // self.period) % 2)


def test_regret_has_the_best_reward_of_each_step():
    bandit = Uneven(period=2)
    best = [0.9, 0.9, 0.8, 0.8, 0.9, 0.9, 0.8, 0.8]
    np.testing.assert_allclose(best_rewards(bandit, 7), best, atol=1e-15)
    total = np.cumsum(np.array(best) - 0.5)
    np.testing.assert_allclose(cumulative_regret(ROWS, bandit), [*total, *total], atol=1e-12)
    thin = ROWS[ROWS["Step"] % 3 == 0]
    np.testing.assert_allclose(cumulative_regret(thin, bandit), [*total[::3]] * 2, atol=1e-12)
    fixed = cumulative_regret(ROWS, BanditLinear(2, gap=0.0, q_star=(0.9, 0.6)))
    np.testing.assert_allclose(cumulative_regret(ROWS, BanditSwitching(period=2)), fixed)


def test_regret_of_a_walk_needs_the_best_reward_of_each_row():
    with pytest.raises(ValueError, match="table must have a column best_reward, because"):
        cumulative_regret(ROWS, BanditRandomWalk())
    best = np.linspace(0.5, 0.9, 16)
    regret = cumulative_regret(ROWS.assign(best_reward=best), BanditRandomWalk())
    expected = [*np.cumsum(best[:8] - 0.5), *np.cumsum(best[8:] - 0.5)]
    np.testing.assert_allclose(regret, expected, atol=1e-12)


def test_wrong_consensus_is_about_what_is_best_in_the_last_row():
    ends = ROWS.assign(consensus=ROWS["Step"] == 7)
    assert wrong_consensus(ends).value == 0.5


def test_a_histogram_of_rewards_in_a_world():
    bandit, world = BanditRandomWalk(gap=0.05), World((0.5, 0.5), 3, (0.32, 0.0))
    middles, density = reward_histogram(bandit, 0, world, pulls=500, bins=10)
    assert middles[density > 0.0] == pytest.approx([0.35, 0.45])
    first, _ = reward_histogram(BanditSwitching(), 0, (0.5, 0.5), pulls=5, bins=10)
    assert first.size == 10
