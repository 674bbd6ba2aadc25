"""The page that steps through a population: Solara components around one `Watch`.

Knows: how a watched run is drawn and what can be clicked.  Does not know: any law; what it shows, `watch` and the hive tell it.
Each browser tab has a run of its own: all state is in the components' hooks.
"""

import base64
import dataclasses
import inspect
import io
import math
import threading
import time
import traceback
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import solara
import solara.lab

from hivemind_abm.catalogue import BANDITS, LEARNERS, RULES, Part, find_bandit, find_learner, find_rule, parse_value
from hivemind_abm.figures import STYLE, colours_of, colours_of_options, draw_record
from hivemind_abm.loading import MACRO, is_users_frame
from hivemind_abm.measures import reward_histogram
from hivemind_abm.networks import NETWORKS
from hivemind_abm.replicators import DYNAMICS
from hivemind_abm.tracing import Decision
from hivemind_abm.watch import Choices, Files, Watch

__all__ = ["HivePage", "field_controls"]

_EVEN, _NO_LEARNER = "even", "none"
_NO_FILES = Files()
_MOST_POINTS = 150  # of a curve
_PULLS = 2000  # an option, for the histograms of rewards
_LONGEST_LIST = 30  # of what a bee asked


# ---------------------------------------------------------------------------------------------------------------------
# Controls


@dataclass(frozen=True)
class Field:
    """A field of a rule, bandit or learner as a control.

    Attributes:
        name: The field.
        default: Its default, as text.
        allowed: The values to choose among, or () for a text box.
    """

    name: str
    default: str
    allowed: tuple[str, ...]


def field_controls(part: Part) -> list[Field]:
    """The controls of what a name or path stands for: one a field that the name leaves open."""
    cls = part.made
    hints = typing.get_type_hints(cls)
    controls = []
    for field in dataclasses.fields(cls):
        if field.name not in part.open_fields or (part.fixed and field.name.startswith("q_star")):
            continue  # a preset settles q_star too
        hint, default = hints.get(field.name), _default(field)
        allowed: tuple[str, ...] = ()
        if hint is bool:
            allowed = ("False", "True")
        elif typing.get_origin(hint) is typing.Literal:
            allowed = tuple(map(str, typing.get_args(hint)))
        controls.append(Field(field.name, "" if default is None else str(default), allowed))
    return controls


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else None


@solara.component
def _Text(label: str, value: str, on_value: Callable[[str], None], placeholder: str = "") -> None:
    """A text box that hands over what was typed on Enter or when it is left, and keeps it when the page changes meanwhile."""
    typed, set_typed = solara.use_state(value)
    latest = solara.use_ref(value)

    def write(text: str | None) -> None:
        latest.current = text or ""
        set_typed(latest.current)

    def hand_over(*_: Any) -> None:
        if latest.current != value:
            on_value(latest.current)

    solara.use_effect(lambda: write(value), [value])
    box = solara.v.TextField(v_model=typed, on_v_model=write, label=label, placeholder=placeholder, dense=True, hide_details=True)
    solara.v.use_event(box, "keyup.enter", hand_over)
    solara.v.use_event(box, "blur", hand_over)


@solara.component
def _Fields(part: Part, values: Mapping[str, Any], on_values: Callable[[dict[str, Any]], None]) -> None:
    """A control for each field; what is emptied or at its default is left out of the values."""
    for field in field_controls(part):

        def set_value(text: Any, field: Field = field) -> None:
            others = {name: value for name, value in values.items() if name != field.name}
            typed = str(text).strip()
            given = {} if typed in ("", field.default) else {field.name: parse_value(typed)}
            on_values(others | given)

        shown = str(values.get(field.name, field.default))
        label = field.name.replace("_", " ")
        if field.allowed:
            solara.Select(label, values=list(field.allowed), value=shown, on_value=set_value, dense=True)
        else:
            _Text(label, shown, set_value)


def _whole(text: str) -> Any:
    value = parse_value(text.strip())
    return value if isinstance(value, int) and not isinstance(value, bool) else text


