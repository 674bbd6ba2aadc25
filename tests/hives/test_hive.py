"""A hive as Mesa sees it: records, agents, stopping, seeds, batch_run, and what it refuses."""

from dataclasses import dataclass

import mesa
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from hivemind_abm import (
    BanditLinear,
    Bee,
    Hive,
    ImitationRule,
    WeightedVoterRule,
    ensemble,
    run_seeds,
)


def rows(hive):
    return hive.datacollector.get_model_vars_dataframe()


def test_record_starts_with_row_0_and_has_one_row_a_step():
    hive = Hive(population_size=23, rng=1)
    assert list(rows(hive).columns) == [
        "optimal_share",
        "mean_payoff",
        *(f"share_{a}" for a in range(10)),
        "consensus",
    ]
    assert len(rows(hive)) == 1
    payoffs, shares = hive.payoffs.copy(), hive.shares
    hive.step()
    hive.run_for(4)
    assert len(rows(hive)) == 6
    assert hive.steps == 5
    first = rows(hive).iloc[0]
    assert first["mean_payoff"] == pytest.approx(payoffs.mean(), abs=1e-15)
    np.testing.assert_array_equal(first[[f"share_{a}" for a in range(10)]].to_numpy(float), shares)
    np.testing.assert_allclose(rows(hive).filter(regex="^share_").sum(axis=1), 1.0, atol=1e-12)


def test_initial_opinions_are_as_even_as_possible_and_fixed():
    for seed in (0, 1):
        counts = np.bincount(Hive(population_size=23, rng=seed).opinions, minlength=10)
        assert counts.tolist() == [3, 3, 3, 2, 2, 2, 2, 2, 2, 2]


def test_initial_shares_are_met_as_nearly_as_bees_allow():
    hive = Hive(population_size=10, bandit="congestion", initial_shares=[0.25, 0.75], rng=1)
    assert np.bincount(hive.opinions).tolist() in ([2, 8], [3, 7])
    hive = Hive(population_size=100, bandit="congestion", initial_shares=(0.07, 0.93), rng=1)
    assert np.bincount(hive.opinions).tolist() == [7, 93]


def test_bees_are_agents_with_live_values():
    hive = Hive(
        population_size=30,
        neighbourhood_size=3,
        rng=1,
        agent_reporters={"opinion": "opinion", "payoff": "payoff"},
    )
    assert len(hive.agents) == 30
    bees = list(hive.agents)
    assert all(isinstance(bee, Bee) for bee in bees)
    hive.step()
    assert [bee.opinion for bee in bees] == hive.opinions.tolist()
    assert [bee.payoff for bee in bees] == hive.payoffs.tolist()
    bees[4].opinion = 9
    assert hive.opinions[4] == 9
    with pytest.raises(ValueError, match="opinion must be 0 to 9, not 10"):
        bees[4].opinion = 10
    with pytest.raises(ValueError, match="payoff must lie in"):
        bees[4].payoff = 1.5
    frame = hive.datacollector.get_agent_vars_dataframe()
    assert len(frame) == 60


def test_a_written_opinion_takes_part_in_the_next_step():
    hive = Hive(
        rule="success",
        bandit=BanditLinear(n_action=2, gap=0, q_star=(0, 1)),
        population_size=2,
        initial_shares=[1, 0],
        rng=1,
    )
    hive.run_for(5)
    assert hive.opinions.tolist() == [0, 0]
    bee = next(iter(hive.agents))
    bee.opinion, bee.payoff = 1, 1.0
    hive.step()
    assert hive.opinions.tolist() == [1, 1]  # the other heard a payoff of 1; the first heard 0


def test_a_stopped_hive_does_nothing():
    hive = Hive(rule="majority", population_size=20, stop_if_end=True, rng=1)
    hive.run_for(100)
    assert not hive.running
    table = rows(hive)
    assert table["consensus"].tolist() == [False] * (len(table) - 1) + [True]
    opinions, payoffs, steps = hive.opinions.copy(), hive.payoffs.copy(), hive.steps
    hive.step()
    hive.run_for(3)
    assert hive.steps == steps
    assert len(rows(hive)) == len(table)
    np.testing.assert_array_equal(hive.opinions, opinions)
    np.testing.assert_array_equal(hive.payoffs, payoffs)


def test_consensus_does_not_stop_a_hive_by_default():
    hive = Hive(rule="majority", population_size=20, rng=1)
    hive.run_for(60)
    assert hive.running
    assert len(rows(hive)) == 61
    assert rows(hive)["consensus"].iloc[-1]


