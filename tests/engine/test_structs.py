"""Records are defined once: rows, their columns, structs with addresses, structs in memory."""

from typing import NamedTuple

import numpy as np
import pytest
from numba import types

from hivemind_abm.engine.intrinsics import pointer
from hivemind_abm.engine.loops import compiled
from hivemind_abm.engine.structs import (
    Int32,
    Integers,
    Reals,
    columns_of,
    define_struct,
    kept_in_memory,
    pointers_to,
    record_type,
    row_loader,
    with_fields,
)
from hivemind_abm.hives.bees import Bees, BeeState


class Sighting(NamedTuple):
    """A row with a field of each kind."""

    place: Int32
    number: int
    weight: float
    alive: bool


Sightings = columns_of(Sighting, "Sightings", __name__)


class Both(NamedTuple):
    """Arrays and a number."""

    counts: Integers
    sums: Reals
    least: int


struct, nothing = define_struct("Trial", {**pointers_to(Sightings), **pointers_to(Both)}, __name__)
load_row = row_loader(record_type(Sighting))
save, load = kept_in_memory(struct)


@compiled
def row_at(sightings, index):
    return load_row(with_fields(nothing(), sightings), index)


@compiled
def remember(words, sightings, both):
    save(with_fields(with_fields(nothing(), sightings), both), pointer(words, 0))


@compiled
def recall(words, index):
    value = load(pointer(words, 0))
    return load_row(value, index), value._counts[index] + value._sums[index] + value._least


@pytest.fixture
def sightings():
    return Sightings(
        np.array([7, -3], np.int32),
        np.array([2**40, -1]),
        np.array([0.25, -1.5]),
        np.array([True, False]),
    )


def test_a_row_and_its_columns_have_the_same_fields():
    assert Sightings._fields == Sighting._fields
    assert Bees._fields == BeeState._fields
    assert record_type(Sightings).types[0] == types.int32[::1]
    assert record_type(Sighting).types[0] == types.int64


def test_rows_are_read_field_by_field(sightings):
    assert row_at(sightings, 0) == Sighting(7, 2**40, 0.25, True)
    assert row_at(sightings, 1) == Sighting(-3, -1, -1.5, False)


def test_a_struct_is_kept_in_memory(sightings):
    words = np.zeros(len(struct.members), np.int64)
    both = Both(np.array([1, 2]), np.array([0.5, 0.75]), 10)
    remember(words, sightings, both)
    assert recall(words, 1) == (Sighting(-3, -1, -1.5, False), 12.75)
    both.sums[1] = 100.0  # the addresses are kept, not the numbers
    assert recall(words, 1)[1] == 112.0
