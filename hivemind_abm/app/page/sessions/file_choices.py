"""The models that a user's file asks for, as choices of the page.

Knows: how the arguments of a hive, a learner or a game become choices.
Does not know: how files are read, or how a session is built.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from hivemind_abm.app.page.sessions.choices import FurtherRule
from hivemind_abm.app.page.sessions.game_choices import GameChoices, GameFile
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.games.game import actions_of
from hivemind_abm.hives.mixture import rules_and_weights
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.learners.names import LEARNERS, find_learner

__all__ = ["choices_of_game", "choices_of_game_class", "choices_of_hive", "choices_of_learner"]

_CHOICES = (
    "population_size",
    "neighbourhood",
    "neighbourhood_size",
    "updating",
    "initial_shares",
    "stop_if_end",
    "compiled",
)  # arguments of a hive that are choices under the same name
_CHOICES_OF_LEARNER = ("initial_shares", "stop_if_end", "compiled")
_LEFT_OUT = ("agent_reporters",)  # arguments that the page has no use for
_BEES = 300  # of each player of a game that a file has without players


def choices_of_hive(hive: Mapping[str, Any], file: str) -> dict[str, Any]:
    """A hive's arguments as `Choices` takes them: parts by name, with their fields beside."""
    named, weights = rules_and_weights(hive.get("rule", "wvoter"))
    rules = [_by_name(rule, RULES, file) for rule in named]
    bandit, bandit_fields = _by_name(hive.get("bandit", "evenly spaced"), _free_bandits(), file)
    same = _same(hive, _CHOICES)
    apart = {"rule", "bandit", "rng", *_LEFT_OUT, *same}
    for name, value in hive.items():
        if name not in apart:  # a field of a part that is named
            takers = [fields for rule, fields in rules if name in find_rule(rule).open_fields]
            (takers or [bandit_fields])[0][name] = value
    (rule, rule_fields), *others = rules
    parts = {
        "rule": rule,
        "rule_fields": rule_fields,
        "mix": tuple(
            FurtherRule(other, weight, fields)
            for (other, fields), weight in zip(others, (weights or [])[1:], strict=True)
        ),
        "bandit": bandit,
        "bandit_fields": bandit_fields,
    }
    return {"stop_if_end": False} | parts | same | _seed(hive)  # what `Hive` does by itself


def choices_of_learner(learner: Mapping[str, Any], file: str) -> LearnerChoices:
    """The arguments of a `LearnerModel` as `LearnerChoices` takes them."""
    name, of_learner = _by_name(learner.get("learner", "P-MCL"), LEARNERS, file)
    bandit, of_bandit = _by_name(learner.get("bandit", "evenly spaced"), _free_bandits(), file)
    same = _same(learner, _CHOICES_OF_LEARNER)
    takes = find_learner(name).open_fields
    for field, value in learner.items():
        if field not in {"learner", "bandit", "rng", *_LEFT_OUT, *same}:
            (of_learner if field in takes else of_bandit)[field] = value
    parts: dict[str, Any] = {"learner": name, "learner_fields": of_learner}
    parts |= {"bandit": bandit, "bandit_fields": of_bandit}
    return LearnerChoices(**parts, **same, **_seed(learner))


def choices_of_game(game: Mapping[str, Any], file: str) -> GameChoices:
    """The arguments of a `GameModel` as `GameChoices` takes them."""
    apart = {"rng", *_LEFT_OUT}
    arguments = {name: value for name, value in game.items() if name not in apart}
    return GameChoices(GameFile(file, arguments), **_seed(game))


def choices_of_game_class(cls: type, file: str) -> GameChoices:
    """A game of a file that says nothing of players: hives that imitate success."""
    try:
        players = len(actions_of(cls()))
    except (Exception, SystemExit):  # the page shows what is wrong when it builds the session
        players = 2
    arguments = {
        "game": f"{file}:{cls.__name__}",
        "players": ("success",) * players,
        "population_size": _BEES,
    }
    return GameChoices(GameFile(file, arguments, in_file=False))


def _same(arguments: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The arguments that are choices under the same name."""
    same = {name: arguments[name] for name in names if name in arguments}
    if same.get("initial_shares") is not None:
        same["initial_shares"] = _as_tuples(same["initial_shares"])
    return same


def _seed(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"seed": str(arguments["rng"])} if arguments.get("rng") is not None else {}


def _free_bandits() -> dict[str, type]:
    """The bandits by those of their names that fix no field."""
    return {name: cls for name, (cls, fixed) in BANDITS.items() if not fixed}


def _as_tuples(shares: Any) -> Any:
    """Initial shares, numbers or rows of them, as tuples of Python's numbers."""
    if hasattr(shares, "tolist"):
        shares = shares.tolist()
    return tuple(map(_as_tuples, shares)) if isinstance(shares, list | tuple) else shares


def _by_name(part: Any, known: Mapping[str, type], file: str) -> tuple[str, dict[str, Any]]:
    """The name of a rule or bandit, and those of its fields that differ from their defaults."""
    if isinstance(part, str):
        return part, {}
    cls = type(part)
    names = (name for name, built_in in known.items() if built_in is cls)
    default = cls()
    values = {each.name: getattr(part, each.name) for each in fields(cls) if each.init}
    changed = {name: value for name, value in values.items() if value != getattr(default, name)}
    return next(names, f"{file}:{cls.__name__}"), changed
