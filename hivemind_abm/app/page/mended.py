"""What the page mends in Solara before it is shown.

Knows: that Solara's template of the address bar misspells `module.exports`, of which each browser
complains in its console.
Does not know: what the template does.
"""

from pathlib import Path
from typing import Any

import reacton.core
import solara
import solara.widgets

__all__ = ["mend_navigator"]

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
