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
from hivemind_abm.engine.rows import record_by_steps, starting_shares
from hivemind_abm.engine.stream import Stream
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.bees import Bees, Private, Workspace
from hivemind_abm.hives.interpreted import loop_of_rule
from hivemind_abm.hives.mixture import numbers_of_bees, rules_and_weights
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.neighbours import Neighbours
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.settings import default_size
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
        rule: The rule, an instance; or a tuple of pairs of a rule and its share of the pulls.  Then
            the update is that of a hive of these rules.  Bees are drawn anew in each step, so a
            rule with memory, or one that may hold no option, has no macro-agent.
        parallel_envs: B, pulls per step, at least 1.
        hears: The number of others that a bee hears, or "all"; None for the rule's default.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.

    Source: Soma et al., arXiv 2410.17517.
    """

    rule: ImitationRule | tuple[Any, ...]
    parallel_envs: int = 1000
    hears: int | str | None = None

    @property
    def symbol(self) -> str:  # type: ignore[override]
        """Its name in figures and tables: "macro R_wvoter" for instance."""
        return "macro " + " and ".join(rule.symbol for rule in self.rules)

    def __post_init__(self) -> None:
        checks.whole_number("MacroAgent.parallel_envs", self.parallel_envs)
        for rule in self.rules:
            if not isinstance(rule, ImitationRule):
                raise TypeError(f"rule must be an ImitationRule, an instance, not {rule!r}")
            if rule.memory_size(2) or rule.uncommitted:
                cause = (
                    "its bees may hold no option" if rule.uncommitted else "its bees keep numbers"
                )
                raise ValueError(
                    f"{type(rule).__name__} has no macro-agent: {cause}, and a learner has only "
                    "its policy"
                )
        _ = self.neighbourhood, self.numbers

    @property
    def rules(self) -> tuple[Any, ...]:
        """The rules of the pulls."""
        return tuple(rules_and_weights(self.rule)[0])

    @property
    def numbers(self) -> tuple[int, ...]:
        """How many pulls follow each rule."""
        weights = rules_and_weights(self.rule)[1]
        return numbers_of_bees([1.0] if weights is None else weights, self.parallel_envs)

    @property
    def neighbourhood(self) -> Neighbourhood:
        """Which bees each of the B bees hears."""
        size: int | str | None = self.hears
        if size is None:
            size = default_size(self.rules, "others", self.parallel_envs)
        return Neighbourhood.of("others", size, self.parallel_envs)

    @property
    def dynamic(self) -> str | None:
        """The replicator dynamic of its rule, or None; None for several rules."""
        return self.rules[0].dynamic if len(self.rules) == 1 else None

    def update(self, policy: np.ndarray, pulls: Pulls, memory: np.ndarray, rng: Stream) -> None:
        """Change the policy by one step of a hive; see `Learner.update`."""
        rewards = np.array([pull.reward for pull in pulls])
        bees = Bees(np.array([pull.option for pull in pulls], np.int32), rewards.copy())
        kinds, b = len(self.rules), self.parallel_envs
        follows = np.repeat(np.arange(kinds, dtype=np.int32), self.numbers if kinds > 1 else 0)
        workspace = Workspace.of(self.neighbourhood, pulls.n_action)
        private = Private(rewards, np.zeros(0), follows, 0, 0, 0)
        for kind, rule in enumerate(self.rules):
            if rule.has_dance:
                neighbours = Neighbours(bees, private, workspace, policy, rng)
                number = kind if kinds > 1 else -1
                loop_of_rule(rule, "dance")(rule, neighbours, 0, b, number, rng)
        neighbours = Neighbours(bees, private, workspace, policy, rng)
        for kind, rule in enumerate(self.rules):
            decide, number = loop_of_rule(rule, "decide"), kind if kinds > 1 else -1
            decide(rule, neighbours, 0, b, number, 1.0, rng)
        count_shares(workspace.adopted, policy, 0)


class MacroBatch(HiveBatch):
    """R macro-agents of one rule, stepped together.

    It gives the numbers of `MacroAgent.update` at the speed of a hive.
    """

    rows_of_kinds = False

    def __init__(
        self,
        learner: MacroAgent,
        bandit: Bandit,
        seeds: Sequence[Any],
        initial_shares: Any = None,
        stop_if_end: bool | float = False,
        compiled: bool = True,
    ) -> None:
        self._pulls = pulled.Workspace.of(len(seeds), bandit.n_action, 0)
        super().__init__(
            learner.rules,
            bandit,
            learner.neighbourhood,
            seeds,
            initial_shares,
            stop_if_end,
            compiled,
            numbers=learner.numbers,
        )

    @property
    def memory(self) -> np.ndarray:
        """Empty, shape (R, 0); other learners have one too."""
        return self._pulls.memory

    def _settle(self, initial_shares: Any, numbers: Sequence[int] | None) -> None:
        self.shares[:] = starting_shares(initial_shares, self.bandit.n_action)
        if self.follows.size and numbers is not None:
            self.follows[:] = np.repeat(np.arange(len(numbers)), numbers)
        self._draw()

    def advance(self, steps: int) -> None:
        """Do `steps` steps; errors as for `PullingBatch.advance`."""
        for _ in range(steps):
            self._clock += 1
            self._choose_once()
            self._draw()
            self._pull_once()

    def record(self, rows: int, every: int) -> np.ndarray:
        """Do `rows` times `every` steps and return the rows; see `PullingBatch.record`."""
        return record_by_steps(self, rows, every)

    def _draw(self) -> None:
        for run in np.flatnonzero(self.running):
            self._draw_pulls_of(run)

    def _draw_pulls_of(self, run: int | np.integer[Any]) -> None:
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
    given = [each for each in fields(rule) if each.init]  # type: ignore[arg-type]
    own = [each for each in given if each.name != "hears"]  # it means the same for both
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
    inherited = [
        (each.name, each.type, field(default=each.default, default_factory=each.default_factory))
        for each in own
    ]
    return make_dataclass(
        f"MacroAgent_{rule.__name__}",
        [*made, *inherited],
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
