"""`hivemind play`: what it prints, writes and draws, and its errors."""

import re

import numpy as np
import pandas as pd
import pytest

from hivemind_abm.app.cli.main import main
from hivemind_abm.engine.seeds import seed_sequence
from hivemind_abm.games.model import GameModel
from hivemind_abm.games.names import GAMES
from hivemind_abm.hives.names import RULES
from hivemind_abm.learners.names import LEARNERS
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.theory.dynamics import ALL_DYNAMICS

PENNIES = "matching pennies"


def played(capsys, *words):
    """What `hivemind play` prints."""
    assert main(["play", *words]) == 0
    return capsys.readouterr().out


def test_as_typed(capsys):
    """Against each other these two always lock in: matching pennies is a spiral outward."""
    lines = played(capsys, PENNIES, "success", "P-MCL", "--runs", "20").splitlines()
    assert lines[0] == "MatchingPennies (win 1.0, lose 0.0), matches drawn; seed 1"
    assert lines[1].startswith("  player 0: hive of 1000 bees with ImitationOfSuccess")
    assert lines[2] == "  player 1: learner ParallelMaynardCrossLearning (parallel_envs 1000)"
    assert lines[3] == "20 runs, at their ends after at most 150 steps:"
    locked = [int(number) for number in re.findall(r"(\d+) of 20 runs", "\n".join(lines))]
    assert len(locked) == 4  # heads and tails of both
    assert locked[0] + locked[1] == locked[2] + locked[3] == 20


def test_one_run_is_that_of_the_model(capsys, tmp_path):
    file = tmp_path / "run.csv"
    words = ["stag hunt", "P-CL", "P-CL", "--population-size", "30,20", "--steps", "6"]
    words += ["--hare", "0.7", "--seed", "3", "--initial-shares", "0.9,0.1/", "--out", str(file)]
    output = played(capsys, *words)
    model = GameModel(
        "stag hunt",
        ("P-CL", "P-CL"),
        (30, 20),
        hare=0.7,
        initial_shares=((0.9, 0.1), None),
        rng=seed_sequence("3"),
    )
    model.run_for(6)
    pd.testing.assert_frame_equal(pd.read_csv(file), model.table(), check_exact=True)
    shares = ", ".join(
        f"{name} {share:.4g}"
        for name, share in zip(("stag", "hare"), model.players[1].shares, strict=True)
    )
    assert f"player 1, P-CL: {shares}; mean payoff {model.players[1].payoff:.4g}" in output
    assert "p0 learner compiled" in output and f"written: {file}" in output


def test_many_runs_are_those_of_an_ensemble(capsys, tmp_path):
    file = tmp_path / "runs.csv"
    words = [PENNIES, "P-CL", "P-CL", "--population-size", "50", "--steps", "8", "--runs", "5"]
    output = played(capsys, *words, "--match", "mean", "--out", str(file))
    arguments = {"game": PENNIES, "players": ("P-CL", "P-CL"), "population_size": 50}
    arguments["match"] = "mean"
    table = ensemble(GameModel, arguments, runs=5, steps=8, seed=seed_sequence("1"))
    pd.testing.assert_frame_equal(pd.read_csv(file), table, check_exact=True)
    ends = ensemble(GameModel, arguments, runs=5, steps=8, seed=seed_sequence("1"), keep="last")
    counts = [
        f"{(ends[f'p{player}_share_{option}'] == 1.0).sum()} of 5 runs"
        for player in range(2)
        for option in range(2)
    ]
    assert re.findall(r"\d of 5 runs", output) == counts
    last = table.iloc[-1]
    row = next(line for line in output.splitlines() if line.strip().startswith("heads"))
    values = [float(number) for number in re.findall(r"\d+\.?\d*", row)[:3]]
    expected = [last[f"p0_share_0_{name}"] for name in ("mean", "q05", "q95")]
    np.testing.assert_allclose(values, expected, rtol=1e-3, atol=5e-5)


def test_consensus_is_counted_option_by_option(capsys):
    words = ["coordination", "TRD", "TRD", "--initial-shares", "1,0/1,0", "--runs", "3"]
    counts = re.findall(r"^    (\w+) .*?(\d) of 3 runs$", played(capsys, *words), re.MULTILINE)
    assert counts == [("a", "3"), ("b", "0")] * 2


def test_stop_if_end_and_interpreted(capsys):
    words = ["coordination", "P-CL", "P-CL", "--population-size", "10", "--stop-if-end"]
    words += ["--initial-shares", "0.9,0.1/0.9,0.1"]
    compiled = played(capsys, *words)
    interpreted = played(capsys, *words, "--interpreted")
    assert "p0 learner interpreted" in interpreted
    assert interpreted.splitlines()[4:] == compiled.splitlines()[4:]
    steps = int(re.search(r"after (\d+) steps", compiled)[1])
    assert steps < 150 and f"all in consensus from step {steps} on" in compiled


