"""A learner beside its local rule: numbers with known values, what is refused, what is shown."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from hivemind_abm import BanditLinear, Learner, exp
from hivemind_abm.theory.derivation import derive

pytestmark = pytest.mark.thorough  # compiles many rules

PAIR = BanditLinear(n_action=2, gap=0.0, q_star=(0.9, 0.6))
TRIPLE = BanditLinear(n_action=3, gap=0.0, q_star=(0.9, 0.75, 0.6))
FEW = {"points": [[0.5, 0.5], [0.2, 0.8]], "bees": 192_000}


@dataclass(frozen=True)
class Hedge(Learner):
    """Exponential weights on the mean reward of each option, with all pulls."""

    eta: float = 1.0
    parallel_envs: int = 1000

    def update(self, policy, pulls, memory, rng):
        total = 0.0
        for a in range(policy.size):
            count = pulls.count_of(a)
            policy[a] *= exp(self.eta * pulls.reward_of(a) / count) if count > 0 else 1.0
            total += policy[a]
        for a in range(policy.size):
            policy[a] /= total


@pytest.fixture(scope="module")
def p_cl():
    return derive("P-CL", PAIR, policy="heard", **FEW)


@pytest.fixture(scope="module")
def p_mcl():
    return derive("P-MCL", PAIR, **FEW)


def test_p_cl_from_the_shares_of_10_heard_has_nine_tenths_of_the_step(p_cl):
    near, found = p_cl.closeness, p_cl.measured
    assert near.factor_error < 0.025
    assert abs(near.factor - 0.9) < 4.0 * near.factor_error
    assert near.proportional and not near.equal
    assert p_cl.lost == pytest.approx(10.0 * (1.0 - near.factor))
    assert found.rule_growth.factor == pytest.approx(1.27, abs=1e-9)  # 1 + 0.9 (0.9 - 0.6)
    assert found.learner_growth.factor == pytest.approx(1.3, abs=1e-3)
    assert abs(p_cl.field.drift[0, 0] - 0.9 * 0.075) < 5.0 * p_cl.field.error[0, 0]


def test_p_mcl_with_10_heard_is_the_learner_with_10_pulls(p_mcl):
    found = p_mcl.measured
    assert p_mcl.rule.reading == "own" and p_mcl.residual <= 1e-12
    assert abs(p_mcl.field.drift[0, 0] - 0.0902905690) < 5.0 * p_mcl.field.error[0, 0]
    assert abs(found.steps[1000].drift[0, 0] - 0.1) < 5.0 * found.steps[1000].error[0, 0]
    assert found.closeness[10].equal and not found.closeness[1000].equal
    assert found.rule_growth.factor == pytest.approx(10.0 / 7.0 * 1.0, abs=1e-9)  # n phi(1/n)
    assert found.learner_growth.factor == pytest.approx(1.5, abs=1e-3)
    kinds = [
        {(point.shares, point.kind) for point in points}
        for points in (p_mcl.field.fixed_points, found.learner_fixed_points)
    ]
    assert kinds[0] == kinds[1] == {((1.0, 0.0), "stable"), ((0.0, 1.0), "unstable")}


def test_the_noise_of_a_step_of_a_neutral_hive():
    """Per step x (1 - x) / N times 1 - (1 - r)^2 for one's own option, and 1 for shares heard."""
    neutral = BanditLinear(n_action=2, gap=0.0, q_star=(0.5, 0.5))
    common = {"points": [[0.5, 0.5]], "bees": 128_000, "population_size": 200}
    for learner, policy, noise in (("CL", "own", 0.75), ("P-CL", "heard", 1.0)):
        further = {"alpha": 1.0} if learner == "CL" else {}
        found = derive(learner, neutral, policy=policy, **common, **further)
        runs = 8 * 128_000 // 200
        assert found.measured.noise.variance == pytest.approx(
            0.25 * noise, rel=5.0 * math.sqrt(2.0 / runs)
        )
        assert math.isinf(found.measured.noise.bees) and math.isnan(found.closeness.factor)
        assert found.closeness.equal and "no number is enough" in str(found)


