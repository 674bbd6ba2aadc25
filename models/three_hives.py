"""Three hives divide three sites among them, although no bee knows that there are other hives.

Each hive reaches some of the sites.  In a match one bee of each hive meets the others, and those at
the same site share its nectar.  So a site pays more where fewer other bees go, and the hives end at
three different sites.  Which hive gets which site is decided by chance.

    hivemind play three_hives.py success wvoter P-MCL --runs 20
"""

from dataclasses import dataclass

from hivemind_abm import Game, GameModel, ensemble

FAMILY = "tools and worlds"


@dataclass(frozen=True)
class SharedMeadow(Game):
    """The nectar of a site is shared by the bees that meet there.

    Attributes:
        nectar: What each of the three sites pays a bee that is alone there, from 0 to 1.
    """

    nectar: tuple[float, float, float] = (1.0, 0.9, 0.8)

    n_actions = (2, 3, 2)  # hive 0 reaches sites 0 and 1, hive 1 all of them, hive 2 sites 1 and 2
    first = (0, 0, 1)  # the first site that each hive reaches

    def payoff(self, player, options, rng):
        site = self.first[player] + options[player]
        guests = 0
        for other in range(3):
            if self.first[other] + options[other] == site:
                guests += 1
        return self.nectar[site] / guests

    def option_names(self, player):
        sites = range(self.first[player], self.first[player] + self.n_actions[player])
        return tuple(f"site {site}" for site in sites)


GAME = {
    "game": SharedMeadow(),
    "players": ("success", "wvoter", [("success", 0.9), ("majority", 0.1)]),
    "population_size": (200, 300, 100),
}

if __name__ == "__main__":
    ends = ensemble(GameModel, GAME, runs=200, steps=150, seed=1, keep="last")
    for player, k in enumerate(SharedMeadow.n_actions):
        names = SharedMeadow().option_names(player)
        for option in range(k):
            share = ends[f"p{player}_share_{option}"].mean()
            print(f"hive {player}, {names[option]}: {share:.3f}")
    taken = ends["consensus"].mean()
    print(f"runs in which all hives have settled: {taken:.3f}")
    print("mean payoffs:", *ends[["p0_payoff", "p1_payoff", "p2_payoff"]].mean().round(3))
