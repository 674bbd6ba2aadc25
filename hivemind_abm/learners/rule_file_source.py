"""The lines of a learner's `update`, and what they use, as lines of a rule.

Knows: which words of pulls are which words of bees heard, and how the functions, imports and
constants behind a method are found.  Does not know: what else stands in the file.
"""

import ast
import builtins
import dataclasses
import inspect
import textwrap
import types as python_types
from typing import Any

import hivemind_abm
from hivemind_abm.learners.learner import Learner

__all__ = ["Lines", "lines_of"]

# What is asked of pulls, and of a pull, in words of the bees that a bee hears.
_WORDS = {
    "reward_of": "payoff_of",
    "total_reward": "total_payoff",
    "reward": "payoff",
    "option": "opinion",
}
_PLAIN = (bool, int, float, str, type(None))
_KEPT = ("self", "policy", "pulls", "memory", "rng")  # the arguments of `update`, in this order


@dataclasses.dataclass
class Lines:
    """An `update` as lines of a rule, and what stands around it.

    Attributes:
        update: The lines below its `def` line, with `policy`, `neighbours`, `memory`, `rng` and
            `step` as names.
        uses: Which of memory, rng and step these lines use.
        methods: Further methods, whole.
        functions: Functions that stand before the class, whole.
        constants: Lines such as "SCALE = 2.0".
        imports: Lines that import.
        public: Names to import from hivemind_abm.
    """

    update: str = ""
    uses: set[str] = dataclasses.field(default_factory=set)
    methods: dict[str, str] = dataclasses.field(default_factory=dict)
    functions: dict[str, str] = dataclasses.field(default_factory=dict)
    constants: dict[str, str] = dataclasses.field(default_factory=dict)
    imports: set[str] = dataclasses.field(default_factory=set)
    public: set[str] = dataclasses.field(default_factory=set)


def lines_of(learner: Learner) -> Lines:
    """The `update` of a learner as lines of a rule.

    Raises:
        ValueError: The source is not at hand, or something in it can't stand in another file.
    """
    lines, update = Lines(), type(learner).update
    tree, text = _parsed(update)
    names = [each.arg for each in tree.args.args]
    renamed = dict(zip(names, _KEPT, strict=False)) | {names[2]: "neighbours"}
    lines.uses = {
        renamed[node.id]
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and renamed.get(node.id) in ("memory", "rng")
    }
    edits = _Edits(tree, renamed, names[2])
    whole = edits.applied(text)
    lines.uses |= {"step"} if edits.step else set()
    lines.update = _body(tree, whole)
    _add_used(lines, learner, update, tree)
    return lines


def _parsed(function: Any) -> tuple[ast.FunctionDef, str]:
    """A function's syntax and its lines, not indented."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError):
        raise ValueError(
            f"the lines of {getattr(function, '__qualname__', function)} are not at hand: put it "
            "into a file"
        ) from None
    if not isinstance(tree, ast.FunctionDef):
        raise ValueError(f"{function.__qualname__} must be a function that starts with def")
    return tree, text


class _Edits:
    """Changes of words in a text, at the places that its syntax tells.

    Args:
        tree: The function.
        renamed: Other names for variables.
        pulls: The name of the variable whose `step` is asked, or None.
    """

    def __init__(self, tree: ast.FunctionDef, renamed: dict[str, str], pulls: str | None) -> None:
        self.step = False
        self._edits: list[tuple[int, int, int, str]] = []  # line, start, end, text
        steps = [node for node in ast.walk(tree) if _is_step(node, pulls)]
        asked = [node.value for node in steps]  # type: ignore[attr-defined]
        for node in ast.walk(tree):
            if node in steps:
                self.step = True
                self._put(node, node.col_offset, "step")  # type: ignore[attr-defined]
            elif isinstance(node, ast.Attribute):
                self._attribute(node)
            elif isinstance(node, ast.Name) and node.id in renamed and node not in asked:
                self._put(node, node.col_offset, renamed[node.id])
            elif isinstance(node, ast.arg):
                self._put(node, node.col_offset, renamed.get(node.arg, node.arg))
        if tree.returns is not None:
            end = tree.returns.end_col_offset or 0
            self._edits.append((tree.returns.end_lineno or 0, end, end, ""))

    def _attribute(self, node: ast.Attribute) -> None:
        own = isinstance(node.value, ast.Name) and node.value.id == "self"
        if node.attr in _WORDS and not own:
            start = (node.end_col_offset or 0) - len(node.attr.encode())
            self._put(node, start, _WORDS[node.attr])

    def _put(self, node: Any, start: int, text: str) -> None:
        self._edits.append((node.end_lineno, start, node.end_col_offset, text))

    def applied(self, text: str) -> str:
        """The text with the changes."""
        lines = [line.encode() for line in text.splitlines()]
        for number, start, end, put in sorted(set(self._edits), reverse=True):
            line = lines[number - 1]
            lines[number - 1] = line[:start] + put.encode() + line[end:]
        return "\n".join(line.decode() for line in lines)


def _is_step(node: ast.AST, pulls: str | None) -> bool:
    """Whether a piece of syntax is the number of updates that were made before."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "step"
        and isinstance(node.value, ast.Name)
        and node.value.id == pulls
    )