@solara.component
def Controls(choices: Choices, on_choices: Callable[[Choices], None], files: Files, building: bool) -> None:
    """All that can be chosen about a run."""

    def change(**values: Any) -> None:
        on_choices(dataclasses.replace(choices, **values))

    def parts(what: str, find: Callable[[Any], Part]) -> Part | None:
        try:
            return find(getattr(choices, what))
        except Exception:  # the page says what is wrong when it builds the run
            return None

    with solara.Column(gap="10px", classes=["hm-controls"]):
        solara.ProgressLinear(building)
        solara.Select(
            "rule", values=[*RULES, *files.rules], value=choices.rule, on_value=lambda name: change(rule=name, rule_fields={})
        )
        if (rule := parts("rule", find_rule)) is not None:
            _Fields(rule, choices.rule_fields, lambda fields: change(rule_fields=fields))
        solara.Select(
            "bandit",
            values=[*BANDITS, *files.bandits],
            value=choices.bandit,
            on_value=lambda name: change(bandit=name, bandit_fields={}, initial_shares=None),
        )
        if (bandit := parts("bandit", find_bandit)) is not None:
            _Fields(bandit, choices.bandit_fields, lambda fields: change(bandit_fields=fields))
        kind, _, numbers = choices.neighbourhood.partition(":")
        _Text("bees N", str(choices.population_size), lambda text: change(population_size=_whole(text)))
        solara.Select(
            "neighbourhood",
            values=["others", "groups", "everyone", *NETWORKS],
            value=kind,
            on_value=lambda name: change(neighbourhood=name),
        )
        if NETWORKS.get(kind):
            hint = ":".join(map(str, NETWORKS[kind].values()))
            label = f"{' : '.join(NETWORKS[kind])}".replace("seed", "seed=")
            _Text(label, numbers, lambda text: change(neighbourhood=f"{kind}:{text}" if text.strip() else kind), placeholder=hint)
        size = choices.neighbourhood_size
        _Text(
            "neighbourhood size M",
            "" if size is None else str(size),
            lambda text: change(neighbourhood_size=_whole(text) if text.strip() else None),
            placeholder="the rule's, a number, or all",
        )
        shares = choices.initial_shares
        _Text(
            "initial shares",
            _EVEN if shares is None else ", ".join(map(str, shares)),
            lambda text: change(initial_shares=_shares(text)),
            placeholder="even, or K numbers: 0.5, 0.3, 0.2",
        )
        _Text("seed", choices.seed, lambda text: change(seed=text.strip()))
        solara.Select(
            "runs as",
            values=["compiled", "interpreted"],
            value="compiled" if choices.compiled else "interpreted",
            on_value=lambda way: change(compiled=way == "compiled"),
        )
        for dynamic in DYNAMICS:

            def toggle(wanted: bool, dynamic: str = dynamic) -> None:
                now = set(choices.dynamics) | {dynamic} if wanted else set(choices.dynamics) - {dynamic}
                change(dynamics=tuple(name for name in DYNAMICS if name in now))

            solara.Checkbox(label=f"{dynamic} beside it", value=dynamic in choices.dynamics, on_value=toggle)
        offered = [_NO_LEARNER, *LEARNERS, *files.learners, f"{MACRO}{choices.rule}", choices.learner or _NO_LEARNER]
        solara.Select(
            "learner beside it",
            values=list(dict.fromkeys(offered)),
            value=choices.learner or _NO_LEARNER,
            on_value=lambda name: change(learner=None if name == _NO_LEARNER else name, learner_fields={}),
        )
        if choices.learner and (learner := parts("learner", find_learner)) is not None:
            _Fields(learner, choices.learner_fields, lambda fields: change(learner_fields=fields))


def _shares(text: str) -> Any:
    if text.strip() in ("", _EVEN):
        return None
    value = parse_value(text.strip())
    return tuple(value) if isinstance(value, tuple | list) else (value,)


