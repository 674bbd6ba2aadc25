"""The players of a game, and the same game with each of them in another form.

A player's forms are a hive, the learner that the hive is, and the replicator that both follow.
Knows: which forms a player has, and which sets of players stand beside the given ones.  Does not
know: how far their curves are apart (`players`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from hivemind_abm.engine.rows import starting_shares
from hivemind_abm.games.model import GameModel
from hivemind_abm.games.names import GAME_RULES, find_player_dynamic, find_player_learner
from hivemind_abm.games.seating import DynamicSettings, PlayerSettings
from hivemind_abm.games.seats import Seat
from hivemind_abm.hives.names import RULES
from hivemind_abm.hives.settings import HiveSettings
from hivemind_abm.hives.starting import starting_counts
from hivemind_abm.hives.updating import ASYNCHRONOUS, SYNCHRONOUS
from hivemind_abm.learners.macro_agent import MacroAgent
from hivemind_abm.learners.model import LearnerSettings
from hivemind_abm.registry import build_parts
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.studies.systems import System, system_seed

__all__ = ["HIVE", "LEARNER", "REPLICATOR", "Form", "LineUp", "forms_of", "line_ups_of"]

HIVE, LEARNER, REPLICATOR = "hive", "learner", "replicator"
_OTHER = {HIVE: LEARNER, LEARNER: HIVE, REPLICATOR: REPLICATOR}


@dataclass(frozen=True)
class Form:
    """One form of a player.

    Attributes:
        kind: "hive", "learner" or "replicator".
        symbol: What tables and figures call it.
        written: The player as `GameModel` takes it.
        half: The same at half the size; None where there is no such player.
        description: What it is, in words.
    """

    kind: str
    symbol: str
    written: Mapping[str, Any]
    half: Mapping[str, Any] | None
    description: str


@dataclass(frozen=True)
class LineUp:
    """The players of one of the games that are compared.

    Attributes:
        players: The form of each.
        game: The game, an instance.
        match: "drawn" or "mean".
    """

    players: tuple[Form, ...]
    game: Any
    match: str

    @property
    def name(self) -> str:
        """The symbols of the players, "R_success against P-CL"."""
        symbols = [player.symbol for player in self.players]
        return (" against " if len(symbols) == 2 else ", ").join(symbols)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kind of each player."""
        return tuple(player.kind for player in self.players)

    @property
    def exact(self) -> bool:
        """Whether there is no chance in it."""
        return set(self.kinds) == {REPLICATOR}

    @property
    def has_half(self) -> bool:
        """Whether all players with chance in them can have half their size."""
        return not self.exact and all(player.half is not None for player in self.players)

    def arguments(self, half: bool = False) -> dict[str, Any]:
        """The arguments of `GameModel`."""
        players = tuple(player.half if half else player.written for player in self.players)
        return {"game": self.game, "players": players, "match": self.match}

    def run(
        self, steps: int, runs: int, seed: Any, *, half: bool = False, progress: bool = False
    ) -> pd.DataFrame:
        """The summary of its runs; arguments as for `System.run`."""
        return ensemble(
            GameModel,
            self.arguments(half),
            runs=1 if self.exact else runs,
            steps=steps,
            seed=system_seed(seed, self.name, half),
            progress=progress,
        )


def line_ups_of(
    players: Sequence[Mapping[str, Form]], given: Sequence[str], game: Any, match: str
) -> list[LineUp]:
    """The given players, then the other sets of players, each set once.

    The others: each hive as a learner and each learner as a hive; all learners; all hives; and all
    replicators, where each player has this form.  A player that lacks a form keeps the given one.

    Args:
        players: The forms of each player by kind.
        given: The kind of each as it was given.
        game: The game, an instance.
        match: "drawn" or "mean".
    """
    wanted: list[Sequence[str]] = [
        given,
        [_OTHER[kind] for kind in given],
        [LEARNER] * len(given),
        [HIVE] * len(given),
    ]
    if all(REPLICATOR in forms for forms in players):
        wanted.append([REPLICATOR] * len(given))
    line_ups: dict[tuple[str, ...], LineUp] = {}
    for kinds in wanted:
        seated = tuple(
            forms.get(kind, forms[as_given])
            for forms, kind, as_given in zip(players, kinds, given, strict=True)
        )
        line_up = LineUp(seated, game, match)
        line_ups.setdefault(line_up.kinds, line_up)
    return list(line_ups.values())


def forms_of(
    player: PlayerSettings, common: Mapping[str, Any], notes: list[str]
) -> tuple[str, dict[str, Form]]:
    """The kind of a player as it was given, and all its forms by kind.

    Args:
        player: Its settings.
        common: The arguments neighbourhood, neighbourhood_size and updating of its hive.
        notes: Gets a sentence for each form that it lacks.
    """
    settings = player.settings
    if isinstance(settings, DynamicSettings):
        written = {"dynamic": settings.derivative, "delta": settings.delta}
        form = _replicator(written | {"initial_shares": settings.start}, player.symbol)
        return REPLICATOR, {REPLICATOR: form}
    if isinstance(settings, HiveSettings):
        kind, lacking = HIVE, _lacking_of_hive(settings)
        forms = {HIVE: _hive(settings, common)}
        if LEARNER not in lacking:
            forms[LEARNER] = _learner_of(settings)
        time = 1.0 if isinstance(settings.updating, str) else settings.updating
        dynamic, start = settings.rule.dynamic, _start(settings)
    else:
        kind, lacking = LEARNER, _lacking_of_learner(settings)
        forms = {LEARNER: _learner(settings.learner, settings)}
        if HIVE not in lacking:
            forms[HIVE] = _hive_of(settings, common)
        time, dynamic = settings.learner.rate, settings.learner.dynamic
        start = starting_shares(settings.initial_shares, player.seat.n_action)
    if not isinstance(settings.bandit, Seat):
        lacking[REPLICATOR] = "a bandit pays it"
    if REPLICATOR not in lacking:
        written = {"dynamic": dynamic, "delta": time, "initial_shares": start}
        part = find_player_dynamic(dynamic)
        written |= _shared(_chooser(settings), part.open_fields) if part is not None else {}
        forms[REPLICATOR] = _replicator(written, str(dynamic))
    who = f"player {player.seat.number}, {player.symbol},"
    for other, reason in lacking.items():
        kept = f"so no line-up has {REPLICATOR}s only" if other == REPLICATOR else "so it stays"
        notes.append(f"{who} is not shown as a {other}: {reason}, {kept}")
    return kind, forms


