"""A template for games: copy this file, change `payoff`, and you have your own game.

hivemind check my_first_game.py                        # does it keep the contract?
hivemind play my_first_game.py success P-MCL           # a hive of foragers against a learner
python my_first_game.py
"""

from dataclasses import dataclass

from hivemind_abm import Game, GameModel

FAMILY = "start here"


@dataclass(frozen=True)
class ForagersAndRobbers(Game):
    """Foragers choose a site, and so do robbers, who take the share `loot` of what they find."""

    loot: float = 0.8
    n_actions = (2, 2)  # the number of options of each player

    def payoff(self, player, options, rng):
        found = 0.9 if options[0] == 0 else 0.6  # player 0 are the foragers
        taken = self.loot * found if options[0] == options[1] else 0.0
        return found - taken if player == 0 else taken

    def option_names(self, player):
        return "rich site", "poor site"


# The arguments of the GameModel that this file shows.
GAME = {"game": ForagersAndRobbers(), "players": ("success", "P-MCL"), "population_size": 200}

if __name__ == "__main__":
    model = GameModel(**GAME, rng=1)
    model.run_for(100)
    print(model.datacollector.get_model_vars_dataframe()[["p0_share_0", "p1_share_0"]].iloc[::10])
