"""The local rule that a learner becomes: a bee takes what it hears for the learner's pulls.

Knows: how any learner becomes a rule, and what the rule inherits from it.  Does not know: names, or
which reading of the learner is exact; see `local_rule_reading`.
"""

from dataclasses import field, fields, make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import numpy as np

from hivemind_abm import checks
from hivemind_abm.engine.source import functions_used, names_used
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.learners.heard import BeesByHand, HeardPulls
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.local_rule_reading import OWN, reading_of
from hivemind_abm.learners.macro_agent import MacroAgent
from hivemind_abm.learners.names import find_learner
from hivemind_abm.loading import LOCAL
from hivemind_abm.registry import build_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hivemind_abm.hives.bees import BeeView
    from hivemind_abm.hives.neighbours import Neighbours

__all__ = ["LocalRule", "local_rule_named", "local_rule_of"]

Policy = Literal["auto", "own", "heard"]
_NOTHING = "update must return nothing: write into policy"
# What a learner has because it is one; all else that it defines must not be in a rule too.
_OF_LEARNERS = ("dynamic", "memory_size", "name", "parallel_envs", "rate", "symbol", "update")


class _MakesRules(type):
    """The class of `LocalRule`: a call of it makes an instance of the class for the learner."""

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        make = _rule_of if cls is LocalRule else super().__call__
        return make(*arguments, **keywords)


class LocalRule(ImitationRule, metaclass=_MakesRules):
    """The rule that a learner becomes: hear some bees, update as the learner does, and draw.

    A bee takes the bees that it hears for the pulls of the learner, runs the learner's own `update`
    on them, and draws its next opinion from the policy that results.  There are two readings of the
    policy before the update.  "own": it is all on the bee's own opinion.  Then the expected step of
    a large hive is the learner's, for any number of bees heard, if the update is affine in the
    policy.  "heard": it is the shares of the opinions heard.  Then the step is the Bernstein
    operator of the learner's step, which differs from it by a term of order 1 / hears.

    It is the inverse of `MacroAgent`, the learner that a hive of a rule is.

    Args:
        learner: The learner: an instance, a class, a short name such as "P-MCL", or the path of a
            file.
        hears: The default `neighbourhood_size` of a hive: how many others a bee hears, or "all".
        policy: The reading, "own" or "heard"; "auto" takes "own" if the update is affine in the
            policy (to 1e-12, tried on random policies and pulls), else "heard".
        explore: The chance of a uniformly random option in place of the one drawn.
        memory: Give each bee numbers of its own, where the learner keeps numbers beside its policy.
            Without it such a learner is refused, because bees share nothing.

    Attributes:
        derived_from: The learner, an instance.
        reading: The reading in use, "own" or "heard".

    The learner's fields are fields of the rule too, apart from `parallel_envs`: the pulls are what
    a bee hears.  `pulls.step` is `bee.step` - 1, and with `memory` the number of the bee's updates
    so far.  A bee that hears nobody keeps its opinion.  Where all bees hear the same
    (`neighbourhood="everyone"`), an update that draws no random numbers is done once per step and
    policy before it, not once per bee.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    hears: ClassVar[int | str]
    policy: ClassVar[str]
    explore: ClassVar[float]
    memory: ClassVar[bool]
    reading: ClassVar[str]
    derived_from: Learner

    def __post_init__(self) -> None:
        keep = object.__setattr__
        if self.hears != "all":
            if isinstance(self.hears, str):
                raise ValueError(f"hears must be a whole number or 'all', not {self.hears!r}")
            keep(self, "hears", checks.whole_number("hears", self.hears, 1))
        checks.one_of("policy", self.policy, get_args(Policy))
        keep(self, "explore", checks.number("explore", self.explore, 0.0, 1.0))
        checks.truth_value("memory", self.memory)
        made = type(self)._learner  # type: ignore[attr-defined]
        mine = [each for each in fields(made) if each.name != "parallel_envs"]
        learner = made(**{each.name: getattr(self, each.name) for each in mine if each.init})
        for each in mine:
            keep(self, each.name, getattr(learner, each.name))
        keep(self, "derived_from", learner)
        size = max(learner.memory_size(k) for k in (2, 3))
        if size and not self.memory:
            raise ValueError(
                f"{made.__name__} keeps numbers beside its policy ({size} for 3 options), and a "
                "hive has no place for them: memory=True gives each bee numbers of its own"
            )
        reading = self.policy
        if reading == "auto":
            reading = reading_of(learner, self.hears)
        keep(self, "reading", reading)

    @property
    def dynamic(self) -> str | None:
        """The learner's dynamic where a hive follows it at its speed; else None."""
        return self.derived_from.dynamic if self._is_exact else None

    @property
    def learner(self) -> str | None:
        """The name of the learner where a hive is equivalent to it with B = N; else None."""
        parallel = any(each.name == "parallel_envs" for each in fields(self.derived_from))  # type: ignore[arg-type]
        return self.derived_from.name if parallel and self._is_exact else None

    @property
    def _is_exact(self) -> bool:
        plain = self.explore == 0.0 and not self.memory
        return plain and self.reading == OWN and self.derived_from.rate == 1.0

    def memory_size(self, n_action: int) -> int:
        """With `memory` the learner's numbers and the number of updates so far; else 0."""
        return self.derived_from.memory_size(n_action) + 1 if self.memory else 0

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: Stream) -> int:
        """The bee's next opinion; see `ImitationRule.decide`."""
        step, count = bee.step - 1, bee.memory.size - 1
        if self.memory:
            step = int(bee.memory[count])
        pulls = HeardPulls(neighbours, step)
        if pulls.size == 0:
            return bee.opinion
        own = self.reading == "own"
        row = bee.opinion if own and pulls.shared else 0
        if self.memory or not pulls.is_kept(row):
            before = bee.opinion if own and bee.opinion < pulls.n_action else -1
            policy, state = pulls.policy_before(row, before), pulls.state_of(rng)
            if self.update(policy, pulls, pulls.memory_of(bee), rng) is not None:  # type: ignore[attr-defined]
                raise TypeError(_NOTHING)
            pulls.close(row, pulls.state_of(rng) == state)
            if self.memory:
                bee.memory[count] = step + 1.0
        if self.explore > 0.0 and rng.random() < self.explore:
            return rng.integers(pulls.n_action)
        return pulls.draw(row, rng)

    def next_policy(
        self,
        opinion: int,
        heard: "Sequence[tuple[int, float]]",
        n_action: int,
        rng: Stream | None = None,
    ) -> np.ndarray:
        """The chance of each option to be a bee's next opinion, for given bees heard.

        Args:
            opinion: The bee's opinion.
            heard: The (opinion, payoff) of each bee that it hears, at least one.
            n_action: K.
            rng: The stream of the update, where it draws.

        Returns:
            The chances, shape (K,), for a learner that has made no update yet.
        """
        pulls, policy = HeardPulls(BeesByHand(heard, n_action), 0), np.zeros(n_action)
        if self.reading == OWN:
            policy[opinion] = 1.0
        else:
            policy[:] = [pulls.count_of(option) / pulls.size for option in range(n_action)]
        memory = np.zeros(self.derived_from.memory_size(n_action))
        self.derived_from.update(policy, pulls, memory, rng or Stream(0))  # type: ignore[arg-type]
        return (1.0 - self.explore) * policy + self.explore / n_action

    def __repr__(self) -> str:
        further = {name: getattr(self, name) for name in ("hears", "policy", "explore", "memory")}
        written = ", ".join(f"{name}={value!r}" for name, value in further.items())
        return f"LocalRule({self.derived_from!r}, {written})"

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = {each.name: getattr(self, each.name) for each in fields(self) if each.init}  # type: ignore[arg-type]
        return _restored, (type(self)._learner, arguments)  # type: ignore[attr-defined]


