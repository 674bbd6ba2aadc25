"""Learners and replicators as Mesa models.

Records, stopping, seeds, `batch_run` compared with `ensemble`, and both modes.
"""

from dataclasses import dataclass

import mesa
import numpy as np
import pandas as pd
import pytest

from hivemind_abm import (
    BanditLinear,
    CrossLearning,
    Hive,
    Learner,
    LearnerModel,
    ParallelMaynardCrossLearning,
    ReplicatorModel,
    ensemble,
    run_seeds,
)

LEARNERS = {
    "CL": {"learner": "CL", "alpha": 0.2},
    "MCL": {"learner": "MCL", "alpha": 0.2, "alpha_baseline": 0.3},
    "P-CL": {"learner": "P-CL", "parallel_envs": 7},
    "P-MCL": {"learner": "P-MCL", "parallel_envs": 60},
    "a file's": {"learner": "models/my_first_learner.py", "gamma": 0.3},
}
BANDITS = ["near one", "sigmoid near zero", "congestion"]


def rows(model):
    return model.datacollector.get_model_vars_dataframe()


@pytest.mark.parametrize("bandit", BANDITS)
@pytest.mark.parametrize("learner", LEARNERS)
def test_interpreted_equals_compiled(learner, bandit):
    frames, states = [], []
    for compiled in (True, False):
        model = LearnerModel(**LEARNERS[learner], bandit=bandit, rng=3, compiled=compiled)
        assert set(model.mode.values()) == {"compiled" if compiled else "interpreted"}
        model.run_for(50)
        frames.append(rows(model))
        states.append((model.options, model.rewards, model.memory))
    pd.testing.assert_frame_equal(*frames, check_exact=True)
    for one, other in zip(*states, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_learner_has_the_rows_of_a_hive():
    hive, learner = Hive(population_size=20, rng=1), LearnerModel("P-MCL", rng=1)
    replicator = ReplicatorModel("MRD", rng=1)
    assert list(rows(hive).columns) == list(rows(learner).columns) == list(rows(replicator).columns)
    learner.run_for(3)
    learner.step()
    table = rows(learner)
    assert len(table) == 5
    assert learner.steps == 4
    assert table["share_0"].iloc[0] == 0.1
    np.testing.assert_allclose(table.filter(regex="^share_").sum(axis=1), 1.0, atol=1e-12)
    np.testing.assert_array_equal(table["optimal_share"], table["share_9"])
    assert table["mean_payoff"].iloc[-1] == pytest.approx(learner.rewards.mean(), abs=1e-15)


def test_row_t_holds_the_policy_and_the_rewards_pulled_with_it():
    bandit = BanditLinear(3, gap=0.0, q_star=(0.2, 0.5, 0.9))
    model = LearnerModel(ParallelMaynardCrossLearning(50), bandit, rng=2)
    for _ in range(5):
        options = model.options.copy()
        rewards = np.array([0.2, 0.5, 0.9])[options]
        assert rows(model)["mean_payoff"].iloc[-1] == pytest.approx(rewards.mean(), abs=1e-15)
        model.step()
        by_option = np.bincount(options, weights=rewards, minlength=3)
        np.testing.assert_allclose(model.shares, by_option / by_option.sum(), atol=1e-15)


def test_a_policy_of_its_own_at_the_start():
    model = LearnerModel("CL", "congestion", initial_shares=(0.9, 0.1), rng=1)
    assert model.shares.tolist() == [0.9, 0.1]
    with pytest.raises(ValueError, match="initial_shares must be 2 numbers"):
        LearnerModel("CL", "congestion", initial_shares=(0.9, 0.2))


def test_congestion_takes_the_policy_for_the_shares():
    model = LearnerModel("P-CL", "congestion", gap=0.0, initial_shares=(0.25, 0.75), rng=1)
    expected = np.where(model.options == 0, 0.8 - 0.2 * 0.25, 0.8 - 0.6 * 0.75)
    np.testing.assert_allclose(model.rewards, expected, atol=1e-15)


def test_a_stopped_learner_does_nothing():
    model = LearnerModel("P-MCL", parallel_envs=5, stop_if_end=True, rng=1)
    model.run_for(500)
    assert not model.running
    table = rows(model)
    assert table["consensus"].tolist() == [False] * (len(table) - 1) + [True]
    shares, steps = model.shares, model.steps
    model.step()
    model.run_for(3)
    assert (model.steps, len(rows(model))) == (steps, len(table))
    np.testing.assert_array_equal(model.shares, shares)
    assert len(rows(run_without_stop())) == 501


def run_without_stop():
    model = LearnerModel("P-MCL", parallel_envs=5, rng=1)
    model.run_for(500)
    return model


def test_seeds():
    def final(seed):
        model = LearnerModel("CL", rng=seed)
        model.run_for(10)
        return model.shares.tolist()

    assert final(0) == final("0") == final(np.random.SeedSequence(0))
    assert final(0) != final(1)
    model = LearnerModel("CL", rng=3)
    before = model.random.getstate(), model.rng.bit_generator.state
    model.run_for(10)
    assert (model.random.getstate(), model.rng.bit_generator.state) == before


@pytest.mark.parametrize(("keep", "period"), [("rows", 1), ("rows", 7), ("last", -1)])
@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (LearnerModel, {"learner": "CL", "alpha": 0.3}),
        (LearnerModel, {"learner": "P-MCL", "parallel_envs": 6, "stop_if_end": True, "gap": 0.05}),
        (LearnerModel, {"learner": "models/my_first_learner.py", "bandit": "sigmoid near one"}),
        (ReplicatorModel, {"dynamic": "TRD", "delta": 0.5}),
        (ReplicatorModel, {"dynamic": "MRD", "method": "exact", "bandit": "congestion"}),
        (
            ReplicatorModel,
            {"dynamic": "TRD", "method": "exact", "bandit": "congestion", "delta": 0.07},
        ),
        (ReplicatorModel, {"dynamic": "TRD", "method": "exact", "delta": 0.25}),
    ],
    ids=lambda value: (
        value.get("learner", value.get("dynamic")) if isinstance(value, dict) else None
    ),
)
def test_ensemble_gives_the_rows_of_batch_run(model, parameters, keep, period):
    listed = mesa.batch_run(
        model,
        parameters,
        rng=run_seeds(5, 6),
        max_steps=21,
        data_collection_period=period,
        display_progress=False,
    )
    batch = pd.DataFrame(listed).sort_values(["RunId", "Step"], ignore_index=True)
    table = ensemble(
        model,
        parameters,
        runs=6,
        steps=21,
        seed=5,
        keep=keep,
        record_every=max(period, 1),
        threads=2,
    )
    pd.testing.assert_frame_equal(
        table[batch.columns.tolist()], batch, check_exact=True, check_dtype=False
    )


