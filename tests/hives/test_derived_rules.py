"""The derived rules against their equations: exactly, by enumeration of their own `decide`.

The reference point is x = (.5, .3, .2), q = (.9, .75, .6).  A printed number holds to its last
digit, an equation to 1e-12.
"""

import numpy as np
import pytest
from every_outcome import Field, chances, constant, scattered, zero_or_one
from scipy.stats import multinomial

from hivemind_abm import BanditLinear, Hive, exp, mean_field
from hivemind_abm.hives.derived_rules import (
    CrowdRule,
    PairwiseImitation,
    PolicyGradientRule,
    ThinnedVoterRule,
)
from hivemind_abm.hives.derived_rules_weighing import (
    BestHeardRule,
    BoltzmannRule,
    LogitRule,
    SmithRule,
)
from hivemind_abm.hives.names import RULES
from hivemind_abm.hives.rules import ImitationOfSuccess, WeightedVoterRule

X, Q = np.array([0.5, 0.3, 0.2]), np.array([0.9, 0.75, 0.6])
NOISE = pytest.mark.parametrize("payoffs", [constant, zero_or_one, scattered])
DERIVED = {
    "thinned": ThinnedVoterRule(),
    "hedge": ThinnedVoterRule("hedge", eta=2.0),
    "pairwise": PairwiseImitation(0.7),
    "policy gradient": PolicyGradientRule(),
    "crowd": CrowdRule(0.5),
    "boltzmann": BoltzmannRule(epsilon=0.05),
    "logit": LogitRule(epsilon=0.05),
    "best heard": BestHeardRule(0.6, epsilon=0.05),
    "smith": SmithRule(),
}


def taylor(x, f):
    return x * (f - x @ f)


def close(value, expected):
    return np.abs(value - expected).max() < 1e-12


def printed(value, expected):
    """Whether numbers agree with printed ones, of which the last digit is rounded."""
    digits = max(len(f"{number:.10f}".rstrip("0").split(".")[1]) for number in expected)
    return np.abs(value - np.array(expected)).max() < 0.51 * 10.0**-digits


def softmax(z):
    weights = np.exp(z - z.max())
    return weights / weights.sum()


# ------------------------------------------------------------------------------
# Exact for every number of bees heard and any noise


def thinned(w, n):
    """The factor and the drift of the thinned voter."""
    factor = 1.0 - (1.0 - X @ w) ** n
    return factor, factor * taylor(X, w) / (X @ w)


@NOISE
@pytest.mark.parametrize("n", [1, 3])
def test_the_thinned_voter(payoffs, n):
    factor, expected = thinned(Q, n)
    assert close(Field(ThinnedVoterRule(), payoffs(Q), n).drift(X), expected)
    if n == 1:
        assert close(expected, taylor(X, Q))
    if n == 3:
        assert printed(np.array([factor]), [0.991384875])
        assert printed(expected, [0.06546881, -0.01683484, -0.04863398])


def test_the_weighted_voter_deviates_where_the_thinned_one_does_not():
    """The enumeration, checked against a number that is known otherwise."""
    drift = Field(WeightedVoterRule(), constant(Q), 3).drift(X)
    assert printed(drift, [0.04466282, -0.01003095, -0.03463187])


@NOISE
@pytest.mark.parametrize("eta", [1.0, 3.0])
def test_hedge(payoffs, eta):
    """The noise enters by E exp(eta r)."""
    n, paid = 3, payoffs(Q)
    w = np.array([sum(p * exp(eta * (r - 1.0)) for r, p in pays.items()) for pays in paid])
    factor, expected = thinned(w, n)
    assert close(Field(ThinnedVoterRule("hedge", eta), paid, n).drift(X), expected)
    step = X * w / (X @ w) - X  # exponential weights
    assert close(expected, factor * step)
    if eta == 1.0 and payoffs is constant:
        assert printed(np.array([factor]), [0.99417994])
        assert printed(step, [0.05164742, -0.0151156, -0.03653182])
        assert printed(expected, [0.05134683, -0.01502763, -0.03631920])


