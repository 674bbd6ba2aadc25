"""The groups of controls as data: what they show, and what each makes of the choices."""

import json

import pytest
import solara
from page_games import GAMES, LEARNERS

from hivemind_abm.app.page.controls.controls import groups_of_hive
from hivemind_abm.app.page.controls.edit import Edit
from hivemind_abm.app.page.controls.game_controls import groups_of_game
from hivemind_abm.app.page.controls.learner_controls import groups_of_learner
from hivemind_abm.app.page.controls.panel import handle
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule, Second
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.users_files import Files

OF = " of the second hive"


class Desk:
    """Controls on a table: what is chosen, and what the browser would send."""

    def __init__(self, start, groups):
        self.chosen = solara.reactive(start)
        self.edit = Edit(self.chosen, self.chosen.set, start)
        self._groups = groups

    @property
    def groups(self):
        return self._groups(self.edit)

    @property
    def choices(self):
        return self.chosen.value

    def change(self, key, value):
        handle(self.groups, "change", key, value)
        return self.choices

    def press(self, key):
        handle(self.groups, "press", key)
        return self.choices

    def reset_all(self, title):
        handle(self.groups, "reset", title)
        return self.choices

    def group(self, title):
        return next(group for group in self.groups if group.title == title)

    def control(self, key):
        return next(each for group in self.groups for each in group.controls if each.key == key)

    def reset(self, key):
        """Press the control's reset button, which the page has where its value is another one."""
        control = self.control(key)
        assert control.default not in (None, control.value), key
        return self.change(key, control.default)


@pytest.fixture
def desk():
    return Desk(Choices(), lambda edit: groups_of_hive(edit, Files()))


def test_each_group_tells_in_a_line_what_is_set(desk):
    assert [group.title for group in desk.groups] == ["Rule", "World", "Hive", "Run", "Beside it"]
    assert [group.title for group in desk.groups if group.opened] == ["Rule", "Hive"]
    assert [group.summary for group in desk.groups] == [
        "wvoter",
        "near one, K = 10",
        "N = 300, others, M = all, synchronous",
        "seed 1, from even shares, until consensus",
        "TRD, MRD",
    ]
    desk.chosen.value = Choices(
        rule="success",
        rule_fields={"deterministic": True},
        mix=(FurtherRule("logit", 0.2),),
        bandit_fields={"gap": 0.05, "n_action": 3},
        neighbourhood="ring:4",
        updating=0.5,
        stop_if_end=0.6,
        compiled=False,
        learner="MCL",
        ensemble=True,
        second=Second(rule="logit", updating="asynchronous"),
    )
    assert [group.summary for group in desk.groups] == [
        "success, deterministic = True + logit (0.2)",
        "near one, K = 3, gap = 0.05",
        "N = 300, ring:4, M = all, p = 0.5",
        "seed 1, from even shares, until a share of 0.6, interpreted",
        "TRD, MRD, MCL, 200 runs, second hive: logit, updating asynchronous",
    ]
    assert (
        "M = 1," in Desk(Choices("success"), lambda e: groups_of_hive(e, Files())).groups[2].summary
    )


def test_each_control_changes_its_choice_and_is_reset(desk):
    start = desk.choices
    for key, value, changed in (
        ("rule", "success", {"rule": "success"}),
        ("rule wvoter switch", "is_det", {"rule_fields": {"switch": "is_det"}}),
        ("bandit", "congestion", {"bandit": "congestion"}),
        ("bandit near one n_action", "4", {"bandit_fields": {"n_action": 4}}),
        ("population_size", "50", {"population_size": 50}),
        ("neighbourhood", "ring", {"neighbourhood": "ring"}),
        ("neighbourhood_size", "7", {"neighbourhood_size": 7}),
        ("updating", "each bee with probability p", {"updating": 0.5}),
        ("initial_shares", "1, 0", {"initial_shares": (1, 0)}),
        ("initial_shares", "1, 0; 0, 1", {"initial_shares": ((1, 0), (0, 1))}),
        ("stop_if_end", "never", {"stop_if_end": False}),
        ("stop_if_end", "0.6", {"stop_if_end": 0.6}),
        ("seed", " 12 ", {"seed": "12"}),
        ("compiled", "interpreted", {"compiled": False}),
        ("dynamics TRD", "false", {"dynamics": ("MRD",)}),
        ("learner", "macro:wvoter", {"learner": "macro:wvoter"}),
        ("ensemble", "true", {"ensemble": True}),
        ("second", "true", {"second": Second(seed="2")}),
    ):
        expected = {**vars(start), **changed}
        assert vars(desk.change(key, value)) == expected, key
        title = next(group.title for group in desk.groups if group.reset)
        assert desk.reset(key) == start, key
        assert not [group for group in desk.groups if group.reset]
        desk.change(key, value)
        assert desk.reset_all(title) == start, title


