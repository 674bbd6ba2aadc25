"""Names that users type, and the keywords that go with them.

Knows: how a name, a file's path, a class or an instance becomes a part of a model, and how a
model's further keywords become the fields of its parts.  Does not know: any rule, bandit or
learner; each room lists its own in its module `names`.
"""

import ast
import dataclasses
import difflib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from hivemind_abm.loading import is_path, load_class

__all__ = [
    "Named",
    "Part",
    "build_part",
    "build_parts",
    "by_name",
    "find_part",
    "known_keyword",
    "parse_value",
    "written_value",
]


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
        if is_path(value):
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
        TypeError: A keyword that is a field of no part, or of several; a bandit without `n_action`.
    """
    for part in parts:
        for field in part.open_fields:
            if field in model_arguments:
                raise TypeError(
                    f"{field} is a field of the {part.what} and an argument here: "
                    "rename it, or pass an instance"
                )
    given: list[dict[str, Any]] = [dict(part.fixed) for part in parts]
    for keyword, value in keywords.items():
        takers = [index for index, part in enumerate(parts) if keyword in part.open_fields]
        if len(takers) > 1:
            names = " and ".join(f"the {parts[index].what}" for index in takers)
            raise TypeError(f"{keyword} is a field of {names}; give one of them as an instance")
        if not takers:
            raise TypeError(_unfitting(keyword, parts, model_arguments))
        given[takers[0]][keyword] = value
    made = [
        part.made(**fields) if isinstance(part.made, type) else part.made
        for part, fields in zip(parts, given, strict=True)
    ]
    for part, instance in zip(parts, made, strict=True):
        if part.check is not None:
            part.check(instance)
    return made


def build_part(part: Part) -> Any:
    """Build one part without further keywords; errors as for `build_parts`."""
    return build_parts([part], {}, [])[0]


def parse_value(text: str) -> Any:
    """The value that a text means: a number, True or False, a tuple, or the text itself."""
    if text.lower() in ("inf", "-inf", "infinity", "nan", "true", "false"):
        return text.lower() == "true" if text.lower() in ("true", "false") else float(text)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
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


def _unfitting(keyword: str, parts: list[Part], model_arguments: list[str]) -> str:
    """The error message for a keyword that no part takes."""
    for part in parts:
        cls = part.made if isinstance(part.made, type) else type(part.made)
        if keyword in part.fixed:
            return f"{keyword} is set by the {part.what}'s name: {part.fixed[keyword]!r}"
        if keyword in {field.name for field in dataclasses.fields(cls)}:
            return f"{keyword} belongs to the {part.what}, which is given as an instance already"
    known = [*model_arguments, *(name for part in parts for name in part.open_fields)]
    near = difflib.get_close_matches(keyword, known, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else ";"
    return f"{keyword or 'an empty name'} fits nothing here{hint} Known: {', '.join(known)}"
