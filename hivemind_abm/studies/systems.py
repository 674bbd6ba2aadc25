"""The systems of a comparison: a hive, learners and replicators, each on the hive's clock.

Knows: the arguments of each system at its size and at half of it, its seed, and how its table is
brought to the hive's steps.
Does not know: which systems are compared with which.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm import checks
from hivemind_abm.engine.seeds import RunSeed, seed_sequence
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.mixture import numbers_of_bees, rules_and_weights
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.updating import SYNCHRONOUS
from hivemind_abm.learners.model import LearnerModel
from hivemind_abm.registry import build_parts
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.theory.dynamics import find_dynamic, replicator, symbol_of
from hivemind_abm.theory.replicator_model import ReplicatorModel

__all__ = ["System", "system_seed"]

_HALVED_NEIGHBOURHOODS = ("others", "groups", "everyone")  # half the bees are on another network


@dataclass(frozen=True)
class System:
    """One of the systems of a comparison.

    Attributes:
        name: What tables and figures call it.
        model: The class of its model.
        description: What it is, in words.
        arguments: The arguments of the model.
        half: Those at half the size; None where there is no such system.
        rate: The hive's time that one step takes.
        exact: Whether there is no chance in it, so that one run is enough.
    """

    name: str
    model: Any
    description: str
    arguments: Mapping[str, Any]
    half: Mapping[str, Any] | None = None
    rate: float = 1.0
    exact: bool = False

    @classmethod
    def hive(cls, settings: HiveSettings, arguments: Mapping[str, Any]) -> "System":
        """A hive.

        Args:
            settings: Its settings.
            arguments: Those of `Hive`.
        """
        size, heard = settings.neighbourhood.population_size, settings.neighbourhood.size
        rules = list(zip(settings.rules, settings.numbers, strict=True))
        name, description = settings.rule.symbol, f"{settings.rule!r}, {size} bees"
        if len(rules) > 1:
            name = " + ".join(f"{bees / size:.3g} {rule.symbol}" for rule, bees in rules)
            description = ", ".join(f"{bees} bees with {rule!r}" for rule, bees in rules)
        description += f", each hears {heard}"
        if settings.updating != SYNCHRONOUS:
            description += f", updating {settings.updating}"
        return cls(name, Hive, description, arguments, _halved_hive(arguments))

    @classmethod
    def learner(cls, learner: Any, arguments: Mapping[str, Any], clock: float = 1.0) -> "System":
        """A learner.

        Args:
            learner: An instance.
            arguments: Those of `LearnerModel`.
            clock: The time of one step of the hive.

        Raises:
            ValueError, TypeError: A rate that is no number above 0.
        """
        rate = checks.number(f"{type(learner).__name__}.rate", learner.rate, 0.0, above=True)
        half = None
        if "parallel_envs" in arguments and arguments["parallel_envs"] % 2 == 0:
            half = {**arguments, "parallel_envs": arguments["parallel_envs"] // 2}
        return cls(learner.symbol, LearnerModel, repr(learner), arguments, half, rate / clock)

    @classmethod
    def replicator(cls, arguments: Mapping[str, Any], clock: float = 1.0) -> "System":
        """A replicator.

        Args:
            arguments: Those of `ReplicatorModel`.
            clock: The time of one step of the hive.
        """
        dynamic, delta = arguments["dynamic"], float(arguments.get("delta", 1.0))
        derivative, description = replicator(dynamic), f"delta = {delta:g}"
        if arguments.get("method") == "exact":
            description = f"the differential equation, in steps of {delta:g}"
        if part := find_dynamic(dynamic):
            fields = {name: arguments[name] for name in part.open_fields if name in arguments}
            (derivative,) = build_parts([part], fields, [])
            description = f"{derivative!r}, {description}"
        name = symbol_of(derivative)
        return cls(name, ReplicatorModel, description, arguments, rate=delta / clock, exact=True)

    def check(self) -> None:
        """Check the arguments, also those at half the size.

        Raises:
            ValueError, TypeError: With the argument, its value and what is allowed.
        """
        for arguments in filter(None, (self.arguments, self.half)):
            self.model.settings(**arguments)

    def run(
        self, steps: int, runs: int, seed: Any, *, half: bool = False, progress: bool = False
    ) -> pd.DataFrame:
        """The summary of the system at the hive's steps, as of `ensemble(keep="summary")`.

        Between the system's own steps its statistics are interpolated.

        Args:
            steps: Of the hive.
            runs: How many, if there is chance in the system.
            seed: That of the comparison.
            half: Run it at half its size.
            progress: Show a progress bar.
        """
        runs = 1 if self.exact else runs
        every = max(1, round(1.0 / self.rate))
        # The system's steps are a multiple of `every`, so that the last one is recorded.
        own_steps = every * math.ceil(round(steps / self.rate, 9) / every)
        table = ensemble(
            self.model,
            self.half if half and self.half else self.arguments,
            runs=runs,
            steps=own_steps,
            seed=system_seed(seed, self.name, half),
            record_every=every,
            progress=progress,
        )
        if self.rate == 1.0:
            return table
        times, hive_steps = table["step"] * self.rate, np.arange(steps + 1)
        columns = {
            name: np.interp(hive_steps, times, table[name])
            for name in table.columns
            if name not in ("step", "runs")
        }
        return pd.DataFrame({"step": hive_steps, "runs": runs, **columns})


def system_seed(seed: Any, name: str, half: bool) -> RunSeed:
    """The seed of the runs of one system of a comparison.

    Args:
        seed: That of the comparison.
        name: The system's.
        half: Whether it is run at half its size.
    """
    return seed_sequence(seed, "seed").named(f"{name}{' half' if half else ''}")


def _halved_hive(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same hive with half as many bees, if there is one that hears the same."""
    n, size = arguments["population_size"], arguments["neighbourhood_size"]
    neighbourhood = arguments["neighbourhood"]
    if n % 2 or n < 4 or neighbourhood not in _HALVED_NEIGHBOURHOODS:
        return None
    groups = neighbourhood == "groups"
    rule = _halved_rule(arguments["rule"], n)
    if rule is None:
        return None
    if size not in (None, "all"):
        if size >= n - 1 and not groups:
            size = "all"
        elif size > n // 2 - 1 or (groups and (n // 2) % size):
            return None
    return {**arguments, "rule": rule, "population_size": n // 2, "neighbourhood_size": size}


def _halved_rule(rule: Any, population_size: int) -> Any:
    """The same rule, or rules with half as many bees each; None where that is impossible."""
    rules, weights = rules_and_weights(rule)
    if weights is None:
        return rule
    numbers = numbers_of_bees(weights, population_size)
    if any(number % 2 for number in numbers):
        return None
    return [(each, number // 2) for each, number in zip(rules, numbers, strict=True)]
