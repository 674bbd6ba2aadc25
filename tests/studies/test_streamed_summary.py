"""Summaries whose runs are counted a few at a time, beside those that hold all runs."""

import itertools
import random
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from new_hives import Recruit
from small_studies import WORN_OUT, same

from hivemind_abm import GameModel, Hive, LearnerModel, ReplicatorModel, ensemble
from hivemind_abm.engine.rows import Settings
from hivemind_abm.studies.counted import Counted, added, counts_frame, counts_in, summary_of
from hivemind_abm.studies.ensemble import counts_of_runs
from hivemind_abm.studies.scales import BINNED, BINS, Needs
from hivemind_abm.studies.summary import QUANTILES

ONE_BIN = 1.0 / 4096 + 1e-15  # the stated error of the quantiles of values in bins
ROUNDING = 1e-15
ROUNDED = 2.0**-47  # the error of the deviation of values that are rounded to parts of 2**48

CASES = {
    "hive": (Hive, {"rule": "wvoter", "population_size": 49}),  # 49 * (1 / 49) is below 1
    "stops": (Hive, {"rule": "majority", "population_size": 20, "stop_if_end": True}),
    "several rules": (
        Hive,
        {"rule": [("wvoter", 15), ("success", 0), ("majority", 5)], "population_size": 20},
    ),
    "uncommitted": (Hive, {"rule": Recruit(), "population_size": 10, "compiled": False}),
    "game": (
        GameModel,
        {
            "game": "matching pennies",
            "players": ([("success", 12), ("wvoter", 8)], {"dynamic": "TRD"}),
            "population_size": 20,
        },
    ),
    "learner": (LearnerModel, {"learner": "MCL", "bandit": "near one", "alpha": 0.1}),
    "replicator": (ReplicatorModel, {"dynamic": "MRD", "bandit": "near one"}),
}
OF_BEES = ("share_", "kind_", "optimal_share")  # whole numbers of bees, but in learners


@pytest.fixture
def streamed(monkeypatch):
    """Any summary is streamed."""
    monkeypatch.setattr("hivemind_abm.studies.scales._HELD", 0)
    monkeypatch.setattr("hivemind_abm.studies.scales._ENTRY", 0)


def summaries(model, parameters, request, **arguments):
    """A summary with all runs held, and one that is streamed."""
    arguments = {"steps": 12, "seed": 2, "record_every": 2} | arguments
    held = ensemble(model, parameters, **arguments)
    request.getfixturevalue("streamed")
    return held, ensemble(model, parameters, **arguments)


@pytest.mark.parametrize("runs", [1, 30, 300])
@pytest.mark.parametrize("case", CASES)
def test_a_streamed_summary_is_that_of_the_values(case, runs, request):
    model, parameters = CASES[case]
    held, counted = summaries(model, parameters, request, runs=runs)
    assert counted.dtypes.to_dict() == held.dtypes.to_dict()
    assert list(counted) == list(held)
    assert len(held) == 7
    for name in held:
        measure, _, statistic = name.rpartition("_")
        bees = model in (Hive, GameModel) and measure.removeprefix("p0_").startswith(OF_BEES)
        quantile = statistic in QUANTILES and model is not ReplicatorModel
        error = ROUNDING if bees or statistic == "mean" else ONE_BIN if quantile else ROUNDED
        if "consensus" in name or name in ("step", "runs"):
            error = 0.0
        np.testing.assert_allclose(counted[name], held[name], rtol=0.0, atol=error, err_msg=name)


def test_bins_of_many_runs(request):
    """More runs than bins."""
    held, counted = summaries(*CASES["learner"], request, runs=6000)
    for name in held:
        error = ONE_BIN if name.endswith(tuple(QUANTILES)) else ROUNDED
        np.testing.assert_allclose(counted[name], held[name], rtol=0.0, atol=error, err_msg=name)


@pytest.mark.parametrize("case", ["several rules", "game", "learner"])
def test_the_table_depends_on_no_split_order_or_threads(case, streamed, monkeypatch):
    model, parameters = CASES[case]
    arguments = {"steps": 40, "seed": 2, "record_every": 2}
    whole = ensemble(model, parameters, runs=300, threads=1, **arguments)
    same(whole, ensemble(model, parameters, runs=300, threads=3, **arguments))
    monkeypatch.setattr("hivemind_abm.studies.streaming._VALUES", 500)
    same(whole, ensemble(model, parameters, runs=300, threads=2, **arguments))
    ends = [0, 1, 2, 90, 290, 300]
    parts = [
        counts_of_runs(model, parameters, runs=last - first, first_run=first, **arguments)
        for first, last in itertools.pairwise(ends)
    ]
    for seed in range(3):
        random.Random(seed).shuffle(parts)
        total = added([added(parts[:2]), added([*parts[2:4]]), *parts[4:]])
        same(whole, summary_of(counts_in(total), 300))


def test_quantiles_of_runs_that_are_alike_are_exact(streamed):
    table = ensemble(*CASES["learner"], runs=50, steps=1, seed=1)
    assert (table.loc[0, [f"share_3_{name}" for name in ("mean", *QUANTILES)]] == 0.1).all()
    assert table.loc[0, "share_3_std"] == 0.0


def test_runs_without_chance_are_run_once():
    model, parameters = CASES["replicator"]
    one = ensemble(model, parameters, runs=1, steps=40, seed=1)
    same(ensemble(model, parameters, runs=10**9, steps=40, seed=1), one.assign(runs=10**9))


