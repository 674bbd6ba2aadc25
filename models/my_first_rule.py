"""A template for rules: copy this file, change `decide`, and you have your own rule.

hivemind check my_first_rule.py                        # does it keep the contract?
hivemind run --rule my_first_rule.py --margin 0.1      # a hive that follows it
"""

from dataclasses import dataclass

from hivemind_abm import ImitationRule

FAMILY = "start here"


@dataclass(frozen=True)
class HesitantImitator(ImitationRule):
    """Imitate a random neighbour's success, but only if it beats my own payoff by `margin`."""

    margin: float = 0.05

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick(rng)
        if dancer.payoff > bee.payoff + self.margin and rng.random() < dancer.payoff:
            return dancer.opinion
        return bee.opinion


# The arguments of the Hive that this file shows.
HIVE = {"rule": HesitantImitator(margin=0.05), "bandit": "evenly spaced", "population_size": 200}
