"""Cells as a grid of their parameters, or as one dimension."""

import itertools

import numpy as np
import pytest

from hivemind_abm.studies.layout import Layout, text_of


def layout(*cells):
    return Layout.of(cells, [f"id {place}" for place in range(len(cells))])


def test_a_grid_has_the_order_of_the_cells():
    cells = [{"b": b, "k": 3, "a": a} for b, a in itertools.product([9, 1, 5], ["y", "x"])]
    grid = layout(*cells)
    assert grid.dimensions == {"b": 3, "a": 2}
    assert grid.places.tolist() == [0, 1, 2, 3, 4, 5]
    assert grid.coordinates["b"][1].tolist() == [9, 1, 5]
    assert grid.coordinates["a"][1].tolist() == ["y", "x"]
    assert grid.coordinates["k"] == ((), 3)


def test_a_grid_may_have_gaps_but_not_be_half_empty():
    three = [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 1}]
    assert layout(*three).dimensions == {"a": 2, "b": 2}
    two = layout(three[1], three[2])
    assert two.dimensions == {"cell": 2}
    assert two.coordinates["cell"][1].tolist() == ["id 0", "id 1"]
    assert two.coordinates["a"][0] == ("cell",)


def test_one_cell_has_no_dimension():
    one = layout({"a": 1, "b": "x"})
    assert one.dimensions == {} and one.places.tolist() == [0]
    assert one.coordinates["b"] == ((), "x")


def test_an_argument_of_one_model_only_lies_along_the_model():
    cells = [{"model": "M", "rule": "x", "n": n} for n in (1, 2)]
    cells += [{"model": "R", "delta": 0.5, "n": n} for n in (1, 2)]
    grid = layout(*cells)
    assert grid.dimensions == {"model": 2, "n": 2}
    assert grid.coordinates["rule"][0] == ("model",)
    assert grid.coordinates["rule"][1].tolist() == ["x", ""]
    np.testing.assert_array_equal(grid.coordinates["delta"][1], [np.nan, 0.5])
    varied = layout(*cells, {"model": "R", "delta": 0.1, "n": 2})
    assert varied.dimensions == {"cell": 5}


@pytest.mark.parametrize("pair", [({"a": None}, {}), ({"a": 1}, {"a": "1"}), ({}, {})])
def test_cells_with_the_same_labels_are_no_grid(pair):
    assert layout({"b": 1, **pair[0]}, {"b": 1, **pair[1]}).dimensions == {"cell": 2}


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1, 2], [1, 2]),
        ([1, 2.5], [1.0, 2.5]),
        ([True, False], [True, False]),
        ([True, 2], ["True", "2"]),
        ([2, "all", None], ["2", "all", "None"]),
        ([[0.5, 0.5], (0.2, 0.8)], ["(0.5, 0.5)", "(0.2, 0.8)"]),
        ([1, 2**70], ["1", str(2**70)]),
        ([np.int64(3), float("inf")], [3.0, float("inf")]),
    ],
)
def test_labels(values, labels):
    column = layout(*({"a": value} for value in values)).coordinates["a"][1]
    assert column.tolist() == labels
    assert column.dtype.kind in "ifbU"


def test_the_text_of_a_class_is_its_name():
    assert text_of(Layout) == "Layout"
