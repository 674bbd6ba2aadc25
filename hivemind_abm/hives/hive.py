"""A hive as a Mesa model: each bee is an agent that follows a local rule.

Knows: Mesa, and how one hive of a `HiveBatch` looks to it.  The laws are in `rules`, `bandits`, `neighbours` and `batch`.
"""

import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mesa
import numpy as np

from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.record import RecordedModel
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.decision import Decision, retrace
from hivemind_abm.hives.names import find_rule
from hivemind_abm.hives.neighbours import Neighbourhood
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.registry import build_parts

__all__ = ["Bee", "Hive", "HiveSettings"]


class Bee(mesa.Agent):
    """One bee.  `opinion` and `payoff` read and write the hive's arrays, so they are always the live values.

    Attributes:
        index: Its place in `Hive.opinions` and `Hive.payoffs`, 0 .. N - 1.
    """

    def __init__(self, model: "Hive", index: int) -> None:
        super().__init__(model)
        self.index = index

    @property
    def opinion(self) -> int:
        """The option it holds, 0 .. K - 1."""
        return int(self.model.opinions[self.index])

    @opinion.setter
    def opinion(self, option: int) -> None:
        k = self.model.bandit.n_action
        if not hasattr(option, "__index__") or not 0 <= operator.index(option) < k:
            raise ValueError(f"opinion must be 0 to {k - 1}, not {option!r}")
        self.model.opinions[self.index] = option

    @property
    def payoff(self) -> float:
        """What it last pulled, in [0, 1]."""
        return float(self.model.payoffs[self.index])

    @payoff.setter
    def payoff(self, reward: float) -> None:
        if not 0.0 <= reward <= 1.0:
            raise ValueError(f"payoff must lie in [0, 1], not {reward!r}")
        self.model.payoffs[self.index] = reward


@dataclass(frozen=True)
class HiveSettings:
    """The arguments of a hive, checked, apart from its seed.

    Attributes:
        rule: The rule, an instance.
        bandit: The bandit, an instance.
        neighbourhood: Whom a bee hears.
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

    @property
    def n_action(self) -> int:
        return self.bandit.n_action

    @property
    def work(self) -> int:
        return self.neighbourhood.population_size

    @classmethod
    def of(
        cls,
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
        """Check a hive's arguments; see `Hive` for what they mean and raise."""
        if isinstance(population_size, bool) or not hasattr(population_size, "__index__"):
            raise TypeError(
                f"population_size must be a whole number of at least 1, not {population_size!r}"
            )
        n = operator.index(population_size)
        if not 1 <= n < 2**31:
            raise ValueError(
                f"population_size must be a whole number of at least 1, not {population_size!r}"
            )
        for name, flag in (("stop_if_end", stop_if_end), ("compiled", compiled)):
            if not isinstance(flag, bool | np.bool_):
                raise TypeError(f"{name} must be True or False, not {flag!r}")
        arguments = [name for name in inspect.signature(Hive).parameters if name != "parameters"]
        the_rule, the_bandit = build_parts(
            [find_rule(rule), find_bandit(bandit)], parameters, arguments
        )
        size = neighbourhood_size
        if size is None:
            if isinstance(neighbourhood, str) and neighbourhood == "groups":
                raise ValueError(
                    "neighbourhood_size must be given for disjoint groups: a divisor of the population size"
                )
            size = (
                min(the_rule.hears, max(n - 1, 1))
                if neighbourhood == "others" and the_rule.hears != "all"
                else "all"
            )
        return cls(
            the_rule,
            the_bandit,
            Neighbourhood.of(neighbourhood, size, n),
            initial_shares,
            bool(stop_if_end),
            bool(compiled),
        )

    def batch(self, seeds: Sequence[Any]) -> HiveBatch:
        """Hives with these settings, one a seed."""
        return HiveBatch(
            self.rule,
            self.bandit,
            self.neighbourhood,
            seeds,
            self.initial_shares,
            self.stop_if_end,
            self.compiled,
        )