# ---------------------------------------------------------------------------------------------------------------------
# Pictures


@solara.component_vue("honeycomb.vue")
def Honeycomb(
    frame: dict[str, Any],
    colours: list[str],
    labels: list[str],
    marks: dict[str, Any],
    event_choose: Callable[[int], None],
    event_dark: Callable[[bool], None],
    event_drawn: Callable[[int], None],
) -> None:
    """Bees as hexagons.  `frame`: tick, and opinions and payoffs (0 to 255) as base64; `marks`: chosen, heard, asked."""


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(values.astype(np.uint8).tobytes()).decode()


@solara.component
def Chart(option: dict[str, Any], dark: bool, height: int = 240) -> None:
    """An ECharts figure that stays in the page; a new option redraws it.

    Args:
        option: What differs from the house's.
        dark: Whether the page is dark.
        height: Pixels.
    """
    ink, faint = ("#e0e0e0", "#444444") if dark else ("#333333", "#e4e4e4")

    def axis(given: Mapping[str, Any]) -> dict[str, Any]:
        common = {
            "nameLocation": "middle",
            "nameTextStyle": {"color": ink},
            "axisLabel": {"color": ink},
            "axisLine": {"lineStyle": {"color": ink}},
            "splitLine": {"lineStyle": {"color": faint}},
        }
        return {**common, **given}

    whole = {
        "animation": False,
        "textStyle": {"fontFamily": "Roboto, sans-serif"},
        "legend": {"top": 0, "textStyle": {"color": ink}, "icon": "roundRect", "itemHeight": 4},
        "grid": {"left": 52, "right": 16, "top": 32, "bottom": 44},
        **option,
        "xAxis": axis({"nameGap": 26, **option["xAxis"]}),
        "yAxis": axis({"nameGap": 36, **option["yAxis"]}),
    }
    style = f"height: {height}px; width: 100%"
    solara.FigureEcharts(option=whole, attributes={"style": style, "class": "hm-chart"}, responsive=True)


@solara.component
def Card(title: str, children: Sequence[Any] = (), classes: Sequence[str] = ()) -> None:
    with solara.Div(classes=["hm-card", *classes]):
        solara.HTML(tag="h3", unsafe_innerHTML=title)
        solara.Div(children=list(children))


def _points(*columns: Any) -> list[list[float]]:
    """The points of a curve, rounded to what a screen shows: every one of them is sent to the browser at every step."""
    return np.round(np.stack([np.asarray(column, float) for column in columns], axis=1), 4).tolist()


def _thinned(rows: pd.DataFrame) -> pd.DataFrame:
    """At most so many rows of a record as a chart has room for, evenly apart, the last one among them."""
    every = -(-len(rows) // _MOST_POINTS)
    return rows.iloc[(len(rows) - 1) % every :: every]


def _line(name: str, points: list[list[float]], colour: str, dash: str = "solid", width: float = 2.0) -> dict[str, Any]:
    look = {"color": colour, "type": dash, "width": width}
    dot = len(points) == 1  # a line has none
    return {"type": "line", "name": name, "data": points, "showSymbol": dot, "lineStyle": look, "itemStyle": {"color": colour}}


def _over_time(series: list[dict[str, Any]], last: int, **more: Any) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "name": "step", "min": 0, "max": max(last, 10)},
        "yAxis": {"type": "value", "min": 0, "max": 1},
        "series": series,
        **more,
    }


def _one_measure(record: Mapping[str, pd.DataFrame], measure: str, **more: Any) -> dict[str, Any]:
    """A curve a system: replicators dashed."""
    series = [
        _line(name, _points(rows.index, rows[measure]), colour, "dashed" if name in DYNAMICS else "solid")
        for (name, rows), colour in zip(record.items(), colours_of(list(record)).values(), strict=True)
    ]
    return _over_time(series, int(next(iter(record.values())).index[-1]), **more)


