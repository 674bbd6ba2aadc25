"""This package: stepped hives of Mesa agents, compiled ensembles, and chains of counts."""

import math
from dataclasses import dataclass

import numpy as np

from hivemind_abm import BanditLinear, Hive, ImitationRule, ensemble, exp, finite_hive
from peer_models import work
from peer_models.work import Entry, Outcome, clock

AGENT_STEPS = 5_000_000  # of a timed call of `ensemble`
COMPARED_RUNS = 200  # at least
MORAN_RUNS = 10_000
FERMI_RUNS = 4_000
REPEATS = 5
LONGEST = 1_000_000  # steps; each run ends long before
ENSEMBLE = "ensemble"


@dataclass(frozen=True)
class ByGain(ImitationRule):
    hears = 1

    def decide(self, bee, neighbours, rng):
        other = neighbours.pick(rng)
        return other.opinion if rng.random() < other.payoff - bee.payoff else bee.opinion


@dataclass(frozen=True)
class Fermi(ImitationRule):
    """The Fermi rule of two options, with mutation."""

    b: float = 1.0
    mutation: float = 0.0
    hears = 1

    def decide(self, bee, neighbours, rng):
        if self.mutation > 0.0 and rng.random() < self.mutation:
            return 1 - bee.opinion
        other = neighbours.pick(rng)
        chance = 1.0 / (1.0 + exp(-self.b * (other.payoff - bee.payoff)))
        return other.opinion if rng.random() < chance else bee.opinion

    def one_step_chances(self, neighbourhood):
        def chances(counts, rewards):
            others = (counts - np.eye(2)) / (counts.sum() - 1)
            wins = 1.0 / (1.0 + np.exp(-self.b * (rewards - rewards[:, None])))
            leaves = np.diag(np.fliplr((1.0 - self.mutation) * others * wins + self.mutation))
            return np.diag(1.0 - leaves) + np.fliplr(np.diag(leaves))

        return chances


def steady(payoffs):
    return BanditLinear(n_action=2, gap=0.0, q_star=payoffs)


def in_turn(rule, payoffs, n, **more):
    turns = {"rule": rule, "bandit": steady(payoffs), "population_size": n}
    return turns | {"updating": "asynchronous"} | more


def together(n):
    bandit = BanditLinear(q_star=tuple(work.MEANS.tolist()), gap=work.GAP)
    even = (1.0 / work.MEANS.size,) * work.MEANS.size
    return {"rule": "success", "bandit": bandit, "population_size": n, "initial_shares": even}


def last_rows(settings, runs, steps, seed):
    return ensemble(Hive, settings, runs=runs, steps=steps, seed=seed, keep="last", threads=1)


def shares(name, settings, n, steps, compared):
    """Two entries of the same hive: stepped as a Mesa model, and as an ensemble.

    Args:
        name: The work.
        settings: Those of the hive.
        n: The number of bees.
        steps: How many are timed.
        compared: The step whose shares are compared.
    """
    runs = max(20, AGENT_STEPS // (n * steps))
    best = settings["bandit"].n_action - 1

    def stepped(seed):
        hive = Hive(**settings, rng=seed)
        value = math.nan
        with clock() as timed:
            for step in range(1, steps + 1):
                hive.step()
                if step == compared:
                    value = hive.shares[best]
        return Outcome(timed.seconds, n * steps, np.array([value]))

    def together(seed):
        with clock() as timed:
            last_rows(settings, runs, steps, seed)
        values = last_rows(settings, runs, compared, seed)["optimal_share"].to_numpy()
        return Outcome(timed.seconds, runs * n * steps, values)

    return [
        Entry("Mesa model, stepped", name, n, stepped, checks=max(5, 20_000 // n)),
        Entry(ENSEMBLE, name, n, together, checks=max(2, COMPARED_RUNS // runs)),
    ]


def takeovers(name, settings, runs):
    n = settings["population_size"]
    settings |= {"initial_shares": (1.0 / n, 1.0 - 1.0 / n), "stop_if_end": True}

    def run(seed):
        with clock() as timed:
            last = last_rows(settings, runs, LONGEST, seed)
        return Outcome(timed.seconds, runs, (last["share_0"] == 1.0).to_numpy())

    return Entry(ENSEMBLE, name, n, run, checks=2)


def moran(n):
    return in_turn("wvoter", (0.3 * work.FITNESS, 0.3), n, neighbourhood="everyone")


def fermi(n, mutation=0.0):
    return in_turn(Fermi(work.SELECTION, mutation), work.FERMI_PAYOFFS, n)


def exact(name, n, mutation, values):
    def run(seed):
        with clock() as timed:
            for _ in range(REPEATS):
                found = values(finite_hive(**fermi(n, mutation)))
        return Outcome(timed.seconds, REPEATS, np.atleast_1d(found))

    return Entry("finite_hive", name, n, run)


def takeover_of_one(chain):
    return chain.consensus_probabilities[1, 0]


def stationary(chain):
    return chain.stationary_distribution[np.argsort(chain.states[:, 0])]


def all_at_once(n):
    return shares(work.TOGETHER, together(n), n, work.STEPS, work.COMPARED)


def one_at_a_time(name, rule, n):
    even = {"initial_shares": (0.5, 0.5), "neighbourhood": "everyone"}
    steps = work.STEPS_IN_TURN
    return shares(name, in_turn(rule, work.PAIR, n, **even), n, steps, steps)


ENTRIES = [
    *(entry for n in work.AGENTS for entry in all_at_once(n)),
    *(entry for n in work.AGENTS for entry in one_at_a_time(work.IN_TURN, "success", n)),
    *(entry for n in work.AGENTS for entry in one_at_a_time(work.BY_GAIN, ByGain(), n)),
    *(takeovers(work.MORAN, moran(n), MORAN_RUNS) for n in work.MORAN_SIZES),
    *(takeovers(work.SIMULATED, fermi(n), FERMI_RUNS) for n in work.FERMI_SIZES),
    *(exact(work.EXACT, n, 0.0, takeover_of_one) for n in work.FERMI_SIZES),
    exact(work.STATIONARY, work.STATIONARY_SIZE, work.MUTATION, stationary),
]
