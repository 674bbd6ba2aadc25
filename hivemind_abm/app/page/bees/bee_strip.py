"""A bee's history as a strip, one column per step: the Python side of `bee_strip.vue`.

Knows: which steps the strip shows, and how a moment of a bee is a column and a sentence.
Does not know: how a moment is found, or how the strip is drawn.
"""

import json
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import solara

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.background import use_background
from hivemind_abm.app.page.bees.bee_history import LENGTH, BeeHistory, Moment, Told
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.state import PageState
from hivemind_abm.hives.hive import Hive

__all__ = ["BeeStrip", "column_of", "last_column", "moment_in_words"]

_DECIMALS = 4
_NO_OPTION = -1
_SETTLED = 0.1  # seconds that a step is looked at before the columns before it are filled


@solara.component
def BeeStrip(
    session: Session,
    state: PageState[Any],
    hive: Hive,
    step: int,
    bee: int,
    moment: Moment | None,
) -> None:
    """What a bee did in each of the last steps.

    The moment that the page has anyway becomes a column at once.  Other columns are filled in the
    background, but not while the hive plays.

    Args:
        session: Shown.
        state: The state of the page, where a step to look at is chosen.
        hive: The hive that is looked at.
        step: Its step; a new one renders the strip anew.
        bee: The bee.
        moment: What the bee did in this step, or None where that is not known.
    """
    history = solara.use_memo(lambda: BeeHistory(session, bee), [id(session), bee])
    shown: Any = solara.use_ref(None)  # the history and the last column that were shown
    _, set_filled = solara.use_state(0)
    history.keep(moment)
    earlier = shown.current[1] if shown.current and shown.current[0] is history else None
    last = last_column(earlier, step, session.hive.steps)
    shown.current = (history, last)
    missing = bool(history.missing(last)) and not history.problem
    playing = missing and state.pressed.value.action in ("play", "run")
    wanted = (history, last) if missing and not playing else None

    def grown() -> None:
        set_filled(lambda n: n + 1)

    def fill() -> None:
        time.sleep(_SETTLED)
        if shown.current == wanted:
            history.fill(last, wanted=lambda: shown.current == wanted, grown=grown)
            grown()

    def look_at(step: int) -> None:
        state.press("")
        state.look_at(step)

    use_background(None if wanted is None else fill, [wanted])
    moments = history.moments(last)
    first = last - len(moments) + 1
    _Strip(
        bee=bee,
        first=first,
        looked=step,
        columns=f"[{','.join(map(_written, moments))}]",
        colours=",".join(colours_of_options(session.n_action)),
        memory=hive.rules[hive.follows[bee]].memory_size(session.n_action),
        note=_note(history, missing, playing),
        event_look=look_at,
    )


@solara.component_vue("bee_strip.vue")
def _Strip(
    bee: int,
    first: int,
    looked: int,
    columns: str,
    colours: str,
    memory: int,
    note: str,
    event_look: Callable[[int], None],
) -> None:
    """The strip.

    Args:
        bee: The bee's index.
        first: The step of the first column.
        looked: The step that is looked at.
        columns: Each from `column_of`, null for a step that is not known yet; as JSON, because
            Solara would look through all parts of a list at each step.
        colours: One per option, with commas.
        memory: The number of the bee's own numbers; columns may hold fewer.
        note: Shown below it, or "".
        event_look: Called with the step of a column that was chosen.
    """


def last_column(earlier: int | None, looked: int, steps: int) -> int:
    """The step of the last column.

    The strip ends at the step that is looked at; but it stays where it is while that step is on it.

    Args:
        earlier: The last column so far; None if there is none.
        looked: The step that is looked at.
        steps: Steps made so far.
    """
    if looked >= steps or earlier is None or earlier > steps:
        return looked
    return earlier if earlier - LENGTH < looked <= earlier else looked


def column_of(moment: Moment) -> dict[str, Any]:
    """A moment as the strip draws it: numbers, the option -1 for none, and a sentence.

    Its mark is "switched", "kept", "not drawn", or "" for step 0.
    """
    name = ""
    if moment.heard:
        name = str(moment.told[0].bee) if len(moment.told) == 1 else f"{moment.heard} bees"
    return {
        "option": _NO_OPTION if moment.opinion is None else moment.opinion,
        "payoff": round(moment.payoff, _DECIMALS),
        "shown": round(moment.shown, _DECIMALS),
        "silent": moment.silent,
        "heard": name,
        "options": [_NO_OPTION if option is None else option for option in moment.options],
        "mark": _mark(moment),
        "memory": list(moment.memory),
        "words": moment_in_words(moment),
    }


def moment_in_words(moment: Moment) -> str:
    """One sentence: whom the bee heard, what it decided, and what it then got."""
    got = [f"payoff {moment.payoff:.2f}"]
    if moment.silent:
        got.append("silent")
    elif moment.shown != moment.payoff:
        got.append(f"shows {moment.shown:.2f}")
    if moment.memory:
        got.append(f"memory {', '.join(map(_number, moment.memory))}")
    return f"Step {moment.step}: {_decided(moment)}; {', '.join(got)}."


@lru_cache(maxsize=4 * LENGTH)
def _written(moment: Moment | None) -> str:
    return "null" if moment is None else json.dumps(column_of(moment), allow_nan=False)


def _mark(moment: Moment) -> str:
    if moment.step == 0:
        return ""
    if moment.times == 0:
        return "not drawn"
    return "switched" if moment.switched else "kept"


def _decided(moment: Moment) -> str:
    if moment.step == 0:
        return f"begins with {_option(moment.opinion)}"
    if moment.times == 0:
        return f"was not drawn, keeps {_option(moment.opinion)}"
    times = f"decided {moment.times} times; the last time " if moment.times > 1 else ""
    result = f"kept {_option(moment.before)}"
    if moment.switched:
        result = f"switched from {_option(moment.before)} to {_option(moment.opinion)}"
    return f"{times}{_heard(moment)}, {result}"


def _heard(moment: Moment) -> str:
    if moment.heard == 0:
        return "asked no bee"
    if not moment.told:
        return f"heard {moment.heard} bees"
    return f"heard {_listed([_bee(told) for told in moment.told])}"


def _bee(told: Told) -> str:
    if told.opinion is None:
        return f"bee {told.bee} (no option)"
    return f"bee {told.bee} ({_option(told.opinion)}, shows {told.payoff:.2f})"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


def _note(history: BeeHistory, missing: bool, playing: bool) -> str:
    if history.problem:
        return f"Earlier columns are not known: {history.problem}"
    if missing:
        return "Earlier columns are filled once the hive halts." if playing else "Filling ..."
    return ""


def _option(option: int | None) -> str:
    return "no option" if option is None else f"option {option}"


def _number(value: float | None) -> str:
    return "not a number" if value is None else f"{value:.4g}"
