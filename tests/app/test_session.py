"""A watched run: its parts on one clock, its command line, users' files, and why a bee did what it did."""

import shlex

import networkx as nx
import numpy as np
import pytest

from hivemind_abm import Hive, LearnerModel, ReplicatorModel
from hivemind_abm.app.cli.main import main
from hivemind_abm.app.page.serving import serve
from hivemind_abm.app.page.session import Choices, Files, Watch
from hivemind_abm.bandits.names import find_bandit
from hivemind_abm.hives.names import find_rule
from hivemind_abm.learners.names import find_learner
from hivemind_abm.loading import gallery
from hivemind_abm.studies.comparison import system_seed

NEIGHBOURHOODS = [
    {},
    {"neighbourhood": "everyone"},
    {"neighbourhood": "groups", "neighbourhood_size": 5},
    {"neighbourhood_size": 3},
    {"neighbourhood": nx.cycle_graph(20)},
    {"neighbourhood": nx.complete_graph(20), "neighbourhood_size": 2},
]


@pytest.mark.parametrize("hears", NEIGHBOURHOODS)
@pytest.mark.parametrize("rule", ["success", "wvoter", "majority"])
def test_a_decision_is_the_one_that_was_made(rule, hears):
    hive = Hive(rule, "near one", 20, rng=3, **hears)
    with pytest.raises(ValueError, match="no step has been made yet"):
        hive.decision(0)
    for _ in range(2):
        opinions, payoffs = hive.opinions.copy(), hive.payoffs.copy()
        hive.step()
        for bee in range(20):
            decision = hive.decision(bee)
            assert decision.after == hive.opinions[bee]
            assert decision.before == (opinions[bee], payoffs[bee])
            for asked in decision.asked:
                if asked.bee is not None:
                    assert asked.answer == (opinions[asked.bee], payoffs[asked.bee])
                    assert asked.bee in decision.heard


def test_those_heard_are_the_neighbourhood():
    ring = Hive("wvoter", "near one", 20, rng=3, neighbourhood=nx.cycle_graph(20))
    ring.step()
    assert ring.decision(0).heard.tolist() == [1, 19]
    groups = Hive("wvoter", "near one", 20, rng=3, neighbourhood="groups", neighbourhood_size=5)
    groups.step()
    parts = {tuple(groups.decision(bee).heard) for bee in range(20)}
    assert sorted(bee for part in parts for bee in part) == list(range(20))
    for bad in (-1, 20, 1.5, True, "3"):
        with pytest.raises(ValueError, match="bee must be 0 to 19"):
            ring.decision(bad)


def test_looking_into_a_decision_changes_nothing():
    looked, other = Hive(rng=1, population_size=50), Hive(rng=1, population_size=50)
    for _ in range(5):
        looked.step()
        other.step()
        looked.decision(7)
    assert looked.table().equals(other.table())


def test_flows_count_who_went_where():
    hive = Hive("wvoter", "near one", 100, rng=1)
    assert np.array_equal(hive.flows(), np.diag(np.full(10, 10)))
    before = hive.opinions.copy()
    hive.step()
    flows = hive.flows()
    assert flows[3, 7] == ((before == 3) & (hive.opinions == 7)).sum()
    assert np.array_equal(flows.sum(axis=0), np.bincount(hive.opinions, minlength=10))


def test_all_systems_step_on_the_hives_clock():
    watch = Watch(
        Choices(population_size=50, learner="CL", learner_fields={"alpha": 0.25}, seed="3")
    )
    for _ in range(4):
        watch.step()
    record = watch.record()
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


def test_consensus_ends_it():
    watch = Watch(Choices(rule="majority", population_size=10))
    for _ in range(200):
        watch.step()
    assert watch.ended and watch.steps < 50
    assert {len(rows) for rows in watch.record().values()} == {watch.steps + 1}


@pytest.mark.parametrize(
    "choices",
    [
        Choices(),
        Choices(
            rule="majority",
            rule_fields={"number_of_votes": 3},
            population_size=20,
            neighbourhood_size=4,
        ),
        Choices(rule="wvoter", rule_fields={"switch": "is_det"}, bandit="congestion", seed="77"),
        Choices(
            bandit="linear",
            bandit_fields={"q_star": (0.2, 0.5, 0.7), "n_action": 3},
            initial_shares=(0.5, 0.25, 0.25),
        ),
        Choices(
            rule="success",
            rule_fields={"deterministic": True},
            neighbourhood="everyone",
            compiled=False,
            population_size=30,
        ),
    ],
)
def test_the_command_gives_the_same_bytes(choices, tmp_path):
    watch = Watch(choices)
    for _ in range(7):
        watch.step()
    words = shlex.split(watch.command())
    assert main([*words[1:], "--out", str(tmp_path)]) == 0
    assert (tmp_path / "run.csv").read_text() == watch.csv()


