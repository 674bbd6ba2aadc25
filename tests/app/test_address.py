"""The address of the page: every choice comes back, and nothing else gets in."""

from dataclasses import replace

import pytest

from hivemind_abm.app.page.address import Offered, read_address, written_address
from hivemind_abm.app.page.location import Place, asked_in
from hivemind_abm.app.page.sessions.choices import Choices, FurtherRule, Second
from hivemind_abm.app.page.sessions.learner_choices import LearnerChoices
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.app.page.state import PageState
from hivemind_abm.app.page.views import View
from hivemind_abm.loading import gallery

BASE = Choices()
HIVES = [
    BASE,
    Choices(rule="success", rule_fields={"deterministic": True}),
    Choices(
        rule_fields={"switch": "is_det"},
        bandit_fields={"n_action": 4, "gap": 0.05},
        neighbourhood="small world:4:0.2:seed=3",
        neighbourhood_size="all",
        updating=0.25,
        initial_shares=(0.25, 0.25, 0.25, 0.25),
        stop_if_end=0.6,
        seed="77",
        compiled=False,
        dynamics=(),
        learner="MCL",
        learner_fields={"alpha": 0.02},
        ensemble=True,
    ),
    Choices(mix=(FurtherRule("success", 0.2, {"deterministic": True}), FurtherRule("majority", 9))),
    Choices(learner="macro:majority", stop_if_end=False, neighbourhood_size=5),
    Choices(initial_shares=((0.5, 0.5), (1.0, 0.0)), updating="asynchronous"),
    Choices(second=Second()),
    Choices(
        second=Second("success", {"deterministic": True}, "ring:4", 3, "asynchronous", "4"),
    ),
]


def offered(base):
    return Offered.of(Files(), base)


@pytest.mark.parametrize("base", HIVES)
@pytest.mark.parametrize("choices", HIVES)
def test_what_is_written_is_read_again(choices, base):
    written = written_address(choices, base)
    assert all(isinstance(text, str) for text in written.values())
    assert read_address(written, base, offered(base)) == (choices, [])
    assert bool(written) == (choices != base)


def test_learners_and_games_too():
    base = LearnerChoices()
    other = LearnerChoices(
        "CL", {"alpha": 0.5}, "near one", {"n_action": 3}, (0.2, 0.3, 0.5), 0.9, False, "8", 25
    )
    for choices, start in ((other, base), (base, other)):
        assert read_address(written_address(choices, start), start, offered(start)) == (choices, [])
    start = Files.of([str(gallery("models") / "my_first_game.py")]).subjects[0].start
    other = replace(start, sizes={0: 20, 1: 30}, seed="5", at_once=3, match="drawn")
    assert read_address(written_address(other, start), start, offered(start)) == (other, [])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"rule": "/etc/passwd.py"}, "is not offered here"),
        ({"rule": "evil.py:Rule"}, "is not offered here"),
        ({"bandit": "evil.py"}, "is not offered here"),
        ({"learner": "macro:evil.py"}, "is not offered here"),
        ({"learner": "local:evil.py"}, "is not offered here"),
        ({"rule2": "evil.py", "rule2.share": "0.2"}, "is not offered here"),
        ({"bandit.n_action": "1000000001"}, "beyond 1,000,000"),
        ({"bandit.n_action": "__import__('os')"}, "is not offered here"),
        ({"bandit.gap": "1j"}, "is no number"),
        ({"bandit.gap": f"({'1,' * 400})"}, "more than 300 numbers"),
        ({"bandit.gap": "1" * 2000}, "longer than 1000 characters"),
        ({"bandit.gap": "[" * 900}, "is not offered here"),
        ({"rule.nothing": "1"}, "is no field of wvoter"),
        ({"rule.__class__": "1"}, "is no field of wvoter"),
        ({"rule.switch": "other"}, "is not offered here"),
        ({"seed": "x"}, "no whole number of at least 0"),
        ({"seed": "9" * 1001}, "longer than 1000 characters"),
        ({"seed": "\u0663"}, "no whole number of at least 0"),
        ({"rule3": "majority"}, "rule3 in the address is nothing"),
        ({"second.rule": "wvoter"}, "second.rule in the address is nothing"),
        ({"size0": "10"}, "size0 in the address is nothing"),
        ({"utm_source": "x"}, "utm_source in the address is nothing"),
        ({"population_size": "2.5"}, "is no whole number"),
        ({"population_size": "True"}, "is no whole number"),
        ({"neighbourhood": "file:/etc/passwd"}, "no neighbourhood by name"),
        ({"neighbourhood": "ring:4:5:6:7"}, "no neighbourhood by name"),
        ({"stop_if_end": "(1, 2)"}, "is no number"),
        ({"updating": "often"}, "is no number"),
        ({"updating": "True"}, "is no number"),
        ({"dynamics": "TRD,XRD"}, "is not offered here"),
        ({"initial_shares": "(0.1, 'a')"}, "is no number"),
        ({"initial_shares": "0.5"}, "is no row of numbers"),
        ({"compiled": "1"}, "is not offered here"),
        ({"second": "maybe"}, "is not offered here"),
    ],
)
def test_anything_else_is_left_out_and_told(given, told):
    choices, left_out = read_address(given, BASE, offered(BASE))
    assert choices == BASE
    assert len(left_out) == 1 and told in left_out[0] and len(left_out[0]) < 200


def test_the_files_of_the_command_line_may_be_named(tmp_path):
    (tmp_path / "mine.py").write_text((gallery("models") / "my_first_rule.py").read_text())
    files = Files.of([str(tmp_path / "mine.py")])
    (rule,) = files.rules
    choices, left_out = read_address({"rule": rule}, BASE, Offered.of(files, BASE))
    assert choices.rule == rule and not left_out
    assert read_address({"rule": rule}, BASE, offered(BASE))[1]


def test_the_query_of_a_place_brings_back_all_of_its_state():
    place = Place(Files(), "", 0)
    state = PageState(HIVES[2], View("network", "stacked", "all", "table"))
    state.bee.value = 17
    query = place.query(state)
    again = place.state(asked_in(query))
    assert (again.choices.value, again.view.value) == (state.choices.value, state.view.value)
    assert again.wanted_bee == 17 and not again.note.value
    assert place.query(PageState(BASE)) == ""
    wrong = place.state(asked_in("view.bees=3d&bee=-1&rule=x&seed=4"))
    assert wrong.view.value == View() and wrong.wanted_bee is None
    assert "rule=x" in wrong.note.value and wrong.choices.value.seed == "4"


def test_of_a_flood_the_first_parts_are_read_and_the_rest_is_told():
    asked = asked_in("&".join(["seed=5", *(f"a{i}=1" for i in range(1000))]))
    assert asked["seed"] == "5" and len(asked) == 101 and list(asked)[-1].startswith("what follows")
    state = Place(Files.of([]), "", 0).state(asked)
    assert state.choices.value.seed == "5" and state.note.value.endswith("; and 95 more")


def test_a_model_of_the_gallery_is_shown_before_the_users_files(tmp_path):
    (tmp_path / "mine.py").write_text((gallery("models") / "my_first_rule.py").read_text())
    users = Files.of([str(tmp_path / "mine.py")])
    files = users.with_model("my_first_learner")
    assert files.subjects[0].label.startswith("learner of")
    assert set(users.rules) <= set(files.rules) and users.with_model("") is users
    with pytest.raises(ValueError, match=r"must be one of those of the gallery, not '\.\./mine'"):
        users.with_model("../mine")
