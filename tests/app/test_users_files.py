"""Users' files on the page: what they offer, and the hive that they ask for."""

import pytest
from page_rules import RULES

from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.loading import gallery

pytestmark = pytest.mark.thorough  # compiles many rules


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
    nests = Session(Files.of([str(gallery("models") / "nest_site_selection.py")]).start)
    nests.step()
    assert nests.name == "DanceFollower" and nests.n_action == 4


def test_a_hive_of_a_file_is_taken_with_its_fields(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from hivemind_abm import BanditLinear, MajorityRule\n"
        "BANDIT = BanditLinear(3, q_star=(0.2, 0.5, 0.6))\n"
        "HIVE = {'rule': MajorityRule(3), 'bandit': BANDIT, 'neighbourhood_size': 5}\n"
    )
    start = Files.of([str(file)]).start
    assert (start.rule, start.rule_fields) == ("majority", {"number_of_votes": 3})
    assert start.bandit == "linear" and start.bandit_fields["q_star"] == (0.2, 0.5, 0.6)
    Session(start).step()
    file.write_text("HIVE = {'rule': 'majority', 'number_of_votes': 3, 'gap': 0.05}\n")
    start = Files.of([str(file)]).start
    assert (start.rule_fields, start.bandit_fields) == ({"number_of_votes": 3}, {"gap": 0.05})


def test_the_seed_of_a_files_hive_is_taken(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "HIVE = {'rule': 'wvoter', 'rng': 3, 'neighbourhood': 'ring:4', 'population_size': 30}\n"
    )
    start = Files.of([str(file)]).start
    assert start.seed == "3"
    Session(start).step()


def test_a_mixed_hive_of_a_file_is_taken_with_its_updating(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        RULES + "HIVE = {\n"
        "    'rule': [('wvoter', 0.8), (Stubborn(2.0), 0.1), (Averager(), 0.1)],\n"
        "    'updating': 'asynchronous', 'stop_if_end': 0.9, 'rate': 0.5, 'n_action': 2,\n"
        "    'initial_shares': [[0.5, 0.5], [1, 0], [0, 1]], 'population_size': 30}\n"
    )
    start = Files.of([str(file)]).start
    assert start.mix == (
        FurtherRule(f"{file}:Stubborn", 0.1, {"weight": 2.0}),
        FurtherRule(f"{file}:Averager", 0.1, {"rate": 0.5}),
    )
    assert (start.updating, start.stop_if_end) == ("asynchronous", 0.9)
    assert start.initial_shares == ((0.5, 0.5), (1, 0), (0, 1))
    session = Session(start)
    session.step()
    assert session.hive.memory.shape == (30, 2)


def test_rules_with_memory_a_dance_or_no_option_are_offered(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(RULES)
    for rule in Files.of([str(file)]).rules:
        session = Session(Choices(rule=rule, population_size=20))
        session.step()
        assert session.hive.mode["rule"] == "compiled"