@NOISE
@pytest.mark.parametrize("alpha", [1.0, 0.3])
def test_pairwise_imitation_is_the_taylor_dynamic(payoffs, alpha):
    expected = alpha * taylor(X, Q)
    for n in (1, 2):
        assert close(Field(PairwiseImitation(alpha), payoffs(Q), n).drift(X), expected)
    assert alpha < 1.0 or printed(expected, [0.0525, -0.0135, -0.039])


@NOISE
@pytest.mark.parametrize("n", [3, 4])
def test_policy_gradient(payoffs, n):
    if n == 4 and payoffs is scattered:
        payoffs = zero_or_one  # there are fewer cases, and n = 3 has this noise
    gain = Q - X @ Q
    expected = 0.5 * taylor(X, X * gain)
    assert printed(expected, [0.009525, -0.004185, -0.00534])
    assert close(Field(PolicyGradientRule(), payoffs(Q), n).drift(X), expected)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_policy_gradient_of_two_options(share):
    x = np.array([share, 1.0 - share])
    drift = Field(PolicyGradientRule(), zero_or_one((0.9, 0.6)), 3).drift(x)
    assert close(drift, 0.3 * (share * (1.0 - share)) ** 2 * np.array([1.0, -1.0]))


@NOISE
@pytest.mark.parametrize("tau", [1.0, 0.25])
def test_crowd(payoffs, tau):
    for n in (2, 3):
        field = Field(CrowdRule(tau), payoffs(Q), n)
        assert close(field.drift(X), taylor(X, Q - tau * X) / (1.0 + tau))
    if tau == 1.0:
        settled = field.fixed_point(X)
        assert close(settled, 1 / 3 + (Q - Q.mean()) / tau)
        assert printed(settled, [0.483333, 0.333333, 0.183333])


def test_crowd_without_a_crowd_is_imitation_of_success():
    for payoffs in (constant(Q), zero_or_one(Q)):
        drift = Field(ImitationOfSuccess(), payoffs, 2).drift(X)
        assert close(Field(CrowdRule(0.0), payoffs, 2).drift(X), drift)


# ------------------------------------------------------------------------------
# What is heard is weighed


def bernstein(weights, n):
    """The mean of `weights(share heard)`, normalised, over what can be heard of n bees."""
    total = np.zeros(3)
    for chance, heard in _samples(n):
        row = np.where(heard > 0.0, weights(heard), 0.0)
        total += chance * row / row.sum()
    return total


def _samples(n):
    for i in range(n + 1):
        for j in range(n + 1 - i):
            counts = np.array([i, j, n - i - j])
            yield multinomial.pmf(counts, n, X), counts / n


@pytest.mark.parametrize(
    ("n", "expected"),
    [(5, [0.641555, 0.257359, 0.101087]), (10, [0.605343, 0.275616, 0.119041])],
)
def test_logit(n, expected):
    after = Field(LogitRule(0.2), constant(Q), n, own=False).next(X)
    assert printed(after, expected)
    assert close(after, bernstein(lambda heard: np.exp(Q / 0.2), n))
    assert close(after, Field(BoltzmannRule(0.2, alpha=1.0), constant(Q), n, own=False).next(X))


def test_logit_of_many_is_the_logit_choice():
    macro = softmax(Q / 0.2)
    assert printed(macro, [0.589798, 0.278601, 0.131602])
    after = Field(LogitRule(0.2), constant(Q), 40, own=False).next(X)
    assert printed(after, [0.589810, 0.278606, 0.131584])


@pytest.mark.parametrize(
    ("n", "epsilon", "expected"),
    [
        (10, 0.0, [0.65408, 0.28109, 0.06482]),
        pytest.param(40, 0.0, [0.59556, 0.27768, 0.12676], marks=pytest.mark.thorough),
        pytest.param(40, 0.01, [0.59012, 0.27875, 0.13112], marks=pytest.mark.thorough),
    ],
)
def test_boltzmann(n, epsilon, expected):
    field = Field(BoltzmannRule(0.2, 0.5, epsilon), constant(Q), n, own=False)
    mixed = (1.0 - epsilon) * bernstein(lambda p: np.sqrt(p) * np.exp(0.5 * Q / 0.2), n)
    assert close(field.next(X), mixed + epsilon / 3.0)
    assert printed(field.fixed_point(X), expected)


