"""The chances of one step: closed forms beside samples, and which classes have a closed form."""

import math
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest
from noiseless import steady
from small_rules import Averager, Contrarian, Stubborn, Voter

from hivemind_abm import (
    BanditCongestion,
    BanditLinear,
    BanditSwitching,
    ImitationOfSuccess,
    ImitationRule,
    MajorityRule,
    WeightedVoterRule,
)
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.theory.chain import finite_hive
from hivemind_abm.theory.diffusion import diffusion


@dataclass(frozen=True)
class ImitationOfSuccessAgain(ImitationOfSuccess):
    """The same law, without its closed form."""

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick(rng)
        return dancer.opinion if rng.random() < dancer.payoff else bee.opinion


@pytest.mark.parametrize(
    ("rule", "same", "q", "n", "size"),
    [
        ("wvoter", MajorityRule(1), (0.5, 0.6), 12, None),
        ("wvoter", MajorityRule(1), (0.2, 0.6, 0.7), 6, None),
        ("success", WeightedVoterRule("is_stoc"), (0.5, 0.6), 12, 1),
        ("wvoter", MajorityRule(1), (0.5, 0.6), 12, 3),
        ("wvoter", MajorityRule(1), (0.2, 0.4, 0.7), 6, 2),
    ],
)
def test_an_estimated_chain_agrees_with_the_closed_form(rule, same, q, n, size):
    """With another rule that decides the same: every chance within its sampling error."""
    exact = finite_hive(rule, steady(*q), n, neighbourhood_size=size)
    chains = [
        finite_hive(same, steady(*q), n, neighbourhood_size=size, samples=1000, seed=seed)
        for seed in range(10)
    ]
    found = chains[0]
    assert exact.exact and not found.exact and found.samples == 1000
    np.testing.assert_allclose(found.transition.sum(axis=1), 1.0, rtol=1e-12)
    p = exact.transition
    # a few landings more than Poisson's, where hardly any are expected
    assert (np.abs(found.transition - p) <= 4.5 * np.sqrt(p * (1 - p) / 1000) + 4.5 / 1000).all()
    squares = [((chain.transition - p) ** 2).sum() / (p * (1 - p) / 1000).sum() for chain in chains]
    assert abs(np.mean(squares) - 1.0) < 4.0 * np.std(squares) / math.sqrt(len(squares))
    assert np.std(squares) < 0.4
    np.testing.assert_allclose(
        found.error, np.sqrt(found.transition * (1 - found.transition) / 1000)
    )
    start = exact.start
    for name in ("consensus_probabilities", "consensus_times"):
        singular = name.replace("ies", "y").removesuffix("s")
        error = getattr(found, f"{singular}_errors")[start]
        assert (np.abs(getattr(found, name) - getattr(exact, name))[start] <= 4.0 * error).all()
        assert (error > 0.0).all()


def test_voters_that_hear_one_bee_end_in_proportion():
    hive = finite_hive(Voter(), steady(0.7, 0.7), 8, samples=1000)
    assert not hive.exact
    errors = hive.consensus_probability_errors[1:-1, 0]
    assert (
        np.abs(hive.consensus_probabilities[1:-1, 0] - np.arange(1, 8) / 8) < 4.0 * errors
    ).all()
    assert (errors < 0.03).all()


def test_a_majority_of_all_others_follows_the_larger_total():
    """Without noise, the larger total payoff among the others decides in one step."""
    hive = finite_hive("majority", steady(0.5, 0.6), 9, samples=20)
    zeros = hive.states[:, 0]
    np.testing.assert_array_equal(
        hive.consensus_probabilities[:, 0], zeros >= 6
    )  # 5 on 0 hear 4 of each kind
    assert hive.consensus_times[zeros == 6] == 1.0


@pytest.mark.parametrize(
    ("rule", "same"),
    [("wvoter", MajorityRule(1)), ("success", ImitationOfSuccessAgain())],
)
def test_everyone_has_a_closed_form(rule, same):
    exact = finite_hive(rule, steady(0.5, 0.6), 8, neighbourhood="everyone")
    found = finite_hive(same, steady(0.5, 0.6), 8, neighbourhood="everyone", samples=2000)
    assert exact.exact and not found.exact
    p = exact.transition
    assert (np.abs(found.transition - p) <= 4.5 * np.sqrt(p * (1 - p) / 2000) + 4.5 / 2000).all()


@pytest.mark.parametrize("rule", ["wvoter", "success"])
def test_groups_are_estimated(rule):
    hive = finite_hive(
        rule, steady(0.9, 0.9), 6, neighbourhood="groups", neighbourhood_size=3, samples=500
    )
    assert not hive.exact
    start = hive.start
    assert (
        abs(hive.consensus_probabilities[start, 0] - 0.5)
        < 4.0 * hive.consensus_probability_errors[start, 0]
    )


