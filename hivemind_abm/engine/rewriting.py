"""The code of a user's function with Python's operators written as calls, for compiled code.

Knows: how the source that a function was made from is found and trusted, and which operators become
which calls.  Does not know: what these calls do; see `exact`.
"""

import ast
import dis
import linecache
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from types import CodeType
from typing import Any, NamedTuple

from hivemind_abm.engine.source import CannotCompile, place_of

__all__ = ["UNPACK", "call_name", "fits", "rewritten_code"]

UNPACK = "Unpack"  # what takes a tuple's place in `a, b = value`
_SAFE = 2**53  # a whole number up to here compares with floating-point numbers as it is
_REDUCTIONS = ("cumprod", "dot", "mean", "prod", "std", "sum", "trace", "var")
_OF_A_CONSTANT = ("LOAD_CONST", "LOAD_SMALL_INT", "NOP", "RESUME", "RETURN_CONST", "RETURN_VALUE")
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_ARITHMETIC = (
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.LShift,
    ast.RShift,
)


class _Refusal(NamedTuple):
    line: int
    cause: str


class _Rewritten(NamedTuple):
    """The code objects of a file, and of the same file rewritten, in the same order."""

    plain: list[CodeType]
    rewritten: list[CodeType]
    refusals: list[_Refusal]


def call_name(operator: str) -> str:
    """What the call is named that stands for an operator of Python's syntax tree."""
    return f"__exact_{operator}__"


def rewritten_code(function: Any) -> CodeType:
    """The code of a function in which operators are calls of the functions that `call_name` names.

    Args:
        function: A plain Python function.

    Raises:
        CannotCompile: Its source is not at hand or not what runs, or it uses what compiled code
            cannot do as Python does.
    """
    code = function.__code__
    source, file = _file_of(function)
    if file is None or code not in file.plain:  # the file may have been loaded again
        linecache.checkcache(code.co_filename)
        source, file = _file_of(function)
    if not source:
        raise CannotCompile(
            f"{place_of(function, code.co_firstlineno)}: its source is not at hand; "
            "write it in a file or a notebook"
        )
    if file is None or code not in file.plain:
        raise CannotCompile(
            f"{place_of(function, code.co_firstlineno)}: the file has changed since it was loaded, "
            "or other code runs than stands there"
        )
    lines = {line for inner in _all_codes(code) for _, _, line in inner.co_lines() if line}
    for refusal in file.refusals:
        if refusal.line in lines:
            raise CannotCompile(f"{place_of(function, refusal.line)}: {refusal.cause}")
    return file.rewritten[file.plain.index(code)]


def _file_of(function: Any) -> tuple[str, _Rewritten | None]:
    """The source of a function's file as it was read last, and the file rewritten."""
    filename = function.__code__.co_filename
    source = "".join(linecache.getlines(filename, function.__globals__))
    return source, _rewritten_file(source, filename)


