"""How a control changes what is chosen.

Knows: that a change is made to what is chosen at that moment, and what the page began with.
Does not know: which controls there are.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import solara

from hivemind_abm.app.page.sessions.kinds import AnyChoices

__all__ = ["Edit"]


@dataclass(frozen=True, eq=False)
class Edit[C: AnyChoices]:
    """What is chosen, and how it is changed.

    A change is made to what is chosen at that moment, not to what was shown when the control was
    rendered.

    Attributes:
        chosen: What is chosen now; the page may not show it yet.
        on_choices: Called with what is chosen after a change.
        start: What the page begins with, to which controls are reset.
    """

    chosen: solara.Reactive[C]
    on_choices: Callable[[C], None]
    start: C

    @property
    def choices(self) -> C:
        """What is chosen; a component that reads it is rendered anew with it."""
        return self.chosen.value

    @property
    def now(self) -> C:
        """What is chosen at this moment."""
        return self.chosen.peek()

    def change(self, **values: Any) -> None:
        """Choose other values."""
        self.on_choices(dataclasses.replace(self.now, **values))

    def reset(self, *names: str, **others: Any) -> Callable[[], None] | None:
        """What brings choices back to those of the start; None where they have not been changed.

        Args:
            names: The choices.
            others: Values of other choices, which are chosen too.
        """
        values = {name: getattr(self.start, name) for name in names}
        if all(_same(getattr(self.choices, name), value) for name, value in values.items()):
            return None
        return lambda: self.change(**values, **others)


def _same(one: Any, other: Any) -> bool:
    return one is other or bool(one == other)