def test_every_way_to_run_a_hive_gives_the_same_rows():
    """Mesa's `run_for`, `run_until` and `run_model` do what `step()` does, up to consensus."""
    settings = {"rule": "wvoter", "population_size": 10, "stop_if_end": True, "rng": 1}
    by_step = Hive(**settings)
    while by_step.running:
        by_step.step()
    rows = by_step.datacollector.get_model_vars_dataframe()
    assert by_step.steps == by_step.time == len(rows) - 1 < 60
    for run in (lambda hive: hive.run_for(60), lambda hive: hive.run_until(60), Hive.run_model):
        hive = Hive(**settings)
        run(hive)
        pd.testing.assert_frame_equal(hive.datacollector.get_model_vars_dataframe(), rows)
        assert (hive.steps, hive.running) == (by_step.steps, False)
        hive.run_for(3)
        hive.step()
        assert hive.steps == by_step.steps
        assert len(hive.datacollector.model_vars["consensus"]) == len(rows)


def test_events_of_mesa_happen_between_the_steps():
    hive = Hive(population_size=10, rng=1)
    times = []

    def note():
        times.append((hive.time, hive.steps))

    hive.schedule_event(note, at=2.5)
    hive.run_for(2)
    assert times == []
    hive.step()
    assert times == [(2.5, 2)]
    assert hive.steps == 3


@dataclass(frozen=True)
class FailsOnce(ImitationRule):
    """It fails while the list that it has is not empty."""

    def decide(self, bee, neighbours, rng):
        if FAILURES:
            raise ZeroDivisionError("not now")
        return bee.opinion


FAILURES: list[int] = []


@pytest.mark.parametrize("run", [lambda hive: hive.step(), lambda hive: hive.run_for(5)])
def test_a_hive_goes_on_after_a_step_that_failed(run):
    hive = Hive(rule=FailsOnce(), compiled=False, population_size=5, rng=1)
    hive.run_for(2)
    FAILURES.append(1)
    try:
        for _ in range(2):
            with pytest.raises(ZeroDivisionError, match="not now"):
                run(hive)
            assert (hive.steps, hive.time) == (2, 2.0)
    finally:
        FAILURES.clear()
    hive.run_for(3)
    hive.step()
    assert (hive.steps, hive.time) == (6, 6.0)
    assert len(hive.table()) == 7


def test_what_a_hive_shows():
    hive = Hive(population_size=20, bandit="congestion", rng=1)
    hive.step()
    assert repr(hive).startswith("<Hive of 20 bees: R_wvoter on BanditCongestion, step 1, shares (")
    assert "\n" not in repr(hive)
    assert len(str(hive).splitlines()) < 15
    assert "WeightedVoterRule(switch='bee')" in str(hive)
    assert hive._repr_html_().count("<tr>") == len(hive.summary())
    assert hive.summary()["step"] == 1
    assert (
        hive.table().equals(Hive(population_size=20, bandit="congestion", rng=1).table()) is False
    )


def test_seeds():
    def final(seed):
        hive = Hive(population_size=50, rng=seed)
        hive.run_for(10)
        return hive.payoffs.tolist()

    assert final(0) == final("0") == final(np.int64(0)) == final(np.random.SeedSequence(0))
    assert final(0) != final(1)
    fresh = Hive(population_size=5)
    again = Hive(population_size=5, rng=fresh.seed.entropy)
    assert fresh.payoffs.tolist() == again.payoffs.tolist()
    assert Hive(population_size=5).payoffs.tolist() != fresh.payoffs.tolist()


def test_a_hive_draws_nothing_from_mesas_generators():
    hive = Hive(population_size=50, rng=3)
    before = hive.random.getstate(), hive.rng.bit_generator.state
    hive.run_for(10)
    assert (hive.random.getstate(), hive.rng.bit_generator.state) == before


needs_batch_run = pytest.mark.skipif(
    not hasattr(mesa, "batch_run"), reason="this release of Mesa has no batch_run"
)


def batch_run(parameters, period, processes=1):
    listed = mesa.batch_run(
        Hive,
        parameters,
        rng=run_seeds(5, 6),
        max_steps=40,
        data_collection_period=period,
        number_processes=processes,
        display_progress=False,
    )
    return pd.DataFrame(listed).sort_values(["RunId", "Step"], ignore_index=True)


@needs_batch_run
@pytest.mark.parametrize(("keep", "period"), [("rows", 1), ("rows", 7), ("last", -1)])
@pytest.mark.parametrize(
    "parameters",
    [
        {"rule": "wvoter", "population_size": 20, "neighbourhood_size": 5},
        {
            "rule": "majority",
            "number_of_votes": 3,
            "population_size": 12,
            "stop_if_end": True,
            "gap": 0.05,
        },
        {
            "rule": "success",
            "bandit": "sigmoid near one",
            "population_size": 12,
            "neighbourhood": "groups",
            "neighbourhood_size": 4,
        },
    ],
    ids=lambda value: value["rule"],
)
def test_batch_run_equals_ensemble(parameters, keep, period):
    ours = ensemble(Hive, parameters, runs=6, steps=40, seed=5, keep=keep, record_every=abs(period))
    pd.testing.assert_frame_equal(batch_run(parameters, period), ours, check_exact=True)


