"""The local rule of a learner as a file: it is the same rule, and it keeps the contract."""

import pytest

from hivemind_abm import Hive, Learner
from hivemind_abm.app.cli.main import main
from hivemind_abm.learners.local_rule import LocalRule
from hivemind_abm.learners.rule_file import makes_the_same, rule_file
from hivemind_abm.loading import gallery

pytestmark = pytest.mark.thorough  # compiles many rules

MINE = '''
"""A learner with all that a file can have."""
import math
from dataclasses import dataclass

from hivemind_abm import Learner

FLOOR = 0.01  # of the option that is lucky


def at_least(value: float, low: float) -> float:
    """The larger one."""
    return max(value, low)


@dataclass(frozen=True)
class Lucky(Learner):
    speed: float = 0.3
    parallel_envs: int = 100
    power = 2.0

    def advantage(self, pulls, a):
        """What an option pays above the mean."""
        if pulls.count_of(a) == 0:
            return 0.0
        return pulls.reward_of(a) / pulls.count_of(a) - pulls.total_reward / pulls.size

    def update(self, pi: list, drawn, numbers, stream) -> None:
        """Change the policy."""
        lucky = drawn[stream.integers(len(drawn))]  # one of them
        speed = self.speed / (1.0 + drawn.step)
        for pull in drawn:
            speed += 0.01 * pull.reward
        for a in range(pi.size):
            pi[a] = at_least(pi[a] * (1.0 + speed * self.advantage(drawn, a)), 0.0)
        pi[lucky.option] += FLOOR * math.sqrt(lucky.reward) ** self.power
        total = 0.0
        for a in range(pi.size):
            total += pi[a]
        for a in range(pi.size):
            pi[a] /= total
'''
CASES = [
    ("P-MCL", {}),
    ("P-MCL", {"policy": "heard", "explore": 0.1}),
    ("P-CL", {}),
    ("P-CL", {"policy": "heard", "hears": 3}),
    ("CL", {"explore": 0.2}),
    ("CL", {"policy": "heard"}),
    ("MCL", {"memory": True}),
    ("MCL", {"memory": True, "policy": "heard", "explore": 0.1}),
    ("exp3.py", {"hears": 4}),
    ("my_first_learner.py", {"memory": True}),
    ("mine", {"hears": "all"}),
    ("mine", {"memory": True}),
]


@pytest.fixture
def rule(request, tmp_path):
    name, keywords = request.param
    if name == "mine":
        name = tmp_path / "mine.py"
        name.write_text(MINE)
    elif name.endswith(".py"):
        name = gallery("models") / name
    return LocalRule(str(name), **keywords)


@pytest.fixture
def file(rule, tmp_path):
    path = tmp_path / "written.py"
    path.write_text(rule_file(rule))
    return path


def records(rule, compiled, neighbourhood):
    bandit = {"bandit": "evenly spaced", "n_action": 4}
    hive = Hive(
        rule, population_size=30, neighbourhood=neighbourhood, rng=7, compiled=compiled, **bandit
    )
    hive.run_for(15)
    return hive.datacollector.get_model_vars_dataframe()


@pytest.mark.parametrize("rule", CASES, indirect=True, ids=str)
def test_the_file_is_the_same_rule(rule, file):
    assert makes_the_same(rule, file)
    for neighbourhood in ("others", "everyone"):
        mine, written = (records(each, False, neighbourhood) for each in (rule, str(file)))
        assert mine.equals(written)


# max(bee.memory) is not compiled
COMPILED = [case for case in CASES if case[0] != "my_first_learner.py"]


@pytest.mark.thorough
@pytest.mark.parametrize("rule", COMPILED, indirect=True, ids=str)
def test_it_is_compiled_to_the_same_rule_and_keeps_the_contract(rule, file, capsys):
    assert records(rule, True, "others").equals(records(str(file), True, "others"))
    assert main(["check", str(file)]) == 0
    assert "compiled: the same numbers as interpreted" in capsys.readouterr().out


@pytest.mark.parametrize("rule", [("CL", {})], indirect=True, ids=str)
def test_the_short_form_of_cross_learning(rule, file):
    text = file.read_text()
    assert "chance = self.alpha * dancer.payoff" in text and "for " not in text.split("class")[1]
    broken = text.replace("u >= 1.0 - chance", "u < chance")
    file.write_text(broken.replace("alpha: float = 0.01", "alpha: float = 0.6"))
    assert not makes_the_same(rule, file)


@pytest.mark.parametrize("rule", [("mine", {})], indirect=True, ids=str)
def test_the_lines_of_a_users_learner(rule):
    text = rule_file(rule)
    assert text.index("import math") < text.index("import dataclass") < text.index("FLOOR = 0.01")
    for line in (
        "lucky = neighbours[rng.integers(len(neighbours))]  # one of them",
        "speed = self.speed / (1.0 + step)",
        "step = bee.step - 1",
        "def at_least(value, low):",
        "def update(self, policy, neighbours, rng, step):",
        "power = 2.0",
        "speed: float = 0.3",
    ):
        assert line in text, line
    assert "numbers" not in text and "drawn" not in text


def test_a_learner_whose_lines_are_not_at_hand():
    space = {"Learner": Learner}
    exec(
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Typed(Learner):\n"
        "    def update(self, policy, pulls, memory, rng):\n        policy[0] = policy[0]\n",
        space,
    )
    with pytest.raises(ValueError, match=r"the lines of Typed\.update are not at hand"):
        rule_file(LocalRule(space["Typed"]()))
