"""The systems of a comparison: a hive, learners and replicators, each on the hive's clock.

Knows: the arguments of each system at its size and at half of it, its seed, and how its table is
brought to the hive's steps.
Does not know: which systems are compared with which.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm import checks
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.seeds import RunSeed, seed_sequence
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.names import find_rule
from hivemind_abm.learners.model import LearnerModel
from hivemind_abm.learners.names import find_learner
from hivemind_abm.registry import Part, build_parts, known_keyword
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.theory.replicator_model import ReplicatorModel

__all__ = ["System", "build_systems", "system_seed"]

_BOTH_DYNAMICS = ("TRD", "MRD")
_OF_DYNAMIC = ("delta", "method")
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
    def hive(cls, rule: Any, arguments: Mapping[str, Any]) -> "System":
        """A hive.

        Args:
            rule: The rule, an instance.
            arguments: Those of `Hive`.
        """
        neighbourhood = Hive.settings(**arguments).neighbourhood
        size, heard = neighbourhood.population_size, neighbourhood.size
        description = f"{rule!r}, {size} bees, each hears {heard}"
        return cls(rule.symbol, Hive, description, arguments, _halved_hive(arguments))

    @classmethod
    def learner(cls, learner: Any, arguments: Mapping[str, Any]) -> "System":
        """A learner.

        Args:
            learner: An instance.
            arguments: Those of `LearnerModel`.

        Raises:
            ValueError, TypeError: A rate that is no number above 0.
        """
        rate = checks.number(f"{type(learner).__name__}.rate", learner.rate, 0.0, above=True)
        half = None
        if "parallel_envs" in arguments and arguments["parallel_envs"] % 2 == 0:
            half = {**arguments, "parallel_envs": arguments["parallel_envs"] // 2}
        return cls(learner.symbol, LearnerModel, repr(learner), arguments, half, rate)

    @classmethod
    def replicator(cls, arguments: Mapping[str, Any]) -> "System":
        """A replicator.

        Args:
            arguments: Those of `ReplicatorModel`.
        """
        dynamic, delta = arguments["dynamic"], float(arguments.get("delta", 1.0))
        name = str(getattr(dynamic, "__name__", dynamic))
        description = f"delta = {delta:g}"
        return cls(name, ReplicatorModel, description, arguments, rate=delta, exact=True)

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


def build_systems(
    hive: Mapping[str, Any],
    learner: Any,
    dynamic: Any,
    fields: Mapping[str, Any],
    reserved: list[str],
) -> list[System]:
    """The systems of a comparison, the hive first, then learners and replicators; all checked.

    Args:
        hive: The arguments of `Hive`.
        learner: One or a list; None for the rule's natural one.
        dynamic: One or a list; None for the rule's natural one, else both.
        fields: Fields of whatever is given by name.
        reserved: The names of the arguments of the comparison, which are no fields.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    rule_part, bandit_part = find_rule(hive["rule"]), find_bandit(hive["bandit"])
    (rule,) = build_parts([rule_part], _fitting(rule_part, fields), reserved)
    learner_parts = [find_learner(each) for each in _listed(learner, rule.learner)]
    for keyword in fields:
        known_keyword(keyword, [rule_part, *learner_parts, bandit_part], [*_OF_DYNAMIC, *reserved])
    bandit_fields = _fitting(bandit_part, fields)
    shared = {name: hive[name] for name in ("bandit", "initial_shares")} | bandit_fields
    systems = [System.hive(rule, {**hive, **_fitting(rule_part, fields), **bandit_fields})]
    for part in learner_parts:
        own_fields = _fitting(part, fields)
        if "parallel_envs" in part.open_fields:
            own_fields.setdefault("parallel_envs", hive["population_size"])
        (instance,) = build_parts([part], own_fields, reserved)
        systems.append(System.learner(instance, {"learner": part.made, **own_fields, **shared}))
    of_dynamic = {name: fields[name] for name in _OF_DYNAMIC if name in fields}
    for each in _listed(dynamic, rule.dynamic) or _BOTH_DYNAMICS:
        systems.append(System.replicator({"dynamic": each, **of_dynamic, **shared}))
    _check(systems)
    return systems


def _check(systems: Sequence[System]) -> None:
    names = [system.name for system in systems]
    if len(set(names)) < len(names):
        raise ValueError(f"the systems must have different names, not {', '.join(names)}")
    for system in systems:
        system.check()


def _listed(value: Any, natural: str | None) -> Sequence[Any]:
    if value is None:
        return [natural] if natural else []
    return list(value) if isinstance(value, list | tuple) else [value]


def _fitting(part: Part, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the fields that a part has."""
    return {name: value for name, value in fields.items() if name in part.open_fields}


def _halved_hive(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same hive with half as many bees, if there is one that hears the same."""
    n, size = arguments["population_size"], arguments["neighbourhood_size"]
    neighbourhood = arguments["neighbourhood"]
    if n % 2 or n < 4 or neighbourhood not in _HALVED_NEIGHBOURHOODS:
        return None
    groups = neighbourhood == "groups"
    if size not in (None, "all"):
        if size >= n - 1 and not groups:
            size = "all"
        elif size > n // 2 - 1 or (groups and (n // 2) % size):
            return None
    return {**arguments, "population_size": n // 2, "neighbourhood_size": size}