@pytest.mark.parametrize("tau", [1e-3, 1e-300, 1e6])
def test_an_extreme_temperature_leaves_chances(tau):
    for rule in (LogitRule(tau), BoltzmannRule(tau, 1.0)):
        row = chances(rule, (2, 0.6), [(1, 0.75), (2, 0.6)], 3)
        assert np.abs(row - ([0.0, 0.5, 0.5] if tau > 1.0 else [0.0, 1.0, 0.0])).max() < 1e-6


def best_of(x, n):
    """P(a) where option 0 is best and the last one worst."""
    no_better = np.cumsum(x[::-1])[::-1]
    return no_better**n - np.append(no_better[1:], 0.0) ** n


@pytest.mark.parametrize(("alpha", "epsilon"), [(1.0, 0.0), (0.3, 0.1)])
def test_best_heard(alpha, epsilon):
    after = (1.0 - alpha) * X + alpha * best_of(X, 5)
    field = Field(BestHeardRule(alpha, epsilon), constant(Q), 5)
    assert close(field.next(X), (1.0 - epsilon) * after + epsilon / 3.0)
    if alpha == 1.0:
        assert printed(after, [0.96875, 0.03093, 0.00032])


def test_ties_of_the_best_heard_are_broken_uniformly():
    """Three times .1 are a little more than .3."""
    heard = [(0, 0.1), (0, 0.1), (0, 0.1), (1, 0.1), (2, 0.05)]
    assert close(chances(BestHeardRule(), (2, 0.9), heard, 3), [0.5, 0.5, 0.0])


@pytest.mark.parametrize("n", [1, 5])
def test_smith(n):
    k, heard = 3, 1.0 - (1.0 - X) ** n
    gain = np.maximum(Q[None, :] - Q[:, None], 0.0)  # [a, b] of a step from a to b
    flow = X[:, None] * heard / k * gain
    drift = Field(SmithRule(), constant(Q), n).drift(X)
    assert close(drift, flow.sum(axis=0) - flow.sum(axis=1))
    if n == 1:
        assert close(drift, taylor(X, Q) / k)
    else:
        assert printed(drift, [0.03390625, -0.00621195, -0.0276943])


# ------------------------------------------------------------------------------
# One bee, by hand


@pytest.mark.parametrize(
    ("rule", "me", "heard", "expected"),
    [
        (ThinnedVoterRule(), (2, 0.9), [(0, 0.5), (1, 1.0)], [0.25, 0.75, 0.0]),
        (ThinnedVoterRule(), (2, 0.9), [(0, 0.0), (1, 0.5)], [0.0, 0.5, 0.5]),
        (PairwiseImitation(0.5), (1, 0.2), [(0, 0.8)], [0.3, 0.7, 0.0]),
        (PairwiseImitation(), (1, 0.8), [(0, 0.2)], [0.0, 1.0, 0.0]),
        # of (0, 1), (0, 0), (1, 0.5) each is j with 1/3; the gain counts where k is j's like
        (PolicyGradientRule(), (2, 0.1), [(0, 1.0), (0, 0.0), (1, 0.5)], [1 / 3, 1 / 6, 0.5]),
        (PolicyGradientRule(), (2, 0.1), [(0, 1.0), (0, 1.0), (1, 0.0)], [0.5, 1 / 6, 1 / 3]),
        (PolicyGradientRule(), (2, 0.1), [(0, 1.0), (0, 0.0)], [0.0, 0.0, 1.0]),
        (CrowdRule(1.0), (2, 0.1), [(0, 0.8), (0, 0.4)], [0.3, 0.0, 0.7]),
        (CrowdRule(1.0), (2, 0.1), [(0, 0.8), (1, 0.4)], [0.45, 0.35, 0.2]),
        (CrowdRule(1.0), (2, 0.1), [(0, 0.8)], [0.0, 0.0, 1.0]),
        (BestHeardRule(0.4), (2, 0.9), [(0, 0.2), (1, 0.3)], [0.0, 0.4, 0.6]),
        (SmithRule(), (2, 0.1), [(0, 0.7), (0, 0.4), (2, 1.0)], [0.15, 0.0, 0.85]),
    ],
)
def test_one_bee(rule, me, heard, expected):
    assert close(chances(rule, me, heard, 3), expected)


