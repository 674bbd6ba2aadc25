"""The command `hivemind`: its help, how it loads, and how it fails."""

import re
import subprocess
import sys
import warnings
from dataclasses import dataclass, replace

import pytest

from hivemind_abm.app.cli import main as main_module
from hivemind_abm.app.cli.main import COMMANDS, main
from hivemind_abm.hives.names import RULES
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.learners.names import LEARNERS

SLOW_TO_LOAD = {"numba", "pandas", "scipy", "mesa", "matplotlib", "solara"}
LOADED = """
import sys
from hivemind_abm.app.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def shown_help(capsys, *words):
    """What `--help` prints, with single spaces."""
    with pytest.raises(SystemExit) as stop:
        main([*words, "--help"])
    assert stop.value.code == 0
    return " ".join(capsys.readouterr().out.split())


def loaded_by(*words):
    """The packages that are loaded after a command that ends with exit code 0."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_the_help_lists_all_commands(capsys):
    text = shown_help(capsys)
    for command in COMMANDS:
        assert f" {command.name} {command.summary}" in text


def test_the_help_loads_nothing_that_is_slow_to_load():
    packages = loaded_by("--help")
    assert "hivemind_abm" in packages
    assert not packages & SLOW_TO_LOAD


@pytest.mark.parametrize("command", ["reproduce", "sweep", "status", "check", "app", "gallery"])
def test_the_help_of_a_command_without_names_is_as_quick(command):
    assert not loaded_by(command, "--help") & SLOW_TO_LOAD


def test_the_help_of_run_loads_no_drawing():
    assert not loaded_by("run", "--help") & {"matplotlib", "solara"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([command.name, "--help"])
    assert stop.value.code == 0
    assert re.search(rf"example:\n  hivemind {command.name}", capsys.readouterr().out)
    assert command.example.startswith(f"hivemind {command.name} ")


def test_the_help_names_a_rule_that_was_added(capsys, monkeypatch):
    @dataclass(frozen=True)
    class Contrarian(ImitationRule):
        name = "contrarian"

    assert "contrarian" not in shown_help(capsys, "run")
    monkeypatch.setitem(RULES, "contrarian", Contrarian)
    for command in ("run", "compare", "mean-field", "finite"):
        assert "smith, contrarian or a .py file" in shown_help(capsys, command)


def test_the_help_names_all_there_is(capsys):
    from hivemind_abm.bandits.names import BANDITS
    from hivemind_abm.theory.dynamics import DYNAMICS

    text = shown_help(capsys, "compare")
    for name in [*RULES, *LEARNERS, *DYNAMICS, *BANDITS]:
        assert name in text
    assert '"random regular:4", "small world:4:0.1", "scale free:2", complete' in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["fly"], "invalid choice: 'fly' (choose from"),
        (["run", "--steps", "many"], "argument --steps: invalid int value: 'many'"),
    ],
)
def test_a_wrong_command_line_ends_with_exit_code_2(words, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.fixture
def status_runs(monkeypatch):
    """A function that replaces what `hivemind status` runs."""

    def status_runs(run):
        (status,) = (command for command in COMMANDS if command.name == "status")
        monkeypatch.setattr(main_module, "COMMANDS", [replace(status, run=run)])

    return status_runs


def raising(error):
    def run(options):
        raise error

    return run


def test_an_interruption_ends_with_exit_code_130(capsys, status_runs):
    status_runs(raising(KeyboardInterrupt()))
    assert main(["status", "folder"]) == 130
    assert capsys.readouterr().err == "hivemind status: interrupted\n"


def test_a_mistake_of_the_library_shows_where_it_is(status_runs):
    status_runs(raising(KeyError("lost")))
    with pytest.raises(KeyError, match="lost"):
        main(["status", "folder"])


def test_an_error_of_machine_code_is_one_line_where_a_users_file_is_at_work(capsys, status_runs):
    status_runs(raising(KeyError("lost")))
    assert main(["status", "macro:mine.py"]) == 2
    assert capsys.readouterr().err == "hivemind status: KeyError: 'lost'\n"


def test_a_warning_is_one_line(capsys, status_runs):
    def warn(options):
        warnings.warn("slow\n  here", RuntimeWarning, stacklevel=1)
        return 0

    status_runs(warn)
    assert main(["status", "folder"]) == 0
    assert capsys.readouterr().err == "hivemind: warning: slow here\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--rule", "majority", "--number-of-vote", "3"], "did you mean number_of_votes?"),
        (["run", "--seed", "x"], "whole number"),
        (["run", "--steps", "-1"], "--steps must be at least 0"),
        (["run", "--rule", "nowhere.py"], "there is no file 'nowhere.py'"),
        (["run", "stray"], "unexpected argument 'stray'"),
        (["check", "nowhere.py"], "there is no file 'nowhere.py'"),
        (["check", __file__], "has no rule, bandit, learner or game to check"),
        (["reproduce", "nothing"], "the figure must be one of MCL_with_many_alphas"),
        (["reproduce", "population_experiments", "--fast"], "reproduce has no option --fast"),
        (["gallery", "--copy", "nothing"], "the model must be one of"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else None,
)
def test_errors_are_one_line_and_exit_code_2(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "return bee.opinon",
            "users.py, line 8: AttributeError: 'BeeView' object has no attribute 'opinon'",
        ),
        ("return bee.opinion)", "users.py, line 8: SyntaxError: unmatched ')'"),
        ("return [1, 2][bee.opinion]", "IndexError"),
        ("return 1 // 0", "ZeroDivisionError"),
    ],
)
def test_errors_in_a_users_file_are_one_line_too(text, message, tmp_path, capsys):
    lines = [
        "from dataclasses import dataclass",
        "from hivemind_abm import ImitationRule",
        "",
        "",
        "@dataclass(frozen=True)",
    ]
    lines += [
        "class Users(ImitationRule):",
        "    def decide(self, bee, neighbours, rng):",
        f"        {text}",
    ]
    file = tmp_path / "users.py"
    file.write_text("\n".join(lines))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert main(["run", "--rule", str(file), "--steps", "3", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("hivemind run: ")
    assert message in error
