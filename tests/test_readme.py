"""The tables of the README agree with the classes that they describe."""

import dataclasses
import re
from pathlib import Path

import hivemind_abm
from hivemind_abm.app.cli.main import COMMANDS
from hivemind_abm.app.figures.reproduction import figure_files
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.games.names import GAMES
from hivemind_abm.hives.names import RULES
from hivemind_abm.learners.names import LEARNERS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def table(head):
    """The rows of the table whose first line starts with `head`, each a list of cells."""
    lines = README[README.index(f"| {head} |") :].split("\n\n")[0].splitlines()
    return [
        [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split(" |")]
        for line in lines[2:]
    ]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def fields(cls):
    return [field.name for field in dataclasses.fields(cls) if field.init]


def test_the_rules():
    rows = {
        name.strip('`"'): (symbol, *code(cls), code(columns), hears, learner, dynamic)
        for name, symbol, cls, columns, hears, learner, dynamic in table("`rule=`")
    }
    assert rows == {
        name: (
            cls.symbol,
            cls.__name__,
            fields(cls),
            str(cls.hears),
            cls().learner or "",
            cls().dynamic or "",
        )
        for name, cls in RULES.items()
    }


def test_the_games():
    rows = [(code(names), code(columns)) for names, columns in table("`game=`") if '"' in names]
    told = {}
    for names, columns in rows:
        classes = [GAMES[name.strip('"')][0] for name in names]
        own = {name for cls in classes for name in fields(cls)}
        assert set(columns) == own, names
        told |= dict.fromkeys(name.strip('"') for name in names)
    assert told.keys() == GAMES.keys()


def test_the_learners():
    rows = {
        code(name)[0]: (code(columns), dynamic)
        for name, _, columns, dynamic in table("model | what | fields | dynamic")[:-1]
    }
    assert rows == {
        f'LearnerModel("{name}")': (fields(cls), cls().dynamic) for name, cls in LEARNERS.items()
    }


def test_the_bandits():
    rows = {}
    above = []
    for names, cls, columns, _ in table("`bandit=`"):
        above = (above if "as above" in columns else []) + code(columns)
        rows |= {name.strip('"'): (*code(cls), set(above)) for name in code(names)}
    assert rows == {
        name: (cls.__name__, set(fields(cls)) - set(settled))
        for name, (cls, settled) in BANDITS.items()
    }


def test_the_commands():
    rows = [code(cell) for cell, _ in table("command | what it does")]
    named = [text.split()[1] for texts in rows for text in texts]
    assert sorted(named) == sorted(command.name for command in COMMANDS)


def test_the_figures():
    (*rows, _) = table("figure | `hivemind reproduce ...` | seconds on 2 cores")
    assert {code(name)[0] for _, name, _ in rows} == set(figure_files())


def test_the_house():
    package = Path(hivemind_abm.__file__).parent
    rooms = {code(row[0])[0].strip("/") for row in table("room")}
    assert rooms == {path.parent.name for path in package.glob("*/__init__.py")}
    files = {code(row[0])[0] for row in table("file | what it holds")}
    assert files == {path.stem for path in package.glob("*.py")} - {"__init__"}
