"""Controls as plain data: what each shows, and what it does with what is chosen or typed.

Knows: which kinds of controls there are, and how they stand together in groups.
Does not know: what is chosen with them, or how they are drawn (`panel`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from hivemind_abm.app.page.controls.field_bounds import Bounds
from hivemind_abm.app.page.controls.fields import is_number
from hivemind_abm.registry import parse_value

__all__ = ["Block", "Control", "Extra", "Group", "button", "check", "note", "select", "text"]

Kind = Literal["text", "select", "check", "button", "note"]
_ON, _OFF = "true", "false"  # what a check hands over


@dataclass(frozen=True)
class Extra:
    """A small button beside a control, beside the one that resets it.

    Attributes:
        label: Its name, "new seed" for instance.
        icon: Its icon.
        act: Called when it is pressed.
    """

    label: str
    icon: str
    act: Callable[[], None]


@dataclass(frozen=True)
class Control:
    """One control.

    Attributes:
        key: Tells it from all others of the page.  A control with another key is another one, so
            what was typed into it is not kept.
        kind: How it is drawn.  A text with bounds has a slider too.
        words: What it is called in words, or "".
        name: What it is called in code and on the command line, or "".
        set: Called with the text that was chosen or typed.
        value: The text that it shows; of a check "true" or "false".
        options: The values to choose among.
        default: The text to which it can be reset; None for no reset.
        hint: What stands in it while it is empty.
        tip: All that is said of it, or "".
        bounds: Those of its slider, or None.
        whole: Whether the slider gives whole numbers.
        narrow: Whether a narrow box has room for its values, as it has for numbers.
        icon: The icon of a button.
        extra: A button beside it, or None.
    """

    key: str
    kind: Kind
    words: str
    name: str = ""
    set: Callable[[str], None] = lambda _: None
    value: str = ""
    options: tuple[str, ...] = ()
    default: str | None = None
    hint: str = ""
    tip: str = ""
    bounds: Bounds | None = None
    whole: bool = False
    narrow: bool = False
    icon: str = ""
    extra: Extra | None = None

    @property
    def short_name(self) -> str:
        """What "reset" names: the identifier, or else the words."""
        return self.name or self.words

    def plain(self) -> dict[str, Any]:
        """What the browser gets."""
        bounds, extra = self.bounds, self.extra
        words = self.words or self.name
        same = words == self.name
        return {
            "key": self.key,
            "kind": self.kind,
            "words": self.name if same else words,
            "name": "" if same else self.name,
            "reset": f"reset {self.short_name}",
            "value": self.value,
            "options": list(self.options),
            "byDefault": self.default,
            "hint": self.hint,
            "tip": self.tip.replace("`", ""),
            "slider": [bounds.low, bounds.high, bounds.step] if bounds else [],
            "whole": self.whole,
            "narrow": self.narrow or self._holds_numbers(),
            "icon": self.icon,
            "extra": [extra.label, extra.icon] if extra else [],
        }

    def _holds_numbers(self) -> bool:
        texts = [text for text in (self.value, self.default, self.hint) if text]
        return bool(texts) and all(is_number(parse_value(text)) for text in texts)


@dataclass(frozen=True)
class Block:
    """Controls that belong together.

    Attributes:
        controls: The controls.
        label: What they are about, or "" for the controls of the group itself.
    """

    controls: tuple[Control, ...]
    label: str = ""


@dataclass(frozen=True)
class Group:
    """A group of controls that can be folded.

    Attributes:
        title: Its name.
        summary: What is set, for the folded group.
        blocks: Its controls.
        opened: Whether it is open at first.
        reset: Brings all of it back to its defaults; None where nothing has been changed.
    """

    title: str
    summary: str
    blocks: tuple[Block, ...]
    opened: bool = False
    reset: Callable[[], None] | None = None

    @property
    def controls(self) -> Iterable[Control]:
        """All its controls."""
        return (control for block in self.blocks for control in block.controls)

    def plain(self) -> dict[str, Any]:
        """What the browser gets."""
        return {
            "title": self.title,
            "summary": self.summary,
            "opened": self.opened,
            "changed": self.reset is not None,
            "blocks": [
                {"label": block.label, "controls": [each.plain() for each in block.controls]}
                for block in self.blocks
            ],
        }


def text(key: str, words: str, value: Any, put: Callable[[str], None], **more: Any) -> Control:
    """A box in which a text is typed; more as for `Control`."""
    return Control(key, "text", words, value=str(value), set=put, **more)


def select(
    key: str,
    words: str,
    options: Iterable[str],
    value: str,
    choose: Callable[[str], None],
    **more: Any,
) -> Control:
    """A list of values to choose among; more as for `Control`."""
    offered = tuple(dict.fromkeys([*options, value]))
    return Control(key, "select", words, value=value, options=offered, set=choose, **more)


def check(
    key: str, words: str, value: bool, put: Callable[[bool], None], default: bool, **more: Any
) -> Control:
    """A choice between yes and no; more as for `Control`."""
    return Control(
        key,
        "check",
        words,
        value=_ON if value else _OFF,
        set=lambda chosen: put(chosen == _ON),
        default=_ON if default else _OFF,
        **more,
    )


def button(key: str, words: str, icon: str, act: Callable[[], None]) -> Control:
    """A button."""
    return Control(key, "button", words, icon=icon, set=lambda _: act())


def note(key: str, words: str) -> Control:
    """A sentence among the controls."""
    return Control(key, "note", words)
