"""Neighbours that are drawn at random: they are different bees, however many are asked for."""

from dataclasses import dataclass

import pytest

from hivemind_abm import Hive, ImitationRule


@dataclass(frozen=True)
class Repeats(ImitationRule):
    """Option 1 if two of the neighbours, asked for one by one, have the same payoff, else 0."""

    def decide(self, bee, neighbours, rng):
        for i in range(neighbours.size):
            for j in range(i):
                if neighbours[i].payoff == neighbours[j].payoff:
                    return 1
        return 0


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(("m", "n"), [(5, 11), (10, 45), (16, 70), (17, 70), (30, 125), (30, 60)])
def test_no_bee_is_heard_twice(m, n, compiled):
    """Payoffs tell bees apart: two of them are equal with a probability of about 2**-52."""
    hive = Hive(
        Repeats(), n_action=2, population_size=n, neighbourhood_size=m, rng=3, compiled=compiled
    )
    hive.run_for(2 if compiled else 1)
    assert set(hive.opinions) == {0}
