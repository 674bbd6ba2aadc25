"""The arguments of a hive, checked.

Knows: what users may pass, and which parts are built from it.  Does not know: Mesa.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.rows import Rows, quorum_of
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.mixture import numbers_of_bees, rules_and_weights
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.starting import checked_shares
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS, chance_of
from hivemind_abm.registry import build_parts

__all__ = ["HiveSettings", "default_size"]

_MOST_BEES = 2**31 - 1


@dataclass(frozen=True)
class HiveSettings:
    """The checked arguments of a hive, without its seed.

    Attributes:
        rules: The rules, instances.
        numbers: How many bees follow each rule.
        bandit: The bandit, an instance.
        neighbourhood: Which bees a bee hears.
        updating: "synchronous", "asynchronous", or the chance that a bee decides in a step.
        initial_shares: A row of shares, or one for each rule; None for even shares.
        stop_if_end: Whether consensus stops the hive, or the share of an option that does.
        compiled: Whether the rules and the bandit run as machine code.
    """

    rules: tuple[ImitationRule, ...]
    numbers: tuple[int, ...]
    bandit: Bandit
    neighbourhood: Neighbourhood
    updating: str | float
    initial_shares: Any
    stop_if_end: bool | float
    compiled: bool

    deterministic = False  # there is chance in every hive

    @property
    def rule(self) -> ImitationRule:
        """The rule; the first one if there are several."""
        return self.rules[0]

    @property
    def n_action(self) -> int:
        """K, the number of options."""
        return self.bandit.n_action

    @property
    def uncommitted(self) -> bool:
        """Whether a bee may hold no option."""
        return any(rule.uncommitted for rule in self.rules)

    @property
    def dances(self) -> bool:
        """Whether bees may show another payoff than the one that they pulled."""
        return any(rule.has_dance for rule in self.rules)

    @property
    def memory_size(self) -> int:
        """How many numbers a bee keeps; the largest of the rules'."""
        return max(rule.memory_size(self.n_action) for rule in self.rules)

    @property
    def columns(self) -> list[str]:
        """The columns of its rows."""
        kinds = len(self.rules)
        return Rows.names(self.n_action, self.uncommitted, kinds if kinds > 1 else 0)

    @property
    def work(self) -> int:
        """Bee-steps per step."""
        return self.neighbourhood.population_size

    @classmethod
    def of(
        cls,
        *,
        rule: Any,
        bandit: Any,
        population_size: int,
        neighbourhood: Any,
        neighbourhood_size: Any,
        initial_shares: Any,
        stop_if_end: bool | float,
        compiled: bool,
        parameters: Mapping[str, Any],
        updating: Any = SYNCHRONOUS,
    ) -> "HiveSettings":
        """Check a hive's arguments; see `Hive` for their meaning and errors."""
        n = checks.whole_number("population_size", population_size, 1, _MOST_BEES)
        compiled = checks.truth_value("compiled", compiled)
        quorum_of(stop_if_end)
        chance = chance_of(updating)
        names, weights = rules_and_weights(rule)
        parts = [*map(find_rule, names), find_bandit(bandit)]
        *rules, the_bandit = build_parts(parts, parameters, _model_arguments())
        size = neighbourhood_size
        if size is None:
            size = default_size(rules, neighbourhood, n)
        whom = Neighbourhood.of(neighbourhood, size, n, any_groups=chance is None)
        none = any(each.uncommitted for each in rules)
        return cls(
            rules=tuple(rules),
            numbers=(n,) if weights is None else numbers_of_bees(weights, n),
            bandit=the_bandit,
            neighbourhood=whom,
            updating=ASYNCHRONOUS if chance is None else SYNCHRONOUS if chance == 1.0 else chance,
            initial_shares=checked_shares(initial_shares, the_bandit.n_action, none, len(rules)),
            stop_if_end=stop_if_end,
            compiled=compiled,
        )

    def batch(self, seeds: Sequence[Any]) -> HiveBatch:
        """Hives with these settings, one per seed."""
        return self.batch_of(HiveBatch, seeds)

    def batch_of[B: HiveBatch](self, kind: type[B], seeds: Sequence[Any]) -> B:
        """Hives with these settings, one per seed.

        Args:
            kind: The class of the batch.
            seeds: One per run.
        """
        return kind(
            self.rules,
            self.bandit,
            self.neighbourhood,
            seeds,
            self.initial_shares,
            self.stop_if_end,
            self.compiled,
            self.updating,
            self.numbers,
        )


def _model_arguments() -> list[str]:
    """The names of the arguments of `Hive`, without fields of its parts."""
    arguments = [
        name for name in inspect.signature(HiveSettings.of).parameters if name != "parameters"
    ]
    return [*arguments, "agent_reporters", "rng"]


def default_size(rules: Sequence[ImitationRule], neighbourhood: Any, n: int) -> int | str:
    """The `neighbourhood_size` of a hive that is built without one."""
    if isinstance(neighbourhood, str) and neighbourhood == "groups":
        raise ValueError(
            "neighbourhood_size must be given for disjoint groups: a divisor of the population size"
        )
    hears = [rule.hears for rule in rules]
    numbers = [each for each in hears if not isinstance(each, str)]
    if neighbourhood != "others" or len(numbers) < len(hears):
        return "all"
    return min(max(numbers), max(n - 1, 1))