# ------------------------------------------------------------------------------
# In hives


def test_they_are_built_in_and_say_what_they_are():
    assert {type(rule) for rule in DERIVED.values()} <= set(RULES.values())
    assert {RULES[name] for name in DERIVED if name != "hedge"} == set(list(RULES.values())[3:])
    claims = {name: (rule().learner, rule().dynamic) for name, rule in RULES.items()}
    assert {name for name in DERIVED if claims.get(name, (None, None)) != (None, None)} == {
        "pairwise"
    }
    assert claims["pairwise"] == ("P-CL", "TRD")
    assert PairwiseImitation(0.5).dynamic is None and PairwiseImitation(0.5).learner is None


@pytest.mark.parametrize(
    ("name", "field", "wrong"),
    [
        ("thinned", "weight", "r"),
        ("thinned", "eta", 0.0),
        ("pairwise", "alpha", 0.0),
        ("pairwise", "alpha", 1.5),
        ("crowd", "tau", -0.1),
        ("boltzmann", "tau", 0.0),
        ("boltzmann", "alpha", 0.0),
        ("boltzmann", "epsilon", 1.1),
        ("logit", "tau", float("inf")),
        ("logit", "epsilon", -0.1),
        ("best heard", "alpha", 2.0),
        ("best heard", "epsilon", float("nan")),
    ],
)
def test_wrong_fields_are_refused(name, field, wrong):
    with pytest.raises(ValueError, match=f"{field} must be .*, not "):
        Hive.settings(rule=name, **{field: wrong})


@pytest.mark.parametrize("name", DERIVED)
def test_they_never_adopt_no_option(name):
    """Bees of another rule may hold none: 3 here, which has no place in the row of chances."""
    for heard in ([(3, 0.0), (3, 0.0), (0, 0.9)], [(3, 0.0)] * 3):
        assert chances(DERIVED[name], (1, 0.4), heard, 3).sum() == pytest.approx(1.0, abs=1e-12)


QUICK = ("policy gradient",)  # each rule takes seconds to compile
EACH = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else pytest.mark.thorough) for n in DERIVED]
)


@pytest.mark.thorough
@EACH
def test_both_modes_agree(name):
    """One at a time too: `check_rule`, in `test_contract`."""
    for where in ({}, {"neighbourhood": "ring:4"}, {"neighbourhood": "everyone"}):
        hives = [
            Hive(DERIVED[name], "near one", 30, compiled=compiled, rng=4, **where)
            for compiled in (True, False)
        ]
        for hive in hives:
            hive.run_for(6)
        assert hives[0].mode == {"rule": "compiled", "bandit": "compiled"}
        assert hives[1].mode["rule"] == "interpreted"
        assert hives[0].table().equals(hives[1].table())


EXPECTED = {
    "thinned": (3, thinned(Q, 3)[1]),
    "hedge": (3, thinned(np.exp(2.0 * (Q - 1.0)) * np.sinh(0.2) / 0.2, 3)[1]),
    "pairwise": (1, 0.7 * taylor(X, Q)),
    "policy gradient": (3, 0.5 * taylor(X, X * (Q - X @ Q))),
    "crowd": (2, taylor(X, Q - 0.5 * X) / 1.5),
}


@pytest.mark.thorough
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n in QUICK else pytest.mark.thorough) for n in EXPECTED],
)
def test_hives_drift_as_the_equation_says(name):
    """With payoffs that are uniform on q +- 0.1: E exp(eta r) is exp(eta q) sinh(.1 eta)/(.1 eta).

    The bound is five standard errors.
    """
    n, expected = EXPECTED[name]
    bandit = BanditLinear(3, 0.1, q_star=tuple(Q))
    result = mean_field(DERIVED[name], bandit, n, points=[X], fixed_points=False)
    measured = result.whole
    assert (np.abs(measured.drift[0] - expected) < 5.0 * measured.error[0]).all()
    assert measured.error.max() < 1e-3
