"""The card of one bee: what it decided in the step that is looked at, and why, and its history.

Knows: how a bee and its decision are put into words and tables.
Does not know: how a decision is replayed, or how the history is drawn.
"""

import html
from collections.abc import Iterable, Sequence
from typing import Any

import solara

from hivemind_abm.app.page.bees.bee_history import Moment
from hivemind_abm.app.page.bees.bee_strip import BeeStrip
from hivemind_abm.app.page.controls.text_box import TextBox, whole_number
from hivemind_abm.app.page.sessions.session import Session
from hivemind_abm.app.page.state import PageState
from hivemind_abm.hives.decision import Asked, Decision
from hivemind_abm.hives.hive import Hive

__all__ = ["OneBee"]

_LONGEST_LIST = 30  # questions of a rule


@solara.component
def OneBee(
    session: Session,
    state: PageState[Any],
    hive: Hive,
    step: int,
    chosen: int | None,
    decision: Decision | None,
    moment: Moment | None,
) -> None:
    """One bee's decision in one step: whom it heard, what its rule asked, and the result.

    Args:
        session: Shown.
        state: The state of the page, where a bee is chosen, or a step to look at.
        hive: The session's hive after the step that is looked at.
        step: This step; a new one renders the card anew.
        chosen: The bee, or None.
        decision: The bee's decision in this step, None before the first step.
        moment: What can be kept of this step, or None.
    """
    most = len(hive.opinions) - 1
    wrong, set_wrong = solara.use_state("")
    # What was wrong is shown until another bee is chosen or another hive is shown.
    solara.use_effect(lambda: set_wrong(""), [session, chosen])

    def read(text: str) -> None:
        value = whole_number(text)
        known = isinstance(value, int) and 0 <= value <= most
        set_wrong("" if known or not text.strip() else text.strip())
        if known or not text.strip():
            state.bee.set(value if known else None)

    TextBox(
        f"bee, 0 to {most}",
        "" if chosen is None else str(chosen),
        read,
        placeholder="click one, or type its number",
    )
    if wrong:
        solara.Error(f"A bee is a whole number from 0 to {most}, not {wrong!r}.", dense=True)
    if chosen is None:
        solara.Text(
            "Choose a bee to see whom it heard, why it changed or kept its option, "
            "and what it did in the steps before.",
            classes=["hm-small"],
        )
        return
    BeeStrip(session, state, hive, step, chosen, moment)
    solara.Text(_in_words(hive, chosen, decision, session.rule_names), classes=["hm-told"])
    solara.HTML(tag="div", unsafe_innerHTML=_states(hive, chosen, decision))
    if decision is not None and decision.asked:
        questions = _questions(decision.asked, session.n_action)
        solara.HTML(tag="div", unsafe_innerHTML=questions)


def _in_words(hive: Hive, bee: int, decision: Decision | None, rules: Sequence[str]) -> str:
    """What the bee decided; the names of the rules tell which it follows, if there are several."""
    k = hive.bandit.n_action
    subject = f"Bee {bee}"
    if len(hive.rules) > 1:
        subject += f" follows {rules[hive.follows[bee]]}.  It"
    holds = _option(int(hive.opinions[bee]), k)
    if decision is None:
        return f"{subject} holds {holds}, and decides in the next step."
    if decision.times == 0:
        return f"{subject} was not drawn in this step, and keeps {holds}."
    before, heard = decision.before.opinion, len(decision.heard)
    result = f"kept {_option(before, k)}"
    if decision.after != before:
        result = f"switched from {_option(before, k)} to {_option(decision.after, k)}"
    times = ""
    if decision.times > 1:
        times = f"  It decided {decision.times} times in this step; this is the last time."
    told = ""
    if any(asked.bee is not None for asked in decision.asked):
        told = "  The other bees below are as it heard them."
    return (
        f"{subject} could hear {heard} bee{'' if heard == 1 else 's'}, and {result}.{times}{told}"
    )


def _states(hive: Hive, bee: int, decision: Decision | None) -> str:
    """The bee before its decision, after it, and after the step, as an HTML table."""
    k = hive.bandit.n_action
    opinion, payoff, shown = int(hive.opinions[bee]), hive.payoffs[bee], hive.shown[bee]
    shows = f"{shown:.3f}"
    if shown == 0.0 and (payoff > 0.0 or opinion == k):
        shows = "0: it is silent"
    size = hive.rules[hive.follows[bee]].memory_size(k)
    names = ["option", "payoff", *(f"memory[{i}]" for i in range(size)), "shows"]
    numbers = [_number(value) for value in hive.memory[bee, :size].tolist()]
    columns = {"now": [_option(opinion, k), f"{payoff:.3f}", *numbers, shows]}
    if decision is not None and decision.times:
        before, remembers = decision.before, [_number(value) for value in decision.memory.tolist()]
        known = [_number(value) for value in before.memory.tolist()]
        first = {"before": [_option(before.opinion, k), f"{before.payoff:.3f}", *known, ""]}
        if remembers:
            first["decided"] = [_option(decision.after, k), "", *remembers, ""]
        columns = first | columns
    rows = zip(names, *columns.values(), strict=True)
    return _table(["", *columns], rows)


def _questions(questions: tuple[Asked, ...], k: int) -> str:
    """What the rule asked, and the answers, as an HTML table."""
    rows = [
        (f"<code>{html.escape(asked.question)}</code>", _answer(asked, k))
        for asked in questions[:_LONGEST_LIST]
    ]
    more = len(questions) - len(rows)
    if more > 0:
        rows.append((f"and {more} more", ""))
    return _table(["its rule asks", "answer"], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    titles = "".join(f"<th>{title}</th>" for title in head)
    lines = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table class='hm-asked'><tr>{titles}</tr>{body}</table>"


def _answer(asked: Asked, k: int) -> str:
    bee = "" if asked.bee is None else f"bee {asked.bee}: "
    return bee + _value(asked.answer, k)


def _value(answer: Any, k: int) -> str:
    if hasattr(answer, "opinion"):
        shows = "" if answer.opinion == k else f", shows {answer.payoff:.3f}"
        return _option(answer.opinion, k) + shows
    return _number(answer)


def _option(opinion: int, k: int) -> str:
    return "no option" if opinion == k else f"option {opinion}"


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
