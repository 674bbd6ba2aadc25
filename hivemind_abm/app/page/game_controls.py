"""The controls of a game that is watched.

Knows: which control changes which choice.
Does not know: what a session does with its choices.
"""

from collections.abc import Callable
from typing import Any

import solara

from hivemind_abm.app.page.edit import Edit
from hivemind_abm.app.page.game_choices import GameChoices, SizeControl
from hivemind_abm.app.page.text_box import TextBox, whole_number
from hivemind_abm.app.page.users_files import Files
from hivemind_abm.games.seats import MATCHES

__all__ = ["GameControls"]


@solara.component
def GameControls(
    chosen: solara.Reactive[GameChoices],
    on_choices: Callable[[GameChoices], None],
    files: Files,
    building: bool,
) -> None:
    """All that can be chosen about a game.

    Args:
        chosen: What is chosen now; the page may not show it yet.
        on_choices: Called with what is chosen after a change.
        files: Not used; the controls of every kind of session take the same arguments.
        building: Whether a session is being built.
    """
    edit = Edit(chosen, on_choices)
    choices = edit.choices
    with solara.Column(gap="10px", classes=["hm-controls"]):
        solara.ProgressLinear(building)
        for size in _sizes(choices):
            _size(edit, size)
        edit.select("matches", MATCHES, choices.match_now, lambda how: edit.change(match=how))
        TextBox("seed", choices.seed, lambda text: edit.change(seed=text.strip()))
        TextBox(
            "steps at once",
            str(choices.at_once),
            lambda text: edit.change(at_once=whole_number(text)),
        )


def _size(edit: Edit[GameChoices], control: SizeControl) -> None:
    def choose(text: str) -> None:
        sizes = {**edit.chosen.peek().sizes, control.player: whole_number(text)}
        edit.change(sizes=sizes)

    TextBox(control.label, str(control.size), choose)


def _sizes(choices: GameChoices) -> list[Any]:
    try:
        return list(choices.size_controls())
    except Exception:  # the page shows what is wrong when it builds the session
        return []
