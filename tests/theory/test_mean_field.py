"""The mean field of a rule: how it is shown, what is refused, and its command."""

import pytest

from hivemind_abm import ImitationOfSuccess, mean_field
from hivemind_abm.app.cli.main import main


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