def _rule_of(
    learner: Any,
    hears: int | str = 10,
    policy: str = "auto",
    explore: float = 0.0,
    memory: bool = False,
) -> LocalRule:
    """The rule of a learner; see `LocalRule`."""
    instance = build_part(find_learner(learner))
    own = {each.name: getattr(instance, each.name) for each in fields(instance) if each.init}
    own.pop("parallel_envs", None)
    further = {"hears": hears, "policy": policy, "explore": explore, "memory": memory}
    return local_rule_of(type(instance))(**own, **further)  # type: ignore[arg-type]


def local_rule_named(text: str) -> type[LocalRule]:
    """The class of rule that a text names.

    Args:
        text: "local:" and the short name or the path of a learner.

    Raises:
        ValueError: As for `find_learner`, and as for `local_rule_of`.
    """
    return local_rule_of(find_learner(text.removeprefix(LOCAL)).made)


@cache
def local_rule_of(learner: type[Learner]) -> type[LocalRule]:
    """The class of rule of a learner that is given as a class.

    It extends the learner's class, so that `update` finds the fields and methods that it needs.
    Its fields are the learner's, and those of `LocalRule`.

    Args:
        learner: The learner's class.

    Raises:
        ValueError: The learner is a macro-agent, or it has a field or method that the rule has too.
    """
    if issubclass(learner, MacroAgent):
        raise ValueError(
            f"{learner.__name__} is the learner that a hive of a rule is: use the rule itself"
        )
    above = learner.__mro__[: learner.__mro__.index(Learner)]
    mine = {name for cls in above for name in vars(cls) if not name.startswith("__")}
    mine |= {each.name for each in fields(learner)}  # type: ignore[arg-type]
    for name in sorted((mine - {*_OF_LEARNERS}) & {*dir(LocalRule), *LocalRule.__annotations__}):
        raise ValueError(
            f"{name} is a name in {learner.__name__} and belongs to its local rule too: rename it"
        )
    if "parallel_envs" in names_used(functions_used(learner, "update")):
        raise ValueError(
            f"{learner.__name__}.update reads parallel_envs, but the pulls of a bee "
            "are the bees that it hears: use pulls.size"
        )
    named = None if learner.name is None else f"{LOCAL}{learner.name}"
    further: list[Any] = [
        ("hears", int | str, field(default=10)),
        ("policy", Policy, field(default="auto")),
        ("explore", float, field(default=0.0)),
        ("memory", bool, field(default=False)),
        ("reading", str, field(init=False, compare=False, default=OWN)),
        ("parallel_envs", ClassVar[int]),  # no field: the pulls are what a bee hears
    ]
    return make_dataclass(
        f"LocalRule_{learner.__name__}",
        further,
        bases=(LocalRule, learner),
        frozen=True,
        kw_only=True,
        repr=False,
        namespace={
            "_learner": learner,
            "name": named,
            "symbol": f"local {learner.symbol}",
            "parallel_envs": learner.parallel_envs,
            "__module__": learner.__module__,
        },
    )


def _restored(learner: type[Learner], arguments: dict[str, Any]) -> LocalRule:
    """The rule that was pickled; its class cannot be found by its name."""
    return local_rule_of(learner)(**arguments)  # type: ignore[arg-type]
