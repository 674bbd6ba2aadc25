"""The right-hand sides of the replicators, and their names."""

import numpy as np
import pytest
from hypothesis import given, settings
from replicator_cases import NAMES, shares_and_rewards

from hivemind_abm import CrossInhibition
from hivemind_abm.theory.dynamics import DYNAMICS, maynard, name_of, replicator, taylor


def test_laws_by_hand():
    x, q = [0.5, 0.25, 0.25], [0.2, 0.4, 0.8]  # qbar = 0.4
    np.testing.assert_allclose(taylor(x, q), [-0.1, 0.0, 0.1], atol=1e-16)
    np.testing.assert_allclose(maynard(x, q), [-0.25, 0.0, 0.25], atol=1e-16)


@pytest.mark.parametrize("name", NAMES)
def test_batches_equal_single_rows(name):
    rng = np.random.default_rng(3)
    x, q = rng.dirichlet(np.ones(4), size=(2, 3)), rng.random((2, 3, 4))
    q[1, 2] = 0.0
    batch = DYNAMICS[name](x, q)
    assert batch.shape == (2, 3, 4)
    assert np.isfinite(batch).all()
    for i, j in np.ndindex(2, 3):
        np.testing.assert_allclose(batch[i, j], DYNAMICS[name](x[i, j], q[i, j]), rtol=1e-14)
    assert (batch[1, 2] == 0.0).all()
    np.testing.assert_allclose(
        DYNAMICS[name](x, q[0, 0])[1, 1], DYNAMICS[name](x[1, 1], q[0, 0]), rtol=1e-14
    )


@given(shares_and_rewards())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_derivative_sums_to_zero_and_vanishes_at_vertices(given_case):
    x, q = given_case
    for derivative in DYNAMICS.values():
        assert abs(derivative(x, q).sum()) < 1e-14
        assert (derivative(x, q)[x == 0.0] == 0.0).all()
        assert (derivative(np.eye(x.size), q) == 0.0).all()


def test_names():
    assert replicator("TRD") is taylor
    assert replicator("MRD") is maynard
    assert replicator(taylor) is taylor


def test_a_dynamic_has_a_name_to_show():
    assert [name_of(dynamic) for dynamic in DYNAMICS.values()] == list(DYNAMICS)
    assert name_of(CrossInhibition()) == "CrossInhibition"
    assert name_of(lambda x, q: x) == "<lambda>"
