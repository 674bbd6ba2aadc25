"""Closed-form chances of the built-in rules, and what they are made of."""

from math import comb

import numpy as np
import pytest

from hivemind_abm import ImitationOfSuccess, WeightedVoterRule
from hivemind_abm.hives.chances import bees_heard, samples_of, shares_of_payoff
from hivemind_abm.hives.neighbourhood import Neighbourhood


def test_samples_are_hypergeometric():
    samples, chance = samples_of(np.array([4.0, 3.0, 2.0]), 3)
    assert (samples.sum(axis=1) == 3).all() and len(samples) == 10
    expected = [comb(4, a) * comb(3, b) * comb(2, c) / comb(9, 3) for a, b, c in samples.tolist()]
    np.testing.assert_allclose(chance, expected, rtol=1e-13)


def test_a_bee_may_hear_itself():
    np.testing.assert_array_equal(bees_heard(np.array([3, 0]), True), [[3, 0], [3, 0]])
    np.testing.assert_array_equal(bees_heard(np.array([3, 1]), False), [[2, 1], [3, 0]])


def test_no_payoff_leaves_the_row_as_it_was():
    rows = shares_of_payoff(np.array([[1.0, 3.0], [0.0, 0.0]]), np.eye(2))
    np.testing.assert_array_equal(rows, [[0.25, 0.75], [0.0, 1.0]])


@pytest.mark.parametrize("rule", [ImitationOfSuccess(), WeightedVoterRule()])
@pytest.mark.parametrize("kind", [("others", "all"), ("others", 3), ("everyone", "all")])
@pytest.mark.parametrize("q", [(0.9, 0.6), (0.5, 0.0), (0.0, 0.0), (0.2, 0.0, 1.0)])
def test_rows_are_chances(rule, kind, q):
    chances = rule.one_step_chances(Neighbourhood.of(*kind, 12))
    for counts in ((12, 0, 0), (5, 7, 0), (1, 1, 10), (0, 12, 0)):
        held = np.array(counts[: len(q)])
        if held.sum() == 12:
            rows = chances(held, np.array(q))
            np.testing.assert_allclose(rows.sum(axis=1), 1.0, rtol=1e-14)
            assert (rows >= 0.0).all()


def test_two_of_five_others_by_hand():
    """A bee on 0 hears two of two on 0 and three on 1; silent bees leave it where it is."""
    chances = WeightedVoterRule().one_step_chances(Neighbourhood.of("others", 2, 6))
    rows = chances(np.array([3, 3]), np.array([0.5, 1.0]))
    both_0, one_each = 1 / 10, 6 / 10  # and 3 / 10 for two bees on 1
    assert rows[0, 0] == pytest.approx(both_0 + one_each / 3)
    silent = chances(np.array([3, 3]), np.array([0.0, 1.0]))
    assert silent[0, 0] == pytest.approx(both_0) and silent[0, 1] == pytest.approx(1 - both_0)
    everyone = WeightedVoterRule().one_step_chances(Neighbourhood.of("everyone", "all", 6))
    np.testing.assert_allclose(
        everyone(np.array([3, 3]), np.array([0.5, 1.0])), [[1 / 3, 2 / 3]] * 2
    )
    success = ImitationOfSuccess().one_step_chances(Neighbourhood.of("everyone", "all", 6))
    assert success(np.array([3, 3]), np.array([0.5, 1.0]))[1, 0] == pytest.approx(0.5 * 0.5)
