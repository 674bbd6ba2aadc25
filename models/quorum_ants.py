"""Ants that recruit fast only where many already are choose better the higher this quorum is.

An ant at a new site leads others there one by one, sooner to a better site.  Once a quorum is
there, it carries them, three times faster.  Here ants do not search, and do not change their mind.
With one ant at each of two sites, A is the first to have Q ants if the longest of Q - 1 exponential
times at the rate q_A is shorter than that at the rate q_B.

Pratt, Mallon, Sumpter & Franks, "Quorum sensing, recruitment, and collective decision-making during
colony emigration", Behav. Ecol. Sociobiol. 52, 117 (2002), https://doi.org/10.1007/s00265-002-0487-x
(the factor 3: abstract).  The rule is a reduced form, from the abstract.

    hivemind gallery --verify quorum_ants
"""

from dataclasses import dataclass

from scipy.integrate import quad

from hivemind_abm import BanditLinear, Claim, Hive, ImitationRule, ensemble, estimate

FAMILY = "honeybees"


@dataclass(frozen=True)
class Recruit(ImitationRule):
    tandem: float = 0.02  # followers per leader and step, for a site of quality 1
    faster: float = 3.0  # how much, once the quorum is there
    quorum: int = 10
    uncommitted = True

    def decide(self, bee, neighbours, rng):
        leader = neighbours.pick(rng)
        if bee.opinion != neighbours.n_action or leader.opinion == bee.opinion:
            return bee.opinion
        speed = self.faster if neighbours.count_of(leader.opinion) >= self.quorum else 1.0
        moves = rng.random() < speed * self.tandem * leader.payoff
        return leader.opinion if moves else bee.opinion


SITES = BanditLinear(n_action=2, gap=0.0, q_star=(0.9, 0.6))
HIVE = {"rule": Recruit(), "bandit": SITES, "updating": "asynchronous", "population_size": 100}
HIVE |= {"initial_shares": (0.01, 0.01, 0.98)}


def first(quorum):  # the chance that A has the quorum first
    m = quorum - 1
    return quad(lambda u: m * (1.0 - u**1.5) ** m * (1.0 - u) ** (m - 1), 0.0, 1.0)[0]


def right(quick, quorum=10):
    hive = HIVE | {"rule": Recruit(quorum=quorum), "stop_if_end": quorum / 100}
    runs = 300 if quick else 3000
    end = ensemble(Hive, hive, runs=runs, steps=10_000, seed=1, keep="last")
    return estimate(end["share_0"] > end["share_1"])


def steps(quorum=10):  # until one ant has brought all 100 to the only site
    speeds = [3.0 if ants >= quorum else 1.0 for ants in range(1, 100)]
    return sum(99.0 / (i * (100 - i) * 0.02 * 0.9 * s) for i, s in enumerate(speeds, 1))


def emigration(quick):
    hive = HIVE | {"initial_shares": (0.01, 0.0, 0.99), "stop_if_end": True}
    end = ensemble(Hive, hive, runs=200 if quick else 3000, steps=10_000, seed=1, keep="last")
    return estimate(end["Step"] - 0.5)  # a run is recorded up to the end of a step


CLAIMS = (  # otherwise: a quorum of 2; always slow
    Claim("A has 10 ants first", first(10), "exponential times", right, first(2), 2, within=0.002),
    Claim("steps of an emigration", steps(), "the sum", emigration, steps(101), 4, within=0.5),
)


def draw(axes, quick=False):
    axes.plot(range(2, 27), [first(quorum) for quorum in range(2, 27)], label="race of two sites")
    found = zip(*[right(quick, quorum) for quorum in (2, 5, 10, 15, 20, 25)], strict=True)
    axes.errorbar((2, 5, 10, 15, 20, 25), *found, fmt="o", ms=4, label="colonies of 100 ants")
    axes.set(title="A higher quorum chooses better", xlabel="quorum", ylabel="better site is first")
    axes.legend(loc="lower right")
