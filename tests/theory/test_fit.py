"""Which dynamic a rule follows: what is told apart, and what raises no false alarm."""

import pytest

from hivemind_abm import mean_field
from hivemind_abm.theory.dynamics import taylor

FEW = {"bees": 128_000, "fixed_points": False}
TWO = {"bandit": "near one", "n_action": 2}


@pytest.mark.parametrize(("rule", "dynamic"), [("success", "TRD"), ("wvoter", "MRD")])
@pytest.mark.parametrize(
    "bandit",
    [TWO, pytest.param({"bandit": "congestion"}, marks=pytest.mark.thorough)],
    ids=["two", "congestion"],
)
def test_the_papers_rules_are_their_replicators(rule, dynamic, bandit):
    found = mean_field(rule, **bandit, bees=320_000, fixed_points=False)
    assert found.fits[dynamic].equal and not found.fits[{"TRD": "MRD", "MRD": "TRD"}[dynamic]].equal
    assert f"equal to {dynamic} (one synchronous step, delta = 1) within error" in found.verdict
    assert abs(found.fits[dynamic].factor - 1.0) < 4.0 * found.fits[dynamic].factor_error


@pytest.mark.thorough
def test_a_difference_of_two_per_cent_is_seen():
    known = {"nearly": lambda x, q: 1.02 * taylor(x, q), "TRD": taylor}
    found = mean_field("success", **TWO, bees=5_120_000, dynamics=known, fixed_points=False)
    assert found.fits["TRD"].equal
    assert not found.fits["nearly"].equal and found.fits["nearly"].proportional


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("rule", "more"), [("majority", {"number_of_votes": 3}), ("wvoter", {"neighbourhood_size": 2})]
)
def test_others_are_told_apart_with_the_size_of_the_difference(rule, more):
    found = mean_field(rule, **TWO, **more, **FEW)
    assert not any(fit.equal for fit in found.fits.values())
    assert "not MRD: rms" in found.verdict


@pytest.mark.thorough
def test_rare_options_and_estimated_rewards_raise_no_false_alarm(tmp_path):
    rare = mean_field(
        "success", "near one", 1, n_action=3, points=[[0.99999, 0.000005, 0.000005]], **FEW
    )
    assert rare.fits["TRD"].equal
    file = tmp_path / "coins.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import Bandit\n\n\n"
        "@dataclass(frozen=True)\nclass Coins(Bandit):\n"
        "    n_action: int = 2\n\n    def pull(self, option, world, rng):\n"
        "        return 1.0 if rng.random() < 0.4 + 0.3 * option else 0.0\n"
    )
    assert mean_field("success", str(file), fixed_points=False, seed=2).fits["TRD"].equal
