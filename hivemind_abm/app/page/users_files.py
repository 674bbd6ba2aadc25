"""Users' files on the page: what they add to choose from, and the hive that they ask for.

Knows: which parts a file holds, and how the arguments of its hive become choices.
Does not know: how a session is built from them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from hivemind_abm.app.page.choices import Choices, FurtherRule
from hivemind_abm.bandits.bandit import Bandit
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.hives.mixture import rules_and_weights
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.learners.learner import Learner
from hivemind_abm.loading import classes_of, file_of, load_module

__all__ = ["Files"]

_BASES: dict[str, type] = {"rule": ImitationRule, "bandit": Bandit, "learner": Learner}
_CHOICES = (
    "population_size",
    "neighbourhood",
    "neighbourhood_size",
    "updating",
    "initial_shares",
    "stop_if_end",
    "compiled",
)  # arguments of a hive that are choices under the same name
_LEFT_OUT = ("agent_reporters",)  # arguments of a hive that the page has no use for


@dataclass(frozen=True)
class Files:
    """Users' rules, bandits and learners beside the built-ins, each as FILE.py:ClassName.

    Attributes:
        rules: The rules of the files.
        bandits: Their bandits.
        learners: Their learners.
        start: What to show first: the hive whose arguments a file has in a dict `HIVE`, else the
            first rule, bandit and learner.
    """

    rules: tuple[str, ...] = ()
    bandits: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    start: Choices = field(default=Choices())

    @classmethod
    def of(cls, paths: Sequence[str]) -> "Files":
        """All that the files hold.

        Raises:
            ValueError: A file does not exist, or has neither a rule, a bandit or a learner nor a
                hive.
        """
        parts: dict[str, list[str]] = {what: [] for what in _BASES}
        start: dict[str, Any] = {}
        for path in paths:
            file = str(file_of(path))
            hive = _hive_of(file)
            if hive is not None:
                start = start or _choices_of(hive, file)
            names = {
                what: [f"{file}:{part.__name__}" for part in classes_of(path, base, what)]
                for what, base in _BASES.items()
            }
            if hive is None and not any(names.values()):
                raise ValueError(
                    f"{path} has no rule, bandit or learner to show, and no hive: "
                    "a dict HIVE of its arguments"
                )
            for what in _BASES:
                parts[what] += names[what]
        if not start:
            start = {what: names[0] for what, names in parts.items() if names}
        rules, bandits, learners = (tuple(names) for names in parts.values())
        return cls(rules, bandits, learners, Choices(**start))


def _hive_of(file: str) -> Mapping[str, Any] | None:
    """The arguments of a hive that a file has, if it has any."""
    hive = getattr(load_module(file), "HIVE", None)
    return hive if isinstance(hive, Mapping) else None


def _choices_of(hive: Mapping[str, Any], file: str) -> dict[str, Any]:
    """A hive's arguments as `Choices` takes them: parts by name, with their fields beside."""
    preset_free = {name: cls for name, (cls, fixed) in BANDITS.items() if not fixed}
    named, weights = rules_and_weights(hive.get("rule", "wvoter"))
    rules = [_by_name(rule, RULES, file) for rule in named]
    bandit, bandit_fields = _by_name(hive.get("bandit", "evenly spaced"), preset_free, file)
    same = {name: hive[name] for name in _CHOICES if name in hive}
    if same.get("initial_shares") is not None:
        same["initial_shares"] = _as_tuples(same["initial_shares"])
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
    seed = {"seed": str(hive["rng"])} if hive.get("rng") is not None else {}
    return parts | same | seed


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
