"""The phases of a step of many hives, for games in which several players move together.

Knows: how hives are kept in memory, and the machine code of one phase.  Does not know: what a phase
does; see `stepping`.
"""

from functools import cache

from hivemind_abm.bandits.passes import WORDS_OF_RUNS, of_runs, save_runs
from hivemind_abm.engine.loops import Loop, compiled, loop_of
from hivemind_abm.engine.phases import CHANGE, CHOOSE, MEASURE, PAY, PHASE, TURNS
from hivemind_abm.hives.stepping import (
    WORDS_OF_HIVES,
    choose,
    load_hives,
    of_parts,
    pay,
    save_hives,
    turns,
)

__all__ = ["WORDS", "keep_hives_at", "phase_of_hives"]

WORDS = WORDS_OF_HIVES + WORDS_OF_RUNS  # that `keep_hives_at` needs


@compiled
def keep_hives_at(parts, address):
    """Keep the hives as addresses; the arrays must outlive them.

    Args:
        parts: The `Parts`.
        address: That of `WORDS` words.
    """
    runs = of_runs(parts.bandit, parts.state, parts.measured, parts.even)
    runs_at = address + 8 * (WORDS - WORDS_OF_RUNS)
    save_runs(runs, runs_at)
    save_hives(of_parts(parts, runs, runs_at), address)


@cache
def phase_of_hives() -> Loop:
    """The machine code of one phase of a step; see `phases.PHASE` and `keep_hives_at`."""
    return loop_of(_phase, PHASE)


@compiled
def _phase(address, phase, hive, step, number):
    hives = load_hives(address)
    if phase == CHOOSE:
        return choose(hives, hive, step)
    if phase == PAY:
        return pay(hives, hive, step)
    if phase == TURNS:
        return turns(hives, hive, step, number)
    if phase == CHANGE:
        hives._runs.change(hive, 1, step)
    elif phase == MEASURE:
        hives.measure(hive, number)
    return 0
