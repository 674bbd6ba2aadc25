"""Where large hives settle, and chains of rates, against what the literature knows exactly.

q = 0.9 and 0.6 for option 0 and option 1, without noise.
"""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from simulated_hives import agrees, simulated

from hivemind_abm import Bandit, BanditLinear, Hive, ImitationRule, run_seeds

pytestmark = pytest.mark.thorough
GOOD, POOR = 0.9, 0.6
SITES = BanditLinear(2, 0.0, q_star=(GOOD, POOR))


@dataclass(frozen=True)
class Stubborn(ImitationRule):
    """A zealot."""

    hears = 1

    def decide(self, bee, neighbours, rng):
        return bee.opinion


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


@pytest.mark.parametrize(
    ("dances", "explores"),
    [
        pytest.param(5.0, 5.0, marks=pytest.mark.thorough),
        (15.0, 5.0),
        pytest.param(5.0, 15.0, marks=pytest.mark.thorough),
    ],
)
def test_where_the_basins_of_majority_decisions_part(dances, explores):
    """The flows between the options balance at rho_B / (rho_A + rho_B) of the dancers."""
    parting = 0.9 / 1.9
    assert parting == pytest.approx(0.4736842, abs=1e-7)
    shares = {}
    for offset in (-0.06, 0.0, 0.06):
        dancers = np.array([parting + offset, 1.0 - parting - offset])
        bees = dancers * (1.0 + explores / dances / np.array([1.0, 0.9]))
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
    assert pytest.approx(0.8836364, abs=1e-7) == 1.0 / (1.0 + (POOR / GOOD) ** 5)
    assert agrees(hives.shares[:, 0], 0.8836364)
    assert hives.shares[:, 0].std() < 0.01
    hives.advance(5)
    assert agrees(hives.shares[:, 0], 0.5)


@dataclass(frozen=True)
class Decay(ImitationRule):
    """0 -> 1 -> 2 with the rates 1 and 0.4; a turn is 1 / `fastest`."""

    fastest: float = 50.0

    def decide(self, bee, neighbours, rng):
        rate = (1.0, 0.4, 0.0)[bee.opinion]
        return bee.opinion + 1 if rng.random() * self.fastest < rate else bee.opinion


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
    assert max(apart[0.3], apart[0.36]) < 0.15
    assert 0.3 < apart[0.52] < apart[0.7]
