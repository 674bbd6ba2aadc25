"""Games in ensembles, studies, stores and measures: the numbers are those of single models."""

from dataclasses import dataclass

import mesa
import numpy as np
import pandas as pd
import pytest
from small_studies import same

from hivemind_abm import (
    Game,
    GameModel,
    ImitationRule,
    ReplicatorModel,
    Study,
    as_xarray,
    consensus_times,
    cumulative_regret,
    distance,
    ensemble,
    recovery_times,
    run_seeds,
    wrong_consensus,
)
from hivemind_abm.app.cli.main import main
from hivemind_abm.studies.cells import model_arguments, shown_arguments
from hivemind_abm.studies.checked_rows import largest_share
from hivemind_abm.studies.designs import cells_of_grid
from hivemind_abm.studies.measures import verdict
from hivemind_abm.studies.shown import shown_player
from hivemind_abm.studies.store import Store
from hivemind_abm.studies.study import processes

pytestmark = pytest.mark.thorough  # compiles many rules

RUNS, STEPS = 4, 6
MIXED = [("wvoter", 0.7), ("success", 0.3)]
CASES = {
    "hive and learner": {"players": ("success", "P-MCL"), "population_size": (30, 12)},
    "dicts": {
        "game": "rock paper scissors",
        "players": (
            {"rule": MIXED, "population_size": 20, "updating": "asynchronous"},
            {"learner": "CL", "alpha": 0.3},
        ),
        "initial_shares": ((0.5, 0.3, 0.2), None),
        "match": "mean",
    },
    "stops": {"game": "coordination", "players": ("wvoter", "TRD"), "population_size": 20,
              "stop_if_end": 0.8, "a": 0.9},
    "replicators": {"players": ("TRD", "MRD"), "delta": 0.5},
}  # fmt: skip


def single(case, record_every=1):
    """The rows of models that are stepped one by one."""
    frames = []
    for run, seed in enumerate(run_seeds(5, RUNS)):
        model = GameModel(**CASES[case], rng=seed)
        model.run_for(STEPS)
        table = model.table().rename(columns={"step": "Step"}).astype({"Step": float})
        frames.append(table[table["Step"] % record_every == 0].assign(RunId=run))
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("case", CASES)
def test_an_ensemble_has_the_rows_of_single_models(case):
    run = {"runs": RUNS, "steps": STEPS, "seed": 5}
    for every, threads in ((1, 1), (2, 3)):
        models = single(case, every)
        rows = ensemble(
            GameModel, CASES[case], **run, keep="rows", record_every=every, threads=threads
        )
        same(rows[list(models.columns)], models)
    models = single(case)
    last = ensemble(GameModel, CASES[case], **run, keep="last")
    ends = models.groupby("RunId").tail(1).reset_index(drop=True)
    same(last[list(ends.columns)], ends)
    summary = ensemble(GameModel, CASES[case], **run, threads=2)
    wide = models.pivot(index="Step", columns="RunId").ffill()
    for name in GameModel.settings(**CASES[case]).columns:
        mean = wide[name].astype(float).mean(axis=1)
        np.testing.assert_allclose(summary[f"{name}_mean"].iloc[: len(mean)], mean, atol=1e-12)
    assert not {"wrong_consensus_mean", "optimal_share_mean"} & set(summary)


def test_batch_run_gives_the_same_rows():
    if not hasattr(mesa, "batch_run"):
        pytest.skip("Mesa 4 has no batch_run")
    given = CASES["dicts"]
    frame = pd.DataFrame(
        mesa.batch_run(
            GameModel, {name: [value] for name, value in given.items()}, rng=run_seeds(5, 2),
            max_steps=STEPS, data_collection_period=1, display_progress=False,
        )
    )  # fmt: skip
    rows = ensemble(GameModel, given, runs=2, steps=STEPS, seed=5, keep="rows")
    assert list(frame.columns) == list(rows.columns)
    same(frame.drop(columns="rng"), rows.drop(columns="rng"))
    assert rows["players"].iloc[0] == given["players"]


