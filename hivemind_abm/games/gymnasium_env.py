"""A bandit as a Gymnasium environment: one agent pulls, or many independent ones at once.

Knows: Gymnasium, and how one pull per step of an agent becomes a run of the bandit.  Does not know:
hives; see `gymnasium_control` for an agent that steers one.  Importing this module registers the
environments' ids, as Gymnasium expects.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.batch import PullingBatch
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.bandits.passes import BANDIT_FAULT
from hivemind_abm.bandits.world import World
from hivemind_abm.engine.seeds import RunSeed, states_of
from hivemind_abm.games.episodes import Episodes
from hivemind_abm.registry import build_parts

try:
    import gymnasium
    from gymnasium import spaces
    from gymnasium.vector.utils import batch_space
except ImportError:
    raise ImportError(
        "BanditEnv and BanditVectorEnv need gymnasium: pip install 'hivemind_abm[rl]'"
    ) from None

__all__ = ["BanditEnv", "BanditVectorEnv"]


class BanditEnv(gymnasium.Env[np.ndarray, np.integer[Any]]):
    """One agent that pulls a bandit.

    The action is an option, Discrete(K), and the reward is its payoff, in [0, 1].  The observation
    is the share x_a of each option among the agent's own pulls, a Box of shape (K,): all that a
    bandit with payoffs that depend on shares looks at.  Before the first pull the shares are even.
    Pull t = 1, 2, ... moves them by x += w (e_a - x), with w = 1 / t but not below 1 / `window`,
    and pays with the shares as they are then.  Pull t belongs to row t - 1 of the bandit's world,
    which changes before each pull.

    `info["optimal"]` says whether the option was one that counts in `optimal_share`.  `reset` with
    the same seed gives the same trajectories, compiled or not.

    Args:
        bandit: A bandit, as for `Hive`.
        steps: The number of pulls of an episode; then it is truncated.
        window: How many pulls the shares remember, at least 1; None for all.
        compiled: Whether the bandit runs as machine code.
        parameters: Fields of a bandit that is given by name or class.

    Attributes:
        bandit: The bandit that was built.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.

    Example:
        >>> from hivemind_abm.games.gymnasium_env import BanditEnv
        >>> env = BanditEnv("near one", n_action=3, gap=0.0)
        >>> observation, info = env.reset(seed=1)
        >>> observation, reward, terminated, truncated, info = env.step(2)
        >>> reward, observation.tolist(), info
        (0.9, [0.0, 0.0, 1.0], {'optimal': True})
    """

    metadata = {"render_modes": []}

    def __init__(
        self,
        bandit: Any = "evenly spaced",
        *,
        steps: int = 1000,
        window: int | None = None,
        compiled: bool = True,
        **parameters: Any,
    ) -> None:
        self.bandit = _built(bandit, parameters)
        self._episodes = Episodes(steps)
        self._pulls = _Pulls(self.bandit, 1, window, compiled)
        self.observation_space, self.action_space = _spaces(self.bandit.n_action)

    @property
    def world(self) -> World:
        """The bandit's world at the last pull, a copy; ask `bandit.expected_rewards(world)`."""
        return self._pulls.world(0)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode -> even shares, and an empty info.

        Args:
            seed: The seed of this episode and those after it; None to go on with the last one.
            options: Ignored.
        """
        start = self._episodes.start(seed)
        super().reset(seed=seed)
        self._pulls.begin([start])
        return self._pulls.observations()[0], {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Pull an option, 0 .. K - 1 -> observation, reward, False, truncated, info.

        Raises:
            ValueError: No such option; or the episode has ended.
        """
        self._episodes.check()
        option = checks.index_below("action", action, self.bandit.n_action)
        rewards, optimal = self._pulls.pull(np.array([option]))
        truncated = self._episodes.count()
        info = {"optimal": bool(optimal[0])}
        return self._pulls.observations()[0], float(rewards[0]), False, truncated, info


