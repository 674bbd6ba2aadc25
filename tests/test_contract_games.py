"""The public contract of games: on the built-ins, and on games with the mistakes that it names."""

import random
from dataclasses import dataclass, field

import numpy as np
import pytest

from hivemind_abm import Game, MatrixGame
from hivemind_abm.app.cli.main import main
from hivemind_abm.contract import payoffs
from hivemind_abm.contract.games import check_game
from hivemind_abm.games.names import GAMES

pytestmark = pytest.mark.thorough  # compiles many games

COMPILED = "compiled: the same numbers as interpreted, bit for bit"


@pytest.mark.parametrize("game", GAMES)
def test_built_in_games_keep_it(game):
    results = check_game(game)
    assert results[-1] == COMPILED
    assert "payoffs have no noise" in results


def test_a_game_of_three_with_noise_keeps_it():
    rng = np.random.default_rng(1)
    game = MatrixGame(0.2 + 0.6 * rng.random((3, 2, 3, 2)), gap=0.2)
    results = check_game(game)
    assert results[0].startswith("MatrixGame is a frozen dataclass with n_actions = (2, 3, 2)")
    assert (
        "payoffs are noisy; mean_payoffs is the mean of many, within 5 standard errors" in results
    )


@dataclass(frozen=True)
class Pennies(Game):
    """A right game, whose parts the tests replace by wrong ones."""

    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        return 1.0 if (options[0] == options[1]) == (player == 0) else 0.0


@dataclass(frozen=True)
class TooMuch(Pennies):
    def payoff(self, player, options, rng):
        return 1.5 if player == 1 and options[0] == 1 else 0.5


@dataclass(frozen=True)
class RarelyTooMuch(Pennies):
    def payoff(self, player, options, rng):
        return 1.01 * rng.random()


@dataclass(frozen=True)
class Forgets(Pennies):
    def payoff(self, player, options, rng):
        if options[0] == options[1]:
            return 1.0
        return None


@dataclass(frozen=True)
class MoreOptions(Pennies):
    n_actions = (2, 3)

    def payoff(self, player, options, rng):
        return ((0.1, 0.2), (0.3, 0.4))[options[0]][options[1]]


@dataclass(frozen=True)
class AsksForAFellow(Pennies):
    def payoff(self, player, options, rng):
        return 0.5 * options[2]


@dataclass(frozen=True)
class Writes(Pennies):
    def payoff(self, player, options, rng):
        options[player] = 0
        return 0.5


@dataclass(frozen=True)
class Clock(Pennies):
    def payoff(self, player, options, rng):
        return random.random()


@dataclass(frozen=True)
class Counts(Pennies):
    seen: list = field(default_factory=list)

    def payoff(self, player, options, rng):
        self.seen.append(1)
        return 1.0 / len(self.seen)


@dataclass(frozen=True)
class OtherMean(Pennies):
    """It mixes up whose shares are whose."""

    def expected(self, player, shares):
        own, other = shares[player], shares[player]
        return other if player == 0 else own[::-1]


@dataclass(frozen=True)
class ShortMean(Pennies):
    def expected(self, player, shares):
        return shares[1 - player][:1]


@dataclass(frozen=True)
class NoisyMean(Pennies):
    def payoff(self, player, options, rng):
        return rng.random() * (0.5 if options[player] else 0.6)

    def mean_payoffs(self, player):  # player 1 has the columns, not the rows
        return np.array([[0.3, 0.3], [0.25, 0.25]])


@dataclass(frozen=True)
class OneName(Pennies):
    def option_names(self, player):
        return ("heads", "tails") if player == 0 else ("heads",)


@dataclass(frozen=True)
class SameNames(Pennies):
    def option_names(self, player):
        return ("heads", "heads")


@dataclass(frozen=True)
class OneText(Pennies):
    def option_names(self, player):
        return "ab"


@dataclass(frozen=True)
class NoPayoff(Game):
    n_actions = (2, 2)


@dataclass(frozen=True)
class Alone(Pennies):
    n_actions = (2,)


@dataclass(frozen=True)
class Short(Pennies):
    def payoff(self, options, rng):
        return 0.5


@dataclass(frozen=True)
class Demanding(Pennies):
    win: float


@dataclass(frozen=True)
class Fellow(Pennies):
    fellow = 1


class Thawed(Game):
    n_actions = (2, 2)

    def payoff(self, player, options, rng):
        return 0.5


