"""What the page mends in Solara before it is shown.

Knows: that Solara's template of the address bar misspells `module.exports`, of which each browser
complains in its console; and that Solara, when a page is closed, forgets the threads that belong to
it, and fails where one of them has just ended by itself.
Does not know: what the template does, or what else Solara keeps of a thread.
"""

from pathlib import Path
from typing import Any

import reacton.core
import solara
import solara.widgets
from solara.server import kernel_context

__all__ = ["mend_closing", "mend_navigator"]

_MISSPELT, _MEANT = "modules.export =", "module.exports ="


def mend_navigator() -> None:
    """Let Solara use its template of the address bar as it is meant; once is enough."""
    file = solara.widgets.Navigator.template_file
    text = "" if file is None else Path(str(file)).read_text(encoding="utf-8")
    if _MISSPELT not in text:
        return
    template = text.replace(_MISSPELT, _MEANT)

    class Navigator(solara.widgets.Navigator):
        """The address bar, with the mended template."""

        template_file = None

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{"template": template, **kwargs})

    solara.widgets.Navigator = Navigator
    solara.Navigator = reacton.core.ComponentWidget(Navigator)


class _Forgetting(dict[Any, Any]):
    """A dict in which what is not there may be deleted."""

    def __delitem__(self, key: Any) -> None:
        self.pop(key, None)


def mend_closing() -> None:
    """Let a page be closed while a thread of it ends; once is enough."""
    if type(getattr(kernel_context, "current_context", None)) is dict:
        kernel_context.current_context = _Forgetting(kernel_context.current_context)
