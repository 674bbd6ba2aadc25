"""The tables of the pages agree with the classes that they describe."""

import dataclasses
from pathlib import Path

from documents import SITE, code, pages, table

import hivemind_abm
from hivemind_abm.app.cli.main import COMMANDS
from hivemind_abm.app.figures.reproduction import figure_files
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.games.names import GAMES
from hivemind_abm.hives.names import RULES
from hivemind_abm.learners.names import LEARNERS


def rows_of(page, head):
    return table((SITE / "howto" / page).read_text(), head)


def fields(cls):
    return [field.name for field in dataclasses.fields(cls) if field.init]


def test_the_rules():
    rows = {
        name.strip('`"'): (symbol, *code(cls), code(columns), hears, learner, dynamic)
        for name, symbol, cls, columns, hears, learner, dynamic in rows_of(
            "write_a_rule.md", "`rule=`"
        )
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
    rows = rows_of("games.md", "`game=`")
    named = [(code(names), code(columns)) for names, columns in rows if '"' in names]
    listed = set()
    for names, columns in named:
        classes = [GAMES[name.strip('"')][0] for name in names]
        own = {name for cls in classes for name in fields(cls)}
        assert set(columns) == own, names
        listed |= {name.strip('"') for name in names}
    assert listed == GAMES.keys()


def test_the_learners():
    (*rows, _) = rows_of("learners_and_replicators.md", "model | what | fields | dynamic")
    assert {code(name)[0]: (code(columns), dynamic) for name, _, columns, dynamic in rows} == {
        f'LearnerModel("{name}")': (fields(cls), cls().dynamic) for name, cls in LEARNERS.items()
    }


def test_the_bandits():
    rows = {}
    above = []
    for names, cls, columns, _ in rows_of("bandits.md", "`bandit=`"):
        above = (above if "as above" in columns else []) + code(columns)
        rows |= {name.strip('"'): (*code(cls), set(above)) for name in code(names)}
    assert rows == {
        name: (cls.__name__, set(fields(cls)) - set(settled))
        for name, (cls, settled) in BANDITS.items()
    }


def test_the_commands():
    rows = [code(cell) for cell, _ in rows_of("command_line.md", "command | what it does")]
    named = [text.split()[1] for texts in rows for text in texts]
    assert sorted(named) == sorted(command.name for command in COMMANDS)


def test_the_figures():
    (*rows, _) = rows_of("figures.md", "figure | `hivemind reproduce ...` | seconds on 2 cores")
    assert {code(name)[0] for _, name, _ in rows} == set(figure_files())


def test_the_house():
    package = Path(hivemind_abm.__file__).parent
    (text,) = (text for file in pages().values() if "| room |" in (text := file.read_text()))
    rooms = {code(row[0])[0].strip("/") for row in table(text, "room")}
    assert rooms == {path.parent.name for path in package.glob("*/__init__.py")}
    files = {code(row[0])[0] for row in table(text, "file | what it holds")}
    assert files == {path.stem for path in package.glob("*.py")} - {"__init__"}
