"""The laws of the learners.

One update by hand, how options are drawn, the simplex, and where learners settle.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from hivemind_abm import (
    BanditLinear,
    CrossLearning,
    Learner,
    LearnerModel,
    MaynardCrossLearning,
    ParallelCrossLearning,
    ParallelMaynardCrossLearning,
    Pulls,
    Stream,
    ensemble,
    maynard,
    taylor,
)
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.loading import gallery, load_module

POLICY = np.array([0.1, 0.2, 0.3, 0.4])
Q = np.array([0.2, 0.9, 0.5, 0.0])


def updated(learner, policy, pulls, memory=(), step=0):
    """The policy and memory after one update."""
    pi, kept = np.array(policy, float), np.array(memory, float)
    learner.update(pi, Pulls.of(pulls, len(pi), step), kept, Stream(0))
    return pi, kept


@pytest.mark.parametrize("alpha", [0.001, 0.3, 1.0])
def test_cl_is_in_expectation_one_euler_step_of_trd(alpha):
    learner = CrossLearning(alpha)
    expected = sum(p * updated(learner, POLICY, [(a, Q[a])])[0] for a, p in enumerate(POLICY))
    np.testing.assert_allclose(expected, POLICY + alpha * taylor(POLICY, Q), atol=1e-15)


@pytest.mark.parametrize("alpha", [0.001, 0.3])
def test_mcl_is_in_expectation_one_euler_step_of_mrd_where_its_baseline_is_the_mean_reward(alpha):
    learner, mean = MaynardCrossLearning(alpha, alpha_baseline=0.0), POLICY @ Q
    expected = sum(
        p * updated(learner, POLICY, [(a, Q[a])], [mean], step=7)[0] for a, p in enumerate(POLICY)
    )
    np.testing.assert_allclose(expected, POLICY + alpha * maynard(POLICY, Q), atol=1e-15)


def test_mcl_follows_its_own_running_mean_in_expectation():
    learner, v = MaynardCrossLearning(0.05, alpha_baseline=0.3), 0.4
    expected = sum(
        p * updated(learner, POLICY, [(a, Q[a])], [v], step=1)[0] for a, p in enumerate(POLICY)
    )
    by_hand = POLICY.copy()
    for a, p in enumerate(POLICY):
        by_hand += p * 0.05 * Q[a] / (0.7 * v + 0.3 * Q[a]) * (np.eye(4)[a] - POLICY)
    np.testing.assert_allclose(expected, by_hand, atol=1e-15)


def test_the_baseline_of_mcl():
    learner = MaynardCrossLearning(0.1, alpha_baseline=0.25)
    policy, memory = updated(learner, [0.5, 0.5], [(0, 0.8)], [0.0], step=0)
    assert memory.tolist() == [0.8]
    np.testing.assert_allclose(policy, [0.55, 0.45], atol=1e-15)  # r / v = 1
    _, memory = updated(learner, policy, [(1, 0.4)], memory, step=1)
    assert memory[0] == pytest.approx(0.75 * 0.8 + 0.25 * 0.4, abs=1e-15)
    _, memory = updated(
        learner, policy, [(1, 0.6)], [0.0], step=1
    )  # a first reward of 0 is not taken for "not begun"
    assert memory[0] == pytest.approx(0.25 * 0.6, abs=1e-15)


def test_mcl_is_clipped_and_renormalised_as_the_law_says():
    rng = np.random.default_rng(1)
    beyond = 0
    for _ in range(2000):
        k = int(rng.integers(1, 6))
        policy = rng.dirichlet(np.full(k, 0.5))
        a, r, v, alpha = int(rng.integers(k)), rng.random(), rng.random(), rng.random()
        gain = alpha * r / v
        literal = np.clip(policy + gain * (np.eye(k)[a] - policy), 0.0, 1.0)
        literal /= literal.sum()
        beyond += gain > 1.0
        np.testing.assert_allclose(
            updated(MaynardCrossLearning(alpha, alpha_baseline=0.0), policy, [(a, r)], [v], step=3)[
                0
            ],
            literal,
            atol=1e-14,
        )
    assert beyond > 100


def some_pulls(number):
    rng = np.random.default_rng(number)
    return [(int(rng.integers(4)), float(rng.random())) for _ in range(number)]


@pytest.mark.parametrize("number", [1, 2, 7, 1000])
def test_p_cl_adds_the_mean_over_its_pulls(number):
    pulls = some_pulls(number)
    literal = POLICY + np.mean([r * (np.eye(4)[a] - POLICY) for a, r in pulls], axis=0)
    np.testing.assert_allclose(
        updated(ParallelCrossLearning(number), POLICY, pulls)[0], literal, atol=1e-13
    )


@pytest.mark.parametrize("number", [1, 2, 7, 1000])
def test_p_mcl_becomes_the_share_of_each_option_in_the_total_reward(number):
    pulls = some_pulls(number)
    total = math.fsum(r for _, r in pulls)
    shares = [math.fsum(r for a, r in pulls if a == option) / total for option in range(4)]
    new = updated(ParallelMaynardCrossLearning(number), POLICY, pulls)[0]
    np.testing.assert_allclose(new, shares, rtol=1e-13, atol=0.0)
    mean = total / number
    literal = POLICY + np.mean([r / mean * (np.eye(4)[a] - POLICY) for a, r in pulls], axis=0)
    np.testing.assert_allclose(new, literal, atol=1e-13)


def test_p_mcl_gives_exactly_the_payoff_weighted_share():
    pulls = [(0, 0.25), (2, 0.5), (0, 0.25), (3, 1.0)]
    assert updated(ParallelMaynardCrossLearning(4), POLICY, pulls)[0].tolist() == [
        0.25,
        0.0,
        0.25,
        0.5,
    ]


@pytest.mark.parametrize("learner", ["CL", "MCL", "P-CL", "P-MCL"])
def test_zero_rewards_change_nothing(learner):
    model = LearnerModel(
        learner, BanditLinear(4, gap=0.0, q_star=(0.0,) * 4), initial_shares=POLICY, rng=1
    )
    model.run_for(20)
    np.testing.assert_array_equal(model.shares, POLICY)


def test_mcl_begins_to_learn_when_rewards_begin():
    _, memory = updated(MaynardCrossLearning(0.1, 0.5), [0.5, 0.5], [(0, 0.0)], [0.0], step=0)
    policy, memory = updated(MaynardCrossLearning(0.1, 0.5), [0.5, 0.5], [(0, 0.4)], memory, step=1)
    assert memory[0] == 0.2
    np.testing.assert_allclose(policy, [0.6, 0.4], atol=1e-15)


@pytest.mark.parametrize("bandit", ["near zero", "near one", "sigmoid", "congestion"])
@pytest.mark.parametrize("learner", ["CL", "MCL"])
def test_policies_stay_on_the_simplex_for_100000_steps_at_alpha_1(learner, bandit):
    model = LearnerModel(learner, bandit, alpha=1.0, rng=1)
    batch = model._batch
    for _ in range(1000):
        batch.advance(100)
        assert batch.policies.min() >= 0.0
        assert batch.policies.max() <= 1.0
        assert abs(batch.policies.sum() - 1.0) < 1e-12


def test_small_steps_do_not_let_the_sum_drift():
    batch = LearnerBatch(
        MaynardCrossLearning(1e-4, 0.01), BanditLinear(name="evenly spaced"), range(4)
    )
    batch.advance(200_000)
    np.testing.assert_allclose(batch.policies.sum(axis=1), 1.0, atol=1e-12)


# ------------------------------------------------------------------------------
# How options are drawn


@dataclass(frozen=True)
class Still(Learner):
    parallel_envs: int = 1

    def update(self, policy, pulls, memory, rng):
        pass


@pytest.mark.parametrize("number", [1, 48, 49, 1000])
@pytest.mark.parametrize(
    "policy",
    [
        (0.1, 0.2, 0.3, 0.4),
        (0.0, 1.0, 0.0),
        (0.5, 0.0, 0.5, 0.0),
        (1.0,),
        (0.999, 0.0005, 0.0005),
        tuple(np.full(300, 1 / 300)),
        tuple(np.arange(40) / 780),
    ],
    ids=lambda policy: f"{len(policy)} options" if isinstance(policy, tuple) else None,
)
def test_options_are_drawn_by_inverting_the_cumulative_policy(policy, number):
    policy = np.array(policy)
    k = len(policy)
    batch = LearnerBatch(
        Still(number), BanditLinear(k, gap=0.0, q_star=(0.5,) * k), [5], initial_shares=policy
    )
    seen, rng = [], Stream(5)
    cumulative = np.cumsum(batch.policies[0])
    for _ in range(2000 // number + 1):
        uniform = np.array([rng.random() for _ in range(number)])
        np.testing.assert_array_equal(
            batch.options[0], np.searchsorted(cumulative, uniform, side="right").clip(max=k - 1)
        )
        for _ in range(number):
            rng.random()  # the reward's
        seen += batch.options[0].tolist()
        batch.step()
    assert not (policy[np.unique(seen)] == 0.0).any()


def test_what_a_rounded_sum_leaves_over_goes_to_an_option_that_is_possible():
    policy = np.array([0.5, 0.5 - 1e-10, 0.0])
    for number in (10, 100):
        batch = LearnerBatch(Still(number), BanditLinear(3, name="near one"), range(2000))
        batch.policies[:] = policy
        batch.step()
        assert batch.options.max() == 1


def test_draws_follow_the_policy():
    policy = np.array([0.05, 0.15, 0.3, 0.5])
    for number in (10, 1000):
        batch = LearnerBatch(
            Still(number),
            BanditLinear(4, name="near one"),
            range(20_000 // number),
            initial_shares=policy,
        )
        counts = np.bincount(batch.options.ravel(), minlength=4)
        assert stats.chisquare(counts, policy * counts.sum()).pvalue > 1e-4


# ------------------------------------------------------------------------------
# What an update may ask


@dataclass(frozen=True)
class Asks(Learner):
    """Writes all answers into its memory."""

    parallel_envs: int = 5

    def memory_size(self, n_action):
        return 2 * n_action + 2 * self.parallel_envs + 5

    def update(self, policy, pulls, memory, rng):
        k, n = pulls.n_action, pulls.size
        for a in range(k):
            memory[a] = pulls.reward_of(a)
            memory[k + a] = pulls.count_of(a)
        place = 2 * k
        for pull in pulls:
            memory[place] = pull.option
            memory[place + n] = pull.reward
            place += 1
        memory[-1], memory[-2], memory[-3] = pulls.total_reward, pulls.step, len(pulls)
        memory[-4], memory[-5] = pulls[n - 1].reward, rng.random()


@pytest.mark.thorough
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("number", [1, 5, 200])
def test_what_pulls_tell(number, compiled):
    batch = LearnerBatch(
        Asks(number), BanditLinear(3, name="near one"), range(3), compiled=compiled
    )
    assert batch.mode["learner"] == ("compiled" if compiled else "interpreted")
    for step in range(3):
        options, rewards = batch.options.copy(), batch.payoffs.copy()
        batch.step()
        for run in range(3):
            memory = batch.memory[run]
            for a in range(3):
                assert memory[a] == pytest.approx(rewards[run][options[run] == a].sum(), abs=1e-12)
                assert memory[3 + a] == (options[run] == a).sum()
            np.testing.assert_array_equal(memory[6 : 6 + number], options[run])
            np.testing.assert_array_equal(memory[6 + number : 6 + 2 * number], rewards[run])
            assert memory[-1] == pytest.approx(rewards[run].sum(), abs=1e-12)
            assert memory[-2:].tolist()[0] == step
            assert memory[-3] == number
            assert memory[-4] == rewards[run][-1]


@pytest.mark.parametrize("option", [3, -1, 1.5, True])
def test_pulls_by_hand_refuse_options_that_are_none(option):
    with pytest.raises(ValueError, match=r"an option must be 0 to 2, not"):
        Pulls.of([(option, 0.5)], n_action=3)


def test_pulls_by_hand_refuse_what_is_not_there():
    pulls = Pulls.of([(0, 0.5), (2, 1.0)], n_action=3, step=4)
    assert (len(pulls), pulls.size, pulls.n_action, pulls.step, pulls.total_reward) == (
        2,
        2,
        3,
        4,
        1.5,
    )
    assert [pull.option for pull in pulls] == [0, 2]
    for ask in (
        lambda: pulls[2],
        lambda: pulls[-1],
        lambda: pulls.reward_of(3),
        lambda: pulls.count_of(-1),
    ):
        with pytest.raises(IndexError, match="must be 0"):
            ask()


# ------------------------------------------------------------------------------
# Where learners settle


@pytest.mark.parametrize(
    ("parameters", "steps"),
    [
        ({"learner": "CL", "alpha": 0.002}, 60_000),
        ({"learner": "MCL", "alpha": 0.002}, 60_000),
        ({"learner": "P-CL", "parallel_envs": 2000}, 200),
        ({"learner": "P-MCL", "parallel_envs": 2000}, 200),
    ],
    ids=lambda value: value["learner"] if isinstance(value, dict) else None,
)
def test_on_the_congestion_bandit_learners_settle_at_the_equilibrium(parameters, steps):
    table = ensemble(
        LearnerModel,
        {**parameters, "bandit": "congestion"},
        runs=300,
        steps=steps,
        seed=1,
        record_every=steps,
    )
    last = table.iloc[-1]
    error = 5 * last["share_0_std"] / math.sqrt(300)
    assert (
        abs(last["share_0_mean"] - 0.75) < error + 0.004
    )  # a finite alpha or B shifts the mean by about its square
    assert last["share_0_std"] < 0.06


def test_exponential_weights_of_the_gallery_is_exp3():
    gamma, k = 0.1, 3
    learner = load_module(gallery("models") / "my_first_learner.py").ExponentialWeights(gamma)
    model = LearnerModel(learner, BanditLinear(k, name="near zero"), rng=3)
    weights, policy = np.ones(k), np.full(k, 1 / k)
    for _ in range(300):
        option, reward = int(model.options[0]), float(model.rewards[0])
        model.step()
        weights[option] *= math.exp(
            gamma * reward / policy[option] / k
        )  # as in the paper's figure 1
        policy = (1 - gamma) * weights / weights.sum() + gamma / k
        np.testing.assert_allclose(model.shares, policy, rtol=1e-9)


# ------------------------------------------------------------------------------
# Arguments


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CrossLearning(0.0), "alpha must be a number above 0 and at most 1, not 0.0"),
        (lambda: CrossLearning(1.5), "alpha must be a number above 0 and at most 1, not 1.5"),
        (lambda: CrossLearning(math.nan), "alpha must be a number above 0 and at most 1, not nan"),
        (lambda: CrossLearning("0.1"), "alpha must be a number above 0 and at most 1, not '0.1'"),
        (
            lambda: MaynardCrossLearning(0.1, -0.1),
            "alpha_baseline must be a number from 0 to 1, not -0.1",
        ),
        (
            lambda: ParallelCrossLearning(0),
            "parallel_envs must be a whole number of at least 1, not 0",
        ),
        (
            lambda: ParallelMaynardCrossLearning(2.5),
            "parallel_envs must be a whole number of at least 1, not 2.5",
        ),
    ],
)
def test_wrong_fields_are_named(make, message):
    with pytest.raises((ValueError, TypeError)) as error:
        make()
    assert str(error.value) == message


@dataclass(frozen=True)
class Sloppy(Learner):
    how: str = "grows"

    def update(self, policy, pulls, memory, rng):
        if self.how == "grows":
            policy[0] += 0.25
        elif self.how == "negative":
            policy[0] -= 1.0
            policy[1] += 1.0
        elif self.how == "not a number":
            policy[0] = np.nan
        else:
            policy[7] = 1.0


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("grows", "which sums to 1.25"),
        ("negative", "with -0.5 for option 0"),
        ("not a number", "Sloppy.update left the policy"),
        ("beyond", "out of bounds"),
    ],
)
def test_a_policy_that_leaves_the_simplex_is_refused_and_the_model_is_as_before(
    how, message, compiled
):
    model = LearnerModel(Sloppy(how), BanditLinear(2, name="near one"), compiled=compiled, rng=1)
    before = pd.DataFrame(model.datacollector.get_model_vars_dataframe())
    rewards, shares = model.rewards.copy(), model.shares
    with pytest.raises((ValueError, IndexError)) as error:
        model.step()
    assert message in str(error.value)
    np.testing.assert_array_equal(model.rewards, rewards)
    np.testing.assert_array_equal(model.shares, shares)
    pd.testing.assert_frame_equal(model.datacollector.get_model_vars_dataframe(), before)


@dataclass(frozen=True)
class Returns(Learner):
    def update(self, policy, pulls, memory, rng):
        return policy * 1.0


@dataclass(frozen=True)
class NoPulls(Learner):
    parallel_envs: float = 2.5

    def update(self, policy, pulls, memory, rng):
        pass


def test_other_mistakes_of_a_learner():
    with pytest.warns(RuntimeWarning, match="it must return nothing: write into policy"):
        model = LearnerModel(Returns(), rng=1)
    with pytest.raises(
        TypeError, match=r"Returns\.update must return nothing: write into policy, not Numbers"
    ):
        model.step()
    with pytest.raises(
        TypeError, match=r"NoPulls\.parallel_envs must be a whole number of at least 1, not 2\.5"
    ):
        LearnerModel(NoPulls(), rng=1)
    with pytest.raises(NotImplementedError, match="Empty has no update"):
        LearnerModel(Empty(), compiled=False, rng=1).step()


@dataclass(frozen=True)
class Empty(Learner):
    pass
