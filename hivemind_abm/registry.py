"""Names that users type, and the keywords that go with them.

Knows: how a name, a file's path, a class or an instance becomes a part of a model, and how a
model's further keywords become the fields of its parts.  Does not know: any rule, bandit or
learner; each room lists its own in its module `names`.
"""

import ast
import dataclasses
import difflib
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from pkgutil import resolve_name
from typing import Any, ClassVar

from hivemind_abm.loading import LOCAL, is_path, load_class

__all__ = [
    "RESERVED",
    "Named",
    "Part",
    "build_part",
    "build_parts",
    "by_name",
    "find_part",
    "known_keyword",
    "parse_value",
    "reserved_as",
    "written_value",
]

# Names that no field of a part may have, by what they are; `tests/test_registry.py` compares them
# with the models, the tables and the commands.
_COLUMN = "a column of the tables of results"
_ARGUMENT = "an argument of the models or of what runs them"
RESERVED: Mapping[str, tuple[str, ...]] = {
    _COLUMN: (
        *("optimal_share", "mean_payoff", "share_none", "consensus", "wrong_consensus"),
        *("RunId", "iteration", "Step", "cell", "step", "runs", "rng"),
    ),
    _ARGUMENT: (
        *("model", "rule", "learner", "dynamic", "bandit", "population_size", "neighbourhood"),
        *("neighbourhood_size", "initial_shares", "stop_if_end", "compiled", "agent_reporters"),
        *("updating", "steps", "seed", "progress", "points", "bees", "dynamics"),
        *("fixed_points", "samples", "vary", "game", "players", "match"),
    ),
    "an option of the commands": (
        *("out", "interpreted", "help", "mix", "list", "equilibria", "compare", "picture", "movie"),
    ),
}
# Arguments of a replicator, which has a bandit beside it.  A rule or a learner may share them.
_OF_REPLICATORS = ("delta", "method")
# What makes the class of a part with a prefix, as module:function: no room imports one below it.
_PREFIXED = {("rule", LOCAL): "hivemind_abm.learners.local_rule:local_rule_named"}
_NO_LITERAL = re.compile("[+-]?(inf|infinity|nan)", re.IGNORECASE)  # numbers all the same
_RESULT = re.compile(
    r"""(optimal_share | mean_payoff | share_(\d+|none) | (wrong_)?consensus)
        (_(mean|std|q\d+))?
      | kind_\d+_share_(\d+|none) .*
      | p\d+_ .*""",
    re.VERBOSE,
)


class Named:
    """Something with an identity: a rule or a learner.

    Labels, partners, colours and help texts are derived from it.

    Attributes:
        name: The name that users type, "wvoter" for instance; None without a short name.
        symbol: The name in figures and tables, "R_wvoter" for instance; by default the class's
            name.
    """

    name: ClassVar[str | None] = None
    symbol: ClassVar[str] = ""

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Give each class its own symbol, so that a subclass is not mistaken for its parent."""
        super().__init_subclass__(**keywords)
        if "symbol" not in vars(cls):
            cls.symbol = cls.__name__


def by_name[T: Named](*classes: type[T]) -> dict[str, type[T]]:
    """The classes by the names that users type.

    Raises:
        ValueError: A class has no name, or two classes have the same name.
    """
    known = {cls.name: cls for cls in classes}
    if None in known or len(known) < len(classes):
        raise ValueError(
            f"each class must have its own name: {', '.join(cls.__name__ for cls in classes)}"
        )
    return {str(name): cls for name, cls in known.items()}


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of a model, not yet built: an instance, or a class and the fields that are fixed.

    Attributes:
        what: "rule", "bandit" or "learner".
        made: An instance, or the class to instantiate.
        fixed: The fields that the name fixes.
        check: A further check of the instance, or None.
    """

    what: str
    made: Any
    fixed: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    check: Callable[[Any], object] | None = None

    @property
    def open_fields(self) -> list[str]:
        """The fields that keywords can still set; none for an instance."""
        if not isinstance(self.made, type):
            return []
        return [
            field.name
            for field in dataclasses.fields(self.made)
            if field.init and field.name not in self.fixed
        ]


