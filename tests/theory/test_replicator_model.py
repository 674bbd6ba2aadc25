"""The replicator as Mesa sees it: stopping, errors, and the solvers that it follows."""

import numpy as np
import pytest
from replicator_cases import rewards_of

from hivemind_abm import BanditLinear, ReplicatorModel, ensemble, euler, solve
from hivemind_abm.theory.dynamics import ALL_DYNAMICS
from hivemind_abm.theory.innovative import BestResponse, Logit, Projection


def rows(model):
    return model.datacollector.get_model_vars_dataframe()


def test_a_stopped_replicator_does_nothing():
    parameters = {
        "dynamic": "MRD",
        "bandit": BanditLinear(2, gap=0.0, q_star=(0.0, 1.0)),
        "stop_if_end": True,
    }
    model = ReplicatorModel(**parameters)
    model.run_for(10)
    assert rows(model)["consensus"].tolist() == [False, True]
    assert not model.running
    table = ensemble(ReplicatorModel, parameters, runs=1, steps=10, seed=1, keep="rows")
    assert table["Step"].tolist() == [0.0, 1.0]
    table = ensemble(
        ReplicatorModel, parameters, runs=1, steps=10, seed=1, keep="last", record_every=5
    )
    assert table["Step"].tolist() == [1.0]


def test_a_stopped_replicator_counts_with_its_last_row():
    """Also where the dynamic would leave the corner again, and however often rows are recorded."""
    parameters = {
        "dynamic": lambda x, q: 0.1 * (0.5 - x),
        "bandit": BanditLinear(2),
        "initial_shares": (1, 0),
        "stop_if_end": True,
    }
    for every in (1, 3):
        table = ensemble(ReplicatorModel, parameters, runs=1, steps=3, seed=1, record_every=every)
        assert (table["share_0_mean"] == 1.0).all()


def test_an_error_leaves_a_replicator_as_it_was():
    fails = [False]

    def dynamic(x, q):
        if fails[0]:
            raise ArithmeticError
        return x * (q - x @ q)

    tried, other = (ReplicatorModel(dynamic, "congestion", method="exact") for _ in range(2))
    fails[0] = True
    with pytest.raises(ArithmeticError):
        tried.step()
    fails[0] = False
    tried.step()
    other.step()
    assert (tried.shares == other.shares).all()


def test_an_exact_replicator_follows_fitness_that_depends_on_shares():
    model = ReplicatorModel("TRD", "congestion", method="exact", delta=2.0)
    model.run_for(40)
    path = solve("TRD", [0.5, 0.5], rewards_of(model.bandit), 2.0 * np.arange(41))
    np.testing.assert_allclose(rows(model)[["share_0", "share_1"]].to_numpy(float), path, atol=1e-8)
    assert model.shares[0] == pytest.approx(0.75, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"delta": 0}, "delta must be a number above 0, not 0"),
        ({"delta": "1"}, "delta must be a number above 0, not '1'"),
        ({"delta": 2.0}, "delta must be at most 1 for Euler steps, not 2.0"),
        ({"method": "rk4"}, "method must be one of euler, exact, not 'rk4'"),
        ({"initial_shares": ["0.5"] * 10}, "initial_shares must be 10 numbers"),
        ({"dynamic": "logitt"}, "dynamic must be one of TRD, MRD, replicator-mutator, "),
        ({"dynamic": "logit", "tua": 0.2}, "tua fits nothing here; did you mean tau?"),
        ({"dynamic": "logit", "tau": -1.0}, "tau must be a number above 0, not -1.0"),
        ({"dynamic": Logit(0.2), "tau": 0.3}, "tau belongs to the dynamic, which is given as an"),
        ({"dynamic": "MRD", "tau": 0.3}, "tau fits nothing here"),
    ],
)
def test_wrong_arguments_of_a_replicator_are_named(arguments, message):
    with pytest.raises((ValueError, TypeError)) as error:
        ReplicatorModel(**arguments)
    assert message in str(error.value)


def test_a_replicator_steps_as_euler_does():
    model = ReplicatorModel("MRD", "congestion", delta=0.5)
    model.run_for(20)
    path = euler("MRD", [0.5, 0.5], rewards_of(model.bandit), 20, 0.5)
    np.testing.assert_array_equal(rows(model)[["share_0", "share_1"]].to_numpy(float), path)


def test_a_replicator_is_shown_by_its_dynamic_and_shares():
    model = ReplicatorModel("TRD", "congestion")
    assert repr(model) == "<ReplicatorModel: TRD on BanditCongestion, step 0, shares (0.5, 0.5)>"
    assert model.summary()["dynamic"] == "TRD" and "method" in str(model)


@pytest.mark.parametrize("method", ["euler", "exact"])
@pytest.mark.parametrize("bandit", ["near one", "congestion"])
@pytest.mark.parametrize("name", ALL_DYNAMICS)
def test_any_dynamic_is_a_model_by_its_name(name, bandit, method):
    """Constant rewards lead to more of the best option; congestion towards equal rewards, 0.75."""
    model = ReplicatorModel(name, bandit, n_action=2, method=method, delta=0.1)
    model.run_for(50)
    assert model.summary()["dynamic"] == name
    share = float(model.shares[model.bandit.optimal_options()].sum())
    assert share > 0.55 if bandit == "near one" else 0.54 < share < 0.78


def test_fields_of_a_dynamic_are_keywords():
    model = ReplicatorModel("logit", "near one", tau=0.3, gap=0.05, n_action=3)
    same = ReplicatorModel(Logit(tau=0.3), BanditLinear(3, gap=0.05, name="near one"))
    model.run_for(5)
    same.run_for(5)
    np.testing.assert_array_equal(model.shares, same.shares)
    q = model.bandit.expected_rewards(model.bandit.world(model.shares))
    np.testing.assert_allclose(model.shares, np.exp(q / 0.3) / np.exp(q / 0.3).sum())
    assert model.summary()["tau"] == 0.3
    assert repr(model).startswith("<ReplicatorModel: logit on BanditLinear")
    cells = {"dynamic": "logit", "tau": 0.3, "bandit": "near one", "n_action": 3}
    table = ensemble(ReplicatorModel, cells, runs=1, steps=5, seed=1, keep="last")
    assert table["tau"].tolist() == [0.3]
    np.testing.assert_allclose(table["share_2"], model.shares[2])


def test_dynamics_that_jump_are_solved_in_small_steps():
    x, q, t = np.array([0.5, 0.3, 0.2]), np.array([0.9, 0.75, 0.6]), np.array([0.0, 0.4, 2.0])
    path = solve(BestResponse(), x, q, t)
    best = np.array([1.0, 0.0, 0.0])
    np.testing.assert_allclose(path, best + np.exp(-t[:, None]) * (x - best), atol=1e-5)
    path = solve("projection", x, q, t)  # the last option is left at 4 / 3, the second at 2.4
    np.testing.assert_allclose(path[1], x + 0.4 * Projection()(x, q), atol=1e-12)
    left = x + 4 / 3 * Projection()(x, q)
    np.testing.assert_allclose(path[2], left + 2 / 3 * Projection()(left, q), atol=1e-3)
    paid = lambda x: np.array([0.8, 0.8]) - np.array([0.2, 0.6]) * x  # noqa: E731
    (end,) = solve(BestResponse(), [0.1, 0.9], paid, [20.0])
    assert end[0] == pytest.approx(0.75, abs=0.005)  # it slides along the tie
