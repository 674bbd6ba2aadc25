"""What keeps the page tidy: short names, unbroken options, labels that do not touch."""

import numpy as np
import pytest

from hivemind_abm.app.page.cards.take_away import _unbroken
from hivemind_abm.app.page.charts.chart import _has_room
from hivemind_abm.app.page.charts.over_time import _largest
from hivemind_abm.app.page.page import _short


@pytest.mark.parametrize(
    ("labels", "short"),
    [
        (["game of /a b/c/meeting.py", "learner Greedy"], ["game of meeting.py", "learner Greedy"]),
        ([r"game of C:\files\meeting.py", "hive"], ["game of meeting.py", "hive"]),
        (["game of one/a.py", "game of two/a.py"], ["game of one/a.py", "game of two/a.py"]),
    ],
)
def test_a_subject_is_named_without_its_folder_where_that_is_enough(labels, short):
    assert _short(labels) == short


def test_an_option_of_a_command_is_not_broken_and_nothing_in_it_is_html():
    words = "hivemind run --n-action=3 --rule <b>.py:A--B"
    assert _unbroken(words) == (
        "hivemind run <span>--n-action</span>=3 <span>--rule</span> &lt;b&gt;.py:A--B"
    )


@pytest.mark.parametrize(
    ("last", "room"), [(10, True), (20, True), (14, True), (26, False), (21, False), (500, True)]
)
def test_the_last_step_has_a_label_where_it_does_not_touch_another(last, room):
    assert _has_room(last) is room


class Behind:
    """Means of options 0 to 4 that rise with the option."""

    def bands(self, measure):
        mean = np.array([0.2, 0.1 * int(measure[-1])])
        return np.arange(2), mean, mean, mean


def test_few_bands_stand_behind_the_curves():
    shown = {f"share_{option}": "#000000" for option in range(5)}
    assert list(_largest(Behind(), shown)) == ["share_2", "share_3", "share_4"]
    three = dict(list(shown.items())[:3])
    assert _largest(Behind(), three) == three and _largest(None, shown) == shown