def test_a_learner_that_fails_stops_alone(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import Learner\n\n\n@dataclass(frozen=True)\nclass Bad(Learner):\n"
        "    def update(self, policy, pulls, memory, rng):\n        if pulls.step == 2:\n            policy[0] = 7.0\n"
    )
    watch = Watch(Choices(learner=str(file)))
    for _ in range(6):
        watch.step()
    assert watch.steps == 6
    assert list(watch.troubles) == ["Bad"]
    assert {len(rows) for rows in watch.record().values()} == {7}


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
    ],
)
def test_bad_choices_are_told(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Watch(Choices(**change))


def test_files_offer_what_they_hold():
    files = Files.of(
        [str(gallery("models") / name) for name in ("my_first_rule.py", "my_first_learner.py")]
    )
    assert [rule.rpartition(":")[2] for rule in files.rules] == ["HesitantImitator"]
    assert [learner.rpartition(":")[2] for learner in files.learners] == ["ExponentialWeights"]
    congestion = Files.of([str(gallery("models") / "congestion.py")]).start
    assert (congestion.rule, congestion.bandit, congestion.population_size) == (
        "success",
        "congestion",
        2000,
    )
    nests = Watch(Files.of([str(gallery("models") / "nest_site_selection.py")]).start)
    nests.step()
    assert nests.name == "DanceFollower" and nests.n_action == 4


def test_a_hive_of_a_file_is_taken_with_its_fields(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from hivemind_abm import BanditLinear, MajorityRule\n"
        "HIVE = {'rule': MajorityRule(3), 'bandit': BanditLinear(3, q_star=(0.2, 0.5, 0.6)), 'neighbourhood_size': 5}\n"
    )
    start = Files.of([str(file)]).start
    assert (start.rule, start.rule_fields) == ("majority", {"number_of_votes": 3})
    assert start.bandit == "linear" and start.bandit_fields["q_star"] == (0.2, 0.5, 0.6)
    Watch(start).step()
    file.write_text("HIVE = {'rule': 'majority', 'number_of_votes': 3, 'gap': 0.05}\n")
    start = Files.of([str(file)]).start
    assert (start.rule_fields, start.bandit_fields) == ({"number_of_votes": 3}, {"gap": 0.05})


def test_a_file_with_nothing_to_show_and_a_taken_port_are_told(tmp_path, capsys):
    empty = tmp_path / "empty.py"
    empty.write_text("x = 1\n")
    assert main(["app", str(empty), "--no-open"]) == 2
    assert "has no rule, bandit or learner to show" in capsys.readouterr().err
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ValueError, match="is taken; choose another with --port"):
            serve(port=taken.getsockname()[1])
    with pytest.raises(ValueError, match="--port must be 1 to 65535"):
        serve(port=70000)


def test_controls_come_from_the_fields():
    from hivemind_abm.app.page.controls import field_controls

    def controls(part):
        return {field.name: (field.default, field.allowed) for field in field_controls(part)}

    assert controls(find_rule("wvoter")) == {"switch": ("bee", ("bee", "is_stoc", "is_det"))}
    assert controls(find_rule("majority")) == {"number_of_votes": ("inf", ())}
    assert controls(find_rule("success")) == {"deterministic": ("False", ("False", "True"))}
    assert list(controls(find_bandit("near one"))) == ["n_action", "gap"]
    assert list(controls(find_learner("MCL"))) == ["alpha", "alpha_baseline"]


def test_odd_values_survive_the_command_line(tmp_path):
    file = tmp_path / "odd rule.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom hivemind_abm import ImitationRule\n\n\n@dataclass(frozen=True)\n"
        "class Odd(ImitationRule):\n    text: str = 'a'\n    cap: float = 1.0\n    pair: tuple[float, ...] = (1.0, 2.0)\n\n"
        "    def decide(self, bee, neighbours, rng):\n"
        "        return neighbours.pick(rng).opinion if self.cap < 0.0 and self.text == '12' else bee.opinion\n"
    )
    fields = {"text": "12", "cap": -float("inf"), "pair": (float("inf"), 1.0)}
    watch = Watch(
        Choices(
            rule=str(file),
            rule_fields=fields,
            initial_shares=tuple(np.full(10, 0.1)),
            population_size=40,
        )
    )
    for _ in range(3):
        watch.step()
    words = shlex.split(watch.command())
    assert main([*words[1:], "--out", str(tmp_path)]) == 0
    assert (tmp_path / "run.csv").read_text() == watch.csv()


def test_the_seed_of_a_files_hive_is_taken(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "HIVE = {'rule': 'wvoter', 'rng': 3, 'neighbourhood': 'ring:4', 'population_size': 30}\n"
    )
    start = Files.of([str(file)]).start
    assert start.seed == "3"
    Watch(start).step()