def test_a_network_has_its_numbers_and_a_chance_its_slider(desk):
    desk.change("neighbourhood", "small world")
    assert desk.control("neighbourhood small world").hint == "4:0.1:0"
    assert desk.change("neighbourhood small world", "6:0.2").neighbourhood == "small world:6:0.2"
    assert desk.reset("neighbourhood small world").neighbourhood == "small world"
    desk.change("updating", "each bee with probability p")
    assert desk.change("updating chance", "0.25").updating == 0.25
    assert desk.control("updating chance").bounds.high == 1.0


def test_a_bad_value_stays_as_it_was_typed(desk):
    assert desk.change("population_size", "many").population_size == "many"
    assert desk.change("bandit near one gap", "wide").bandit_fields == {"gap": "wide"}
    assert desk.control("bandit near one gap").value == "wide"
    assert desk.change("rule", "mine.py:Gone").rule == "mine.py:Gone"
    assert desk.control("rule").options[-1] == "mine.py:Gone"
    assert "M = ?" in desk.group("Hive").summary  # of a rule that there is not


def test_a_field_at_its_default_has_no_value(desk):
    desk.change("rule", "logit")
    assert desk.change("rule logit tau", "0.5").rule_fields == {"tau": 0.5}
    assert desk.change("rule logit tau", "0.20").rule_fields == {}
    desk.change("rule logit epsilon", "0.1")
    assert desk.change("rule logit epsilon", "").rule_fields == {}


def test_rules_are_added_changed_and_removed(desk):
    desk.change("initial_shares", "1, 0")
    assert desk.change("add a rule", "").mix == (FurtherRule("success"),)
    desk.change("rule 2 of 2", "boltzmann")
    desk.change("rule 2 of 2 boltzmann tau", "0.5")
    assert desk.change("rule 2 of 2 share", "30").mix == (
        FurtherRule("boltzmann", 30, {"tau": 0.5}),
    )
    desk.change("initial_shares", "1, 0; 0, 1")
    desk.change("add a rule", "")
    assert desk.choices.initial_shares is None  # a row for each rule no longer fits
    desk.change("rule 2 of 3 remove", "")
    assert desk.change("rule 2 of 2 remove", "").mix == ()


def test_a_second_hive_differs_in_what_is_chosen(desk):
    desk.change("second", "true")
    assert desk.change(f"rule{OF}", "logit").second == Second(rule="logit", seed="2")
    assert desk.change(f"rule{OF} logit tau", "0.5").second.rule_fields == {"tau": 0.5}
    assert desk.change(f"rule{OF}", "as the first hive").second == Second(seed="2")
    desk.change(f"neighbourhood{OF}", "ring")
    desk.change(f"neighbourhood{OF} ring", "6")
    desk.change(f"size{OF}", "3")
    desk.change(f"updating{OF}", "each bee with probability p")
    desk.change(f"updating{OF} chance", "0.3")
    desk.change(f"seed{OF}", "")
    assert desk.choices.second == Second(None, {}, "ring:6", 3, 0.3, None)
    for what in ("neighbourhood", "size", "updating"):
        desk.reset(f"{what}{OF}")
    assert desk.choices.second == Second()
    assert desk.change("second", "false").second is None


def test_a_new_seed_is_another_one(desk):
    seeds = {desk.press("seed").seed for _ in range(5)}
    assert len(seeds) > 1 and all(seed.isdecimal() for seed in seeds)
    desk.change("second", "true")
    assert desk.press(f"seed{OF}").second.seed.isdecimal()


