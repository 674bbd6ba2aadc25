"""A hive beside learners and replicators: their curves, and how far these are apart.

Knows: which systems are compared with which, and what a comparison shows.
Does not know: which systems there are (`partners`), how one is run (`systems`), how a distance is
measured (`distance`), or how the curves are drawn.
"""

import html
import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hivemind_abm import checks
from hivemind_abm.results import Result
from hivemind_abm.studies.distance import Distance, distance, verdict
from hivemind_abm.studies.partners import build_systems
from hivemind_abm.studies.systems import System, system_seed

__all__ = ["Comparison", "Pair", "compare", "system_seed"]

_OF_HIVE = (  # the arguments of `compare` that are those of the hive
    *("rule", "bandit", "population_size", "neighbourhood", "neighbourhood_size"),
    *("updating", "initial_shares"),
)


def compare(
    rule: Any = "wvoter",
    learner: Any = None,
    dynamic: Any = None,
    bandit: Any = "evenly spaced",
    population_size: int = 1000,
    *,
    neighbourhood: Any = "others",
    neighbourhood_size: int | str | None = None,
    updating: str | float = "synchronous",
    initial_shares: Any = None,
    steps: int = 150,
    runs: int = 1000,
    seed: Any = 1,
    progress: bool = False,
    **parameters: Any,
) -> "Comparison":
    """Run a hive beside learners and replicators, and measure how far their mean curves are apart.

    A step of a learner takes `Learner.rate` of the hive's time (alpha for CL and MCL), so a slow
    learner makes more steps.  Systems that have a size are run at half of it too, with as many
    runs, to separate the effect of finite size from that of the rule.  Beside an asynchronous hive,
    replicators are differential equations; beside bees that decide with probability p in a step,
    they make steps of `delta` = p.  `Comparison.notes` says so, and what is left out.

    Args:
        rule: As for `Hive`, also a list of pairs of a rule and its share.
        learner: As for `LearnerModel`, or a list; None for the rule's natural one, if it has one
            and all bees decide together.  `parallel_envs` is `population_size` unless it is given.
        dynamic: As for `ReplicatorModel`, or a list; None for the rule's natural one, else both TRD
            and MRD; none for a bandit that changes.
        bandit: As for `Hive`.
        population_size: As for `Hive`.
        neighbourhood: As for `Hive`.
        neighbourhood_size: As for `Hive`.
        updating: As for `Hive`.
        initial_shares: As for `Hive`.
        steps: Of the hive, at least 1.
        runs: Of each system with chance in it, at least 2.
        seed: The one number that names the comparison; each system gets its own seeds from it.
        progress: Show a progress bar.
        **parameters: Fields of whatever is given by name, each for all that have it:
            `switch="is_stoc", alpha=0.01, gap=0.05`.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """
    checks.number("delta", parameters.get("delta", 1.0), 0.0, above=True)
    checks.whole_number("steps", steps)
    checks.whole_number("runs", runs, least=2)
    hears = neighbourhood, neighbourhood_size
    values = (rule, bandit, population_size, *hears, updating, initial_shares)
    hive = dict(zip(_OF_HIVE, values, strict=True))
    reserved = list(inspect.signature(compare).parameters)
    systems, notes = build_systems(hive, learner, dynamic, parameters, reserved)
    return _compared(systems, notes, steps, runs, seed, progress)


