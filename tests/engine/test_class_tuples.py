"""Tuples of numbers that are attributes of a class, in compiled code."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from numba import types

from hivemind_abm.engine.fields import Fields
from hivemind_abm.engine.loops import compile_loop
from hivemind_abm.engine.source import CannotCompile

_reals, _integers = types.float64[::1], types.int64[::1]
SIGNATURE = types.void(_integers, _reals, _reals)


def loop_of(method, build):
    def loop(integers, reals, out):
        out[0] = method(build(integers, reals))

    return loop


def compiled_value(instance):
    out = np.zeros(1)
    compile_loop(loop_of, instance, "value", SIGNATURE).run(out)
    return out[0]


class Base:
    sizes = (4, 5)

    def value(self):
        total = 0.0
        for size in self.sizes:
            total += size * self.weights[-1]
        return total + len(self.sizes) + self.scale


@dataclass(frozen=True)
class Tuples(Base):
    scale: float = 0.25
    weights: ClassVar[tuple[float, ...]] = (1, 2)
    unused = ("a", "b")


@dataclass(frozen=True)
class Others(Tuples):
    sizes = (2, 3, 4)


def test_they_are_compiled_and_a_subclass_has_its_own():
    assert compiled_value(Tuples()) == Tuples().value() == 20.25
    assert compiled_value(Others()) == Others().value() == 21.25


def test_a_tuple_that_is_replaced_is_noticed(monkeypatch):
    assert compiled_value(Tuples(1.0)) == 21.0
    monkeypatch.setattr(Base, "sizes", (1,))
    assert compiled_value(Tuples(1.0)) == Tuples(1.0).value() == 4.0
    monkeypatch.setattr(Tuples, "weights", (1.0, 0.5))
    assert compiled_value(Tuples(1.0)) == Tuples(1.0).value() == 2.5


def test_a_field_hides_the_tuple_of_a_base_class():
    @dataclass(frozen=True)
    class Hidden(Tuples):
        sizes: tuple[int, ...] = (1, 1)

    assert compiled_value(Hidden()) == Hidden().value() == 6.25
    layout = Fields.of(Hidden(), {"sizes", "weights", "scale", "unused"}).layout
    assert [name for name, *_ in layout] == ["scale", "sizes", "weights"]
    assert compiled_value(Hidden(sizes=(10,))) == Hidden(sizes=(10,)).value() == 21.25


def test_other_tuples_are_not_compiled():
    @dataclass(frozen=True)
    class Words:
        names = ("a", "b")

        def value(self):
            return len(self.names[0]) + 0.5

    with pytest.raises(CannotCompile, match=r"test_class_tuples\.py, line"):
        compiled_value(Words())
