"""Users' files on the page: what they add to choose from, and what they ask to be shown.

Knows: which parts and models a file holds.
Does not know: how their arguments become choices (`file_choices`), or how a session is built.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hivemind_abm.app.page.sessions.choices import Choices
from hivemind_abm.app.page.sessions.file_choices import (
    choices_of_game,
    choices_of_game_class,
    choices_of_hive,
    choices_of_learner,
)
from hivemind_abm.app.page.sessions.kinds import AnyChoices
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.stamps import Stamps, stamps_of
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.games.game import Game
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.learners.learner import Learner
from hivemind_abm.loading import classes_of, file_of, gallery, load_module

__all__ = ["Files", "Subject"]

_BASES: dict[str, type] = {"rule": ImitationRule, "bandit": Bandit, "learner": Learner}
_MODELS = ("HIVE", "GAME", "LEARNER")  # dicts with the arguments of models
_HIVE = "hive"  # the label of the hive


@dataclass(frozen=True)
class Subject:
    """Something that the page can show.

    Attributes:
        label: What it is called: "hive", "game of my_game.py".
        start: What to show first.
    """

    label: str
    start: AnyChoices


@dataclass(frozen=True)
class Files:
    """What users' files add to the page; parts are named FILE.py:ClassName.

    Attributes:
        rules: The rules of the files.
        bandits: Their bandits.
        learners: Their learners.
        start: The hive to show: the one whose arguments a file has in a dict `HIVE`, else one of
            the first rule, bandit and learner.
        subjects: All that can be shown, the first of them at first: the hive, games and learners.
            Games are those of the dicts `GAME`, or else the classes; learners likewise.
        paths: The files, as they were named.
        stamps: The files as they were when they were read.
    """

    rules: tuple[str, ...] = ()
    bandits: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    start: Choices = field(default=Choices())
    subjects: tuple[Subject, ...] = (Subject(_HIVE, Choices()),)
    paths: tuple[str, ...] = ()
    stamps: Stamps = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, paths: Sequence[str]) -> "Files":
        """All that the files hold.

        Raises:
            ValueError: A file does not exist, or has nothing to show.
        """
        stamps = stamps_of(paths)
        parts: dict[str, list[str]] = {what: [] for what in _BASES}
        start: dict[str, Any] = {}
        subjects: list[Subject | None] = []  # None for the hive
        for path in paths:
            file = _File.at(path)
            if "HIVE" in file.dicts:
                start = start or choices_of_hive(file.dicts["HIVE"], file.name)
            for what in _BASES:
                parts[what] += file.parts[what]
            subjects += file.subjects()
        if not start:
            start = {what: names[0] for what, names in parts.items() if names}
        rules, bandits, learners = (tuple(names) for names in parts.values())
        hive = Subject(_HIVE, Choices(**start))
        if None not in subjects and (start or not subjects):
            subjects.append(None)
        first = subjects.index(None) if None in subjects else -1
        shown = tuple(each or hive for place, each in enumerate(subjects) if each or place == first)
        return cls(rules, bandits, learners, Choices(**start), shown, tuple(paths), stamps)

    def with_model(self, name: str) -> "Files":
        """These files and, first of all, a model of the gallery.

        Args:
            name: Of the model; "" for none.

        Raises:
            ValueError: There is no such model.
        """
        if not name:
            return self
        models = {file.stem: file for file in gallery("models").glob("*.py")}
        if name not in models:
            raise ValueError(f"model must be one of those of the gallery, not {name[:60]!r}")
        return Files.of([_shortest(models[name]), *self.paths])

    def read_again(self) -> "Files":
        """The same files as they are now.

        Raises:
            Exception: Whatever is wrong with them.
        """
        return Files.of(self.paths)


@dataclass(frozen=True)
class _File:
    """What one file holds.

    Attributes:
        path: As the user typed it.
        name: The file.
        dicts: The arguments of models that it has, by the names of the dicts.
        parts: The names of its rules, bandits and learners.
        games: Its games.
    """

    path: str
    name: str
    dicts: dict[str, Mapping[str, Any]]
    parts: dict[str, list[str]]
    games: list[type]

    @classmethod
    def at(cls, path: str) -> "_File":
        """Read a file.

        Raises:
            ValueError: It does not exist, or has nothing to show.
        """
        name = str(file_of(path))
        dicts = _dicts_of(name)
        parts = {
            what: [f"{name}:{part.__name__}" for part in classes_of(path, base, what)]
            for what, base in _BASES.items()
        }
        games = classes_of(path, Game, "game")
        if path != name and not Path(path).expanduser().is_file():  # one class is named
            dicts = {"HIVE": dicts["HIVE"]} if "HIVE" in dicts else {}
        if not (dicts or games or any(parts.values())):
            raise ValueError(
                f"{path} has no rule, bandit or learner to show, no game, and no dict HIVE, GAME "
                "or LEARNER of a model's arguments"
            )
        return cls(path, name, dicts, parts, games)

    def subjects(self) -> Iterator[Subject | None]:
        """What it asks to be shown, the most telling first; None for the hive."""
        if "HIVE" in self.dicts:
            yield None
        if "GAME" in self.dicts:
            yield Subject(f"game of {self.name}", choices_of_game(self.dicts["GAME"], self.name))
        if "LEARNER" in self.dicts:
            learner = choices_of_learner(self.dicts["LEARNER"], self.name)
            yield Subject(f"learner of {self.name}", learner)
        if self.parts["rule"]:
            yield None
        for game in self.games if "GAME" not in self.dicts else ():
            yield Subject(f"game {game.__name__}", choices_of_game_class(game, self.name))
        for name in self.parts["learner"] if "LEARNER" not in self.dicts else ():
            bandit = next(iter(self.parts["bandit"]), LearnerChoices.bandit)
            yield Subject(f"learner {name.rpartition(':')[2]}", LearnerChoices(name, bandit=bandit))
        if self.parts["bandit"]:
            yield None


def _shortest(file: Path) -> str:
    """A path from the folder in which the page was started, where the file is in it."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def _dicts_of(file: str) -> dict[str, Mapping[str, Any]]:
    """The arguments of models that a file has, by the names of the dicts."""
    values = {name: getattr(load_module(file), name, None) for name in _MODELS}
    return {name: value for name, value in values.items() if isinstance(value, Mapping)}