@dataclass(frozen=True, repr=False)
class Comparison(Result):
    """The result of `compare`.

    Attributes:
        curves: One row per system and step: system, step (of the hive's clock), runs, and of
            optimal_share and mean_payoff the mean, std, q05, q50 and q95.
        pairs: The distances: every other system against the replicators, then the hive against the
            learners.
        systems: What each system is, by its name.
        notes: What is compared where that is not plain, and what is left out and why.
    """

    curves: pd.DataFrame
    pairs: list["Pair"]
    systems: dict[str, str]
    notes: tuple[str, ...] = ()

    @property
    def distances(self) -> pd.DataFrame:
        """The distances as a table, one row per pair."""
        return pd.DataFrame([pair.summary() for pair in self.pairs])

    def table(self) -> pd.DataFrame:
        """The curves, one row per system and step."""
        return self.curves

    def summary(self) -> dict[str, Any]:
        """The systems, and the verdict on each pair by the names of the two."""
        return {"systems": tuple(self.systems)} | {pair.name: pair.verdict for pair in self.pairs}

    def __str__(self) -> str:
        """The systems, the notes, and the verdict and the distances of each pair in a line."""
        systems = [f"  {name}: {description}" for name, description in self.systems.items()]
        notes = [f"  ({note})" for note in self.notes]
        return "\n".join([self.title, *systems, *notes, *(f"  {pair}" for pair in self.pairs)])

    def _repr_html_(self) -> str:
        table = self.distances.to_html(index=False, float_format="{:.4g}".format, na_rep="")
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return f"<p>{self.title}</p>{notes}{table}"


@dataclass(frozen=True, repr=False)
class Pair(Result):
    """Two systems, and how far they are apart.

    Attributes:
        first: The name of one.
        second: The name of the other.
        as_is: The distance of their means.
        limit: The distance for N to infinity, to order 1 / N, from runs at half the size; None
            where a system has chance in it but no half.
    """

    first: str
    second: str
    as_is: Distance
    limit: Distance | None

    @property
    def name(self) -> str:
        """The names of both."""
        return f"{self.first} - {self.second}"

    @property
    def verdict(self) -> str:
        """Whether their means are equal, in words."""
        return verdict(self.as_is, self.limit)

    def table(self) -> pd.DataFrame:
        """One row per step: step, difference, band; limit_difference and limit_band if known."""
        table = self.as_is.table()
        if self.limit is None:
            return table
        keys = [name for name in ("measure", "step") if name in table]
        return table.join(self.limit.table().set_index(keys).add_prefix("limit_"), on=keys)

    def summary(self) -> dict[str, Any]:
        """Their names, both distances with their errors (NaN where not known), and the verdict."""
        limit = dict.fromkeys(self.as_is.numbers(), math.nan)
        if self.limit is not None:
            limit = self.limit.numbers()
        return {
            "first": self.first,
            "second": self.second,
            **self.as_is.numbers(),
            **{f"limit_{name}": value for name, value in limit.items()},
            "verdict": self.verdict,
        }

    def __str__(self) -> str:
        """Their names, the verdict and both distances, in a line."""
        limit = f"; without 1/N shift: {self.limit.in_words()}" if self.limit is not None else ""
        return f"{self.name}: {self.verdict}; {self.as_is.in_words()}{limit}"


def _compared(
    systems: list[System], notes: tuple[str, ...], steps: int, runs: int, seed: Any, progress: bool
) -> Comparison:
    tables = {system.name: system.run(steps, runs, seed, progress=progress) for system in systems}
    halves = {
        system.name: system.run(steps, runs, seed, half=True, progress=progress)
        for system in systems
        if system.half
    }
    curves = pd.concat(
        [table.assign(system=name) for name, table in tables.items()], ignore_index=True
    )
    columns = [
        name
        for name in curves
        if not str(name).startswith(("share_", "kind_")) and str(name) != "system"
    ]
    return Comparison(
        curves[["system", *columns]],
        [_pair(first, second, tables, halves) for first, second in _compared_with(systems)],
        {system.name: system.description for system in systems},
        notes,
    )


def _compared_with(systems: list[System]) -> list[tuple[System, System]]:
    """The pairs: every other system with each replicator, then the hive with each learner."""
    hive, *learners = [system for system in systems if not system.exact]
    replicators = [system for system in systems if system.exact]
    pairs = [(first, second) for first in (hive, *learners) for second in replicators]
    return pairs + [(hive, learner) for learner in learners]


def _pair(
    first: System,
    second: System,
    tables: Mapping[str, pd.DataFrame],
    halves: Mapping[str, pd.DataFrame],
) -> Pair:
    both = tables[first.name], tables[second.name]
    limit = None
    if first.name in halves and (second.name in halves or second.exact):
        limit = distance(*both, halved=(halves[first.name], halves.get(second.name)))
    return Pair(first.name, second.name, distance(*both), limit)