def _body(tree: ast.FunctionDef, text: str) -> str:
    """The lines of a function below its head and its docstring, not indented."""
    first = tree.body[1 if ast.get_docstring(tree) is not None else 0 :]
    if not first:
        return "pass"
    lines = text.splitlines()
    before = tree.body[0].end_lineno if len(first) < len(tree.body) else first[0].lineno - 1
    return textwrap.dedent("\n".join(lines[before:])).strip("\n")


def _whole(function: Any) -> str:
    """A function in the words of a rule, without annotations and docstring."""
    tree, text = _parsed(function)
    body = _body(tree, _Edits(tree, {"pulls": "neighbours"}, None).applied(text))
    for each in [*tree.args.args, *tree.args.kwonlyargs]:
        each.annotation = None
        each.arg = "neighbours" if each.arg == "pulls" else each.arg
    marks = "".join(f"@{ast.unparse(each)}\n" for each in tree.decorator_list)
    head = f"{marks}def {tree.name}({ast.unparse(tree.args)}):"
    return f"{head}\n{textwrap.indent(body, '    ')}"


def _add_used(lines: Lines, learner: Learner, function: Any, tree: ast.FunctionDef) -> None:
    """Add the methods, functions, imports and constants that a function uses."""
    inside = [node for statement in tree.body for node in ast.walk(statement)]
    for node in inside:
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            continue
        value = inspect.getattr_static(type(learner), node.attr, None)
        method = _function_in(value) if node.value.id == "self" else None
        if method is not None and node.attr not in lines.methods:
            lines.methods[node.attr] = _whole(method)
            _add_used(lines, learner, method, _parsed(method)[0])
    spaces = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    for name in {node.id for node in inside if isinstance(node, ast.Name)} & spaces.keys():
        _add_global(lines, learner, name, spaces[name])


def _function_in(value: Any) -> Any:
    """The function behind a method or property, or None."""
    value = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    return value if isinstance(value, python_types.FunctionType) else None


def _add_global(lines: Lines, learner: Learner, name: str, value: Any) -> None:
    """Add what a name outside a function means."""
    if isinstance(value, python_types.ModuleType):
        alias = "" if value.__name__ == name else f" as {name}"
        lines.imports.add(f"import {value.__name__}{alias}")
    elif name in hivemind_abm.__all__ and getattr(hivemind_abm, name) is value:
        lines.public.add(name)
    elif isinstance(value, _PLAIN) or _is_plain_tuple(value):
        lines.constants[name] = f"{name} = {value!r}"
    elif isinstance(value, python_types.FunctionType) and _is_near(value, learner):
        if name not in lines.functions:
            lines.functions[name] = _whole(value)
            _add_used(lines, learner, value, _parsed(value)[0])
    elif getattr(builtins, name, None) is not value:
        home, called = getattr(value, "__module__", None), getattr(value, "__name__", None)
        if home is None or called is None or isinstance(value, type):
            raise ValueError(f"{name} in {type(learner).__name__} can't stand in another file")
        alias = "" if called == name else f" as {name}"
        lines.imports.add(f"from {home} import {called}{alias}")


def _is_plain_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(each, _PLAIN) for each in value)


def _is_near(function: Any, learner: Learner) -> bool:
    """Whether a function is of the learner's own file or package, so that it is copied."""
    home, other = str(function.__module__), type(learner).__module__
    return home.partition(".")[0] in ("hivemind_abm", other.partition(".")[0])