def _chooser(settings: HiveSettings | LearnerSettings) -> Any:
    return settings.rule if isinstance(settings, HiveSettings) else settings.learner


def _lacking_of_hive(settings: HiveSettings) -> dict[str, str]:
    """The forms that a hive does not have, with the reasons."""
    lacking = {}
    if len(settings.rules) > 1:
        return dict.fromkeys((LEARNER, REPLICATOR), "it has several rules")
    if settings.updating != SYNCHRONOUS:
        lacking[LEARNER] = "its bees do not decide all together"
    if settings.rule.learner is None or settings.uncommitted:
        lacking[LEARNER] = "none is known for its rule"
    if settings.rule.dynamic is None or settings.uncommitted:
        lacking[REPLICATOR] = "none is known for its rule"
    elif settings.updating == ASYNCHRONOUS:
        lacking[REPLICATOR] = "its bees decide one at a time"
    return lacking


def _lacking_of_learner(settings: LearnerSettings) -> dict[str, str]:
    """The forms that a learner does not have, with the reasons."""
    lacking = {}
    if _rule_of(settings.learner) is None:
        lacking[HIVE] = "no rule is known for it"
    if settings.learner.dynamic is None:
        lacking[REPLICATOR] = "none is known for it"
    return lacking


def _rule_of(learner: Any) -> Any:
    """The rule whose hives are this learner; None where none is known."""
    if isinstance(learner, MacroAgent):
        return learner.rule
    rules = (rule() for rule in [*RULES.values(), *GAME_RULES.values()])
    found = next((rule for rule in rules if rule.learner == learner.name), None)
    if found is None or not learner.looks_across:
        return found
    return replace(found, **_shared(learner, vars(found)))  # type: ignore[type-var]


def _shared(part: Any, fields: Iterable[str]) -> dict[str, Any]:
    """The values of the fields of a rule or learner that looks across that its partner has too."""
    names = vars(part) if part.looks_across else ()
    return {name: getattr(part, name) for name in names if name in fields}


def _hive(settings: HiveSettings, common: Mapping[str, Any]) -> Form:
    pairs = tuple(zip(settings.rules, settings.numbers, strict=True))
    written = {
        "rule": pairs if len(pairs) > 1 else settings.rule,
        "population_size": settings.neighbourhood.population_size,
        "neighbourhood": common["neighbourhood"],
        "neighbourhood_size": common["neighbourhood_size"],
        "updating": settings.updating,
        "initial_shares": settings.initial_shares,
    } | _payer(settings.bandit)
    system = System.hive(settings, written)
    return Form(HIVE, system.name, written, system.half, system.description)


def _learner(learner: Any, settings: LearnerSettings | HiveSettings, start: Any = None) -> Form:
    shares = settings.initial_shares if start is None else start
    written = {"learner": learner, "initial_shares": shares} | _payer(settings.bandit)
    half, pulls = None, learner.parallel_envs
    if pulls % 2 == 0:
        half = {**written, "learner": replace(learner, parallel_envs=pulls // 2)}
    return Form(LEARNER, learner.symbol, written, half, repr(learner))


def _replicator(written: Mapping[str, Any], symbol: str) -> Form:
    return Form(REPLICATOR, symbol, written, written, f"delta = {written['delta']:g}")


def _learner_of(settings: HiveSettings) -> Form:
    """The learner that a hive is, with as many pulls as bees."""
    part = find_player_learner(settings.rule.learner)
    bees = settings.neighbourhood.population_size
    size = {"parallel_envs": bees} if "parallel_envs" in part.open_fields else {}
    given = size | _shared(settings.rule, part.open_fields)
    return _learner(build_parts([part], given, [])[0], settings, _start(settings))


def _hive_of(settings: LearnerSettings, common: Mapping[str, Any]) -> Form:
    """The hive that a learner is, with as many bees as pulls."""
    hears = {name: common[name] for name in ("neighbourhood", "neighbourhood_size")}
    if isinstance(settings.learner, MacroAgent):
        hears = {"neighbourhood": "others", "neighbourhood_size": settings.learner.hears}
    hive = HiveSettings.of(
        rule=_rule_of(settings.learner),
        bandit=settings.bandit,
        population_size=settings.learner.parallel_envs,
        initial_shares=settings.initial_shares,
        stop_if_end=False,
        compiled=settings.compiled,
        parameters={},
        **hears,
    )
    return _hive(hive, hears)


def _start(settings: HiveSettings) -> np.ndarray:
    """The shares with which a hive starts, after they were rounded to bees, shape (K,)."""
    counts = starting_counts(
        settings.initial_shares, settings.numbers, settings.n_action, settings.uncommitted
    ).sum(axis=0)[: settings.n_action]
    return np.asarray(counts / max(1, counts.sum()))


def _payer(bandit: Any) -> dict[str, Any]:
    """The bandit that pays a player, where it is not the game."""
    return {} if isinstance(bandit, Seat) else {"bandit": bandit}
