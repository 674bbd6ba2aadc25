"""The address of the page and what is chosen on it, kept the same.

Knows: when a change of one is a change of the other.
Does not know: what is written in the query (`address`), or what the choices mean.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import solara

from hivemind_abm.app.page.address import Offered, read_address, written_address
from hivemind_abm.app.page.sessions.kinds import AnyChoices
from hivemind_abm.app.page.sessions.users_files import Files
from hivemind_abm.app.page.state import PageState
from hivemind_abm.app.page.views import View

__all__ = ["MODEL", "SHOW", "Place", "asked_in", "use_address", "written_query"]

MODEL, SHOW = "model", "show"  # the parts of a query that say which subject is shown
_BEE = "bee"
_MOST = 100  # parts of a query that are read
_MOST_TOLD = 5  # parts of a query that are left out


class Place:
    """Which subject a page shows, and where its choices begin.

    Args:
        files: The files and the model that are shown.
        model: The name of a model of the gallery, or "".
        number: Which of the subjects.

    Attributes:
        files, model, number: The arguments.
        base: What the subject starts with.
        offered: The names that an address may bring.
    """

    def __init__(self, files: Files, model: str, number: int) -> None:
        """Keep what is shown."""
        self.files, self.model, self.number = files, model, number
        self.base: AnyChoices = files.subjects[number].start
        self.offered = Offered.of(files, self.base)

    def query(self, state: PageState[Any]) -> str:
        """The query for what is chosen; the components that read it are rendered anew with it."""
        query = {MODEL: self.model} if self.model else {}
        query |= {SHOW: str(self.number)} if self.number else {}
        query |= written_address(state.choices.value, self.base) | state.view.value.written()
        if state.bee.value is not None:
            query[_BEE] = str(state.bee.value)
        return urlencode(query)

    def state(self, asked: Mapping[str, str]) -> PageState[Any]:
        """The state that a query asks for; what is wrong with the query is its note."""
        choices, left_out = self.read(asked)
        state: PageState[Any] = PageState(choices, View.read(asked))
        state.note.value, state.wanted_bee = _told(left_out), _bee(asked)
        return state

    def means(self, search: str, state: PageState[Any]) -> bool:
        """Whether a query, however it is written, asks for what is chosen."""
        asked = asked_in(search)
        chosen = (state.choices.peek(), state.view.peek(), state.bee.peek())
        return (self.read(asked)[0], View.read(asked), _bee(asked)) == chosen

    def read(self, asked: Mapping[str, str]) -> tuple[AnyChoices, list[str]]:
        """The choices that a query asks for, and what is left out of it."""
        apart = {MODEL, SHOW, _BEE}
        given = {
            name: text
            for name, text in asked.items()
            if name not in apart and not name.startswith("view.")
        }
        return read_address(given, self.base, self.offered)


def use_address(place: Place, state: PageState[Any]) -> None:
    """Keep the address of the browser as what is chosen, and back.

    A choice adds an entry to the browser's history; Back and Forward choose what was chosen then.
    """
    router = solara.use_router()
    query, search = place.query(state), router.search or ""
    building = state.building.value
    agreed = solara.use_ref(search)  # the query last written here or read from here

    def keep() -> None:
        if search != agreed.current:  # somebody went elsewhere in the browser
            agreed.current = search
            _take(place, state, search)
        elif not building and query != search and not place.means(search, state):
            agreed.current = query
            router.push(f"/?{query}" if query else "/")

    # After each rendering: who goes back before a choice was rendered leaves the query as it was.
    solara.use_effect(keep, None)


def _take(place: Place, state: PageState[Any], search: str) -> None:
    """Choose what a query asks for."""
    asked = asked_in(search)
    choices, left_out = place.read(asked)
    state.view.value = View.read(asked)
    if choices != state.choices.peek():
        state.change(choices, _bee(asked))
    else:
        state.bee.value = _bee(asked)
    state.note.value = _told(left_out)


def written_query(model: str, number: int = 0) -> str:
    """The address of a subject as it starts."""
    query = ({MODEL: model} if model else {}) | ({SHOW: str(number)} if number else {})
    return f"/?{urlencode(query)}" if query else "/"


def asked_in(search: str) -> dict[str, str]:
    """What a query asks for, by name."""
    parts = search.split("&")
    asked = dict(parse_qsl("&".join(parts[:_MOST]), keep_blank_values=True))
    rest = {f"what follows the first {_MOST} parts": "..."} if len(parts) > _MOST else {}
    return asked | rest


def _told(left_out: list[str]) -> str:
    """What is left out of an address, in a line."""
    more = len(left_out) - _MOST_TOLD
    return "; ".join([*left_out[:_MOST_TOLD], *([f"and {more} more"] if more > 0 else [])])


def _bee(asked: Mapping[str, str]) -> int | None:
    text = asked.get(_BEE, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
