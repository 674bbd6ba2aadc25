"""Matplotlib's settings belong to the process: figures that are drawn at once do not share them."""

import threading
import time

import matplotlib as mpl

from hivemind_abm.app.figures.style import STYLE, drawing


def test_figures_drawn_at_once_have_their_own_settings_and_leave_none():
    before, seen = dict(mpl.rcParams), []

    def draw(number):
        settings = STYLE if number % 2 else {}
        with drawing(settings):
            time.sleep(0.001 * (number % 5))
            with drawing({"svg.fonttype": "none"}):
                wanted = settings.get("font.size", before["font.size"])
                seen.append(
                    (mpl.rcParams["font.size"], mpl.rcParams["svg.fonttype"]) == (wanted, "none")
                )

    threads = [threading.Thread(target=draw, args=[number], daemon=True) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
    assert seen == [True] * 20 and dict(mpl.rcParams) == before
