"""Hives of one rule beside zealots: how zealots are recognised, and the laws of their hives."""

from dataclasses import dataclass

import numpy as np
import pytest
from noiseless import steady
from scipy import stats
from small_rules import Contrarian, Hesitant, KnownVoter, Stubborn, Voter

from hivemind_abm import Hive, ImitationRule, MajorityRule
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.theory.chain import finite_hive
from hivemind_abm.theory.kinds import fixed_shares, kinds_of


@dataclass(frozen=True)
class Keeps(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Swaps(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return 1 - bee.opinion


@dataclass(frozen=True)
class Tempted(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return 0 if bee.payoff < 0.6 else 1


@dataclass(frozen=True)
class Counts(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return min(neighbours.count_of(0), 0)


def test_zealots_ask_nothing_and_never_change():
    np.testing.assert_array_equal(fixed_shares(Stubborn(1), 3), [0, 1, 0])
    np.testing.assert_array_equal(fixed_shares(Keeps(), 4), [0.25] * 4)
    for rule in (Voter(), Swaps(), Tempted(), Counts(), MajorityRule(), Contrarian(), Hesitant()):
        assert fixed_shares(rule, 2 + rule.uncommitted) is None


def test_weights_become_numbers_that_sum_to_n():
    kinds = kinds_of([Voter(), Stubborn(0), Keeps()], [0.5, 0.3, 0.2], 2)
    assert kinds.free == [0] and kinds.numbers(7) == [4, 2, 1] and sum(kinds.numbers(1001)) == 1001
    np.testing.assert_allclose(kinds.zealots, [0.4, 0.1])


@pytest.mark.parametrize("voter", [KnownVoter(), Voter()])
def test_a_voter_with_zealots_is_beta_binomial(voter):
    """Mobilia, Petersen & Redner, J. Stat. Mech., 2007: S = 20, 3 and 1 zealots: 15, 18."""
    rules = [(Stubborn(0), 3), (voter, 20), (Stubborn(1), 1)]
    hive = finite_hive(rules, steady(0.5, 0.5), 24, updating="asynchronous", neighbourhood_size=1)
    exact = isinstance(voter, KnownVoter)
    assert hive.exact == exact and hive.fixed == (3, 1) and hive.population_size == 24
    law, wanted = hive.stationary_distribution, stats.betabinom(20, 3, 1).pmf(np.arange(21))
    np.testing.assert_allclose(law, wanted, rtol=1e-10 if exact else 0.2)
    summary = hive.summary()
    assert summary["mean_count_0"] == pytest.approx(15, rel=1e-12 if exact else 0.01)
    assert summary["variance_count_0"] == pytest.approx(18, rel=1e-12 if exact else 0.05)
    assert np.isinf(hive.consensus_times).all() and not hive.consensus_probabilities.any()
    assert "consensus_time" not in summary
    assert list(hive.table()) == ["count_0", "count_1", "stationary_probability"]


@pytest.mark.parametrize("voter", [KnownVoter(), Voter()])
def test_voters_that_decide_together_vary_less(voter):
    rules = [(voter, 20), (Stubborn(0), 3), (Stubborn(1), 1)]
    hive = finite_hive(rules, steady(0.5, 0.5), 24, neighbourhood_size=1)
    exact = isinstance(voter, KnownVoter)
    summary = hive.summary()
    assert summary["mean_count_0"] == pytest.approx(15, rel=1e-12 if exact else 0.01)
    assert summary["variance_count_0"] == pytest.approx(330 / 31, rel=1e-10 if exact else 0.05)


@pytest.mark.parametrize("updating", ["asynchronous", "synchronous", 0.4])
@pytest.mark.parametrize("voter", ["wvoter", "success"])
def test_the_chain_of_a_mixed_hive_foretells_runs(voter, updating):
    """Beside zealots for the poorer option, where all zealots start there: after 4 steps."""
    arguments = {
        "rule": [(Stubborn(1), 2), (voter, 10)],
        "bandit": steady(0.9, 0.6),
        "population_size": 12,
        "updating": updating,
    }
    hive, runs = finite_hive(**arguments), 20_000
    assert hive.exact and hive.ends
    start = ((0.0, 1.0), (0.5, 0.5))
    batch = Hive.settings(**arguments, initial_shares=start).batch(run_seeds(1, runs))
    batch.advance(4)
    counts = np.rint(batch.shares[:, 0] * 12).astype(int)
    law = hive.distribution(4)
    error = np.sqrt(law * (1.0 - law) / runs)
    assert (np.abs(np.bincount(counts, minlength=11) / runs - law) < 4.0 * error + 4e-4).all()


def test_zealots_of_one_option_win_in_the_end():
    """Also where the other option is better; its consensus is none that the hive could be in."""
    hive = finite_hive([("wvoter", 9), (Stubborn(1), 1)], steady(0.9, 0.6), 10)
    np.testing.assert_allclose(hive.consensus_probabilities, [[0, 1]] * 10, atol=1e-12)
    with pytest.raises(ValueError, match="counts must be a row of `states`"):
        hive.state_of((10, 0))
    assert hive.state_of((9, 0)) == 9


def test_uncommitted_bees_are_counted():
    hive = finite_hive(Hesitant(), steady(0.9, 0.6), 5, samples=200)
    assert hive.n_action == 2 and hive.uncommitted and hive.states.shape == (21, 3)
    assert hive.states[hive.start].tolist() == [3, 2, 0]
    nobody = hive.state_of((0, 0, 5))
    assert np.isinf(hive.consensus_times[nobody])
    assert list(hive.table())[:3] == ["count_0", "count_1", "count_none"]
    assert 0.5 < hive.consensus_probabilities[hive.start, 0] < 1.0
