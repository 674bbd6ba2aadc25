"""The right-hand sides of the dynamics, and their names."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from replicator_cases import NAMES, shares_and_rewards

from hivemind_abm import CrossInhibition
from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.registry import reserved_as
from hivemind_abm.theory.dynamic import Dynamic
from hivemind_abm.theory.dynamics import (
    ALL_DYNAMICS,
    DYNAMICS,
    find_dynamic,
    maynard,
    name_of,
    replicator,
    symbol_of,
    taylor,
)
from hivemind_abm.theory.imitative import BoltzmannQ, ExponentialWeights, Fermi, PolicyGradient
from hivemind_abm.theory.innovative import (
    BNN,
    BestResponse,
    Logit,
    Projection,
    ReplicatorMutator,
    Smith,
)

X, Q = [0.5, 0.3, 0.2], [0.9, 0.75, 0.6]  # qbar = 0.795
IMITATIVE = [taylor, maynard, BoltzmannQ(), ExponentialWeights(), Fermi(), PolicyGradient()]


def test_laws_by_hand():
    x, q = [0.5, 0.25, 0.25], [0.2, 0.4, 0.8]  # qbar = 0.4
    np.testing.assert_allclose(taylor(x, q), [-0.1, 0.0, 0.1], atol=1e-16)
    np.testing.assert_allclose(maynard(x, q), [-0.25, 0.0, 0.25], atol=1e-16)


@pytest.mark.parametrize(
    ("dynamic", "wanted"),
    [
        (taylor, (0.0525, -0.0135, -0.039)),
        (ReplicatorMutator(1.0), (0.795 / 3 - 0.3975, 0.795 / 3 - 0.2385, 0.795 / 3 - 0.159)),
        (ExponentialWeights(1.0), (0.05164742, -0.0151156, -0.03653182)),
        (PolicyGradient(), (0.01905, -0.00837, -0.01068)),
        (Logit(0.2), (0.589798 - 0.5, 0.278601 - 0.3, 0.131602 - 0.2)),
        (BestResponse(), (0.5, -0.3, -0.2)),
        (Smith(), (0.105, -0.015, -0.09)),
        (BNN(), (0.0525, -0.0315, -0.021)),
        (Projection(), (0.15, 0.0, -0.15)),
    ],
    ids=lambda value: name_of(value) if callable(value) else "",
)
def test_values_at_a_point(dynamic, wanted):
    np.testing.assert_allclose(dynamic(X, Q), wanted, rtol=0.0, atol=1e-6)


def test_boltzmann_q_learning_rests_at_softmax_and_is_a_step_of_the_learner():
    """p^(1 - alpha) exp(alpha q / tau), normalised, for small alpha."""
    x, q, tau, alpha = np.array(X), np.array(Q), 0.2, 1e-7
    rest = np.exp(q / tau) / np.exp(q / tau).sum()
    np.testing.assert_allclose(BoltzmannQ(tau)(rest, q), 0.0, atol=1e-14)
    np.testing.assert_allclose(rest, [0.589798, 0.278601, 0.131602], atol=1e-6)
    after = x ** (1 - alpha) * np.exp(alpha * q / tau)
    np.testing.assert_allclose(
        (after / after.sum() - x) / alpha, BoltzmannQ(tau)(x, q), rtol=0.0, atol=1e-6
    )


def test_fermi_is_a_difference_of_chances():
    x, q = np.array(X), np.array(Q)
    adopt = 1.0 / (1.0 + np.exp(-(q[:, None] - q) / 0.3))  # [a, b]: a bee on b adopts a
    flow = x[:, None] * x * adopt
    np.testing.assert_allclose(Fermi(0.3)(x, q), flow.sum(axis=1) - flow.sum(axis=0), atol=1e-15)


def test_ties_and_borders_are_exact():
    np.testing.assert_array_equal(BestResponse()([1, 0, 0], [0.2, 0.7, 0.7]), [-1.0, 0.5, 0.5])
    np.testing.assert_array_equal(BestResponse()([0, 0.5, 0.5], [0.2, 0.7, 0.7]), [0.0, 0.0, 0.0])
    # of the options that nobody holds, only one that raises the mean joins
    np.testing.assert_allclose(Projection()([1, 0, 0], [0.2, 0.8, 0.4]), [-0.3, 0.3, 0.0])
    np.testing.assert_allclose(Projection()([1, 0, 0], [0.5, 0.8, 0.7]), [-1 / 6, 4 / 30, 1 / 30])
    np.testing.assert_allclose(Projection()([0.5, 0.5, 0], [0.9, 0.7, 0.2]), [0.1, -0.1, 0.0])
    np.testing.assert_array_equal(BoltzmannQ()([0.0, 1.0], [1.0, 0.0]), [0.0, 0.0])
    # the best option has no shares, and the others' weights are too small for a float
    np.testing.assert_allclose(
        ExponentialWeights(1e4)([0, 0.5, 0.5], [1.0, 0.2, 0.1]), [0.0, 0.5, -0.5]
    )
    np.testing.assert_allclose(Logit(1e-4)([0.5, 0.5], [0.9, 0.1]), [0.5, -0.5])


def test_a_step_of_projection_stays_in_the_simplex():
    x, q = np.array(X), np.array(Q)
    np.testing.assert_allclose(Projection().step(x, q, 0.2), [0.53, 0.3, 0.17])
    np.testing.assert_allclose(Projection().step(x, q, 3.0), [0.825, 0.175, 0.0])
    np.testing.assert_allclose(Projection().step(x, q, 1e3), [1.0, 0.0, 0.0])
    np.testing.assert_allclose(Smith().step(x, q, 0.5), x + 0.5 * Smith()(x, q))


@pytest.mark.parametrize("name", ALL_DYNAMICS)
def test_batches_equal_single_rows(name):
    dynamic = ALL_DYNAMICS[name]
    rng = np.random.default_rng(3)
    x, q = rng.dirichlet(np.ones(4), size=(2, 3)), rng.random((2, 3, 4))
    q[1, 2] = 0.0
    x[0, 1] = [0.0, 0.4, 0.0, 0.6]
    batch = dynamic(x, q)
    assert batch.shape == (2, 3, 4)
    assert np.isfinite(batch).all()
    for i, j in np.ndindex(2, 3):
        np.testing.assert_allclose(batch[i, j], dynamic(x[i, j], q[i, j]), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(
        dynamic(x, q[0, 0])[1, 1], dynamic(x[1, 1], q[0, 0]), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_changes_where_nothing_pays(name):
    assert (DYNAMICS[name](X, [0.0, 0.0, 0.0]) == 0.0).all()


@given(shares_and_rewards())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_derivatives_sum_to_zero_and_stay_in_the_simplex(given_case):
    x, q = given_case
    for derivative in ALL_DYNAMICS.values():
        assert abs(derivative(x, q).sum()) < 1e-13
        assert (derivative(x, q)[x == 0.0] >= 0.0).all()
    for derivative in IMITATIVE:
        assert (derivative(x, q)[x == 0.0] == 0.0).all()
        assert (derivative(np.eye(x.size), q) == 0.0).all()


def test_names():
    assert replicator("TRD") is taylor
    assert replicator("MRD") is maynard
    assert replicator(taylor) is taylor
    assert replicator("logit") == replicator(Logit) == Logit()
    assert list(DYNAMICS) == ["TRD", "MRD"] and list(ALL_DYNAMICS)[:2] == ["TRD", "MRD"]


def test_a_dynamic_has_a_name_to_show():
    assert [name_of(dynamic) for dynamic in ALL_DYNAMICS.values()] == list(ALL_DYNAMICS)
    assert name_of(CrossInhibition()) == "CrossInhibition"
    assert name_of(lambda x, q: x) == "<lambda>"
    assert symbol_of(BNN()) == "BNN" and symbol_of(taylor) == "TRD"


def test_fields_are_found_by_name():
    assert find_dynamic("logit").open_fields == find_dynamic(Logit).open_fields == ["tau"]
    assert find_dynamic(Logit(0.3)).made == Logit(0.3)
    assert find_dynamic("TRD") is find_dynamic(taylor) is find_dynamic(CrossInhibition()) is None

    class Thawed(Dynamic):
        pass

    with pytest.raises(TypeError, match="dynamic must be a frozen dataclass"):
        find_dynamic(Thawed)


def test_fields_have_names_that_bandits_and_models_do_not_use():
    taken = {field.name for cls, _ in BANDITS.values() for field in dataclasses.fields(cls)}
    for name in ALL_DYNAMICS:
        part = find_dynamic(name)
        for field in part.open_fields if part else []:
            assert field not in taken and reserved_as(field, "dynamic") is None


@pytest.mark.parametrize(
    ("cls", "value", "message"),
    [
        (Logit, 0.0, "tau must be a number above 0, not 0.0"),
        (BoltzmannQ, -1.0, "tau must be a number above 0, not -1.0"),
        (Fermi, "x", "tau must be a number above 0, not 'x'"),
        (ExponentialWeights, np.nan, "eta must be a number above 0, not nan"),
        (ReplicatorMutator, 1.5, "mutation must be a number above 0 and at most 1, not 1.5"),
    ],
)
def test_parameters_are_checked(cls, value, message):
    with pytest.raises((ValueError, TypeError), match=message):
        cls(value)
