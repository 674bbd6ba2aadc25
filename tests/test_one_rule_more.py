"""A new rule costs one class and one line; all that names it follows from there."""

from dataclasses import dataclass

import pytest

from hivemind_abm import ImitationRule, WeightedVoterRule, compare, mean_field
from hivemind_abm.app.cli.main import main
from hivemind_abm.app.figures.colours import colours_of
from hivemind_abm.hives.names import RULES
from hivemind_abm.learners.names import LEARNERS
from hivemind_abm.theory.dynamics import DYNAMICS


@dataclass(frozen=True)
class Echo(ImitationRule):
    """Do what a random neighbour does."""

    name = "echo"
    symbol = "R_echo"
    hears = 1

    @property
    def dynamic(self):
        return "TRD"

    def decide(self, bee, neighbours, rng):
        return neighbours.pick(rng).opinion


@pytest.fixture
def one_more(monkeypatch):
    monkeypatch.setitem(RULES, Echo.name, Echo)  # the line


@pytest.mark.usefixtures("one_more")
def test_its_name_is_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert "echo" in capsys.readouterr().out


@pytest.mark.usefixtures("one_more")
def test_it_is_compared_by_its_symbol_with_its_own_dynamic():
    result = compare("echo", population_size=20, runs=4, steps=3)
    assert list(result.systems) == ["R_echo", "TRD"]


@pytest.mark.usefixtures("one_more")
def test_it_has_a_mean_field():
    result = mean_field("echo", n_action=2, bees=2000, fixed_points=False)
    assert result.verdict.startswith("R_echo, M = 1")


@pytest.mark.usefixtures("one_more")
def test_it_has_a_colour_of_its_own():
    known = [cls.symbol for cls in (*RULES.values(), *LEARNERS.values())]
    colours = colours_of([*known, *DYNAMICS])
    assert len(set(colours.values())) == len(colours)
    assert colours["R_echo"]


def test_a_class_that_says_nothing_is_called_by_its_name():
    class Mine(WeightedVoterRule):
        pass

    assert (Mine.symbol, Mine().symbol) == ("Mine", "Mine")
    assert WeightedVoterRule.symbol == "R_wvoter"
