"""A hive beside the learners and replicators that it may amount to: their curves, and how far these are apart.

Knows: which systems stand side by side, on one clock, and the table of distances.  Does not know: how it is drawn.
"""

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.seeds import RunSeed, seed_sequence
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.names import find_rule
from hivemind_abm.learners.model import LearnerModel, ReplicatorModel
from hivemind_abm.learners.names import find_learner
from hivemind_abm.registry import Part, build_parts, known_keyword
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.studies.measures import Distance, distance, verdict

__all__ = ["Comparison", "Pair", "compare", "system_seed"]

_OF_DYNAMIC = ("delta", "method")


@dataclass(frozen=True)
class Pair:
    """Two systems, how far they are apart as they are, and without the shift of their means by finite size.

    Attributes:
        first, second: Their names.
        as_is: The distance of their means.
        limit: The distance for N to infinity, to order 1 / N, from runs at half the size; None where none has a half.
    """

    first: str
    second: str
    as_is: Distance
    limit: Distance | None

    @property
    def verdict(self) -> str:
        return verdict(self.as_is, self.limit)


@dataclass(frozen=True, repr=False)
class Comparison:
    """What `compare` found.

    Attributes:
        curves: One row a system and step: system, step (of the hive's clock), runs, and of optimal_share and mean_payoff the
            mean, std, q05, q50 and q95.
        pairs: The distances, every system against the replicators, then hive against learners.
        systems: What each system is, by its name.
    """

    curves: pd.DataFrame
    pairs: list[Pair]
    systems: dict[str, str]

    def __repr__(self) -> str:
        return "\n".join(f"{pair.first} - {pair.second}: {pair.as_is}" for pair in self.pairs)

    @property
    def distances(self) -> pd.DataFrame:
        """The distances as a table, one row a pair."""
        rows = []
        for pair in self.pairs:
            row: dict[str, Any] = {"first": pair.first, "second": pair.second}
            for prefix, found in (("", pair.as_is), ("limit_", pair.limit)):
                for name in ("rms", "rms_error", "greatest", "greatest_error", "at_step"):
                    row[prefix + name] = math.nan if found is None else getattr(found, name)
            rows.append(row | {"verdict": pair.verdict})
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class _System:
    """One of the systems: its model, what it is, the arguments, those at half the size, and the hive's time a step takes."""

    name: str
    model: type
    description: str
    arguments: dict[str, Any]
    half: dict[str, Any] | None = None
    rate: float = 1.0