def _all_shares(record: Mapping[str, pd.DataFrame], k: int) -> dict[str, Any]:
    """Each option's share: solid in the hive, dashed in the replicators, dotted in a learner."""
    series = []
    for place, (name, rows) in enumerate(record.items()):
        dash = "solid" if place == 0 else ("dashed" if name in DYNAMICS else "dotted")
        for option, colour in enumerate(colours_of_options(k)):
            points = _points(rows.index, rows[f"share_{option}"])
            series.append(_line(f"{name}, option {option}", points, colour, dash, 2.2 if place == 0 else 1.2))
    grid = {"left": 52, "right": 16, "top": 10, "bottom": 44}
    return _over_time(
        series, int(next(iter(record.values())).index[-1]), legend={"show": False}, tooltip={"show": False}, grid=grid
    )


def _simplex(record: Mapping[str, pd.DataFrame], dark: bool) -> dict[str, Any]:
    """The paths of all systems on the triangle of three shares; a dot where each is now."""
    height, ink = math.sqrt(0.75), "#e0e0e0" if dark else "#333333"
    corners = [(0.0, 0.0), (1.0, 0.0), (0.5, height)]
    series: list[dict[str, Any]] = [_line("", [list(corner) for corner in [*corners, corners[0]]], ink, width=1.0)]
    for option, (corner, place) in enumerate(zip(corners, ("bottom", "bottom", "top"), strict=True)):
        label = {"show": True, "formatter": f"option {option}", "position": place, "color": ink}
        series.append({"type": "scatter", "data": [list(corner)], "symbolSize": 1, "label": label, "itemStyle": {"color": ink}})
    for (name, rows), colour in zip(record.items(), colours_of(list(record)).values(), strict=True):
        x = rows["share_1"] + 0.5 * rows["share_2"]
        points = _points(x, height * rows["share_2"])
        series.append(_line(name, points, colour, "dashed" if name in DYNAMICS else "solid"))
        series.append({"type": "scatter", "data": points[-1:], "symbolSize": 10, "itemStyle": {"color": colour}})
    hidden = {"type": "value", "show": False}
    return {
        "legend": {"top": 0, "data": list(record), "textStyle": {"color": ink}, "icon": "roundRect", "itemHeight": 4},
        "grid": {"left": "center", "width": 280, "top": 50, "height": 242},
        "xAxis": {**hidden, "min": 0, "max": 1},
        "yAxis": {**hidden, "min": 0, "max": height},
        "series": series,
    }


@solara.component
def Flows(watch: Watch, tick: int, dark: bool) -> None:
    """How many bees went from which option to which."""
    flows = watch.hive.flows()
    k, kept = len(flows), int(np.trace(flows))
    options = [str(option) for option in range(k)]
    moves = [[b, a, int(flows[a, b])] for a in range(k) for b in range(k) if a != b]
    most = max((move[2] for move in moves), default=1)
    scale = ["#20262c", "#3f90da"] if dark else ["#f3f6f9", "#3f90da"]
    ink = "#ffffff" if dark else "#1a1a1a"
    area = {"type": "category", "data": options, "splitArea": {"show": False}}
    option = {
        "legend": {"show": False},
        "tooltip": {"confine": True},
        "grid": {"left": 52, "right": 16, "top": 8, "bottom": 44},
        "xAxis": {**area, "name": "to option"},
        "yAxis": {**area, "name": "from option", "inverse": True},
        "visualMap": {"show": False, "min": 0, "max": max(most, 1), "inRange": {"color": scale}},
        "series": [{"type": "heatmap", "name": "from, to, bees", "data": moves, "label": {"show": k <= 12, "color": ink}}],
    }
    moved = len(watch.hive.opinions) - kept
    said = f"{moved} bees switched, {kept} kept theirs." if watch.steps else "nobody has decided yet."
    solara.Text(f"Step {watch.steps}: {said}", classes=["hm-small"])
    Chart(option, dark, height=300)


