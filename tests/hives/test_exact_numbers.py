"""Numbers that the literature knows exactly, against simulated hives.

A bound is five standard errors of the simulation, computed from the runs themselves.
q = 0.9 and 0.6 for option 0 and option 1, without noise.
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats
from simulated_hives import agrees, simulated

from hivemind_abm import BanditLinear, Hive, ImitationRule, run_seeds

GOOD, POOR = 0.9, 0.6
SITES = BanditLinear(2, 0.0, q_star=(GOOD, POOR))
ALL = {"bandit": SITES, "population_size": 10, "updating": "asynchronous"}


def start(i, n=10):
    """Shares with i of n bees on option 0."""
    return (i / n, 1.0 - i / n)


def birth_and_death(up, down):
    """Takeover probabilities and mean events of a chain on 0 .. N.

    Args:
        up, down: The chances that an event leads from i to i + 1 and to i - 1, i = 1 .. N - 1.
    """
    up, down = np.array(up), np.array(down)
    chain = np.diag(up + down) - np.diag(up[:-1], 1) - np.diag(down[1:], -1)
    target = np.zeros(up.size)
    target[-1] = up[-1]
    return np.linalg.solve(chain, target), np.linalg.solve(chain, np.ones(up.size))


class Counting:
    """A bee counts its turns in `memory[0]`, as long as not all bees hold the same option."""

    def memory_size(self, n_action):
        return 1

    def count(self, bee, neighbours):
        if neighbours.count_of(bee.opinion) < neighbours.size:
            bee.memory[0] += 1.0


@dataclass(frozen=True)
class Moran(Counting, ImitationRule):
    """R_wvoter, or R_success."""

    by_payoff: bool = True

    def decide(self, bee, neighbours, rng):
        self.count(bee, neighbours)
        if self.by_payoff:
            return neighbours.pick_by_payoff(rng).opinion
        dancer = neighbours.pick(rng)
        return dancer.opinion if rng.random() < dancer.payoff else bee.opinion


@dataclass(frozen=True)
class Fermi(Counting, ImitationRule):
    """Traulsen, Nowak & Pacheco, Phys. Rev. E 74, 011909, 2006."""

    b: float = 5.0

    def decide(self, bee, neighbours, rng):
        self.count(bee, neighbours)
        other = neighbours.pick(rng)
        chance = 1.0 / (1.0 + math.exp(-self.b * (other.payoff - bee.payoff)))
        return other.opinion if rng.random() < chance else bee.opinion


def takeover(i, g, n=10):
    return (1.0 - g**i) / (1.0 - g**n)


@pytest.mark.thorough
@pytest.mark.parametrize(("i", "chance"), [(1, 0.3392158552), (5, 0.8836363636)])
@pytest.mark.parametrize(
    ("rule", "hears"),
    [
        ("success", {}),
        ("success", {"neighbourhood_size": "all"}),
        ("success", {"neighbourhood_size": 4}),
        ("success", {"neighbourhood": "everyone"}),
        ("success", {"neighbourhood": "ring:2"}),
        ("wvoter", {"neighbourhood": "everyone"}),
    ],
)
def test_one_at_a_time_success_and_wvoter_are_the_moran_process(rule, hears, i, chance):
    assert takeover(i, POOR / GOOD) == pytest.approx(chance, abs=1e-10)
    hives = simulated(
        20_000, 400, rule=rule, initial_shares=start(i), stop_if_end=True, **ALL, **hears
    )
    assert not hives.running.any()
    assert agrees(hives.shares[:, 0], chance)


@pytest.mark.thorough
def test_the_events_until_consensus():
    i, n = np.arange(1, 10), 10
    poor = n - i
    fitness = i * GOOD + poor * POOR
    cases = (
        (
            Moran(by_payoff=False),
            {},
            i * poor / (n * 9.0) * GOOD,
            i * poor / (n * 9.0) * POOR,
            60.50056,
        ),
        (
            Moran(),
            {"neighbourhood": "everyone"},
            poor / n * i * GOOD / fitness,
            i / n * poor * POOR / fitness,
            52.54286,
        ),
    )
    for rule, hears, up, down, events in cases:
        chances, times = birth_and_death(up, down)
        assert (chances[4], times[4]) == pytest.approx((0.8836363636, events), rel=1e-6)
        hives = simulated(10_000, 100, rule=rule, initial_shares=start(5), **ALL, **hears)
        assert agrees(hives.memory[..., 0].sum(axis=1), events)


@pytest.mark.parametrize(
    ("b", "chance", "events"),
    [
        pytest.param(5.0, 0.7768700775, 59.13903, marks=pytest.mark.thorough),
        pytest.param(1.0, 0.2727617892, None, marks=pytest.mark.thorough),
    ],
)
def test_fermi(b, chance, events):
    g = math.exp(-b * (GOOD - POOR))
    assert takeover(1, g) == pytest.approx(chance, abs=1e-10)
    bees = np.arange(1, 10)
    meets = bees * (10 - bees) / 90.0
    _, times = birth_and_death(meets / (1.0 + g), meets * g / (1.0 + g))
    assert events is None or times[0] == pytest.approx(events, abs=1e-5)
    hives = simulated(10_000, 100, rule=Fermi(b), initial_shares=start(1), **ALL)
    assert agrees(hives.shares[:, 0] == 1.0, chance)
    assert agrees(hives.memory[..., 0].sum(axis=1), times[0])


@dataclass(frozen=True)
class Voter(ImitationRule):
    """Adopt the opinion of one other bee."""

    hears = 1

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion


@dataclass(frozen=True)
class Stubborn(ImitationRule):
    """A zealot."""

    hears = 1

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("updating", "variance"), [("asynchronous", 18.0), ("synchronous", 330 / 31)]
)
def test_voters_among_zealots(updating, variance):
    """Mobilia, Petersen & Redner, J. Stat. Mech. P08029, 2007: 20 free bees, zealots 3 and 1."""
    assert stats.betabinom(20, 3, 1).stats() == pytest.approx((15.0, 18.0))
    hives = Hive.settings(
        rule=[(Voter(), 20), (Stubborn(), 3), (Stubborn(), 1)],
        bandit=SITES,
        population_size=24,
        updating=updating,
        initial_shares=[(0.75, 0.25), (1.0, 0.0), (0.0, 1.0)],
    ).batch(run_seeds(1, 2000))
    hives.advance(60)
    samples = []
    for _ in range(8):
        hives.advance(30)  # nearly independent: what is left of the past is exp(-5)
        samples.append((hives.opinions[:, :20] == 0).sum(axis=1))
        assert (hives.opinions[:, 20:23] == 0).all() and (hives.opinions[:, 23] == 1).all()
    free = np.concatenate(samples)
    assert agrees(free, 15.0)
    assert agrees((free - 15.0) ** 2, variance)
    if updating == "asynchronous":
        counts = np.bincount(free, minlength=21)
        expected = free.size * stats.betabinom(20, 3, 1).pmf(np.arange(21))
        assert (np.abs(counts - expected) < 5.0 * np.sqrt(expected) + 1.0).all()


@dataclass(frozen=True)
class MajorityOfThree(ImitationRule):
    """Krapivsky & Redner, Phys. Rev. Lett. 90, 238701, 2003."""

    def decide(self, bee, neighbours, rng):
        return 0 if neighbours.count_of(0) >= 2 else 1


@pytest.mark.thorough
@pytest.mark.parametrize(("i", "chance"), [(3, 0.0625), (4, 0.2265625), (5, 0.5)])
def test_majority_of_a_random_group_of_three(i, chance):
    exact = sum(math.comb(7, j) for j in range(i - 1)) / 2**7
    assert exact == chance
    hives = simulated(
        40_000,
        100,
        rule=MajorityOfThree(),
        neighbourhood="groups",
        neighbourhood_size=3,
        initial_shares=start(i),
        stop_if_end=True,
        **ALL,
    )
    assert not hives.running.any()
    assert agrees(hives.shares[:, 0], exact)


@pytest.mark.parametrize(
    ("updating", "chance"), [("synchronous", 0.01606), ("asynchronous", 0.14230)]
)
def test_wrong_consensus_is_a_matter_of_clocks(updating, chance):
    i = np.arange(1, 10)
    if updating == "asynchronous":
        good, poor = i * GOOD, (10 - i) * POOR
        up = (10 - i) / 10 * good / (good + poor - POOR)
        down = i / 10 * poor / (good + poor - GOOD)
        exact = 1.0 - birth_and_death(up, down)[0][4]
        assert exact == pytest.approx(chance, abs=1e-5)
    hives = simulated(
        40_000,
        300,
        rule="wvoter",
        stop_if_end=True,
        initial_shares=start(5),
        **ALL | {"updating": updating},
    )
    assert agrees(hives.shares[:, 1] == 1.0, chance)
