"""Fixed points of mean fields: those of known laws, their kinds, and how they are listed."""

import pytest

from hivemind_abm import mean_field
from hivemind_abm.theory.fixed_points import FixedPoint, describe_fixed_points

TWO = {"bandit": "near one", "n_action": 2}


def test_majority_has_a_watershed():
    found = mean_field("majority", bandit="near one", n_action=2, number_of_votes=3, bees=256_000)
    kinds = {point.kind: point for point in found.fixed_points}
    assert sorted(point.kind for point in found.fixed_points) == ["stable", "stable", "unstable"]
    # S = 3 votes, each for option 0 with p = x q0 / qbar, win with p^2 (3 - 2 p), which is x there
    x = kinds["unstable"].shares[0]
    p = x * 0.6 / (x * 0.6 + (1.0 - x) * 0.9)
    assert p**2 * (3.0 - 2.0 * p) == pytest.approx(x, abs=0.01)


def test_the_congestion_bandit_settles_at_its_equilibrium():
    found = mean_field("wvoter", "congestion", bees=256_000)
    stable = [point for point in found.fixed_points if point.kind == "stable"]
    assert len(stable) == 1 and stable[0].shares[0] == pytest.approx(0.75, abs=0.02)


@pytest.mark.thorough
def test_three_options_have_their_corners_edges_and_inside():
    rule = {"rule": "majority", "bandit": "near one", "n_action": 3, "number_of_votes": 3}
    found = mean_field(**rule, bees=128_000)
    assert sorted(point.kind for point in found.fixed_points) == ["saddle"] * 3 + ["stable"] * 3 + [
        "unstable"
    ]


@pytest.mark.thorough
def test_a_fixed_point_beside_a_corner_is_found(tmp_path):
    file = tmp_path / "mutation.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import ImitationRule\n\n\n"
        "@dataclass(frozen=True)\nclass Mutation(ImitationRule):\n    mu: float = 0.01\n\n"
        "    def decide(self, bee, neighbours, rng):\n"
        "        if rng.random() < self.mu:\n            return rng.integers(neighbours.n_action)\n"
        "        dancer = neighbours.pick(rng)\n"
        "        return dancer.opinion if rng.random() < dancer.payoff else bee.opinion\n"
    )
    (point,) = mean_field(str(file), **TWO, bees=320_000).fixed_points
    x = point.shares[0]  # (1 - mu) (q0 - q1) x (1 - x) + mu (1 / 2 - x) = 0
    assert 0.99 * -0.3 * x * (1.0 - x) + 0.01 * (0.5 - x) == pytest.approx(0.0, abs=1.5e-3)
    assert point.kind == "stable"


def test_stable_points_are_listed_first():
    points = [
        FixedPoint((x, 1.0 - x), kind, (0.25,), 0.01)
        for x, kind in ((0.5, "unstable"), (1.0, "stable"))
    ]
    assert describe_fixed_points(points) == [
        "(1, 0) stable, rates 0.2500 +- 0.0100",
        "(0.5, 0.5) unstable, rates 0.2500 +- 0.0100",
    ]
    assert describe_fixed_points(points, most=1)[1:] == ["and 1 more"]