def find_part(
    value: Any,
    what: str,
    base: type,
    known: Mapping[str, tuple[type, Mapping[str, Any]]],
    check: Callable[[Any], object] | None = None,
) -> Part:
    """A part of a model by its short name, by a file's path, as a class or as an instance.

    Args:
        value: The user's argument.
        what: The word for it in errors: "rule", "bandit" or "learner".
        base: The class that it must extend.
        known: For each short name, the class and the fields that the name fixes.
        check: A further check of the instance.

    Raises:
        ValueError, TypeError: An unknown name, a missing file, or not a frozen dataclass that
            extends `base`.
    """
    if isinstance(value, str):
        if value in known:
            cls, fixed = known[value]
            return Part(what, cls, fixed, check)
        prefix = value[: value.find(":") + 1]
        if (what, prefix) in _PREFIXED:
            return Part(what, resolve_name(_PREFIXED[what, prefix])(value), check=check)
        if is_path(value) and prefix != LOCAL:
            return Part(what, load_class(value, base, what), check=check)
        raise ValueError(
            f"{what} must be one of {', '.join(map(repr, known))} or the path of a .py file, "
            f"not {value!r}"
        )
    cls = value if isinstance(value, type) else type(value)
    if not issubclass(cls, base):
        raise TypeError(
            f"{what} must be a name, the path of a .py file or a {base.__name__}, not {value!r}"
        )
    if not (dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen):  # type: ignore[attr-defined]
        raise TypeError(
            f"{what} must be a frozen dataclass; put @dataclass(frozen=True) above {cls.__name__}"
        )
    return Part(what, value, check=check)


def build_parts(
    parts: list[Part], keywords: Mapping[str, Any], model_arguments: list[str]
) -> list[Any]:
    """Build all parts; each keyword sets the field of that name.

    Args:
        parts: What `find_rule`, `find_bandit` and `find_learner` returned.
        keywords: The model's further keywords.
        model_arguments: The names of the model's own arguments, for the error.

    Returns:
        One instance for each part.

    Raises:
        TypeError: A field with a reserved name; a keyword that is a field of no part, or of
            several; a value that does not fit its field's annotation; a bandit without `n_action`.
    """
    for part in parts:
        _check_names(part, model_arguments)
    given: list[dict[str, Any]] = [dict(part.fixed) for part in parts]
    for keyword, value in keywords.items():
        takers = [index for index, part in enumerate(parts) if keyword in part.open_fields]
        if len(takers) > 1:
            names = " and ".join(f"the {_with_class(parts[index])}" for index in takers)
            raise TypeError(
                f"{keyword} is a field of {names}; in Python, give one of them as an instance"
            )
        if not takers:
            raise TypeError(_unfitting(keyword, parts, model_arguments))
        given[takers[0]][keyword] = value
    made = [_built(part.made, fields) for part, fields in zip(parts, given, strict=True)]
    for part, instance in zip(parts, made, strict=True):
        if part.check is not None:
            part.check(instance)
    return made


def _with_class(part: Part) -> str:
    """The word for a part, and its class."""
    cls = part.made if isinstance(part.made, type) else type(part.made)
    return f"{part.what} {cls.__name__}"


def build_part(part: Part) -> Any:
    """Build one part without further keywords; errors as for `build_parts`."""
    return build_parts([part], {}, [])[0]


