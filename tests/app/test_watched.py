"""A hive that is watched: earlier steps come back exactly, with decisions and memory."""

import numpy as np
import pytest
from page_rules import RULES

from hivemind_abm import BanditLinear, Hive
from hivemind_abm.app.page.charts.chart import thinned
from hivemind_abm.app.page.sessions import watched
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule, Second
from hivemind_abm.app.page.sessions.session import Session, rule_names_of
from hivemind_abm.app.page.sessions.watched import WatchedHive

OUTSIDE = """
import random
from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Moody(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return random.randrange(neighbours.n_action)
"""


def of(rule="wvoter", **arguments):
    defaults = {"rule": rule, "bandit": "near one", "population_size": 40, "stop_if_end": False}
    return defaults | arguments


def check(arguments, steps, order):
    watched_hive = WatchedHive(arguments, "5")
    for _ in range(steps):
        watched_hive.step()
    for step in order:
        hive, real = watched_hive.at(step), Hive(**arguments, rng=5)
        for _ in range(step):
            real.step()
        assert hive.steps == step
        for name in ("opinions", "payoffs", "shown", "memory", "follows", "shares"):
            assert np.array_equal(getattr(hive, name), getattr(real, name)), (step, name)
        assert np.array_equal(hive.flows(), real.flows())
        assert hive.world.step == real.world.step
        if step:
            mine, other = hive.decision(7), real.decision(7)
            assert mine.asked == other.asked and mine.after == other.after
    assert watched_hive.hive.steps == steps


def test_steps_come_back_in_any_order():
    check(of(), 12, (11, 3, 4, 5, 0, 12, 1, 7))


@pytest.mark.parametrize("every", [0.0, 1e9])
def test_the_same_with_a_copy_of_each_step_and_with_none(every, monkeypatch):
    monkeypatch.setattr(watched, "_REPLAYED", every)
    monkeypatch.setattr(watched, "_MOST_COPIES", 4)
    check(of(compiled=False, population_size=15), 11, (9, 2, 10, 1, 0, 11))


@pytest.mark.thorough
@pytest.mark.parametrize("updating", ["synchronous", "asynchronous", 0.3])
@pytest.mark.parametrize("compiled", [True, False])
def test_with_memory_silence_and_a_changing_world(tmp_path, updating, compiled):
    (tmp_path / "mine.py").write_text(RULES)
    rule = f"{tmp_path / 'mine.py'}:Averager"
    arguments = of(rule, updating=updating, compiled=compiled, bandit="switching", period=3)
    check(arguments, 10, (8, 2, 9, 0, 10, 5))


def test_a_step_that_comes_out_otherwise_is_told(tmp_path):
    (tmp_path / "moody.py").write_text(OUTSIDE)
    with pytest.warns(RuntimeWarning, match="draws from random"):
        hive = WatchedHive(of(str(tmp_path / "moody.py"), compiled=False), "1")
    for _ in range(4):
        hive.step()
    with pytest.raises(ValueError, match="step 2 cannot be looked at again: the rule or the band"):
        hive.at(2)
    assert hive.at(4) is hive.hive


def test_few_copies_are_kept(monkeypatch):
    monkeypatch.setattr(watched, "_REPLAYED", 0.0)
    hive = WatchedHive(of(population_size=10), "1")
    for _ in range(100):
        hive.step()
    assert len(hive._copies) <= watched._MOST_COPIES and 0 in hive._copies


def test_too_large_to_be_watched():
    with pytest.raises(ValueError, match="population_size must be 1 to 2000 to be watched"):
        WatchedHive(of(population_size=2001), "1")
    with pytest.raises(ValueError, match="n_action must be 1 to 255 to be watched, not 300"):
        WatchedHive(of(bandit="evenly spaced", n_action=300), "1")
    many = BanditLinear(n_action=256, gap=0.0, q_star=(0.5,) * 256)
    with pytest.raises(ValueError, match="n_action must be 1 to 255 to be watched, not 256"):
        WatchedHive(of(bandit=many), "1")


def test_a_second_hive_on_the_same_clock():
    second = Second(rule="success", rule_fields={"deterministic": True}, seed="9")
    session = Session(Choices(population_size=30, second=second, dynamics=("TRD",)))
    assert session.second_name == "R_success, seed 9, deterministic True"
    for _ in range(6):
        session.step()
    assert list(session.record()) == ["R_wvoter", session.second_name, "TRD"]
    real = Hive("success", "near one", 30, deterministic=True, rng=9, stop_if_end=True)
    real.run_for(6)
    assert session.record()[session.second_name].equals(
        real.datacollector.get_model_vars_dataframe()
    )
    assert session.second_at(None).steps == real.steps
    earlier = Hive("success", "near one", 30, deterministic=True, rng=9)
    earlier.run_for(2)
    assert np.array_equal(session.second_at(2).opinions, earlier.opinions)


