"""The controls that the fields of rules, bandits and learners become."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from hivemind_abm import ImitationRule
from hivemind_abm.app.page.controls.field_bounds import Bounds
from hivemind_abm.app.page.controls.field_words import entries_of, summary_of, words_of
from hivemind_abm.app.page.controls.fields import field_controls
from hivemind_abm.bandits.names import BANDITS, find_bandit
from hivemind_abm.hives.names import RULES, find_rule
from hivemind_abm.learners.names import LEARNERS, find_learner
from hivemind_abm.registry import Part

ZERO_TO_ONE, ABOVE_ZERO = Bounds(0.0, 1.0, 0.01), Bounds(0.01, 1.0, 0.01)


@dataclass(frozen=True)
class Told(ImitationRule):
    """Look around, and follow
    the nearest.

    Attributes:
        reach: Distance up to which a dancer
            is seen, in cells.  Those farther away are not.
        doubt: The probability to stay, 0 to 1.
    """

    reach: int = field(default=3, metadata={"bounds": (1, 12)})
    doubt: float = 0.1

    def __post_init__(self):
        if not 0 <= self.doubt <= 1:
            raise ValueError("doubt must be from 0 to 1")

    def decide(self, bee, neighbours, rng):
        return bee.opinion


@dataclass(frozen=True)
class Further(Told):
    """Follow the second nearest.

    Attributes:
        doubt: Its doubt.
        low, high: The bounds of `speed`.
    """

    low: float = 0.0
    high: float = field(default=5.0, metadata={"bounds": (0.0, 20.0)})
    kind: Literal["a", "b"] = "a"
    other: float = field(default=0.5, metadata={"bounds": "none"})


@dataclass(frozen=True)
class Silent(ImitationRule):
    chance: float = 0.5
    unknown: "NoSuchType" = None  # noqa: F821

    def decide(self, bee, neighbours, rng):
        return bee.opinion


def controls(part):
    return {each.name: each for each in field_controls(part)}


def test_controls_come_from_the_fields():
    def plain(part):
        return {name: (each.default, each.allowed) for name, each in controls(part).items()}

    assert plain(find_rule("wvoter")) == {"switch": ("bee", ("bee", "is_stoc", "is_det"))}
    assert plain(find_rule("majority")) == {"number_of_votes": ("inf", ())}
    assert plain(find_rule("success")) == {"deterministic": ("False", ("False", "True"))}
    assert list(plain(find_bandit("near one"))) == ["n_action", "gap"]
    assert list(plain(find_learner("MCL"))) == ["alpha", "alpha_baseline"]


@pytest.mark.parametrize(
    ("name", "entry", "words"),
    [
        ("n_action", "K, the number of options.", "number of options K"),
        ("number_of_votes", "S, a whole number from 1 to 9, or infinity.", "number of votes S"),
        (
            "std",
            "Noise of the rewards, standard deviation.",
            "noise of the rewards, standard deviation",
        ),
        ("alpha", "Learning rate, above 0 and at most 1.", "learning rate"),
        ("q_star", "The expected rewards, K numbers.", "expected rewards"),
        ("eta", 'The learning rate of "hedge", above 0.', 'learning rate of "hedge"'),
        ("name", 'A preset: "near zero" and so on.', "preset"),
        ("weight", '"payoff": w = r.  "hedge": w = 1.', ""),
        ("size", "N.", "size N"),
        ("q", "Q values of the learner; see above.", "Q values of the learner"),
        ("a", "", ""),
        (
            "mean",
            "Mean of the normal distribution from which q_star is drawn where neither `name` nor "
            "`q_star` is given; from -50 to 50.",
            "mean of the normal distribution from which q_star is drawn",
        ),
    ],
)
def test_words_are_the_first_clause_of_an_entry(name, entry, words):
    assert words_of(name, entry) == words


def test_every_entry_of_a_built_in_part_becomes_a_short_label():
    parts = [find_rule(name) for name in RULES] + [find_bandit(name) for name in BANDITS]
    parts += [find_learner(name) for name in LEARNERS]
    for part in parts:
        for each in field_controls(part):
            assert each.tip, (part, each.name)
            assert len(each.words) <= 80 and each.words == each.words.strip(), each.words
        assert summary_of(part.made)


def test_entries_are_those_of_the_class_and_its_bases():
    reach = "Distance up to which a dancer is seen, in cells.  Those farther away are not."
    assert entries_of(Told)["reach"] == reach
    assert entries_of(Further)["reach"] == reach
    assert entries_of(Further)["doubt"] == "Its doubt."
    assert entries_of(Further)["low"] == entries_of(Further)["high"] == "The bounds of `speed`."
    assert summary_of(Told) == "Look around, and follow the nearest."
    assert summary_of(Silent) == ""
    assert (
        controls(Part("rule", Told))["reach"].words
        == "distance up to which a dancer is seen, in cells"
    )


def test_bounds_are_stated_or_found_by_trying():
    told, further = controls(Part("rule", Told)), controls(Part("rule", Further))
    assert told["reach"].bounds == Bounds(1.0, 12.0, 1.0) and told["reach"].whole
    assert told["doubt"].bounds == ZERO_TO_ONE
    assert further["high"].bounds == Bounds(0.0, 20.0, 0.1)
    assert further["low"].bounds is further["other"].bounds is further["kind"].bounds is None
    assert controls(find_rule("boltzmann"))["epsilon"].bounds == ZERO_TO_ONE
    assert controls(find_rule("boltzmann"))["alpha"].bounds == ABOVE_ZERO
    assert controls(find_rule("boltzmann"))["tau"].bounds is None
    assert controls(find_learner("MCL"))["alpha_baseline"].bounds == ZERO_TO_ONE
    assert controls(find_bandit("random walk"))["drift"].bounds is None  # at most high - low


def test_a_class_that_says_nothing_gets_plain_boxes():
    chance = controls(Part("rule", Silent))["chance"]
    assert (chance.words, chance.tip, chance.bounds) == ("", "", None)


def test_the_default_may_be_typed_in_other_ways():
    tau, k = controls(find_rule("logit"))["tau"], controls(find_bandit("near one"))["n_action"]
    assert tau.is_default("") and tau.is_default("0.20") and not tau.is_default("0.3")
    assert k.is_default("10") and not k.is_default("10.0")  # which the bandit refuses
    success = controls(find_rule("success"))["deterministic"]
    assert success.is_default("False") and not success.is_default("0")
