"""A session: its systems on one clock, its end, and what stops a system alone."""

import threading

import numpy as np
import pytest

from hivemind_abm import Hive, LearnerModel, ReplicatorModel
from hivemind_abm.app.page.bees.bee_history import moment_of
from hivemind_abm.app.page.cards.pictures import _decided
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule
from hivemind_abm.app.page.sessions.kinds import session_of
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.studies.systems import system_seed

BAD = """
from dataclasses import dataclass

from hivemind_abm import Learner


@dataclass(frozen=True)
class Bad(Learner):
    def update(self, policy, pulls, memory, rng):
        if pulls.step == 2:
            policy[0] = 7.0
"""


def test_all_systems_step_on_the_hives_clock():
    session = Session(
        Choices(population_size=50, learner="CL", learner_fields={"alpha": 0.25}, seed="3")
    )
    for _ in range(4):
        session.step()
    record = session.record()
    assert list(record) == ["R_wvoter", "TRD", "MRD", "CL"]
    learner = LearnerModel("CL", "near one", alpha=0.25, rng=system_seed("3", "CL", False))
    learner.run_for(16)
    mine = learner.datacollector.get_model_vars_dataframe()
    assert np.array_equal(record["CL"]["optimal_share"], mine["optimal_share"][::4])
    dynamic = ReplicatorModel("MRD", "near one")
    dynamic.run_for(4)
    assert np.array_equal(
        record["MRD"]["share_2"], dynamic.datacollector.get_model_vars_dataframe()["share_2"]
    )
    hive = Hive("wvoter", "near one", 50, rng=3)
    hive.run_for(4)
    assert record["R_wvoter"].equals(hive.datacollector.get_model_vars_dataframe())


def test_replicators_follow_the_hives_updating():
    for updating, clock in (("asynchronous", {"method": "exact"}), (0.5, {"delta": 0.5})):
        session = Session(Choices(updating=updating, population_size=20, stop_if_end=False))
        for _ in range(3):
            session.step()
        dynamic = ReplicatorModel("MRD", "near one", **clock)
        dynamic.run_for(3)
        rows = dynamic.datacollector.get_model_vars_dataframe()
        assert np.array_equal(session.record()["MRD"]["share_9"], rows["share_9"])


def test_replicators_start_from_the_shares_among_all_bees():
    choices = Choices(
        rule="success",
        mix=(FurtherRule("wvoter", 0.25),),
        bandit_fields={"n_action": 2},
        population_size=40,
        initial_shares=((1.0, 0.0), (0.0, 1.0)),
    )
    assert Session(choices).record()["TRD"]["share_0"].tolist() == [0.75]


@pytest.mark.thorough
def test_what_no_replicator_can_follow_leaves_them_out():
    session = Session(Choices(bandit="random walk", learner="CL"))
    assert "change from step to step" in session.left_out
    assert list(session.record()) == ["R_wvoter", "CL"]
    assert not Session(Choices(dynamics=(), bandit="random walk")).left_out


def test_consensus_ends_it():
    session = Session(Choices(rule="majority", population_size=10))
    for _ in range(200):
        session.step()
    assert session.ended and session.steps < 50
    assert {len(rows) for rows in session.record().values()} == {session.steps + 1}


def test_a_learner_that_fails_stops_alone(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text(BAD)
    session = Session(Choices(learner=str(file)))
    for _ in range(6):
        session.step()
    assert session.steps == 6
    assert list(session.troubles) == ["Bad"]
    assert {len(rows) for rows in session.record().values()} == {7}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"population_size": 2001}, "population_size must be 1 to 2000 to be watched"),
        ({"population_size": "many"}, "population_size must be a whole number"),
        ({"neighbourhood_size": 500}, "neighbourhood_size must be 1 to 299"),
        ({"seed": "x"}, "'x'"),
        ({"rule_fields": {"switc": 1}}, "did you mean switch"),
        ({"learner": "SARSA"}, "learner must be one of"),
        ({"dynamics": ("XRD",)}, "XRD"),
        ({"updating": 0.0}, "updating must be"),
        ({"stop_if_end": 2}, "stop_if_end must be"),
        ({"mix": (FurtherRule("success", 1.5),)}, "rule must give each rule a share"),
        ({"mix": (FurtherRule("success", "half"),)}, "rule must give each rule a share"),
        ({"mix": (FurtherRule("success", 0.5, {"determinstic": 1}),)}, "did you mean determin"),
    ],
)
def test_bad_choices_are_told(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Session(Choices(**change))


@pytest.mark.parametrize("choices", [Choices(population_size=20), LearnerChoices("CL")])
def test_what_was_made_can_be_read_while_a_step_is_made(choices):
    session, begun, go_on = session_of(choices), threading.Event(), threading.Event()
    session.step()
    model = session.hive if isinstance(session, Session) else session.model
    once, read = model.step, []

    def step():
        begun.set()
        assert go_on.wait(120.0)
        once()

    def look():
        read.extend([session.record(100), session.csv()])

    model.step = step
    threads = [threading.Thread(target=each, daemon=True) for each in (session.step, look)]
    stepping, looking = threads
    stepping.start()
    assert begun.wait(60.0)
    looking.start()
    looking.join(60.0)
    go_on.set()
    stepping.join(60.0)
    assert len(read) == 2
    assert session.csv().startswith(read[1]) and session.csv() != read[1]


def test_moves_are_odd_while_a_step_is_made():
    session = Session(Choices(population_size=20))
    once, seen = session.hive.step, []
    session.hive.step = lambda: (seen.append(session.moves), once())
    for _ in range(2):
        session.step()
        seen.append(session.moves)
    session.hive.step = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        session.step()
    assert [*seen, session.moves] == [1, 2, 3, 4, 6]


def test_a_moment_is_kept_only_between_two_steps():
    session = Session(Choices(population_size=20))
    once, torn = session.hive.step, []

    def step():
        torn.append(_decided(session, session.hive, 3))
        once()
        torn.append(_decided(session, session.hive, 3))

    session.hive.step = step
    session.step()
    assert [moment for _, moment in torn] == [None, None]
    decision, moment = _decided(session, session.hive, 3)
    assert moment == moment_of(session.hive, 3, decision) and moment.step == 1
    session.hive.step, overtaken = once, session.hive.decision
    session.hive.decision = lambda bee: (overtaken(bee), session.step())[0]
    assert _decided(session, session.hive, 3)[1] is None
    session.hive.decision = lambda bee: (session.step(), 1 / 0)
    assert _decided(session, session.hive, 3) == (None, None)
    session.hive.decision = lambda bee: 1 / 0
    with pytest.raises(ZeroDivisionError):
        _decided(session, session.hive, 3)
    assert _decided(session, session.hive, None) == (None, None)
