"""The page that steps through a population: Solara components around one `Watch`.

Knows: how a watched run is drawn and what can be clicked.  Does not know: any law; what it shows, `watch` and the hive tell it.
Each browser tab has a run of its own: all state is in the components' hooks.
"""

import base64
import inspect
import io
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import solara
import solara.lab

from hivemind_abm.app.figures.drawing import STYLE, colours_of_options, draw_record
from hivemind_abm.app.page.charts import (
    Chart,
    all_shares,
    legend,
    line,
    one_measure,
    points_of,
    simplex,
    thinned,
)
from hivemind_abm.app.page.controls import Controls, TextBox, whole_number
from hivemind_abm.app.page.session import Choices, Files, Watch
from hivemind_abm.hives.decision import Decision
from hivemind_abm.loading import is_users_frame
from hivemind_abm.studies.measures import reward_histogram

__all__ = ["HivePage"]

_NO_FILES = Files()
_PULLS = 2000  # an option, for the histograms of rewards
_LONGEST_LIST = 30  # of what a bee asked


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
def Card(title: str, children: Sequence[Any] = (), classes: Sequence[str] = ()) -> None:
    with solara.Div(classes=["hm-card", *classes]):
        solara.HTML(tag="h3", unsafe_innerHTML=title)
        solara.Div(children=list(children))


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
        "series": [
            {
                "type": "heatmap",
                "name": "from, to, bees",
                "data": moves,
                "label": {"show": k <= 12, "color": ink},
            }
        ],
    }
    moved = len(watch.hive.opinions) - kept
    said = (
        f"{moved} bees switched, {kept} kept theirs." if watch.steps else "nobody has decided yet."
    )
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
            curve = line(f"option {option}", points_of(middles, density), colour, width=1.2)
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
    went = (
        "kept its option"
        if decision.after == decision.before.opinion
        else f"went over to option {decision.after}"
    )
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
    watch: Watch,
    tick: int,
    chosen: int | None,
    on_chosen: Callable[[int | None], None],
    decision: Decision | None,
) -> None:
    """One bee's last decision: whom it heard, what its rule asked and was told, and what came of it."""

    most = len(watch.hive.opinions) - 1
    wrong, set_wrong = solara.use_state("")
    solara.use_effect(
        lambda: set_wrong(""), [watch, chosen]
    )  # another bee or another hive: not told any longer

    def read(text: str) -> None:
        value = whole_number(text)
        known = isinstance(value, int) and 0 <= value <= most
        set_wrong("" if known or not text.strip() else text.strip())
        if known or not text.strip():
            on_chosen(value if known else None)

    TextBox(
        f"bee, 0 to {most}",
        "" if chosen is None else str(chosen),
        read,
        placeholder="click one, or type its number",
    )
    if wrong:
        solara.Error(f"A bee is a whole number from 0 to {most}, not {wrong!r}.", dense=True)
    if chosen is None:
        solara.Text(
            "Choose a bee to see whom it heard in the last step and why it changed or kept its mind.",
            classes=["hm-small"],
        )
        return
    if decision is None:
        bee = watch.hive.opinions[chosen], watch.hive.payoffs[chosen]
        solara.Text(
            f"Bee {chosen} dances for option {bee[0]} (payoff {bee[1]:.3f}).  It decides in the next step."
        )
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
                draw_record(
                    watch.record(), f"{watch.name}, {watch.hive.opinions.size} bees"
                ).savefig(written, format=kind)
            return written.getvalue()

        return draw

    solara.HTML(tag="pre", unsafe_innerHTML=_escaped(watch.command()), classes=["hm-command"])
    with solara.Row(gap="8px", style={"flex-wrap": "wrap"}):
        solara.FileDownload(watch.csv, filename="run.csv", label="rows (CSV)", mime_type="text/csv")
        solara.FileDownload(
            figure("png"), filename="run.png", label="figure (PNG)", mime_type="image/png"
        )
        solara.FileDownload(
            figure("svg"), filename="run.svg", label="figure (SVG)", mime_type="image/svg+xml"
        )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _message(error: BaseException) -> str:
    frames = [
        (frame, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_users_frame(frame)
    ]
    if frames and not isinstance(error, SyntaxError):
        frame, line = frames[-1]
        return (
            f"{Path(frame.f_code.co_filename).name}, line {line}: {type(error).__name__}: {error}"
        )
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
    restarts, building, unfolded = (
        solara.use_reactive(0),
        solara.use_reactive(True),
        solara.use_reactive(False),
    )
    run = solara.use_memo(_Run, [])

    def build() -> None:
        wanted, number = choices.value, restarts.value
        problem, made = "", None
        try:
            made = Watch(wanted)
        except Exception as error:
            problem = _message(error)
        if choices.value is not wanted or restarts.value != number:
            return  # overtaken by another change
        run.problem.value = problem
        if made is not None:
            run.chosen.value = None
            shown.value = made
        building.value = False

    def change(wanted: Choices) -> None:
        if wanted == choices.peek():
            return
        run.go("")
        building.value = True
        choices.value = wanted

    solara.lab.use_task(build, dependencies=[choices.value, restarts.value], raise_error=True)

    def back() -> None:
        run.go("")
        building.value = True
        restarts.value += 1

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
                Controls(choices, change, files, building.value)
        with solara.Div(classes=["hm-main"]):
            if watch is None:
                solara.Text(run.problem.value or "Building the hive ...", classes=["hm-small"])
                return
            Toolbar(shown, run, building.value, back, choices.value)
            Pictures(watch, run.tick, run.chosen, run.drawn.set)


@dataclass(frozen=True, eq=False)
class _Going:
    """One press of a button; no two are equal.  `what`: "step", "play", or "" for a halt."""

    what: str


class _Run:
    """What happens to the run that is shown.

    Attributes:
        going: What was pressed last.
        tick: Counts the steps that the page has seen.
        problem: What went wrong last.
        chosen: The bee that was chosen.
        drawn: Set when the browser has drawn a step.
    """

    def __init__(self) -> None:
        self.going, self.problem = solara.reactive(_Going("")), solara.reactive("")
        self.tick = solara.reactive(0)
        self.chosen: solara.Reactive[int | None] = solara.reactive(None)
        self.drawn = threading.Event()

    def go(self, what: str) -> None:
        self.going.value = _Going(what)


@solara.component
def Toolbar(
    shown: solara.Reactive[Watch | None],
    run: _Run,
    building: bool,
    on_start: Callable[[], None],
    choices: Choices,
) -> None:
    """Step, play and start, and how the run stands.  Steps are made beside the page, which stays at hand meanwhile."""
    speed = solara.use_reactive(5)

    def step(watch: Watch) -> bool:
        problem = ""
        try:
            watch.step()
        except Exception as error:
            problem = _message(error)
        if watch is shown.value:  # else another has taken its place meanwhile
            run.problem.value = problem
            run.tick.value += 1
        return not problem and not watch.ended

    def go() -> None:
        pressed, watch = run.going.value, shown.value
        if pressed.what == "step" and watch is not None:
            step(watch)
        while (
            pressed.what == "play"
            and pressed is run.going.value
            and watch is shown.value
            and watch is not None
        ):
            start = time.monotonic()
            run.drawn.clear()
            if not step(watch):
                break
            if not run.drawn.wait(
                3.0
            ):  # for the picture, so that a slow browser isn't run over, and a closed one ends the play
                break
            time.sleep(max(0.0, 1.0 / speed.value - (time.monotonic() - start)))
        if pressed is run.going.value:
            run.go("")

    def begin() -> None:
        if run.going.value.what:  # in a daemon: a long step doesn't hold up the end of the server
            threading.Thread(target=go, daemon=True).start()

    solara.use_effect(begin, [run.going.value])

    watch, going = shown.value, run.going.value.what
    if watch is None:
        return
    ready, playing = not building and not watch.ended, going == "play"
    with solara.Div(classes=["hm-toolbar"]):
        stepping = {"icon_name": "mdi-step-forward", "on_click": lambda: run.go("step")}
        solara.Button("Step", color="primary", disabled=not ready or going != "", **stepping)
        label, icon = ("Pause", "mdi-pause") if playing else ("Play", "mdi-play")
        toggling = {"icon_name": icon, "on_click": lambda: run.go("" if playing else "play")}
        solara.Button(label, disabled=not ready or going == "step", **toggling)
        solara.Button("Start", icon_name="mdi-skip-backward", on_click=on_start, disabled=building)
        with solara.Div(classes=["hm-speed"]):
            solara.SliderInt(
                f"{speed.value} steps/s", value=speed, min=1, max=10, thumb_label=False
            )
        Status(watch, run.tick)
        if run.problem.value:  # in view whatever is scrolled or folded away
            shown_choices = (
                "" if choices == watch.choices else "  (The hive shown is still the one before.)"
            )
            solara.Error(run.problem.value + shown_choices, dense=True, classes=["hm-problem"])


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
    watch: Watch,
    ticks: solara.Reactive[int],
    choice: solara.Reactive[int | None],
    on_drawn: Callable[[], None],
) -> None:
    """Everything that shows the run.  Only this is rendered anew at a step, not the controls."""
    tick, chosen, on_chosen = ticks.value, choice.value, choice.set
    dark, set_dark = solara.use_state(False)
    for name, trouble in watch.troubles.items():
        solara.Warning(f"{name} stopped: {trouble}", dense=True)
    hive, k = watch.hive, watch.n_action
    whole = solara.use_memo(watch.record, [id(watch), tick])
    record = {name: thinned(rows) for name, rows in whole.items()}
    bee = chosen if chosen is not None and chosen < len(hive.opinions) else None

    def decide() -> Decision | None:
        return None if bee is None or watch.steps == 0 else hive.decision(bee)

    decision = solara.use_memo(decide, [id(watch), tick, bee])
    marks: dict[str, Any] = {"chosen": bee}
    if decision is not None:
        asked = sorted({asked.bee for asked in decision.asked if asked.bee is not None})
        marks["asked"] = asked if len(asked) <= _LONGEST_LIST else []
        marks["heard"] = (
            decision.heard.tolist() if len(decision.heard) < len(hive.opinions) - 1 else []
        )
    frame = {
        "tick": tick,
        "opinions": _packed(hive.opinions),
        "payoffs": _packed(np.round(255 * hive.payoffs)),
    }
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
            Chart(one_measure(record, "optimal_share"), dark)
            solara.HTML(tag="h3", unsafe_innerHTML="Shares of all options")
            Chart(all_shares(record, k), dark)
            solara.Text(legend(record), classes=["hm-small"])
        with Card("One bee"):
            OneBee(watch, tick, bee, on_chosen, decision)
        with Card("Who switched"):
            Flows(watch, tick, dark)
        with Card("Mean payoff"):
            free = {"type": "value", "scale": True}
            Chart(one_measure(record, "mean_payoff", yAxis=free), dark)
        with Card("Rewards of the bandit"):
            Rewards(watch, dark)
        if k == 3:
            with Card("Path on the simplex"):
                Chart(simplex(record, dark), dark, height=330)
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
      position: sticky; top: -12px; z-index: 3; background: var(--hm-page); }
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
