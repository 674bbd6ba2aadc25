"""The names of the built-in bandits.

A new bandit is a file in this room and its class in the list here.
"""

from collections.abc import Mapping
from typing import Any

from hivemind_abm.bandits.bandit import Bandit, options_of
from hivemind_abm.bandits.changing import BanditRandomWalk, BanditSwitching
from hivemind_abm.bandits.congestion import BanditCongestion
from hivemind_abm.bandits.linear import BanditLinear
from hivemind_abm.bandits.sigmoid import BanditSigmoid
from hivemind_abm.registry import Part, find_part

__all__ = ["BANDITS", "find_bandit"]

# The name that users type, with the class and the fields that the name fixes.
BANDITS: dict[str, tuple[type[Bandit], Mapping[str, Any]]] = {
    name: (cls, fields)
    for cls in (BanditLinear, BanditSigmoid, BanditCongestion, BanditSwitching, BanditRandomWalk)
    for name, fields in cls.names.items()
}


def find_bandit(bandit: Any) -> Part:
    """A bandit by its short name, by a file's path, as a class or as an instance.

    Raises:
        ValueError, TypeError: As for `registry.find_part`.
    """
    return find_part(bandit, "bandit", Bandit, BANDITS, options_of)
