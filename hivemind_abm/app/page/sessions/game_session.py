"""A game that is watched: hives, learners and replicators on one clock.

Knows: how large a game may be, and what its players and options are called.
Does not know: how it is shown.
"""

from hivemind_abm.app.page.sessions.game_choices import GameChoices
from hivemind_abm.app.page.sessions.game_field import SQUARE, Field, field_of
from hivemind_abm.app.page.sessions.model_session import ModelSession
from hivemind_abm.games.model import GameModel

__all__ = ["MOST_BEES_OF_GAME", "GameSession"]

MOST_BEES_OF_GAME = 20_000  # bees and pulls of all players


class GameSession(ModelSession[GameModel]):
    """A `GameModel` on the clock of the page.

    Args:
        choices: What to build.

    Attributes:
        choices: The argument.
        settings: The checked settings of the model.
        model: The `GameModel`.
        option_names: The names of each player's options.
        labels: The name of each player in charts: "R_success, player 0", for instance.
        field: The arrows and equilibria on the plane of both shares, or None.
        no_field: Why there are none although there is a plane, or "".

    Raises:
        ValueError, TypeError: With the argument, its value and what is allowed.
    """

    shown = "game"

    def __init__(self, choices: GameChoices) -> None:
        """Build the game and its players."""
        self.choices = choices
        self.settings = GameModel.settings(**choices.arguments)
        if self.settings.work > MOST_BEES_OF_GAME:
            raise ValueError(
                f"population_size must be such that all players together have at most "
                f"{MOST_BEES_OF_GAME} bees and pulls to be watched, not {self.settings.work}"
            )
        super().__init__(GameModel(**choices.arguments, rng=choices.seed), choices.at_once)
        game, players = self.model.game, enumerate(self.model.players)
        self.labels = tuple(f"{player.symbol}, player {number}" for number, player in players)
        self.field: Field | None = None
        self.no_field = ""
        try:
            self.field = field_of(self.settings)
        except ValueError as error:
            self.no_field = str(error)
        self.option_names = tuple(
            tuple(map(str, game.option_names(player))) for player in range(game.players)
        )

    @property
    def has_plane(self) -> bool:
        """Whether both shares of two players are a point of a square."""
        return self.settings.n_action == SQUARE
