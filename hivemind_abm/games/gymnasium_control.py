"""A hive as a Gymnasium environment: one agent sets a field of its rule or bandit in each step.

Knows: Gymnasium, and what the agent sets, sees and gets.  Does not know: how a hive goes on with
another value; see `replacing`.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, cast

import numpy as np

from hivemind_abm import checks
from hivemind_abm.games.episodes import Episodes, check_arguments
from hivemind_abm.hives.hive import Hive
from hivemind_abm.hives.replacing import check_alike, parts_with_field, replace_part

try:
    import gymnasium
    from gymnasium import spaces
except ImportError:
    raise ImportError("HiveControl needs gymnasium: pip install 'hivemind_abm[rl]'") from None

__all__ = ["HiveControl"]

_ROUNDING = 1e-6  # relative; actions have single precision


class HiveControl(gymnasium.Env[np.ndarray, Any]):
    """One agent that sets a field of a hive's rule, or of its bandit, before each step.

    The action is the value: a Box of shape (1,) with the bounds of the field; Discrete for a field
    that is annotated `int`, from the lower bound on; with `choices`, Discrete: the number of a
    choice.  The observation is the share of each option, a last one for bees without an option
    where there are such, and the mean payoff: a Box of shape (K + 1,) or (K + 2,).  The reward is
    the mean payoff, or another column of the hive's record, of the row after the step.

    `info["value"]` is the value that was set.  An episode is truncated after `steps` steps; it
    terminates earlier where the hive stops (`stop_if_end`).  `reset(seed=s)` builds the hive with
    `rng=s`; what happens is the same, compiled or interpreted.

    Args:
        field: The name of the field.
        bounds: The smallest and the largest value; None with `choices`.
        choices: The values to choose from, of any kind that the field takes.
        part: The number of the rule, or "bandit", where several parts have such a field.
        steps: The number of steps of an episode.
        reward: A column of the record: "mean_payoff", "optimal_share", "share_0" and so on.
        arguments: The arguments of `Hive`, without `rng` and `agent_reporters`.

    Attributes:
        hive: The hive of this episode; None before the first reset.

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.

    Learners like an action between 0 and 1: `gymnasium.wrappers.RescaleAction(env, 0.0, 1.0)`.

    Example:
        >>> from hivemind_abm.games.gymnasium_control import HiveControl
        >>> env = HiveControl("gap", (0.0, 0.1), bandit="near one", n_action=3, steps=20)
        >>> observation, info = env.reset(seed=1)
        >>> observation, reward, terminated, truncated, info = env.step([0.0])
        >>> env.hive.bandit.gap, info
        (0.0, {'value': 0.0})
    """

    metadata = {"render_modes": []}

    def __init__(
        self,
        field: str,
        bounds: Sequence[float] | None = None,
        *,
        choices: Sequence[Any] | None = None,
        part: int | str | None = None,
        steps: int = 100,
        reward: str = "mean_payoff",
        **arguments: Any,
    ) -> None:
        check_arguments(arguments)
        self._settings = Hive.settings(**arguments)
        checks.one_of("reward", reward, self._settings.columns)
        self.field, self.reward = field, self._settings.columns.index(reward)
        self._which = self._part_with_field(part)
        self.hive: Hive | None = None
        self._episodes = Episodes(steps)
        self._choices = None if choices is None else list(choices)
        whole = any(f.name == field and f.type in (int, "int") for f in fields(self._part))
        self._bounds, self.action_space = _actions(bounds, self._choices, whole)
        for value in self._choices or self._bounds:
            check_alike(self._part, self._with(value), self._settings.n_action)
        size = self._settings.n_action + self._settings.uncommitted + 1
        self.observation_space = spaces.Box(0.0, 1.0, (size,))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Build a hive, with the field as it was given -> its row 0, and the field's value.

        Args:
            seed: The seed of this episode and those after it; None to go on with the last one.
            options: Ignored.
        """
        start = self._episodes.start(seed)
        super().reset(seed=seed)
        self.hive = Hive.of(self._settings, start)
        return self._observation(self.hive), {"value": getattr(self._part, self.field)}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Set the field and do one step -> observation, reward, terminated, truncated, info.

        Raises:
            ValueError, TypeError: The action is out of bounds; the part refuses the value; or the
                episode has ended.
        """
        self._episodes.check()
        hive = cast(Hive, self.hive)
        value = self._value(action)
        replace_part(hive, self._which, self._with(value))
        hive.step()
        truncated = self._episodes.count(stopped=not hive.running)
        reward = float(hive._batch.rows.values[0, self.reward])
        return self._observation(hive), reward, not hive.running, truncated, {"value": value}

    def _observation(self, hive: Hive) -> np.ndarray:
        """The shares and the mean payoff."""
        rows = hive._batch.rows
        end = 2 + self._settings.n_action + self._settings.uncommitted
        return np.append(rows.values[0, 2:end], rows.mean_payoff[0]).astype(np.float32)

    def _value(self, action: Any) -> Any:
        """The value that an action means."""
        if self._choices is not None:
            return self._choices[checks.index_below("action", action, len(self._choices))]
        low, high = self._bounds
        if isinstance(self.action_space, spaces.Discrete):
            return checks.whole_number("action", action, int(low), int(high))
        value, rounding = np.asarray(action, float), _ROUNDING * max(abs(low), abs(high))
        if value.size != 1 or not low - rounding <= value.item() <= high + rounding:
            raise ValueError(f"action must be one number from {low:g} to {high:g}, not {action!r}")
        return min(max(value.item(), low), high)

    def _with(self, value: Any) -> Any:
        """The part with this value of the field."""
        return replace(self._part, **{self.field: value})

    @property
    def _part(self) -> Any:
        """The rule or the bandit that has the field, as it was given."""
        if self._which == "bandit":
            return self._settings.bandit
        return self._settings.rules[int(self._which)]

    def _part_with_field(self, part: Any) -> int | str:
        """Which part's field is set; see `parts_with_field`."""
        rules, bandit = self._settings.rules, self._settings.bandit
        found = parts_with_field(rules, bandit, self.field)
        classes = ", ".join(type(each).__name__ for each in (*rules, bandit))
        if not found:
            raise ValueError(f"field must be a field of {classes}, not {self.field!r}")
        if part is None and len(found) == 1:
            return found[0]
        if isinstance(part, bool) or part not in found:
            allowed = " or ".join(map(repr, found))
            raise ValueError(
                f"part must be {allowed}, which have a field {self.field!r}, not {part!r}"
            )
        return cast(int | str, part)


def _actions(bounds: Any, choices: Any, whole: bool) -> tuple[tuple[float, float], Any]:
    """The bounds of a field, (0, 0) where there are `choices`, and the space of actions."""
    if (bounds is None) == (choices is None):
        raise ValueError("one of bounds and choices must be given, and only one")
    if choices is not None:
        if not choices:
            raise ValueError("choices must hold at least one value, not []")
        return (0, 0), spaces.Discrete(len(choices))
    if np.shape(bounds) != (2,):
        raise ValueError(f"bounds must be the smallest and the largest value, not {bounds!r}")
    if whole:
        least = checks.whole_number("bounds[0]", bounds[0], -(2**31))
        most = checks.whole_number("bounds[1]", bounds[1], least, 2**31)
        return (least, most), spaces.Discrete(most - least + 1, start=least)
    low = checks.number("bounds[0]", bounds[0], -1e9, 1e9)
    high = checks.number("bounds[1]", bounds[1], low, 1e9)
    return (low, high), spaces.Box(low, high, (1,))


gymnasium.register("hivemind_abm/HiveControl-v0", f"{__name__}:HiveControl")