class BanditVectorEnv(gymnasium.vector.VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """Many independent `BanditEnv`, whose pulls are one call of machine code.

    Sub-environment i gives the numbers of a `BanditEnv` that is reset with the i-th seed.  All
    episodes end at the same step; the step after it starts the next ones (autoreset mode
    "next step"), pays 0 and ignores its actions.

    Args:
        num_envs: The number of sub-environments.
        bandit, steps, window, compiled, parameters: As for `BanditEnv`.

    Attributes:
        bandit: The bandit that was built.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.

    Example:
        >>> from hivemind_abm.games.gymnasium_env import BanditVectorEnv
        >>> envs = BanditVectorEnv(4, "near one", n_action=3, gap=0.0)
        >>> observations, infos = envs.reset(seed=1)
        >>> observations, rewards, terminations, truncations, infos = envs.step([0, 1, 2, 2])
        >>> rewards.tolist()
        [0.6, 0.75, 0.9, 0.9]
    """

    metadata = {"render_modes": [], "autoreset_mode": gymnasium.vector.AutoresetMode.NEXT_STEP}

    def __init__(
        self,
        num_envs: int = 1,
        bandit: Any = "evenly spaced",
        *,
        steps: int = 1000,
        window: int | None = None,
        compiled: bool = True,
        **parameters: Any,
    ) -> None:
        self.num_envs = checks.whole_number("num_envs", num_envs)
        self.bandit = _built(bandit, parameters)
        self._episodes = [Episodes(steps) for _ in range(self.num_envs)]
        self._pulls = _Pulls(self.bandit, self.num_envs, window, compiled)
        self.single_observation_space, self.single_action_space = _spaces(self.bandit.n_action)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._started = False

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode of each sub-environment -> even shares, and an empty info.

        Args:
            seed: A seed s for the seeds s, s + 1, ...; or one for each sub-environment; None to go
                on with the last ones.
            options: Ignored, apart from a `reset_mask`.

        Raises:
            ValueError: Seeds for another number of sub-environments; or `options` has a
                `reset_mask`: all episodes start together.
        """
        if options is not None and "reset_mask" in options:
            raise ValueError("options must have no reset_mask: all episodes start together")
        seeds = _seeds(seed, self.num_envs)
        starts = [each.start(one) for each, one in zip(self._episodes, seeds, strict=True)]
        super().reset(seed=seeds[0])
        self._pulls.begin(starts)
        self._started = True
        return self._pulls.observations(), {}

    def step(
        self, actions: Any
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Pull an option in each sub-environment, or start new episodes where they have ended.

        Args:
            actions: Options, shape (num_envs,).

        Returns:
            Observations, shape (num_envs, K); rewards, terminations and truncations, each of shape
            (num_envs,); info.

        Raises:
            ValueError: `actions` are no options; or `reset` was never called.
        """
        never = np.zeros(self.num_envs, np.bool_)
        if self._started and not self._episodes[0].left:
            observations, info = self.reset()
            return observations, np.zeros(self.num_envs), never, never.copy(), info
        self._episodes[0].check()
        rewards, optimal = self._pulls.pull(self._checked(actions))
        truncated = np.full(self.num_envs, self._episodes[0].count())
        info = {"optimal": optimal, "_optimal": ~never}
        return self._pulls.observations(), rewards, never, truncated, info

    def _checked(self, actions: Any) -> np.ndarray:
        """The actions as an array."""
        k, values = self.bandit.n_action, np.asarray(actions)
        right = values.shape == (self.num_envs,) and values.dtype.kind in "iu"
        if not right or values.min() < 0 or values.max() >= k:
            raise ValueError(
                f"actions must be {self.num_envs} options, each 0 to {k - 1}, not {actions!r}"
            )
        return values


class _Pulls(PullingBatch):
    """R runs in which one option is pulled per step, and the shares are those of a run's pulls."""

    def __init__(self, bandit: Bandit, runs: int, window: Any, compiled: bool) -> None:
        super().__init__(bandit, 1, [0] * runs, False, checks.truth_value("compiled", compiled))
        window = checks.optional_whole_number("window", window)
        self._least = 0.0 if window is None else 1.0 / window  # the least weight of a pull

    def begin(self, seeds: Sequence[RunSeed]) -> None:
        """Start anew, with these seeds."""
        self.state.streams[:] = states_of(seeds)
        self.state.worlds[:], self.shares[:] = 0.0, 1.0 / self.bandit.n_action
        self._clock = -1

    def pull(self, options: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pull these options, shape (R,) -> rewards, and whether each option is a best one."""
        self._clock += 1
        self.options[:, 0] = options
        weight = max(1.0 / (self._clock + 1), self._least)
        self.shares += weight * (np.eye(self.bandit.n_action)[options] - self.shares)
        self._runner.change(self._clock)
        self._fault[0] = self._runner.pull(self._clock)
        self._raise_fault(BANDIT_FAULT if self._fault[0] >= 0 else 0)
        optimal = (self._measured.optimal == options[:, np.newaxis]).any(axis=1)
        return self.payoffs[:, 0].copy(), optimal

    def observations(self) -> np.ndarray:
        """The shares as they are observed, shape (R, K)."""
        return self.shares.astype(np.float32)

    def world(self, run: int) -> World:
        """The world of one run, a copy."""
        shares, memory = self.shares[run].copy(), self.state.worlds[run].copy()
        return World(shares, max(self._clock, 0), memory)


def _built(bandit: Any, parameters: dict[str, Any]) -> Bandit:
    """The bandit of an environment."""
    arguments = ["bandit", "steps", "window", "compiled"]
    built: Bandit = build_parts([find_bandit(bandit)], parameters, arguments)[0]
    return built


def _spaces(n_action: int) -> tuple[spaces.Box, spaces.Discrete]:
    """The spaces of an observation and of an action."""
    return spaces.Box(0.0, 1.0, (n_action,)), spaces.Discrete(n_action)


def _seeds(seed: Any, number: int) -> list[Any]:
    """The argument `seed` of a vector environment as one seed, or None, for each."""
    if seed is None:
        return [None] * number
    if hasattr(seed, "__index__"):
        return [seed + i for i in range(number)]
    if len(seed) != number:
        raise ValueError(f"seed must be one number, or {number} of them, not {seed!r}")
    return list(seed)


gymnasium.register(
    "hivemind_abm/Bandit-v0",
    f"{__name__}:BanditEnv",
    vector_entry_point=f"{__name__}:BanditVectorEnv",
)
