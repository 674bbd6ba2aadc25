"""Our code beside hand-written C for the same laws, in one run: `pytest -n 0 tests/benchmarks`.

`limit.c` runs before each round of our code, and the best of all rounds counts on both sides.  So a
machine whose speed changes treats both alike.  One core, after warm-up.  Nothing is asserted: the
table is the result.

The C program runs MCL for a million steps.  In the later half its smallest probabilities are
denormal numbers, which processors multiply slowly.  Our code runs for 2,000 steps, so its row is
also shown beside the C of CL.
"""

import time
from dataclasses import dataclass

from hivemind_abm import BanditLinear, Hive, ImitationRule, ensemble
from hivemind_abm.hives.batch import HiveBatch
from hivemind_abm.hives.neighbourhood import Neighbourhood
from hivemind_abm.hives.rules import ImitationOfSuccess, WeightedVoterRule
from hivemind_abm.learners.batch import LearnerBatch
from hivemind_abm.learners.cross_learning import (
    CrossLearning,
    MaynardCrossLearning,
    ParallelCrossLearning,
    ParallelMaynardCrossLearning,
)
from hivemind_abm.learners.local_rule import LocalRule

ROUNDS = 8
HIVES = 20
N = 1000


@dataclass(frozen=True)
class UsersRule(ImitationRule):
    """As the README's: it calls `pick` and `random`."""

    margin: float = 0.05

    def decide(self, bee, neighbours, rng):
        dancer = neighbours.pick(rng)
        if dancer.payoff > bee.payoff + self.margin and rng.random() < dancer.payoff:
            return dancer.opinion
        return bee.opinion


def hives(rule, size, kind="others"):
    """ns per bee-step over the early steps, where opinions are mixed.

    It steps HIVES hives, as many as `ensemble` steps together.
    """
    batch = HiveBatch(
        rule, BanditLinear(name="evenly spaced"), Neighbourhood.of(kind, size, N), range(HIVES)
    )
    steps = 5 if size == 100 else 20

    def once():
        start = time.perf_counter()
        for _ in range(steps):
            batch.step()
        return (time.perf_counter() - start) / (steps * HIVES * N) * 1e9

    return once


def learners(learner, runs, steps):
    """A chunk as `ensemble` steps it; returns ns a pull over as many steps from the start."""

    def once():
        batch = LearnerBatch(learner, BanditLinear(name="evenly spaced"), range(runs))
        start = time.perf_counter()
        batch.advance(steps)
        return (time.perf_counter() - start) / (steps * runs * learner.parallel_envs) * 1e9

    return once


ROWS = [
    ("R_wvoter, M all", "wvr N=1000 M=all", 1.0, hives(WeightedVoterRule(), "all")),
    ("R_wvoter, M 10", "wvr N=1000 M=10", 1.5, hives(WeightedVoterRule(), 10)),
    ("R_wvoter, M 2", "wvr N=1000 M=2", 3.0, hives(WeightedVoterRule(), 2)),
    ("R_wvoter, M 100", "wvr N=1000 M=100", None, hives(WeightedVoterRule(), 100)),
    ("R_success, M all", "success N=1000", 1.5, hives(ImitationOfSuccess(), "all")),
    ("R_success, M 1", "success N=1000", None, hives(ImitationOfSuccess(), 1)),
    ("a user's rule, M all", "success N=1000", 3.0, hives(UsersRule(), "all")),
    (
        "local:P-MCL, everyone",
        "wvr N=1000 M=all",
        2.0,
        hives(LocalRule("P-MCL"), "all", "everyone"),
    ),
    ("local:P-MCL, M 10", "wvr N=1000 M=10", 3.0, hives(LocalRule("P-MCL"), 10)),
    ("CL, alpha 0.001", "CL step", 1.3, learners(CrossLearning(0.001), 500, 2000)),
    ("MCL, alpha 0.001", "MCL step", 1.3, learners(MaynardCrossLearning(0.001, 0.01), 500, 2000)),
    ("MCL beside CL's C", "CL step", None, learners(MaynardCrossLearning(0.001, 0.01), 500, 2000)),
    ("P-CL, B 1000", "P-CL B=1000 env-step", 1.0, learners(ParallelCrossLearning(1000), 4, 250)),
    (
        "P-MCL, B 1000",
        "P-MCL B=1000 env-step",
        1.0,
        learners(ParallelMaynardCrossLearning(1000), 4, 250),
    ),
]


def test_bee_steps_beside_c(c_times, capsys):
    limit = c_times("limit")
    ours = dict.fromkeys((label for label, *_ in ROWS), float("inf"))
    theirs: dict[str, float] = {}
    for once in (row[-1] for row in ROWS):
        once()
    for _ in range(ROUNDS):
        for label, (value, _) in limit().items():
            theirs[label] = min(theirs.get(label, float("inf")), value)
        for label, _, _, once in ROWS:
            ours[label] = min(ours[label], once())
    with capsys.disabled():
        print(f"\n{'ns per bee-step or pull':24}{'ours':>8}{'C':>8}{'ratio':>8}{'target':>8}")
        for label, name, target, _ in ROWS:
            aim = f"{target:7.1f}x" if target else ""
            ratio = ours[label] / theirs[name]
            print(f"{label:24}{ours[label]:8.1f}{theirs[name]:8.1f}{ratio:7.2f}x{aim}")


def test_two_cores_beside_one(capsys):
    parameters = {"rule": "wvoter", "population_size": N}

    def seconds(threads):
        start = time.perf_counter()
        ensemble(Hive, parameters, runs=1000, steps=150, seed=1, threads=threads)
        return time.perf_counter() - start

    seconds(2)
    one, two = zip(*((seconds(1), seconds(2)) for _ in range(4)), strict=True)
    with capsys.disabled():
        print(
            f"\nensemble of 1,000 hives, 150 steps: one core {min(one):.2f} s, "
            f"two {min(two):.2f} s: {min(one) / min(two):.2f}x"
        )


def test_a_hive_of_agents(capsys):
    start = time.perf_counter()
    hive = Hive(population_size=N, rng=1)
    built = [time.perf_counter() - start]
    for _ in range(20):
        start = time.perf_counter()
        hive = Hive(population_size=N, rng=1)
        built.append(time.perf_counter() - start)
    steps = []
    for _ in range(300):
        start = time.perf_counter()
        hive.step()
        steps.append(time.perf_counter() - start)
    large = Hive(population_size=100_000, neighbourhood_size=10, rng=1)
    large_steps = []
    for _ in range(20):
        start = time.perf_counter()
        large.step()
        large_steps.append(time.perf_counter() - start)
    with capsys.disabled():
        print(f"\na hive of {N}: built in {min(built) * 1e3:.1f} ms (target 10)")
        print(f"a hive of {N}, M all: a step {min(steps) * 1e6:.0f} us (target 200)")
        print(f"a hive of 100,000, M 10: a step {min(large_steps) * 1e3:.1f} ms (target 10)")
