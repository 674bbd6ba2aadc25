"""A hive as a Mesa model: each bee is an agent that follows a local rule.

Knows: how one hive of a `HiveBatch` looks to Mesa.  Does not know: the laws; they are in `rules`,
`updating`, `neighbours` and the room of the bandits.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.world import World
from hivemind_abm.engine.record import Member, RecordedModel
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.decision import Decision, retrace
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.updating import SYNCHRONOUS
from hivemind_abm.results import shortened

__all__ = ["Bee", "Hive"]


class Bee(Member):
    """One bee, as a Mesa agent.

    `opinion` and `payoff` read and write the hive's arrays, so they are always current.

    Attributes:
        index: Its index in `Hive.opinions` and `Hive.payoffs`, 0 .. N - 1.
    """

    @property
    def opinion(self) -> int:
        """The option that it holds, 0 .. K - 1; K for none."""
        return int(self.model.opinions[self.index])

    @opinion.setter
    def opinion(self, option: int) -> None:
        most = self.model.bandit.n_action + self.model._batch.uncommitted
        self.model.opinions[self.index] = checks.index_below("opinion", option, most)

    @property
    def rule(self) -> ImitationRule:
        """The rule that it follows."""
        follows = self.model._batch.follows
        return self.model.rules[int(follows[0, self.index]) if follows.size else 0]

    @property
    def memory(self) -> np.ndarray:
        """Its own numbers, shape (memory_size,); they can be written to."""
        memory: np.ndarray = self.model.memory[self.index]
        return memory[: self.rule.memory_size(self.model.bandit.n_action)]

    @property
    def shown(self) -> float:
        """The payoff that the others see, in [0, 1]."""
        return float(self.model.shown[self.index])

    @property
    def payoff(self) -> float:
        """The payoff that it last pulled, in [0, 1]."""
        return float(self.model.payoffs[self.index])

    @payoff.setter
    def payoff(self, reward: float) -> None:
        if not 0.0 <= reward <= 1.0:
            raise ValueError(f"payoff must lie in [0, 1], not {reward!r}")
        self.model.payoffs[self.index] = reward


class Hive(RecordedModel):
    """A hive of N bees that choose among the K options of a bandit by local rules.

    Row t of the record holds the shares x(t) and the mean of the bees' payoffs at step t.  Building
    a hive collects row 0.  In one `step()` of a synchronous hive all bees decide on the same
    snapshot, all adopt at once, all pull, and a row is collected; see `updating`.

    Args:
        rule: "success", "wvoter" or "majority", the path of a .py file with a rule (FILE.py or
            FILE.py:ClassName), or an `ImitationRule`.  A list of pairs such as [("wvoter", 0.9),
            (Stubborn(), 0.1)] gives each of several rules its share of the bees, or its number of
            bees.  The first rule has the first bees; on a network, who follows which is drawn at
            random.
        bandit: "near zero", "evenly spaced" or "near one" (linear presets), "linear", "sigmoid",
            "sigmoid near zero" and so on, "congestion", the path of a .py file with a bandit, or a
            `Bandit`.
        population_size: N.
        neighbourhood: "others" (M of the other bees, drawn afresh each step), "groups" (disjoint
            groups of M, a random partition each step), "everyone" (all bees, itself included), a
            network by name, or a NetworkX graph with N nodes.  The names, with their default
            numbers: "ring:2" (degree), "random regular:4" (degree), "small world:4:0.1" (degree,
            rewiring probability), "scale free:2" (links that a new bee makes) and "complete".  A
            random network can end in ":seed=7" for another graph of its kind; the same name always
            gives the same network.  Bee i is the i-th node of `graph.nodes` (see `nodes`).  An edge
            u -> v of a directed graph means that u hears v.  Weights, loops from a node to itself
            and parallel edges are ignored, with one warning.
        neighbourhood_size: M, or "all"; None for the rule's default `hears` (on a network, all of a
            bee's neighbours there).  Among "others", "all", N - 1 and N all mean the N - 1 others.
        updating: "synchronous"; "asynchronous": a step is N events, and in each of them one bee,
            drawn uniformly, decides on the state as it is then, adopts at once and pulls (with
            disjoint groups, one random group of M bees; N / M events); or the probability with
            which each bee decides in a step, on the same snapshot, while all bees pull.
        initial_shares: K numbers that sum to 1, to single precision at least; None for shares as
            even as N allows, where the first options get the bees that are left over.  Where a bee
            may hold no option, a last number may give the share of those bees.  For several rules,
            one row for all, or a row for each, rounded within the rule.  On a network, the bees
            that hold each option are drawn at random.
        stop_if_end: True: stop at consensus; `running` becomes False and `step()` does nothing.  A
            number: stop where an option has at least this share (a quorum).
        compiled: Run the rule and the bandit as machine code.  It gives the same numbers as plain
            Python, only faster.
        agent_reporters: As for `mesa.DataCollector`, {"opinion": "opinion"} for instance.
        rng: The seed: a whole number, its digits, a SeedSequence, or None for fresh entropy (then
            `seed.entropy` holds it).
        parameters: Fields of a rule or bandit that is given by name or class: `number_of_votes=3,
            gap=0.05`.  If there are several rules, a field goes to the rule that has it.

    Attributes:
        rule, bandit, neighbourhood: The parts that were built from the arguments; `rule` is the
            first rule.
        rules: All rules, a tuple.
        updating: As above; 1.0 is "synchronous".
        seed: The SeedSequence in use.
        opinions: Options of the bees, shape (N,), dtype int32; K for none.
        payoffs: Payoffs that the bees last pulled, shape (N,); 0 for a bee without an option.
        shown: Payoffs that the others see, shape (N,); those of `dance` where the rule has one.
        memory: The bees' own numbers, shape (N, largest memory_size).
        agents: The bees, `Bee` objects; they are made when they are first asked for.
        datacollector: Columns optimal_share, mean_payoff, share_0 .. share_K-1, share_none where a
            bee may hold no option, consensus, and for each of several rules the shares among its
            bees, kind_0_share_0 and so on.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.

    Source: Soma et al., arXiv 2410.17517.
    """

    opinions: np.ndarray
    payoffs: np.ndarray

    def __init__(
        self,
        rule: Any = "wvoter",
        bandit: Any = "evenly spaced",
        population_size: int = 1000,
        *,
        neighbourhood: Any = "others",
        neighbourhood_size: int | str | None = None,
        updating: str | float = SYNCHRONOUS,
        initial_shares: Any = None,
        stop_if_end: bool | float = False,
        compiled: bool = True,
        agent_reporters: Mapping[str, str | Callable[..., Any]] | None = None,
        rng: Any = None,
        **parameters: Any,
    ) -> None:
        settings = HiveSettings.of(
            rule=rule,
            bandit=bandit,
            population_size=population_size,
            neighbourhood=neighbourhood,
            neighbourhood_size=neighbourhood_size,
            updating=updating,
            initial_shares=initial_shares,
            stop_if_end=stop_if_end,
            compiled=compiled,
            parameters=parameters,
        )
        self._build(settings, rng, agent_reporters)

    @classmethod
    def of(cls, settings: HiveSettings, rng: Any = None) -> "Hive":
        """A hive from checked settings.

        Args:
            settings: The settings.
            rng: The seed, as for the class.
        """
        hive = cls.__new__(cls)
        hive._build(settings, rng, None)
        return hive

    def _build(
        self,
        settings: HiveSettings,
        rng: Any,
        agent_reporters: Mapping[str, str | Callable[..., Any]] | None,
    ) -> None:
        seed = seed_sequence(rng)
        self._batch: HiveBatch
        super().__init__(seed, settings.batch([seed]))
        self.rules, self.rule, self.bandit = settings.rules, settings.rule, settings.bandit
        self.updating = settings.updating
        self.neighbourhood = settings.neighbourhood
        self._defer_agents(self.opinions.size)
        self._start_record(agent_reporters)

    def _make_agents(self) -> None:
        for index in range(self.opinions.size):
            Bee(self, index)

    def _views(self) -> dict[str, np.ndarray]:
        batch = self._batch
        return {
            "opinions": batch.opinions[0],
            "payoffs": batch.payoffs[0],
            "shown": batch.shown[0],
            "memory": batch.memory[0],
        }

    @property
    def nodes(self) -> list[Any] | None:
        """The node of each bee where the neighbourhood is a graph or a network by name, else None.

        "complete" is kept without its links, so there it is None too.
        """
        nodes = self.neighbourhood.nodes
        return None if nodes is None else list(nodes)

    @property
    def follows(self) -> np.ndarray:
        """The number of the rule in `rules` that each bee follows, shape (N,), dtype int32."""
        follows = self._batch.follows
        return follows[0].copy() if follows.size else np.zeros(self.opinions.size, np.int32)

    @property
    def world(self) -> World:
        """The bandit's world in the last row, a copy."""
        return World(self.shares, self.steps, self._batch.state.worlds[0].copy())

    def flows(self) -> np.ndarray:
        """How many bees went from one option to another in the last step.

        Returns:
            [a, b] is the number that went from option a to option b, shape (K, K), dtype int64.
            The diagonal counts the bees that kept their option; before the first step it counts
            all.  Where a bee may hold no option, "none" is the last row and column.
        """
        before = self._batch.before
        earlier = self.opinions if before is None else before.options[0]
        k = self.bandit.n_action + self._batch.uncommitted
        flows = np.zeros((k, k), np.int64)
        np.add.at(flows, (earlier, self.opinions), 1)
        return flows

    def decision(self, bee: int) -> Decision:
        """What one bee decided in the last step, and why.

        The result holds the bees that it could hear, what its rule asked, and the answers.  The
        step is replayed from the state before it, with this bee's decisions in plain Python, so
        this works for any rule.

        Args:
            bee: Its index, 0 .. N - 1.

        Raises:
            ValueError: There is no such bee, or no step has been done.
        """
        index = checks.index_below("bee", bee, self.opinions.size)
        return retrace(index, self._batch, self.steps)

    @classmethod
    def settings(cls, **arguments: Any) -> HiveSettings:
        """The checked settings of a hive; `ensemble` builds its hives from them.

        Args:
            arguments: As for the class; `agent_reporters` and `rng` are ignored.

        Raises:
            ValueError, TypeError: As for the class; or the class is a subclass of `Hive`.
        """
        return HiveSettings.of(**cls._arguments(Hive, arguments))

    @property
    def reasons(self) -> dict[str, str]:
        """Why the rule or the bandit runs interpreted although `compiled` is true."""
        return self._batch.reasons

    @property
    def mode(self) -> dict[str, str]:
        """How the rule and the bandit run: "compiled" or "interpreted"."""
        return self._batch.mode

    @property
    def title(self) -> str:
        """The first words of its repr, str and HTML."""
        return f"Hive of {self.opinions.size} bees"

    def summary(self) -> dict[str, Any]:
        """The settings, the step, and the last row with its shares as one entry."""
        settings = {
            "rule": self._rules_in_words(repr),
            "bandit": repr(self.bandit),
            "population_size": self.opinions.size,
            "neighbourhood_size": self.neighbourhood.size,
            "updating": self.updating,
            "mode": self.mode["rule"],
        }
        return settings | super().summary()

    def __repr__(self) -> str:
        def symbol(rule: ImitationRule) -> str:
            return rule.symbol

        return (
            f"<{self.title}: {self._rules_in_words(symbol)} on {type(self.bandit).__name__}, "
            f"step {self.steps}, shares {shortened(self.shares)}>"
        )

    def _rules_in_words(self, word: Callable[[ImitationRule], str]) -> str:
        """The rules, with their numbers of bees if there are several."""
        if len(self.rules) == 1:
            return word(self.rule)
        numbers = np.bincount(self._batch.follows[0], minlength=len(self.rules))
        return " and ".join(
            f"{number} {word(rule)}" for number, rule in zip(numbers, self.rules, strict=True)
        )