def test_what_is_no_longer_there_changes_nothing(desk):
    before = desk.choices
    for event, target in (
        ("change", "rule logit tau"),
        ("press", "rule"),
        ("press", "gone"),
        ("reset", "Rule"),
        ("reset", "Gone"),
        ("other", "rule"),
    ):
        handle(desk.groups, event, target, "1")
    assert desk.choices == before


def test_a_files_hive_is_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "import networkx as nx\n"
        "HIVE = {'rule': [('success', 20), ('logit', 10)], 'population_size': 30, 'tau': 0.4,\n"
        "    'neighbourhood': nx.cycle_graph(30), 'initial_shares': ((1, 0), (0, 1)),\n"
        "    'bandit': 'congestion'}\n"
    )
    files = Files.of(["mine.py"])
    desk = Desk(files.start, lambda edit: groups_of_hive(edit, files))
    assert not [group for group in desk.groups if group.reset]
    desk.change("population_size", "60")
    assert desk.reset("population_size") == files.start
    desk.change("neighbourhood", "others")
    assert desk.reset("neighbourhood") == files.start
    desk.change("rule 2 of 2 remove", "")
    assert desk.choices.initial_shares is None
    assert desk.reset_all("Rule") == files.start
    desk.change("bandit", "near one")
    assert desk.reset_all("World") == files.start


def test_learners_and_games_have_groups_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(GAMES + LEARNERS)
    files = Files.of(["mine.py"])
    starts = {subject.label: subject.start for subject in files.subjects}
    game = Desk(starts["game Meeting"], groups_of_game)
    assert game.groups[0].summary == "bees of player 0: 300, bees of player 1: 300, matches drawn"
    assert game.change("size of player 1", "50").sizes == {1: 50}
    assert game.change("match", "mean").match == "mean"
    assert game.reset("size of player 1").sizes == {}
    assert game.reset("match") == starts["game Meeting"]
    game.change("size of player 0", "many")
    assert game.reset_all("Players") == starts["game Meeting"]
    assert game.change("at_once", "20").at_once == 20
    learner = Desk(starts["learner Greedy"], lambda edit: groups_of_learner(edit, files))
    key = "learner mine.py:Greedy explore"
    assert learner.change(key, "0.5").learner_fields == {"explore": 0.5}
    assert learner.reset_all("Learner") == starts["learner Greedy"]
    assert learner.change("at_once", "").at_once is None
    assert learner.change("bandit", "switching") == LearnerChoices(
        "mine.py:Greedy", bandit="switching"
    )


def test_the_browser_gets_plain_data(desk):
    desk.change("second", "true")
    desk.change("learner", "MCL")
    plain = json.loads(json.dumps([group.plain() for group in desk.groups]))
    controls = [each for group in plain for block in group["blocks"] for each in block["controls"]]
    keys = [control["key"] for control in controls]
    assert len(keys) == len(set(keys))
    shown = {control["key"]: control for control in controls}
    k = shown["bandit near one n_action"]
    assert (k["words"], k["name"], k["narrow"]) == ("number of options K", "n_action", True)
    assert k["reset"] == "reset n_action"
    assert (shown["rule"]["words"], shown["rule"]["name"]) == ("rule", "")
    assert shown["learner MCL alpha"]["slider"] == [0.01, 1.0, 0.01]
    assert "`" not in shown["neighbourhood_size"]["tip"]


def test_a_second_click_on_remove_takes_no_other_rule():
    start = Choices(mix=(FurtherRule("majority"), FurtherRule("success"), FurtherRule("logit")))
    chosen = solara.reactive(start)
    groups = groups_of_hive(Edit(chosen, chosen.set, start), Files.of([]))
    for _ in range(2):  # the page was not rendered between the two
        handle(groups, "change", "rule 2 of 4 remove", "")
    assert [further.rule for further in chosen.value.mix] == ["success", "logit"]
    handle(groups, "change", "rule 4 of 4 share", "0.2")
    handle(groups, "change", "rule 4 of 4", "majority")
    assert [further.rule for further in chosen.value.mix] == ["success", "logit"]
