"""How a control changes what is chosen, and the controls of a part's fields.

Knows: that a change is made to what is chosen at that moment.
Does not know: which controls there are.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import solara

from hivemind_abm.app.page.fields import Field, field_controls
from hivemind_abm.app.page.sessions import AnyChoices
from hivemind_abm.app.page.text_box import TextBox
from hivemind_abm.registry import Part, parse_value

__all__ = ["Edit"]


@dataclass(frozen=True, eq=False)
class Edit[C: AnyChoices]:
    """What is chosen, and how it is changed.

    A change is made to what is chosen at that moment, not to what was shown when the control was
    rendered.

    Attributes:
        chosen: What is chosen now; the page may not show it yet.
        on_choices: Called with what is chosen after a change.
    """

    chosen: solara.Reactive[C]
    on_choices: Callable[[C], None]

    @property
    def choices(self) -> C:
        """What is chosen; a component that reads it is rendered anew with it."""
        return self.chosen.value

    def change(self, **values: Any) -> None:
        """Choose other values."""
        self.on_choices(dataclasses.replace(self.chosen.peek(), **values))

    def select(self, label: str, values: Iterable[str], value: str, set_value: Any) -> None:
        """A control with a list of values."""
        solara.Select(label, values=list(values), value=value, on_value=set_value)

    def fields(self, name: str, find: Callable[[Any], Part], what: str) -> None:
        """The fields of what a name stands for, as controls of the choice `what`."""

        def put(values: Mapping[str, Any]) -> None:
            self.change(**{what: values})

        self.fields_of(name, find, lambda choices: getattr(choices, what), put)

    def fields_of(
        self,
        name: str,
        find: Callable[[Any], Part],
        get: Callable[[C], Mapping[str, Any]],
        put: Callable[[Mapping[str, Any]], None],
    ) -> None:
        """The fields of what a name stands for, as controls.

        Args:
            name: A name or path of a part.
            find: Finds the part.
            get: Returns the values of the fields among the choices.
            put: Chooses other values.
        """
        try:
            part = find(name)
        except Exception:  # the page shows what is wrong when it builds the session
            return
        _Fields(part, get(self.choices), lambda: get(self.chosen.peek()), put)


@solara.component
def _Fields(
    part: Part,
    values: Mapping[str, Any],
    now: Callable[[], Mapping[str, Any]],
    on_values: Callable[[Mapping[str, Any]], None],
) -> None:
    """A control for each field.  A field that is emptied or at its default has no value."""
    for field in field_controls(part):

        def set_value(text: Any, field: Field = field) -> None:
            others = {name: value for name, value in now().items() if name != field.name}
            typed = str(text).strip()
            changed = {} if typed in ("", field.default) else {field.name: parse_value(typed)}
            on_values(others | changed)

        shown = str(values.get(field.name, field.default))
        label = field.name.replace("_", " ")
        if field.allowed:
            solara.Select(
                label, values=list(field.allowed), value=shown, on_value=set_value, dense=True
            )
        else:
            TextBox(label, shown, set_value, placeholder=field.default)
