"""The laws of `limit_hives.c` on small hives beside exact numbers: `pytest -n 0 tests/benchmarks`.

Without noise the number of bees on the better of two options is a Markov chain.  Its matrix is
written here from the laws.  So the C program measures the laws that it claims to measure.
"""

import math
import re

import numpy as np
import pytest

POOR, GOOD = 0.6, 0.9
STANDARD_ERRORS = 4.5


def good_weight(good, poor):
    """The chance that a draw by payoff among so many bees takes one on the better option."""
    return good * GOOD / (good * GOOD + poor * POOR) if good + poor else 0.0


def hears_by_payoff(size):
    """R_wvoter that hears `size` of the others: (good others, poor others) -> chance of good."""

    def chance(own, good, poor):
        draws = min(size, good + poor)
        ways = math.comb(good + poor, draws)
        return sum(
            math.comb(good, k) * math.comb(poor, draws - k) / ways * good_weight(k, draws - k)
            for k in range(draws + 1)
        )

    return chance


def imitates_success(own, good, poor):
    others = good + poor
    return own * (1 - poor / others * POOR) + (1 - own) * good / others * GOOD


def turn_matrix(chance, bees):
    """[n, m]: from n bees on the better option to m in one turn."""
    matrix = np.zeros((bees + 1, bees + 1))
    for n in range(bees + 1):
        up = (bees - n) / bees * chance(0, n, bees - n - 1) if n < bees else 0.0
        down = n / bees * (1 - chance(1, n - 1, bees - n)) if n else 0.0
        matrix[n, min(n + 1, bees)] += up
        matrix[n, max(n - 1, 0)] += down
        matrix[n, n] += 1 - up - down
    return matrix


def consensus(chance, bees, start):
    """The chance that the better option takes over, and the mean number of turns."""
    matrix = turn_matrix(chance, bees)
    inner = np.eye(bees - 1) - matrix[1:-1, 1:-1]
    wins = np.linalg.solve(inner, matrix[1:-1, -1])
    turns = np.linalg.solve(inner, np.ones(bees - 1))
    return {"won": wins[start - 1], "turns": turns[start - 1]}


def mean_after_turns(chance, bees, start, turns):
    row = np.linalg.matrix_power(turn_matrix(chance, bees), turns)[start]
    return {"best": row @ np.arange(bees + 1)}


def mean_after_steps(voters, bees, start, steps):
    """All voters decide together; the other bees keep the poorer option."""
    matrix = np.zeros((voters + 1, voters + 1))
    for n in range(voters + 1):
        row = np.ones(1)
        for bee in range(voters):
            good = n - 1 if bee < n else n
            p = good_weight(good, bees - 1 - good)
            row = np.convolve(row, [1 - p, p])
        matrix[n] = row
    return {"best": np.linalg.matrix_power(matrix, steps)[start] @ np.arange(voters + 1)}


ALL, THREE, TEN = hears_by_payoff(9), hears_by_payoff(3), hears_by_payoff(10)
FRESH = 1 - (1 - 1 / 100_000) ** 100_000
EXACT = {
    "async success": {"won": 0.8836363636, "turns": 60.50056},
    "async success, 1": {"won": 0.3392158552, **consensus(imitates_success, 10, 1)},
    "async wvr all": consensus(ALL, 10, 5),
    "async wvr sums": consensus(ALL, 10, 5),
    "async wvr M=3": consensus(THREE, 10, 5),
    "async wvr M=10": consensus(TEN, 20, 3),
    "async success, 3 steps": mean_after_turns(imitates_success, 10, 4, 30),
    "async wvr all, 3 steps": mean_after_turns(ALL, 10, 4, 30),
    "async wvr sums, 3 steps": mean_after_turns(ALL, 10, 4, 30),
    "async wvr M=3, 3 steps": mean_after_turns(THREE, 10, 4, 30),
    "two rules": mean_after_steps(8, 10, 4, 3),
    "one rule": mean_after_steps(10, 10, 4, 3),
    "memory": mean_after_steps(10, 10, 4, 3),
    "memory, 1 pull": {"spread": 1.0, "fresh": 1.0},
    "memory, 5 pulls": {"spread": 0.2, "fresh": 1.0},
    "async wvr all, 5 steps": {"spread": 1.0, "fresh": FRESH},
    "async wvr sums, 5 steps": {"spread": 1.0, "fresh": FRESH},
    "async success, 5 steps": {"spread": 1.0, "fresh": FRESH},
}


def test_the_chain_gives_the_known_numbers():
    assert consensus(imitates_success, 10, 5)["won"] == pytest.approx(0.8836363636, abs=1e-9)
    assert consensus(imitates_success, 10, 1)["won"] == pytest.approx(0.3392158552, abs=1e-9)
    assert consensus(imitates_success, 10, 5)["turns"] == pytest.approx(60.50056, abs=1e-5)


def test_c_follows_the_laws(c_program):
    labels = []
    for line in c_program("limit_hives")("--check"):
        label, results = line.split(": ")
        labels.append(label)
        measured = re.findall(r"(\w+) ([\d.]+) \+- ([\d.]+)", results)
        assert {name for name, _, _ in measured} == set(EXACT[label])
        for name, value, error in measured:
            allowed = STANDARD_ERRORS * float(error) + 1e-6
            assert float(value) == pytest.approx(EXACT[label][name], abs=allowed), (label, name)
    assert labels == list(EXACT)
