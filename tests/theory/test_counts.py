"""The states of a chain: all counts, their codes, and how many there may be."""

import numpy as np
import pytest

from hivemind_abm.theory.counts import all_counts, codes, number_of_states


@pytest.mark.parametrize(("n", "k"), [(1, 2), (5, 2), (4, 3), (75, 3), (3, 4)])
def test_all_counts_in_order(n, k):
    counts = all_counts(n, k)
    assert counts.shape == (number_of_states(n, k), k)
    assert (counts.sum(axis=1) == n).all() and (counts >= 0).all()
    rows = [tuple(row) for row in counts.tolist()]
    assert rows == sorted(set(rows))


def test_the_code_of_a_sum_is_the_sum_of_the_codes():
    some, others = all_counts(3, 3), all_counts(4, 3)
    total = some[:, None] + others
    np.testing.assert_array_equal(codes(total, 7), codes(some, 7)[:, None] + codes(others, 7))
    assert np.unique(codes(all_counts(7, 3), 7)).size == number_of_states(7, 3)


def test_too_many_states_are_refused():
    assert number_of_states(75, 3) == 2926
    with pytest.raises(
        ValueError,
        match=r"population_size must be at most 75 for 3 options, not 76: .* 3003 states",
    ):
        number_of_states(76, 3)