@solara.component
def Rewards(watch: Watch, dark: bool) -> None:
    """Histograms of each option's rewards; where rewards depend on shares, a slider moves them."""
    bandit, k = watch.hive.bandit, watch.n_action
    crowded = solara.use_memo(bandit.depends_on_shares, [bandit])
    slider = solara.use_memo(lambda: solara.reactive(round(100 / k)), [bandit])
    percent = slider.value
    rest = (1.0 - percent / 100.0) / max(k - 1, 1)
    shares = np.array([percent / 100.0 if k > 1 else 1.0] + [rest] * (k - 1))
    if crowded:
        solara.SliderInt(f"share of option 0: {percent} %", value=slider, min=0, max=100)

    def pull() -> tuple[list[dict[str, Any]], str]:
        series = []
        for option, colour in enumerate(colours_of_options(k)):
            middles, density = reward_histogram(bandit, option, shares, pulls=_PULLS)
            curve = _line(f"option {option}", _points(middles, density), colour, width=1.2)
            series.append(curve | {"step": "middle", "areaStyle": {"opacity": 0.3}})
        expected = np.asarray(bandit.expected_rewards(shares))
        return series, ", ".join(f"{option}: {q:.3f}" for option, q in enumerate(expected))

    series, expected = solara.use_memo(pull, [bandit, percent if crowded else None])
    option = {
        "legend": {"show": False},
        "grid": {"left": 52, "right": 16, "top": 10, "bottom": 44},
        "xAxis": {"type": "value", "name": "reward", "min": 0, "max": 1},
        "yAxis": {"type": "value", "name": "density"},
        "series": series,
    }
    Chart(option, dark)
    solara.Text(f"Expected rewards: {expected}", classes=["hm-small"])


def _in_words(decision: Decision, heard: int) -> str:
    went = "kept its option" if decision.after == decision.before.opinion else f"went over to option {decision.after}"
    return (
        f"Bee {decision.bee} danced for option {decision.before.opinion} (payoff {decision.before.payoff:.3f}), "
        f"could hear {heard} bee{'' if heard == 1 else 's'}, and {went}.  Options below are those before the step."
    )


def _answer(answer: Any) -> str:
    if hasattr(answer, "opinion"):
        return f"option {answer.opinion}, payoff {answer.payoff:.3f}"
    return f"{answer:.4g}" if isinstance(answer, float) else str(answer)


@solara.component
def OneBee(
    watch: Watch, tick: int, chosen: int | None, on_chosen: Callable[[int | None], None], decision: Decision | None
) -> None:
    """One bee's last decision: whom it heard, what its rule asked and was told, and what came of it."""

    def read(text: str) -> None:
        value = _whole(text)
        on_chosen(value if isinstance(value, int) and 0 <= value < len(watch.hive.opinions) else None)

    most = len(watch.hive.opinions) - 1
    _Text(f"bee, 0 to {most}", "" if chosen is None else str(chosen), read, placeholder="click one, or type its number")
    if chosen is None:
        solara.Text(
            "Choose a bee to see whom it heard in the last step and why it changed or kept its mind.", classes=["hm-small"]
        )
        return
    if decision is None:
        bee = watch.hive.opinions[chosen], watch.hive.payoffs[chosen]
        solara.Text(f"Bee {chosen} dances for option {bee[0]} (payoff {bee[1]:.3f}).  It decides in the next step.")
        return
    solara.Text(_in_words(decision, len(decision.heard)))
    rows = [
        f"<tr><td><code>{asked.question}</code></td><td>{'' if asked.bee is None else f'bee {asked.bee}: '}"
        f"{_answer(asked.answer)}</td></tr>"
        for asked in decision.asked[:_LONGEST_LIST]
    ]
    more = len(decision.asked) - len(rows)
    note = f"<tr><td colspan=2>and {more} more</td></tr>" if more > 0 else ""
    table = f"<table class='hm-asked'><tr><th>its rule asked</th><th>and was told</th></tr>{''.join(rows)}{note}</table>"
    if rows:
        solara.HTML(tag="div", unsafe_innerHTML=table)


