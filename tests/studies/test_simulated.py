"""Runs of small hives beside their chains."""

from dataclasses import replace

import numpy as np
import pytest

from hivemind_abm import BanditLinear, finite_hive
from hivemind_abm.studies.simulated import simulated

RUNS = 4000


@pytest.mark.parametrize("bandit", ["near one", BanditLinear(3, gap=0.0, q_star=(0.8, 0.9, 0.95))])
def test_runs_give_the_numbers_of_the_chain(bandit):
    chain = finite_hive("success", bandit, 6, samples=4000)
    row = simulated(chain, RUNS, 1, ("success", bandit, 6), {})
    expected = chain.summary()
    assert set(row) == {name for name in expected if name.startswith("consensus")}
    for name in row:
        if not name.endswith("_error"):
            error = np.hypot(row[f"{name}_error"], expected[f"{name}_error"])
            assert abs(row[name] - expected[name]) < 4.0 * error


def test_runs_that_do_not_end_are_refused():
    never = finite_hive("wvoter", "near one", 2, gap=0.0)
    with pytest.raises(ValueError, match="runs must reach consensus, which takes inf steps here"):
        simulated(never, 10, 1, ("wvoter", "near one", 2), {"gap": 0.0})
    bandit = BanditLinear(2, gap=0.0, q_star=(0.1, 0.1))
    slow = finite_hive("success", bandit, 20)
    hasty = replace(slow, transition=np.eye(21)[np.zeros(21, int)])  # consensus in one step
    with pytest.raises(ValueError, match=r"of 10 runs were not in consensus after 120 steps"):
        simulated(hasty, 10, 1, ("success", bandit, 20), {})


@pytest.mark.thorough
def test_the_command_puts_the_chain_beside_runs(capsys):
    from hivemind_abm.app.cli.main import main

    assert (
        main(
            [
                "finite",
                "--rule",
                "success",
                "--population-size",
                "6",
                "--gap",
                "0",
                "--runs",
                "2000",
            ]
        )
        == 0
    )
    lines = {line[:24].strip(): line[24:] for line in capsys.readouterr().out.splitlines()}
    assert (
        lines["closed form"].startswith("P(0) 0.10")
        and "steps" in lines["diffusion"]
        and "+-" in lines["2000 runs"]
    )
    assert main(["finite", "--population-size", "10", "--n-action", "10"]) == 2
    assert "must be 2 or 3" in capsys.readouterr().err