def test_several_rules_of_one_player(capsys):
    words = [PENNIES, "0.75 wvoter + 0.25 success", "TRD", "--population-size", "20"]
    output = played(capsys, *words, "--steps", "3", "--delta", "0.5", "--updating", "0.5")
    assert "player 0: hive of 15 bees with WeightedVoterRule (switch bee) and 5 bees with" in output
    assert "each hears 19, updating 0.5" in output
    assert "player 1: dynamic TRD, delta 0.5" in output


def test_the_help_names_all_there_is(capsys):
    with pytest.raises(SystemExit):
        main(["play", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name in [*GAMES, *RULES, *LEARNERS, *ALL_DYNAMICS]:
        assert name in text


def test_the_list_has_all_games_and_how_their_fields_are_typed(capsys):
    output = played(capsys, "--list")
    for name in GAMES:
        assert f"\n{name}: " in f"\n{output}"
    assert "--hare 0.6" in output and '--q-star "(0.8, 0.8)"' in output
    assert "2 players, each: rock, paper, scissors" in output


def test_equilibria(capsys):
    lines = played(capsys, "coordination", "--a", "0.8", "--equilibria").splitlines()
    assert lines[0] == "Coordination (a 0.8, b 0.5): 2 pure, 1 mixed; degenerate: no"
    assert lines[1] == "  a / a; payoffs 0.8, 0.8"
    assert lines[2] == "    TRD: stable (rate -0.8), in whole steps stable (factor 0.2)"
    assert "0.3846 a + 0.6154 b / 0.3846 a + 0.6154 b; payoffs 0.3077, 0.3077" in lines[7]
    assert lines[8].startswith("    TRD: unstable (rate 0.3077)")


def test_equilibria_of_matching_pennies_lose_stability_in_whole_steps(capsys):
    """The factors are sqrt(1 + 1/4) for TRD and sqrt(2) for MRD."""
    output = played(capsys, PENNIES, "--equilibria")
    assert "TRD: neutral (rate 0), in whole steps unstable (factor 1.118)" in output
    assert "MRD: neutral (rate 0), in whole steps unstable (factor 1.414)" in output


@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_the_picture(capsys, tmp_path, ending):
    file = tmp_path / f"plane.{ending}"
    words = [PENNIES, "P-CL", "P-CL", "--population-size", "50", "--steps", "5"]
    assert f"written: {file}" in played(capsys, *words, "--runs", "2", "--draw", str(file))
    assert file.read_bytes()[:4] in (b"\x89PNG", b"%PDF")


@pytest.mark.thorough
def test_the_comparison(capsys):
    words = [PENNIES, "success", "P-CL", "--population-size", "100", "--steps", "4", "--runs", "20"]
    output = played(capsys, *words, "--compare")
    assert re.search(r"R_success against P-CL: (not )?as P-CL against P-CL", output)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the game is missing; hivemind play --list lists the games"),
        (["chess", "success", "success"], "game must be one of 'matching pennies'"),
        ([PENNIES, "success"], "players"),
        ([PENNIES, "success", "nobody"], "player 1 must be a rule (success, "),
        ([PENNIES, "success", "0.9 wvoter + success"], "several rules must have their shares"),
        ([PENNIES, "P-CL", "P-CL", "--hare", "0.7"], "hare"),
        ([PENNIES, "P-CL", "P-CL", "--runs", "0"], "--runs must be a whole number of at least 1"),
        (
            [PENNIES, "P-CL", "P-CL", "--steps", "-1"],
            "--steps must be a whole number of at least 0",
        ),
        ([PENNIES, "P-CL", "P-CL", "--match", "none"], "match must be one of"),
        ([PENNIES, "P-CL", "P-CL", "--initial-shares", "0.5,0.6/"], "initial_shares"),
        (
            [PENNIES, "P-CL", "P-CL", "--population-size", "1,2,3"],
            "population_size must have 2 items",
        ),
        ([PENNIES, "P-CL", "P-CL", "--players", "3"], "there is no option --players"),
        (
            ["iterated prisoners dilemma", "P-CL", "P-CL", "--draw", "plane.png"],
            "a plane shows games of two players with two options each, or three each",
        ),
        (["shared congestion", "--equilibria"], "game must have two players that meet each other"),
        ([PENNIES, "--equilibria", "--hare", "0.7"], "hare"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_errors_are_one_line_and_exit_code_2(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["play", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("hivemind play: ") and message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_picture_needs_a_known_ending(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["play", PENNIES, "P-CL", "P-CL", "--draw", "plane.gif"])
    assert stop.value.code == 2
    assert "argument --draw: must end with .png, .pdf, .svg, not 'plane.gif'" in (
        capsys.readouterr().err
    )


def test_players_may_follow_an_option(capsys):
    text = played(capsys, PENNIES, "--match", "mean", "TRD", "TRD", "--steps", "1")
    assert "matches mean" in text


def test_the_game_of_many_rounds(capsys):
    words = ["iterated prisoners dilemma", "TRD", "TRD", "--steps", "1", "--continuation", "0.6"]
    assert "strategies AllC ... WSLS" in played(capsys, *words)
