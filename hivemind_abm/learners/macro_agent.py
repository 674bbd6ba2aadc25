"""The learner that a hive is: it pulls B arms with its policy, and its policy becomes what a hive of B bees would make of them.

Knows: how any rule becomes a learner.  Does not know: names, Mesa.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, make_dataclass
from functools import cache
from typing import Any

import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.engine.record import starting_shares
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbours import Neighbourhood, Neighbours, Scratch
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.learners.batch import draw_pulls
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.pulls import Desk, Pulls

__all__ = ["MacroAgent", "MacroBatch", "macro_agent_of"]


@dataclass(frozen=True)
class MacroAgent(Learner):
    """A rule's macro-agent: each of B pulls is a bee that hears others of them and decides; the policy is what they decide for.

    It differs from the hive in one thing only: a hive's bees keep the options that they have decided for, while the macro-agent
    draws B new ones with its policy.  So the policy's expected step is the hive's, and with B it loses its chance as a hive does
    with N.  For R_success that step is P-CL's, for R_wvoter P-MCL's (Soma et al., arXiv 2410.17517); any other rule has its own.

    Attributes:
        rule: The rule.
        parallel_envs: B.
        hears: How many others a bee hears, or "all"; None for what the rule hears by default.
    """

    rule: ImitationRule
    parallel_envs: int = 1000
    hears: int | str | None = None

    @property
    def symbol(self) -> str:  # type: ignore[override]
        return f"macro {self.rule.symbol}"

    def __post_init__(self) -> None:
        if not isinstance(self.rule, ImitationRule):
            raise TypeError(f"rule must be an ImitationRule, an instance, not {self.rule!r}")
        if (
            isinstance(self.parallel_envs, bool)
            or not isinstance(self.parallel_envs, int | np.integer)
            or self.parallel_envs < 1
        ):
            raise ValueError(
                f"MacroAgent.parallel_envs must be a whole number of at least 1, not {self.parallel_envs!r}"
            )
        _ = self.neighbourhood

    @property
    def neighbourhood(self) -> Neighbourhood:
        """Whom each of the B bees hears."""
        size, most = (
            self.rule.hears if self.hears is None else self.hears,
            max(self.parallel_envs - 1, 1),
        )
        if self.hears is None and isinstance(size, int):
            size = min(size, most)
        return Neighbourhood.of("others", size, self.parallel_envs)

    @property
    def dynamic(self) -> str | None:
        return self.rule.dynamic

    def update(self, policy: np.ndarray, pulls: Pulls, memory: np.ndarray, rng: Stream) -> None:
        options = np.array([pull.option for pull in pulls], np.int32)
        rewards = np.array([pull.reward for pull in pulls])
        decided = np.zeros(pulls.n_action)
        neighbours = Neighbours(
            options, rewards, Scratch.of(self.neighbourhood, pulls.n_action), rng
        )
        for place in range(options.size):
            _, bee = neighbours.listen(place, rng)
            decided[self.rule.decide(bee, neighbours, rng)] += 1.0
        policy[:] = decided / options.size


class MacroBatch(HiveBatch):
    """R macro-agents of one rule, stepped together: `MacroAgent.update` at the speed of a hive, with the same numbers.

    Attributes:
        memory: Empty, shape (R, 0), for what it has in common with learners.
    """

    def __init__(
        self,
        learner: MacroAgent,
        bandit: Bandit,
        seeds: Sequence[Any],
        initial_shares: Any = None,
        stop_if_end: bool = False,
        compiled: bool = True,
    ) -> None:
        self._desk = Desk.of(len(seeds), bandit.n_action, 0)
        self.memory = self._desk.memory
        super().__init__(
            learner.rule,
            bandit,
            learner.neighbourhood,
            seeds,
            initial_shares,
            stop_if_end,
            compiled,
        )

    def _settle(self, initial_shares: Any) -> None:
        self.shares[:] = starting_shares(initial_shares, self.bandit.n_action)
        self._draw()

    def advance(self, steps: int) -> None:
        for _ in range(steps):
            self._choose_once()
            self._draw()
            self._pull_once()

    def _draw(self) -> None:
        for run in np.flatnonzero(self.running):
            draw_pulls(
                self.shares[run],
                self.options[run],
                self.payoffs[run],
                self._desk,
                self._streams[run],
            )


@cache
def macro_agent_of(rule: type[ImitationRule]) -> type[MacroAgent]:
    """The macro-agent of a rule given as a class: its fields are the rule's, and parallel_envs and hears."""
    own = [each for each in fields(rule) if each.init]  # type: ignore[arg-type]
    for name in sorted({each.name for each in own} & {*dir(MacroAgent), "rule"}):
        raise ValueError(
            f"{name} is a field of {rule.__name__} and belongs to its macro-agent too: rename it"
        )

    def __post_init__(self: MacroAgent) -> None:
        object.__setattr__(
            self, "rule", rule(**{each.name: getattr(self, each.name) for each in own})
        )
        MacroAgent.__post_init__(self)

    made = [("rule", Any, field(init=False, default=None))]
    given = [
        (each.name, each.type, field(default=each.default, default_factory=each.default_factory))
        for each in own
    ]
    return make_dataclass(
        f"MacroAgent_{rule.__name__}",
        [*made, *given],
        bases=(MacroAgent,),
        frozen=True,
        kw_only=True,
        namespace={
            "__post_init__": __post_init__,
            "symbol": MacroAgent.symbol,
            "__module__": rule.__module__,
        },
    )
