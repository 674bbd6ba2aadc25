"""A model of the gallery, chosen by its picture: the Python side of `model_chooser.vue`.

Knows: what is told of each model, and that it is sent to the browser when it is first needed.
Does not know: how a card looks, or what the page does with a model.
"""

from collections.abc import Callable
from typing import Any

import solara

from hivemind_abm.app.page.models.catalogue import CataloguedModel, by_family, catalogue
from hivemind_abm.app.page.models.thumbnails import svg_of, thumbnails

__all__ = ["ModelChooser"]


@solara.component
def ModelChooser(current: str, on_model: Callable[[str], None]) -> None:
    """A button that opens all models of the gallery; a click on one of them chooses it.

    Args:
        current: The name of the model that the page shows, or "".
        on_model: Called with the name of the model that was chosen.
    """
    opened, set_opened = solara.use_state(False)
    families, problem = solara.use_memo(_families if opened else _nothing, [opened])

    def choose(name: Any) -> None:
        if isinstance(name, str) and name in catalogue():
            on_model(name)

    _Chooser(
        current=current,
        families=families,
        problem=problem,
        event_begin=lambda _: set_opened(True),
        event_take=choose,
    )


@solara.component_vue("model_chooser.vue")
def _Chooser(
    current: str,
    families: list[dict[str, Any]],
    problem: str,
    event_begin: Callable[[Any], None],
    event_take: Callable[[Any], None],
) -> None:
    """The button and the dialog.

    Args:
        current: The name of the model that the page shows, or "".
        families: Each with its `name` and its `models`, from `_card`; empty before `begin`.
        problem: Why there are no models, or "".
        event_begin: Called when the dialog opens.
        event_take: Called with the name of a model.
    """


def _families() -> tuple[list[dict[str, Any]], str]:
    """The cards by family; or none, and why."""
    try:
        models = catalogue()
    except (ValueError, SyntaxError) as error:
        return [], str(error)
    families = by_family(models.values())
    return [
        {"name": name, "models": list(map(_card, models))} for name, models in families.items()
    ], ""


def _nothing() -> tuple[list[dict[str, Any]], str]:
    return [], ""


def _card(model: CataloguedModel) -> dict[str, Any]:
    """What a card tells of a model."""
    thumbnail = thumbnails().get(model.name)
    return {
        "name": model.name,
        "title": model.title.replace("`", ""),  # of code
        "kind": model.kind.lower(),
        "claims": model.claims,
        "svg": "" if thumbnail is None else svg_of(thumbnail),
    }
