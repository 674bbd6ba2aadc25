"""The small games of the textbooks, with their payoffs as fields.

Knows: their payoffs, their options' names, and what users type for them.  Does not know: who plays.
The payoffs are scaled to [0, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

from hivemind_abm import checks
from hivemind_abm.games.game import Game

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream

__all__ = [
    "Chicken",
    "Coordination",
    "MatchingPennies",
    "PrisonersDilemma",
    "RockPaperScissors",
    "StagHunt",
]


class _Classic(Game):
    """Two players; all fields are payoffs from 0 to 1.

    Attributes:
        labels: The names of the options.
    """

    n_actions: ClassVar[tuple[int, ...]] = (2, 2)
    labels: ClassVar[tuple[str, ...]] = ("cooperate", "defect")

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            checks.number(field.name, getattr(self, field.name), 0.0, 1.0)

    def option_names(self, player: int) -> tuple[str, ...]:
        """The names of the options; they are the same for both players."""
        return self.labels


class _Dilemma(_Classic):
    """A symmetric game of two options, with the fields T, R, P and S.

    Option 0 gets R against option 0 and S against option 1; option 1 gets T and P.
    """

    T: float
    R: float
    P: float
    S: float

    def payoff(self, player: int, options: Sequence[int], rng: "Stream") -> float:
        """The payoff of one match; see `Game.payoff`."""
        other = options[1 - player]
        if options[player] == 0:
            return self.R if other == 0 else self.S
        return self.T if other == 0 else self.P


@dataclass(frozen=True)
class MatchingPennies(_Classic):
    """Player 0 wins if both options are equal, player 1 wins if they differ.

    Attributes:
        win: The winner's payoff.
        lose: The loser's payoff.
    """

    win: float = 1.0
    lose: float = 0.0

    labels = ("heads", "tails")
    names = {"matching pennies": {}}

    def payoff(self, player: int, options: Sequence[int], rng: "Stream") -> float:
        """The payoff of one match; see `Game.payoff`."""
        equal = options[0] == options[1]
        return self.win if equal == (player == 0) else self.lose


@dataclass(frozen=True)
class StagHunt(_Classic):
    """A stag pays 1, but needs both hunters; a hare is certain.

    Attributes:
        hare: What a hare pays.
    """

    hare: float = 0.6

    labels = ("stag", "hare")
    names = {"stag hunt": {}}

    def payoff(self, player: int, options: Sequence[int], rng: "Stream") -> float:
        """The payoff of one match; see `Game.payoff`."""
        if options[player] == 1:
            return self.hare
        return 1.0 if options[1 - player] == 0 else 0.0


@dataclass(frozen=True)
class PrisonersDilemma(_Dilemma):
    """To defect pays more whatever the other does, but both would gain by cooperation.

    So it is for T > R > P > S.  The gains of a defector are equal for the defaults.

    Attributes:
        T: Temptation: one defects while the other cooperates.
        R: Reward: both cooperate.
        P: Punishment: both defect.
        S: Sucker's payoff: one cooperates while the other defects.
    """

    T: float = 1.0
    R: float = 0.6
    P: float = 0.4
    S: float = 0.0

    names = {"prisoners dilemma": {}}


@dataclass(frozen=True)
class Chicken(_Dilemma):
    """Each would rather go straight against one who yields, but not if both do.

    So it is for T > R > S > P.  It is also called hawk and dove.

    Attributes:
        T: One goes straight while the other yields.
        R: Both yield.
        P: Both go straight.
        S: One yields while the other goes straight.
    """

    T: float = 1.0
    R: float = 0.6
    P: float = 0.0
    S: float = 0.3

    labels = ("yield", "straight")
    names = {"chicken": {}}


@dataclass(frozen=True)
class Coordination(_Classic):
    """Both are paid only if their options are equal.

    Attributes:
        a: The payoff of each if both choose option 0.
        b: The payoff of each if both choose option 1.
    """

    a: float = 1.0
    b: float = 0.5

    labels = ("a", "b")
    names = {"coordination": {}}

    def payoff(self, player: int, options: Sequence[int], rng: "Stream") -> float:
        """The payoff of one match; see `Game.payoff`."""
        if options[0] != options[1]:
            return 0.0
        return self.a if options[0] == 0 else self.b


@dataclass(frozen=True)
class RockPaperScissors(_Classic):
    """Paper beats rock, scissors beat paper, rock beats scissors.

    Attributes:
        win: The winner's payoff.
        tie: The payoff of each where the options are equal.
        lose: The loser's payoff.
    """

    win: float = 1.0
    tie: float = 0.5
    lose: float = 0.0

    n_actions = (3, 3)
    labels = ("rock", "paper", "scissors")
    names = {"rock paper scissors": {}}

    def payoff(self, player: int, options: Sequence[int], rng: "Stream") -> float:
        """The payoff of one match; see `Game.payoff`."""
        ahead = (options[player] - options[1 - player]) % 3
        if ahead == 0:
            return self.tie
        return self.win if ahead == 1 else self.lose
