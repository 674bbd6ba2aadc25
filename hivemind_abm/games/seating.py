"""Who sits at a seat of a game: what users write for a player, taken apart and checked.

Knows: that a player is a rule, several rules, a learner or a dynamic, each with its settings.  Does
not know: how players are stepped.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hivemind_abm import checks
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.engine.rows import Rows, starting_shares
from hivemind_abm.games.names import (
    GAME_DYNAMICS,
    GAME_LEARNERS,
    GAME_RULES,
    find_player_dynamic,
    find_player_learner,
    find_player_rule,
    game_dynamic,
)
from hivemind_abm.games.players import HivePlayer, LearnerPlayer, MacroPlayer, Player
from hivemind_abm.games.replicator_player import ReplicatorPlayer
from hivemind_abm.games.seats import MEAN, Seat
from hivemind_abm.hives.mixture import rules_and_weights
from hivemind_abm.hives.names import RULES
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.learners.learner import Learner
from hivemind_abm.learners.macro_agent import MacroAgent
from hivemind_abm.learners.model import LearnerSettings
from hivemind_abm.learners.names import LEARNERS
from hivemind_abm.loading import LOCAL, MACRO, classes_of, is_path
from hivemind_abm.registry import Part, build_parts
from hivemind_abm.theory.dynamic import Dynamic
from hivemind_abm.theory.dynamics import ALL_DYNAMICS, Derivative, name_of
from hivemind_abm.theory.replicator_model import METHODS

__all__ = ["OF_DYNAMICS", "DynamicSettings", "PlayerSettings", "Written", "written_player"]

RULE, LEARNER, DYNAMIC = "rule", "learner", "dynamic"
_KINDS = (f"{RULE}:", f"{LEARNER}:", f"{DYNAMIC}:")
OF_DYNAMICS = (
    "delta",
    "method",
)  # what a player that is a dynamic takes, beside the dynamic's fields
_OF_ALL = ("initial_shares",)
_SETTINGS = {  # what a dict of a player may hold, beside the fields of its parts
    RULE: (
        *("population_size", "neighbourhood", "neighbourhood_size", "updating", "bandit"),
        *_OF_ALL,
    ),
    LEARNER: ("population_size", "bandit", *_OF_ALL),
    DYNAMIC: (*OF_DYNAMICS, *_OF_ALL),
}


@dataclass(frozen=True)
class DynamicSettings:
    """The checked settings of a player that is a replicator.

    Attributes:
        derivative: The dynamic, a function (shares, fitness) -> derivative.
        delta: The time of a step.
        method: "euler" or "exact".
        start: The shares at first.
    """

    derivative: Derivative
    delta: float
    method: str
    start: tuple[float, ...]


@dataclass(frozen=True)
class PlayerSettings:
    """The checked settings of one player.

    Attributes:
        settings: Those of the hive, learner or replicator.
        seat: Its seat at the game.
        compiled: Whether users' methods run as machine code.
    """

    settings: HiveSettings | LearnerSettings | DynamicSettings
    seat: Seat
    compiled: bool

    @property
    def deterministic(self) -> bool:
        """Whether there is no chance in it."""
        return isinstance(self.settings, DynamicSettings)

    @property
    def work(self) -> int:
        """Bee-steps per step."""
        return 1 if isinstance(self.settings, DynamicSettings) else self.settings.work

    @property
    def columns(self) -> list[str]:
        """Its columns, as of `Rows.names`."""
        if isinstance(self.settings, DynamicSettings):
            return Rows.names(self.seat.n_action)
        return self.settings.columns

    @property
    def symbol(self) -> str:
        """Its name in figures and tables: R_success, P-CL, TRD."""
        if isinstance(self.settings, HiveSettings):
            rules = self.settings.rules
            return " + ".join(rule.symbol for rule in rules)
        if isinstance(self.settings, LearnerSettings):
            return str(self.settings.learner.symbol)
        return name_of(self.settings.derivative)

    def batch(self, seeds: Sequence[Any]) -> Player:
        """The player in runs with these seeds."""
        settings = self.settings
        if isinstance(settings, DynamicSettings):
            seat = replace(self.seat, meeting=MEAN)
            start = np.array(settings.start)
            return ReplicatorPlayer(
                seat, seeds, settings.derivative, settings.delta, start, self.compiled
            )
        if isinstance(settings, HiveSettings):
            return settings.batch_of(HivePlayer, seeds)
        kind = MacroPlayer if isinstance(settings.learner, MacroAgent) else LearnerPlayer
        player: Player = settings.batch_of(kind, seeds)
        return player


@dataclass(frozen=True)
class Written:
    """One player as it was written, taken apart.

    Attributes:
        number: The number of the player.
        kind: "rule", "learner" or "dynamic".
        value: The rule or rules, the learner, or the dynamic.
        own: Its own settings and fields, from a dict.
        parts: Its parts, not yet built.
    """

    number: int
    kind: str
    value: Any
    own: Mapping[str, Any]
    parts: tuple[Part, ...]

    @property
    def is_dynamic(self) -> bool:
        """Whether it is a replicator."""
        return self.kind == DYNAMIC

    def takes(self, keyword: str) -> bool:
        """Whether a keyword of the model is a field of one of its parts."""
        fields = any(keyword in part.open_fields for part in self.parts)
        return fields or (self.is_dynamic and keyword in OF_DYNAMICS)

    def settings(self, seat: Seat, common: Mapping[str, Any], keywords: Mapping[str, Any]) -> Any:
        """The checked settings of the player.

        Args:
            seat: Its seat.
            common: The settings that the model gives all players, by name.
            keywords: The model's further keywords.

        Raises:
            ValueError, TypeError: With the player, the argument, its value and what is allowed.
        """
        of_parts = {name: value for name, value in keywords.items() if self.takes(name)}
        known = _SETTINGS[self.kind]
        own = {name: value for name, value in self.own.items() if name in known}
        fields = of_parts | {name: value for name, value in self.own.items() if name not in known}
        build = {RULE: _hive, LEARNER: _learner, DYNAMIC: _dynamic}[self.kind]
        settings = self._told(lambda: build(self, seat, {**common, **own}, fields))
        return PlayerSettings(settings, seat, common["compiled"])

    def _told(self, build: Callable[[], Any]) -> Any:
        """The result; an error names the player."""
        try:
            return build()
        except (ValueError, TypeError) as error:
            raise type(error)(f"player {self.number}: {error}") from None


def written_player(value: Any, number: int) -> Written:
    """Take apart what a user wrote for a player.

    Args:
        value: A rule, a list of pairs of a rule and its share, a learner or a dynamic, by name, by
            path, as a class or an instance; or a dict with one of the keys "rule", "learner" and
            "dynamic", and settings.  A name may say which it is: "dynamic:smith".
        number: The number of the player.

    Raises:
        ValueError, TypeError: It is none of these.
    """
    own: dict[str, Any] = {}
    if isinstance(value, Mapping):
        own = dict(value)
        kinds = [kind for kind in (RULE, LEARNER, DYNAMIC) if kind in own]
        if len(kinds) != 1:
            raise ValueError(
                f"player {number} must have one of the keys 'rule', 'learner' and 'dynamic', "
                f"not {', '.join(map(repr, own)) or 'none'}"
            )
        kind, value = kinds[0], own.pop(kinds[0])
    elif isinstance(value, str) and value.startswith(_KINDS):
        kind, _, value = value.partition(":")
    else:
        kind = _kind_of(value, number)
    parts = _parts(kind, value, own)
    known = {*_SETTINGS[kind], *(name for part in parts for name in part.open_fields)}
    for name in own:
        if name not in known:
            raise TypeError(
                f"player {number}: {name} is no setting of a {kind}, and no field of its parts; "
                f"known: {', '.join(sorted(known))}"
            )
    return Written(number, kind, value, own, tuple(parts))


def _parts(kind: str, value: Any, own: Mapping[str, Any]) -> list[Part]:
    parts: list[Part] = []
    if kind == RULE:
        parts += map(find_player_rule, rules_and_weights(value)[0])
    elif kind == LEARNER:
        parts.append(find_player_learner(value))
    else:
        part = find_player_dynamic(value)
        parts += [] if part is None else [part]
    if "bandit" in own:
        parts.append(find_bandit(own["bandit"]))
    return parts


def _kind_of(value: Any, number: int) -> str:
    """Whether a value is a rule, a learner or a dynamic."""
    if isinstance(value, str):
        names: dict[str, dict[str, Any]] = {
            RULE: {**RULES, **GAME_RULES},
            DYNAMIC: {**ALL_DYNAMICS, **GAME_DYNAMICS},
        }
        if value in names[RULE] and value in names[DYNAMIC]:
            raise ValueError(
                f"player {number}: {value!r} is a rule and a dynamic; write 'rule:{value}' for a "
                f"hive or 'dynamic:{value}' for a replicator"
            )
        if value in names[RULE] or value.startswith(LOCAL):
            return RULE
        if value in {**LEARNERS, **GAME_LEARNERS} or value.startswith(MACRO):
            return LEARNER
        if value in names[DYNAMIC]:
            return DYNAMIC
        if is_path(value):
            return _kind_of_file(value)
        raise ValueError(
            f"player {number} must be a rule ({', '.join([*RULES, *GAME_RULES])}), a learner "
            f"({', '.join([*LEARNERS, *GAME_LEARNERS])}, macro: and a rule), a dynamic "
            f"({', '.join([*ALL_DYNAMICS, *GAME_DYNAMICS])}) or "
            f"the path of a .py file, not {value!r}"
        )
    if isinstance(value, list | tuple):
        return RULE
    cls = value if isinstance(value, type) else type(value)
    if issubclass(cls, ImitationRule):
        return RULE
    if issubclass(cls, Learner):
        return LEARNER
    if issubclass(cls, Dynamic) or (callable(value) and not isinstance(value, type)):
        return DYNAMIC
    raise TypeError(
        f"player {number} must be a rule, a learner, a dynamic or a dict of one with settings, "
        f"not {value!r}"
    )


def _kind_of_file(path: str) -> str:
    bases: dict[str, type] = {RULE: ImitationRule, LEARNER: Learner, DYNAMIC: Dynamic}
    kinds = [kind for kind, base in bases.items() if classes_of(path, base, kind)]
    if len(kinds) != 1:
        what = " and ".join(f"a {kind}" for kind in kinds) or "no rule, learner or dynamic"
        raise ValueError(f"{path} has {what}; name the class that plays: FILE.py:ClassName")
    return kinds[0]


def _payer(written: Written, seat: Seat, given: Mapping[str, Any], fields: dict[str, Any]) -> Any:
    """What pays the player: its seat, or the bandit that its dict names; takes the fields of it."""
    if "bandit" not in given:
        return seat
    part = find_bandit(given["bandit"])
    mine = {name: fields.pop(name) for name in list(fields) if name in part.open_fields}
    (bandit,) = build_parts([part], mine, [])
    if bandit.n_action != seat.n_action:
        raise ValueError(
            f"bandit must have {seat.n_action} options, as the player in the game, "
            f"not {bandit.n_action}"
        )
    return bandit


def _hive(
    written: Written, seat: Seat, given: Mapping[str, Any], fields: dict[str, Any]
) -> HiveSettings:
    return HiveSettings.of(
        rule=_rules(written.value),
        bandit=_payer(written, seat, given, fields),
        population_size=given["population_size"],
        neighbourhood=given["neighbourhood"],
        neighbourhood_size=given["neighbourhood_size"],
        updating=given["updating"],
        initial_shares=given["initial_shares"],
        stop_if_end=False,
        compiled=given["compiled"],
        parameters=fields,
    )


def _rules(value: Any) -> Any:
    """A rule, or several, with the class in place of a name that only games know."""
    if isinstance(value, str):
        return GAME_RULES.get(value, value)
    if isinstance(value, list | tuple):
        return [(_rules(rule), weight) for rule, weight in value]
    return value


def _learner(
    written: Written, seat: Seat, given: Mapping[str, Any], fields: dict[str, Any]
) -> LearnerSettings:
    bandit = _payer(written, seat, given, fields)
    if "parallel_envs" in written.parts[0].open_fields and "parallel_envs" not in fields:
        pulls = checks.whole_number("population_size", given["population_size"])
        fields["parallel_envs"] = pulls
    value = written.value
    learner = GAME_LEARNERS.get(value, value) if isinstance(value, str) else value
    return LearnerSettings.of(
        learner, bandit, given["initial_shares"], False, given["compiled"], fields
    )


def _dynamic(
    written: Written, seat: Seat, given: Mapping[str, Any], fields: dict[str, Any]
) -> DynamicSettings:
    delta = fields.pop("delta", given.get("delta", 1.0))
    method = fields.pop("method", given.get("method", METHODS[0]))
    checks.one_of("method", method, METHODS)
    most = 1.0 if method == "euler" else math.inf
    delta = checks.number("delta", delta, 0.0, most, above=True)
    if written.parts:
        (derivative,) = build_parts([written.parts[0]], fields, list(OF_DYNAMICS))
    else:
        derivative = game_dynamic(written.value)
    start = starting_shares(given["initial_shares"], seat.n_action)
    return DynamicSettings(derivative, delta, method, tuple(start.tolist()))