# ---------------------------------------------------------------------------------------------------------------------
# The page


@solara.component
def TakeAway(watch: Watch, tick: int) -> None:
    """The rows, the figure and the command line of this very run."""

    def figure(kind: str) -> Callable[[], bytes]:
        def draw() -> bytes:
            written = io.BytesIO()
            with mpl.rc_context(STYLE):
                draw_record(watch.record(), f"{watch.name}, {watch.hive.opinions.size} bees").savefig(written, format=kind)
            return written.getvalue()

        return draw

    solara.HTML(tag="pre", unsafe_innerHTML=_escaped(watch.command()), classes=["hm-command"])
    with solara.Row(gap="8px", style={"flex-wrap": "wrap"}):
        solara.FileDownload(watch.csv, filename="run.csv", label="rows (CSV)", mime_type="text/csv")
        solara.FileDownload(figure("png"), filename="run.png", label="figure (PNG)", mime_type="image/png")
        solara.FileDownload(figure("svg"), filename="run.svg", label="figure (SVG)", mime_type="image/svg+xml")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _message(error: BaseException) -> str:
    frames = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__) if is_users_frame(frame)]
    if frames and not isinstance(error, SyntaxError):
        frame, line = frames[-1]
        return f"{Path(frame.f_code.co_filename).name}, line {line}: {type(error).__name__}: {error}"
    expected = isinstance(error, ValueError | TypeError)
    return str(error) if expected and str(error) else f"{type(error).__name__}: {error}"


@solara.component
def HivePage(files: Files = _NO_FILES) -> None:
    """A hive, stepped through beside its replicators and a learner.

    Args:
        files: Users' own rules, bandits and learners.
    """
    choices = solara.use_reactive(files.start)
    shown: solara.Reactive[Watch | None] = solara.use_reactive(None)
    tick, restarts = solara.use_reactive(0), solara.use_reactive(0)
    problem, building = solara.use_reactive(""), solara.use_reactive(True)
    playing, speed = solara.use_reactive(False), solara.use_reactive(5)
    chosen: solara.Reactive[int | None] = solara.use_reactive(None)
    drawn = solara.use_memo(threading.Event, [])
    unfolded, ended = solara.use_reactive(False), solara.use_reactive(False)

    def build() -> None:
        wanted = choices.value
        try:
            made = Watch(wanted)
        except Exception as error:
            if choices.value is wanted:
                problem.value = _message(error)
        else:
            if choices.value is wanted:  # not overtaken by another change
                problem.value = ""
                chosen.value = None
                ended.value = made.ended
                shown.value = made
        building.value = False

    def change(wanted: Choices) -> None:
        playing.value = False
        building.value = True
        choices.value = wanted

    solara.lab.use_task(build, dependencies=[choices.value, restarts.value], raise_error=True)

    def back() -> None:
        playing.value = False
        building.value = True
        restarts.value += 1

    def step() -> None:
        watch = shown.value
        if watch is None:
            return
        try:
            watch.step()
            problem.value = ""
        except Exception as error:
            playing.value = False
            problem.value = _message(error)
        ended.value = watch.ended
        tick.value += 1

    def play() -> None:
        watch = shown.value
        while playing.value and watch is shown.value and watch is not None:
            start = time.monotonic()
            drawn.clear()
            step()
            if watch.ended:
                break
            if not drawn.wait(3.0):  # for the picture, so that a slow browser isn't run over, and a closed one ends the play
                break
            time.sleep(max(0.0, 1.0 / speed.value - (time.monotonic() - start)))
        playing.value = False  # also where another hive has taken its place meanwhile

    solara.lab.use_task(play, dependencies=[playing.value], raise_error=True)

    watch = shown.value
    with solara.Div(classes=["hm-page"]):
        with solara.Div(style={"display": "none"}):
            solara.Style(_STYLE)
            solara.Title("hivemind")
            with solara.AppBar():
                solara.lab.ThemeToggle()
            with solara.AppBarTitle():
                solara.Text("hivemind")
        with solara.Div(classes=["hm-side"]):
            unfold = {"icon_name": "mdi-tune", "on_click": lambda: unfolded.set(not unfolded.value)}
            solara.Button("Controls", classes=["hm-phone"], text=True, **unfold)
            with solara.Div(classes=["hm-unfolded" if unfolded.value else "hm-folded"]):
                Controls(choices.value, change, files, building.value)
        with solara.Div(classes=["hm-main"]):
            if watch is None:
                solara.Text(problem.value or "Building the hive ...", classes=["hm-small"])
                return
            ready = not building.value and not ended.value
            with solara.Div(classes=["hm-toolbar"]):
                stepping = {"icon_name": "mdi-step-forward", "on_click": step, "disabled": not ready or playing.value}
                solara.Button("Step", color="primary", **stepping)
                label, icon = ("Pause", "mdi-pause") if playing.value else ("Play", "mdi-play")
                solara.Button(label, icon_name=icon, on_click=lambda: playing.set(not playing.value), disabled=not ready)
                solara.Button("Start", icon_name="mdi-skip-backward", on_click=back, disabled=building.value)
                with solara.Div(classes=["hm-speed"]):
                    solara.SliderInt(f"{speed.value} steps/s", value=speed, min=1, max=10, thumb_label=False)
                Status(watch, tick)
                if problem.value:  # in view whatever is scrolled or folded away
                    shown_choices = "" if choices.value == watch.choices else "  (The hive shown is still the one before.)"
                    solara.Error(problem.value + shown_choices, dense=True, classes=["hm-problem"])
            Pictures(watch, tick, chosen, drawn.set)


