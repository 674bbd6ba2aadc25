"""A hive to be watched: one run, step by step, with replicators and a learner on the same clock.

Knows: what can be chosen about such a run, how its parts step together, and how the run is told to somebody else (rows, command
line).  Does not know: how it is shown.
"""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from threading import Lock
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.engine.record import Batch, measure_names
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.model import LearnerModel, ReplicatorModel
from hivemind_abm.loading import classes_of, file_of, load_module
from hivemind_abm.registry import written_value
from hivemind_abm.studies.comparison import system_seed

__all__ = ["MOST_BEES", "Choices", "Files", "Watch"]

MOST_BEES = 2000
_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Choices:
    """All that makes a watched run, as plain data.

    Attributes:
        rule, bandit, population_size, neighbourhood, neighbourhood_size, initial_shares, compiled: As for `Hive`, by name.
        rule_fields, bandit_fields: Fields of the rule and of the bandit.
        seed: The seed, digits.
        dynamics: Replicators beside the hive, one step of time 1 each.
        learner, learner_fields: The learner beside it, or None.
    """

    rule: str = "wvoter"
    rule_fields: Mapping[str, Any] = field(default=_NONE)
    bandit: str = "near one"
    bandit_fields: Mapping[str, Any] = field(default=_NONE)
    population_size: int = 300
    neighbourhood: str = "others"
    neighbourhood_size: int | str | None = None
    initial_shares: tuple[float, ...] | None = None
    seed: str = "1"
    compiled: bool = True
    dynamics: tuple[str, ...] = ("TRD", "MRD")
    learner: str | None = None
    learner_fields: Mapping[str, Any] = field(default=_NONE)

    @property
    def hive(self) -> dict[str, Any]:
        """The arguments of the hive, without its seed."""
        return {
            "rule": self.rule,
            "bandit": self.bandit,
            "population_size": self.population_size,
            "neighbourhood": self.neighbourhood,
            "neighbourhood_size": self.neighbourhood_size,
            "initial_shares": self.initial_shares,
            "stop_if_end": True,
            "compiled": self.compiled,
            **self.rule_fields,
            **self.bandit_fields,
        }

    def command(self, steps: int) -> str:
        """The command that runs this hive for so many steps and writes its rows."""
        words = [
            "hivemind",
            "run",
            "--rule",
            self.rule,
            "--bandit",
            self.bandit,
            "--population-size",
            str(self.population_size),
        ]
        words += ["--neighbourhood", self.neighbourhood]
        if self.neighbourhood_size is not None:
            words += ["--neighbourhood-size", str(self.neighbourhood_size)]
        if self.initial_shares is not None:
            words += [
                "--initial-shares",
                ",".join(repr(float(share)) for share in self.initial_shares),
            ]
        for name, value in {**self.rule_fields, **self.bandit_fields}.items():
            words += [f"--{name.replace('_', '-')}={written_value(value)}"]
        words += ["--stop-if-end"] + ([] if self.compiled else ["--interpreted"])
        return shlex.join([*words, "--steps", str(steps), "--seed", self.seed])


@dataclass(frozen=True)
class Files:
    """Users' rules, bandits and learners beside the built-ins, each as FILE.py:ClassName.

    Attributes:
        rules, bandits, learners: What the files hold.
        start: What to watch first: the hive whose arguments a file has in a dict `HIVE`, else the first rule, bandit and learner.
    """

    rules: tuple[str, ...] = ()
    bandits: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    start: Choices = field(default=Choices())

    @classmethod
    def of(cls, paths: Sequence[str]) -> "Files":
        """All that the files hold.

        Raises:
            ValueError: A file that isn't there, or has neither a rule, a bandit or a learner nor a hive.
        """
        found: dict[str, list[str]] = {"rule": [], "bandit": [], "learner": []}
        start: dict[str, Any] = {}
        for path in paths:
            file = str(file_of(path))
            hive = getattr(load_module(file), "HIVE", None)
            if isinstance(hive, Mapping):
                start = start or _plain(hive, file)
            before = sum(map(len, found.values()))
            for what, base in (("rule", ImitationRule), ("bandit", Bandit), ("learner", Learner)):
                found[what] += [f"{file}:{made.__name__}" for made in classes_of(path, base, what)]
            if not isinstance(hive, Mapping) and sum(map(len, found.values())) == before:
                raise ValueError(
                    f"{path} has no rule, bandit or learner to show, and no hive: a dict HIVE of its arguments"
                )
        if not start:
            start = {what: names[0] for what, names in found.items() if names}
        rules, bandits, learners = (tuple(names) for names in found.values())
        return cls(rules, bandits, learners, Choices(**start))


