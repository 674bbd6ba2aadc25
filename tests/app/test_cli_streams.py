"""Standard output as it is: terminals with few characters, readers that stop, files that exit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hivemind_abm.app.cli.main import main
from hivemind_abm.registry import parse_value

pytestmark = pytest.mark.thorough  # starts many processes

RULE = """
import sys
from dataclasses import dataclass
from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Zögern(ImitationRule):
    margin: float = 0.5

    def decide(self, bee, neighbours, rng):
        INSIDE
        return bee.opinion if bee.payoff > self.margin else neighbours.pick(rng).opinion


OUTSIDE
"""
COMMAND = [sys.executable, "-c", "import sys; from hivemind_abm.app.cli.main import main\n"]
COMMAND[-1] += "sys.exit(main())"


@pytest.fixture
def rule(tmp_path):
    def rule(inside="pass", outside="") -> Path:
        file = tmp_path / "mine.py"
        text = RULE.replace("INSIDE", inside).replace("OUTSIDE", outside)
        file.write_text(text, encoding="utf-8")
        return file

    return rule


@pytest.mark.parametrize("encoding", ["ascii", "cyrillic:strict", "ascii:surrogateescape", "utf-8"])
def test_a_terminal_with_few_characters_gets_others_in_their_place(encoding, rule, tmp_path):
    words = ["run", "--rule", str(rule()), "--steps", "1", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*COMMAND, *words, "--interpreted", "--population-size", "5"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"gern (margin 0.5) on" in done.stdout
    assert (tmp_path / "out" / "run.csv").is_file()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(("words", "code"), [(["gallery"], 141), (["run", "--help"], 0)])
def test_a_reader_that_stops_ends_the_command_quietly(words, code, unbuffered):
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [*COMMAND, *words],
            stdout=write,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            timeout=600,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_an_output_that_is_full_is_one_line():
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "gallery"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": ""},
            timeout=600,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"hivemind gallery: the output can't be written")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "place",
    [{"outside": "sys.exit(0)"}, {"outside": "quit()"}, {"outside": "raise SystemExit"},
     {"inside": "sys.exit(3)"}, {"inside": "raise GeneratorExit"}],
)  # fmt: skip
@pytest.mark.parametrize("command", ["run", "run --runs 3", "check"])
def test_a_file_that_ends_the_program_is_one_line(place, command, rule, tmp_path, capsys):
    file, words = str(rule(**place)), command.split()
    if words[0] == "run":
        words += ["--interpreted", "--steps", "2", "--out", str(tmp_path / "out"), "--rule"]
    assert main([*words, file]) in (1, 2)
    out, err = capsys.readouterr()
    (line,) = [line for line in (out + err).splitlines() if "mine.py" in line]
    assert "exit" in line.lower()
    assert not (tmp_path / "out" / "run.csv").exists()


@pytest.mark.parametrize(
    ("value", "shown"), [("5,5", "(5, 5)"), ("", "''"), ("0,05", "'0,05'"), ("x", "'x'")]
)
def test_a_value_of_another_kind_is_one_line(value, shown, rule, tmp_path, capsys):
    words = ["run", "--rule", str(rule()), "--out", str(tmp_path), "--margin", value]
    assert main(words) == 2
    assert capsys.readouterr().err == f"hivemind run: margin must be a number, not {shown}\n"


@pytest.mark.parametrize("value", ["-.05", "-inf", "-1", "-1e-3"])
def test_a_negative_number_is_a_value(value, rule, tmp_path, capsys):
    words = [
        "run",
        "--rule",
        str(rule()),
        "--interpreted",
        "--steps",
        "1",
        "--population-size",
        "5",
    ]
    assert main([*words, "--margin", value, "--out", str(tmp_path)]) == 0
    assert f"(margin {parse_value(value)}) on" in capsys.readouterr().out
