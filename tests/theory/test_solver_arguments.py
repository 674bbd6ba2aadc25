"""The solvers' arguments: rounding, arguments left alone, errors that say what is allowed."""

import re

import numpy as np
import pytest

from hivemind_abm.theory.dynamics import replicator
from hivemind_abm.theory.solvers import closed_form, euler, solve

Q3 = [0.3 - 0.1 - 0.2, 0.5, 0.6]  # the first is -2.8e-17


HALF, Q = [0.5, 0.5], [0.2, 0.4]


def test_arguments_are_left_alone_and_not_returned():
    x, q, t = np.array([0.5, 0.5]), np.array([0.2, 0.4]), np.array([0.0])
    for path in (closed_form("MRD", x, q, t), solve("MRD", x, q, t), euler("MRD", x, q, 0, 1.0)):
        np.testing.assert_allclose(path, [x], rtol=1e-15)
        path[:] = 7.0
    np.testing.assert_array_equal(x, [0.5, 0.5])
    np.testing.assert_array_equal(q, [0.2, 0.4])


def test_rounding_is_no_error():
    third = np.array([0.333333333, 0.333333333, 0.333333334]) + 1e-10
    for path in (
        closed_form("MRD", third, Q3, [0.0, 1.0]),
        solve("MRD", third, Q3, [0.0, 1.0]),
        euler("MRD", third, Q3, 1, 1.0),
    ):
        np.testing.assert_allclose(path.sum(axis=1), 1.0, rtol=1e-14)
        assert (path >= 0.0).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: replicator("XRD"), ValueError, "bnn, projection, not 'XRD'"),
        (lambda: replicator("XRD"), ValueError, "dynamic must be one of TRD, MRD, replicator-"),
        (
            lambda: replicator(3),
            TypeError,
            "bnn, projection or a function (shares, fitness), not 3",
        ),
        (
            lambda: closed_form(lambda x, q: x, HALF, Q, [1.0]),
            ValueError,
            "dynamic must be TRD or MRD to have a closed form",
        ),
        (lambda: euler("TRD", [0.5, 0.6], Q, 1, 1.0), ValueError, "shares must sum to 1, not 1.1"),
        (
            lambda: solve("TRD", [1.5, -0.5], Q, [1.0]),
            ValueError,
            "shares must be at least 0, not -0.5 for option 1",
        ),
        (
            lambda: euler("TRD", [np.nan, 1.0], Q, 1, 1.0),
            ValueError,
            "shares must be finite, not nan",
        ),
        (
            lambda: euler("TRD", [HALF], Q, 1, 1.0),
            ValueError,
            "shares must be a vector of at least one number, not of shape",
        ),
        (
            lambda: euler("TRD", [], [], 1, 1.0),
            ValueError,
            "shares must be a vector of at least one number, not of shape (0,)",
        ),
        (
            lambda: euler("TRD", "even", Q, 1, 1.0),
            TypeError,
            "shares must be a sequence of numbers, not 'even'",
        ),
        (
            lambda: euler("TRD", HALF, [0.1] * 3, 1, 1.0),
            ValueError,
            "fitness must have one number for each of the 2 options",
        ),
        (
            lambda: solve("TRD", HALF, [0.1, np.inf], [1.0]),
            ValueError,
            "fitness must be finite, not inf",
        ),
        (
            lambda: euler("MRD", HALF, [0.1, -0.2], 1, 1.0),
            ValueError,
            "fitness must be at least 0 for MRD, not -0.2 for option",
        ),
        (
            lambda: solve("MRD", HALF, lambda x: -x, [1.0]),
            ValueError,
            "fitness must be at least 0 for MRD, not -0.5 for option",
        ),
        (
            lambda: closed_form("MRD", HALF, [0.1, -0.2], [1.0]),
            ValueError,
            "q must be at least 0 for MRD, not -0.2 for option 1",
        ),
        (
            lambda: closed_form("TRD", HALF, Q, [-1.0, 1.0]),
            ValueError,
            "times must be at least 0, not -1",
        ),
        (
            lambda: closed_form("TRD", HALF, Q, [0.0, 2.0, 2.0]),
            ValueError,
            "times must increase, not go from 2 to 2",
        ),
        (
            lambda: solve("TRD", HALF, Q, [0.0, 3.0, 2.0]),
            ValueError,
            "times must increase, not go from 3 to 2",
        ),
        (
            lambda: euler("TRD", HALF, Q, -1, 1.0),
            ValueError,
            "steps must be a whole number of at least 0, not -1",
        ),
        (
            lambda: euler("TRD", HALF, Q, 1.5, 1.0),
            TypeError,
            "steps must be a whole number of at least 0, not 1.5",
        ),
        (
            lambda: euler("TRD", HALF, Q, True, 1.0),
            TypeError,
            "steps must be a whole number of at least 0, not True",
        ),
        (
            lambda: euler("TRD", HALF, Q, 1, 0),
            ValueError,
            "delta must be a number above 0 and at most 1, not 0",
        ),
        (
            lambda: euler("TRD", HALF, Q, 1, 1.01),
            ValueError,
            "delta must be a number above 0 and at most 1, not 1.01",
        ),
        (
            lambda: euler("TRD", HALF, Q, 1, np.nan),
            ValueError,
            "delta must be a number above 0 and at most 1, not nan",
        ),
        (
            lambda: euler("TRD", HALF, Q, 1, "1"),
            TypeError,
            "delta must be a number above 0 and at most 1, not '1'",
        ),
        (
            lambda: euler("TRD", HALF, [0.0, 5.0], 1, 1.0),
            ValueError,
            "delta must keep shares non-negative and their sum 1; 1.0",
        ),
        (
            lambda: euler(lambda x, q: x * np.nan, HALF, Q, 1, 1.0),
            ValueError,
            "delta must keep shares non-negative",
        ),
        (
            lambda: solve("TRD", HALF, Q, [1.0], rtol=0.0),
            ValueError,
            "rtol must be a number above 0 and at most 1, not 0.0",
        ),
        (
            lambda: solve("TRD", HALF, Q, [1.0], atol=-1),
            ValueError,
            "atol must be a number above 0 and at most 1, not -1",
        ),
    ],
)
def test_errors_say_what_is_allowed(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


@pytest.mark.filterwarnings("ignore")
def test_a_dynamic_that_cannot_be_followed():
    with pytest.raises(ValueError, match="dynamic must be one that LSODA can follow to time 5"):
        solve(lambda x, q: x * np.nan, HALF, Q, [0.0, 5.0])
