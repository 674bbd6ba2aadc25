"""Cross-inhibition: scouts that stop each other's dances choose a nest, even among equal ones.

An uncommitted scout discovers a nest or is recruited.  A committed one gives up, sooner for a
poorer nest, or is stopped by a dancer for another nest (Pais et al., PLoS ONE 8, e73216, 2013).
"""

from dataclasses import dataclass

from hivemind_abm import BanditLinear, ImitationRule, bifurcation


@dataclass(frozen=True)
class StopSignals(ImitationRule):
    discovery: tuple[float, ...] = (4.0, 4.0)  # of each nest; rates as in `CrossInhibition`
    abandonment: float = 1.0  # of a nest of value 1
    recruitment: float = 1.0
    stop_signal: float = 2.0
    scale: float = 5.0  # the value of a nest that pays 1
    delta: float = 0.05  # the time of a step
    uncommitted = True
    hears = 1

    def decide(self, bee, neighbours, rng):
        none, other, left = neighbours.n_action, neighbours.pick(rng), rng.random() / self.delta
        if bee.opinion == none:
            for nest in range(min(none, len(self.discovery))):
                left -= self.discovery[nest]
                if left < 0.0:
                    return nest
            return other.opinion if left < self.recruitment * self.scale * other.payoff else none
        leaves = self.abandonment / max(self.scale * bee.payoff, self.delta)
        stops = self.stop_signal if other.opinion not in (bee.opinion, none) else 0.0
        return none if left < leaves + stops else bee.opinion


NESTS = BanditLinear(n_action=2, gap=0.0, q_star=(0.8, 0.8))
HIVE = {"rule": StopSignals(), "bandit": NESTS, "initial_shares": (0.05, 0.05, 0.9)}
if __name__ == "__main__":
    print(bifurcation(StopSignals(), NESTS, "stop_signal", [0.6 + 0.2 * i for i in range(13)]))
