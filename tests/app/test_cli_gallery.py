"""`hivemind gallery` as a user types it: list, verify, draw; copies are in test_cli_check."""

import pytest

from hivemind_abm.app.cli.main import main

MODEL = '''"""A model of two families."""
from hivemind_abm import Claim

FAMILY = "voters"

def draw(axes, quick=False):
    axes.plot([0, 1], [0, 1])

CLAIMS = (
    Claim("the first", 0.5, "eq. 1", lambda quick: 0.5, otherwise=0.0),
    Claim("the second", 0.5, "eq. 2", lambda quick: {second}, otherwise=0.0),
)
'''


@pytest.fixture
def model(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(MODEL.format(second=0.5))
    return file


def test_the_list_goes_by_family(capsys):
    assert main(["gallery"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "start here"
    assert [line.split()[0] for line in lines[1:4]] == [
        "my_first_game",
        "my_first_learner",
        "my_first_rule",
    ]
    families = [line for line in lines if not line.startswith("  ")]
    assert families[1:-1] == sorted(families[1:-1])
    assert families[-1] == "tools and worlds"


def test_claims_are_verified_one_after_the_other(model, capsys):
    assert main(["gallery", "--verify", str(model)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "model"
    assert lines[1].startswith("  the first: published 0.5, here 0.5000000000: holds (eq. 1; ")
    assert lines[-1] == "2 of 2 claims of 1 model hold"


def test_a_claim_that_fails_gives_exit_code_1(model, capsys):
    model.write_text(MODEL.format(second=0.4))
    assert main(["gallery", "--verify", str(model), "--quick"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["1 of 2 claims of 1 model hold", "  model: the second: FAILS"]


def test_a_model_is_drawn(model, tmp_path, capsys):
    assert main(["gallery", "--draw", str(model), "--out", str(tmp_path / "out")]) == 0
    for ending in ("png", "pdf"):
        assert (tmp_path / "out" / f"model.{ending}").stat().st_size > 1000
    assert "written: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--verify", "nothing"], "the model must be one of"),
        (["--draw", "nothing.py"], "there is no file 'nothing.py'"),
        (["--verify", "my_first_rule"], "has no CLAIMS to verify"),
        (["--draw", "my_first_rule"], "has no picture"),
        (["--verify", "fermi", "--draw", "fermi"], "not allowed with argument"),
        (["--verify", "fermi", "--out", "here"], "--out is the folder of pictures"),
        (["--quick"], "--quick goes with --verify or --draw"),
    ],
)
def test_a_wrong_name_is_one_line(words, message, capsys):
    try:
        code = main(["gallery", *words])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert message in capsys.readouterr().err