@pytest.mark.parametrize(
    ("game", "message"),
    [
        (TooMuch, "payoff of player 1 with options (1, 0) must return a number from 0 to 1, not "
         "1.5; scale all payoffs to [0, 1]"),
        (RarelyTooMuch, "payoff of player 0 with options (0, 0) must return a number from 0 to 1"),
        (Forgets, "payoff of player 0 with options (0, 1) must return a number from 0 to 1, "
         "not None; end every branch with `return`"),
        (MoreOptions, "with options (0, 2) failed with IndexError: tuple index out of range; "
         "options has 2 items"),
        (AsksForAFellow, "with `fellow = True` one more, a bee of one's own player; options[p] is "
         "below n_actions[p], and n_actions is (2, 2)"),
        (Writes, "options is not written to: copy it to variables"),
        (Clock, "draw from rng only"),
        (Counts, "keep nothing between calls"),
        (OtherMean, "OtherMean.expected(0, shares), at uneven shares, says"),
        (ShortMean, "expected(0, shares) must be 2 finite numbers, one for each option of player "
         "0, not array([0.5])"),
        (NoisyMean, "NoisyMean.mean_payoffs(1) says 0.3 for options (0, 1), the mean of many "
         "payoffs is 0.2"),
        (OneName, "OneName.option_names(1) must be 2 names, one for each option in n_actions = "
         "(2, 2), not ('heads',)"),
        (SameNames, "must be 2 different texts, not ('heads', 'heads')"),
        (OneText, "OneText.option_names(0) must be a tuple of 2 names, not 'ab'"),
        (NoPayoff, "NoPayoff has no payoff: write payoff(self, player, options, rng)"),
        (Alone, "Alone.n_actions must be a whole number of at least 1 for each of at least two"),
        (Short, "must take (self, player, options, rng), not (self, options, rng)"),
        (Demanding, "Demanding needs a default for every field so that a game can be made of it"),
        (Fellow, "Fellow.fellow must be True or False, not 1: write `fellow = True` in the class"),
        (Thawed, "put @dataclass(frozen=True) above Thawed"),
    ],
)  # fmt: skip
def test_names_the_mistake_of_a_game(game, message):
    with pytest.raises((ValueError, TypeError)) as error:
        check_game(game)
    assert message in str(error.value)


def test_other_numbers_compiled_are_found(monkeypatch):
    def wrong(payoff, build):
        def loop(integers, reals, player, axes, cells, draws, state, paid):
            paid[:] = 1.0
            return 0

        return loop

    monkeypatch.setattr(payoffs, "_loop", wrong)
    with pytest.raises(ValueError, match=r"compiled than interpreted \(player 0, options \(0, 1\)"):
        check_game(Pennies)


def test_a_game_that_cannot_be_compiled_is_no_fault():
    @dataclass(frozen=True)
    class Pythonic(Pennies):
        def payoff(self, player, options, rng):
            return float(str(options[0] == options[1]) == "True")

    assert check_game(Pythonic)[-1].startswith("remark: runs interpreted, not compiled: ")


def test_a_game_too_large_to_list_is_sampled(monkeypatch):
    monkeypatch.setattr(payoffs, "MOST_CHECKED", 3)
    results = check_game(Pennies)
    assert "payoffs lie in [0, 1]: 6 combinations of options, 6000 matches" in results
    assert any(line.startswith("remark: over ") for line in results)


FILE = """
from dataclasses import dataclass
from hivemind_abm import Game, ImitationRule

@dataclass(frozen=True)
class Keep(ImitationRule):
    def decide(self, bee, neighbours, rng):
        return bee.opinion

@dataclass(frozen=True)
class Pay(Game):
    n_actions = (2, 1)

    def payoff(self, player, options, rng):
        return {most} if options[0] else 0.5
"""


def test_hivemind_check_takes_games(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(FILE.format(most=1.0))
    assert main(["check", f"{file}:Pay"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("game Pay\n  ok  Pay is a frozen dataclass with n_actions = (2, 1)")
    assert "ok  player 0 chooses among 0, 1; player 1 chooses among 0" in out
    file.write_text(FILE.format(most=2.0))
    assert main(["check", f"{file}:Pay"]) == 1
    out = capsys.readouterr().out
    assert "FAILED  Pay.payoff of player 0 with options (1, 0) must return a number" in out
    file.write_text("import hivemind_abm\n")
    assert main(["check", str(file)]) == 2
    assert "has no rule, bandit, learner or game to check" in capsys.readouterr().err
