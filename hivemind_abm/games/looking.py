"""Rules that look across: what they get of the other players and of the game.

Knows: `GameRule`, and the questions that its `decide` may ask, in plain Python.  Does not know: any
particular rule; see `opponent_shaping`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hivemind_abm.bandits.bandit import ROUNDING
from hivemind_abm.checks import as_index
from hivemind_abm.hives.bees import BeeState
from hivemind_abm.hives.rules import ImitationRule
from hivemind_abm.learners.learner import Learner

if TYPE_CHECKING:
    from hivemind_abm.engine.stream import Stream
    from hivemind_abm.games.sight import Sight
    from hivemind_abm.hives.bees import BeeView
    from hivemind_abm.hives.neighbours import Neighbours
    from hivemind_abm.learners.pulls import Pulls

__all__ = ["GameLearner", "GameRule", "GameSeen", "RivalSeen", "RivalsSeen"]


class GameRule(ImitationRule):
    """A local rule that also looks at the other players of a game.

    Subclass it as a frozen dataclass and write `decide`, with two more arguments.  It plays in a
    `GameModel` only.

    See also: `Lola`.
    """

    looks_across: ClassVar[bool] = True

    def decide(  # type: ignore[override]
        self,
        bee: "BeeView",
        neighbours: "Neighbours",
        rivals: "RivalsSeen",
        game: "GameSeen",
        rng: "Stream",
    ) -> int:
        """The opinion that this bee holds from now on.

        Args:
            bee: This bee, as for `ImitationRule.decide`.
            neighbours: The bees of its own hive that it hears, as for `ImitationRule.decide`.
            rivals: All players: `rivals[p].pick(rng)` is a bee (or pull) of player p, drawn
                uniformly, with `opinion` and `payoff`; `rivals[p].share_of(option)`, `size`,
                `n_action`; `len(rivals)`.  They are as they were before the step; for a bee that
                decides one at a time (`updating="asynchronous"`), as they are then.
            game: `player`, the number of the own player, so the rival of two players is
                `rivals[1 - game.player]`; `players`.  In a game of two players: `mine(a, b)` and
                `theirs(a, b)`, the mean payoffs if the own player plays a and the rival b;
                `play(a, b, rng)`, the two payoffs of a match that is played, with its noise.
            rng: The stream to draw from.

        Returns:
            An option, 0 .. K - 1.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no decide(self, bee, neighbours, rivals, game, rng)"
        )


class GameLearner(Learner):
    """A learner that also looks at the other players of a game.

    Subclass it as a frozen dataclass and write `update`, with two more arguments.  It plays in a
    `GameModel` only.

    See also: `ParallelLola`.
    """

    looks_across: ClassVar[bool] = True

    def update(  # type: ignore[override]
        self,
        policy: np.ndarray,
        pulls: "Pulls",
        rivals: "RivalsSeen",
        game: "GameSeen",
        memory: np.ndarray,
        rng: "Stream",
    ) -> None:
        """Change the policy after the pulls of a step.

        Args:
            policy: As for `Learner.update`.
            pulls: As for `Learner.update`.
            rivals: As for `GameRule.decide`.
            game: As for `GameRule.decide`.
            memory: As for `Learner.update`.
            rng: The stream to draw from.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no update(self, policy, pulls, rivals, game, memory, rng)"
        )


class RivalSeen:
    """One player, as a rule that looks across gets it.

    Attributes:
        size: The number of its bees or pulls; 0 for a replicator.
        n_action: K.
    """

    def __init__(self, shares: np.ndarray, held: np.ndarray, paid: np.ndarray) -> None:
        self._shares, self._held, self._paid = shares, held, paid
        self.size, self.n_action = int(held.size), int(shares.size)

    def share_of(self, option: int) -> float:
        """The share of one of its options.

        Raises:
            IndexError: There is no such option.
        """
        if not 0 <= as_index("share_of(option): option", option) < self.n_action:
            raise IndexError("share_of(option): there is no such option")
        return float(self._shares[option])

    def pick(self, rng: "Stream") -> BeeState:
        """One of its bees, drawn uniformly; of a replicator, an option drawn by its shares."""
        if self.size:
            place = rng.integers(self.size)
            return BeeState(int(self._held[place]), float(self._paid[place]))
        u, total, option = rng.random(), 0.0, self.n_action - 1
        for each, share in enumerate(self._shares.tolist()):
            total += share
            if u < total:
                option = each
                break
        while option > 0 and self._shares[option] == 0.0:
            option -= 1
        return BeeState(option, float(self._paid[option]))


class RivalsSeen(Sequence[RivalSeen]):
    """All players, as a rule that looks across gets them; that of the rule too."""

    def __init__(self, sight: "Sight", run: int) -> None:
        shown = sight.shown
        self._players = [
            RivalSeen(shares[run], held[run], paid[run])
            for shares, held, paid in zip(shown.shares, shown.held, shown.paid, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._players)

    def __getitem__(self, player: int) -> RivalSeen:  # type: ignore[override]
        if not 0 <= as_index("rivals[p]: p", player) < len(self._players):
            raise IndexError("rivals[p]: there is no such player")
        return self._players[player]


class GameSeen:
    """The game, as a rule that looks across gets it.

    Attributes:
        player: The number of the own player.
        players: P.
    """

    def __init__(self, sight: "Sight", play: Callable[..., float] | None) -> None:
        self.player, self.players = sight.seat, len(sight.tensors)
        self._tensors, self._play = sight.tensors, play

    def mine(self, a: int, b: int) -> float:
        """The own mean payoff, if the own player plays a and the rival b.

        Raises:
            ValueError: The game is not one of two players.
            IndexError: There is no such option.
        """
        return self._mean(self.player, a, b)

    def theirs(self, a: int, b: int) -> float:
        """The rival's mean payoff, if the own player plays a and the rival b; errors as `mine`."""
        return self._mean(1 - self.player, a, b)

    def play(self, a: int, b: int, rng: "Stream") -> tuple[float, float]:
        """Play a match with its noise -> the own payoff and the rival's; errors as for `mine`."""
        mine, theirs = self.mine(a, b), self.theirs(a, b)
        if self._play is None:
            return mine, theirs
        options = (a, b) if self.player == 0 else (b, a)
        paid = [self._play(p, options, rng) for p in (self.player, 1 - self.player)]
        if not all(-ROUNDING <= each <= 1.0 + ROUNDING for each in paid):
            raise ValueError("a payoff must lie in [0, 1]")
        return min(max(paid[0], 0.0), 1.0), min(max(paid[1], 0.0), 1.0)

    def _mean(self, whose: int, a: int, b: int) -> float:
        if self.players != 2:
            raise ValueError("mine(a, b) and theirs(a, b) are of games of two players")
        own, other = self._tensors[0].shape[self.player], self._tensors[0].shape[1 - self.player]
        inside = 0 <= as_index("a", a) < own and 0 <= as_index("b", b) < other
        if not inside:
            raise IndexError("there is no such option")
        cell: Any = (a, b) if self.player == 0 else (b, a)
        return float(self._tensors[whose][cell])
