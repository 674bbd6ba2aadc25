"""Runs of a small hive to consensus, beside what its Markov chain says.

Knows: how the numbers of `FiniteHive.summary` follow from runs.  Does not know: how the chain is
made (`theory.chain`), how runs are stepped (`studies.ensemble`).
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hivemind_abm.bandits.names import BANDITS
from hivemind_abm.hives.hive import Hive
from hivemind_abm.studies.ensemble import ensemble
from hivemind_abm.theory.chain import FiniteHive

__all__ = ["simulated"]

_LONGEST = 100_000.0  # expected steps to consensus
_PATIENCE = 60  # times as many steps as expected that a run may take


def simulated(
    chain: FiniteHive,
    runs: int,
    seed: Any,
    arguments: tuple[Any, Any, int],
    parameters: Mapping[str, Any],
) -> dict[str, float]:
    """The numbers of `FiniteHive.summary` from compiled runs to consensus.

    Args:
        chain: The chain.  A run may take 60 times as long as the chain expects.
        runs: As for `ensemble`.
        seed: As for `ensemble`.
        arguments: The rule, the bandit and the population size, as for `finite_hive`.
        parameters: The further keywords of `finite_hive`, without samples and seed.

    Returns:
        consensus_time and, for each option, consensus_probability_a; each with its standard error
        as NAME_error.

    Raises:
        ValueError: The chain expects consensus to take more than 100,000 steps, or some run has
            not ended in the time it may take.
    """
    rule, bandit, population_size = arguments
    n_action = chain.n_action
    expected = float(chain.consensus_times[chain.start])
    if not expected <= _LONGEST:
        raise ValueError(f"runs must reach consensus, which takes {expected:.3g} steps here")
    hive: dict[str, Any] = {
        "rule": rule,
        "bandit": bandit,
        "population_size": population_size,
        "stop_if_end": True,
    }
    if isinstance(bandit, str) and bandit in BANDITS:
        hive["n_action"] = n_action
    hive |= parameters
    steps = int(_PATIENCE * expected) + _PATIENCE
    ends = ensemble(Hive, hive, runs=runs, steps=steps, seed=seed, keep="last")
    if not ends["consensus"].all():
        raise ValueError(
            f"{(~ends['consensus']).sum()} of {runs} runs were not in consensus after {steps} steps"
        )
    row = _mean_and_error("consensus_time", ends["Step"].to_numpy(float))
    for a in range(n_action):
        at_option = (ends[f"share_{a}"] == 1.0).to_numpy(float)
        row |= _mean_and_error(f"consensus_probability_{a}", at_option)
    return row


def _mean_and_error(name: str, values: np.ndarray) -> dict[str, float]:
    return {
        name: float(values.mean()),
        f"{name}_error": float(values.std(ddof=1)) / math.sqrt(values.size),
    }