@lru_cache(maxsize=64)
def _rewritten_file(source: str, filename: str) -> _Rewritten | None:
    try:
        plain = compile(source, filename, "exec", dont_inherit=True)
        operators = _Operators()
        tree = ast.fix_missing_locations(operators.visit(ast.parse(source, filename)))
        rewritten = compile(tree, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    codes = list(_all_codes(plain)), list(_all_codes(rewritten))
    return _Rewritten(*codes, operators.refusals) if len(codes[0]) == len(codes[1]) else None


def _all_codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _all_codes(constant)


class _Operators(ast.NodeTransformer):
    """Writes operators as calls, and notes what compiled code cannot do as Python does."""

    def __init__(self) -> None:
        self.refusals: list[_Refusal] = []

    def _refuse(self, node: Any, cause: str) -> None:
        self.refusals.append(_Refusal(node.lineno, cause))

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        self._check_size(node, node.value)
        return node

    def _check_size(self, node: Any, value: Any) -> None:
        if isinstance(value, int) and not fits(value):
            self._refuse(node, "a whole number beyond 64 bits is not compiled")

    def _is_folded(self, node: Any) -> bool:
        """Whether Python works it out before it runs; then its value is checked."""
        folded = _folded(node) if _is_constant(node) else None
        if folded is not None:
            self._check_size(node, folded)
        return folded is not None

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if self._is_folded(node):
            return node
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            self._refuse(node, "a product of arrays adds up in another order; write a loop")
        return _call(node.op, node, node.left, node.right) if _is_called(node.op) else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if self._is_folded(node):
            return node
        if not isinstance(node.op, ast.USub):
            return self.generic_visit(node)
        self.generic_visit(node)
        return _call(node.op, node, node.operand)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        (target, *others) = node.targets
        if not others and isinstance(target, ast.Tuple) and not isinstance(node.value, ast.Tuple):
            name = ast.copy_location(ast.Name(call_name(UNPACK), ast.Load()), node.value)
            node.value = ast.copy_location(ast.Call(name, [node.value], []), node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        is_simple = _is_simple(node.target)
        self.generic_visit(node)
        if not _is_called(node.op) or isinstance(node.target, ast.Attribute):
            return node
        if not is_simple:
            self._refuse(node, "write x[i] = x[i] + y with i in a variable")
            return node
        before = ast.parse(ast.unparse(node.target), mode="eval").body
        for inner in ast.walk(before):
            ast.copy_location(inner, node)
        value = _call(node.op, node, before, node.value)
        return ast.copy_location(ast.Assign([node.target], value), node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        is_simple = all(map(_is_simple, node.comparators[:-1]))
        self.generic_visit(node)
        operands = [node.left, *node.comparators]
        if any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops) and not any(
            isinstance(operand, ast.Constant) for operand in operands
        ):
            self._refuse(node, "`is` compares objects, which compiled numbers are not; write ==")
        if not all(isinstance(op, _COMPARISONS) for op in node.ops):
            return node
        pairs = list(pairwise(operands))
        if all(any(map(_is_small, pair)) for pair in pairs):
            return node
        if not is_simple:
            self._refuse(node, "write a < b < c as a < b and b < c, with b in a variable")
            return node
        calls: list[ast.expr] = [
            _call(op, node, *pair) for op, pair in zip(node.ops, pairs, strict=True)
        ]
        if len(calls) == 1:
            return calls[0]
        return ast.copy_location(ast.BoolOp(ast.And(), calls), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _REDUCTIONS:
            self._refuse(
                node, f".{node.func.attr}() of an array adds up in another order; write a loop"
            )
        return self.generic_visit(node)

    def visit_Try(self, node: ast.Try) -> ast.AST:
        self._refuse(node, "try is not compiled")
        return self.generic_visit(node)


def _is_called(op: Any) -> bool:
    return isinstance(op, _ARITHMETIC)


def _call(op: Any, place: ast.AST, *operands: Any) -> ast.Call:
    name = ast.copy_location(ast.Name(call_name(type(op).__name__), ast.Load()), place)
    return ast.copy_location(ast.Call(name, list(operands), []), place)


def fits(number: int) -> bool:
    """Whether a whole number fits into 64 bits."""
    return -(2**63) <= number < 2**63


def _folded(node: Any) -> Any:
    """The value of an expression of constants as Python's compiler works it out, or None."""
    code = compile(ast.Expression(node), "", "eval")
    if any(instruction.opname not in _OF_A_CONSTANT for instruction in dis.get_instructions(code)):
        return None  # it may be too large, or an error
    return eval(code)


def _is_constant(node: ast.AST) -> bool:
    """Whether it is made of constants alone."""
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    return isinstance(node, ast.Constant)


def _is_small(node: ast.AST) -> bool:
    """Whether it is a number that compares the same whatever the other's kind."""
    if isinstance(node, ast.UnaryOp):
        return _is_small(node.operand)
    if not isinstance(node, ast.Constant):
        return False
    value = node.value
    return not isinstance(value, int) or abs(value) <= _SAFE


def _is_simple(node: ast.AST) -> bool:
    """Whether it may stand twice: nothing in it is called or changes."""
    return not any(
        isinstance(inner, ast.Call | ast.NamedExpr | ast.Await | ast.Yield)
        for inner in ast.walk(node)
    )
