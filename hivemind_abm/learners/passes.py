"""The compiled pass in which learners update their policies and draw their pulls.

Knows: the runs of learners as one struct of addresses, and how a user's `update` is called.  Does
not know: bandits, Mesa.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from numba import carray, types

from hivemind_abm.bandits.passes import (
    BANDIT_FAULT,
    CHOOSER_FAULT,
    WORDS_OF_RUNS,
    BanditPasses,
    Measured,
    State,
    of_runs,
    save_runs,
)
from hivemind_abm.bandits.stepping import runs_struct
from hivemind_abm.engine.intrinsics import advance, call_at, four_words, integers_at, reals_at
from hivemind_abm.engine.loops import Loop, compiled, inlined, loop_of, must_return
from hivemind_abm.engine.phases import CHANGE, CHOOSE, MEASURE, PAY, PHASE
from hivemind_abm.engine.stream import give_back_to, lend_from
from hivemind_abm.engine.structs import (
    Integers,
    Reals,
    define_struct,
    kept_at,
    kept_on_stack,
    with_fields,
    words_in,
)
from hivemind_abm.learners.pulled import Workspace
from hivemind_abm.learners.pulls_compiled import pulls_of, pulls_struct

__all__ = ["UPDATE", "WORDS", "Parts", "keep_learners", "phase_of_learners", "update_loop"]


class Parts(NamedTuple):
    """All that the compiled steps of learners work with.

    Attributes:
        bandit: The passes of the bandit.
        state: What the next steps depend on.
        measured: Where rows are written.
        even: Even shares, shape (K,).
        workspace: Work arrays and the learners' own numbers.
        update: The entry of the pass of `update_loop`, as of `CompiledLoop.entry`, shape (3,).
        fault: Gets the place of a fault, shape (2,).
        beyond: The address of what learners that look across see, 0 for nothing, shape (1,).
    """

    bandit: BanditPasses
    state: State
    measured: Measured
    even: Reals
    workspace: Workspace
    update: Integers
    fault: Integers
    beyond: Integers


class _Fields(NamedTuple):
    runs: Any
    runs_at: int
    pulls: Any
    memory_size: int


class _Places(NamedTuple):
    update: Integers
    fault: Integers
    beyond: Integers


_learners, _no_learners = define_struct(
    "Learners",
    {
        "runs": runs_struct,
        "runs_at": types.int64,
        "pulls": pulls_struct,
        "memory_size": types.int64,
        "update": types.CPointer(types.int64),
        "fault": types.CPointer(types.int64),
        "beyond": types.CPointer(types.int64),
    },
    __name__,
)
_save = kept_at(_learners)
_, _load = kept_on_stack(_learners)
WORDS = words_in(_learners) + WORDS_OF_RUNS  # that `keep_learners` needs
# fields (2), the learners, the first run, how many, updates before
UPDATE = types.int64(*[types.int64] * 6)

_nothing = must_return("nothing: write into policy", (types.NoneType,))


@compiled
def keep_learners(parts, address):
    """Keep the learners as addresses; the arrays must outlive them.

    Args:
        parts: The `Parts`.
        address: That of `WORDS` words.
    """
    runs = of_runs(parts.bandit, parts.state, parts.measured, parts.even)
    runs_at = address + 8 * (WORDS - WORDS_OF_RUNS)
    save_runs(runs, runs_at)
    pulls = pulls_of(parts.state.options, parts.state.payoffs, parts.workspace)
    fields = _Fields(runs, runs_at, pulls, parts.workspace.memory.shape[1])
    learners = with_fields(
        with_fields(_no_learners(), fields), _Places(parts.update, parts.fault, parts.beyond)
    )
    _save(learners, address)


@cache
def phase_of_learners() -> Loop:
    """The machine code of one phase of a step; see `phases.PHASE` and `keep_learners`."""
    return loop_of(_phase, PHASE)


@compiled
def _phase(address, phase, run, step, number):
    learners = _load(address)
    runs, update, fault = learners.runs, learners.update, learners.fault
    if phase == CHOOSE:
        fault[0] = call_at(update[0], (update[1], update[2], address, run, 1, step - 1))
        return CHOOSER_FAULT if fault[0] >= 0 else 0
    if phase == PAY:
        fault[0] = runs.pull(learners.runs_at, run, 1, 0, runs._pulls, step)
        return BANDIT_FAULT if fault[0] >= 0 else 0
    if phase == CHANGE:
        runs.change(run, 1, step)
    elif phase == MEASURE:
        runs.measure(run, number)
    return 0


@inlined
def _as_it_is(learner, beyond, run):
    return learner


def update_loop(update: Any, build: Any, ready: Any = _as_it_is) -> Callable[..., int]:
    """The compiled pass in which learners update and draw their pulls; see `compile_loop`.

    Args:
        update: The compiled method.
        build: (integers, reals) -> the learner.
        ready: (learner, beyond, run) -> what `update` gets as its learner.
    """

    def loop(integers, reals, address, first, number, updates):
        alone = build(integers_at(integers), reals_at(reals))
        learners = _load(address)
        runs, k, m = learners.runs, learners.runs._k, learners.memory_size
        for run in range(first, first + number):
            if not runs._running[run]:
                continue
            stream = advance(runs._streams, 4 * run)
            rng = lend_from(stream, four_words())
            policy = carray(advance(runs._shares, run * k), (k,))
            pulls = learners.pulls.of_run(run, updates)
            if updates >= 0:
                memory = carray(advance(pulls._memory, run * m), (m,))
                learner = ready(alone, learners.beyond[0], run)
                _nothing(update(learner, policy, pulls, memory, rng))
            if not pulls.draw(policy, rng):
                return run
            give_back_to(stream, rng)
        return -1

    return loop
