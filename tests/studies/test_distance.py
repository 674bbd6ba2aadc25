"""Distances with their errors: by hand, and how often chance is called a difference."""

import math

import numpy as np
import pandas as pd
import pytest

from hivemind_abm import Hive, LearnerModel, ReplicatorModel, distance, ensemble


def table(mean, std=0.0, runs=100):
    return pd.DataFrame(
        {
            "step": np.arange(len(mean)),
            "runs": runs,
            "optimal_share_mean": np.array(mean, float),
            "optimal_share_std": std,
        }
    )


def test_a_distance_by_hand():
    result = distance(table([0.1, 0.5, 0.9], std=[0.0, 0.3, 0.4]), table([0.1, 0.1, 0.8], runs=1))
    np.testing.assert_allclose(result.difference, [0.0, 0.4, 0.1], atol=1e-15)
    assert result.rms == pytest.approx(math.sqrt((0.4**2 + 0.1**2) / 3))
    assert result.rms_error == pytest.approx(math.sqrt((0.03**2 + 0.04**2) / 3))
    assert (result.greatest, result.at_step) == (pytest.approx(0.4), 1.0)
    z, rare = (
        2.3939797998185104,
        math.log(2 * 3 / 0.05) / 300,
    )  # the normal quantile of 1 - 0.05 / 6
    np.testing.assert_allclose(result.band, [rare, 0.03 * z + rare, 0.04 * z + rare], atol=1e-9)
    assert result.greatest_error == result.band[1]
    assert not result.equal
    assert "not equal" in str(result)


def test_exact_curves_are_equal_only_if_they_are():
    curve = [0.1, 0.2, 0.4]
    assert distance(table(curve, runs=1), table(curve, runs=1)).equal
    assert not distance(table(curve, runs=1), table([0.1, 0.2, 0.4001], runs=1)).equal


def test_halving_takes_away_a_shift_that_goes_as_one_over_n():
    limit = np.linspace(0.1, 0.9, 50)
    whole, half = (
        table(limit - 3.0 / 100, std=0.01, runs=10_000),
        table(limit - 3.0 / 50, std=0.02, runs=10_000),
    )
    exact = table(limit, runs=1)
    assert not distance(whole, exact).equal
    result = distance(whole, exact, halved=(half, None))
    assert result.equal
    assert result.rms < 1e-12
    assert result.rms_error == pytest.approx(math.sqrt(4 * 0.01**2 + 0.02**2) / 100)
    tail = math.log(2 * 50 / 0.05)
    z = 3.2905267314919255  # the normal quantile of 1 - 0.05 / 100
    rare = (2 / 10_000 + 1 / 10_000) * tail / 3
    np.testing.assert_allclose(
        result.band, z * math.sqrt(4 * 0.01**2 + 0.02**2) / 100 + rare, rtol=1e-6
    )
    other = distance(exact, whole, halved=(None, half))
    np.testing.assert_allclose(other.difference, -result.difference, atol=1e-15)


def test_only_common_steps_count():
    first, second = table(np.zeros(10)), table(np.zeros(10))[::3]
    assert distance(first, second).steps.tolist() == [0, 3, 6, 9]
    second["step"] += 100
    with pytest.raises(ValueError, match="recorded steps in common"):
        distance(first, second)
    with pytest.raises(ValueError, match="second must be a table of ensemble"):
        distance(first, pd.DataFrame({"step": [0]}))
    with pytest.raises(ValueError, match="second must have one row per step"):
        distance(first, pd.concat([first, first]))


def test_a_distance_is_shown_in_a_line():
    result = distance(table([0.1, 0.5, 0.9], std=0.3), table([0.1, 0.1, 0.8], runs=1))
    assert repr(result) == (
        "<Distance: rms=0.23805, rms_error=0.03, greatest=0.4, greatest_error=0.087778, "
        "at_step=1, verdict=not equal>"
    )
    assert str(result) == "rms 0.2380 +- 0.0300, greatest 0.4000 +- 0.0878 at step 1: not equal"
    assert "0.087778" in result._repr_html_()
    assert result.table().columns.tolist() == ["step", "difference", "band"]
    assert len(result.table()) == 3


def test_chance_is_seldom_called_a_difference():
    """At most 5 of 100 pairs of the same system are unequal; most of those that are shifted are."""
    parameters = {"rule": "wvoter", "population_size": 30}
    tables = [ensemble(Hive, parameters, runs=60, steps=40, seed=seed) for seed in range(60)]
    pairs = list(zip(tables[::2], tables[1::2], strict=True))
    unequal = sum(not distance(first, second).equal for first, second in pairs)
    assert unequal <= 5  # 30 pairs at 5 %: more with a probability of 0.3 %
    moved = 0
    for first, second in pairs:
        result = distance(first, second)
        second = second.assign(optimal_share_mean=second["optimal_share_mean"] + 1.5 * result.band)
        moved += not distance(first, second).equal
    assert moved > 25


@pytest.mark.thorough
def test_the_root_mean_square_error_is_what_chance_gives():
    parameters = {"rule": "wvoter", "population_size": 30}
    tables = [ensemble(Hive, parameters, runs=60, steps=25, seed=seed) for seed in range(120)]
    results = [distance(a, b) for a, b in zip(tables[::2], tables[1::2], strict=True)]
    squares = np.array([each.rms**2 for each in results])
    expected = np.mean([each.rms_error**2 for each in results])
    assert abs(squares.mean() - expected) < 4 * squares.std() / math.sqrt(len(squares))


def test_hives_and_their_learners_are_on_their_replicators_and_small_ones_are_not():
    curve = ensemble(
        ReplicatorModel, {"dynamic": "MRD", "bandit": "near zero"}, runs=1, steps=100, seed=1
    )
    for model, arguments in (
        (Hive, {"rule": "wvoter", "population_size": 10}),
        (LearnerModel, {"parallel_envs": 10}),
    ):
        name = "population_size" if model is Hive else "parallel_envs"
        small = ensemble(model, arguments | {"bandit": "near zero"}, runs=200, steps=100, seed=1)
        assert not distance(small, curve).equal
        large = ensemble(
            model, arguments | {"bandit": "near zero", name: 1000}, runs=200, steps=100, seed=1
        )
        assert distance(large, curve).equal
