"""What the page offers of users' files: hives, games and learners; their choices and sessions."""

from dataclasses import replace

import numpy as np
import pytest
from page_games import GAMES, LEARNERS

from hivemind_abm import GameModel, LearnerModel
from hivemind_abm.app.page.address import Offered, read_address
from hivemind_abm.app.page.sessions.kinds import session_of
from hivemind_abm.app.page.sessions.users_files import Files


@pytest.fixture
def subjects_of(tmp_path, monkeypatch):
    """A function (source of a file) -> subjects of the file, with the file's folder as the
    current one.
    """
    monkeypatch.chdir(tmp_path)

    def subjects(source, name="mine.py"):
        (tmp_path / name).write_text(source)
        return Files.of([name]).subjects

    return subjects


def labels(subjects):
    return [subject.label for subject in subjects]


def test_what_a_file_asks_for_comes_first(subjects_of):
    assert labels(Files.of([]).subjects) == ["hive"]
    assert labels(subjects_of(GAMES)) == ["game Meeting", "game Trio"]
    assert labels(subjects_of(GAMES + "GAME = {'game': Trio()}\n")) == ["game of mine.py"]
    assert labels(subjects_of(LEARNERS)) == ["learner Greedy", "hive"]
    asked = LEARNERS + "LEARNER = {'learner': Greedy(0.5)}\nHIVE = {'rule': 'success'}\n"
    assert labels(subjects_of(asked)) == ["hive", "learner of mine.py"]
    assert labels(Files.of(["mine.py:Greedy"]).subjects) == ["hive", "learner Greedy"]


def test_a_file_with_nothing_to_show_is_refused(subjects_of):
    with pytest.raises(ValueError, match=r"no game, and no dict HIVE, GAME or LEARNER"):
        subjects_of("x = 1\n")


def test_a_game_without_players_is_played_by_hives(subjects_of):
    session = session_of(subjects_of(GAMES)[1].start)
    assert [player.population_size for player in session.model.players] == [300, 300, 300]
    assert session.option_names[2] == ("0", "1", "2")
    assert not session.has_plane and session.field is None


def test_a_learner_of_a_file_is_taken_with_its_fields(subjects_of):
    source = LEARNERS + (
        "LEARNER = {'learner': Greedy(0.5), 'bandit': 'near one', 'gap': 0.05, 'rng': 7}\n"
    )
    choices = subjects_of(source)[0].start
    assert (choices.learner, choices.learner_fields) == ("mine.py:Greedy", {"explore": 0.5})
    assert (choices.bandit_fields, choices.seed) == ({"gap": 0.05}, "7")
    session = session_of(choices)
    session.step()
    assert session.steps == 10  # one pull per step: many steps at once
    model = LearnerModel("mine.py:Greedy", "near one", explore=0.5, gap=0.05, rng=7)
    model.run_for(10)
    rows = model.datacollector.get_model_vars_dataframe()
    assert np.array_equal(session.record(100)["share_9"], rows["share_9"])


def test_sizes_are_chosen_where_a_player_has_one(subjects_of):
    choices = subjects_of(
        "GAME = {'game': 'shared congestion', 'hives': 4, 'population_size': 50,\n"
        "    'players': ('success', {'rule': 'wvoter', 'population_size': 20}, 'P-MCL', 'TRD')}\n"
    )[0].start
    controls = {each.label: each.size for each in choices.size_controls()}
    assert controls == {"bees of player 0": 50, "bees of player 1": 20, "pulls of player 2": 50}


def test_other_sizes_are_those_of_the_model_and_of_the_code(subjects_of, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    source = (
        "GAME = {'game': 'stag hunt', 'population_size': 40, 'rng': 3,\n"
        "    'players': ('success', {'rule': 'success', 'population_size': 20})}\n"
    )
    choices = replace(
        subjects_of(source, "two_stags.py")[0].start, sizes={0: 30, 1: 25}, match="mean"
    )
    session = session_of(choices)
    for _ in range(3):
        session.step()
    assert [player.population_size for player in session.model.players] == [30, 25]
    code = choices.code(3)
    assert code.count("\n") < 12 and "'rng': 3" in code
    exec(code, {})
    assert session.csv() == (tmp_path / "run.csv").read_text()


def test_a_wrong_size_is_told(subjects_of):
    choices = subjects_of("GAME = {'players': ('success', 'success')}\n")[0].start
    with pytest.raises(ValueError, match=r"at most 20000 bees and pulls to be watched, not 30000"):
        session_of(replace(choices, sizes={0: 29_000}))
    with pytest.raises(TypeError, match="population_size must be a whole number"):
        session_of(replace(choices, sizes={0: "many"}))
    with pytest.raises(ValueError, match="steps at once must be"):
        session_of(replace(choices, at_once=0))


def test_a_record_has_at_most_so_many_rows(subjects_of):
    choices = subjects_of("GAME = {'players': ('TRD', 'MRD')}\n")[0].start
    session = session_of(replace(choices, at_once=50))
    session.step()
    assert session.steps == 50
    rows = session.record(11)
    assert rows.index.tolist() == list(range(0, 51, 5))
    model = GameModel(players=("TRD", "MRD"))
    model.run_for(50)
    whole = model.datacollector.get_model_vars_dataframe()
    assert np.array_equal(rows["p0_share_0"], whole["p0_share_0"].iloc[::5])
    assert session.record(1000).equals(whole)


def test_a_learner_has_as_many_options_as_can_be_shown(subjects_of):
    many = "from hivemind_abm import BanditLinear\n\nLEARNER = {'learner': 'CL', 'bandit': "
    choices = subjects_of(many + "'linear'}\n")[0].start
    with pytest.raises(ValueError, match="n_action must be 1 to 255 to be watched, not 100000"):
        session_of(replace(choices, bandit_fields={"n_action": 100_000}))
    assert session_of(replace(choices, bandit_fields={"n_action": 255})).n_action == 255


def test_python_lines_have_a_seed_without_leading_zeros(subjects_of):
    for source in ("LEARNER = {'learner': 'CL'}\n", "GAME = {'players': ('CL', 'CL')}\n"):
        lines = replace(subjects_of(source)[0].start, seed="0012").code(3)
        assert "0012" not in lines
        compile(lines, "lines", "exec")


def test_an_address_gives_sizes_to_players_that_have_one(subjects_of):
    start = subjects_of("GAME = {'players': ('success', 'TRD')}\n")[0].start
    given = {"size0": "20", "size1": "30", "size7": "10", "size999": "10"}
    choices, left_out = read_address(given, start, Offered())
    assert dict(choices.sizes) == {0: 20} and choices.match_now == "drawn"
    assert len(left_out) == 3 and "size7 in the address is nothing" in left_out[1]
