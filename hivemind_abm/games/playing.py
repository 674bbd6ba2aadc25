"""One step of a game: in which order its players choose, are paid and take turns.

Knows: the step, written once.  It is compiled for players with machine code, and runs as plain
Python for others.  Does not know: hives, learners, replicators.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, NamedTuple

import numpy as np
from numba import types

from hivemind_abm.engine.intrinsics import advance, bytes_at, call_at, pointer, reals_at
from hivemind_abm.engine.loops import compiled, entry_of, inlined
from hivemind_abm.engine.phases import CHANGE, CHOOSE, MEASURE, PAY, TURNS
from hivemind_abm.engine.stream import stream_at
from hivemind_abm.engine.structs import Flags, Integers, Words, record_type

__all__ = ["Tools", "driver", "playing"]


Addresses = Annotated[np.ndarray, types.int64[:, ::1]]


class Tools(NamedTuple):
    """What the compiled steps of games work with.

    Attributes:
        machine, address: The machine code of each player's phases, and what it loads, shape (P,).
        values, columns: The address of each player's rows, and their length, shape (P,).
        shares, options: The address of each player's shares, and K_p, shape (P,).
        events: The number of events in a step of each player, shape (P,).
        left: A work array, shape (P,).
        streams: The game's own random streams, shape (R, 4).
        running: False for a run that has stopped, shape (R,).
        steps_done: The number of steps of each run, shape (R,).
        quorum: The share of an option of each player that stops a run; above 1 for none.
        fault: Gets the player and the run of a fault, shape (2,).
        copied: What players that look across see is copied before each step: for each array the
            address of its first run, that of the copy, and the bytes of a run, shape (any, 3).
    """

    machine: Integers
    address: Integers
    values: Integers
    columns: Integers
    shares: Integers
    options: Integers
    events: Integers
    left: Integers
    streams: Words
    running: Flags
    steps_done: Integers
    quorum: float
    fault: Integers
    copied: Addresses


def playing(
    look: Callable[..., None], phase: Callable[..., int], draw: Callable[..., int]
) -> Callable[..., int]:
    """One step of one run of a game.

    First all players whose bees decide together choose.  Then worlds change, and these players are
    paid.  Then the events of the others follow, in random order: all orders of the events of
    different players are equally likely.

    Args:
        look: (tools, run) Keeps what the players show, for those that look across.
        phase: (tools, player, phase, run, step, number) -> 0 or a fault; see `phases.PHASE`.
        draw: (tools, run, n) -> a random whole number below n, from the game's own stream.

    Returns:
        A function (tools, run, step) -> 0 or a fault; `tools.fault[0]` is then the player.
    """

    def play(tools, run, step):
        players, left, total = tools.events.size, tools.left, 0
        look(tools, run)
        for which in (CHOOSE, CHANGE, PAY):
            for player in range(players):
                fault = phase(tools, player, which, run, step, 0)
                if fault:
                    tools.fault[0] = player
                    return fault
        for player in range(players):
            left[player] = tools.events[player]
            total += left[player]
        while total > 0:
            player, number = 0, 1
            while left[player] == 0:
                player += 1
            if left[player] == total:
                number = total
            else:
                place = draw(tools, run, total)
                player = 0
                while place >= left[player]:
                    place -= left[player]
                    player += 1
            left[player] -= number
            total -= number
            fault = phase(tools, player, TURNS, run, step, number)
            if fault:
                tools.fault[0] = player
                return fault
        return 0

    return play


@cache
def driver() -> Callable[..., int]:
    """The compiled function that does many steps of a game.

    It does not check its arguments; see `_drive` for them.
    """
    numbers, rows = [types.int64] * 2, types.float64[:, :, ::1]
    return entry_of(_drive, types.int64(*numbers, record_type(Tools), rows, types.int64))


@inlined
def _phase(tools, player, which, run, step, number):
    arguments = (tools.address[player], which, run, step, number)
    return call_at(tools.machine[player], arguments)


@inlined
def _draw(tools, run, n):
    return stream_at(pointer(tools.streams, 4 * run)).integers(n)


@inlined
def _look(tools, run):
    for place in range(tools.copied.shape[0]):
        size = tools.copied[place, 2]
        source = bytes_at(tools.copied[place, 0] + run * size)
        target = bytes_at(tools.copied[place, 1] + run * size)
        for byte in range(size):
            target[byte] = source[byte]


_play = inlined(playing(_look, _phase, _draw))


@compiled
def ended(tools, run):
    """Whether each player of a run has an option with the share that stops it."""
    for player in range(tools.options.size):
        k = tools.options[player]
        shares, enough = advance(reals_at(tools.shares[player]), run * k), False
        for option in range(k):
            enough = enough or shares[option] >= tools.quorum
        if not enough:
            return False
    return True


@compiled
def _drive(clock, steps, tools, record, every):
    """Do `steps` steps of each run that has not stopped, the first with the number `clock` + 1.

    Args:
        clock: The number of steps done.
        steps: How many.
        tools: The `Tools`.
        record: Gets every so many-th row of each run, the players' rows one after the other, shape
            (rows, R, columns); the last row of a run that stops is repeated.  Shape (0, R, columns)
            for no rows.
        every: Steps from one row to the next.

    Returns:
        0 or a fault; its place is then in `tools.fault`.
    """
    running, each_step = tools.running, tools.quorum <= 1.0
    rows = record.shape[0]
    for run in range(running.size):
        row, unmeasured = 0, 0
        for step in range(steps):
            if not running[run]:
                break
            fault = _play(tools, run, clock + step + 1)
            if fault:
                tools.fault[1] = run
                return fault
            unmeasured += 1
            tools.steps_done[run] += 1
            due = rows > 0 and (step + 1) % every == 0
            if each_step or due or step == steps - 1:
                for player in range(tools.events.size):
                    _phase(tools, player, MEASURE, run, clock + step + 1, unmeasured)
                unmeasured = 0
            if each_step:
                running[run] = not ended(tools, run)
            if due:
                _copy(tools, run, record[row])
                row += 1
        while row < rows:
            _copy(tools, run, record[row])
            row += 1
    return 0


@compiled
def _copy(tools, run, record):
    """Copy the rows of all players of a run, one after the other."""
    place = 0
    for player in range(tools.events.size):
        columns = tools.columns[player]
        values = advance(reals_at(tools.values[player]), run * columns)
        for column in range(columns):
            record[run, place] = values[column]
            place += 1
