"""Multiples, parameters and their standard errors, from drifts that are made up."""

import math

import numpy as np
import pytest

from hivemind_abm.theory.drift import HIVES, Measurement
from hivemind_abm.theory.dynamics import taylor
from hivemind_abm.theory.innovative import Logit
from hivemind_abm.theory.least_squares import Target, best_factor, best_parameter
from hivemind_abm.theory.nearest import nearest_dynamics

Q = np.array([0.9, 0.7, 0.4])
POINTS = np.random.default_rng(1).dirichlet(np.ones(3), 20)


def measured(drift, seed, spread=0.05):
    """Hives whose changes are multinomial around the drift, larger where the first share is."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(len(POINTS), HIVES, 3)) * spread * (0.2 + POINTS[:, None, :1])
    noise -= noise.mean(axis=2, keepdims=True)
    return Measurement(POINTS, drift[:, None] + noise, 10**6)


def test_standard_errors_are_those_of_repeated_measurements():
    """The root mean square of (estimate - truth) / error is 1 within 4 / sqrt(2 n)."""
    scores = []
    for seed in range(200):
        target = Target(measured(0.5 * Logit(0.2)(POINTS, Q), seed))
        fit = best_parameter(target, lambda tau: Logit(tau)(POINTS, Q), Logit.fitted)
        factor = best_factor(Target(measured(0.7 * taylor(POINTS, Q), seed)), taylor(POINTS, Q))
        scores.append(
            (
                (fit.factor - 0.5) / fit.factor_error,
                (fit.value - 0.2) / fit.value_error,
                (factor.factor - 0.7) / factor.factor_error,
            )
        )
    rms = np.sqrt(np.mean(np.square(scores), axis=0))
    np.testing.assert_allclose(rms, 1.0, atol=4 / math.sqrt(2 * len(scores)))


def test_a_parameter_is_found_to_rounding_without_noise():
    target = Target(measured(Logit(0.37)(POINTS, Q), 1, spread=1e-9))
    for factor in (None, 1.0):
        fit = best_parameter(target, lambda tau: Logit(tau)(POINTS, Q), (1e-3, 10.0), factor)
        assert fit.value == pytest.approx(0.37, rel=1e-6)
        assert fit.factor == pytest.approx(1.0, rel=1e-6)


def test_what_is_not_determined_has_an_infinite_error():
    target = Target(measured(taylor(POINTS, Q), 2))
    family = best_parameter(target, lambda eta: eta * taylor(POINTS, Q), (0.1, 10.0))
    assert family.factor_error == family.value_error == math.inf
    nothing = best_factor(target, np.zeros_like(POINTS))
    assert (nothing.factor, nothing.factor_error) == (0.0, math.inf)
    limit = best_parameter(target, lambda tau: Logit(tau)(POINTS, Q), (1.0, 2.0))
    assert limit.value == pytest.approx(1.0, rel=1e-3) and limit.value_error == math.inf


def test_dynamics_are_among_the_options_held_unless_bees_explore():
    points = np.array([[0.5, 0.5, 0.0], [0.2, 0.5, 0.3], [0.6, 0.2, 0.2], [0.0, 0.3, 0.7]])
    fitness = np.tile(Q, (4, 1))

    everywhere = Logit(0.2)(points, fitness)
    among_held = Logit(0.2)(points, np.where(points > 0.0, fitness, -np.inf))
    for drift, moving in ((everywhere, points >= 0.0), (among_held, points > 0.0)):
        noise = 0.01 * np.random.default_rng(3).normal(size=(4, HIVES, 3)) * moving[:, None]
        noise -= (
            moving[:, None] * noise.sum(axis=2, keepdims=True) / moving.sum(axis=1)[:, None, None]
        )
        best = nearest_dynamics(Measurement(points, drift[:, None] + noise, 10**6), fitness).best
        assert best.name == "logit" and best.equal
        assert best.once.value == pytest.approx(0.2, abs=3 * best.once.value_error)
