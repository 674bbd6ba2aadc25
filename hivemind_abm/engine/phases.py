"""The parts of a step in which several players of a game move together.

Knows: their numbers, and the signature of the machine code that does them.  Does not know: players.
"""

from numba import types

__all__ = ["CHANGE", "CHOOSE", "MEASURE", "PAY", "PHASE", "TURNS"]

# All choose; worlds change; all are paid; some take turns; rows are measured.
CHOOSE, CHANGE, PAY, TURNS, MEASURE = 0, 1, 2, 3, 4
# (the player, the phase, the run, the number of the step, events or steps) -> 0 or a fault
PHASE = types.int64(*[types.int64] * 5)
