"""The learner equivalent to a hive: its policy becomes what a hive of B bees decides for.

Knows: how any rule becomes a learner.  Does not know: names, Mesa.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, make_dataclass
from functools import cache
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.engine.rows import starting_shares
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.bees import Bees, Private, Workspace
from hivemind_abm.hives.interpreted import loop_of_rule
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.neighbours import Neighbours
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.updating import count_shares
from hivemind_abm.learners import pulled
from hivemind_abm.learners.batch import draw_pulls
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.pulls import Pulls

__all__ = ["MacroAgent", "MacroBatch", "macro_agent_of"]


@dataclass(frozen=True)
class MacroAgent(Learner):
    """A rule's macro-agent: the learner that is equivalent to a hive of the rule.

    Each of its B pulls is a bee that hears other pulls and decides.  The new policy is the shares
    of the options that these bees decide for.  There is one difference to a hive: bees keep the
    options that they decided for, while the macro-agent draws B new ones with its policy.  So the
    expected step of the policy is that of the hive, and its noise falls with B as the hive's does
    with N.  For R_success the expected step is P-CL's, for R_wvoter P-MCL's.

    Attributes:
        rule: The rule, an instance.
        parallel_envs: B, pulls per step, at least 1.
        hears: The number of others that a bee hears, or "all"; None for the rule's default.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.

    Source: Soma et al., arXiv 2410.17517.
    """

    rule: ImitationRule
    parallel_envs: int = 1000
    hears: int | str | None = None

    @property
    def symbol(self) -> str:  # type: ignore[override]
        """Its name in figures and tables: "macro R_wvoter" for instance."""
        return f"macro {self.rule.symbol}"

    def __post_init__(self) -> None:
        if not isinstance(self.rule, ImitationRule):
            raise TypeError(f"rule must be an ImitationRule, an instance, not {self.rule!r}")
        checks.whole_number("MacroAgent.parallel_envs", self.parallel_envs)
        _ = self.neighbourhood

    @property
    def neighbourhood(self) -> Neighbourhood:
        """Which bees each of the B bees hears."""
        size, most = (
            self.rule.hears if self.hears is None else self.hears,
            max(self.parallel_envs - 1, 1),
        )
        if self.hears is None and isinstance(size, int):
            size = min(size, most)
        return Neighbourhood.of("others", size, self.parallel_envs)

    @property
    def dynamic(self) -> str | None:
        """The replicator dynamic of its rule, or None."""
        return self.rule.dynamic

    def update(self, policy: np.ndarray, pulls: Pulls, memory: np.ndarray, rng: Stream) -> None:
        """Change the policy by one step of a hive; see `Learner.update`."""
        bees = Bees(
            np.array([pull.option for pull in pulls], np.int32),
            np.array([pull.reward for pull in pulls]),
        )
        workspace = Workspace.of(self.neighbourhood, pulls.n_action)
        private = Private(bees.payoff, np.zeros(0), np.zeros(0, np.int32), 0, 0, 0)
        neighbours = Neighbours(bees, private, workspace, rng)
        decide = loop_of_rule(self.rule, "decide")
        decide(self.rule, neighbours, 0, self.parallel_envs, -1, 1.0, rng)
        count_shares(workspace.adopted, policy, 0)


class MacroBatch(HiveBatch):
    """R macro-agents of one rule, stepped together.

    It gives the numbers of `MacroAgent.update` at the speed of a hive.

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
        self._pulls = pulled.Workspace.of(len(seeds), bandit.n_action, 0)
        super().__init__(
            learner.rule,
            bandit,
            learner.neighbourhood,
            seeds,
            initial_shares,
            stop_if_end,
            compiled,
        )

    @property
    def memory(self) -> np.ndarray:
        """Empty, shape (R, 0); other learners have one too."""
        return self._pulls.memory

    def _settle(self, initial_shares: Any, numbers: Sequence[int] | None) -> None:
        self.shares[:] = starting_shares(initial_shares, self.bandit.n_action)
        self._draw()

    def advance(self, steps: int) -> None:
        """Do `steps` steps; errors as for `PullingBatch.advance`."""
        for _ in range(steps):
            self._clock += 1
            self._choose_once()
            self._draw()
            self._pull_once()

    def _draw(self) -> None:
        for run in np.flatnonzero(self.running):
            draw_pulls(
                self.shares[run],
                self.options[run],
                self.payoffs[run],
                self._pulls,
                self.state.streams[run],
            )


@cache
def macro_agent_of(rule: type[ImitationRule]) -> type[MacroAgent]:
    """The macro-agent class of a rule that is given as a class.

    Its fields are those of the rule, and `parallel_envs` and `hears`.

    Args:
        rule: The rule's class.

    Raises:
        ValueError: The rule has a field that its macro-agent has too.
    """
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

    def __reduce__(self: MacroAgent) -> tuple[Any, ...]:
        arguments = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        return _restored, (rule, arguments)

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
            "__reduce__": __reduce__,
            "symbol": MacroAgent.symbol,
            "__module__": rule.__module__,
        },
    )


def _restored(rule: type[ImitationRule], arguments: dict[str, Any]) -> MacroAgent:
    """The macro-agent that was pickled; its class cannot be found by its name."""
    return macro_agent_of(rule)(**arguments)  # type: ignore[arg-type]
