"""Asynchronous hives: known exact numbers, sampled chains, runs, and what is refused.

s = q_B / q_A; a hive of N bees on options A = 0 and B = 1 starts with i of them on A.  Bounds are
four sigma where chance is involved.
"""

import math

import numpy as np
import pytest
from noiseless import steady
from small_rules import Fermi, KnownFermi, Loud, MajorityOfGroup

from hivemind_abm import Hive, ImitationOfSuccess, WeightedVoterRule
from hivemind_abm.engine.seeds import run_seeds
from hivemind_abm.theory.chain import finite_hive

pytestmark = pytest.mark.thorough  # compiles rules

BETTER = steady(0.9, 0.6)
EVERYONE = {"neighbourhood": "everyone"}


def one_by_one(rule, bandit=BETTER, n=10, **more):
    return finite_hive(rule, bandit, n, updating="asynchronous", **more)


@pytest.mark.parametrize(
    ("rule", "more", "events"),
    [("success", {}, 60.50056), ("wvoter", EVERYONE, 52.54286), ("success", EVERYONE, None)],
)
def test_the_moran_process(rule, more, events):
    """Takeover (1 - s^i) / (1 - s^N), also of 100,000 bees."""
    hive = one_by_one(rule, **more)
    assert hive.exact and hive.events_per_step == 10
    i, s = hive.states[:, 0], 0.6 / 0.9
    np.testing.assert_allclose(
        hive.consensus_probabilities[:, 0], (1 - s**i) / (1 - s**10), rtol=1e-12
    )
    assert hive.consensus_probabilities[1, 0] == pytest.approx(0.3392158552, abs=1e-10)
    assert hive.consensus_probabilities[5, 0] == pytest.approx(0.8836363636, abs=1e-10)
    if events:
        assert hive.consensus_events[5] == pytest.approx(events, abs=1e-5)
        assert hive.consensus_times[5] == pytest.approx(events / 10, abs=1e-6)


def test_a_hundred_thousand_bees_are_exact():
    n, q = 100_000, (0.9, 0.8999)
    hive = one_by_one("success", steady(*q), n)
    s = q[1] / q[0]
    i = np.array([1, 10, 1000, 50_000])
    expected = np.expm1(i * math.log(s)) / np.expm1(n * math.log(s))
    np.testing.assert_allclose(hive.consensus_probabilities[i, 0], expected, rtol=1e-9)
    with pytest.raises(ValueError, match="population_size must be at most 100000 for 2 options"):
        one_by_one("success", BETTER, n + 1)
    with pytest.raises(ValueError, match="population_size must be at most 2999 for 2 options"):
        one_by_one(Fermi(), BETTER, 3000)


@pytest.mark.parametrize(
    ("b", "takeover", "events"), [(5.0, 0.7768700775, 59.13903), (1.0, 0.2727617892, None)]
)
def test_the_fermi_rule(b, takeover, events):
    """(1 - g^i) / (1 - g^N), g = exp(-b dq) (Traulsen, Nowak & Pacheco, PRE 74, 011909, 2006)."""
    hive = one_by_one(KnownFermi(b))
    assert hive.exact
    assert hive.consensus_probabilities[1, 0] == pytest.approx(takeover, abs=1e-10)
    i, g = hive.states[:, 0], math.exp(-0.3 * b)
    np.testing.assert_allclose(hive.consensus_probabilities[:, 0], (1 - g**i) / (1 - g**10))
    if events:
        assert hive.consensus_events[1] == pytest.approx(events, abs=1e-5)


def test_decisions_are_sampled_where_no_closed_form_is_known():
    exact, found = one_by_one(KnownFermi()), one_by_one(Fermi(), samples=1000)
    assert not found.exact and found.samples == 1000
    inside = slice(1, -1)
    for name in ("consensus_probabilities", "consensus_times"):
        singular = name.replace("ies", "y").removesuffix("s")
        error = getattr(found, f"{singular}_errors")[inside]
        difference = (getattr(found, name) - getattr(exact, name))[inside]
        assert (np.abs(difference) < 4.0 * error).all() and (error > 0.0).all()
    assert (found.consensus_probability_errors < 0.02).all()
    p, error = exact.transition.toarray()[inside], found.error.toarray()[inside]
    z = (found.transition.toarray()[inside] - p)[error > 0] / error[error > 0]
    assert np.abs(z).max() < 4.5 and 0.5 < z.std() < 1.6


def test_the_majority_of_a_random_group_of_three():
    """2^-(N - 3) sum_{j <= n - 2} binomial(N - 3, j) (Krapivsky & Redner, PRL 90, 238701, 2003)."""
    hive = one_by_one(MajorityOfGroup(), steady(0.5, 0.5), neighbourhood="groups",
                      neighbourhood_size=3, samples=20)  # fmt: skip
    exits = hive.consensus_probabilities[:, 0]
    np.testing.assert_allclose(exits[[3, 4, 5]], [0.0625, 0.2265625, 0.5], rtol=1e-12)
    for n in range(2, 9):
        expected = sum(math.comb(7, j) for j in range(n - 1)) / 2**7
        assert exits[n] == pytest.approx(expected, rel=1e-12)
    assert not hive.consensus_probability_errors.round(12).any()  # no decision is left to chance
    assert hive.events_per_step == 3  # 10 / 3, rounded


