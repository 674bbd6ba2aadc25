"""What PettingZoo environments of this package have in common: outside agents in a Mesa model.

Knows: PettingZoo, the course of an episode, and the rule by which a bee does what somebody outside
its hive wants.  Does not know: who the agents are, bees (`pettingzoo_bees`) or players of a game
(`pettingzoo_players`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hivemind_abm.engine.record import RecordedModel
from hivemind_abm.engine.seeds import RunSeed
from hivemind_abm.games.episodes import Episodes
from hivemind_abm.hives.rules import ImitationRule

try:
    import pettingzoo  # type: ignore[import-untyped]
    from gymnasium import spaces as spaces
except ImportError:
    raise ImportError("parallel_env needs pettingzoo: pip install 'hivemind_abm[rl]'") from None

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.hives.bees import BeeView
    from hivemind_abm.hives.neighbours import Neighbours

__all__ = ["Outside", "OutsideEnv"]

type Spaces = Mapping[str, spaces.Space[Any]]


@dataclass(frozen=True)
class Outside(ImitationRule):
    """Hold the option that stands in the bee's memory: somebody outside the hive writes it there.

    A bee of this rule keeps one number, `bee.memory[0]`, the option that it holds from its next
    decision on; at first its first option.  K means none, where bees may hold no option.
    """

    hears = 1  # the other rules of a hive say how many bees are heard

    def memory_size(self, n_action: int) -> int:
        """One number: the option."""
        return 1

    def begin(self, bee: "BeeView", rng: "Stream") -> None:
        """Keep the first option; see `ImitationRule.begin`."""
        bee.memory[0] = float(bee.opinion)

    def decide(self, bee: "BeeView", neighbours: "Neighbours", rng: "Stream") -> int:
        """The option in the memory; see `ImitationRule.decide`."""
        return int(bee.memory[0])


class OutsideEnv(pettingzoo.ParallelEnv[str, np.ndarray, Any]):
    """A Mesa model in which outside agents choose; a subclass says what they choose and see.

    Args:
        observation_spaces, action_spaces: The spaces of each agent, by its name.
        state_space: The space of `state()`.
        steps: The number of steps of an episode; then it is truncated.

    Attributes:
        possible_agents: All agents.
        agents: All agents while an episode goes on, else none.
    """

    render_mode = None

    def __init__(
        self,
        observation_spaces: Spaces,
        action_spaces: Spaces,
        state_space: spaces.Box,
        steps: int,
    ) -> None:
        self.observation_spaces, self.action_spaces = dict(observation_spaces), dict(action_spaces)
        self.state_space, self.possible_agents = state_space, list(observation_spaces)
        self.agents: list[str] = []
        self._episodes = Episodes(steps)
        self._model: RecordedModel | None = None

    def observation_space(self, agent: str) -> Any:
        """The space of an agent's observations."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Any:
        """The space of an agent's actions."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
        """Build a model -> the agents' observations of row 0, and an empty info for each.

        Args:
            seed: The seed of this episode and those after it; None to go on with the last one.
            options: Ignored.
        """
        self._model = self._built(self._episodes.start(seed))
        self.agents = list(self.possible_agents)
        return self._seen(self.agents), {agent: {} for agent in self.agents}

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[
        dict[str, np.ndarray],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """Let the agents choose, and do one step.

        Args:
            actions: The action of each agent.

        Returns:
            Observations, rewards, terminations, truncations and infos, each by agent.

        Raises:
            ValueError, TypeError: An agent has no action, or one that is not allowed; an unknown
                agent; or the episode has ended.
        """
        self._episodes.check()
        agents, model = self.agents, self._running()
        if set(actions) != set(agents):
            wrong = sorted(set(actions) ^ set(agents), key=str)
            raise ValueError(f"actions must have one for each agent and no other: see {wrong}")
        self._choose([(f"actions[{agent!r}]", actions[agent]) for agent in agents])
        model.step()
        stopped = not model.running
        truncated = self._episodes.count(stopped)
        if stopped or truncated:
            self.agents = []
        return (
            self._seen(agents),
            dict(zip(agents, self._rewards(), strict=True)),
            dict.fromkeys(agents, stopped),
            dict.fromkeys(agents, truncated),
            {agent: {} for agent in agents},
        )

    def _running(self) -> RecordedModel:
        """The model of this episode."""
        if self._model is None:
            raise ValueError("reset must be called first: no episode was started")
        return self._model

    def _seen(self, agents: Sequence[str]) -> dict[str, np.ndarray]:
        return dict(zip(agents, self._observations().astype(np.float32), strict=True))

    def _built(self, seed: RunSeed) -> RecordedModel:
        """A new model with this seed."""
        raise NotImplementedError

    def _choose(self, actions: Sequence[tuple[str, Any]]) -> None:
        """Write what the agents chose into the model: for each a name for errors, and the action.

        Raises:
            ValueError, TypeError: An action is not allowed; then nothing is written.
        """
        raise NotImplementedError

    def _observations(self) -> np.ndarray:
        """What each agent sees, one row for each."""
        raise NotImplementedError

    def _rewards(self) -> list[float]:
        """What each agent gets for the last step."""
        raise NotImplementedError
