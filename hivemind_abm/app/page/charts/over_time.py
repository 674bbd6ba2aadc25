"""Charts over time with their keys: one measure of each system, and the shares of all options.

Knows: which chart, key and note belong together.
Does not know: where the record comes from.
"""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
import solara

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.cards.ensemble_behind import EnsembleBehind
from hivemind_abm.app.page.charts.band import NAME_OF_BAND, with_bands
from hivemind_abm.app.page.charts.chart import MARGINS, ink, show_chart, words_of
from hivemind_abm.app.page.charts.curves import (
    NO_OPTION,
    all_shares,
    one_measure,
    systems_of,
    with_changes,
)
from hivemind_abm.app.page.charts.key import Sign, share_key, sign_key, signs_of_systems
from hivemind_abm.app.page.charts.stacked import hidden_in_words, stacked_shares

__all__ = ["measure_over_time", "shares_over_time"]

_TOP = 22  # of a chart without a legend, pixels
_HIGH = 300  # pixels
_MOST_IN_KEY = 40  # options
_MOST_BANDS = 3


def measure_over_time(
    record: Mapping[str, pd.DataFrame],
    measure: str,
    title: str,
    dark: bool,
    *,
    changes: Sequence[int] = (),
    looked: int | None = None,
    second: str = "",
    behind: EnsembleBehind | None = None,
    free: bool = False,
) -> None:
    """One measure of each system, with a key below.

    Args:
        record: The rows of each system by its name, the hive first.
        measure: A column.
        title: What is measured, for screen readers.
        dark: Whether the page is dark.
        changes: The steps at which the world changed.
        looked: The earlier step that is looked at, or None.
        second: The name of a second hive, or "".
        behind: The ensemble behind the curves, or None.
        free: Whether the axis begins where the values do, and not at 0.
    """
    systems = systems_of(record, dark, second)
    axis = {"yAxis": {"type": "value", "scale": True}} if free else {}
    option = one_measure(
        record,
        measure,
        dark,
        second,
        legend={"show": False},
        grid={**MARGINS, "top": _TOP},
        **axis,
    )
    words = words_of(option, title)
    option = with_changes(option, changes, dark, looked)
    option = with_bands(option, behind, {measure: systems[0].colour}, dark)
    show_chart(option, dark, words=words)
    signs = [
        Sign(each.name, each.colour, "solid" if each.kind == "dotted" else each.kind)
        for each in systems
    ]
    sign_key([*signs, *_sign_of_band(behind, measure, systems[0].colour)])


def shares_over_time(
    record: Mapping[str, pd.DataFrame],
    k: int,
    dark: bool,
    *,
    stacked: bool = False,
    hidden: Collection[int] = (),
    changes: Sequence[int] = (),
    looked: int | None = None,
    second: str = "",
    behind: EnsembleBehind | None = None,
) -> None:
    """The shares of all options, with a key of the options and of the lines below.

    Args:
        record: The rows of each system by its name, the hive first.
        k: K.
        dark: Whether the page is dark.
        stacked: Whether the shares of each hive are stacked, without the other systems.
        hidden: Options that are not shown, from `small_options`.
        changes: The steps at which the world changed.
        looked: The earlier step that is looked at, or None.
        second: The name of a second hive, or "".
        behind: The ensemble behind the curves, or None.
    """
    colours = colours_of_options(k)
    shown = {f"share_{option}": colours[option] for option in range(k) if option not in hidden}
    banded = _largest(behind, shown)
    if stacked:
        for name in [next(iter(record)), *([second] if second in record else [])]:
            option = stacked_shares(record[name], k, dark, hidden)
            words = words_of(option, f"Shares of all options in {name}, stacked")
            if second in record:
                solara.Text(name, classes=["hm-small"])
            show_chart(with_changes(option, changes, dark, looked), dark, words=words)
    else:
        option = all_shares(record, k, dark, hidden, second)
        words = words_of(option, "Shares of all options")
        option = with_changes(option, changes, dark, looked)
        show_chart(with_bands(option, behind, banded, dark), dark, _HIGH, words)
    _key_of_options(next(iter(record.values())), k, hidden, looked, dark)
    if not stacked:
        signs = signs_of_systems(systems_of(record, dark, second), ink(dark))
        if any(NO_OPTION in rows for rows in record.values()):
            signs.append(Sign("without colour: no option", ink(dark), width=1.0))
        sign_key([*signs, *_sign_of_band(behind, next(iter(shown), ""), ink(dark))])
    changed = "Dotted: another option became the best." if changes else ""
    few = f"Bands of the {len(banded)} options with the largest mean share."
    bands = few if len(banded) < len(shown) and not stacked else ""
    note = " ".join(filter(None, (hidden_in_words(hidden), changed, bands)))
    if note:
        solara.Text(note, classes=["hm-small"])


def _key_of_options(
    rows: pd.DataFrame, k: int, hidden: Collection[int], looked: int | None, dark: bool
) -> None:
    """Each option that is shown, with its share in the hive now."""
    options = [option for option in range(k) if option not in hidden]
    if len(options) > _MOST_IN_KEY:
        return
    columns = {f"option {option}": f"share_{option}" for option in options}
    if NO_OPTION in rows:
        columns["no option"] = NO_OPTION
    all_colours = colours_of_options(k)
    colours = {f"option {option}": all_colours[option] for option in options}
    share_key(rows if looked is None else rows.loc[:looked], columns, colours, ink(dark))


def _largest(behind: EnsembleBehind | None, shown: Mapping[str, str]) -> Mapping[str, str]:
    """The columns whose bands are shown; more of them would hide each other."""
    ends = {name: behind.bands(name) for name in shown} if behind is not None else {}
    means = {name: float(each[1][-1]) for name, each in ends.items() if each is not None}
    if len(means) <= _MOST_BANDS:
        return shown
    kept = sorted(means, key=lambda name: means[name])[-_MOST_BANDS:]
    return {name: colour for name, colour in shown.items() if name in kept}


def _sign_of_band(behind: EnsembleBehind | None, measure: str, colour: str) -> list[Sign]:
    if behind is None or behind.bands(measure) is None:
        return []
    return [Sign(NAME_OF_BAND, colour, shape="band")]
