"""Names that people type, and the keywords that go with them.

Knows: the short names of the built-ins, and how a model's further keywords become the fields of what is given by name.
"""

import ast
import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any

from hivemind_abm.bandits.bandit import Bandit, BanditCongestion, BanditLinear, BanditSigmoid, options_of
from hivemind_abm.learners.cross_learning import (
    CrossLearning,
    Learner,
    MaynardCrossLearning,
    ParallelCrossLearning,
    ParallelMaynardCrossLearning,
)
from hivemind_abm.loading import MACRO, is_path, load_class
from hivemind_abm.learners.macro_agent import macro_agent_of
from hivemind_abm.hives.rules import ImitationOfSuccess, ImitationRule, MajorityRule, WeightedVoterRule

__all__ = [
    "BANDITS",
    "LEARNERS",
    "RULES",
    "Part",
    "build_parts",
    "find_bandit",
    "find_learner",
    "find_rule",
    "known_keyword",
    "parse_value",
    "written_value",
]

RULES: dict[str, type[ImitationRule]] = {
    "success": ImitationOfSuccess,
    "wvoter": WeightedVoterRule,
    "majority": MajorityRule,
}
LEARNERS: dict[str, type[Learner]] = {
    "CL": CrossLearning,
    "MCL": MaynardCrossLearning,
    "P-CL": ParallelCrossLearning,
    "P-MCL": ParallelMaynardCrossLearning,
}
_PRESETS = ("near zero", "evenly spaced", "near one")
BANDITS: dict[str, tuple[type[Bandit], dict[str, Any]]] = {
    **{preset: (BanditLinear, {"name": preset}) for preset in _PRESETS},
    "linear": (BanditLinear, {}),
    "sigmoid": (BanditSigmoid, {}),
    **{f"sigmoid {preset}": (BanditSigmoid, {"name": preset}) for preset in _PRESETS},
    "congestion": (BanditCongestion, {}),
}


@dataclasses.dataclass(frozen=True)
class Part:
    """A rule, bandit or learner on its way: an instance, or a class whose fields can still be given.

    Attributes:
        what: "rule", "bandit" or "learner".
        made: An instance, or the class to make one of.
        fixed: Fields that the name has settled.
    """

    what: str
    made: Any
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def open_fields(self) -> list[str]:
        if not isinstance(self.made, type):
            return []
        return [field.name for field in dataclasses.fields(self.made) if field.init and field.name not in self.fixed]


def find_rule(rule: Any) -> Part:
    """A rule by its short name, a file's path, as a class or as an instance."""
    return _find(rule, "rule", ImitationRule, {name: (cls, {}) for name, cls in RULES.items()})


def find_learner(learner: Any) -> Part:
    """A learner by its short name, a file's path, as a class or as an instance, or as "macro:" and a rule."""
    if isinstance(learner, str) and learner.startswith(MACRO):
        return Part("learner", macro_agent_of(find_rule(learner.removeprefix(MACRO)).made))
    return _find(learner, "learner", Learner, {name: (cls, {}) for name, cls in LEARNERS.items()})


def find_bandit(bandit: Any) -> Part:
    """A bandit by its short name, a file's path, as a class or as an instance."""
    return _find(bandit, "bandit", Bandit, BANDITS)


def _find(value: Any, what: str, base: type, known: Mapping[str, tuple[type, Mapping[str, Any]]]) -> Part:
    if isinstance(value, str):
        if value in known:
            return Part(what, *known[value])
        if is_path(value):
            return Part(what, load_class(value, base, what))
        raise ValueError(f"{what} must be one of {', '.join(map(repr, known))} or the path of a .py file, not {value!r}")
    cls = value if isinstance(value, type) else type(value)
    if not issubclass(cls, base):
        raise TypeError(f"{what} must be a name, the path of a .py file or a {base.__name__}, not {value!r}")
    if not (dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen):  # type: ignore[attr-defined]
        raise TypeError(f"{what} must be a frozen dataclass; put @dataclass(frozen=True) above {cls.__name__}")
    return Part(what, value)


def build_parts(parts: list[Part], keywords: Mapping[str, Any], model_arguments: list[str]) -> list[Any]:
    """Make instances of all parts, giving each keyword to the part that has such a field.

    Args:
        parts: What `find_rule`, `find_bandit` returned.
        keywords: The model's further keywords.
        model_arguments: The model's own arguments, for the nearest name in messages.

    Raises:
        TypeError: A keyword that fits nothing, or more than one part; a bandit without `n_action`.
    """
    for part in parts:
        for field in part.open_fields:
            if field in model_arguments:
                raise TypeError(f"{field} is a field of the {part.what} and an argument here: rename it, or pass an instance")
    given: list[dict[str, Any]] = [dict(part.fixed) for part in parts]
    for keyword, value in keywords.items():
        takers = [index for index, part in enumerate(parts) if keyword in part.open_fields]
        if len(takers) > 1:
            names = " and ".join(f"the {parts[index].what}" for index in takers)
            raise TypeError(f"{keyword} is a field of {names}; give one of them as an instance")
        if not takers:
            raise TypeError(_unfitting(keyword, parts, model_arguments))
        given[takers[0]][keyword] = value
    made = [part.made(**fields) if isinstance(part.made, type) else part.made for part, fields in zip(parts, given, strict=True)]
    for instance in made:
        if isinstance(instance, Bandit):
            options_of(instance)
    return made


def parse_value(text: str) -> Any:
    """The value of a field that somebody typed: a number, True or False, a tuple, else the text itself."""
    if text.lower() in ("inf", "-inf", "infinity", "nan", "true", "false"):
        return text.lower() == "true" if text.lower() in ("true", "false") else float(text)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def written_value(value: Any) -> str:
    """A value as text from which `parse_value` reads it back."""
    if isinstance(value, str):
        return value if parse_value(value) == value else repr(value)
    if isinstance(value, tuple | list):
        inner = ", ".join(written_value(each).replace("inf", "1e999") for each in value)
        return f"({inner}{',' if len(value) == 1 else ''})"
    return str(float(value)) if isinstance(value, float) else str(value)


def known_keyword(keyword: str, parts: list[Part], model_arguments: list[str]) -> None:
    """Check that a keyword is a field of at least one part, or one of the model's own arguments.

    Raises:
        TypeError: It is not; with the nearest name.
    """
    if keyword not in model_arguments and not any(keyword in part.open_fields for part in parts):
        raise TypeError(_unfitting(keyword, parts, model_arguments))


def _unfitting(keyword: str, parts: list[Part], model_arguments: list[str]) -> str:
    for part in parts:
        cls = part.made if isinstance(part.made, type) else type(part.made)
        if keyword in part.fixed:
            return f"{keyword} is settled by the {part.what}'s name: {part.fixed[keyword]!r}"
        if keyword in {field.name for field in dataclasses.fields(cls)}:
            return f"{keyword} belongs to the {part.what}, which is given as an instance already"
    known = [*model_arguments, *(name for part in parts for name in part.open_fields)]
    near = difflib.get_close_matches(keyword, known, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else ";"
    return f"{keyword or 'an empty name'} fits nothing here{hint} Known: {', '.join(known)}"
