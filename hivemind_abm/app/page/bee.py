"""The card of one bee: what it decided in the last step, and why.

Knows: how a decision is put into words.
Does not know: how it is replayed.
"""

from collections.abc import Callable
from typing import Any

import solara

from hivemind_abm.app.page.session import Session
from hivemind_abm.app.page.text_box import TextBox, whole_number
from hivemind_abm.hives.decision import Asked, Decision

__all__ = ["OneBee"]

_LONGEST_LIST = 30  # questions of a rule


@solara.component
def OneBee(
    session: Session,
    tick: int,
    chosen: int | None,
    on_chosen: Callable[[int | None], None],
    decision: Decision | None,
) -> None:
    """One bee's last decision: whom it heard, what its rule asked, the answers, and the result.

    Args:
        session: Shown.
        tick: Counts the steps; a new one renders the card anew.
        chosen: The bee, or None.
        on_chosen: Called with the bee that was typed, or None.
        decision: The bee's decision, None before the first step.
    """
    most = len(session.hive.opinions) - 1
    wrong, set_wrong = solara.use_state("")
    # What was wrong is shown until another bee is chosen or another hive is shown.
    solara.use_effect(lambda: set_wrong(""), [session, chosen])

    def read(text: str) -> None:
        value = whole_number(text)
        known = isinstance(value, int) and 0 <= value <= most
        set_wrong("" if known or not text.strip() else text.strip())
        if known or not text.strip():
            on_chosen(value if known else None)

    TextBox(
        f"bee, 0 to {most}",
        "" if chosen is None else str(chosen),
        read,
        placeholder="click one, or type its number",
    )
    if wrong:
        solara.Error(f"A bee is a whole number from 0 to {most}, not {wrong!r}.", dense=True)
    _explanation(session, chosen, decision)


def _explanation(session: Session, bee: int | None, decision: Decision | None) -> None:
    if bee is None:
        solara.Text(
            "Choose a bee to see whom it heard in the last step "
            "and why it changed or kept its mind.",
            classes=["hm-small"],
        )
    elif decision is None:
        opinion, payoff = session.hive.opinions[bee], session.hive.payoffs[bee]
        solara.Text(
            f"Bee {bee} dances for option {opinion} (payoff {payoff:.3f}).  "
            "It decides in the next step."
        )
    else:
        solara.Text(_in_words(decision))
        if decision.asked:
            solara.HTML(tag="div", unsafe_innerHTML=_table(decision.asked))


def _in_words(decision: Decision) -> str:
    before, heard = decision.before, len(decision.heard)
    result = "kept its option"
    if decision.after != before.opinion:
        result = f"went over to option {decision.after}"
    return (
        f"Bee {decision.bee} danced for option {before.opinion} (payoff {before.payoff:.3f}), "
        f"could hear {heard} bee{'' if heard == 1 else 's'}, and {result}.  "
        "Options below are those before the step."
    )


def _table(questions: tuple[Asked, ...]) -> str:
    """What the rule asked, and the answers, as an HTML table."""
    rows = [
        f"<tr><td><code>{asked.question}</code></td><td>{_answer(asked)}</td></tr>"
        for asked in questions[:_LONGEST_LIST]
    ]
    more = len(questions) - len(rows)
    if more > 0:
        rows.append(f"<tr><td colspan=2>and {more} more</td></tr>")
    head = "<tr><th>its rule asked</th><th>and was told</th></tr>"
    return f"<table class='hm-asked'>{head}{''.join(rows)}</table>"


def _answer(asked: Asked) -> str:
    bee = "" if asked.bee is None else f"bee {asked.bee}: "
    return bee + _value(asked.answer)


def _value(answer: Any) -> str:
    if hasattr(answer, "opinion"):
        return f"option {answer.opinion}, payoff {answer.payoff:.3f}"
    return f"{answer:.4g}" if isinstance(answer, float) else str(answer)
