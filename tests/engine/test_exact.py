"""An expression means the same in both modes, to the last digit, or is not compiled."""

import math
from contextlib import suppress
from itertools import product

import both_modes
import pytest
from both_modes import CannotCompile, differences, load_expression
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SAME = [
    *("x + y", "i + j", "i * j", "i - j", "-i", "x * i", "x / y", "i / j", "i // j", "i % j"),
    *("x // y", "x % y", "x // i", "i % x", "i ** 3", "x ** 2", "x ** y", "x ** i", "x ** -1"),
    *("2.0 ** -i", "2 ** -2", "i << j", "i >> j", "x < i", "i == x", "x < y < i", "0 <= x <= 1"),
    *("min(x, i)", "max(x, y, 0.5)", "min(i, j, 3)", "max([x, y, 0.25])", "abs(i)", "abs(x)"),
    *("int(x)", "round(x)", "float(i) * 0.1", "sum([x, y, x, 0.1])", "sum((x, y))", "sum([i, j])"),
    *("pow(x, y)", "pow(x, 2)", "divmod(i, j)[0]", "divmod(x, y)[1]", "(x > y) + (i > j)"),
    *("math.exp(x)", "math.log(x)", "math.sin(x)", "math.sqrt(x)", "math.floor(x)", "math.tanh(x)"),
    *("math.atan2(x, y)", "np.sqrt(x)", "i & j", "~i", "x and y", "not x"),
    *("self.scale ** self.number", "[x, y][i]", "sum([x for _ in range(3)])", "x if i > j else y"),
]
REFUSED = {
    "2 ** -i": "write float(a) ** b",
    "round(x, 2)": "its last digit may differ",
    "math.gamma(x)": "math.gamma may give other digits",
    "np.exp(x)": "np.exp may give other digits",
    "np.array([x, y]).sum()": "adds up in another order; write a loop",
    "x is y": "write ==",
    "math.copysign(1.0, x)": "math.copysign may give other digits",
    "i & 2**63": "a whole number beyond 64 bits is not compiled",
    "hash(x)": "hash() of numbers is not compiled",
    "np.random.random()": "np.random may give other digits",
}


@pytest.mark.parametrize("expression", SAME)
def test_an_expression_gives_the_same_digits(expression, tmp_path):
    assert differences(load_expression(expression, tmp_path)) == []


@pytest.mark.parametrize("expression", REFUSED)
def test_what_would_differ_is_refused_with_a_hint(expression, tmp_path):
    case = load_expression(expression, tmp_path)
    with pytest.raises(CannotCompile) as error:
        differences(case)
    assert str(error.value).startswith("case.py, line 1")
    assert REFUSED[expression] in str(error.value)


def test_the_harness_sees_another_digit(tmp_path, monkeypatch):
    """A value that is off by one in its last digit is a difference."""
    case = load_expression("x + 0.1", tmp_path)
    assert differences(case, [(0.2, 0.0, 0, 0)]) == []
    monkeypatch.setattr(both_modes, "_compiled_value", lambda *_: math.nextafter(0.2 + 0.1, 1.0))
    assert len(differences(case, [(0.2, 0.0, 0, 0)])) == 1


def binary(operators, left, right):
    return st.builds("({} {} {})".format, left, st.sampled_from(operators), right)


def calls(names, *arguments):
    form = "{}(" + ", ".join("{}" for _ in arguments) + ")"
    return st.builds(form.format, st.sampled_from(names), *arguments)


def numbers():
    """Strategies of expressions: real, whole, and conditions."""
    real = st.sampled_from(["x", "y", "self.scale", "0.5", "1.5", "-0.1", "1e-3", "t"])
    whole = st.sampled_from(["i", "j", "self.number", "1", "2", "-3", "7", "n"])
    for _ in range(2):
        real, whole = (
            st.one_of(
                real,
                binary(["+", "-", "*", "/", "//", "%"], real, st.one_of(real, whole)),
                binary(["/"], whole, whole),
                binary(["**"], real, st.sampled_from(["2", "3", "0.5", "-1", "i"])),
                calls(["abs", "math.exp", "math.sin", "math.tanh", "helper", "-"], real),
                calls(["min", "max", "math.atan2"], real, real),
                st.builds("sum([{}, {}, {}])".format, real, real, real),
                st.builds("({} if {} < {} else {})".format, real, real, whole, real),
            ),
            st.one_of(
                whole,
                binary(["+", "-", "*", "//", "%", "&", "|", "^"], whole, whole),
                binary(["<<", ">>"], whole, st.sampled_from(["1", "3", "i"])),
                binary(["**"], whole, st.sampled_from(["0", "2", "5"])),
                calls(["int", "round", "math.floor"], real),
                calls(["abs", "-"], whole),
                calls(["min", "max"], whole, whole),
                binary(["<", "<=", "==", "!=", ">"], st.one_of(real, whole), real),
            ),
        )
    return real, whole


REAL, WHOLE = numbers()
PROGRAMS = st.builds(
    """        t, n = x, i
        for step in range({0}):
            t = {1}
            if {2} > {3}:
                n = {4}
            else:
                t += {5}
""".format,
    st.integers(1, 3),
    REAL,
    REAL,
    WHOLE,
    WHOLE,
    REAL,
)
HELPER = "def helper(a, b=0.25):\n    return a * b - b / (1.0 + a * a)\n\n\n"
SOME = list(product((0.0, 0.3, -2.5, 1e200, math.nan), (0.7, -0.0), (0, 3, -5), (1, 2**40)))


@pytest.mark.parametrize("number", [pytest.param(4), pytest.param(150, marks=pytest.mark.thorough)])
def test_generated_programs(number, tmp_path):
    count = iter(range(10**6))

    @settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(PROGRAMS, REAL, WHOLE)
    def check(program, real, whole):
        case = load_expression(f"{real} + {whole}", tmp_path, f"case{next(count)}", program, HELPER)
        with suppress(CannotCompile):  # then it runs interpreted, with its warning
            assert differences(case, SOME) == []

    check()