@solara.component
def Status(watch: Watch, tick: solara.Reactive[int]) -> None:
    """The step, the shares and, at the end, the consensus."""
    tick.get()
    shares = watch.hive.shares
    last = watch.hive.datacollector.model_vars
    text = (
        f"step {watch.steps} · best option {last['optimal_share'][-1]:.3f} · mean payoff {last['mean_payoff'][-1]:.3f} · "
        f"rule {watch.hive.way['rule']}"
    )
    reasons = [] if not watch.choices.compiled else list(watch.hive.reasons.values())
    with solara.Div(classes=["hm-status"]):
        solara.Text(text)
        for reason in reasons:
            solara.Text(f"interpreted because: {reason}", classes=["hm-small"])
        if watch.ended:
            where = int(np.argmax(shares))
            best = where in watch.hive.bandit.optimal_options()
            solara.HTML(
                tag="span",
                unsafe_innerHTML=f"consensus on option {where} at step {watch.steps}: {'the best' if best else 'not the best'}",
                classes=["hm-consensus"],
            )


@solara.component
def Pictures(
    watch: Watch, ticks: solara.Reactive[int], choice: solara.Reactive[int | None], on_drawn: Callable[[], None]
) -> None:
    """Everything that shows the run.  Only this is rendered anew at a step, not the controls."""
    tick, chosen, on_chosen = ticks.value, choice.value, choice.set
    dark, set_dark = solara.use_state(False)
    for name, trouble in watch.troubles.items():
        solara.Warning(f"{name} stopped: {trouble}", dense=True)
    hive, k = watch.hive, watch.n_action
    record = {name: _thinned(rows) for name, rows in watch.record().items()}
    bee = chosen if chosen is not None and chosen < len(hive.opinions) else None

    def decide() -> Decision | None:
        return None if bee is None or watch.steps == 0 else hive.decision(bee)

    decision = solara.use_memo(decide, [id(watch), watch.steps, bee])
    marks: dict[str, Any] = {"chosen": bee}
    if decision is not None:
        asked = sorted({asked.bee for asked in decision.asked if asked.bee is not None})
        marks["asked"] = asked if len(asked) <= _LONGEST_LIST else []
        marks["heard"] = decision.heard.tolist() if len(decision.heard) < len(hive.opinions) - 1 else []
    frame = {"tick": tick, "opinions": _packed(hive.opinions), "payoffs": _packed(np.round(255 * hive.payoffs))}
    with solara.Div(classes=["hm-grid"]):
        with Card("The hive", classes=["hm-hive"]):
            labels = [f"{option}: {share:.3f}" for option, share in enumerate(hive.shares)]
            Honeycomb(
                frame=frame,
                colours=colours_of_options(k),
                labels=labels,
                marks=marks,
                event_choose=on_chosen,
                event_dark=set_dark,
                event_drawn=lambda tick: on_drawn(),
            )
        with Card("Share of the best option"):
            Chart(_one_measure(record, "optimal_share"), dark)
            solara.HTML(tag="h3", unsafe_innerHTML="Shares of all options")
            Chart(_all_shares(record, k), dark)
            solara.Text(f"solid: {watch.name}; dashed: replicators; dotted: learner", classes=["hm-small"])
        with Card("One bee"):
            OneBee(watch, tick, bee, on_chosen, decision)
        with Card("Who switched"):
            Flows(watch, tick, dark)
        with Card("Mean payoff"):
            free = {"type": "value", "scale": True}
            Chart(_one_measure(record, "mean_payoff", yAxis=free), dark)
        with Card("Rewards of the bandit"):
            Rewards(watch, dark)
        if k == 3:
            with Card("Path on the simplex"):
                Chart(_simplex(record, dark), dark, height=330)
        with Card("Take it with you", classes=["hm-wide"]):
            TakeAway(watch, tick)


