"""Games beside the same hives without one, in one run, on one core.

`pytest -n 0 -s tests/benchmarks/test_speed_games.py`.  The best of all rounds counts on both sides,
in processor time.  No speed is asserted: the table is the result.
"""

import math
import time

from hivemind_abm import GameModel, Hive, LearnerModel, MatrixGame, ensemble

N = 1000
RUNS, STEPS, ROUNDS = 20, 200, 10
MILD = {"game": "matching pennies", "lose": 0.2, "win": 0.8}
NOISY = {"game": MatrixGame([[[0.8, 0.2], [0.2, 0.8]], [[0.2, 0.8], [0.8, 0.2]]], gap=0.1)}
ALONE = {"bandit": "evenly spaced", "n_action": 2}
ASYNCHRONOUS = {"updating": "asynchronous"}

ROWS = {  # label: the game, the model and the arguments of each player alone
    "two R_success": (
        MILD | {"players": ("success", "success")},
        [(Hive, ALONE | {"rule": "success", "population_size": N})] * 2,
    ),
    "two R_success, mean payoffs": (
        MILD | {"players": ("success", "success"), "match": "mean"},
        [(Hive, ALONE | {"rule": "success", "population_size": N})] * 2,
    ),
    "two R_success, noisy payoffs": (
        NOISY | {"players": ("success", "success")},
        [(Hive, ALONE | {"rule": "success", "population_size": N})] * 2,
    ),
    "two R_wvoter": (
        MILD | {"players": ("wvoter", "wvoter")},
        [(Hive, ALONE | {"rule": "wvoter", "population_size": N})] * 2,
    ),
    "R_success and P-CL": (
        MILD | {"players": ("success", "P-CL")},
        [
            (Hive, ALONE | {"rule": "success", "population_size": N}),
            (LearnerModel, ALONE | {"learner": "P-CL", "parallel_envs": N}),
        ],
    ),
    "two asynchronous R_success": (
        MILD | {"players": ("success", "success"), **ASYNCHRONOUS},
        [(Hive, ALONE | {"rule": "success", "population_size": N, **ASYNCHRONOUS})] * 2,
    ),
}


def seconds(model, arguments):
    start = time.process_time()
    ensemble(model, arguments, runs=RUNS, steps=STEPS, seed=1, keep="last", threads=1)
    return time.process_time() - start


def test_speed_beside_hives_without_a_game(capsys):
    best = {(label, side): math.inf for label in ROWS for side in ("game", "alone")}
    for _ in range(ROUNDS + 1):  # the first one also compiles
        for label, (game, alone) in ROWS.items():
            times = {
                "game": seconds(GameModel, game),
                "alone": sum(seconds(model, arguments) for model, arguments in alone),
            }
            for side, took in times.items():
                best[label, side] = min(best[label, side], took)
    with capsys.disabled():
        print("\nns per bee and step                   game   alone   ratio")
        for label in ROWS:
            game, alone = (best[label, side] for side in ("game", "alone"))
            each = 1e9 / (2 * N * RUNS * STEPS)
            print(f"{label:34} {game * each:7.2f} {alone * each:7.2f} {game / alone:7.2f}")
