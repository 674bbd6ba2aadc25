"""Where fixed points meet, held against published and exact values; fluctuations; refusals.

A value must be within 3 of its stated errors, and the stated error must be small.
"""

import math

import numpy as np
import pytest
from bifurcating_rules import CrossInhibitor, Follower, Opponent, Pressed, QVoter, Rotating
from noiseless import steady
from small_rules import Averager, Stubborn, Voter

from hivemind_abm import BanditRandomWalk, WeightedVoterRule, bifurcation

EQUAL = steady(0.5, 0.5)
ASYNCHRONOUS = {"updating": "asynchronous"}


def held(result, kind, exact, most_error):
    """Check that there is one such meeting, within 3 errors that are small."""
    values = [(each.value, each.error) for each in result.met if each.kind == kind]
    assert len(values) == len(result.met) == 1, result
    ((value, error),) = values
    assert abs(value - exact) < 3.0 * error and error < most_error, result


@pytest.mark.thorough
def test_order_of_the_q_voter_is_lost_at_a_third():
    p = np.linspace(0.1, 0.6, 11)
    result = bifurcation(QVoter(), EQUAL, "p", p, bees=12_800, **ASYNCHRONOUS)
    held(result, "pitchfork", 1.0 / 3.0, 0.003)
    table = result.table()
    assert result.equal and result.misfit == 0.0
    below, above = table[table.value < 0.3], table[table.value > 0.4]
    assert (below.groupby("value").size() == 3).all()
    assert (below.groupby("value").kind.agg(list).map(sorted).map(tuple).nunique()) == 1
    assert sorted(below[below.value == 0.1].kind) == ["stable", "stable", "unstable"]
    assert (above.share_0.sub(0.5).abs() < 1e-6).all() and (above.kind == "stable").all()
    rate = 0.5 * (1.0 - above.value) - above.value
    assert (abs(above.eigenvalue - rate) < 4.0 * above.eigenvalue_error).all()
    outer = below[(below.value == 0.2) & (below.kind == "stable")]
    # y = 2 x - 1 has the drift (1 - p) y (1 - y^2) / 2 - p y
    y = np.abs(2.0 * outer.share_0 - 1.0)
    assert (abs(y - math.sqrt(0.4 / 0.8)) < 8.0 * outer.error_0).all()


@pytest.mark.thorough
def test_the_deadlock_of_cross_inhibition_parts_with_uncommitted_bees():
    r = np.linspace(0.25, 0.65, 9)
    result = bifurcation(CrossInhibitor(), EQUAL, "r", r, bees=25_600, **ASYNCHRONOUS)
    held(result, "pitchfork", 0.44, 0.01)
    assert result.options == [0, 1, "none"]
    (meeting,) = result.met
    assert meeting.shares == pytest.approx((5 / 11, 5 / 11, 1 / 11), abs=0.01)


@pytest.mark.thorough
def test_zealots_beat_the_weighted_voter_at_their_share():
    hive = [("wvoter", 0.8), (Stubborn(1), 0.2)]
    z = np.linspace(0.1, 0.5, 9)
    result = bifurcation(hive, steady(0.9, 0.6), "rule_share_1", z, bees=64_000)
    held(result, "transcritical", 1.0 / 3.0, 0.02)
    table = result.table()
    below = table[(table.value < 0.3) & (table.kind == "stable")]
    exact = 1.0 - below.value * 0.9 / 0.3
    assert (abs(below.share_0 - exact) < 4.0 * below.error_0).all() and len(below) == 4


@pytest.mark.thorough
def test_folds_where_pressure_ends_a_minority_s_choice():
    h = np.linspace(0.2, 0.8, 13)
    result = bifurcation(Pressed(), EQUAL, "h", h, bees=12_800)
    # (1 - p) (3 x^2 - 2 x^3) + p h = x, and its derivative is 1
    x = 0.5 * (1.0 - math.sqrt(1.0 - 2.0 / (3.0 * 0.8)))
    exact = (x - 0.8 * (3.0 * x**2 - 2.0 * x**3)) / 0.2
    assert [each.kind for each in result.met] == ["fold", "fold"]
    for each, value, share in zip(result.met, (1 - exact, exact), (1 - x, x), strict=True):
        assert abs(each.value - value) < 3.0 * each.error < 0.02
        assert each.shares[0] == pytest.approx(share, abs=0.02)
    assert not result.equal


