"""The names of the built-in rules.

A new rule is a class in `rules` or in a file of this room, and its class in the list here.
"""

from typing import Any

from hivemind_abm.hives.derived_rules import (
    CrowdRule,
    PairwiseImitation,
    PolicyGradientRule,
    ThinnedVoterRule,
)
from hivemind_abm.hives.derived_rules_weighing import (
    BestHeardRule,
    BoltzmannRule,
    LogitRule,
    SmithRule,
)
from hivemind_abm.hives.majority import MajorityRule
from hivemind_abm.hives.rules import ImitationOfSuccess, ImitationRule, WeightedVoterRule
from hivemind_abm.registry import Part, by_name, find_part

__all__ = ["RULES", "find_rule"]

RULES: dict[str, type[ImitationRule]] = by_name(
    ImitationOfSuccess,
    WeightedVoterRule,
    MajorityRule,
    ThinnedVoterRule,
    PairwiseImitation,
    PolicyGradientRule,
    CrowdRule,
    BoltzmannRule,
    LogitRule,
    BestHeardRule,
    SmithRule,
)


def find_rule(rule: Any) -> Part:
    """A rule by its short name, by a file's path, as a class or as an instance.

    Raises:
        ValueError, TypeError: As for `registry.find_part`.
    """
    return find_part(rule, "rule", ImitationRule, {name: (cls, {}) for name, cls in RULES.items()})
