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
from hivemind_abm.engine.rows import starting_shares
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.registry import build_parts

__all__ = ["HiveSettings"]

_MOST_BEES = 2**31 - 1


@dataclass(frozen=True)
class HiveSettings:
    """The checked arguments of a hive, without its seed.

    Attributes:
        rule: The rule, an instance.
        bandit: The bandit, an instance.
        neighbourhood: Which bees a bee hears.
        initial_shares: K numbers that sum to 1, or None for even shares.
        stop_if_end: Whether consensus stops the hive.
        compiled: Whether the rule and the bandit run as machine code.
    """

    rule: ImitationRule
    bandit: Bandit
    neighbourhood: Neighbourhood
    initial_shares: Sequence[float] | None
    stop_if_end: bool
    compiled: bool

    deterministic = False  # there is chance in every hive

    @property
    def n_action(self) -> int:
        """K, the number of options."""
        return self.bandit.n_action

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
        initial_shares: Sequence[float] | None,
        stop_if_end: bool,
        compiled: bool,
        parameters: Mapping[str, Any],
    ) -> "HiveSettings":
        """Check a hive's arguments; see `Hive` for their meaning and errors."""
        n = checks.whole_number("population_size", population_size, 1, _MOST_BEES)
        stop_if_end = checks.truth_value("stop_if_end", stop_if_end)
        compiled = checks.truth_value("compiled", compiled)
        parts = [find_rule(rule), find_bandit(bandit)]
        the_rule, the_bandit = build_parts(parts, parameters, _model_arguments())
        size = neighbourhood_size
        if size is None:
            size = _default_size(the_rule, neighbourhood, n)
        whom = Neighbourhood.of(neighbourhood, size, n)
        shares = initial_shares
        if shares is not None:
            shares = tuple(starting_shares(shares, the_bandit.n_action).tolist())
        return cls(the_rule, the_bandit, whom, shares, stop_if_end, compiled)

    def batch(self, seeds: Sequence[Any]) -> HiveBatch:
        """Hives with these settings, one per seed."""
        return HiveBatch(
            self.rule,
            self.bandit,
            self.neighbourhood,
            seeds,
            self.initial_shares,
            self.stop_if_end,
            self.compiled,
        )


def _model_arguments() -> list[str]:
    """The names of the arguments of `Hive`, without fields of its parts."""
    arguments = [
        name for name in inspect.signature(HiveSettings.of).parameters if name != "parameters"
    ]
    return [*arguments, "agent_reporters", "rng"]


def _default_size(rule: ImitationRule, neighbourhood: Any, n: int) -> int | str:
    """The `neighbourhood_size` of a hive that is built without one."""
    if isinstance(neighbourhood, str) and neighbourhood == "groups":
        raise ValueError(
            "neighbourhood_size must be given for disjoint groups: a divisor of the population size"
        )
    hears = rule.hears
    return (
        "all" if neighbourhood != "others" or isinstance(hears, str) else min(hears, max(n - 1, 1))
    )
