"""Numbers that the literature knows exactly, against simulated hives.

Where nothing else is said, a bound is five standard errors of the simulation, which is computed from
the runs themselves.  q = 0.9 and 0.6 for option 0 and option 1, without noise.
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from hivemind_abm import (
    Bandit,
    BanditLinear,
    Hive,
    ImitationRule,
    run_seeds,
)

GOOD, POOR = 0.9, 0.6
SITES = BanditLinear(2, 0.0, q_star=(GOOD, POOR))
ALL = {"bandit": SITES, "population_size": 10, "updating": "asynchronous"}


def simulated(runs, steps, **arguments):
    """Hives after some steps, stopped where `stop_if_end` says so."""
    batch = Hive.settings(**arguments).batch(run_seeds(1, runs))
    batch.advance(steps)
    return batch


def start(i, n=10):
    """Shares with i of n bees on option 0."""
    return (i / n, 1.0 - i / n)


def agrees(samples, expected, sigma=5.0):
    """Whether the mean of independent samples is the expected one."""
    samples = np.asarray(samples, float)
    return abs(samples.mean() - expected) < sigma * samples.std() / math.sqrt(samples.size)


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
    ("b", "chance", "events"), [(5.0, 0.7768700775, 59.13903), (1.0, 0.2727617892, None)]
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


@pytest.mark.parametrize(("updating", "variance"), [("asynchronous", 18.0), ("synchronous", 330 / 31)])
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


@pytest.mark.parametrize("updating", ["synchronous", "asynchronous"])
@pytest.mark.parametrize("rule", ["success", "wvoter"])
def test_zealots_for_the_poorer_option(rule, updating):
    """A share z of them beats the rule at 1 - q_B/q_A; below, x_A = 1 - z q_A / (q_A - q_B)."""
    n, runs = 20_000, 2
    for z, expected in ((0.1, 0.7), (0.2, 0.4), (0.3, 0.1), (0.36, 0.0)):
        assert expected == pytest.approx(max(1.0 - z * GOOD / (GOOD - POOR), 0.0), abs=1e-12)
        near = min(expected + 0.05, 1.0 - z) / (1.0 - z)
        hives = simulated(
            runs,
            150,
            rule=[(rule, 1.0 - z), (Stubborn(), z)],
            bandit=SITES,
            population_size=n,
            updating=updating,
            initial_shares=[(near, 1.0 - near), (0.0, 1.0)],
        )
        # the bound: standing fluctuations of about 0.005, and what is left of the start
        assert abs(hives.shares[:, 0].mean() - expected) < 0.02


@dataclass(frozen=True)
class DanceAndVote(ImitationRule):
    """Direct modulation of majority-based decisions (Valentini et al., AAMAS 2015).

    A bee dances for a time with the mean `dance_time` x quality.  Then it adopts the majority of
    itself and two random dancers, and explores for a time with the mean `explore_time`.  All times
    are exponential: in a turn, the bee acts with the chance 1 / time, in units of a turn.
    """

    dance_time: float = 20.0
    explore_time: float = 20.0

    def memory_size(self, n_action):
        return 1

    def dance(self, bee, rng):
        return bee.memory[0]

    def begin(self, bee, rng):
        quality = 1.0 if bee.opinion == 0 else 0.9
        dances = self.dance_time * quality
        bee.memory[0] = 1.0 if rng.random() < dances / (dances + self.explore_time) else 0.0

    def decide(self, bee, neighbours, rng):
        if bee.memory[0] == 0.0:
            if rng.random() * self.explore_time < 1.0:
                bee.memory[0] = 1.0
            return bee.opinion
        if rng.random() * self.dance_time * bee.payoff < 1.0:
            bee.memory[0] = 0.0
            one, other = neighbours.pick_by_payoff(rng), neighbours.pick_by_payoff(rng)
            return one.opinion if one.opinion == other.opinion else bee.opinion
        return bee.opinion


@pytest.mark.parametrize(("dances", "explores"), [(5.0, 5.0), (15.0, 5.0), (5.0, 15.0)])
def test_where_the_basins_of_majority_decisions_part(dances, explores):
    """The flows between the options balance at rho_B / (rho_A + rho_B) of the dancers."""
    parting = 0.9 / 1.9
    assert parting == pytest.approx(0.4736842, abs=1e-7)
    shares = {}
    for offset in (-0.06, 0.0, 0.06):
        a = parting + offset
        bees = np.array([a * (1.0 + explores / dances), (1.0 - a) * (1.0 + explores / dances / 0.9)])
        hives = simulated(
            40,
            int(10 * (dances + explores)),
            rule=DanceAndVote(dances, explores),
            bandit=BanditLinear(2, 0.0, q_star=(1.0, 0.9)),
            population_size=1000,
            updating="asynchronous",
            initial_shares=bees / bees.sum(),
        )
        shares[offset] = (hives.shares[:, 0] > 0.5).mean()
    assert shares[-0.06] < 0.05 and shares[0.06] > 0.95
    assert 0.1 < shares[0.0] < 0.9  # between them chance decides


@pytest.mark.parametrize("hears", [{"neighbourhood": "everyone"}, {}])
def test_sites_that_swap(hears):
    """The odds of option 0 are multiplied by 3/2 in each step, then by 2/3."""
    hives = Hive.settings(
        rule="wvoter", bandit="switching", period=5, population_size=20_000, **hears
    ).batch(run_seeds(1, 100))
    hives.advance(5)
    assert 1.0 / (1.0 + (POOR / GOOD) ** 5) == pytest.approx(0.8836364, abs=1e-7)
    assert agrees(hives.shares[:, 0], 0.8836364)
    assert hives.shares[:, 0].std() < 0.01
    hives.advance(5)
    assert agrees(hives.shares[:, 0], 0.5)


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


@dataclass(frozen=True)
class Decay(ImitationRule):
    """0 -> 1 -> 2 with the rates 1 and 0.4; a turn is 1 / `fastest`."""

    fastest: float = 50.0

    def decide(self, bee, neighbours, rng):
        rate = 1.0 if bee.opinion == 0 else 0.4
        return bee.opinion + 1 if bee.opinion < 2 and rng.random() * self.fastest < rate else bee.opinion


@dataclass(frozen=True)
class Three(Bandit):
    n_action: int = 3

    def pull(self, option, world, rng):
        return 0.0

    def expected_rewards(self, world):
        return np.zeros(3)


@pytest.mark.parametrize("fastest", [50, 1])
def test_a_chain_of_decays(fastest):
    """Chances rate / fastest rate are Gillespie's algorithm.

    After T steps N T events have been done, while in continuous time their number is Poisson.  So
    the moments are exact for this number of events; those of Gillespie's algorithm follow for a
    large fastest rate, to the order 1 / fastest.
    """
    n, time = 40, 1.5
    steps = int(time * fastest) if fastest > 1 else 2
    time = steps / fastest
    hives = simulated(
        5000,
        steps,
        rule=Decay(float(fastest)),
        bandit=Three(),
        population_size=n,
        updating="asynchronous",
        initial_shares=(1.0, 0.0, 0.0),
    )
    rates = np.array([[-1.0, 1.0, 0.0], [0.0, -0.4, 0.4], [0.0, 0.0, 0.0]]) / fastest / n
    one, eye = np.linalg.matrix_power(np.eye(3) + rates, n * steps), np.eye(3)
    two = np.linalg.matrix_power(np.eye(9) + np.kron(rates, eye) + np.kron(eye, rates), n * steps)
    for option in range(3):
        p, pair = one[0, option], two[0, 4 * option]
        variance = n * p + n * (n - 1) * pair - (n * p) ** 2
        bees = n * hives.shares[:, option]
        assert agrees(bees, n * p)
        assert agrees((bees - n * p) ** 2, variance)
        if fastest > 1:
            a, b = math.exp(-time), math.exp(-0.4 * time)
            gillespie = (a, (b - a) / 0.6, 1.0 - a - (b - a) / 0.6)[option]
            assert p == pytest.approx(gillespie, rel=0.01)
            assert variance == pytest.approx(n * gillespie * (1.0 - gillespie), rel=0.02)


@dataclass(frozen=True)
class StopSignals(ImitationRule):
    """Value-sensitive cross-inhibition (Reina et al., Phys. Rev. E 95, 052411, 2017).

    A site of value v is discovered with the rate v and abandoned with 1 / v.  Its dancers recruit
    and stop others with the rate r v.
    """

    r: float = 0.44
    value: float = 5.0
    uncommitted = True
    hears = 1

    def decide(self, bee, neighbours, rng):
        none, other = neighbours.n_action, neighbours.pick(rng)
        chance = rng.random() * 4.0 * self.value  # a turn is 1 / (4 v)
        if bee.opinion == none:
            if chance < 2.0 * self.value:
                return rng.integers(none)
            return other.opinion if chance < self.value * (2.0 + self.r) else none
        leaves = 1.0 / self.value
        if other.opinion != none and other.opinion != bee.opinion:
            leaves += self.r * self.value
        return none if chance < leaves else bee.opinion


def test_cross_inhibition_ends_a_deadlock_above_its_critical_ratio():
    """Two equal sites of value 5 part at (2 v + 1) / v^2 = 0.44."""
    apart = {}
    for r in (0.3, 0.36, 0.52, 0.7):
        hives = simulated(
            8,
            1000,
            rule=StopSignals(r),
            bandit=BanditLinear(2, 0.0, q_star=(1.0, 1.0)),
            population_size=1000,
            updating="asynchronous",
            initial_shares=(0.5, 0.4, 0.1),
        )
        apart[r] = np.abs(hives.shares[:, 0] - hives.shares[:, 1]).mean()
    assert apart[0.3] < apart[0.36] < 0.2
    assert 0.3 < apart[0.52] < apart[0.7]