def test_how_many_bees_it_takes(p_cl):
    """At even shares v / (m x (1 - x)) = 0.25 (1 - 0.18^2) / (0.0675 x 0.25), nearly."""
    noise = p_cl.measured.noise
    assert noise.drift == pytest.approx(0.0675, abs=5.0 * noise.drift_error)
    assert noise.bees == pytest.approx(0.25 / (0.0675 * 0.25), rel=0.15)
    assert noise.time == pytest.approx(0.25 / noise.drift)
    drift, spread = noise.time * noise.drift, math.sqrt(noise.time * noise.variance / noise.bees)
    assert drift == pytest.approx(spread)


def test_what_is_shown(p_cl):
    text = str(p_cl)
    assert text.startswith("the local rule of P-CL: each bee hears 10 others")
    assert "is affine in the policy" in text and 'which the reading "own" has not' in text
    assert "the factor is 1 - c / 10 with c = " in text and "in 99 % of hives" in text
    table = p_cl.table()
    assert len(table) == 2 and {"share_0", "drift_1", "error_0", "learner_1000_0"} <= set(table)
    assert {"learner_10_1", "learner_10_error_1"} <= set(table)
    row = p_cl.summary()
    assert (row["learner"], row["reading"], row["hears"]) == ("P-CL", "heard", 10)
    assert repr(p_cl).startswith("<the local rule of P-CL") and "<table>" in p_cl._repr_html_()


def test_learners_with_memory():
    with pytest.raises(ValueError, match="MaynardCrossLearning keeps numbers beside its policy"):
        derive("MCL", PAIR)
    found = derive("MCL", PAIR, memory=True)
    assert found.measured is None and "Nothing was measured: bees keep numbers" in str(found)
    assert "rms" not in found.summary()
    with pytest.raises(ValueError, match="nothing was measured for local MCL"):
        found.table()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learner": "P-MC"}, "learner must be one of"),
        ({"hears": 0}, "hears must be a whole number of at least 1"),
        ({"policy": "mine"}, "policy must be"),
        ({"explore": 2.0}, "explore"),
        ({"population_size": 5}, "population_size must be at least 11"),
        ({"population_size": 1}, "population_size must be a whole number of at least 2"),
        ({"bees": 3}, "bees must be a whole number of at least 128"),
        ({"points": [[0.5, 0.6]]}, "points must be rows of 2 shares"),
        ({"alpha": 0.1}, "alpha"),
    ],
)
def test_bad_arguments_are_told(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        derive(**{"learner": "P-MCL", "bandit": PAIR} | arguments)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("heard", "after"),
    [(10, (0.546628, 0.286662, 0.16671)), (40, (0.550397, 0.285333, 0.16427))],
)
def test_hedge_from_the_shares_heard(heard, after):
    """Next shares from (.5, .3, .2), from the exact mean over what can be heard."""
    start = np.array([[0.5, 0.3, 0.2]])
    found = derive(Hedge(), TRIPLE, heard, points=start, bees=640_000)
    assert found.rule.reading == "heard" and found.residual > 1e-4
    error = found.field.error[0]
    assert np.all(np.abs(start[0] + found.field.drift[0] - after) < 5.0 * error)
    step = found.measured.steps[1000]
    macro = (0.551647, 0.284884, 0.163468)
    bias = 1e-4  # of order 1 / 1,000 pulls
    assert np.all(np.abs(start[0] + step.drift[0] - macro) < 5.0 * step.error[0] + bias)


@pytest.mark.thorough
def test_an_exploring_rule_brings_a_lost_option_back():
    found = derive("P-MCL", PAIR, explore=0.1, **FEW)
    assert found.measured.rule_growth.influx == pytest.approx(0.05)
    assert found.measured.learner_growth.influx == 0.0
    assert "a lost option comes back with share 0.05" in str(found)


@pytest.mark.thorough
def test_all_heard_and_three_options():
    found = derive("P-CL", TRIPLE, "all", bees=640_000)
    assert found.closeness.equal and math.isnan(found.lost)
    assert found.measured.rule_growth.factor == pytest.approx(1.15, abs=2e-3)
    assert len(found.measured.learner_fixed_points) == len(found.field.fixed_points) == 3