def test_some_measures_are_part_of_the_whole(streamed):
    model, parameters = CASES["hive"]
    whole = ensemble(model, parameters, runs=50, steps=9, seed=1)
    part = ensemble(model, parameters, runs=50, steps=9, seed=1, measures=["share_3"])
    assert part.shape[1] == 9
    same(part, whole[part.columns])


def test_what_is_streamed_depends_on_the_size_alone():
    needs = Needs.of(Hive.settings(population_size=100))
    assert needs.places.count(101) == 11
    assert [needs.streams(runs, 51) for runs in (1000, 100_000, 150_000, 10**7)] == [
        False,
        False,
        True,
        True,
    ]
    assert needs.entries(10**7, 51) == needs.entries(10**9, 51) < 300_000
    assert not needs.streams(150_000, 10**6)  # the counts would be larger than the runs


def test_whole_numbers_are_summed_exactly():
    """Large hives and many runs, beside fractions; sums of squares exceed 64 bits."""
    places = np.array([0, 3, 2**31 - 2, 2**31 - 1])
    counts = np.array([5, 1, 10**9, 7])
    counted = Counted(0, "share_0", 2**31 - 1, places, counts)
    runs = int(counts.sum())
    total = Fraction(sum(int(p) * int(c) for p, c in zip(places, counts, strict=True)))
    squares = sum(int(p) ** 2 * int(c) for p, c in zip(places, counts, strict=True))
    variance = (squares - total**2 / runs) / (runs - 1) / (2**31 - 1) ** 2
    found = counted.statistics()
    assert found["mean"] == float(total / runs / (2**31 - 1))
    assert found["std"] == pytest.approx(float(variance) ** 0.5, rel=1e-15)
    assert found["q05"] == found["q95"] == (2**31 - 2) / (2**31 - 1)


def test_large_sums_survive_a_table_of_whole_numbers():
    total, squares = 2**48 * 10**9 - 5, 2**96 * 10**9 - 17
    one = Counted(
        3, "mean_payoff", BINNED, np.array([7, BINS]), np.array([2, 10**9]), total, squares, -3
    )
    (back,) = counts_in(added([counts_frame([one])] * 200))
    assert (back.total, back.squares, back.rest) == (200 * total, 200 * squares, -600)
    assert back.counts.tolist() == [400, 200 * 10**9]


def test_quantiles_from_bins_are_within_one_bin():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = np.sort(rng.choice([0.0, 1.0, 0.25, rng.random(), *rng.random(50)], 200))
        places, counts = np.unique(np.floor(values * BINS).astype(int), return_counts=True)
        counted = Counted(0, "payoff", BINNED, places, counts, 1, 2**96)
        for name, share in QUANTILES.items():
            error = abs(counted.statistics()[name] - np.quantile(values, share))
            assert error <= ONE_BIN


def test_an_error_in_a_rule_ends_a_streamed_summary(tmp_path, streamed):
    rule = tmp_path / "worn_out.py"
    rule.write_text(WORN_OUT)
    parameters = {"rule": str(rule), "patience": 2.0, "population_size": 5, "compiled": False}
    with pytest.raises(ValueError, match=r"WornOut.decide returned opinion 99"):
        ensemble(Hive, parameters, runs=500, steps=3, seed=1, threads=2)


def test_settings_of_any_other_model_are_counted_in_bins(streamed):
    """Only the interface is used: such a share need not be one of bees."""

    class Other:
        def __init__(self, settings: Settings) -> None:
            self.settings = settings

        def __getattr__(self, name):
            return getattr(self.settings, name)

    settings = Hive.settings(population_size=20)
    whole = ensemble(settings, {}, runs=40, steps=5, seed=1)
    other = ensemble(Other(settings), {}, runs=40, steps=5, seed=1)
    np.testing.assert_allclose(other, whole, rtol=0.0, atol=ONE_BIN)
    error = np.abs(other["share_0_mean"] - whole["share_0_mean"])
    assert error.max() <= ROUNDING


MEMORY = """
import resource, sys
from hivemind_abm import Hive, ensemble
from hivemind_abm.studies import scales

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

runs, steps, population_size, held = map(int, sys.argv[1:])
scales._HELD = held
parameters = {"population_size": population_size}
ensemble(Hive, parameters, runs=4000, steps=1, seed=1, threads=2)
before = most()
table = ensemble(Hive, parameters, runs=runs, steps=steps, seed=1, threads=2)
assert (table["runs"] == runs).all()
print(most() - before)
"""


def growth(*arguments):
    """MiB that a summary takes in a process of its own."""
    command = [sys.executable, "-c", MEMORY, *map(str, arguments)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.thorough
def test_memory_does_not_grow_with_the_runs():
    """All 400,000 hives would be about 900 MiB."""
    assert growth(400_000, 1, 100, 256 * 2**20) < 100.0


@pytest.mark.thorough
def test_memory_of_many_recorded_rows_is_that_of_their_counts():
    """1,000 rows of 12 measures and 2 of consensus: 22 MiB of counts; the table is 0.5 MiB."""
    assert growth(20_000, 999, 100, 2**20) < 100.0


def test_counts_are_plain_data():
    table = counts_of_runs(*CASES["game"], runs=5, steps=2, seed=1)
    assert table.columns.tolist() == ["step", "measure", "scale", "place", "count"]
    kinds = table.drop(columns="measure").dtypes
    assert (kinds == np.int64).all()
    assert pd.api.types.is_string_dtype(table["measure"])
