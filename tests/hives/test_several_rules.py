"""Several rules in one hive: who follows which, how they start, and what their bees do."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest

from hivemind_abm import BanditLinear, Hive, ImitationRule

SITES = BanditLinear(3, 0.05, q_star=(0.9, 0.6, 0.3))
UPDATINGS = ("synchronous", "asynchronous", 0.4)


@pytest.fixture(params=[True, False], ids=["compiled", "interpreted"])
def compiled(request):
    return request.param


@dataclass(frozen=True)
class Stubborn(ImitationRule):
    """Keep the opinion; memory[0] counts the turns."""

    def memory_size(self, n_action):
        return 1

    def decide(self, bee, neighbours, rng):
        bee.memory[0] += 1.0
        return bee.opinion


@dataclass(frozen=True)
class Cycle(ImitationRule):
    """Take the next option; memory[1] counts the turns, and `dance` shows 0.25."""

    def memory_size(self, n_action):
        return 2

    def begin(self, bee, rng):
        bee.memory[1] = 100.0

    def dance(self, bee, rng):
        return 0.25

    def decide(self, bee, neighbours, rng):
        bee.memory[1] += 1.0
        return (bee.opinion + 1) % neighbours.n_action


MIX = [(Stubborn(), 0.5), (Cycle(), 0.3), ("success", 0.2)]


@pytest.mark.thorough
@pytest.mark.parametrize("updating", UPDATINGS)
@pytest.mark.parametrize("hears", [{}, {"neighbourhood": "groups", "neighbourhood_size": 4}])
def test_each_bee_follows_its_own_rule(hears, updating, compiled):
    hive = Hive(MIX, SITES, 20, updating=updating, compiled=compiled, rng=1, **hears)
    names = [type(bee.rule).__name__ for bee in hive.agents]
    assert names == ["Stubborn"] * 10 + ["Cycle"] * 6 + ["ImitationOfSuccess"] * 4
    opinions = hive.opinions.copy()
    hive.run_for(4)
    turns = np.concatenate([hive.memory[:10, 0], hive.memory[10:16, 1] - 100.0])
    assert np.array_equal(hive.opinions[:10], opinions[:10])
    assert np.array_equal(hive.opinions[10:16], (opinions[10:16] + turns[10:]) % 3)
    assert (hive.memory[:10, 1] == 0.0).all() and (hive.memory[16:] == 0.0).all()
    assert (hive.shown[10:16] == 0.25).all()
    mine = np.r_[0:10, 16:20]
    assert np.array_equal(hive.shown[mine], hive.payoffs[mine])
    assert [bee.memory.size for bee in hive.agents] == [1] * 10 + [2] * 6 + [0] * 4
    if updating == "synchronous":
        assert (turns == 4.0).all()


def test_columns_of_each_kind(compiled):
    hive = Hive(MIX, SITES, 20, compiled=compiled, rng=1)
    hive.run_for(3)
    row = hive.table().iloc[-1]
    first = 0
    for kind, bees in enumerate((10, 6, 4)):
        held = np.bincount(hive.opinions[first : first + bees], minlength=3) / bees
        assert row[[f"kind_{kind}_share_{a}" for a in range(3)]].tolist() == held.tolist()
        first += bees
    assert row[["share_0", "share_1", "share_2"]].tolist() == pytest.approx(
        (np.bincount(hive.opinions, minlength=3) / 20).tolist()
    )
    one = Hive("success", SITES, 20, rng=1)
    assert not any("kind" in name for name in one.table().columns)


def test_shares_at_the_start_for_each_rule():
    rows = [(1, 0, 0), (0.5, 0.5, 0), (0.1, 0.2, 0.7)]
    hive = Hive(MIX, SITES, 20, initial_shares=rows, rng=1)
    assert (hive.opinions[:10] == 0).all()
    assert np.bincount(hive.opinions[10:16], minlength=3).tolist() == [3, 3, 0]
    assert np.bincount(hive.opinions[16:], minlength=3).tolist() == [0, 1, 3]  # rounded within 4
    same = Hive(MIX, SITES, 20, initial_shares=(0.5, 0.5, 0), rng=1)
    assert np.bincount(same.opinions[:10], minlength=3).tolist() == [5, 5, 0]
    even = Hive(MIX, SITES, 20, rng=1)
    assert np.bincount(even.opinions[10:16], minlength=3).tolist() == [2, 2, 2]
    for wrong in (rows[:2], [*rows[:2], (0.5, 0.5)], [*rows[:2], (1, 1, 1)], [*rows[:2], 1.0]):
        with pytest.raises(ValueError, match="initial_shares must be"):
            Hive(MIX, SITES, 20, initial_shares=wrong)


def test_shares_and_numbers_of_bees():
    for weights in ((0.5, 0.3, 0.2), (10, 6, 4)):
        mix = [(rule, weight) for (rule, _), weight in zip(MIX, weights, strict=True)]
        assert np.bincount(Hive(mix, SITES, 20, rng=1)._batch.follows[0]).tolist() == [10, 6, 4]
    mix = [("success", 0.26), (Stubborn(), 0.74)]
    assert np.bincount(Hive(mix, SITES, 10, rng=1)._batch.follows[0]).tolist() == [3, 7]
    for weights in ((0.5, 0.3, 0.3), (10, 6, 5), (1, 1, -1), ("a", 0.5, 0.5), (True, False, False)):
        mix = [(rule, weight) for (rule, _), weight in zip(MIX, weights, strict=True)]
        with pytest.raises((ValueError, TypeError), match="rule must give each rule a share"):
            Hive(mix, SITES, 20)
    for wrong in ([], ["wvoter", "success"], [("wvoter", 0.5, 0.5)]):
        with pytest.raises(ValueError, match="rule must be a rule, or a list of pairs"):
            Hive(wrong, SITES, 20)


@pytest.mark.parametrize("graph", ["ring:4", nx.cycle_graph(200)])
def test_on_a_network_rules_are_dealt_out_at_random(graph):
    mix = [(Stubborn(), 0.5), ("success", 0.5)]
    rows = [(1, 0, 0), (0, 0.5, 0.5)]
    dealt = []
    for seed in (1, 2):
        hive = Hive(mix, SITES, 200, neighbourhood=graph, initial_shares=rows, rng=seed)
        follows = hive._batch.follows[0]
        assert np.bincount(follows).tolist() == [100, 100]
        assert (hive.opinions[follows == 0] == 0).all()
        assert np.bincount(hive.opinions[follows == 1]).tolist() == [0, 50, 50]
        dealt.append(follows.copy())
        # half of the neighbours in the order of bees follow the same rule, +- 5 sigma
        assert abs((follows[1:] == follows[:-1]).mean() - 0.5) < 5.0 * 0.5 / np.sqrt(199)
    assert not np.array_equal(*dealt)


def test_keywords_go_to_the_rule_that_has_the_field():
    hive = Hive(
        [("majority", 0.5), ("wvoter", 0.5)], SITES, 20, number_of_votes=3, switch="is_det", rng=1
    )
    assert hive.rules[0].number_of_votes == 3 and hive.rules[1].switch == "is_det"
    with pytest.raises((ValueError, TypeError), match="number_of_votes"):
        Hive([("success", 0.5), ("wvoter", 0.5)], SITES, 20, number_of_votes=3)


@pytest.mark.parametrize("updating", UPDATINGS)
def test_one_rule_twice_is_the_rule(updating):
    """Two halves of R_wvoter have the law of one hive: the same mean within five errors."""
    ends = []
    for rule in ("wvoter", [("wvoter", 0.5), ("wvoter", 0.5)]):
        hives = Hive.settings(rule=rule, bandit=SITES, population_size=18, updating=updating).batch(
            range(4000)
        )
        hives.advance(3)
        ends.append(hives.shares[:, 0])
    error = np.hypot(*(end.std() / np.sqrt(4000) for end in ends))
    assert abs(ends[0].mean() - ends[1].mean()) < 5.0 * error