@needs_batch_run
@pytest.mark.thorough
def test_batch_run_in_two_processes_equals_ensemble():
    parameters = {"rule": "wvoter", "bandit": "congestion", "population_size": 20}
    ours = ensemble(Hive, parameters, runs=6, steps=40, seed=5, keep="rows")
    pd.testing.assert_frame_equal(batch_run(parameters, 1, processes=2), ours, check_exact=True)


@needs_batch_run
def test_batch_run_varies_the_fields_of_what_is_named():
    listed = mesa.batch_run(
        Hive,
        {"rule": "majority", "number_of_votes": [1, 3], "gap": [0.0, 0.1]},
        rng=[1],
        max_steps=2,
        display_progress=False,
    )
    assert len(listed) == 4
    assert len({row["mean_payoff"] for row in listed}) == 4


REFUSED = [
    ({"rule": "successs"}, "rule must be one of 'success', 'wvoter', 'majority'"),
    ({"rule": 3}, "rule must be a name"),
    ({"rule": "missing.py"}, "there is no file 'missing.py'"),
    ({"bandit": "near on"}, "bandit must be one of 'near zero'"),
    ({"population_size": 0}, "population_size must be a whole number of at least 1, not 0"),
    ({"population_size": 2.5}, "population_size must be a whole number"),
    ({"population_size": float("nan")}, "population_size must be a whole number"),
    ({"population_size": True}, "population_size must be a whole number"),
    (
        {"neighbourhood": "rign"},
        "neighbourhood must be 'others', 'groups', 'everyone', 'ring', 'random regular'",
    ),
    ({"neighbourhood": nx.path_graph(9)}, "as many nodes as bees, 10; this one has 9"),
    ({"neighbourhood": "groups"}, "neighbourhood_size must be given for disjoint groups"),
    (
        {"neighbourhood": "groups", "neighbourhood_size": 3},
        "must divide the 10 bees into equal groups",
    ),
    ({"neighbourhood": "everyone", "neighbourhood_size": 3}, "must be 'all' or 10"),
    ({"neighbourhood_size": 11}, "must be 1 to 9 or 'all' in a hive of 10 bees, not 11"),
    ({"neighbourhood_size": 0}, "must be 1 to 9 or 'all' in a hive of 10 bees, not 0"),
    ({"neighbourhood_size": "some"}, "must be 1 to 9 or 'all' in a hive of 10 bees, not 'some'"),
    ({"neighbourhood_size": 2.5}, "must be 1 to 9 or 'all' in a hive of 10 bees, not 2.5"),
    ({"initial_shares": [1.0]}, "initial_shares must be 10 numbers"),
    ({"initial_shares": [float("nan")] * 10}, "initial_shares must be 10 numbers"),
    ({"initial_shares": "even"}, "initial_shares must be 10 numbers"),
    (
        {"stop_if_end": "no"},
        "stop_if_end must be True, False or the share of an option that stops the run, "
        "above 0 and at most 1, not 'no'",
    ),
    ({"compiled": 1}, "compiled must be True or False, not 1"),
    ({"rng": -1}, "whole number of at least 0, not -1"),
    ({"rng": "one"}, "whole number of at least 0, not 'one'"),
    ({"rng": 1.5}, "not 1.5"),
    ({"number_of_vote": 3}, "number_of_vote fits nothing here"),
    ({"rule": "majority", "number_of_vote": 3}, "did you mean number_of_votes?"),
    (
        {"rule": "majority", "number_of_votes": 0},
        "number_of_votes must be a whole number from 1 to 10**10 or infinity, not 0",
    ),
    ({"rule": "majority", "number_of_votes": 2.5}, "number_of_votes must be a whole number"),
    (
        {"rule": "majority", "number_of_votes": float("nan")},
        "number_of_votes must be a whole number",
    ),
    ({"rule": "majority", "number_of_votes": "many"}, "number_of_votes must be a whole number"),
    ({"switch": "maybe"}, "switch must be one of bee, is_stoc, is_det, not 'maybe'"),
    ({"rule": "success", "deterministic": "yes"}, "deterministic must be True or False, not 'yes'"),
    ({"gap": 0.35}, "those of option 8 could be as high as 1.01667"),
    ({"gap": "wide"}, "gap must be a number"),
    ({"name": "near one"}, "name is set by the bandit's name"),
    (
        {"rule": WeightedVoterRule(), "switch": "bee"},
        "switch belongs to the rule, which is given as an instance already",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=lambda value: str(value)[:60])
def test_refuses_with_one_clear_line(arguments, message):
    with pytest.raises((ValueError, TypeError)) as error:
        Hive(**{"population_size": 10, "rng": 1, **arguments})
    assert message in str(error.value)
    assert "\n" not in str(error.value)
