"""The page that steps through a population: the controls at the side, the run beside them.

Knows: how the parts of the page are placed.
Does not know: any law, or what a part shows.
Each browser tab has its own session: all state is in `PageState`, one per rendered page.
"""

from functools import cache
from pathlib import Path

import solara
import solara.lab

from hivemind_abm.app.page.controls import Controls
from hivemind_abm.app.page.pictures import Pictures
from hivemind_abm.app.page.state import PageState
from hivemind_abm.app.page.toolbar import Toolbar
from hivemind_abm.app.page.users_files import Files

__all__ = ["HivePage"]

_NO_FILES = Files()


@solara.component
def HivePage(files: Files = _NO_FILES) -> None:
    """A hive, stepped through beside its replicators and a learner.

    Args:
        files: Users' own rules, bandits and learners.
    """
    state = solara.use_memo(lambda: PageState(files.start), [])
    unfolded = solara.use_reactive(False)
    builds = [state.choices.value, state.restarts.value]
    solara.lab.use_task(state.build, dependencies=builds, raise_error=True)
    session = state.session.value
    with solara.Div(classes=["hm-page"]):
        with solara.Div(style={"display": "none"}):
            _head()
        with solara.Div(classes=["hm-side"]):
            _fold_button(unfolded)
            with solara.Div(classes=["hm-unfolded" if unfolded.value else "hm-folded"]):
                Controls(state.choices, state.change, files, state.building.value)
        with solara.Div(classes=["hm-main"]):
            if session is None:
                text = state.problem.value or "Building the hive ..."
                solara.Text(text, classes=["hm-small"])
                return
            Toolbar(state)
            Pictures(session, state)


def _head() -> None:
    solara.Style(_style_sheet())
    solara.Title("hivemind")
    with solara.AppBar():
        solara.lab.ThemeToggle()
    with solara.AppBarTitle():
        solara.Text("hivemind")


def _fold_button(unfolded: solara.Reactive[bool]) -> None:
    """Shows and hides the controls on a phone; wider pages always show them."""
    solara.Button(
        "Controls",
        icon_name="mdi-tune",
        on_click=lambda: unfolded.set(not unfolded.value),
        classes=["hm-phone"],
        text=True,
    )


@cache
def _style_sheet() -> str:
    return (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
