"""The ensemble behind a hive: its numbers, how far it goes, and what ends it."""

import threading
import time

import numpy as np
import pytest

from hivemind_abm import Hive, ensemble
from hivemind_abm.app.page.cards import ensemble_runs
from hivemind_abm.app.page.cards.ensemble_behind import (
    MOST_STEPS,
    EnsembleBehind,
    ensemble_seed,
    settings_of,
)
from hivemind_abm.app.page.cards.ensemble_runs import Bands, EnsembleRuns
from hivemind_abm.app.page.charts.band import band_series, with_bands
from hivemind_abm.app.page.sessions.choices import Choices, Second
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.engine.seeds import RunSeeds

SMALL = Choices(population_size=20, bandit_fields={"n_action": 2}, dynamics=(), ensemble=True)
FAULTY = '''
from dataclasses import dataclass

from hivemind_abm import ImitationRule


@dataclass(frozen=True)
class Faulty(ImitationRule):
    """Fails in some runs; the dict keeps it from being compiled."""

    def decide(self, bee, neighbours, rng):
        chance = {"of failure": 0.001}
        if bee.step > 2 and rng.random() < chance["of failure"]:
            raise ValueError("no <b>honey</b>")
        return bee.opinion
'''


def finished(behind):
    """Make its runs, and wait until the thread has ended."""
    behind.start()
    end = time.monotonic() + 600.0
    while behind.busy and time.monotonic() < end:
        time.sleep(0.005)
    assert not behind.busy
    return behind


def stepped(session, steps):
    for _ in range(steps):
        session.step()
    return session


def test_numbers_are_those_of_an_ensemble():
    behind = finished(EnsembleBehind(Session(SMALL)))
    asked = {"runs": 200, "steps": 100, "seed": ensemble_seed(SMALL.seed)}
    summary = ensemble(Hive, SMALL.hive, **asked)
    rows = ensemble(Hive, SMALL.hive, **asked, keep="rows", with_rng=False)
    assert 1 < rows["Step"].max() < 100  # all runs stop before, and keep their last row
    for measure in ("optimal_share", "mean_payoff", "share_0", "share_1"):
        steps, mean, low, high = behind.bands(measure)
        runs = rows.pivot(index="Step", columns="RunId", values=measure)
        runs = runs.reindex(range(101)).ffill().to_numpy()
        assert np.array_equal(steps, np.arange(101))
        assert np.allclose(mean, summary[f"{measure}_mean"], rtol=0.0, atol=1e-12)
        assert np.allclose(low, np.quantile(runs, 0.1, axis=1), rtol=0.0, atol=1e-12)
        assert np.allclose(high, np.quantile(runs, 0.9, axis=1), rtol=0.0, atol=1e-12)
    assert behind.bands("consensus") is None and not behind.problem
    assert behind.progress.startswith("ensemble: 200 runs, 100 steps; 200 of them ended")


def test_further_steps_go_on_from_those_made(monkeypatch):
    session = Session(SMALL)
    behind = finished(EnsembleBehind(session))
    before = behind.bands("share_1")
    stepped(session, 3)
    behind.reach(99)
    assert not behind.busy
    behind.reach(100)
    finished(behind)
    long, begin = behind.bands("share_1"), len(before[0])
    assert len(long[0]) == 201
    assert all(np.array_equal(one[:begin], other) for one, other in zip(long, before, strict=True))
    summary = ensemble(Hive, SMALL.hive, runs=200, steps=200, seed=ensemble_seed(SMALL.seed))
    assert np.allclose(long[1], summary["share_1_mean"], rtol=0.0, atol=1e-12)
    # Blocks of few steps give the same.
    monkeypatch.setattr(ensemble_runs, "_BLOCK", 2**16)
    blocks = EnsembleRuns(settings_of(session), RunSeeds(ensemble_seed("1"), range(200)))
    while blocks.rows <= 200:
        blocks.advance(200)
    assert np.array_equal(blocks.complete_bands().high[:, 3], long[3])


def test_it_goes_as_far_as_the_hive_but_not_without_end(monkeypatch):
    monkeypatch.setattr(EnsembleBehind, "_begin", lambda self: None)
    behind = EnsembleBehind(stepped(Session(SMALL), 3))
    assert behind.progress == "ensemble: 0 of 200 runs, 100 steps"
    ends = []
    for steps in (99, 100, 150, 200, 3000, 4999, 9999):
        behind.reach(steps)
        ends.append(behind._target)
    assert ends == [100, 200, 200, 400, 3000, MOST_STEPS, MOST_STEPS]


def test_a_few_runs_give_a_band_and_fewer_do_not():
    runs = EnsembleRuns(settings_of(Session(SMALL)), RunSeeds(ensemble_seed("1"), range(60)))
    runs._most = 10
    seen = {}
    while runs.rows == 0:
        runs.advance(30)
        seen[runs.runs_done] = runs.bands()
    assert seen[10] is None and len(seen[20]) == 31
    summary = ensemble(Hive, SMALL.hive, runs=40, steps=30, seed=ensemble_seed("1"))
    assert np.allclose(seen[40].mean[:, 2], summary["share_0_mean"], rtol=0.0, atol=1e-12)