RULE = """
from dataclasses import dataclass
from hivemind_abm import ImitationRule

@dataclass(frozen=True)
class Mine(ImitationRule):
    chance: float = 0.5

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion if rng.random() < self.chance else bee.opinion
"""
GAME = """
from dataclasses import dataclass
from prize import PRIZE
from hivemind_abm import Game

@dataclass(frozen=True)
class Agree(Game):
    n_actions = (2, 3)

    def payoff(self, player, options, rng):
        return PRIZE if options[0] == options[1] else 0.1
"""
SWEEP = """
runs = 4
steps = 5
seed = 1
keep = "rows"

[[systems]]
model = "GameModel"
game = "game.py"
players = [["success", "P-MCL"], [{rule = "mine.py", population_size = 8}, "success"]]
population_size = [10, 20]

[[systems]]
model = "GameModel"
players = [[["wvoter", 0.5], ["mine.py", 0.5]], "MRD"]
population_size = 10
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(RULE)
    (tmp_path / "game.py").write_text(GAME)
    (tmp_path / "prize.py").write_text("PRIZE = 0.9\n")
    (tmp_path / "study.toml").write_text(SWEEP)
    return tmp_path


def test_a_list_of_players_is_one_choice():
    def players(value):
        return [cell["players"] for cell in cells_of_grid([{"players": value}])]

    pair, hive = ["success", "P-MCL"], {"rule": "wvoter", "population_size": 5}
    mixed = [[["wvoter", 0.5], ["success", 0.5]], "TRD"]
    for one in (pair, [hive, "TRD"], mixed, ["success"] * 3, [1, 2], ("a", "b")):
        assert players(one) == [one]
    assert players([pair, mixed]) == [pair, mixed]
    assert players([pair, tuple(pair)]) == [pair, tuple(pair)]
    with pytest.raises(ValueError, match=r"players must be a list with one item for each player"):
        players([pair, "TRD"])
    with pytest.raises(ValueError, match="players has no choice: the list is empty"):
        players([])


def test_cells_of_games_are_plain_data_with_absolute_paths(folder):
    study = Study.from_toml("study.toml")
    assert [cell["players"] for cell in study.cells] == [
        *[["success", "P-MCL"]] * 2,
        *[[{"rule": "mine.py", "population_size": 8}, "success"]] * 2,
        [[["wvoter", 0.5], ["mine.py", 0.5]], "MRD"],
    ]
    assert list(study.files) == ["game.py", "game.py imports prize.py", "mine.py"]
    given = model_arguments(study.cells[2])
    mine = str(folder.resolve() / "mine.py")
    assert given["players"] == ({"rule": mine, "population_size": 8}, "success")
    assert given["game"] == str(folder.resolve() / "game.py")
    assert model_arguments(study.cells[4])["players"][0] == (("wvoter", 0.5), (mine, 0.5))
    assert shown_arguments(study.cells[2])["players"] == "mine.py (N 8), success"
    alone = Study([study.cells[2]], runs=1, steps=1, seed=1)
    assert alone.ids[0] == study.ids[2]
    assert list(alone.files) == list(study.files)  # also those that only a player's dict names


@pytest.mark.parametrize(
    ("player", "text"),
    [
        ("success", "success"),
        (MIXED, "0.7 wvoter + 0.3 success"),
        ({"rule": "wvoter", "population_size": 50, "updating": "asynchronous"},
         "wvoter (N 50, asynchronous)"),
        ({"rule": MIXED, "updating": 0.5, "neighbourhood_size": 3},
         "0.7 wvoter + 0.3 success (updating 0.5, M 3)"),
        ({"learner": "CL", "alpha": 0.1, "initial_shares": [0.5, 0.5]},
         "CL (alpha 0.1, initial_shares (0.5, 0.5))"),
        ({"delta": 0.5, "dynamic": "MRD"}, "MRD (delta 0.5)"),
    ],
)  # fmt: skip
def test_a_player_is_a_short_text(player, text):
    assert shown_player(player) == text


def test_a_sweep_of_games_is_resumed_and_exported(folder, capsys):
    study = Study.from_toml("study.toml")
    assert main(["sweep", "study.toml", "--store", "store"]) == 0
    table = study.run()
    same(Store.existing("store").read(), table)
    assert table["players"].unique().tolist() == [
        "success, P-MCL",
        "mine.py (N 8), success",
        "0.5 wvoter + 0.5 mine.py, MRD",
    ]
    cell = study.cells[2]
    unit = next(unit for unit in study.units() if unit.cell == study.ids[2])
    from hivemind_abm.engine.seeds import RunSeed

    alone = ensemble(
        GameModel, model_arguments(cell), runs=4, steps=5, keep="rows",
        seed=RunSeed(1, spawn_key=unit.spawn_key),
    )  # fmt: skip
    names = GameModel.settings(**model_arguments(cell)).columns
    rows = table[table["cell"] == study.ids[2]].reset_index(drop=True)
    same(rows[names], alone[names])
    next((folder / "store").glob("*/*.parquet")).unlink()
    assert main(["sweep", "study.toml", "--store", "store"]) == 0
    assert "4 units are there already" in capsys.readouterr().out
    same(Store.existing("store").read(), table)
    for file in ("out.csv", "out.parquet"):
        assert main(["export", "store", file]) == 0
    assert pd.read_csv("out.csv")["players"].tolist() == table["players"].tolist()
    assert main(["sweep", "study.toml", "--dry-run"]) == 0
    (folder / "prize.py").write_text("PRIZE = 0.5\n")
    assert main(["sweep", "study.toml", "--store", "store"]) == 2
    assert "holds another study: files is" in capsys.readouterr().err


@pytest.mark.thorough
def test_processes_give_the_same(folder):
    study = Study.from_toml("study.toml")
    same(study.run(make_executor=processes(2)), study.run())


def test_a_game_of_replicators_is_run_once():
    cell = {"model": "GameModel", **CASES["replicators"]}
    table = Study([cell], runs=50, steps=3, seed=1).run()
    assert (table["runs"] == 1).all()
    assert (table["p0_share_0_std"] == 0.0).all()


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ({"players": "success"}, "cell 0: players must be a sequence with one item for each"),
        ({"players": ["success"]}, "cell 0: players must be 2 for MatchingPennies"),
        ({"players": [{"rule": "wvoter", "size": 3}, "TRD"]}, "cell 0: player 0: size is no"),
        ({"players": [{"rule": ImitationRule}, "TRD"]}, "cell 0, players, rule must be plain data"),
        ({"game": "matching penies"}, "cell 0: game must be one of 'matching pennies', "),
        ({"rule": "wvoter"}, "cell 0: rule fits nothing here"),
    ],
)
def test_wrong_cells_are_named(cell, message):
    with pytest.raises((ValueError, TypeError)) as error:
        Study([{"model": "GameModel", **cell}], runs=1, steps=1, seed=1)
    assert message in str(error.value)


@dataclass(frozen=True)
class Agree(Game):
    """Both are paid for the same option; player 1 has one option more."""

    n_actions = (2, 3)

    def payoff(self, player, options, rng):
        return 0.9 if options[0] == options[1] else 0.2


def test_consensus_of_a_game_is_one_of_each_player():
    given = {"game": Agree(), "players": ("success", "wvoter"), "population_size": 12}
    run = {"runs": 20, "steps": 60, "seed": 2, "keep": "rows"}
    rows = ensemble(GameModel, given, **run)
    times = consensus_times(rows)
    assert times.notna().any()
    for number, time in times.dropna().items():
        of_run = rows[rows["RunId"] == number].set_index("Step")
        whole = (of_run.filter(regex="p0_share") == 1.0).any(axis=1)
        whole &= (of_run.filter(regex="p1_share") == 1.0).any(axis=1)
        assert time == whole.idxmax()
    stopped = ensemble(GameModel, given | {"stop_if_end": 0.75}, **run)
    pd.testing.assert_series_equal(consensus_times(rows, 0.75), consensus_times(stopped))


def test_the_largest_share_of_a_game_by_hand():
    columns = {"p0_share_0": [0.2, 0.9], "p0_share_1": [0.8, 0.1], "p0_share_none": [0.0, 0.0],
               "p1_share_0": [1.0, 0.3], "p1_share_1": [0.0, 0.5], "p1_payoff": [2.0, 2.0],
               "p0_kind_0_share_0": [3.0, 3.0]}  # fmt: skip
    assert largest_share(pd.DataFrame(columns)).tolist() == [0.8, 0.5]


def test_measures_that_need_a_best_option_refuse_games():
    rows = ensemble(GameModel, CASES["hive and learner"], runs=2, steps=2, seed=1, keep="rows")
    summary = ensemble(GameModel, CASES["hive and learner"], runs=2, steps=2, seed=1)
    for measure, words in (
        (lambda: wrong_consensus(rows), "wrong consensus"),
        (lambda: cumulative_regret(rows, "near one"), "regret"),
        (lambda: cumulative_regret(summary, "near one"), "regret"),
        (lambda: recovery_times(rows, "switching"), "recovery"),
    ):
        with pytest.raises(ValueError, match=f"table must not be of a game: {words} needs a best"):
            measure()


def test_distances_of_a_player_and_of_several_measures():
    first, second = (
        ensemble(GameModel, {**CASES["dicts"], "alpha": alpha} if alpha else CASES["dicts"],
                 runs=40, steps=STEPS, seed=seed)
        for alpha, seed in ((None, 1), (None, 2))
    )  # fmt: skip
    names = [f"p1_share_{a}" for a in range(3)]
    each = [distance(first, second, name) for name in names]
    together = distance(first, second, names)
    assert together.rms == pytest.approx(np.sqrt(np.mean([one.rms**2 for one in each])))
    error = np.sqrt(np.mean([one.rms_error**2 for one in each]))
    assert together.rms_error == pytest.approx(error)
    assert together.greatest == max(one.greatest for one in each)
    assert together.band[0] > each[0].band[0]  # more differences, a wider band
    table = together.table()
    assert table["measure"].tolist() == [name for name in names for _ in range(STEPS + 1)]
    assert list(each[0].table()) == ["step", "difference", "band"]
    assert verdict(together, None) == "equal within error"
    same(distance(first, second, names[:1]).table(), each[0].table())


def test_a_game_as_xarray():
    pytest.importorskip("xarray")
    cells = [["success", "P-MCL"], [{"rule": "wvoter", "population_size": 8}, "success"]]
    study = Study.grid(
        {"model": "GameModel", "game": "iterated prisoners dilemma", "players": cells,
         "population_size": [10, 20], "strategies": [("AllC", "AllD", "TFT")]},
        {"model": "GameModel", "game": "iterated prisoners dilemma", "players": cells,
         "population_size": [10, 20], "strategies": [("AllC", "AllD", "GRIM")]},
        runs=3, steps=4, seed=1,
    )  # fmt: skip
    table = study.run()
    dataset = study.as_xarray(table)
    assert dataset["p0_share_mean"].dims == (
        "players", "population_size", "strategies", "step", "option",
    )  # fmt: skip
    assert dataset["p0_share_mean"].sizes["option"] == 3
    assert dataset["players"].values.tolist() == ["success, P-MCL", "wvoter (N 8), success"]
    assert dataset["p1_payoff_q95"].attrs["long_name"] == (
        "mean payoff of player 1, 95 % quantile over the runs"
    )
    assert dataset["p0_share_mean"].attrs["long_name"] == (
        "share of the option of player 0, mean over the runs"
    )
    rows = ensemble(GameModel, CASES["dicts"], runs=2, steps=3, seed=1, keep="rows")
    alone = as_xarray(rows)
    assert set(alone.data_vars) == {
        *("p0_share", "p0_payoff", "p0_kind_0_share", "p0_kind_1_share"),
        *("p1_share", "p1_payoff", "consensus"),
    }
    assert alone["p0_share"].dims == ("run", "step", "option")
    assert alone["players"].item() == (
        "0.7 wvoter + 0.3 success (N 20, asynchronous), CL (alpha 0.3)"
    )
    unlike = ensemble(
        GameModel, {"game": Agree(), "population_size": 5}, runs=2, steps=1, seed=1, keep="rows"
    )
    shares = as_xarray(unlike)
    assert np.isnan(shares["p0_share"].sel(option=2)).all()
    assert shares["p1_share"].notnull().all()


def test_a_frame_and_other_models_beside_games():
    frame = pd.DataFrame({"players": ["('success', 'P-CL')"], "population_size": [10.0]})
    study = Study.from_frame(frame, {"model": "GameModel"}, runs=2, steps=1, seed=1)
    assert study.cells[0]["players"] == ["success", "P-CL"]
    both = [*study.cells, {"model": "ReplicatorModel"}]
    table = Study(both, runs=2, steps=1, seed=1).run()
    assert table.loc[table["model"] == "GameModel", "optimal_share_mean"].isna().all()
    expected = ReplicatorModel().table()["optimal_share"].iloc[0]
    assert table["optimal_share_mean"].iloc[-2] == expected
    assert study.estimate() > 0.0
