"""What the charts of a hive are made from: shares, hidden options, mean fields and flows."""

import numpy as np
import pandas as pd
import pytest
from page_rules import RULES

from hivemind_abm import Hive, mean_field
from hivemind_abm.app.page.cards import field_meter
from hivemind_abm.app.page.cards.flows import flows_in_words
from hivemind_abm.app.page.cards.mean_field_of import (
    Stopped,
    mean_field_of,
    no_mean_field,
    shared_field,
)
from hivemind_abm.app.page.charts.chart import words_of
from hivemind_abm.app.page.charts.curves import (
    all_shares,
    one_measure,
    systems_of,
    with_changes,
)
from hivemind_abm.app.page.charts.drift_chart import drift_chart
from hivemind_abm.app.page.charts.end_labels import end_labels
from hivemind_abm.app.page.charts.field_marks import arrows, fixed_point_series, fixed_point_signs
from hivemind_abm.app.page.charts.flow_chart import flow_table, largest_moves, sankey
from hivemind_abm.app.page.charts.simplex import simplex
from hivemind_abm.app.page.charts.stacked import hidden_in_words, small_options, stacked_shares


def rows_of(shares, none=None):
    """Rows of a record with these shares."""
    rows = pd.DataFrame(shares, columns=[f"share_{a}" for a in range(len(shares[0]))])
    return rows if none is None else rows.assign(share_none=none)