@pytest.mark.thorough
def test_contrarians_among_followers():
    hive = [(Follower(), 0.9), (Opponent(), 0.1)]
    a = np.linspace(0.05, 0.35, 7)
    result = bifurcation(hive, EQUAL, "rule_share_1", a, bees=12_800, **ASYNCHRONOUS)
    held(result, "pitchfork", 1.0 / 6.0, 0.006)  # (1 - 2 a) 3 / 2 = 1
    columns = set(result.table())
    assert {"kind_0_share_0", "kind_1_share_1"} <= columns


@pytest.mark.thorough
def test_in_steps_many_contrarians_make_the_hive_alternate():
    hive = [(Follower(), 0.2), (Opponent(), 0.8)]
    a = np.linspace(0.7, 0.95, 9)
    result = bifurcation(hive, EQUAL, "rule_share_1", a, bees=25_600)
    held(result, "period two", 5.0 / 6.0, 0.01)  # (1 - 2 a) 3 / 2 = -1


@pytest.mark.thorough
def test_oscillations_begin_in_steps_only():
    g = np.linspace(0.02, 0.5, 13)
    three = steady(0.5, 0.5, 0.5)
    # |1 - g + i (1 - g) / sqrt 3| = 1
    result = bifurcation(Rotating(), three, "g", g, bees=64_000)
    held(result, "oscillation", 1.0 - math.sqrt(0.75), 0.005)
    assert not bifurcation(Rotating(), three, "g", g, bees=12_800, **ASYNCHRONOUS).met


@pytest.mark.thorough
def test_three_equal_options_part_all_at_once():
    p = np.linspace(0.1, 0.3, 11)
    result = bifurcation(QVoter(), steady(0.5, 0.5, 0.5), "p", p, bees=25_600, **ASYNCHRONOUS)
    kinds = [each.kind for each in result.met]
    assert kinds == ["transcritical", "fold", "fold", "fold"]
    centre = result.met[0]
    assert abs(centre.value - 2.0 / 11.0) < 3.0 * centre.error < 0.01
    # On the line (x, (1 - x) / 2, (1 - x) / 2) the drift of x is the function below.
    x = np.linspace(0.4, 0.9, 100_001)
    y = 0.5 * (1.0 - x)
    turned = x**3 * (1.0 - x) - 2.0 * x * y**3  # (1 - p) turned = p (x - 1 / 3)
    exact = (turned / (turned + x - 1.0 / 3.0)).max()
    for each in result.met[1:]:
        assert abs(each.value - exact) < 3.0 * each.error < 0.01


@pytest.mark.thorough
def test_the_three_published_values_more_precisely():
    p = np.linspace(0.0, 0.6, 40)
    result = bifurcation(QVoter(), EQUAL, "p", p, bees=64_000, **ASYNCHRONOUS)
    held(result, "pitchfork", 1.0 / 3.0, 0.001)
    held(bifurcation(QVoter(), EQUAL, "p", p, bees=64_000), "pitchfork", 1.0 / 3.0, 0.001)
    r = np.linspace(0.2, 0.8, 40)
    result = bifurcation(CrossInhibitor(), EQUAL, "r", r, bees=64_000, **ASYNCHRONOUS)
    held(result, "pitchfork", 0.44, 0.003)
    hive = [("wvoter", 0.8), (Stubborn(1), 0.2)]
    z = np.linspace(0.1, 0.5, 40)
    result = bifurcation(hive, steady(0.9, 0.6), "rule_share_1", z)
    held(result, "transcritical", 1.0 / 3.0, 0.005)


