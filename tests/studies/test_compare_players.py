"""Hives, learners and replicators at one game: which line-ups there are, and which are alike."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pytest

from hivemind_abm import GameModel, ImitationRule, WeightedVoterRule, ensemble
from hivemind_abm.learners.cross_learning import ParallelMaynardCrossLearning
from hivemind_abm.studies.line_ups import forms_of
from hivemind_abm.studies.players import compare_players
from hivemind_abm.studies.systems import system_seed

pytestmark = pytest.mark.thorough  # compiles many rules

EVEN = {"steps": 4, "runs": 4, "seed": 1, "population_size": 20}


def forms(player, number=0, game="matching pennies", **arguments):
    """The kind of a player as it was given, its forms, and the notes."""
    players = ["success", "success"]
    players[number] = player
    settings = GameModel.settings(game=game, players=players, population_size=20, **arguments)
    common = {"neighbourhood": "others", "neighbourhood_size": None, "updating": "synchronous"}
    notes = []
    kind, of_player = forms_of(settings.players[number], common, notes)
    return kind, of_player, notes


@pytest.mark.parametrize(
    ("player", "kind", "symbols"),
    [
        ("success", "hive", ["R_success", "P-CL", "TRD"]),
        ("wvoter", "hive", ["R_wvoter", "P-MCL", "MRD"]),
        ("P-CL", "learner", ["R_success", "P-CL", "TRD"]),
        ("P-MCL", "learner", ["R_wvoter", "P-MCL", "MRD"]),
        ("macro:success", "learner", ["R_success", "macro R_success", "TRD"]),
        ("CL", "learner", [None, "CL", "TRD"]),
        ("majority", "hive", ["R_majority", None, None]),
        ([("success", 0.5), ("wvoter", 0.5)], "hive", ["0.5 R_success + 0.5 R_wvoter", None, None]),
        ({"rule": "success", "updating": "asynchronous"}, "hive", ["R_success", None, None]),
        ({"rule": "success", "updating": 0.5}, "hive", ["R_success", None, "TRD"]),
        ({"learner": "P-CL", "bandit": "near one"}, "learner", ["R_success", "P-CL", None]),
        ("MRD", "replicator", [None, None, "MRD"]),
        ({"rule": "wvoter", "switch": "is_det"}, "hive", ["R_wvoter", None, None]),
    ],
)
def test_the_forms_of_a_player(player, kind, symbols):
    keywords = {"n_action": 2} if "bandit" in player else {}
    if keywords:
        player = player | keywords
    found, of_player, notes = forms(player)
    names = [of_player[each].symbol if each in of_player else None
             for each in ("hive", "learner", "replicator")]  # fmt: skip
    assert (found, names) == (kind, symbols)
    assert len(notes) == (0 if kind == "replicator" else symbols.count(None))


def test_forms_have_one_size_one_start_and_one_clock():
    uneven = {"initial_shares": ((0.52, 0.3, 0.18), None), "game": "rock paper scissors"}
    _, of_hive, _ = forms({"rule": "wvoter", "updating": 1.0}, **uneven)
    learner = of_hive["learner"].written["learner"]
    assert learner == ParallelMaynardCrossLearning(20)
    rounded = [0.5, 0.3, 0.2]  # 20 bees can't hold 0.52 and 0.18 exactly
    np.testing.assert_allclose(of_hive["learner"].written["initial_shares"], rounded)
    np.testing.assert_allclose(of_hive["replicator"].written["initial_shares"], rounded)
    assert of_hive["hive"].half["population_size"] == 10
    assert of_hive["learner"].half["learner"] == ParallelMaynardCrossLearning(10)
    _, of_learner, _ = forms({"learner": "P-MCL", "parallel_envs": 7})
    assert of_learner["hive"].written["population_size"] == 7
    assert of_learner["hive"].written["rule"] == WeightedVoterRule()
    assert of_learner["hive"].half is None and of_learner["learner"].half is None
    assert forms({"learner": "CL", "alpha": 0.2})[1]["replicator"].written["delta"] == 0.2
    assert forms({"rule": "success", "updating": 0.3})[1]["replicator"].written["delta"] == 0.3


def test_the_line_ups_are_all_but_those_that_are_there_already():
    both = compare_players(players=("success", "P-MCL"), **EVEN)
    assert list(both.line_ups) == [
        "R_success against P-MCL",
        "P-CL against R_wvoter",
        "P-CL against P-MCL",
        "R_success against R_wvoter",
        "TRD against MRD",
    ]
    hives = compare_players(players=("success", "success"), **EVEN)
    names = ["R_success against R_success", "P-CL against P-CL", "TRD against TRD"]
    assert list(hives.line_ups) == names
    with_dynamic = compare_players(players=("wvoter", "TRD"), **EVEN)
    names = ["R_wvoter against TRD", "P-MCL against TRD", "MRD against TRD"]
    assert list(with_dynamic.line_ups) == names
    three = compare_players("shared congestion", ("success", "CL", "P-CL"), hives=3, **EVEN)
    assert list(three.line_ups)[:2] == ["R_success, CL, P-CL", "P-CL, CL, R_success"]
    assert three.notes == (
        "player 1, CL, is not shown as a hive: no rule is known for it, so it stays",
    )
    assert set(three.curves["players"]) == set(three.line_ups)


def test_the_curves_are_those_of_ensembles():
    result = compare_players("stag hunt", ("success", "wvoter"), hare=0.7, match="mean", **EVEN)
    name = "P-CL against P-MCL"
    alone = ensemble(
        GameModel,
        {"game": "stag hunt", "players": ("P-CL", "P-MCL"), "population_size": 20, "hare": 0.7,
         "match": "mean"},
        runs=4, steps=4, seed=system_seed(1, name, False),
    )  # fmt: skip
    rows = result.curves[result.curves["players"] == name].reset_index(drop=True)
    for column in alone:
        np.testing.assert_array_equal(rows[column], alone[column])
    replicators = result.curves[result.curves["players"] == "TRD against MRD"]
    assert (replicators["runs"] == 1).all()


def test_large_hives_are_their_learners_within_error():
    """Chance passes the bounds in at most 5 % of the seeds (measured: 4 of 640 in four games)."""
    result = compare_players(
        "stag hunt", ("success", "P-MCL"), population_size=2000, steps=15, runs=60, seed=2,
        initial_shares=((0.8, 0.2), (0.7, 0.3)),
    )  # fmt: skip
    for pairs in result.pairs:
        assert pairs.together.verdict.startswith("equal within error"), str(pairs)
        assert pairs.together.as_is.telling
    text = str(result)
    assert "R_success against P-MCL: as P-CL against R_wvoter, within error (player 0: " in text
    assert "the same noise" not in text


def test_another_rule_is_not_called_the_same():
    """A hive whose rule says the wrong dynamic is found, and the other player is not."""
    result = compare_players(
        "prisoners dilemma", ({"rule": "success"}, {"rule": Eager()}), population_size=500,
        steps=10, runs=40, seed=3,
    )  # fmt: skip
    (verdict,) = (pairs.together.verdict for pairs in result.pairs if "MRD" in str(pairs))
    assert verdict == "not equal"
    assert "TRD against MRD" in str(result) and "the same noise" in str(result)
    players = result.distances.set_index(["second", "player"])["verdict"]
    assert players["TRD against MRD", "0"] == "equal within error"
    assert players["TRD against MRD", "1"] == players["TRD against MRD", "all"] == "not equal"


@dataclass(frozen=True)
class Eager(ImitationRule):
    """It claims to follow MRD, and follows 0.5 TRD."""

    dynamic = "MRD"

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        return other.opinion if rng.random() < 0.5 * other.payoff else bee.opinion


def test_noise_of_a_hive_and_of_its_learner_is_that_of_theory():
    """Two options that pay r: variance r (2 - r) in a hive and r^2 in a learner, times x(1-x)/N.

    The standard error of a variance of 4,000 runs is 2.2 %, so 10 % are over 4 errors.
    """
    r, n = 0.5, 100
    result = compare_players(
        "coordination", ("success", "P-CL"), a=r, b=r, match="mean", population_size=n,
        steps=1, runs=4000, seed=1, initial_shares=(None, (0.5, 0.5)),
    )  # fmt: skip
    last = result.curves[result.curves["step"] == 1].set_index("players")
    paid = r / 2  # the other player agrees in half of the matches
    std = last.loc["R_success against P-CL"]
    assert std["p0_share_0_std"] ** 2 * 4 * n == pytest.approx(paid * (2.0 - paid), rel=0.1)
    assert std["p1_share_0_std"] ** 2 * 4 * n == pytest.approx(paid**2, rel=0.1)


def test_what_is_shown():
    result = compare_players(players=("success", "CL"), **EVEN)
    title = "PlayerComparison of MatchingPennies"
    assert repr(result).startswith(f"<{title}: line-ups=(R_success against CL, ")
    assert list(result.summary()) == ["line-ups", "P-CL against CL", "TRD against TRD"]
    assert list(result.table().columns[:3]) == ["players", "step", "runs"]
    lines = str(result).splitlines()
    assert lines[0] == title
    assert lines[1] == (
        "  R_success: ImitationOfSuccess(deterministic=False), 20 bees, each hears 1"
    )
    assert lines[2] == "  CL: CrossLearning(alpha=0.01)"
    assert len(lines) == len(set(lines))
    assert any(line.startswith("  (player 1, CL, is not shown as a hive") for line in lines)
    assert "<table>" in result._repr_html_()
    (first, _) = result.pairs
    assert first.together.limit is None  # CL has no half
    rows = len(first.table())
    assert rows == 4 * 5  # four shares, five rows
    assert result.distances["player"].tolist() == ["all", "0", "1"] * 2
    halved = compare_players(players=("success", "P-CL"), **EVEN).pairs[0]
    assert len(halved.table()) == 4 * 5
    assert str(halved).startswith("R_success against P-CL: ")
    assert halved.table()["limit_band"].notna().all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"players": ("TRD", "MRD")}, "there is nothing to compare with: all players are replic"),
        (
            {"players": ("majority", "majority")},
            "nothing to compare with: player 0, R_majority, is",
        ),
        ({"players": ("succes", "P-CL")}, "player 0 must be a rule (success, "),
        ({"players": ("success",)}, "players must be 2 for MatchingPennies"),
        ({"game": "chess"}, "game must be one of 'matching pennies', "),
        ({"steps": 0}, "steps must be a whole number of at least 1, not 0"),
        ({"runs": 1}, "runs must be a whole number of at least 2, not 1"),
        ({"alfa": 0.1}, "alfa fits nothing here"),
        ({"neighbourhood": nx.path_graph(3)}, "player 0: "),
    ],
)
def test_wrong_arguments_are_named_before_anything_runs(arguments, message):
    with pytest.raises((ValueError, TypeError)) as error:
        compare_players(**{"players": ("success", "P-CL"), **EVEN, **arguments})
    assert message in str(error.value)


def test_hives_on_a_network_have_no_half():
    result = compare_players(neighbourhood=nx.cycle_graph(20), neighbourhood_size=2, **EVEN)
    assert all(pairs.together.limit is None for pairs in result.pairs)