@pytest.mark.parametrize(("rule", "m"), [("wvoter", 3), ("success", 4), ("wvoter", 10)])
def test_groups_with_a_closed_form_agree_with_samples(rule, m):
    groups = {"neighbourhood": "groups", "neighbourhood_size": m}
    exact = one_by_one(rule, **groups)
    same = {"wvoter": WeightedVoterRule, "success": ImitationOfSuccess}[rule]
    unknown = type("Unknown", (same,), {"decide": same.decide, "__module__": __name__})
    found = one_by_one(unknown(), samples=2000, **groups)
    assert exact.exact and not found.exact
    start = exact.start
    difference = found.consensus_probabilities[start] - exact.consensus_probabilities[start]
    assert (np.abs(difference) < 4.0 * found.consensus_probability_errors[start]).all()


def test_one_at_a_time_errs_more_often():
    """R_wvoter that hears all others, 0.6 / 0.9, from 5 of 10: 1.6 % together, 14.2 % in turn."""
    together = finite_hive("wvoter", steady(0.6, 0.9), 10).summary()
    in_turn = one_by_one("wvoter", steady(0.6, 0.9)).summary()
    assert together["consensus_probability_0"] == pytest.approx(0.016, abs=5e-4)
    assert in_turn["consensus_probability_0"] == pytest.approx(0.142, abs=5e-4)
    assert in_turn["updating"] == "asynchronous" and "updating" not in together


CASES = [
    ("success", BETTER, 10, "asynchronous", {}),
    ("wvoter", BETTER, 10, "asynchronous", {}),
    ("wvoter", BETTER, 10, "asynchronous", {"neighbourhood_size": 2}),
    ("wvoter", BETTER, 10, "asynchronous", EVERYONE),
    ("success", steady(0.5, 0.6, 0.7), 8, "asynchronous", {}),
    ("success", BETTER, 10, "asynchronous", {"neighbourhood": "groups", "neighbourhood_size": 3}),
    ("wvoter", BETTER, 10, "asynchronous", {"neighbourhood": "groups", "neighbourhood_size": 5}),
    ("success", BETTER, 10, 0.3, {}),
    ("wvoter", BETTER, 10, 0.7, {"neighbourhood_size": 3}),
]


@pytest.mark.parametrize(("rule", "bandit", "n", "updating", "more"), CASES)
def test_the_chain_foretells_runs(rule, bandit, n, updating, more):
    """Where 20,000 runs end, in which row they first show it, and the counts after two steps."""
    hive = finite_hive(rule, bandit, n, updating=updating, **more)
    settings = Hive.settings(
        rule=rule, bandit=bandit, population_size=n, updating=updating, stop_if_end=True, **more
    )
    runs = 20_000
    batch = settings.batch(run_seeds(1, runs))
    steps = np.zeros(runs)
    for step in range(1, 1000):
        steps += batch.running
        batch.advance(1)
        if step == 2:
            counts = np.rint(batch.shares * n)
            law = hive.distribution(2)
            mean = law @ hive.states
            error = np.sqrt(law @ (hive.states - mean) ** 2 / runs)
            assert (np.abs(counts.mean(axis=0) - mean) < 4.0 * error).all()
        if not batch.running.any():
            break
    p, start = hive.consensus_probabilities[hive.start], hive.start
    found = batch.shares.mean(axis=0)
    assert (np.abs(found - p) < 4.0 * np.sqrt(p * (1 - p) / runs) + 1e-3 / runs).all()
    error = steps.std() / math.sqrt(runs)
    assert abs(steps.mean() - hive.recorded_times[start]) < 4.0 * error
    if updating == "asynchronous":  # the exact time, not rounded up, is told apart
        assert abs(steps.mean() - hive.consensus_times[start]) > 5.0 * error


def test_two_bees_that_decide_half_of_the_time_by_hand():
    """One bee per option: they switch with chances 0.5 q_1 and 0.5 q_0."""
    hive = finite_hive("success", steady(0.5, 0.6), 2, updating=0.5)
    row = [0.3 * 0.75, 0.3 * 0.25 + 0.7 * 0.75, 0.7 * 0.25]
    np.testing.assert_allclose(hive.transition, [[1, 0, 0], row, [0, 0, 1]], atol=1e-15)


@pytest.mark.parametrize("p", [0.3, 1.0])
def test_a_probability_mixes_the_step_with_standing_by(p):
    """p = 1 is synchronous, number for number; an estimated chain agrees with the closed form."""
    exact = finite_hive("success", BETTER, 10, updating=p)
    if p == 1.0:
        together = finite_hive("success", BETTER, 10)
        np.testing.assert_array_equal(exact.transition, together.transition)
    found = finite_hive(
        WeightedVoterRule("is_stoc"), BETTER, 10, updating=p, neighbourhood_size=1, samples=1000
    )
    error = found.consensus_probability_errors[5]
    assert (
        np.abs(found.consensus_probabilities - exact.consensus_probabilities)[5] < 4.0 * error
    ).all()


@pytest.mark.parametrize(
    ("rule", "bandit", "message"),
    [
        (Loud(), BETTER, "a bee keeps what it shows until its next turn, so a dance is a memory"),
        (
            "success",
            "near one",
            "keeps its payoff until its next turn, and BanditLinear pays",
        ),
        ("success", "congestion", "BanditCongestion pays by the shares then"),
    ],
)
def test_what_a_bee_keeps_is_not_in_the_counts(rule, bandit, message):
    more = {"gap": 0.0} if bandit == "congestion" else {}
    with pytest.raises(ValueError, match=f"updating must not be 'asynchronous' here: .*{message}"):
        finite_hive(rule, bandit, 10, updating="asynchronous", **more)
    assert not finite_hive(rule, bandit, 4, samples=20).exact or more  # together, it is
