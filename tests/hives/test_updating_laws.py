"""When bees decide: one at a time, some of them, or all; what they see then, and what is kept.

Each law runs in both modes, in small hives whose rule or bandit writes down what it was asked.
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from hivemind_abm import Bandit, Hive, ImitationRule

N = 12
HOODS = {
    "all": {},
    "one": {"neighbourhood_size": 1},
    "five": {"neighbourhood_size": 5},
    "everyone": {"neighbourhood": "everyone"},
    "groups": {"neighbourhood": "groups", "neighbourhood_size": 4},
    "ring": {"neighbourhood": "ring:4"},
    "two of a ring": {"neighbourhood": "ring:4", "neighbourhood_size": 2},
}


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
def compiled(request):
    return request.param


@dataclass(frozen=True)
class Diary(ImitationRule):
    """memory: the number of turns, the step of the last, the count of option 0 that was heard."""

    def memory_size(self, n_action):
        return 3

    def decide(self, bee, neighbours, rng):
        bee.memory[0] += 1.0
        bee.memory[1] = bee.step
        bee.memory[2] = neighbours.count_of(0)
        return rng.integers(2)


@dataclass(frozen=True)
class Clock(Bandit):
    """A pull pays how often the world has changed, over 100; memory[1] counts the pulls."""

    n_action: int = 2

    def memory_size(self, n_action):
        return 2

    def change(self, world, rng):
        world.memory[0] += 1.0
        world.memory[1] = 0.0

    def pull(self, option, world, rng):
        world.memory[1] += 1.0
        return (world.memory[0] + world.step) / 200.0

    def expected_rewards(self, world):
        return np.full(2, (world.memory[0] + world.step) / 200.0)


def world_of(hive):
    return hive._batch.state.worlds[0]


def after(changes):
    """What `Clock` pays after so many changes, of which one is before row 0."""
    return (2.0 * changes - 1.0) / 200.0


@pytest.mark.thorough
@pytest.mark.parametrize("hears", HOODS)
def test_a_step_of_bees_one_at_a_time(hears, compiled):
    where = HOODS[hears]
    hive = Hive(Diary(), Clock(), N, updating="asynchronous", compiled=compiled, rng=1, **where)
    assert (hive.payoffs == after(1)).all() and world_of(hive).tolist() == [1.0, N]
    for step in range(1, 8):
        hive.step()
        turns, last = hive.memory[:, 0], hive.memory[:, 1]
        assert turns.sum() == step * N
        assert world_of(hive).tolist() == [step + 1.0, N]  # one change, before all pulls
        assert np.array_equal(hive.payoffs, after(last + 1.0))  # a payoff stays until the next turn
        row = hive.table().iloc[-1]
        assert row["mean_payoff"] == pytest.approx(hive.payoffs.mean())
        assert row["share_0"] == (hive.opinions == 0).mean()
    assert len(set(turns)) > 1  # who is next is drawn


@pytest.mark.thorough
def test_groups_that_do_not_divide_the_hive_make_whole_events(compiled):
    hears = {"neighbourhood": "groups", "neighbourhood_size": 5}
    hive = Hive(Diary(), Clock(), N, updating="asynchronous", compiled=compiled, rng=1, **hears)
    hive.step()
    assert hive.memory[:, 0].sum() == 2 * 5  # round(12 / 5) events
    with pytest.raises(ValueError, match="neighbourhood_size"):
        Hive(Diary(), Clock(), N, rng=1, **hears)


@pytest.mark.thorough
def test_turns_are_drawn_uniformly():
    hives = Hive.settings(
        rule=Diary(), bandit=Clock(), population_size=N, updating="asynchronous"
    ).batch(range(2000))
    hives.advance(5)
    turns = hives.memory[..., 0]
    # N steps of N draws: the turns of a bee are binomial(5 N, 1 / N)
    variance = 5.0 * (1.0 - 1.0 / N)
    assert np.abs(turns.mean(axis=0) - 5.0).max() < 5.0 * math.sqrt(variance / 2000)
    assert turns.var() == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("updating", ["synchronous", 1.0, 0.4])
def test_a_step_on_one_snapshot(updating, compiled):
    hive = Hive(Diary(), Clock(), 200, updating=updating, neighbourhood="everyone",
                compiled=compiled, rng=1)  # fmt: skip
    deciders = []
    for step in range(1, 6):
        held, before = (hive.opinions == 0).sum(), hive.opinions.copy()
        hive.step()
        now = hive.memory[:, 1] == step
        deciders.append(now.sum())
        assert (hive.memory[now, 2] == held).all()
        assert np.array_equal(hive.opinions[~now], before[~now])
        assert (hive.payoffs == after(step + 1)).all()  # all pull
    chance = 1.0 if updating == "synchronous" else updating
    assert abs(np.mean(deciders) - 200 * chance) <= 5.0 * math.sqrt(40 * chance * (1.0 - chance))


@pytest.mark.thorough
@pytest.mark.parametrize("hears", HOODS)
@pytest.mark.parametrize("rule", ["success", "wvoter", "majority", Diary()])
def test_probability_one_is_synchronous(rule, hears):
    one, other = (
        Hive(rule, "near one", N, updating=updating, rng=3, **HOODS[hears])
        for updating in (1.0, "synchronous")
    )
    assert one.updating == other.updating == "synchronous"
    one.run_for(5)
    other.run_for(5)
    assert one.table().equals(other.table())


@dataclass(frozen=True)
class Crowd(Bandit):
    """memory[0] is the share of option 0 at the last pull."""

    n_action: int = 2

    def memory_size(self, n_action):
        return 1

    def pull(self, option, world, rng):
        world.memory[0] = world.shares[0]
        return world.shares[option]

    def expected_rewards(self, world):
        return np.array([world.shares[0], world.shares[1]])


def test_a_pull_sees_the_shares_as_they_are_now(compiled):
    hive = Hive(Diary(), Crowd(), N, updating="asynchronous", compiled=compiled, rng=1)
    for _ in range(20):
        hive.step()
        assert world_of(hive)[0] == hive.table()["share_0"].iloc[-1] == (hive.opinions == 0).mean()


@dataclass(frozen=True)
class Auditor(ImitationRule):
    """memory[0] counts answers that differ from those of a loop over `neighbours[j]`.

    memory[1] sums what `pick_by_payoff` gave, less its expected value; memory[2] the same for picks
    of option 0.
    """

    uncommitted = True

    def memory_size(self, n_action):
        return 3

    def dance(self, bee, rng):
        return 0.0 if rng.random() < 0.4 else bee.payoff

    def decide(self, bee, neighbours, rng):
        total, squares, first = 0.0, 0.0, 0.0
        for option in range(neighbours.n_action + 1):
            count, payoff = 0, 0.0
            for j in range(neighbours.size):
                if neighbours[j].opinion == option:
                    count += 1
                    payoff += neighbours[j].payoff
                    squares += neighbours[j].payoff ** 2
            answer = neighbours.payoff_of(option)
            bee.memory[0] += neighbours.count_of(option) != count
            bee.memory[0] += abs(answer - payoff) > 1e-12 or (payoff == 0.0) != (answer == 0.0)
            total += payoff
            first += payoff * (option == 0)
        answer = neighbours.total_payoff
        bee.memory[0] += abs(answer - total) > 1e-12 or (total == 0.0) != (answer == 0.0)
        dancer = neighbours.pick_by_payoff(rng)
        if total > 0.0:
            bee.memory[1] += dancer.payoff - squares / total
            bee.memory[2] += (dancer.opinion == 0) - first / total
        bee.memory[0] += total > 0.0 and dancer.payoff == 0.0
        bee.memory[0] += total == 0.0 and dancer.opinion != bee.opinion
        return dancer.opinion if rng.random() < 0.7 else rng.integers(neighbours.n_action + 1)


@dataclass(frozen=True)
class Coins(Bandit):
    """Most pulls pay nothing."""

    n_action: int = 3
    chance: float = 0.2

    def pull(self, option, world, rng):
        return rng.random() if rng.random() < self.chance else 0.0

    def expected_rewards(self, world):
        return np.full(3, 0.5 * self.chance)


@pytest.mark.parametrize("chance", [pytest.param(0.2, marks=pytest.mark.thorough), 0.05])
@pytest.mark.parametrize(
    "updating", [pytest.param(u, marks=pytest.mark.thorough) for u in ("asynchronous", 0.4)]
)
@pytest.mark.parametrize("hears", HOODS)
def test_sums_and_counts_are_those_of_the_bees(hears, updating, chance):
    hives = Hive.settings(
        rule=Auditor(),
        bandit=Coins(chance=chance),
        population_size=N,
        updating=updating,
        **HOODS[hears],
    ).batch(range(1000))
    hives.advance(20)
    assert not hives.memory[..., 0].any()
    surplus = hives.memory[..., 1:].sum(axis=1)
    error = surplus.std(axis=0) / math.sqrt(len(surplus))
    assert (np.abs(surplus.mean(axis=0)) < 5.0 * error + 1e-12).all()


def test_the_plain_sums_are_those_of_the_bees():
    for hears in HOODS.values():
        hive = Hive(Auditor(), Coins(), N, updating="asynchronous", compiled=False, rng=1, **hears)
        hive.run_for(5)
        assert not hive.memory[:, 0].any()


@dataclass(frozen=True)
class Tiny(Bandit):
    """Pays a random number, or almost nothing, or nothing."""

    n_action: int = 3
    almost: float = 1e-17

    def pull(self, option, world, rng):
        kind = rng.random()
        return rng.random() if kind < 0.3 else self.almost if kind < 0.35 else 0.0

    def expected_rewards(self, world):
        return np.full(3, 0.15)


@dataclass(frozen=True)
class Drawn(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return neighbours.pick_by_payoff(rng).opinion


@pytest.mark.thorough
def test_payoffs_below_the_rounding_errors_of_the_sums():
    for almost in (1e-17, 1e-300):
        bandit, size = Tiny(almost=almost), {"population_size": N, "updating": "asynchronous"}
        hives = Hive.settings(rule=Drawn(), bandit=bandit, **size).batch(range(500))
        hives.advance(50)  # it ends
        assert hives.steps_done.min() == 50


@pytest.mark.parametrize(
    "updating", [0, -0.1, 1.5, True, "sometimes", None, math.nan, float("inf")]
)
def test_what_updating_cannot_be(updating):
    with pytest.raises((ValueError, TypeError), match="updating must be"):
        Hive(updating=updating)