@pytest.mark.thorough
def test_batch_run_in_two_processes():
    frames = [
        pd.DataFrame(
            mesa.batch_run(
                LearnerModel,
                {"learner": ["CL", "P-MCL"]},
                rng=run_seeds(1, 3),
                max_steps=20,
                data_collection_period=1,
                number_processes=processes,
                display_progress=False,
            )
        ).sort_values(["RunId", "Step"], ignore_index=True)
        for processes in (1, 2)
    ]
    pd.testing.assert_frame_equal(*frames, check_exact=True)


@dataclass(frozen=True)
class Tires(Learner):
    """Fails at its fourth update, halfway through; keeps count in two places."""

    def memory_size(self, n_action):
        return 1

    def update(self, policy, pulls, memory, rng):
        memory[0] += 1.0
        policy[0], policy[1] = policy[1], policy[0]
        if memory[0] > 3.0 and pulls.step == 3:
            memory[5] = 0.0


@pytest.mark.parametrize("compiled", [True, False])
def test_an_error_leaves_a_learner_as_it_was(compiled):
    model = LearnerModel(Tires(), "congestion", initial_shares=(0.3, 0.7), compiled=compiled, rng=1)
    model.run_for(3)
    before = (
        model.shares,
        model.options.copy(),
        model.rewards.copy(),
        model.memory.copy(),
        model._batch.state.streams.copy(),
    )
    for _ in range(2):
        with pytest.raises(IndexError):
            model.step()
        after = model.shares, model.options, model.rewards, model.memory, model._batch.state.streams
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one, other)
        assert (model.steps, model.time) == (3, 3.0)
    assert len(rows(model)) == 4
    assert model._batch._workspace.clock[0] == 3
    model.memory[0] = 0.0  # what made it fail is mended: it goes on
    model.run_for(2)
    assert (model.steps, model.time, len(rows(model))) == (5, 5.0, 6)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_ends_an_ensemble_with_its_message(threads):
    with pytest.raises(IndexError):
        ensemble(LearnerModel, {"learner": Tires()}, runs=20, steps=50, seed=1, threads=threads)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"learner": "Q"},
            "learner must be one of 'CL', 'MCL', 'P-CL', 'P-MCL' or the path of a .py file, "
            "not 'Q'",
        ),
        ({"learner": "CL", "alhpa": 0.1}, "did you mean alpha?"),
        ({"learner": "P-CL", "alpha": 0.1}, "alpha fits nothing here"),
        ({"learner": CrossLearning(0.1), "alpha": 0.1}, "which is given as an instance already"),
        ({"learner": "CL", "compiled": "yes"}, "compiled must be True or False, not 'yes'"),
        ({"learner": "models/my_first_rule.py"}, "has no learner"),
        (
            {"learner": "CL", "rng": -1},
            "rng (the seed) must be a whole number of at least 0, not -1",
        ),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises((ValueError, TypeError)) as error:
        LearnerModel(**arguments)
    assert message in str(error.value)


def test_an_extended_model_is_not_silently_replaced():
    class Mine(LearnerModel):
        pass

    with pytest.raises(TypeError, match="ensemble runs LearnerModel itself; Mine extends it"):
        ensemble(Mine, {}, runs=2, steps=2, seed=1)