def test_the_clock_goes_on_while_one_of_two_hives_does():
    session = Session(Choices(rule="majority", population_size=20, second=Second(rule="wvoter")))
    while session.hive.running:
        session.step()
    ended = session.hive.steps
    assert not session.ended
    session.step()
    assert session.steps == ended + 1 and session.hive.steps == ended
    assert {name: len(rows) for name, rows in session.record().items()} == {
        "R_majority": ended + 1,
        "R_wvoter": ended + 2,
        "TRD": ended + 2,
        "MRD": ended + 2,
    }
    assert session.at(ended + 1).steps == ended


FAILS = """
from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Fails(ImitationRule):
    def memory_size(self, n_action):
        return 1

    def decide(self, bee, neighbours, rng):
        bee.memory[0] += 1.0
        return -1 if bee.memory[0] > 3.0 else bee.opinion
"""


def test_where_one_of_two_hives_fails_both_are_as_before_the_step(tmp_path):
    (tmp_path / "fails.py").write_text(FAILS)
    second = Second(rule=str(tmp_path / "fails.py"))
    choices = Choices(population_size=30, second=second, compiled=False, stop_if_end=False)
    session = Session(choices)
    for _ in range(3):
        session.step()
    before = session.hive.opinions.copy()
    for _ in range(2):
        with pytest.raises(ValueError, match=r"Fails\.decide returned opinion -1"):
            session.step()
        assert session.steps == session.hive.steps == session.second_at(None).steps == 3
        assert np.array_equal(session.hive.opinions, before)
        assert {len(rows) for rows in session.record().values()} == {4}
    real = Hive("wvoter", "near one", 30, rng=1)
    real.run_for(3)
    assert np.array_equal(session.at(3).opinions, real.opinions)
    assert session.at(2).steps == 2


def test_a_step_taken_back_is_made_again():
    hive, real = WatchedHive(of(), "5"), Hive(**of(), rng=5)
    for _ in range(4):
        hive.step()
    hive.undo()
    assert hive.steps == 3
    for _ in range(3):
        hive.step()
    real.run_for(6)
    assert np.array_equal(hive.hive.opinions, real.opinions)
    assert [hive.at(step).steps for step in (4, 5, 6)] == [4, 5, 6]
    assert hive.hive.table().equals(real.table())


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (Second(), "R_wvoter (second)"),
        (Second(seed="2"), "R_wvoter, seed 2"),
        (Second(updating=0.5, neighbourhood_size=4), "R_wvoter, M = 4, updating 0.5"),
        (Second(neighbourhood="ring:4"), "R_wvoter, ring:4"),
    ],
)
def test_what_tells_a_second_hive_from_the_first(second, told):
    assert Session(Choices(population_size=20, second=second)).second_name == told


@pytest.mark.parametrize("steps", [155, 156, 420])
def test_of_many_steps_the_first_the_last_and_the_one_looked_at_are_kept(steps):
    second = Second(rule="success")
    choices = Choices(population_size=20, second=second, stop_if_end=False, learner="CL")
    session = Session(choices)
    for _ in range(steps):
        session.step()
    whole = session.record()
    for looked in (None, 0, 1, 100, 101, steps - 1, steps):
        for name, rows in session.record(150, looked).items():
            assert {0, steps, steps if looked is None else looked} <= set(rows.index)
            assert len(rows) <= 152 and rows.equals(whole[name].loc[rows.index])
    for rows in whole.values():
        fewer = thinned(rows)
        assert len(fewer) <= 151 and {0, steps} <= set(fewer.index)
        assert len(thinned(rows.loc[:0])) == 1 and thinned(rows.iloc[:0]).empty


def test_the_rules_of_either_hive_are_told_apart():
    mix = (FurtherRule("success", 0.5, {"deterministic": True}),)
    hive = WatchedHive(of(rule=[("success", 0.5), ("success", 0.5)]), "1").hive
    assert rule_names_of(hive) == [repr(rule) for rule in hive.rules]
    session = Session(Choices("success", mix=mix, population_size=20))
    assert len(set(session.rule_names)) == 2
