"""The mean field of a rule: against the analytical dynamics, its fixed points, and what it can tell apart."""

import numpy as np
import pytest

from hivemind_abm import (
    BanditLinear,
    CrossInhibition,
    ImitationOfSuccess,
    WeightedVoterRule,
    critical_stop_signal,
    mean_field,
)
from hivemind_abm.app.cli.main import main
from hivemind_abm.loading import gallery, load_module
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


@pytest.mark.parametrize(
    ("rule", "more"), [("majority", {"number_of_votes": 3}), ("wvoter", {"neighbourhood_size": 2})]
)
def test_others_are_told_apart_with_the_size_of_the_difference(rule, more):
    found = mean_field(rule, **TWO, **more, **FEW)
    assert not any(fit.equal for fit in found.fits.values())
    assert "not MRD: rms" in found.verdict


def test_two_voices_of_the_weighted_voter_by_hand():
    # With deterministic payoffs a bee that hears one bee on each option takes option 0 with probability q0 / (q0 + q1).
    q = (0.6, 0.9)
    found = mean_field(WeightedVoterRule(), BanditLinear(2, gap=0.0, q_star=q), 2, **FEW)
    x = found.shares[:, 0]
    expected = x**2 + 2.0 * x * (1.0 - x) * q[0] / sum(q) - x
    z = (found.drift[:, 0] - expected)[1:-1] / found.error[1:-1, 0]
    assert np.abs(z).max() < 4.5 and 0.5 < z.std() < 1.6


def test_majority_has_a_watershed():
    found = mean_field("majority", bandit="near one", n_action=2, number_of_votes=3, bees=256_000)
    kinds = {point.kind: point for point in found.fixed_points}
    assert sorted(point.kind for point in found.fixed_points) == ["stable", "stable", "unstable"]
    # S = 3 votes with chance p = x q0 / qbar win for option 0 with p^2 (3 - 2 p): even odds at p = x
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
def test_rare_options_and_estimated_rewards_raise_no_false_alarm(tmp_path):
    rare = mean_field(
        "success", "near one", 1, n_action=3, points=[[0.99999, 0.000005, 0.000005]], **FEW
    )
    assert rare.fits["TRD"].equal
    file = tmp_path / "coins.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import Bandit\n\n\n@dataclass(frozen=True)\nclass Coins(Bandit):\n"
        "    n_action: int = 2\n\n    def pull(self, option, shares, rng):\n"
        "        return 1.0 if rng.random() < 0.4 + 0.3 * option else 0.0\n"
    )
    assert mean_field("success", str(file), fixed_points=False, seed=2).fits["TRD"].equal


def test_a_fixed_point_beside_a_corner_is_found(tmp_path):
    file = tmp_path / "mutation.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import ImitationRule\n\n\n@dataclass(frozen=True)\n"
        "class Mutation(ImitationRule):\n    mu: float = 0.01\n\n    def decide(self, bee, neighbours, rng):\n"
        "        if rng.random() < self.mu:\n            return rng.integers(neighbours.n_action)\n"
        "        dancer = neighbours.pick(rng)\n        return dancer.opinion if rng.random() < dancer.payoff else bee.opinion\n"
    )
    (point,) = mean_field(str(file), **TWO, bees=320_000).fixed_points
    x = point.shares[0]  # (1 - mu) (q0 - q1) x (1 - x) + mu (1 / 2 - x) = 0
    assert 0.99 * -0.3 * x * (1.0 - x) + 0.01 * (0.5 - x) == pytest.approx(0.0, abs=1.5e-3)
    assert point.kind == "stable"


def test_the_same_seed_gives_the_same_and_another_not():
    one, two, other = (mean_field("success", **TWO, **FEW, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.drift, two.drift) and not np.array_equal(one.drift, other.drift)


@pytest.mark.thorough
def test_cross_inhibition_is_its_equations():
    model = load_module(gallery("models") / "cross_inhibition.py")
    for rate in (0.5, 2.0):
        known = {"CrossInhibition": CrossInhibition(stop_signal=rate)}
        for actual, equal in ((rate, True), (rate + 0.3, False)):
            found = mean_field(
                model.StopSignals(stop_signal=actual), model.Nests(), dynamics=known, **FEW
            )
            assert found.fits["CrossInhibition"].equal == equal


def test_the_deadlock_of_cross_inhibition_breaks_where_published():
    model = load_module(gallery("models") / "cross_inhibition.py")
    assert model.StopSignals().scale * model.Nests().quality[0] == model.VALUE
    # At the published rate the deadlock of the equations is neutral: U = 1 / v^2 gains what it loses.
    value = model.VALUE
    uncommitted = value**-2
    nest = (1.0 - uncommitted) / 2.0
    critical = CrossInhibition(stop_signal=critical_stop_signal(value))
    deadlock = np.array([nest, nest, uncommitted])
    assert np.abs(critical(deadlock, np.array([0.8, 0.8, 0.0]))).max() < 1e-15
    apart = deadlock + [0.01, -0.01, 0.0]
    for rate, sign in ((0.9, -1), (1.1, 1)):
        dynamic = CrossInhibition(stop_signal=rate * critical.stop_signal)
        x = apart
        for _ in range(20_000):
            x = x + dynamic(x, np.array([0.8, 0.8, 0.0]))
        assert np.sign(abs(x[0] - x[1]) - 0.02) == sign


@pytest.mark.thorough
def test_the_critical_rate_by_simulation_and_by_mean_field():
    model = load_module(gallery("models") / "cross_inhibition.py")
    published = critical_stop_signal(model.VALUE)
    for rate, error in (model.critical_by_simulation(), model.critical_by_mean_field()):
        assert error < 0.03 * published
        assert abs(rate - published) < 4.0 * error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rule": "wvote"}, "rule must be one of"),
        ({"rule": ImitationOfSuccess(), "gap": 0.9}, "gap"),
        ({"bees": 3}, "bees must be a whole number of at least 128"),
        ({"neighbourhood_size": 0}, "neighbourhood_size"),
        ({"points": [[0.5, 0.6]], "n_action": 2}, "points must be rows of 2 shares"),
        ({"number_of_vote": 3, "rule": "majority"}, "did you mean number_of_votes"),
        ({"n_action": 1}, "at least 2 options"),
        ({"seed": "x"}, "'x'"),
    ],
)
def test_bad_arguments_are_told(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        mean_field(**{"rule": "wvoter", "bandit": "near one"} | arguments)


def test_the_command(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import ImitationRule\n\n\n@dataclass(frozen=True)\n"
        "class Follow(ImitationRule):\n    def decide(self, bee, neighbours, rng):\n        return neighbours.pick(rng).opinion\n"
    )
    common = ["--bandit", "near one", "--bees", "64000", "--out", str(tmp_path / "out")]
    assert main(["mean-field", "--rule", str(file), "--n-action", "2", *common]) == 0
    said = capsys.readouterr().out
    assert (
        "Follow, M = all: no change within error" in said
        and "no fixed points to single out" in said
    )  # a voter has no drift
    assert main(["mean-field", "--rule", "success", "--n-action", "3", *common]) == 0
    assert "equal to TRD" in capsys.readouterr().out
    for name in ("mean_field.csv", "mean_field.png", "mean_field.pdf"):
        assert (tmp_path / "out" / name).stat().st_size > 1000
