"""The free options of a command line, and how parts of a model are printed."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import dataclass

import pytest

from hivemind_abm.app.cli.options import (
    add_rules,
    number_or_all,
    numbers,
    parameters_in,
    refuse_parameters,
    rule_in,
    shares,
    truth_or_share,
    updating,
    weights,
)
from hivemind_abm.app.cli.text import described, listed


@pytest.mark.parametrize(
    ("words", "parameters"),
    [
        ([], {}),
        (["--number-of-votes", "3"], {"number_of_votes": 3}),
        (["--gap=0.05", "--name", "near one"], {"gap": 0.05, "name": "near one"}),
        (["--deterministic", "--mean", "-2"], {"deterministic": True, "mean": -2}),
        (["--q-star", "0.1,0.2", "--deterministic"], {"q_star": (0.1, 0.2), "deterministic": True}),
        (["--votes", "inf"], {"votes": float("inf")}),
        (["--margin", "-.05", "--low", "-inf"], {"margin": -0.05, "low": float("-inf")}),
        (["--margin", "-1e-3", "--low", "-Infinity"], {"margin": -1e-3, "low": float("-inf")}),
        (["--margin", "", "--low="], {"margin": "", "low": ""}),
    ],
)
def test_free_options_are_fields(words, parameters):
    assert parameters_in(words) == parameters


@pytest.mark.parametrize("words", [["stray"], ["--gap", "0.1", "stray"], ["-x"], ["--gap", "-x"]])
def test_other_words_are_refused(words):
    with pytest.raises(ValueError, match=f"unexpected argument '{words[-1]}'"):
        parameters_in(words)


def test_an_argument_that_is_no_option_is_refused():
    options = Namespace(command="run", parameters={"gap": 0.1, "agent_reporters": 1})
    refuse_parameters(options, ("rng",))
    message = "there is no option --agent-reporters; see hivemind run --help"
    with pytest.raises(ValueError, match=message):
        refuse_parameters(options, ("rng", "agent_reporters"))


def test_values_of_options():
    assert (number_or_all("all"), number_or_all("10")) == ("all", 10)
    assert numbers("0.25,0.75") == (0.25, 0.75)


@dataclass(frozen=True)
class Plain:
    pass


@dataclass(frozen=True)
class Full:
    few: tuple[int, ...] = (1, 2)
    many: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5)
    nothing: None = None
    draw_seed: int = 7


def test_a_part_is_printed_in_one_line():
    assert described(Plain()) == "Plain"
    assert described(Full()) == "Full (few (1, 2), many 0.1 ... 0.5)"


def test_names_are_quoted_where_a_shell_needs_it():
    assert listed(["linear", "near one"]) == 'linear, "near one"'


def test_rules_of_a_hive():
    def rules(*words):
        parser = ArgumentParser()
        add_rules(parser)
        return rule_in(parser.parse_args(words))

    assert rules() == "wvoter"
    assert rules("--rule", "a.py") == "a.py"
    mixed = ("--rule", "wvoter", "--rule", "a.py", "--mix")
    assert rules(*mixed, "0.9,0.1") == [("wvoter", 0.9), ("a.py", 0.1)]
    assert rules(*mixed, "90,10") == [("wvoter", 90), ("a.py", 10)]
    assert all(type(bees) is int for _, bees in rules(*mixed, "90,10"))
    for words in (mixed[:-1], (*mixed, "1"), (*mixed, "0.5,0.3,0.2")):
        with pytest.raises(ValueError, match=r"a number for each of the 2 rules, such as --mix"):
            rules(*words)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (updating, "asynchronous", "asynchronous"),
        (updating, "0.3", 0.3),
        (updating, "1", 1.0),
        (truth_or_share, "0.8", 0.8),
        (truth_or_share, "True", True),
        (shares, "0.25,0.75", (0.25, 0.75)),
        (shares, "0.5,0.5;0,1", ((0.5, 0.5), (0.0, 1.0))),
    ],
)
def test_values_of_a_hives_options(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(("read", "text"), [(truth_or_share, "most"), (weights, "half,half")])
def test_wrong_values_say_what_is_right(read, text):
    with pytest.raises(ArgumentTypeError, match=r"must be .* such as"):
        read(text)
