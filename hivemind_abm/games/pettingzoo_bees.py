"""A hive as a PettingZoo environment: outside agents are some of its bees.

Knows: what such an agent sees, and how its choice becomes an opinion.  Does not know: how bees hear
each other; that is in the room of the hives.
"""

from typing import Any, cast

import numpy as np

from hivemind_abm import checks
from hivemind_abm.engine.intrinsics import pointer
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.engine.stream import Stream, stream_on
from hivemind_abm.games.episodes import check_arguments
from hivemind_abm.games.pettingzoo_outside import Outside, OutsideEnv, spaces
from hivemind_abm.hives.bees import Private, Workspace
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.mixture import numbers_of_bees, rules_and_weights
from hivemind_abm.hives.neighbours import Neighbours
from hivemind_abm.hives.neighbours_compiled import load_neighbours

__all__ = ["BeesEnv"]


class BeesEnv(OutsideEnv):
    """Outside agents "bee_0", "bee_1", ... that are bees of a hive.

    In each step an agent chooses the option that its bee holds from then on, Discrete(K) (K + 1
    where bees may hold no option; the last means none).  All bees pull, and the agent's reward is
    what its bee pulled.  The other bees follow their rules and cannot tell the agents apart.  Where
    not all bees decide in each step (`updating`), a choice waits until it is the bee's turn.

    The observation is what a bee knows when it decides next, all numbers in [0, 1]: 1 at the place
    of its own option, else 0 (K places), then its own payoff.  Then follow with "options" the share
    of each option among the bees that it hears, and the mean payoff that those bees show, 0 for an
    option that it does not hear (2 K places).  With "bees" there follow for each bee that it hears
    the option, as above, and the payoff that it shows (K + 1 places); where a network gives an
    agent fewer neighbours than others have, the last places are 0.  Whom an agent hears is drawn as
    for any bee, from a stream of the environment.

    An episode is truncated after `steps` steps; it terminates earlier where the hive stops.
    `reset(seed=s)` builds the hive with `rng=s`; what happens is the same, compiled or interpreted.
    `state()` is the hive's shares and its mean payoff.

    Args:
        n_agents: The number of outside agents, at most `population_size`.
        rule: The rule of the other bees, or several rules, as for `Hive`.
        bandit: The bandit, as for `Hive`.
        population_size: N, the outside agents included.
        steps: The number of steps of an episode.
        observation: "options" or "bees".
        arguments: Further arguments of `Hive`, without `rng` and `agent_reporters`.  Where
            `initial_shares` has a row for each rule, the first is that of the outside agents.

    Attributes:
        hive: The hive of this episode.
        bees: The index in the hive of each agent's bee, shape (n_agents,).

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    metadata = {"name": "hivemind_abm_bees_v0", "render_modes": []}

    def __init__(
        self,
        n_agents: int = 2,
        rule: Any = "success",
        bandit: Any = "evenly spaced",
        population_size: int = 100,
        *,
        steps: int = 100,
        observation: str = "options",
        **arguments: Any,
    ) -> None:
        check_arguments(arguments)
        n = checks.whole_number("population_size", population_size)
        count = checks.whole_number("n_agents", n_agents, 1, n)
        checks.one_of("observation", observation, ("options", "bees"))
        rules, weights = rules_and_weights(rule)
        numbers = numbers_of_bees(weights or [n - count], n - count) if count < n else ()
        self._settings = Hive.settings(
            rule=[(Outside(), count), *zip(rules, numbers, strict=False)],
            bandit=bandit,
            population_size=n,
            **arguments,
        )
        self._each, most = observation == "bees", self._settings.neighbourhood.size
        self._options = options = self._settings.n_action + self._settings.uncommitted
        self._shape = (count, most, options + 1) if self._each else (count, 2 * options)
        size = options + 1 + int(np.prod(self._shape[1:]))
        agents = [f"bee_{number}" for number in range(count)]
        super().__init__(
            {agent: spaces.Box(0.0, 1.0, (size,)) for agent in agents},
            {agent: spaces.Discrete(options) for agent in agents},
            spaces.Box(0.0, 1.0, (options + 1,)),
            steps,
        )

    @property
    def hive(self) -> Hive:
        """The hive of this episode."""
        return cast(Hive, self._running())

    def state(self) -> np.ndarray:
        """The share of each option, then the mean payoff of the hive, shape (K + 1,)."""
        rows = self.hive._batch.rows
        state = np.append(rows.values[0, 2 : 2 + self._options], rows.mean_payoff[0])
        return state.astype(np.float32)

    def _built(self, seed: RunSeed) -> Hive:
        hive = Hive.of(self._settings, seed)
        self.bees = np.flatnonzero(hive.follows == 0)
        self._stream = Stream(seed.named("outside agents"))
        self._workspace = Workspace.of(self._settings.neighbourhood, self._options)
        return hive

    def _choose(self, actions: Any) -> None:
        chosen = [checks.index_below(name, option, self._options) for name, option in actions]
        self.hive.memory[self.bees, 0] = chosen

    def _rewards(self) -> list[float]:
        return cast(list[float], self.hive.payoffs[self.bees].tolist())

    def _observations(self) -> np.ndarray:
        neighbours, places = self._neighbours()
        heard = np.zeros(self._shape)
        listen = _each_bee if self._each else _by_option
        listen(neighbours._words, places, self._stream.state, heard, self._options)
        own = np.eye(self._options)[self.hive.opinions[self.bees]]
        payoffs = self.hive.payoffs[self.bees, np.newaxis]
        return np.concatenate([own, payoffs, heard.reshape(len(own), -1)], axis=1)

    def _neighbours(self) -> tuple[Neighbours, np.ndarray]:
        """The bees of the hive, ready to listen, and the positions of the agents' bees."""
        hive, batch = self.hive, self.hive._batch
        private = Private(
            hive.payoffs,
            hive.memory.reshape(-1),
            batch.follows[0],
            hive.memory.shape[1],
            hive.steps + 1,
            batch.uncommitted,
        )
        neighbours = Neighbours(
            batch.bees(0), private, self._workspace, batch.shares[0], self._stream
        )
        order = self._workspace.order  # a permutation where there are groups
        return neighbours, np.argsort(order)[self.bees] if order.size else self.bees


@compiled
def _by_option(words: Any, places: Any, state: Any, heard: Any, options: int) -> None:
    """What the bees at these positions hear, summed up by option.

    Args:
        words: The `Neighbours`, kept in memory.
        places: The positions, shape (any,).
        state: The stream from which neighbours are drawn.
        heard: Gets a row for each: the share of each option, then its mean payoff; shape (any,
            2 * options).
        options: The number of options.
    """
    for i in range(places.size):
        bees = load_neighbours(pointer(words, 0)).listen(places[i], stream_on(state, 0))
        for option in range(options):
            count = bees.count_of(option)
            if count > 0:
                heard[i, option] = count / bees.size
                heard[i, options + option] = min(bees.payoff_of(option) / count, 1.0)


@compiled
def _each_bee(words: Any, places: Any, state: Any, heard: Any, options: int) -> None:
    """Each bee that the bees at these positions hear: 1 at its option, and its payoff.

    `heard` has shape (any, M, options + 1); further arguments are those of `_by_option`.
    """
    for i in range(places.size):
        bees = load_neighbours(pointer(words, 0)).listen(places[i], stream_on(state, 0))
        for j in range(bees.size):
            bee = bees[j]
            heard[i, j, bee.opinion] = 1.0
            heard[i, j, options] = bee.payoff
