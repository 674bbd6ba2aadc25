"""One event of an asynchronous hive: the matrix against enumeration, and its errors."""

from itertools import combinations

import numpy as np
import pytest

from hivemind_abm.theory.counts import all_counts
from hivemind_abm.theory.events import GroupEvents, OneBeeEvents, line_of


def random_rows(shape, rng):
    return rng.dirichlet(np.ones(shape[-1]), shape[:-1])


@pytest.mark.parametrize("k", [2, 3])
def test_one_bee_moves_by_its_own_chances(k):
    """One of 6 bees; 2 more never change."""
    states = all_counts(6, k)
    chances = random_rows((len(states), k, k), np.random.default_rng(1))
    transition = OneBeeEvents(states, 8, chances).transition().toarray()
    expected = np.zeros_like(transition)
    rows = {tuple(counts): row for row, counts in enumerate(states.tolist())}
    for row, counts in enumerate(states):
        expected[row, row] += 2 / 8
        for a in range(k):
            for b in range(k):
                after = counts - np.eye(k, dtype=int)[a] + np.eye(k, dtype=int)[b]
                if counts[a]:
                    expected[row, rows[tuple(after.tolist())]] += counts[a] / 8 * chances[row, a, b]
    np.testing.assert_allclose(transition, expected, atol=1e-15)


def test_a_group_is_drawn_and_decides():
    """All groups of 3 of 7 bees, each as likely."""
    states, groups = all_counts(7, 2), all_counts(3, 2)
    outcomes = random_rows((4, 4), np.random.default_rng(2))
    transition = GroupEvents(states, groups, outcomes).transition()
    expected = np.zeros_like(transition)
    for state in range(8):
        bees = [0] * state + [1] * (7 - state)  # the state is the count of option 0
        drawn = list(combinations(bees, 3))
        for group in drawn:
            zeros = group.count(0)
            for after in range(4):
                expected[state, state - zeros + after] += outcomes[zeros, after] / len(drawn)
    np.testing.assert_allclose(transition, expected, atol=1e-13)


@pytest.mark.parametrize("grouped", [False, True])
def test_errors_are_those_of_other_samples(grouped):
    rng = np.random.default_rng(3)
    states = all_counts(5, 2)
    if grouped:
        events = GroupEvents(states, all_counts(2, 2), random_rows((3, 3), rng), 400)
    else:
        chances, trials = random_rows((6, 2, 2), rng), 100 * states
        events = OneBeeEvents(states, 5, chances, trials)
    error = np.asarray(events.error() if grouped else events.error().toarray())
    again = [events.resampled(rng) for _ in range(400)]
    spread = np.std([np.asarray(one if grouped else one.toarray()) for one in again], axis=0)
    np.testing.assert_allclose(spread, error, rtol=0.15, atol=1e-12)


def test_a_line_is_read_from_the_matrix():
    states = all_counts(5, 2)
    chances = random_rows((6, 2, 2), np.random.default_rng(4))
    chain = line_of(OneBeeEvents(states, 5, chances).transition())
    i = np.arange(6)
    np.testing.assert_allclose(chain.up, (5 - i) / 5 * chances[:, 1, 0])
    np.testing.assert_allclose(chain.down, i / 5 * chances[:, 0, 1])


def test_too_many_groups_are_refused():
    events = GroupEvents(all_counts(2000, 2), all_counts(1500, 2), np.eye(1501))
    with pytest.raises(ValueError, match=r"neighbourhood_size must be smaller .* not 1500"):
        events.transition()
