"""How the cards show a session: what is chosen about the pictures, not about the hive.

Knows: the ways to show the bees, the shares and the switches.
Does not know: how any of them is drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

__all__ = ["View"]

_NAMES = {
    "bees": ("honeycomb", "network"),
    "shares": ("lines", "stacked"),
    "options": ("large", "all"),
    "switches": ("flows", "table"),
}
_PREFIX = "view."


@dataclass(frozen=True)
class View:
    """The ways to show a session.

    Attributes:
        bees: "honeycomb" or "network".
        shares: Shares of all options as "lines" or "stacked".
        options: "all", or only the "large" ones, which rise above 1 %.
        switches: Who switched as "flows" or as a "table".
    """

    bees: str = "honeycomb"
    shares: str = "lines"
    options: str = "large"
    switches: str = "flows"

    @staticmethod
    def names(what: str) -> tuple[str, ...]:
        """The ways to show something."""
        return _NAMES[what]

    def written(self) -> dict[str, str]:
        """What differs from the defaults, for an address."""
        default = View()
        return {
            f"{_PREFIX}{each.name}": getattr(self, each.name)
            for each in fields(self)
            if getattr(self, each.name) != getattr(default, each.name)
        }

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "View":
        """The view that an address asks for; what is unknown in it is left out."""
        known = {
            what: given[f"{_PREFIX}{what}"]
            for what, names in _NAMES.items()
            if given.get(f"{_PREFIX}{what}") in names
        }
        return replace(cls(), **known)