def parse_value(text: str) -> Any:
    """The value that a text means: a number, True or False, a tuple, or the text itself."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _NO_LITERAL.fullmatch(text):
        return float(text)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def written_value(value: Any) -> str:
    """A value as text that `parse_value` turns back into the value."""
    if isinstance(value, str):
        return value if parse_value(value) == value else repr(value)
    if isinstance(value, tuple | list):
        inner = ", ".join(written_value(each).replace("inf", "1e999") for each in value)
        return f"({inner}{',' if len(value) == 1 else ''})"
    return str(float(value)) if isinstance(value, float) else str(value)


def known_keyword(keyword: str, parts: list[Part], model_arguments: list[str]) -> None:
    """Check that a keyword is a field of at least one part, or one of the model's own arguments.

    Raises:
        TypeError: It is neither; the message gives the nearest name.
    """
    if keyword not in model_arguments and not any(keyword in part.open_fields for part in parts):
        raise TypeError(_unfitting(keyword, parts, model_arguments))


def reserved_as(name: str, what: str = "rule") -> str | None:
    """What a reserved name is, in words; None for a name that a field may have.

    Args:
        name: The name of a field.
        what: The part that has the field: "rule", "bandit" or "learner".
    """
    if _RESULT.fullmatch(name):
        return _COLUMN
    if what == "bandit" and name in _OF_REPLICATORS:
        return _ARGUMENT
    return next((meaning for meaning, names in RESERVED.items() if name in names), None)


def _check_names(part: Part, model_arguments: list[str]) -> None:
    """Refuse a field with the name of a result, an argument or an option.

    A field that holds a part itself, the rule of a macro-agent for instance, is no parameter.
    """
    cls = part.made if isinstance(part.made, type) else type(part.made)
    hints: dict[str, Any] | None = None
    for field in dataclasses.fields(cls):
        meaning = reserved_as(field.name, part.what)
        if meaning is None and field.name in model_arguments and field.name in part.open_fields:
            meaning = "an argument here"
        if meaning is None or not field.init or field.name in part.fixed:
            continue
        hints = _hints(cls) if hints is None else hints
        hint = hints.get(field.name)
        kinds = (hint, *typing.get_args(hint))
        if not any(isinstance(kind, type) and issubclass(kind, Named) for kind in kinds):
            raise TypeError(
                f"{field.name} is a field of the {part.what} {cls.__name__} and {meaning}: "
                "rename the field"
            )


def _hints(cls: type) -> dict[str, Any]:
    """The annotations of a class, evaluated; empty where that is impossible."""
    try:
        return typing.get_type_hints(cls)
    except Exception:  # an annotation is any expression, and a wrong one does no harm
        return {}


def _built(made: Any, values: Mapping[str, Any]) -> Any:
    """An instance of a class with these values of its fields; an instance as it is.

    Raises:
        TypeError: A value does not fit its field's annotation; with the field, the value and what
            is allowed.  An error of the class itself that names the field comes first, because
            the class knows more.
    """
    if not isinstance(made, type):
        return made
    hints = _hints(made) if values else {}
    wrong = [name for name, value in values.items() if not _fits(value, hints.get(name))]
    try:
        instance = made(**values)
    except Exception as error:
        if not wrong or re.search(rf"\b{wrong[0]}\b", str(error)):
            raise
    else:
        if not wrong:
            return instance
    name = wrong[0]
    raise TypeError(f"{name} must be {_in_words(hints[name])}, not {values[name]!r}")


_WORDS = {int: "a whole number", float: "a number", bool: "True or False", str: "text"}


def _in_words(hint: Any) -> str | None:
    """What an annotation allows; None for an annotation that is not checked."""
    hint = _resolved(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is types.NoneType:
        return "None"
    if origin is typing.Literal:
        return " or ".join(map(repr, arguments))
    if origin in (typing.Union, types.UnionType):
        words = [_in_words(each) for each in arguments]
        return None if None in words else " or ".join(map(str, words))
    if origin is tuple:
        words = [_in_words(each) for each in arguments if each is not ...]
        if None in words:
            return None
        inner = ", ".join(map(str, words))
        return f"a tuple, each item {inner}" if arguments[-1:] == (...,) else f"a tuple ({inner})"
    return _WORDS.get(hint) if isinstance(hint, type) else None


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value fits an annotation; any value fits one that is not checked."""
    hint = _resolved(hint)
    if _in_words(hint) is None:
        return True
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    truth = isinstance(value, bool) or str(getattr(value, "dtype", "")) == "bool"
    if hint is types.NoneType:
        return value is None
    if origin is typing.Literal:
        return any(
            isinstance(value, type(each)) and truth == isinstance(each, bool) and value == each
            for each in arguments
        )
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin is tuple:
        return _items_fit(value, arguments)
    if hint in (int, float):
        return isinstance(value, Integral if hint is int else Real) and not truth
    return truth if hint is bool else isinstance(value, str)


def _items_fit(value: Any, hints: tuple[Any, ...]) -> bool:
    """Whether the items of a sequence or an array fit the arguments of a tuple's annotation."""
    sequence = isinstance(value, Sequence) or getattr(value, "ndim", 0) > 0
    if not sequence or isinstance(value, str):
        return False
    if hints[-1:] == (...,):
        return all(_fits(item, hints[0]) for item in value)
    return len(value) == len(hints) and all(map(_fits, value, hints))


def _resolved(hint: Any) -> Any:
    """An annotation without aliases and notes."""
    while isinstance(hint, typing.TypeAliasType) or typing.get_origin(hint) is typing.Annotated:
        alias = isinstance(hint, typing.TypeAliasType)
        hint = hint.__value__ if alias else typing.get_args(hint)[0]
    return hint


def _unfitting(keyword: str, parts: list[Part], model_arguments: list[str]) -> str:
    """The error message for a keyword that no part takes."""
    for part in parts:
        cls = part.made if isinstance(part.made, type) else type(part.made)
        if keyword in part.fixed:
            return f"{keyword} is set by the {part.what}'s name: {part.fixed[keyword]!r}"
        if keyword in {field.name for field in dataclasses.fields(cls)}:
            return f"{keyword} belongs to the {part.what}, which is given as an instance already"
    known = dict.fromkeys([*model_arguments, *(n for part in parts for n in part.open_fields)])
    near = difflib.get_close_matches(keyword, known, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else ";"
    return f"{keyword or 'an empty name'} fits nothing here{hint} Known: {', '.join(known)}"