def _plain(hive: Mapping[str, Any], file: str) -> dict[str, Any]:
    """A hive's arguments as `Choices` takes them: parts by name, with their fields beside."""
    rule, rule_fields = _by_name(hive.get("rule", "wvoter"), RULES, file)
    bandit, bandit_fields = _by_name(
        hive.get("bandit", "evenly spaced"), {k: c for k, (c, f) in BANDITS.items() if not f}, file
    )
    names = [
        name
        for name in (
            "population_size",
            "neighbourhood",
            "neighbourhood_size",
            "initial_shares",
            "compiled",
        )
        if name in hive
    ]
    apart = {"rule", "bandit", "stop_if_end", "rng", "agent_reporters", *names}
    others = {name: value for name, value in hive.items() if name not in apart}
    for name, value in others.items():  # fields of what is given by name
        (rule_fields if name in find_rule(rule).open_fields else bandit_fields)[name] = value
    parts = {
        "rule": rule,
        "rule_fields": rule_fields,
        "bandit": bandit,
        "bandit_fields": bandit_fields,
    }
    seed = {"seed": str(hive["rng"])} if hive.get("rng") is not None else {}
    return parts | {name: hive[name] for name in names} | seed


def _by_name(part: Any, known: Mapping[str, type], file: str) -> tuple[str, dict[str, Any]]:
    """The name of a rule or bandit, and those of its fields that differ from their defaults."""
    if isinstance(part, str):
        return part, {}
    cls = type(part)
    name = next(
        (name for name, built_in in known.items() if built_in is cls), f"{file}:{cls.__name__}"
    )
    plain = cls()
    given = {each.name: getattr(part, each.name) for each in fields(cls) if each.init}
    return name, {key: value for key, value in given.items() if value != getattr(plain, key)}


@dataclass
class _Beside:
    """What runs beside the hive: a batch of one, and the hive's time that a step of it takes."""

    batch: Batch
    rate: float
    made: int = 0

    def advance(self, time: int) -> np.ndarray:
        steps = math.floor(round(time / self.rate, 6)) - self.made
        if steps:
            self.batch.advance(steps)
        self.made += steps
        return self.batch.measures[0].copy()


class Watch:
    """A hive with replicators and a learner beside it, stepped together.

    Args:
        choices: What to build.

    Attributes:
        choices: As given.
        hive: The `Hive`; consensus stops it.
        name: What the hive is called, "R_wvoter" for instance.
        troubles: What stopped a system beside the hive, by its name.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    def __init__(self, choices: Choices) -> None:
        if isinstance(choices.population_size, int) and choices.population_size > MOST_BEES:
            raise ValueError(
                f"population_size must be 1 to {MOST_BEES} to be watched, not {choices.population_size!r}"
            )
        self.choices = choices
        self.hive = Hive(**choices.hive, rng=choices.seed)
        self.name = self.hive.rule.symbol
        self.troubles: dict[str, str] = {}
        self._beside: dict[str, _Beside] = {}
        self._lock = Lock()
        shared = {
            "bandit": choices.bandit,
            "initial_shares": choices.initial_shares,
            **choices.bandit_fields,
        }
        for dynamic in choices.dynamics:
            settings = ReplicatorModel.settings(dynamic=dynamic, **shared)
            self._beside[dynamic] = _Beside(settings.batch([0]), 1.0)
        if choices.learner is not None:
            of_learner = LearnerModel.settings(
                learner=choices.learner,
                compiled=choices.compiled,
                **shared,
                **choices.learner_fields,
            )
            name = of_learner.learner.symbol
            batch = of_learner.batch([system_seed(choices.seed, name, False)])
            self._beside[name] = _Beside(batch, float(of_learner.learner.rate))
        self._rows = {
            name: [beside.batch.measures[0].copy()] for name, beside in self._beside.items()
        }

    @property
    def steps(self) -> int:
        """Steps made so far."""
        return int(self.hive.steps)

    @property
    def ended(self) -> bool:
        """Whether the hive is in consensus."""
        return not self.hive.running

    @property
    def n_action(self) -> int:
        """K."""
        return int(self.hive.bandit.n_action)

    def step(self) -> None:
        """One step of all; nothing once the hive has stopped.

        Raises:
            Exception: Whatever the rule or the bandit raises in the hive, which is then as before the step.  A system beside it
                that fails is left where it is and listed in `troubles`.
        """
        with self._lock:
            if self.ended:
                return
            self.hive.step()
            for name, beside in self._beside.items():
                row = self._rows[name][-1]
                if name not in self.troubles:
                    try:
                        row = beside.advance(self.steps)
                    except Exception as error:
                        self.troubles[name] = f"{type(error).__name__}: {error}"
                self._rows[name].append(row)

    def record(self) -> dict[str, pd.DataFrame]:
        """The rows of each system by its name, the hive first: columns of `Hive`, one row a step."""
        with self._lock:
            columns = measure_names(self.n_action)
            beside = {
                name: pd.DataFrame(np.array(rows), columns=columns)
                for name, rows in self._rows.items()
            }
            return {self.name: self.hive.datacollector.get_model_vars_dataframe(), **beside}

    def csv(self) -> str:
        """The hive's rows as `hivemind run` writes them."""
        with self._lock:
            return self.hive.table().to_csv(index=False, lineterminator="\n")

    def command(self) -> str:
        """The command that gives the same rows."""
        return self.choices.command(self.steps)
