"""Users' files on the page: what they offer, and the hive that they ask for."""

from hivemind_abm.app.page.session import Session
from hivemind_abm.app.page.users_files import Files
from hivemind_abm.loading import gallery


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