def test_stop_ends_it_within_one_slice(monkeypatch):
    slices, entered, released = [], threading.Event(), threading.Event()

    def advance(runs, last_step):
        slices.append(last_step)
        entered.set()
        assert released.wait(60)
        return 0.0

    monkeypatch.setattr(EnsembleRuns, "advance", advance)
    behind = EnsembleBehind(Session(SMALL))
    behind.start()
    assert entered.wait(60) and behind.busy
    behind.stop()
    released.set()
    end = time.monotonic() + 600.0
    while behind.busy and time.monotonic() < end:
        time.sleep(0.001)
    assert not behind.busy and slices == [100]
    behind.reach(100)  # what was stopped does not go on by itself
    assert not behind.busy


@pytest.mark.filterwarnings("ignore:Faulty.decide runs interpreted")
def test_an_error_in_a_run_is_one_line_and_ends_it(tmp_path):
    (tmp_path / "faulty.py").write_text(FAULTY)
    choices = Choices(rule=str(tmp_path / "faulty.py"), population_size=20, ensemble=True)
    behind = finished(EnsembleBehind(Session(choices)))
    told = "The ensemble has ended: faulty.py, line 14: ValueError: no <b>honey</b>"
    assert behind.problem == told
    assert "interpreted" in behind.progress and behind.bands("share_0") is None
    behind.start()
    behind.reach(1000)
    assert not behind.busy


def test_settings_are_those_of_the_first_hive_and_compiled_where_possible():
    choices = Choices(
        bandit="linear", compiled=False, second=Second(rule="majority"), population_size=20
    )
    session = Session(choices)
    settings = settings_of(session)
    assert settings.bandit is session.hive.bandit  # drawn when it was built
    assert settings.rules == session.hive.rules and settings.rule.name == "wvoter"
    assert settings.compiled
    hive = Hive.of(settings, ensemble_seed("1").child(0))
    assert not np.array_equal(hive.payoffs, session.hive.payoffs)


def test_quantiles_are_interpolated_as_those_of_numpy():
    values = np.random.default_rng(4).random((3, 2, 17))
    bands = Bands.of(("a", "b"), values)
    assert np.allclose(bands.low, np.quantile(values, 0.1, axis=-1))
    assert np.allclose(bands.high, np.quantile(values, 0.9, axis=-1))
    alone = Bands.of(("a", "b"), values[..., :1])
    assert np.array_equal(alone.low, values[..., 0]) and np.array_equal(alone.low, alone.high)


def test_a_band_is_drawn_as_far_as_the_chart_goes():
    steps = np.arange(1001)
    low, high = 0.25 * steps / 1000, 0.5 + 0.5 * steps / 1000
    below, above, mean = band_series("200 runs", steps, low + 0.1, low, high, "#123456", False, 600)
    assert {series["name"] for series in (mean, below, above)} == {"200 runs"}
    assert len(mean["data"]) <= 150 and mean["data"][-1] == [600, 0.25]
    # ECharts stacks the first number of a point, so those of the two borders have the step last.
    assert below["encode"] == above["encode"] == {"x": 1, "y": 0}
    assert below["data"][-1] == [0.15, 600] and above["data"][-1] == [0.65, 600]
    assert below["stack"] == above["stack"] and "areaStyle" not in below
    assert all(series["silent"] and series["z"] < 2 for series in (mean, below, above))
    first = [array[:1] for array in (steps, low, low, high)]
    assert band_series("", *first, "#123456", True)[1]["data"] == [[0.5, 0.0]]


def test_bands_stand_behind_the_curves_of_a_chart():
    class Behind:
        def bands(self, measure):
            return None if measure == "share_1" else (np.arange(3), *np.zeros((3, 3)))

    option = {"xAxis": {"max": 10}, "series": [{"name": "hive"}]}
    colours = {"share_0": "red", "share_1": "blue"}
    series = with_bands(option, Behind(), colours, dark=False)["series"]
    assert [each["name"] for each in series] == ["hive"] + 3 * ["200 runs: mean, 10-90 %"]
    assert with_bands(option, None, colours, dark=False) is option


@pytest.mark.parametrize("updating", ["asynchronous", 0.5])
def test_runs_update_as_it_was_chosen(updating):
    choices = Choices(
        population_size=12, updating=updating, bandit_fields={"n_action": 2}, stop_if_end=False
    )
    runs = EnsembleRuns(settings_of(Session(choices)), RunSeeds(ensemble_seed("1"), range(20)))
    while runs.rows == 0:
        runs.advance(10)
    summary = ensemble(Hive, choices.hive, runs=20, steps=10, seed=ensemble_seed("1"))
    assert np.allclose(runs.bands().mean[:, 1], summary["mean_payoff_mean"], rtol=0.0, atol=1e-12)
