"""The laws of one step, tested against a direct enumeration: see `enumeration`.

Statistical bounds are five sigma.  The file makes about 37,000 such comparisons, so a correct
package fails at about one choice of seeds in fifty.  The seeds are fixed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import enumeration as law
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from enumeration import Bee, assert_frequencies, next_opinion, next_opinions, partitions

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.congestion import BanditCongestion
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.bandits.sigmoid import BanditSigmoid
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.majority import MajorityRule
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import (
    ImitationOfSuccess,
    ImitationRule,
    WeightedVoterRule,
)

RULES = {
    "success": (ImitationOfSuccess(), law.success),
    "success deterministic": (ImitationOfSuccess(deterministic=True), law.success_deterministic),
    "wvoter": (WeightedVoterRule(), law.wvoter),
    "wvoter is_stoc": (WeightedVoterRule("is_stoc"), law.wvoter_is_stoc),
    "wvoter is_det": (WeightedVoterRule("is_det"), law.wvoter_is_det),
    "majority S=1": (MajorityRule(1), law.majority(1)),
    "majority S=3": (MajorityRule(3), law.majority(3)),
    "majority S=40": (MajorityRule(40), law.majority(40)),
    "majority S=inf": (MajorityRule(math.inf), law.majority(math.inf)),
}

PATH_AND_HERMIT = nx.Graph([(0, 1), (1, 2)])
PATH_AND_HERMIT.add_node(3)
KITE = nx.Graph([(0, 1), (0, 2), (0, 3), (1, 2)])

# whom a bee hears, as the package and as the law say it
NEIGHBOURHOODS = {
    "others M=1 N=3": (3, ("others", 1), law.others(3, 1)),
    "others M=2 N=4": (4, ("others", 2), law.others(4, 2)),
    "others all N=3": (3, ("others", "all"), law.others(3, 2)),
    "everyone N=3": (3, ("everyone", "all"), law.everyone(3)),
    "groups M=1 N=3": (3, ("groups", 1), law.groups(3, 1)),
    "groups M=2 N=4": (4, ("groups", 2), law.groups(4, 2)),
    "groups M=N=3": (3, ("groups", 3), law.groups(3, 3)),
    "path and hermit": (4, (PATH_AND_HERMIT, "all"), law.network(PATH_AND_HERMIT, 3)),
    "path and hermit M=1": (4, (PATH_AND_HERMIT, 1), law.network(PATH_AND_HERMIT, 1)),
    "kite M=2": (4, (KITE, 2), law.network(KITE, 2)),
}


def bees(text: str) -> list[Bee]:
    """ "0:0.3 1:0.8" is a bee with opinion 0 and payoff 0.3, and one with 1 and 0.8."""
    return [(int(bee.split(":")[0]), Fraction(bee.split(":")[1])) for bee in text.split()]


# (N, K): how the hive stands before the step
SCENES = {
    (3, 2): [bees("0:0.3 1:0.8 0:0.3")],
    (3, 3): [bees("0:0.3 1:0.8 2:0.5"), bees("2:0.6 0:0 0:0")],
    (4, 2): [bees("0:0.3 1:0.8 0:0.3 1:0.8")],
    (4, 3): [bees("0:0.1 0:0.2 2:0.3 1:0.3"), bees("1:0 0:0.5 0:0 2:0")],
}


def flat(n_action: int, payoff: float = 0.5) -> BanditLinear:
    return BanditLinear(n_action, gap=0.0, q_star=(payoff,) * n_action)


def one_step_each(
    rule: ImitationRule,
    hood: tuple[Any, Any],
    scenes: Sequence[Sequence[Bee]],
    k: int,
    hives: int,
    steps: int,
) -> np.ndarray:
    """The opinions one step after each scene, shape (scenes, hives * steps, N)."""
    opinions = np.repeat([[opinion for opinion, _ in scene] for scene in scenes], hives, axis=0)
    payoffs = np.repeat([[float(payoff) for _, payoff in scene] for scene in scenes], hives, axis=0)
    batch = HiveBatch(
        rule, flat(k), Neighbourhood.of(*hood, opinions.shape[1]), seeds=range(len(opinions))
    )
    after = np.empty((steps, *opinions.shape), np.int32)
    for step in range(steps):
        batch.opinions[:], batch.payoffs[:] = opinions, payoffs
        batch.step()
        after[step] = batch.opinions
    return (
        after.reshape(steps, len(scenes), hives, -1)
        .swapaxes(0, 1)
        .reshape(len(scenes), steps * hives, -1)
    )


def tally(opinions: np.ndarray, k: int) -> np.ndarray:
    """How often each vector of opinions occurs, as `next_opinions` lists them."""
    n = opinions.shape[-1]
    return np.bincount(np.ravel_multi_index(tuple(opinions.T), (k,) * n), minlength=k**n)


# ------------------------------------------------------------------------------
# One step of a small hive


@pytest.mark.thorough
@pytest.mark.parametrize("neighbourhood", NEIGHBOURHOODS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("k", "steps"), [(2, 400), pytest.param(3, 600, marks=pytest.mark.thorough)]
)
def test_joint_distribution_of_next_opinions(rule, neighbourhood, k, steps):
    instance, words = RULES[rule]
    n, hood, worlds = NEIGHBOURHOODS[neighbourhood]
    scenes = SCENES[n, k]
    for scene, opinions in zip(
        scenes, one_step_each(instance, hood, scenes, k, hives=200, steps=steps), strict=True
    ):
        assert_frequencies(tally(opinions, k), next_opinions(words, worlds, scene, k))


def test_two_bees_that_hear_each_other_swap_for_ever():
    """By hand: each bee hears only the other.

    So a synchronous hive swaps, while one that updates bee by bee would agree at once.
    """
    batch = HiveBatch(
        WeightedVoterRule(), flat(2), Neighbourhood.of("others", "all", 2), seeds=[0, 1]
    )
    for swapped in ([1, 0], [0, 1], [1, 0]):
        batch.step()
        assert (batch.opinions == swapped).all()


TIES = {
    # whoever holds 0 hears two against two, whatever 5 x 0.7 - 0.7 comes to in floating point
    "others all": (("others", "all"), law.others(5, 4), bees("0:0.7 0:0.7 0:0.7 1:0.7 1:0.7"), 2),
    "everyone": (("everyone", "all"), law.everyone(5), bees("0:0.1 0:0.1 0:0.1 1:0.3 2:0.3"), 3),
    # 0.1 + 0.2 is not 0.3 in floating point
    "others M=3": (("others", 3), law.others(6, 3), bees("0:0.1 0:0.2 1:0.3 1:0.3 0:0.2 0:0.1"), 2),
    "groups M=3": (("groups", 3), law.groups(6, 3), bees("0:0.1 0:0.2 1:0.3 1:0.3 0:0.2 0:0.1"), 2),
    "star": (
        (nx.star_graph(4), "all"),
        law.network(nx.star_graph(4), 4),
        bees("1:0.9 0:0.1 0:0.1 0:0.1 1:0.3"),
        2,
    ),
}


@pytest.mark.parametrize("neighbourhood", TIES)
def test_exact_ties_of_the_largest_total_are_broken_uniformly(neighbourhood):
    hood, worlds, scene, k = TIES[neighbourhood]
    (opinions,) = one_step_each(MajorityRule(math.inf), hood, [scene], k, hives=200, steps=500)
    assert_frequencies(tally(opinions, k), next_opinions(law.majority(math.inf), worlds, scene, k))


@pytest.mark.parametrize("q", [0.1, 0.7, 0.9])
def test_ties_of_thousands_of_bees_are_ties(q):
    """2,001 against 2,000 bees.

    A bee with option 0 hears as much for 0 as for 1; a bee with option 1 hears more for 0.
    """
    batch = HiveBatch(
        MajorityRule(math.inf), flat(2, q), Neighbourhood.of("others", "all", 4001), seeds=range(20)
    )
    held = batch.opinions.copy()
    batch.step()
    assert not batch.opinions[held == 1].any()
    ones = batch.opinions[held == 0].sum()
    assert_frequencies(np.array([2001 * 20 - ones, ones]), np.array([0.5, 0.5]))


def test_a_lead_of_one_in_a_billion_is_no_tie():
    scene = bees("0:0.500000001 1:0.5 0:0.500000001 1:0.5")
    (opinions,) = one_step_each(
        MajorityRule(math.inf), ("everyone", "all"), [scene], 2, hives=10, steps=10
    )
    assert not opinions.any()


def test_the_enumeration_agrees_with_itself():
    """S = 1 is the weighted voter; groups of N are everyone.

    S votes listed one by one give what the counts of votes give.
    """
    me, heard = (2, Fraction(1, 2)), bees("0:0.3 1:0.8 0:0.9 2:0.1 1:0")
    voter = law.wvoter(me, heard)
    assert law.majority(1)(me, heard) == pytest.approx(dict(voter))
    assert law.majority(4)(me, heard) == pytest.approx(dict(law.votes_one_by_one(4, me, heard)))
    assert next_opinion(law.wvoter, me, heard, 5, 3) == pytest.approx(
        [float(voter[a]) for a in range(3)]
    )
    assert law.groups(4, 4) == law.everyone(4)
    assert [len(law.groups(6, m)) for m in (1, 2, 3, 6)] == [1, 15, 10, 1]


# ------------------------------------------------------------------------------
# Larger hives; payoffs that are tiny or zero but for one bee


CIRCULANT = nx.circulant_graph(60, range(1, 6))  # everyone has ten neighbours
WHO = {  # (neighbourhood), the bees that bee i may hear, how many of them, whether itself too
    "others M=10": (("others", 10), lambda i: [j for j in range(60) if j != i], 10, False),
    "others M=40": (("others", 40), lambda i: [j for j in range(60) if j != i], 40, False),
    "others all": (("others", "all"), lambda i: [j for j in range(60) if j != i], 59, False),
    "everyone": (("everyone", "all"), lambda i: [j for j in range(60) if j != i], 59, True),
    "groups M=12": (("groups", 12), lambda i: [j for j in range(60) if j != i], 11, True),
    "graph": ((CIRCULANT, "all"), lambda i: list(CIRCULANT[i]), 10, False),
    "graph M=4": ((CIRCULANT, 4), lambda i: list(CIRCULANT[i]), 4, False),
}
ODD_EVEN = [(1 + i % 2, Fraction(1 + 2 * (i % 2), 10**6)) for i in range(60)]
HIVES_OF_60 = {
    "ordinary": [(i % 3, Fraction(3 + 2 * (i % 3), 10)) for i in range(60)],
    "one rich bee": [(0, Fraction(1)), *ODD_EVEN[1:]],
    "one bee with a payoff": [
        (0, Fraction(1, 2)),
        *((opinion, Fraction(0)) for opinion, _ in ODD_EVEN[1:]),
    ],
}


@pytest.mark.parametrize("neighbourhood", WHO)
@pytest.mark.parametrize("rule", ["wvoter", "majority S=3", "majority S=inf"])
def test_next_opinion_in_a_hive_of_60(rule, neighbourhood):
    instance, words = RULES[rule]
    hood, heard, draws, itself = WHO[neighbourhood]
    scenes = list(HIVES_OF_60.values())
    for scene, opinions in zip(
        scenes, one_step_each(instance, hood, scenes, 3, hives=50, steps=100), strict=True
    ):
        for i in (0, 1, 2, 59):  # not all: in groups bees are not independent
            chances = next_opinion(words, scene[i], [scene[j] for j in heard(i)], draws, 3, itself)
            assert_frequencies(np.bincount(opinions[:, i], minlength=3), chances)


@pytest.mark.parametrize(
    ("hood", "draws", "itself"),
    [
        (("others", "all"), 11, False),
        (("others", 4), 4, False),
        (("others", 9), 9, False),
        (("everyone", "all"), 11, True),
        (("groups", 6), 5, True),
        ((nx.complete_graph(12), "all"), 11, False),
        ((nx.complete_graph(12), 4), 4, False),
    ],
)
def test_who_is_copied(hood, draws, itself):
    """Each bee has a different option, so the next opinion shows which bee was copied.

    The weighted voter copies by payoff, imitation of success uniformly.
    """
    ramp = [(i, Fraction(i, 20)) for i in range(12)]
    rich = [(0, Fraction(1)), *((i, Fraction(i, 10**6)) for i in range(1, 11)), (11, Fraction(0))]
    for rule, words in (RULES["wvoter"], RULES["success"]):
        for scene, opinions in zip(
            (ramp, rich),
            one_step_each(rule, hood, (ramp, rich), 12, hives=50, steps=400),
            strict=True,
        ):
            for i in (0, 1, 6, 11):
                chances = next_opinion(
                    words, scene[i], scene[:i] + scene[i + 1 :], draws, 12, itself
                )
                assert_frequencies(np.bincount(opinions[:, i], minlength=12), chances)


HOODS_OF_12 = {
    "others M=1": ("others", 1),
    "others M=3": ("others", 3),
    "others M=9": ("others", 9),
    "others all": ("others", "all"),
    "everyone": ("everyone", "all"),
    "groups M=4": ("groups", 4),
    "graph": (nx.circulant_graph(12, [1, 2]), "all"),
    "graph M=2": (nx.circulant_graph(12, [1, 2]), 2),
}
every_rule = pytest.mark.parametrize("rule", [rule for rule, _ in RULES.values()], ids=RULES.keys())
every_hood = pytest.mark.parametrize("hood", HOODS_OF_12.values(), ids=HOODS_OF_12.keys())


@every_hood
@every_rule
def test_where_all_payoffs_are_zero_nobody_moves(rule, hood):
    batch = HiveBatch(rule, flat(3, 0.0), Neighbourhood.of(*hood, 12), seeds=range(20))
    held = batch.opinions.copy()
    for _ in range(5):
        batch.step()
    assert (batch.opinions == held).all()


@every_hood
@every_rule
def test_consensus_absorbs(rule, hood):
    bandit = BanditLinear(3, gap=0.1, q_star=(0.9, 0.1, 0.9))
    batch = HiveBatch(
        rule, bandit, Neighbourhood.of(*hood, 12), seeds=range(20), initial_shares=(0, 1, 0)
    )
    for _ in range(5):
        batch.step()
    assert (batch.opinions == 1).all()
    assert (batch.shares == (0, 1, 0)).all()
    assert batch.running.all()


SMALL_WORLD = nx.watts_strogatz_graph(12, 4, 0.3, seed=1)
HIVES_OF_12 = {
    "all others": {"neighbourhood_size": "all"},
    "1 other": {"neighbourhood_size": 1},
    "3 others": {"neighbourhood_size": 3},
    "9 others": {"neighbourhood_size": 9},
    "groups": {"neighbourhood": "groups", "neighbourhood_size": 4},
    "everyone": {"neighbourhood": "everyone"},
    "network": {"neighbourhood": SMALL_WORLD},
    "2 on a network": {"neighbourhood": SMALL_WORLD, "neighbourhood_size": 2},
}


@pytest.mark.parametrize("bandit", ["near one", "sigmoid near zero", "congestion"])
@pytest.mark.parametrize("neighbourhood", HIVES_OF_12)
@every_rule
def test_interpreted_equals_compiled(rule, neighbourhood, bandit):
    arguments = {
        "rule": rule,
        "bandit": bandit,
        "population_size": 12,
        "rng": 3,
        **HIVES_OF_12[neighbourhood],
    }
    frames, opinions = [], []
    for compiled in (True, False):
        hive = Hive(**arguments, compiled=compiled)
        assert set(hive.mode.values()) == {"compiled" if compiled else "interpreted"}
        hive.run_for(8)
        frames.append(hive.datacollector.get_model_vars_dataframe())
        opinions.append((hive.opinions.copy(), hive.payoffs.copy()))
    pd.testing.assert_frame_equal(*frames, check_exact=True)
    np.testing.assert_array_equal(opinions[0][0], opinions[1][0])
    np.testing.assert_array_equal(opinions[0][1], opinions[1][1])
    assert len(frames[0]) == 9


# ------------------------------------------------------------------------------
# Large hives: the replicators


BANDITS = {
    "linear": (BanditLinear(3, gap=0.1, q_star=(0.2, 0.5, 0.8)), (0.0, 0.0, 0.0)),
    "congestion": (BanditCongestion(3, (0.8, 0.5, 0.9), (0.6, 0.0, 0.4), gap=0.1), (0.6, 0.0, 0.4)),
}


def mean_shares_after_a_step(
    rule: ImitationRule, bandit: Bandit, x: np.ndarray, size: Any, hives: int, n: int
) -> np.ndarray:
    hood = Neighbourhood.of("others", size, n)
    batch = HiveBatch(rule, bandit, hood, seeds=range(hives), initial_shares=x)
    assert (batch.shares == x).all()
    batch.step()
    return batch.shares.mean(axis=0)


@pytest.mark.parametrize("bandit", BANDITS)
def test_large_hives_drift_as_the_replicators_say(bandit):
    """x + MRD for the weighted voter that hears all, x + TRD for imitation of success.

    It is x for a voter that hears one.  The bound is five sigma of the decisions given the payoffs
    and of the payoffs (variance gap^2 / 3 each), and 1 / N for the bee that is left out.
    """
    instance, omega = BANDITS[bandit]
    hives, n, x = 100, 20_000, np.array([0.5, 0.3, 0.2])
    noise = instance.gap**2 / 3.0
    q = np.array(instance.q_star) - np.array(omega) * x
    qbar = x @ q

    mrd = x + x * (q - qbar) / qbar
    variance = mrd * (1 - mrd) + (x * (1 - mrd) ** 2 + mrd**2 * (1 - x)) * noise / qbar**2
    mean = mean_shares_after_a_step(WeightedVoterRule(), instance, x, "all", hives, n)
    assert (abs(mean - mrd) < 5.0 * np.sqrt(variance / n / hives) + 1.0 / n).all()

    trd = x + x * (q - qbar)
    come, stay = x * q, 1.0 - (qbar - x * q)
    variance = (1 - x) * come * (1 - come) + x * stay * (1 - stay) + x * (1 - x) * noise
    mean = mean_shares_after_a_step(ImitationOfSuccess(), instance, x, 1, hives, n)
    assert (abs(mean - trd) < 5.0 * np.sqrt(variance / n / hives) + 1.0 / n).all()

    mean = mean_shares_after_a_step(WeightedVoterRule(), instance, x, 1, hives, n)
    assert (abs(mean - x) < 5.0 * np.sqrt(x * (1 - x) / n / hives)).all()


# ------------------------------------------------------------------------------
# Conventions


@every_rule
def test_all_others_have_three_names(rule):
    bandit = BanditLinear(3, gap=0.1, q_star=(0.4, 0.5, 0.6))
    named = [
        HiveBatch(rule, bandit, Neighbourhood.of("others", size, 7), seeds=range(10))
        for size in ("all", 6, 7)
    ]
    for _ in range(5):
        for batch in named:
            batch.step()
        for batch in named[1:]:
            assert (batch.opinions == named[0].opinions).all()
            assert (batch.payoffs == named[0].payoffs).all()


@pytest.mark.parametrize("options", [(0, 1, 2), (2, 0, 1), (2, 1, 0)], ids=str)
@pytest.mark.parametrize("rule", ["success", "wvoter", "majority S=3", "majority S=inf"])
def test_names_of_options_do_not_matter(rule, options):
    """Shares after three steps, with the options in one order and in another.

    They are compared by the standard error of their difference.
    """
    q, x = np.array([0.5, 0.5, 0.6]), np.array([0.4, 0.4, 0.2])
    shares = []
    for seeds, order in ((range(400), [0, 1, 2]), (range(400, 800), list(options))):
        bandit = BanditLinear(3, gap=0.0, q_star=tuple(q[order]))
        hood = Neighbourhood.of("others", 6, 30)
        batch = HiveBatch(RULES[rule][0], bandit, hood, seeds=seeds, initial_shares=x[order])
        for _ in range(3):
            batch.step()
        shares.append(batch.shares[:, np.argsort(order)])
    error = np.sqrt(sum(part.var(axis=0) for part in shares) / 400)
    assert (error > 0).all()
    assert (abs(shares[0].mean(axis=0) - shares[1].mean(axis=0)) < 5.0 * error).all()


@pytest.mark.parametrize(
    ("n", "k", "counts"),
    [(7, 3, [3, 2, 2]), (8, 3, [3, 3, 2]), (2, 3, [1, 1, 0]), (9, 3, [3, 3, 3])],
)
def test_the_first_options_get_one_bee_more(n, k, counts):
    batch = HiveBatch(
        WeightedVoterRule(), flat(k), Neighbourhood.of("everyone", "all", n), seeds=range(5)
    )
    assert (batch.opinions == np.arange(n) % k).all()
    assert (np.round(batch.shares * n, 9) == counts).all()


def test_on_a_graph_opinions_start_anywhere():
    batch = HiveBatch(
        WeightedVoterRule(),
        flat(2),
        Neighbourhood.of(nx.path_graph(4), "all", 4),
        seeds=range(3000),
    )
    assert (batch.opinions.sum(axis=1) == 2).all()
    places = tally(batch.opinions, 2)
    assert_frequencies(places[places > 0], np.full(6, 1.0 / 6.0))


def test_payoffs_are_those_of_the_opinions_held_now():
    """A congestion bandit without noise pays q - omega x(t) to the bees on the option at time t.

    This holds in row 0 and in every later row.
    """
    q, omega, n = np.array([0.9, 0.7]), np.array([0.2, 0.6]), 11
    bandit = BanditCongestion(2, tuple(q), tuple(omega), gap=0.0)
    batch = HiveBatch(
        WeightedVoterRule(), bandit, Neighbourhood.of("others", "all", n), seeds=range(50)
    )
    for _ in range(6):
        x = np.stack([(batch.opinions == a).mean(axis=1) for a in range(2)], axis=1)
        assert batch.shares == pytest.approx(x, abs=1e-15)
        assert batch.payoffs == pytest.approx(
            np.take_along_axis(q - omega * x, batch.opinions.astype(int), axis=1), abs=1e-15
        )
        assert batch.rows.optimal_share == pytest.approx(
            x[:, 0], abs=1e-15
        )  # optimum: 0.9 - 0.2 x = 0.7 - 0.6 (1 - x) at x = 1
        assert batch.rows.mean_payoff == pytest.approx(batch.payoffs.mean(axis=1), abs=1e-15)
        assert batch.rows.shares == pytest.approx(x, abs=1e-15)
        assert (batch.rows.consensus == (x == 1.0).any(axis=1)).all()
        batch.step()


def test_a_hive_stops_at_consensus_and_nothing_changes_after():
    hood, bandit = Neighbourhood.of("others", 2, 6), BanditLinear(2, gap=0.2, q_star=(0.5, 0.6))
    on, off = (
        HiveBatch(WeightedVoterRule(), bandit, hood, seeds=range(30), stop_if_end=stop)
        for stop in (True, False)
    )
    ended_at_once = 0
    for _ in range(100):
        before = [
            part.copy() for part in (on.running, on.opinions, on.payoffs, on.shares, on.rows.values)
        ]
        runs = before[0]
        on.step()
        off.step()
        after = (on.running, on.opinions, on.payoffs, on.shares, on.rows.values)
        for old, new, free in zip(
            before,
            after,
            (off.running, off.opinions, off.payoffs, off.shares, off.rows.values),
            strict=True,
        ):
            assert (new[~runs] == old[~runs]).all()
            assert new is after[0] or (new[runs] == free[runs]).all()
        assert (on.running == ~(on.opinions == on.opinions[:, :1]).all(axis=1)).all()
        ended_at_once += int((runs & ~on.running).any())
    assert ended_at_once > 1  # hives ended at different times
    assert not on.running.any()
    assert off.running.all()


def test_a_hive_built_at_consensus_does_not_run():
    hood = Neighbourhood.of("others", "all", 5)
    batch = HiveBatch(
        WeightedVoterRule(), flat(2), hood, seeds=[0], initial_shares=(0, 1), stop_if_end=True
    )
    assert not batch.running.any()


# ------------------------------------------------------------------------------
# Whom a bee hears


@dataclass(frozen=True)
class Probe(ImitationRule):
    """Adopts a number that shows which bees it heard.

    The number's digits are their opinions + 1, in order (modulo K).  With `audit` it adopts 0, or 1
    where the answer to a question differs from what all its neighbours show.
    """

    base: int = 7
    audit: bool = False

    def decide(self, bee, neighbours, rng):
        if self.audit:
            wrong = 0
            sum_of_all = 0.0
            for option in range(neighbours.n_action):
                count = 0
                total = 0.0
                for j in range(neighbours.size):
                    if neighbours[j].opinion == option:
                        count += 1
                        total += neighbours[j].payoff
                sum_of_all += total
                if (
                    count != neighbours.count_of(option)
                    or abs(total - neighbours.payoff_of(option)) > 1e-12
                ):
                    wrong = 1
            if abs(sum_of_all - neighbours.total_payoff) > 1e-12:
                wrong = 1
            return wrong
        number = 0
        for j in range(neighbours.size):
            number = number * self.base + neighbours[j].opinion + 1
        return number % neighbours.n_action


def heard_by_each(n: int, hood: tuple[Any, Any], most: int, hives: int, steps: int) -> np.ndarray:
    """Whom each bee hears, in order, -1 for nobody, shape (steps, hives, N, most)."""
    scene = [(i, Fraction(1, 2)) for i in range(n)]
    (numbers,) = one_step_each(Probe(n + 1), hood, [scene], (n + 1) ** most, hives, steps)
    digits = numbers[..., None] // (n + 1) ** np.arange(most)[::-1] % (n + 1)
    return digits.reshape(steps, hives, n, most) - 1


def sets_as_numbers(heard: np.ndarray) -> np.ndarray:
    return (1 << heard).sum(axis=-1)


def assert_uniform(values: np.ndarray, allowed: Sequence[int]) -> None:
    seen, counts = np.unique(values, return_counts=True)
    assert set(seen) <= set(allowed)
    every = dict.fromkeys(allowed, 0) | dict(zip(seen.tolist(), counts.tolist(), strict=True))
    assert_frequencies(np.array(list(every.values())), np.full(len(every), 1.0 / len(every)))


@pytest.mark.parametrize(("n", "m"), [(6, 1), (6, 2), (6, 3), (6, 4), (12, 2), (12, 3)])
def test_samples_are_uniform_and_without_replacement(n, m):
    heard = heard_by_each(n, ("others", m), m, hives=100, steps=400)
    sets = sets_as_numbers(heard)
    for i in (0, 1, n - 1):
        rest = [j for j in range(n) if j != i]
        allowed = [sum(1 << j for j in chosen) for chosen in combinations(rest, m)]
        assert_uniform(sets[..., i], allowed)
        for place in range(m):
            assert_uniform(heard[..., i, place], rest)
        # Drawn afresh: the bees heard now are independent of those heard in the next step, and of
        # those that the next bee hears.
        pairs = [a * 2**n + b for a in allowed for b in allowed]
        if len(pairs) <= 1000:
            assert_uniform(sets[:-1:2, :, i] * 2**n + sets[1::2, :, i], pairs)
    first, second = (
        [sum(1 << j for j in c) for c in combinations([j for j in range(n) if j != i], m)]
        for i in (0, 1)
    )
    assert_uniform(
        sets[..., 0] * 2**n + sets[..., 1], [a * 2**n + b for a in first for b in second]
    )


@dataclass(frozen=True)
class PairHeard(ImitationRule):
    """The neighbours at two places as one number; `tallied`: sums are asked for before."""

    first: int = 0
    second: int = 5
    n: int = 8
    tallied: bool = False

    def decide(self, bee, neighbours, rng):
        if self.tallied and neighbours.total_payoff < 0.0:
            return 0
        number = neighbours[self.first].opinion * self.n + neighbours[self.second].opinion
        return number % neighbours.n_action


@pytest.mark.parametrize("tallied", [False, True])
@pytest.mark.parametrize(("n", "m"), [(8, 6), (24, 6), (25, 6)])  # shuffled, shuffled, marked
def test_large_samples_are_uniform_and_without_replacement(n, m, tallied):
    scene = [(i, Fraction(1, 2)) for i in range(n)]
    for first, second in ((0, 5), (4, 3), (5, 1)):
        rule = PairHeard(first, second, n, tallied)
        (numbers,) = one_step_each(rule, ("others", m), [scene], n * n, 100, 100)
        pairs = numbers.reshape(-1, n)
        for i in (0, n - 1):
            rest = [j for j in range(n) if j != i]
            assert_uniform(pairs[:, i], [a * n + b for a in rest for b in rest if a != b])


@pytest.mark.parametrize(("n", "m"), [(6, 1), (6, 2), (6, 3), (4, 4)])
def test_groups_are_a_uniform_partition_that_all_bees_share(n, m):
    heard = heard_by_each(n, ("groups", m), m, hives=100, steps=500)
    sets = sets_as_numbers(heard)
    for i in range(n):
        assert ((sets[..., i] >> i) & 1).all()  # itself included
        for place in range(m):
            j = heard[..., i, place]
            assert (np.take_along_axis(sets, j[..., None], axis=-1)[..., 0] == sets[..., i]).all()
    splits = [
        [sum(1 << j for g in split if i in g for j in g) for i in range(n)]
        for split in partitions(tuple(range(n)), m)
    ]
    base = 2 ** (n * np.arange(n))
    assert_uniform(sets @ base, [int(np.array(split) @ base) for split in splits])


@pytest.mark.parametrize("m", [1, 2, 3, "all"])
def test_on_a_graph_a_bee_hears_its_neighbours_only(m):
    graph = nx.Graph([(0, 1), (0, 2), (0, 3), (0, 4), (1, 2)])
    graph.add_node(5)
    heard = heard_by_each(6, (graph, m), 4, hives=100, steps=200)
    for i in range(6):
        size = min(graph.degree(i), 4 if m == "all" else m)
        assert (heard[..., i, : 4 - size] == -1).all()
        chosen = heard[..., i, 4 - size :]
        assert_uniform(
            sets_as_numbers(chosen), [sum(1 << j for j in c) for c in combinations(graph[i], size)]
        )


def test_hearing_all_is_hearing_each_once():
    for hood, itself in (
        (("others", "all"), False),
        (("others", 4), False),
        (("everyone", "all"), True),
    ):
        heard = np.sort(heard_by_each(5, hood, 5, hives=5, steps=2), axis=-1)
        for i in range(5):
            assert (
                heard[..., i, :]
                == ([0, 1, 2, 3, 4] if itself else [-1, *(j for j in range(5) if j != i)])
            ).all()


@pytest.mark.thorough
@every_hood
def test_counts_and_totals_are_those_of_the_bees_heard(hood):
    bandit = BanditLinear(5, gap=0.1, q_star=(0.1, 0.3, 0.5, 0.7, 0.9))
    rng = np.random.default_rng(1)
    for compiled in (True, False):
        batch = HiveBatch(
            Probe(audit=True),
            bandit,
            Neighbourhood.of(*hood, 12),
            seeds=range(50 if compiled else 2),
            compiled=compiled,
        )
        for _ in range(3):
            batch.opinions[:] = rng.integers(5, size=batch.opinions.shape)
            batch.step()
            assert not batch.opinions.any()


@every_hood
def test_the_probe_hears_the_same_interpreted(hood):
    ways = [
        HiveBatch(Probe(13), flat(1009), Neighbourhood.of(*hood, 12), seeds=[0], compiled=way)
        for way in (True, False)
    ]
    for batch in ways:
        batch.opinions[:] = np.arange(12)
        batch.step()
    assert (ways[0].opinions == ways[1].opinions).all()


# ------------------------------------------------------------------------------
# Mistakes seen in earlier code of this kind.  Two of them are tested in other files: runs lost
# between processes, and policies of learners.


@every_rule
def test_trap_votes_of_different_bees_do_not_mix(rule):
    """Two swarms without a link: in the one 0 and 1 are held, in the other 2 and 3, for ever."""
    halves = nx.disjoint_union(nx.complete_graph(9), nx.cycle_graph(7))
    batch = HiveBatch(rule, flat(4), Neighbourhood.of(halves, "all", 16), seeds=range(50))
    batch.opinions[:] = [0, 1, 0, 1, 0, 1, 0, 1, 0, 2, 3, 2, 3, 2, 3, 2]
    for _ in range(5):
        batch.step()
        assert (batch.opinions[:, :9] < 2).all()
        assert (batch.opinions[:, 9:] >= 2).all()


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 6, "all"])
def test_trap_neighbourhood_size_is_not_off_by_one(m):
    heard = heard_by_each(6, ("others", m), 5, hives=20, steps=5)
    assert ((heard >= 0).sum(axis=-1) == (5 if m == "all" else min(m, 5))).all()
    assert (heard != np.arange(6)[:, None]).all()


def test_trap_a_majority_in_groups_is_no_weighted_voter():
    """Two against one, with equal payoffs: all of the group follow the two.

    One of three weighted voters would not.
    """
    scene = bees("0:0.5 0:0.5 1:0.5")
    (opinions,) = one_step_each(
        MajorityRule(math.inf), ("groups", 3), [scene], 2, hives=20, steps=20
    )
    assert not opinions.any()
    (opinions,) = one_step_each(MajorityRule(1), ("groups", 3), [scene], 2, hives=20, steps=20)
    assert opinions.any()


EDGES = {
    "linear": BanditLinear(2, gap=0.1, q_star=(0.1, 0.9)),
    "sigmoid": BanditSigmoid(2, std=5.0, q_star=(-5.0, 5.0)),
    "congestion": BanditCongestion(2, (0.9, 0.9), (0.2, 0.8), gap=0.1),
}


@pytest.mark.parametrize("bandit", EDGES)
def test_trap_rewards_lie_in_the_unit_interval(bandit):
    batch = HiveBatch(
        ImitationOfSuccess(), EDGES[bandit], Neighbourhood.of("others", 1, 1000), seeds=range(20)
    )
    assert batch.payoffs.min() >= 0.0
    assert batch.payoffs.max() <= 1.0
    assert batch.payoffs.max() > 0.75  # and the bound is near


@dataclass(frozen=True)
class Generous(Bandit):
    n_action: int = 2
    reward: float = 1.1

    def pull(self, option, world, rng):
        return self.reward

    def expected_rewards(self, world):
        return np.array([0.5, 0.5])


@pytest.mark.parametrize("reward", [1.1, -0.1, math.nan])
def test_trap_a_reward_outside_the_unit_interval_is_refused(reward):
    hood = Neighbourhood.of("others", "all", 4)
    for compiled in (True, False):
        with pytest.raises(ValueError, match="reward"):
            HiveBatch(
                WeightedVoterRule(), Generous(reward=reward), hood, seeds=[0], compiled=compiled
            )


def rows(seeds: Sequence[Any]) -> np.ndarray:
    bandit = BanditLinear(3, gap=0.1, q_star=(0.2, 0.5, 0.8))
    batch = HiveBatch(WeightedVoterRule(), bandit, Neighbourhood.of("others", 3, 9), seeds=seeds)
    out = [batch.payoffs.copy()]
    for _ in range(3):
        batch.step()
        out.append(batch.payoffs.copy())
    return np.stack(out, axis=1)


def test_trap_no_clock_in_a_seed():
    seeds = list(range(20))
    assert (rows(seeds) == rows(seeds)).all()
    assert len(np.unique(rows(seeds).reshape(20, -1), axis=0)) == 20


def test_trap_seed_zero_is_a_seed():
    zero = rows([0])
    assert (zero == rows([0])).all()
    assert (zero == rows([np.random.SeedSequence(0)])).all()
    for other in (1, None):
        assert (zero != rows([other])).any()


def test_trap_no_run_is_lost_or_changed_by_the_others():
    whole = rows(range(7))
    assert len(whole) == 7
    assert (whole == np.concatenate([rows(range(3)), rows(range(3, 7))])).all()
    assert (whole == rows([6, 5, 4, 3, 2, 1, 0])[::-1]).all()


def test_trap_shares_sum_to_one():
    for k in (3, 7, 30):  # the package counts few options another way than many
        bandit = BanditLinear(k, gap=0.1, q_star=tuple(np.linspace(0.2, 0.8, k)))
        batch = HiveBatch(
            WeightedVoterRule(), bandit, Neighbourhood.of("others", 5, 101), seeds=range(20)
        )
        for _ in range(5):
            batch.step()
            assert abs(batch.shares.sum(axis=1) - 1.0).max() < 1e-12
            assert batch.shares == pytest.approx(
                np.array([np.bincount(o, minlength=k) for o in batch.opinions]) / 101, abs=1e-15
            )