class Hive(RecordedModel):
    """A hive of N bees that choose among the K options of a bandit, each following the same local rule.

    Row t of the record holds the shares x(t) and the mean of the payoffs pulled with them; building a hive collects row 0.  In
    one `step()` all bees decide on the same snapshot, all adopt at once, all pull, and a row is collected.

    Args:
        rule: "success", "wvoter" or "majority", the path of a .py file with a rule (FILE.py or FILE.py:ClassName), or an
            `ImitationRule`.
        bandit: "near zero", "evenly spaced" or "near one" (linear presets), "linear", "sigmoid", "sigmoid near zero" and so on,
            "congestion", the path of a .py file with a bandit, or a `Bandit`.
        population_size: N.
        neighbourhood: "others" (M of the others, drawn afresh each step), "groups" (disjoint groups of M, a random partition
            each step), "everyone" (oneself included), a network by name, or a NetworkX graph with N nodes.  The names, with
            the numbers that they have by default: "ring:2" (degree), "random regular:4" (degree), "small world:4:0.1" (degree,
            rewiring probability), "scale free:2" (links that a new bee makes) and "complete".  ":seed=7" at the end of a
            random one gives another of its kind; the same name always gives the same network.
        neighbourhood_size: M, or "all"; None for what the rule hears by default (on a network, all of a bee's neighbours there).
            Among "others", "all", N - 1 and N all mean the N - 1 others.
        initial_shares: K numbers that sum to 1; None for shares as even as N allows, the first options getting the bees that
            are left over.  On a network the bees that hold them are drawn at random.
        stop_if_end: Stop at consensus: `running` becomes False and `step()` does nothing.
        compiled: Run the rule and the bandit as machine code, which gives the same numbers as plain Python, only faster.
        agent_reporters: As for `mesa.DataCollector`, {"opinion": "opinion"} for instance.
        rng: The seed: a whole number, its digits, a SeedSequence, or None for fresh entropy (kept in `seed.entropy`).
        parameters: Fields of the rule and of the bandit where they are given by name: `number_of_votes=3, gap=0.05`.

    Attributes:
        rule, bandit, neighbourhood: What was built from the arguments.
        seed: The SeedSequence in use.
        opinions: Options of the bees, shape (N,), dtype int32.
        payoffs: Payoffs of the bees, shape (N,).
        datacollector: Columns optimal_share, mean_payoff, share_0 .. share_K-1, consensus.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    def __init__(
        self,
        rule: Any = "wvoter",
        bandit: Any = "evenly spaced",
        population_size: int = 1000,
        *,
        neighbourhood: Any = "others",
        neighbourhood_size: int | str | None = None,
        initial_shares: Sequence[float] | None = None,
        stop_if_end: bool = False,
        compiled: bool = True,
        agent_reporters: Mapping[str, str | Callable[..., Any]] | None = None,
        rng: Any = None,
        **parameters: Any,
    ) -> None:
        settings = HiveSettings.of(
            rule,
            bandit,
            population_size,
            neighbourhood,
            neighbourhood_size,
            initial_shares,
            stop_if_end,
            compiled,
            parameters,
        )
        seed = seed_sequence(rng)
        self._batch: HiveBatch
        super().__init__(seed, settings.batch([seed]))
        self.rule, self.bandit, self.neighbourhood = (
            settings.rule,
            settings.bandit,
            settings.neighbourhood,
        )
        self.opinions, self.payoffs = self._batch.opinions[0], self._batch.payoffs[0]
        for index in range(settings.neighbourhood.population_size):
            Bee(self, index)
        self._start_record(agent_reporters)

    def flows(self) -> np.ndarray:
        """How many bees went from option a to option b in the last step, [a, b], shape (K, K), dtype int64.

        The diagonal counts those that kept theirs.  Before the first step all have.
        """
        k = self.bandit.n_action
        before = self._batch.before[1][0] if self._batch.before else self.opinions
        flows = np.zeros((k, k), np.int64)
        np.add.at(flows, (before, self.opinions), 1)
        return flows

    def decision(self, bee: int) -> Decision:
        """What one bee decided in the last step, and on what grounds: whom it could hear, what its rule asked, and the answers.

        The decision is made again in plain Python, from the state before the step, so that any rule can be looked into.

        Args:
            bee: Its index, 0 .. N - 1.

        Raises:
            ValueError: There is no such bee, or no step has been made.
        """
        n = self.opinions.size
        if (
            isinstance(bee, bool)
            or not hasattr(bee, "__index__")
            or not 0 <= operator.index(bee) < n
        ):
            raise ValueError(f"bee must be 0 to {n - 1}, not {bee!r}")
        if not self._batch.before:
            raise ValueError("no step has been made yet: bees decide in a step")
        streams, opinions, payoffs = (array[0] for array in self._batch.before[:3])
        k = self.bandit.n_action
        return retrace(
            operator.index(bee), self.rule, self.neighbourhood, opinions, payoffs, streams, k
        )

    @classmethod
    def settings(cls, **arguments: Any) -> HiveSettings:
        """The checked settings of a hive with these arguments; `ensemble` builds its hives from them."""
        if cls is not Hive:
            raise TypeError(
                f"ensemble runs Hive itself; {cls.__name__} extends it, so run it with mesa.batch_run"
            )
        bound = inspect.signature(cls).bind(**arguments)
        bound.apply_defaults()
        values = {
            name: value
            for name, value in bound.arguments.items()
            if name not in ("agent_reporters", "rng")
        }
        return HiveSettings.of(**values)

    @property
    def reasons(self) -> dict[str, str]:
        """Why the rule or the bandit runs interpreted although it was to be compiled."""
        return self._batch.reasons

    @property
    def way(self) -> dict[str, str]:
        """How the rule and the bandit run: "compiled" or "interpreted"."""
        return self._batch.way