def compare(
    rule: Any = "wvoter",
    learner: Any = None,
    dynamic: Any = None,
    bandit: Any = "evenly spaced",
    population_size: int = 1000,
    *,
    neighbourhood: Any = "others",
    neighbourhood_size: int | str | None = None,
    initial_shares: Sequence[float] | None = None,
    steps: int = 150,
    runs: int = 1000,
    seed: Any = 1,
    progress: bool = False,
    **parameters: Any,
) -> Comparison:
    """Run a hive beside learners and replicators, on one clock, and measure how far their mean curves are apart.

    A step of a learner takes `Learner.rate` of the hive's time (alpha for CL and MCL), so a slow one makes more steps.  Systems
    that have a size are run at half of it too, with as many runs, to tell what finite size does from what the rule does.

    Args:
        rule, bandit, population_size, neighbourhood, neighbourhood_size, initial_shares: As for `Hive`.
        learner: As for `LearnerModel`, or a list of several; None for the rule's natural one, if it has one.  `parallel_envs` is
            `population_size` unless given.
        dynamic: As for `ReplicatorModel`, or a list; None for the rule's natural one, else both TRD and MRD.
        steps: Of the hive, at least 1.
        runs: Of each system with chance in it, at least 2.
        seed: The one number that names the comparison; each system gets seeds of its own from it.
        progress: Show a progress bar.
        parameters: Fields of whatever is given by name, each for all that have it: `switch="is_stoc", alpha=0.01, gap=0.05`.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    _check_delta(parameters)
    for name, number, least in (("steps", steps, 1), ("runs", runs, 2)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, not {number!r}")
    rule_part, bandit_part = find_rule(rule), find_bandit(bandit)
    own = list(inspect.signature(compare).parameters)
    (the_rule,) = build_parts([rule_part], _fitting(rule_part, parameters), own)
    learners = [find_learner(each) for each in _listed(learner, the_rule.learner)]
    dynamics = _listed(dynamic, the_rule.dynamic) or ["TRD", "MRD"]
    for keyword in parameters:
        known_keyword(keyword, [rule_part, *learners, bandit_part], [*_OF_DYNAMIC, *own])
    shared = {
        "bandit": bandit,
        **_fitting(bandit_part, parameters),
        "initial_shares": initial_shares,
    }
    hive = {
        "rule": rule,
        **_fitting(rule_part, parameters),
        "population_size": population_size,
        "neighbourhood": neighbourhood,
        "neighbourhood_size": neighbourhood_size,
        **shared,
    }
    heard = Hive.settings(**hive).neighbourhood
    said = f"{the_rule!r}, {heard.population_size} bees, each hears {heard.size}"
    systems = [_System(the_rule.symbol, Hive, said, hive, _halved_hive(hive))]
    for part in learners:
        fields = _fitting(part, parameters)
        if "parallel_envs" in part.open_fields and "parallel_envs" not in fields:
            fields["parallel_envs"] = population_size
        (made,) = build_parts([part], fields, own)
        if not isinstance(made.rate, int | float | np.number) or not 0.0 < made.rate < math.inf:
            raise ValueError(
                f"{type(made).__name__}.rate must be a number above 0, not {made.rate!r}"
            )
        arguments = {"learner": part.made, **fields, **shared}
        size = fields.get("parallel_envs", 1)
        half = (
            arguments | {"parallel_envs": size // 2}
            if "parallel_envs" in fields and size % 2 == 0
            else None
        )
        systems.append(
            _System(made.symbol, LearnerModel, repr(made), arguments, half, float(made.rate))
        )
    for each in dynamics:
        arguments = {
            "dynamic": each,
            **{key: parameters[key] for key in _OF_DYNAMIC if key in parameters},
            **shared,
        }
        name, delta = str(getattr(each, "__name__", each)), parameters.get("delta", 1.0)
        systems.append(
            _System(name, ReplicatorModel, f"delta = {delta:g}", arguments, rate=float(delta))
        )
    if len({system.name for system in systems}) < len(systems):
        raise ValueError(
            f"the systems must have names of their own, not {', '.join(system.name for system in systems)}"
        )
    for system in systems:  # all arguments are checked before the first run starts
        for arguments in filter(None, (system.arguments, system.half)):
            system.model.settings(**arguments)  # type: ignore[attr-defined]
    tables = {system.name: _run(system, False, steps, runs, seed, progress) for system in systems}
    halves = {
        system.name: _run(system, True, steps, runs, seed, progress)
        for system in systems
        if system.half
    }
    curves = [table.assign(system=name) for name, table in tables.items()]
    columns = [
        column
        for column in curves[0]
        if not str(column).startswith("share_") and column != "system"
    ]
    whole = pd.concat(curves, ignore_index=True)[["system", *columns]]
    return Comparison(
        whole,
        _pairs(systems, tables, halves),
        {system.name: system.description for system in systems},
    )


def _pairs(
    systems: list[_System], tables: dict[str, pd.DataFrame], halves: dict[str, pd.DataFrame]
) -> list[Pair]:
    exact = [system for system in systems if system.model is ReplicatorModel]
    chancy = [system for system in systems if system.model is not ReplicatorModel]
    both = [(a, b) for a in chancy for b in exact] + [(chancy[0], b) for b in chancy[1:]]
    pairs = []
    for a, b in both:
        limit = None
        if (a.name in halves) and (b.name in halves or b.model is ReplicatorModel):
            limit = distance(
                tables[a.name], tables[b.name], halved=(halves[a.name], halves.get(b.name))
            )
        pairs.append(Pair(a.name, b.name, distance(tables[a.name], tables[b.name]), limit))
    return pairs


def system_seed(seed: Any, name: str, half: bool) -> RunSeed:
    """The seed of the runs of one system of a comparison, at its size or at half of it."""
    return seed_sequence(seed, "seed").named(f"{name}{' half' if half else ''}")


def _run(
    system: _System, half: bool, steps: int, runs: int, seed: Any, progress: bool
) -> pd.DataFrame:
    """The summary of a system at the hive's steps."""
    arguments = system.half if half and system.half else system.arguments
    number = 1 if system.model is ReplicatorModel else runs
    every = max(1, round(1.0 / system.rate))
    own_steps = every * math.ceil(
        round(steps / system.rate, 9) / every
    )  # so that the last of them is recorded
    table = ensemble(
        system.model,
        arguments,
        runs=number,
        steps=own_steps,
        seed=system_seed(seed, system.name, half),
        record_every=every,
        progress=progress,
    )
    if system.rate == 1.0:
        return table
    times, wanted = table["step"] * system.rate, np.arange(steps + 1)
    columns = {
        name: np.interp(wanted, times, table[name])
        for name in table.columns
        if name not in ("step", "runs")
    }
    return pd.DataFrame({"step": wanted, "runs": number, **columns})


def _check_delta(parameters: Mapping[str, Any]) -> None:
    delta = parameters.get("delta", 1.0)
    if (
        isinstance(delta, bool)
        or not isinstance(delta, int | float | np.number)
        or not 0.0 < delta < math.inf
    ):
        raise ValueError(f"delta must be a number above 0, not {delta!r}")


def _listed(value: Any, natural: str | None) -> list[Any]:
    if value is None:
        return [natural] if natural else []
    return list(value) if isinstance(value, list | tuple) else [value]


def _fitting(part: Part, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name in part.open_fields}


def _halved_hive(hive: dict[str, Any]) -> dict[str, Any] | None:
    """The same hive with half as many bees, if there is one that hears the same."""
    n, size, where = hive["population_size"], hive["neighbourhood_size"], hive["neighbourhood"]
    if (
        n % 2 or n < 4 or where not in ("others", "groups", "everyone")
    ):  # half the bees are on another network
        return None
    if size not in (None, "all"):
        if size >= n - 1 and where != "groups":
            size = "all"
        elif size > n // 2 - 1 or (where == "groups" and (n // 2) % size):
            return None
    return hive | {"population_size": n // 2, "neighbourhood_size": size}