_STYLE = inspect.cleandoc("""
    .theme--light { --hm-page: #fafafa; --hm-card: #ffffff; --hm-line: #dddddd; }
    .theme--dark { --hm-page: #121212; --hm-card: #1e1e1e; --hm-line: #3a3a3a; }
    .hm-page { display: grid; grid-template-columns: 280px minmax(0, 1fr); gap: 12px; padding: 12px; background: var(--hm-page);
      min-height: 100vh; align-content: start; }
    .hm-side, .hm-card { background: var(--hm-card); border: 1px solid var(--hm-line); border-radius: 8px; padding: 10px 14px;
      min-width: 0; }
    .hm-side { align-self: start; }
    .hm-page .v-sheet { background: transparent; }
    .hm-page .v-text-field { margin-top: 0; padding-top: 12px; }
    .hm-controls .v-input { flex: none; }
    .hm-controls .v-input--checkbox { margin: 0; padding: 0; }
    .hm-controls .v-input--checkbox .v-messages, .hm-controls .v-select .v-text-field__details { display: none; }
    .hm-problem { flex-basis: 100%; margin: 0 !important; }
    .hm-toolbar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 12px 0 10px; margin-top: -12px;
      position: sticky; top: 0; z-index: 3; background: var(--hm-page); }
    .hm-speed { width: 190px; }
    .hm-status { font-variant-numeric: tabular-nums; display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; }
    .hm-consensus { background: #2e7d32; color: white; border-radius: 12px; padding: 2px 12px; }
    .hm-grid { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; }
    .hm-card h3 { font-size: 15px; font-weight: 500; margin: 0 0 4px; }
    .hm-wide { grid-column: 1 / -1; }
    .hm-small { font-size: 13px; opacity: 0.75; }
    .hm-asked { border-collapse: collapse; font-size: 13px; margin-top: 8px; }
    .hm-asked td, .hm-asked th { text-align: left; padding: 2px 12px 2px 0; vertical-align: top; }
    .hm-page code { background: transparent; color: inherit; padding: 0; }
    .hm-command { white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; font-size: 13px; padding: 8px;
      border: 1px solid var(--hm-line); border-radius: 6px; margin-bottom: 10px; }
    .hm-phone { display: none; }
    @media (max-width: 960px) {
      .hm-page, .hm-grid { grid-template-columns: minmax(0, 1fr); }
      .hm-phone { display: block; }
      .hm-folded { display: none; }
    }
""")