ROWS = rows_of([[0.3, 0.3, 0.2, 0.2], [0.005, 0.995, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
LOW = rows_of([[0.0, 0.98, 0.01, 0.01], [0.0, 0.995, 0.005, 0.0]])


def named(option):
    return [series["name"] for series in option["series"] if series.get("name")]


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """The path of a user's rules."""
    file = tmp_path_factory.mktemp("rules") / "mine.py"
    file.write_text(RULES)
    return file


@pytest.fixture
def quick(monkeypatch):
    """Mean fields are measured with few bees, as many however slow the machine is."""
    monkeypatch.setattr(field_meter, "_MOST", 250)
    monkeypatch.setattr(field_meter, "_TIME", np.inf)
    monkeypatch.setattr(field_meter, "_TRIAL", np.inf)


@pytest.fixture(scope="module")
def field():
    """A mean field of three shares, from few decisions."""
    return mean_field("success", "near one", bees=6400, n_action=3)


def test_options_that_stay_small_in_all_systems_are_hidden():
    assert small_options({"a": LOW}, 4) == [0]  # three always stay
    wide = rows_of([[0.0, 0.002, 0.004, 0.009, 0.485, 0.5]])
    assert small_options({"a": wide}, 6) == [0, 1, 2]
    assert small_options({"a": wide, "b": wide.assign(share_1=0.02)}, 6) == [0, 2, 3]
    assert small_options({"a": rows_of([[1.0 / 200.0] * 200])}, 200) == list(range(3, 200))
    assert hidden_in_words([]) == ""
    assert hidden_in_words([4]) == "1 option that never rose above 1 % not shown."
    assert hidden_in_words([4, 5]).startswith("2 options ")


def test_hidden_options_have_no_curves():
    record = {"R": ROWS, "TRD": ROWS}
    names = named(all_shares(record, 4, False, hidden=[2, 3]))
    assert names == ["R, option 0", "R, option 1", "TRD, option 0", "TRD, option 1"]
    assert named(stacked_shares(ROWS, 4, False, [2, 3])) == ["option 1", "option 0"]


def test_stacked_shares_lie_on_each_other():
    rows = rows_of([[0.1, 0.2], [0.3, 0.4]], none=[0.7, 0.3])
    option = stacked_shares(rows, 2, False)
    assert named(option) == ["no option", "option 1", "option 0"]  # the lowest covers the others
    tops = {series["name"]: series["data"] for series in option["series"] if "name" in series}
    assert tops["no option"] == [[0.0, 1.0, 0.7], [1.0, 1.0, 0.3]]
    assert tops["option 1"] == [[0.0, 0.3, 0.2], [1.0, 0.7, 0.4]]
    labels = {each["label"]["formatter"]: each["value"][1] for each in option["series"][-1]["data"]}
    assert labels == pytest.approx({"0": 0.15, "1": 0.5, "none": 0.85})


def test_curves_that_end_close_together_share_a_label():
    ends = {"0": (9, 0.0), "1": (9, 0.02), "2": (9, 0.05), "4": (9, 0.06), "3": (9, 0.8)}
    data = end_labels(ends, False)["data"]
    assert [each["label"]["formatter"] for each in data] == ["0-2, 4", "3"]
    assert data[0]["value"] == [9, pytest.approx(0.0325)] and data[1]["value"] == [9, 0.8]


def test_a_second_hive_has_a_line_of_its_kind():
    record = {"R_success": ROWS, "R_success, M = 5": ROWS, "TRD": ROWS, "CL": ROWS}
    second = "R_success, M = 5"
    kinds = [system.kind for system in systems_of(record, False, second)]
    assert kinds == ["solid", "long dashes", "dashed", "dotted"]
    dashes = {
        series["name"]: series["lineStyle"]["type"]
        for series in one_measure(record, "share_0", False, second)["series"]
    }
    assert dashes["R_success"] == "solid" and dashes[second] == [16, 5]
    path = next(
        series
        for series in simplex({"a": ROWS[:1], second: ROWS[:1]}, 3, False, second=second)["series"]
        if series.get("name") == second
    )
    assert path["lineStyle"]["type"] == [16, 5]


def test_the_step_looked_at_has_a_solid_line():
    chart = one_measure({"R": ROWS}, "share_0", False)
    marks = with_changes(chart, [1], False, 2)["series"][0]["markLine"]["data"]
    assert marks[0] == {"xAxis": 1}
    assert marks[1]["xAxis"] == 2 and marks[1]["lineStyle"]["type"] == "solid"
    assert marks[1]["label"]["formatter"] == "step 2"
    assert with_changes(chart, [], False, 0)["series"][0]["markLine"]["data"][0]["xAxis"] == 0
    assert with_changes(chart, [], False, None) is chart


def test_a_chart_is_told_in_words():
    chart = one_measure({"R": ROWS, "TRD": LOW}, "share_1", False)
    told = words_of(chart, "Share of option 1")
    assert told == "Share of option 1 over step; last values: R 1, TRD 0.995."
    many = {"R": rows_of([[0.05] * 20])}
    assert words_of(all_shares(many, 20, False)).endswith("and 8 more.")
    assert words_of({"series": []}) == "Chart."


def test_arrows_begin_at_the_points_and_keep_the_direction():
    starts = np.array([[0.0, 0.0], [0.5, 0.0], [0.2, 0.2]])
    changes = np.array([[0.0, 0.04], [0.01, 0.0], [0.0, 0.0]])
    data = arrows(starts, changes, 0.1, False)["data"]
    assert [each["coords"] for each in data] == [[[0.0, 0.0], [0.0, 0.1]], [[0.5, 0.0], [0.55, 0]]]
    assert arrows(starts, 0.0 * changes, 0.1, False)["data"] == []


def test_kinds_of_fixed_points_differ_in_shape_or_filling():
    kinds = ["stable", "unstable", "saddle", "unclear"]
    looks = {
        (series["symbol"], series["itemStyle"]["color"] == series["itemStyle"]["borderColor"])
        for series in fixed_point_series([[0.0, 0.0]] * 4, kinds, False)
    }
    assert looks == {("circle", True), ("circle", False), ("diamond", True), ("triangle", False)}
    assert len({(sign.shape, sign.filled) for sign in fixed_point_signs(kinds, False)}) == 4


def test_the_triangle_has_the_arrows_and_fixed_points(field):
    rows = rows_of([[1 / 3, 1 / 3, 1 / 3]])
    bare, drawn = (simplex({"R": rows}, 3, False, field=each) for each in (None, field))
    assert not [series for series in bare["series"] if series["type"] == "lines"]
    (lines,) = [series for series in drawn["series"] if series["type"] == "lines"]
    moves = (np.abs(field.drift) > 2.0 * field.error).any(axis=1).sum()
    assert len(lines["data"]) == moves > 40
    lengths = [np.subtract(end, start) for start, end in (each["coords"] for each in lines["data"])]
    assert max(map(np.linalg.norm, lengths)) == pytest.approx(0.088, abs=1e-3)
    up = next(each for each in lines["data"] if each["coords"][0] == [0.5, 0.0])  # half 0, half 1
    assert up["coords"][1][0] > 0.5 and up["coords"][1][1] == 0.0  # option 1 is the better one
    places = [at for series in drawn["series"] if "symbol" in series for at in series["data"]]
    assert places.count([0.5, 0.866]) == 1  # option 2, the best


def test_the_drift_has_the_hive_on_its_curve():
    field = mean_field("success", "near one", bees=6400, n_action=2)
    chart = drift_chart(field, 0.25, "#123456", "R_success", False)
    curve = next(series for series in chart["series"] if series["name"] == "R_success")["data"]
    now = next(series for series in chart["series"] if series.get("name") == "now")["data"][0]
    assert now[0] == 0.25 and now[1] == pytest.approx(np.interp(0.25, *zip(*curve, strict=True)))
    assert now[1] < 0.0 and chart["yAxis"]["max"] > max(abs(y) for _, y in curve)
    assert {len(series["data"]) for series in chart["series"]} == {1, 2, 41}
    empty = drift_chart(None, 0.25, "#123456", "R_success", False)
    assert not empty["yAxis"]["axisLabel"]["show"]


def test_a_mean_field_is_shared_by_hives_with_the_same_settings(quick):
    hives = [
        Hive("success", "near one", 100, n_action=2, rng=seed, neighbourhood_size=size)
        for seed, size in ((1, 1), (2, 1), (1, 2))
    ]
    assert shared_field(hives[0]) is shared_field(hives[1]) is not shared_field(hives[2])
    parts = []
    field = mean_field_of(hives[0], parts.append)
    assert parts == sorted(parts) and 0.5 < parts[-1] <= 1.0
    assert mean_field_of(hives[1]) is field and shared_field(hives[1]).field is field
    assert [point.shares for point in field.fixed_points] == [(1.0, 0.0), (0.0, 1.0)]
    assert field.fixed_points[0].kind != "stable" and field.fixed_points[1].kind != "unstable"
    exact = mean_field("success", "near one", bees=64_000, n_action=2, fixed_points=False)
    error = np.hypot(field.error, exact.error) + 1e-12
    assert (np.abs(field.drift - exact.drift) < 4.5 * error).all()  # 82 numbers: 1 in 1,800 fails


def test_a_mean_field_that_is_not_wanted_is_not_measured(quick):
    hive = Hive("success", "near one", 100, n_action=2, neighbourhood_size=3)
    asked = []

    def still_wanted():
        asked.append(1)
        return len(asked) < 4

    with pytest.raises(Stopped):
        mean_field_of(hive, still_wanted=still_wanted)
    assert shared_field(hive).field is None and not shared_field(hive).trouble
    assert mean_field_of(hive).shares.shape == (41, 2)


def test_why_there_is_no_mean_field(mine):
    def reason(rule="success", bandit="near one", **arguments):
        return no_mean_field(Hive(rule, bandit, 60, **arguments))

    assert reason(n_action=2) == reason(n_action=3) == reason(bandit="congestion") == ""
    assert reason(n_action=4) == "the hive has 4 shares"
    assert "on a network" in reason(n_action=3, neighbourhood="ring:4")
    assert "groups" in reason(n_action=3, neighbourhood="groups", neighbourhood_size=10)
    assert "change from step to step" in reason(bandit="switching")
    assert "keep no memory" in reason(f"{mine}:Averager", n_action=2, compiled=False)
    scout = f"{mine}:Scout"
    assert "with that of no option" in reason(scout, n_action=3, compiled=False)
    assert reason(scout, n_action=1, compiled=False) == ""
    with pytest.raises(ValueError, match="on a network"):
        mean_field_of(Hive("success", "near one", 60, n_action=3, neighbourhood="ring:4"))


@pytest.mark.thorough
def test_one_option_and_none_have_a_drift(mine, quick):
    field = mean_field_of(Hive(f"{mine}:Scout", "near one", 60, n_action=1))
    assert field.shares.shape == (41, 2) and field.drift[20, 0] < 0.0
    assert [(point.shares, point.kind) for point in field.fixed_points] == [((0.0, 1.0), "stable")]
    both = mean_field_of(Hive(f"{mine}:Scout", "near one", 60, n_action=2))
    assert both.options == [0, 1, "none"]


def test_the_moves_of_a_step_are_bands():
    flows = np.array([[5, 2, 0], [7, 20, 1], [0, 3, 0]])
    assert largest_moves(flows) == [(1, 0, 7), (2, 1, 3), (0, 1, 2), (1, 2, 1)]
    (series,) = sankey(flows, 2, False)["series"]
    links = {(link["source"], link["target"]): link["value"] for link in series["links"]}
    assert links[("from 1", "to 0")] == 7 and links[("from none", "to 1")] == 3
    assert sum(links.values()) == flows.sum() - flows.trace()
    labels = {node["name"]: node["label"]["formatter"] for node in series["data"]}
    assert labels["from 1"] == "from 1: 8" and labels["to none"] == "to none: 1"
    table = flow_table(flows, 2, False)
    assert [0, 1, 7] in table["series"][0]["data"] and table["xAxis"]["data"][-1] == "none"


def test_the_flows_of_many_options_are_the_largest():
    flows = np.arange(2500).reshape(50, 50)
    (series,) = sankey(flows, 50, False)["series"]
    assert len(series["links"]) == 40 and min(link["value"] for link in series["links"]) > 2450


def test_flows_in_words():
    flows = np.array([[243, 57], [0, 0]])
    assert flows_in_words(flows, 0) == "Step 0: nobody has decided yet."
    assert flows_in_words(flows, 2) == "Step 2: 57 bees switched, 243 kept theirs."
    assert flows_in_words(np.diag([3, 4]), 9) == "Step 9: nobody switched, 7 bees kept theirs."
