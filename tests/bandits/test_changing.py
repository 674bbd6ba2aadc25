"""Bandits that change: what they pay at each step, by hand; refusals; the old signature."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from numba import types

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.changing import BanditRandomWalk, BanditSwitching
from hivemind_abm.bandits.estimate import mean_rewards
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.bandits.world import World
from hivemind_abm.bandits.world_compiled import world_of
from hivemind_abm.engine.intrinsics import pointer
from hivemind_abm.engine.loops import compile_loop
from hivemind_abm.engine.stream import Stream, stream_on
from hivemind_abm.registry import build_part, build_parts
from hivemind_abm.theory.steady_world import check_steady

EVEN = (0.5, 0.5)


def payoffs(bandit, steps):
    rng = Stream(1)
    worlds = [World(np.full(bandit.n_action, 1 / bandit.n_action), step) for step in range(steps)]
    return [[bandit.pull(a, world, rng) for a in range(bandit.n_action)] for world in worlds]


def walk(bandit, steps, seed):
    """The expected rewards after each step, shape (steps + 1, K)."""
    world, rng, rows = bandit.world(), Stream(seed), []
    for step in range(steps + 1):
        world.step = step
        bandit.change(world, rng)
        rows.append(bandit.expected_rewards(world))
    return np.array(rows)


def test_rewards_swap_after_each_period():
    rows = payoffs(BanditSwitching(period=2), 7)
    assert rows == [[0.9, 0.6]] * 2 + [[0.6, 0.9]] * 2 + [[0.9, 0.6]] * 2 + [[0.6, 0.9]]
    three = payoffs(BanditSwitching(3, (0.9, 0.5, 0.1), period=1), 2)
    assert three == [[0.9, 0.5, 0.1], [0.1, 0.5, 0.9]]


def test_the_weighted_voters_odds_return_after_two_periods():
    bandit, x, first = BanditSwitching(period=5), np.array(EVEN), []
    for step in range(10):  # one step of an infinite hive: x_a is multiplied by q_a
        q = bandit.expected_rewards(World(x, step))
        x = x * q / (x @ q)
        first.append(x[0])
    assert first[4] == pytest.approx(0.8836363636, abs=1e-9)
    assert first[9] == pytest.approx(0.5, abs=1e-12)


def test_the_best_option_follows_the_step():
    bandit = BanditSwitching(period=3)
    best = [bandit.optimal_options(World(EVEN, step)).tolist() for step in range(7)]
    assert best == [[0]] * 3 + [[1]] * 3 + [[0]]
    assert bandit.optimal_options().tolist() == [0]
    assert bandit.changes and bandit.deterministic and not bandit.depends_on_shares()
    assert not BanditSwitching(gap=0.1).deterministic


@pytest.mark.parametrize("step", [0, 60])
@pytest.mark.parametrize(
    "bandit", [BanditSwitching(gap=0.1), BanditRandomWalk(3), BanditRandomWalk(gap=0.0)]
)
def test_pulls_have_the_expected_mean(bandit, step):
    k, rng = bandit.n_action, Stream(3)
    world = bandit.world()
    for world.step in range(step + 1):
        bandit.change(world, rng)
    for option, expected in enumerate(bandit.expected_rewards(world)):
        pulls = np.array([bandit.pull(option, world, rng) for _ in range(4000)])
        assert pulls.min() >= -1e-9 and pulls.max() <= 1.0 + 1e-9
        assert abs(pulls.mean() - expected) <= 5.0 * pulls.std() / 4000**0.5 + 1e-12
    assert world.memory.size == bandit.memory_size(k)


def test_a_walk_starts_at_q_star_and_stays_within_its_bounds():
    bandit = BanditRandomWalk(3, (0.3, 0.5, 0.7), drift=0.2, low=0.2, high=0.8, gap=0.0)
    rows = walk(bandit, 2000, 1)
    assert rows[0].tolist() == [0.3, 0.5, 0.7]
    assert rows.min() >= 0.2 - 1e-12 and rows.max() <= 0.8 + 1e-12
    # Reflected, the walk is uniform in the end: mean 0.5, variance 0.6^2 / 12.
    assert rows.mean() == pytest.approx(0.5, abs=0.03)
    assert rows.var() == pytest.approx(0.03, abs=0.003)
    assert BanditRandomWalk(3).q_star == pytest.approx((0.1, 0.5, 0.9))


def test_steps_of_a_walk_have_the_standard_deviation():
    bandit = BanditRandomWalk(50, (0.5,) * 50, drift=0.001)
    steps = np.diff(walk(bandit, 100, 2), axis=0)
    assert steps.std() == pytest.approx(0.001, rel=5.0 / np.sqrt(2.0 * steps.size))
    assert (np.diff(walk(BanditRandomWalk(drift=0.0), 5, 2), axis=0) == 0.0).all()


def test_the_best_option_of_a_walk_is_that_of_now():
    bandit = BanditRandomWalk()
    assert bandit.optimal_options().tolist() == [1]
    assert bandit.optimal_options(World(EVEN, 9, (0.5, -0.5))).tolist() == [0]


def _loop(change, build):
    def loop(integers, reals, shares, memory, state, steps):
        bandit, rng = build(integers, reals), stream_on(state, 0)
        for step in range(steps):
            held, own = pointer(shares, 0), pointer(memory, 0)
            world = world_of(held, shares.size, step, own, memory.size, 0, 0)
            change(bandit, world, rng)

    return loop


def test_a_compiled_walk_is_the_interpreted_one():
    bandit = BanditRandomWalk(4, drift=0.5)
    reals = types.float64[::1]
    signature = types.void(types.int64[::1], reals, reals, reals, types.uint64[::1], types.int64)
    loop, memory = compile_loop(_loop, bandit, "change", signature), np.zeros(4)
    loop.run(np.full(4, 0.25), memory, Stream(5).state, 301)
    last = walk(bandit, 300, 5)[-1]
    assert (np.array(bandit.q_star) + memory).tolist() == last.tolist()


@pytest.mark.parametrize("step", [0, 49, 50, 149])
def test_compiled_pulls_read_the_world(step):
    world = World(EVEN, step, (0.1, -0.1))
    paid = mean_rewards(BanditSwitching(), world, 1)
    assert paid.tolist() == ([0.6, 0.9] if step == 50 else [0.9, 0.6])
    walked = mean_rewards(BanditRandomWalk(gap=0.0), world, 1)
    assert walked.tolist() == BanditRandomWalk(gap=0.0).expected_rewards(world).tolist()


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (BanditSwitching, {"q_star": (0.9, 1.1)}, "option 1 could be as high as 1.1"),
        (BanditSwitching, {"gap": 0.2}, "option 0 could be as high as 1.1"),
        (BanditSwitching, {"q_star": (0.9,)}, "q_star must have one number for each of the 2"),
        (BanditSwitching, {"period": 0}, "period must be a whole number of at least 1, not 0"),
        (BanditRandomWalk, {"low": 0.05}, "option 0 could be as low as -0.05"),
        (BanditRandomWalk, {"high": 0.95}, "option 0 could be as high as 1.05"),
        (BanditRandomWalk, {"q_star": (0.5, 0.95)}, "q_star of option 1 must be a number from"),
        (BanditRandomWalk, {"drift": 0.9}, "drift must be a number from 0 to 0.8, not 0.9"),
        (BanditRandomWalk, {"low": 0.8, "high": 0.2}, "high must be a number from 0.8 to 1"),
    ],
)
def test_refusals(kind, fields, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        kind(**fields)


def test_the_names():
    assert build_part(find_bandit("random walk")) == BanditRandomWalk()
    (bandit,) = build_parts([find_bandit("switching")], {"period": 7}, [])
    assert bandit == BanditSwitching(period=7)


# ------------------------------------------------------------------------------
# Theory, and the old signature


@dataclass(frozen=True)
class Eaten(Bandit):
    n_action: int = 2

    def memory_size(self, n_action):
        return 1


def test_theory_refuses_what_changes():
    check_steady(find_bandit("congestion").made())
    for bandit, reason in (
        (BanditSwitching(), "those of BanditSwitching change from step to step"),
        (BanditRandomWalk(), "those of BanditRandomWalk change from step to step"),
        (Eaten(), "those of Eaten may depend on its memory"),
    ):
        with pytest.raises(ValueError, match=f"shares alone; {reason}"):
            check_steady(bandit)


OLD_PULL = r"pull must take the world, not its shares: write `def pull\(self, option, world, rng\)`"
OLD_REWARDS = r"must take the world, not its shares: write `def expected_rewards\(self, world\)`"


def test_the_old_signature_of_a_class_shows_the_new_line():
    with pytest.raises(TypeError, match=rf"^Old\.{OLD_PULL} and `world\.shares`$"):

        class Old(Bandit):
            def pull(self, option, shares, rng):
                return 0.5

    with pytest.raises(TypeError, match=OLD_REWARDS):

        class OldRewards(Bandit):
            def expected_rewards(self, shares):
                return np.zeros(2)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("pull(self, option, shares, rng)", OLD_PULL),
        ("expected_rewards(self, shares)", OLD_REWARDS),
    ],
)
def test_the_old_signature_in_a_file_shows_the_new_line(tmp_path, line, message):
    file = tmp_path / "old_bandit.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import Bandit\n\n\n"
        f"@dataclass(frozen=True)\nclass Old(Bandit):\n    n_action: int = 2\n\n    def {line}:\n"
        "        return shares[option]\n"
    )
    with pytest.raises(TypeError, match=message) as caught:
        find_bandit(str(file))
    assert "\n" not in str(caught.value)
