"""Any rule, with a random option now and then.

Knows: how a rule becomes one that explores, with the same fields, memory and dance.  Does not know:
any particular rule.
"""

from dataclasses import fields, make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.rules import ImitationRule, OneStepChances
from hivemind_abm.registry import build_part

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.hives.bees import BeeView
    from hivemind_abm.hives.neighbourhood import Neighbourhood
    from hivemind_abm.hives.neighbours import Neighbours

__all__ = ["Exploring", "exploring_rule_of"]


class Exploring:
    """Any rule, and then with a small probability a uniformly random option.

    `Exploring(rule, chance)` is a rule: an instance of a class that extends the class of `rule`.
    Its fields are those of `rule`, and `chance`.  A bee first decides as `rule` does, memory
    included, and then adopts a random one of the K options with the probability `chance`.  If x
    goes to G(x) in one step of a large hive of `rule`, it goes to (1 - chance) G(x) + chance / K,
    the epsilon-greedy form of the same learner.  So no option is ever lost.

    Args:
        rule: As for `Hive`: a rule, its class, its name or the path of a file.
        chance: The probability, 0 to 1.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed; a rule that
            explores already, or that has an attribute `chance`.
    """

    def __new__(cls, rule: Any = "wvoter", chance: float = 0.01) -> Any:
        """The rule that explores; see the class."""
        inner = build_part(find_rule(rule))
        explorer = object.__new__(exploring_rule_of(type(inner)))  # type: ignore[arg-type]
        _set(explorer, _state_of(inner) | {"chance": chance})
        explorer.check_chance()
        return explorer


class _Explorer(ImitationRule):
    """What the classes of `exploring_rule_of` share; a rule's class stands beside it."""

    chance: float

    def decide_without_exploring(
        self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream"
    ) -> int:
        """What the rule decides; see `ImitationRule.decide`."""
        raise NotImplementedError  # the class of a rule brings its own

    def check_chance(self) -> None:
        """Raise ValueError or TypeError for a wrong `chance`."""
        checks.number("chance", self.chance, 0.0, 1.0)

    @property
    def without_exploring(self) -> Any:
        """The rule without exploration."""
        inner = object.__new__(_inner_class(type(self)))
        _set(inner, {name: value for name, value in _state_of(self).items() if name != "chance"})
        return inner

    @property
    def learner(self) -> str | None:
        """None, because the learner of the rule does not explore; the rule's for chance 0."""
        return self.without_exploring.learner if self.chance == 0.0 else None

    @property
    def dynamic(self) -> str | None:
        """None, because the dynamic of the rule does not explore; the rule's for chance 0."""
        return self.without_exploring.dynamic if self.chance == 0.0 else None

    def one_step_chances(self, neighbourhood: "Neighbourhood") -> OneStepChances | None:
        """Known where the rule's are; see `ImitationRule.one_step_chances`."""
        of_rule = self.without_exploring.one_step_chances(neighbourhood)
        if of_rule is None:
            return None

        def chances(counts: np.ndarray, rewards: np.ndarray) -> np.ndarray:
            decided = (1.0 - self.chance) * of_rule(counts, rewards)
            return decided + self.chance / counts.size

        return chances

    def __repr__(self) -> str:
        """As it is written: Exploring(WeightedVoterRule(switch='bee'), chance=0.01)."""
        return f"Exploring({self.without_exploring!r}, chance={self.chance!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """The rule and the chance: pickle would not find the class by its name."""
        return Exploring, (self.without_exploring, self.chance)


@cache
def exploring_rule_of(rule: type[ImitationRule]) -> type[Any]:
    """The class of the rules that explore around the rules of a class.

    Its fields are those of `rule`, and `chance`.  Its methods are those of `rule`, so it is
    compiled where `rule` is.

    Args:
        rule: The rule's class.

    Raises:
        ValueError, TypeError: The class explores already, looks across, or has an attribute that
            belongs to `Exploring`.
    """
    if issubclass(rule, _Explorer):
        raise ValueError(f"rule must not explore already, and {rule.symbol} does: give one chance")
    if rule.looks_across:
        raise TypeError(f"rule must not look across to explore, and {rule.symbol} does")
    taken = {*dir(rule), *(each.name for each in fields(rule))}  # type: ignore[arg-type]
    for name in sorted({"chance", *vars(_Explorer)} & (taken - set(dir(ImitationRule)))):
        raise ValueError(
            f"{name} is an attribute of {rule.__name__} and belongs to Exploring too: rename it"
        )

    def __post_init__(self: Any) -> None:
        if hasattr(rule, "__post_init__"):
            rule.__post_init__(self)
        self.check_chance()

    def decide(self: Any, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        opinion = self.decide_without_exploring(bee, neighbours, rng)
        return rng.integers(neighbours.n_action) if rng.random() < self.chance else opinion

    decide.__module__ = rule.decide.__module__  # a user's rule is compiled with a user's checks
    return make_dataclass(
        f"Exploring{rule.__name__}",
        [("chance", float, 0.01)],
        bases=(_Explorer, rule),
        frozen=True,
        repr=False,
        namespace={
            "__doc__": f"{rule.__name__}, and then with a small probability a random option.",
            "__module__": rule.__module__,
            "__post_init__": __post_init__,
            "decide": decide,
            "decide_without_exploring": rule.decide,
            "name": f"exploring {rule.name}" if rule.name else None,
            "one_step_chances": _Explorer.one_step_chances,
            "symbol": f"exploring {rule.symbol}",
        },
    )


def _inner_class(explorer: type[Any]) -> type[Any]:
    """The class of the rule without exploration."""
    return explorer.__bases__[1]


def _state_of(rule: Any) -> dict[str, Any]:
    """The values of the fields of an instance, and of what else it holds."""
    values = {each.name: getattr(rule, each.name) for each in fields(rule)}
    return getattr(rule, "__dict__", {}) | values


def _set(rule: Any, state: dict[str, Any]) -> None:
    """Set attributes of a frozen instance, as they are: `__post_init__` has seen them already."""
    for name, value in state.items():
        object.__setattr__(rule, name, value)
