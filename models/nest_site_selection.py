"""Honeybees choose a nest site: scouts dance for the site they know, longer for a better one.

This file has its own bandit and rule.  A scout inspects its site with some error.  In each step it
meets a few dancers, adds up how long they dance for each site, and follows the winner if enough of
them dance for it.

    hivemind check nest_site_selection.py
    hivemind run --rule nest_site_selection.py --bandit nest_site_selection.py --quorum 0.5
"""

from dataclasses import dataclass

from hivemind_abm import Bandit, Hive, ImitationRule, ensemble

FAMILY = "start here"


@dataclass(frozen=True)
class NestSites(Bandit):
    """Sites of given quality; an inspection is off by up to `error` and clipped to [0, 1]."""

    quality: tuple[float, ...] = (0.3, 0.5, 0.7, 0.75)
    error: float = 0.2

    @property
    def n_action(self):
        return len(self.quality)

    def pull(self, option, world, rng):
        seen = self.quality[option] + self.error * (2.0 * rng.random() - 1.0)
        return min(max(seen, 0.0), 1.0)


@dataclass(frozen=True)
class DanceFollower(ImitationRule):
    """Adopt the site most danced for by the bees met, if enough of them dance for it.

    Enough means at least the share `quorum` of the bees met.
    """

    quorum: float = 0.4
    hears = 5

    def decide(self, bee, neighbours, rng):
        best, most = bee.opinion, 0.0
        for site in range(neighbours.n_action):
            danced = neighbours.payoff_of(site)
            if danced > most:
                best, most = site, danced
        if neighbours.count_of(best) >= self.quorum * neighbours.size:
            return best
        return bee.opinion


HIVE = {"rule": DanceFollower(), "bandit": NestSites(), "population_size": 300, "stop_if_end": True}


def reliability(runs=1000):
    """How often hives of several sizes end on the best site: a list of (N, share of the runs)."""
    table = []
    for n in (10, 30, 100, 300):
        end = ensemble(
            Hive, HIVE | {"population_size": n}, runs=runs, steps=500, seed=1, keep="last"
        )
        table.append((n, float((end["optimal_share"] == 1.0).mean())))
    return table


if __name__ == "__main__":
    for n, share in reliability():
        print(f"N = {n:4}: {share:.1%} of hives end on the best site")