ALL = Neighbourhood.of("others", "all", 10)


@dataclass(frozen=True)
class Renamed(WeightedVoterRule):
    """The same law under another name."""


@dataclass(frozen=True)
class StubbornVoter(WeightedVoterRule):
    """Another law."""

    def decide(self, bee, neighbours, rng):
        return bee.opinion


class Keeps:
    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Mixed(Keeps, WeightedVoterRule):
    """Another law, from a class that comes before the rule."""


@dataclass(frozen=True)
class Known(StubbornVoter):
    """Another law that says its chances."""

    def one_step_chances(self, neighbourhood):
        return lambda counts, rewards: np.eye(counts.size)


def test_a_closed_form_belongs_to_its_law():
    counts, rewards = np.array([4, 6]), np.array([0.5, 0.6])
    chances = WeightedVoterRule().one_step_chances(ALL)(counts, rewards)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, rtol=1e-15)
    assert chances[0, 1] == pytest.approx(3.6 / 5.1)
    np.testing.assert_array_equal(Renamed().one_step_chances(ALL)(counts, rewards), chances)
    for other in (StubbornVoter(), Mixed(), MajorityRule(), WeightedVoterRule("is_stoc")):
        assert other.one_step_chances(ALL) is None
    np.testing.assert_array_equal(Known().one_step_chances(ALL)(counts, rewards), np.eye(2))


@pytest.mark.parametrize("kind", [("others", 3), ("everyone", "all"), ("groups", 5)])
def test_a_closed_form_belongs_to_its_neighbourhood(kind):
    neighbourhood = Neighbourhood.of(*kind, 10)
    for rule in (WeightedVoterRule(), ImitationOfSuccess()):
        assert (rule.one_step_chances(neighbourhood) is None) == (kind[0] == "groups")
    assert WeightedVoterRule("is_det").one_step_chances(neighbourhood) is None
    assert ImitationOfSuccess(deterministic=True).one_step_chances(ALL) is None


@dataclass(frozen=True)
class Noisy(BanditLinear):
    def pull(self, option, world, rng):
        return rng.random()


def test_a_bandit_says_whether_it_has_noise():
    assert steady(0.5, 0.6).deterministic and BanditCongestion(gap=0.0).deterministic
    assert not BanditLinear().deterministic and not BanditCongestion().deterministic
    assert not Noisy(gap=0.0).deterministic


@dataclass(frozen=True)
class Restless(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return rng.integers(neighbours.n_action) if rng.random() < 0.1 else bee.opinion


@pytest.mark.parametrize("function", [finite_hive, diffusion])
def test_bad_input_is_refused(function):
    with pytest.raises(ValueError, match="Restless has left the one on option 0"):
        function(Restless(), population_size=10, samples=10, compiled=False)
    with pytest.raises(ValueError, match="not a network"):
        function(population_size=5, neighbourhood=nx.cycle_graph(5))
    for samples in (1, 2.5, True):
        with pytest.raises(
            (TypeError, ValueError), match="samples must be a whole number of at least 2 or None"
        ):
            function(samples=samples)
    with pytest.raises(ValueError, match="seed must be"):
        function(seed=None)
    with pytest.raises(TypeError, match="initial_shares fits nothing"):
        function(initial_shares=(0.5, 0.5))
    with pytest.raises(TypeError, match="did you mean gap"):
        function(gapp=0.1)


@pytest.mark.parametrize("function", [finite_hive, diffusion])
@pytest.mark.parametrize("updating", ["synchronous", "asynchronous", 0.5])
def test_what_is_not_in_the_counts_is_refused(function, updating):
    more = {"population_size": 10, "updating": updating, "bandit": steady(0.9, 0.6)}
    with pytest.raises(ValueError, match="rule must keep no memory here: what the bees remember"):
        function(Averager(), **more)
    with pytest.raises(ValueError, match="BanditSwitching change from step to step"):
        function("success", **more | {"bandit": BanditSwitching()})
    mixed = [("wvoter", 6), (Stubborn(), 4)]
    with pytest.raises(ValueError, match="it matters which rules meet in a group"):
        function(mixed, neighbourhood="groups", neighbourhood_size=5, **more)


def test_a_finite_hive_has_one_rule_that_changes():
    two = [("wvoter", 6), (Contrarian(), 4)]
    message = "rule must have one rule whose bees change their option, not WeightedVoterRule and"
    with pytest.raises(ValueError, match=f"{message} Contrarian"):
        finite_hive(two, steady(0.9, 0.6), 10)
    with pytest.raises(ValueError, match="rule must have a rule whose bees change their option"):
        finite_hive([(Stubborn(0), 6), (Stubborn(1), 4)], steady(0.9, 0.6), 10)
