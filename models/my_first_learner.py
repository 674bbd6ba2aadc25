"""A template for learners: exponential weights (Exp3).  Copy this file and change `update`.

hivemind check my_first_learner.py         # does it keep the contract?
hivemind compare --rule wvoter --learner my_first_learner.py --gamma 0.05
"""

from dataclasses import dataclass

from hivemind_abm import Learner, LearnerModel, exp

FAMILY = "start here"


@dataclass(frozen=True)
class ExponentialWeights(Learner):
    """Exp3: an option's probability grows exponentially with its estimated total reward.

    A part of the probability is uniform, for exploration.  The estimate of a reward is r / pi_a for
    the option that was pulled and 0 for the others, which makes it unbiased (Auer, Cesa-Bianchi,
    Freund & Schapire, SIAM J. Comput. 32, 2002).

    Attributes:
        gamma: Share of exploration, above 0 and at most 1; the learning rate is gamma / K.
    """

    gamma: float = 0.1

    def memory_size(self, n_action):
        return n_action  # the estimated total reward of each option

    def update(self, policy, pulls, memory, rng):
        pull = pulls[0]
        memory[pull.option] += pull.reward / policy[pull.option]
        largest = max(memory)
        total = 0.0
        for a in range(pulls.n_action):
            policy[a] = exp(self.gamma / pulls.n_action * (memory[a] - largest))
            total += policy[a]
        for a in range(pulls.n_action):
            policy[a] = (1.0 - self.gamma) * policy[a] / total + self.gamma / pulls.n_action


# The arguments of the LearnerModel that this file shows.
LEARNER = {"learner": ExponentialWeights(gamma=0.1), "bandit": "evenly spaced"}

if __name__ == "__main__":
    model = LearnerModel(**LEARNER, rng=1)
    model.run_for(5000)
    print(model.datacollector.get_model_vars_dataframe()["optimal_share"].iloc[::500])