@pytest.mark.parametrize("updating", ["asynchronous", "synchronous"])
def test_voters_between_zealots_fluctuate_as_known(updating):
    # Free share s, zealots z+ and z- of all; Mobilia, Petersen, Redner (2007), for large N.
    hive = [(Voter(), 0.8), (Stubborn(0), 0.15), (Stubborn(1), 0.05)]
    z = np.array([0.1, 0.15, 0.2])
    result = bifurcation(
        hive, EQUAL, "rule_share_1", z, bees=64_000, updating=updating, population_size=400
    )
    for point in result.points:
        s = (1.0 - point.value) * 0.8 / 0.85
        positive = point.value / (1.0 - s)
        variance = s * positive * (1.0 - positive) / (1.0 - s)  # beta-binomial, over N
        if updating == "synchronous":  # J = -(1 - s): 2 J becomes 1 - (1 + J)^2
            variance = s * positive * (1.0 - positive) / (1.0 - s**2)
        assert point.kind == "stable"
        assert point.std[0] == pytest.approx(math.sqrt(variance / 400), rel=0.03)
        assert abs(point.by_kind[0] - positive) < 4.0 * point.errors[0] / s


def test_whole_numbers_have_none_between_them():
    result = bifurcation(
        "majority", "near one", "number_of_votes", range(1, 6), 10, n_action=2, bees=6_400
    )
    assert sorted({point.value for point in result.curve}) == [1, 2, 3, 4, 5]
    assert all(2.0 < each.value < 3.0 for each in result.met) and len(result.met) == 1


def test_the_same_seed_gives_the_same_table():
    arguments = (WeightedVoterRule(), steady(0.5, 0.7), "q_star[0]", [0.55, 0.65, 0.75], 2)
    first, second = (bifurcation(*arguments, bees=6_400, seed=3) for _ in range(2))
    assert first.table().equals(second.table())


@pytest.mark.thorough
def test_a_result_is_readable():
    p = np.linspace(0.2, 0.5, 4)
    result = bifurcation(QVoter(), EQUAL, "p", p, bees=6_400)
    assert repr(result).startswith("<Bifurcation: QVoter over p, pitchfork at 0.3")
    assert "p = 0.3" in str(result) and "<table>" in result._repr_html_()
    summary = result.summary()
    assert summary["meetings"] == 1 and abs(summary["pitchfork_0"] - 1 / 3) < 0.02
    assert list(result.meetings()) == ["value", "error", "kind", "share_0", "share_1"]
    none = bifurcation(QVoter(), EQUAL, "p", [0.5, 0.6, 0.7], bees=6_400)
    assert "no meeting" in repr(none) and none.meetings().empty


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"vary": "q"}, ValueError, "vary must be one of p, .*neighbourhood_size, updating, not"),
        ({"values": [0.1, 0.2]}, ValueError, "values must be at least 3 different finite numbers"),
        ({"values": [0.1, math.nan, 0.3]}, ValueError, "finite"),
        ({"values": "0:1"}, ValueError, "values must be"),
        ({"vary": "q_star[7]"}, ValueError, "q_star must have an item 7"),
        ({"vary": "rule_share_1"}, ValueError, "one of several rules"),
        ({"bees": 10}, ValueError, "bees must be"),
        ({"population_size": 0}, ValueError, "population_size must be"),
        ({"rule": Averager(), "vary": "neighbourhood_size"}, ValueError, "no memory"),
        ({"bandit": BanditRandomWalk()}, ValueError, "shares alone"),
        ({"vary": "updating", "values": [0.5, 1.0, 1.5]}, ValueError, "updating"),
        ({"vary": "p", "p": 0.3}, ValueError, "varied or given as a field"),
    ],
)
def test_what_cannot_be_followed_is_refused(change, error, text):
    arguments = {"rule": QVoter(), "bandit": EQUAL, "vary": "p", "values": [0.1, 0.2, 0.3]} | change
    with pytest.raises(error, match=text):
        bifurcation(**arguments)
