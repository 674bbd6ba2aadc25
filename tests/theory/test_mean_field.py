"""The mean field of a rule: how it is shown, what is refused, and its command."""

import numpy as np
import pytest
from noiseless import steady
from small_rules import Averager, Contrarian, Hesitant, Stubborn

from hivemind_abm import BanditSwitching, ImitationOfSuccess, ReplicatorModel, mean_field
from hivemind_abm.app.cli.main import main
from hivemind_abm.app.figures.mean_field import draw_mean_field


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


@pytest.mark.thorough
def test_the_command(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import ImitationRule\n\n\n"
        "@dataclass(frozen=True)\nclass Follow(ImitationRule):\n"
        "    def decide(self, bee, neighbours, rng):\n        return neighbours.pick(rng).opinion\n"
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


def test_a_mean_field_is_shown_in_a_few_lines():
    field = mean_field("success", "near one", n_action=2, bees=64_000)
    lines = str(field).splitlines()
    assert lines[0].startswith("R_success, M = 1: equal to TRD")
    assert lines[1] == "fixed points (everywhere):"
    assert len(lines) == 2 + len(field.fixed_points) == 4
    assert repr(field) == "<MeanField: R_success, M = 1, follows TRD, 2 fixed points>"
    summary = field.summary()
    assert (summary["rule"], summary["bandit"]) == ("R_success", "BanditLinear")
    assert (summary["follows"], summary["fixed_points"], summary["stable_points"]) == ("TRD", 2, 1)
    assert summary["MRD_rms"] == field.fits["MRD"].rms > summary["TRD_rms"]
    assert "<table>" in field._repr_html_()
    names = ["share", "drift", "error", "TRD", "MRD"]
    assert list(field.table()) == [f"{name}_{a}" for name in names for a in range(2)]


def test_neutral_drift_is_shown_as_such():
    field = mean_field("wvoter", "linear", 1, q_star=(0.5, 0.5), n_action=2, bees=6400)
    assert field.summary()["follows"] == "no change"
    assert str(field).splitlines() == [field.verdict, "no fixed points known"]


@pytest.mark.parametrize(
    ("updating", "clock", "solver", "rate"),
    [
        ("synchronous", "one synchronous step, delta = 1", {"method": "euler", "delta": 1.0}, 1.0),
        ("asynchronous", 'continuous time, method = "exact"', {"method": "exact"}, 1.0),
        (0.25, "one step, delta = 0.25", {"method": "euler", "delta": 0.25}, 0.25),
    ],
)
def test_updating_sets_the_clock_of_the_same_drift(updating, clock, solver, rate):
    together = mean_field("success", "near one", n_action=2, bees=64_000)
    field = mean_field("success", "near one", n_action=2, bees=64_000, updating=updating)
    np.testing.assert_array_equal(field.drift, rate * together.drift)
    assert field.follows == ["TRD"] and f"equal to TRD ({clock}) within error" in field.verdict
    assert field.solver == solver
    assert isinstance(ReplicatorModel("TRD", "near one", rng=1, **solver), ReplicatorModel)
    np.testing.assert_array_equal(field.expected_drift("TRD"), field.table()[["TRD_0", "TRD_1"]])
    np.testing.assert_array_equal(
        field.expected_drift("TRD"), rate * together.expected_drift("TRD")
    )
    summary = field.summary()
    shown = updating != "synchronous"
    assert ("time" in summary) == ("updating" in summary) == shown
    assert not shown or summary["time"] == ("continuous" if updating == "asynchronous" else "steps")
    assert shown == (f"updating = {updating}" in str(field))


@pytest.mark.parametrize("rule", ["success", "wvoter"])
@pytest.mark.parametrize(
    "z", [0.1, *(pytest.param(z, marks=pytest.mark.thorough) for z in (0.2, 0.3, 0.4))]
)
def test_zealots_for_the_poorer_option(rule, z):
    """x_A = 1 - z q_A / (q_A - q_B), where that is above 0, and else the poorer option wins."""
    field = mean_field([(rule, 1 - z), (Stubborn(1), z)], steady(0.9, 0.6), bees=320_000)
    x = field.shares[:, 0]
    free, q_mean = 1 - z - x, 0.6 + 0.3 * x  # free bees on B
    if rule == "success":
        expected = free * x * 0.9 - x * (1 - x) * 0.6
    else:
        expected = (1 - z) * x * 0.9 / q_mean - x
    z_scores = (field.drift[:, 0] - expected)[1:] / field.error[1:, 0]
    assert np.abs(z_scores).max() < 4.5 and 0.5 < z_scores.std() < 1.6
    inside = [point for point in field.fixed_points if point.shares[0] > 0.02]
    wanted = 1 - z * 0.9 / 0.3
    assert len(inside) == (wanted > 0.02)
    for point in inside:
        assert point.kind == "stable" and point.shares[0] == pytest.approx(wanted, abs=0.025)
    assert field.shares[:, 1].min() == pytest.approx(z)


@pytest.mark.thorough
@pytest.mark.parametrize(("z", "wanted"), [(0.1, 0.7), (0.2, 0.4), (0.3, 0.1)])
@pytest.mark.parametrize("rule", ["success", "wvoter"])
def test_the_drift_beside_zealots_changes_its_sign_there(rule, z, wanted):
    """Within 0.03 of x_A = 1 - z q_A / (q_A - q_B)."""
    near = np.array([wanted - 0.03, wanted + 0.03])
    among_free = near / (1 - z)
    field = mean_field(
        [(rule, 1 - z), (Stubborn(1), z)],
        steady(0.9, 0.6),
        points=np.stack([among_free, 1 - among_free], axis=1),
        bees=10_000_000,
        fixed_points=False,
    )
    np.testing.assert_allclose(field.shares[:, 0], near)
    low, high = field.drift[:, 0] / field.error[:, 0]
    assert low > 4.0 and high < -4.0


def test_rules_that_may_change_each_have_a_state():
    """Weighted voters and contrarians: the drift of each from the shares of all."""
    q, w = np.array([0.9, 0.6]), np.array([0.75, 0.25])
    points = np.array([[[0.2, 0.8], [0.6, 0.4]], [[0.9, 0.1], [0.9, 0.1]]])
    rules, few = [("wvoter", 0.75), (Contrarian(), 0.25)], [("wvoter", 3), (Contrarian(), 1)]
    field = mean_field(rules, steady(*q), points=points, bees=640_000)
    x = points.transpose(0, 2, 1) @ w
    np.testing.assert_allclose(field.shares, x)
    voters = x * q / (x @ q)[:, None] - points[:, 0]
    contrarians = 1.0 - x - points[:, 1]
    for expected, place in ((voters, 0), (contrarians, 2)):
        found, error = field.by_kind.drift[:, place], field.by_kind.error[:, place]
        assert (np.abs(found - expected[:, 0]) < 4.5 * error).all() and (error < 0.01).all()
    expected = 0.75 * voters + 0.25 * contrarians
    assert (np.abs(field.drift - expected) < 4.5 * field.error).all()
    assert field.name == "0.75 R_wvoter + 0.25 Contrarian"
    assert field.searched == "nowhere: several rules may change" and not field.fixed_points
    names = ["kind_0_share", "kind_0_drift", "kind_1_share", "kind_1_drift"]
    assert list(field.table())[-8:] == [f"{name}_{a}" for name in names for a in range(2)]
    same = mean_field(few, steady(*q), points=points[:, 0], bees=640)
    np.testing.assert_allclose(same.shares, points[:, 0])
    assert mean_field(few, steady(*q), bees=640).by_kind.points.shape == (60, 4)
    with pytest.raises(ValueError, match="points must have rows for the 2 rules"):
        mean_field(rules, steady(*q), points=points[:, :1], bees=640)


@pytest.mark.thorough
def test_the_uncommitted_are_a_share_of_their_own():
    field = mean_field(Hesitant(), steady(0.9, 0.6), bees=128_000)
    x, u = field.shares[:, :2], field.shares[:, 2]
    q = np.array([0.9, 0.6])
    expected = u[:, None] * x * q - x * (x * q)[:, ::-1]
    wanted = np.column_stack([expected, -expected.sum(axis=1)])
    assert (np.abs(field.drift - wanted) <= 4.5 * field.error + 1e-12).all()
    assert list(field.table())[:3] == ["share_0", "share_1", "share_none"]
    kinds = {point.shares: point.kind for point in field.fixed_points}
    assert kinds[1.0, 0.0, 0.0] == kinds[0.0, 1.0, 0.0] == "stable"
    (inside,) = [np.array(shares) for shares in kinds if min(shares) > 0.0]
    # u q_0 = x_1 q_1 and u q_1 = x_0 q_0
    u = 1.0 / (1.0 + 0.6 / 0.9 + 0.9 / 0.6)
    np.testing.assert_allclose(inside, [u * 0.6 / 0.9, u * 0.9 / 0.6, u], atol=0.03)
    draw_mean_field(field)


def test_mixed_hives_are_drawn():
    for rules in ([("wvoter", 0.9), (Stubborn(1), 0.1)], [("wvoter", 0.9), (Contrarian(), 0.1)]):
        draw_mean_field(mean_field(rules, steady(0.9, 0.6), bees=640, updating="asynchronous"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rule": Averager()}, "keep no memory for a mean field: what bees with Averager remember"),
        ({"rule": [("success", 0.5), (Averager(), 0.5)]}, "rule must keep no memory"),
        ({"bandit": BanditSwitching()}, "BanditSwitching change from step to step"),
        ({"rule": [("success", 0.5), (Stubborn(), 0.4)]}, "which sum to 1"),
        ({"rule": [(Stubborn(0), 0.5), (Stubborn(1), 0.5)]}, "whose bees change their option"),
        ({"updating": "at once"}, "updating must be"),
        ({"updating": 0.0}, "updating must be"),
    ],
)
def test_what_has_no_mean_field_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        mean_field(**{"rule": "wvoter", "bandit": steady(0.9, 0.6)} | arguments)


@pytest.mark.thorough
def test_the_commands_take_several_rules(tmp_path, capsys):
    (tmp_path / "zealot.py").write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import ImitationRule\n\n\n"
        "@dataclass(frozen=True)\nclass Zealot(ImitationRule):\n"
        "    def decide(self, bee, neighbours, rng):\n        return bee.opinion\n"
    )
    rules = ["--rule", "wvoter", "--rule", str(tmp_path / "zealot.py"), "--n-action", "2"]
    out = ["--bees", "64000", "--out", str(tmp_path)]
    assert main(["mean-field", *rules, "--mix", "0.8,0.2", "--bandit", "near one", *out]) == 0
    said = capsys.readouterr().out
    assert "WeightedVoterRule (switch bee) + Zealot on" in said and "0.8 R_wvoter + 0.2" in said
    assert main(["finite", *rules, "--mix", "6,4", "--gap", "0"]) == 0
    assert "7 states" in capsys.readouterr().out  # 0 to 6 of the free bees on option 0
    assert main(["mean-field", *rules, *out]) == 2
    assert "--mix must have a number for each of the 2 rules" in capsys.readouterr().err


def test_the_commands_take_updating(tmp_path, capsys):
    common = ["--rule", "success", "--n-action", "2", "--out", str(tmp_path), "--bees", "64000"]
    assert main(["mean-field", "--bandit", "near one", "--updating", "asynchronous", *common]) == 0
    assert "updating = asynchronous: equal to TRD (continuous time" in capsys.readouterr().out
    common = ["finite", "--rule", "success", "--gap", "0", "--population-size", "4"]
    assert main([*common, "--updating", "asynchronous", "--runs", "200"]) == 0
    said = capsys.readouterr().out
    assert "events)" in said and "Runs end with a whole step" in said
    assert main([*common, "--updating", "0.5"]) == 0
    assert main([*common, "--updating", "sideways"]) == 2
    assert "updating must be 'synchronous', 'asynchronous' or" in capsys.readouterr().err
