"""The card that makes movies and stills, in a browser."""

import re
import zipfile
from io import BytesIO
from xml.etree import ElementTree

import imageio.v2 as imageio
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright")
from pages import Tab
from playwright.sync_api import expect

pytestmark = pytest.mark.thorough
PLAYS = """bytes => new Promise((done, fail) => {
  const video = document.createElement('video');
  video.onloadeddata = () => done([video.videoWidth, video.videoHeight, video.duration]);
  video.onerror = () => fail(video.error.message);
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([new Uint8Array(bytes)], {type: 'video/mp4'}));
})"""


def card(tab):
    return tab.page.locator(".hm-recorder")


def downloaded(tab, button):
    with tab.page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def made(tab, label, kind):
    """The bytes of a movie of this kind."""
    card(tab).get_by_label(label, exact=True).check(force=True)
    tab.button("Make the movie").click()
    link = card(tab).get_by_role("button", name=re.compile(rf"movie\.{kind} \("))
    expect(link).to_be_visible()
    name, movie = downloaded(tab, link)
    assert name == f"movie.{kind}"
    return movie


def test_each_kind_of_movie_is_made_and_taken_away(tab):
    tab.step(4)
    expect(card(tab)).to_contain_text("5 frames; 0.5 s")
    movie = made(tab, "MP4", "mp4")
    with imageio.get_reader(BytesIO(movie), format="mp4") as reader:
        frames = [frame for frame in reader]  # noqa: C416, its length is not known
    assert len(frames) == 5 and frames[0].shape == (560, 1120, 3)
    assert np.abs(frames[0].astype(float) - frames[4]).mean() > 1.0
    assert tab.page.evaluate(PLAYS, list(movie)) == [1120, 560, 0.5]
    tab.type("from step", "2")
    expect(card(tab)).to_contain_text("3 frames; 0.3 s")
    assert Image.open(BytesIO(made(tab, "GIF", "gif"))).n_frames == 3
    images = zipfile.ZipFile(BytesIO(made(tab, "PNG frames (ZIP)", "zip")))
    assert len(images.namelist()) == 1 + 3


def test_a_still_is_of_the_step_that_is_shown(tab):
    for step in (1, 2):
        tab.step()
        expect(tab.button("Still (SVG)")).to_be_visible()
        name, svg = downloaded(tab, tab.button("Still (SVG)"))
        words = [each.text for each in ElementTree.fromstring(svg).iter()]
        assert name == f"step_{step}.svg" and f"step {step}" in words


def test_figures_come_while_it_plays_and_a_still_is_named_after_its_step(tab):
    tab.choose("rule", "mine.py:Stubborn")
    expect(tab.command).to_contain_text("--rule mine.py:Stubborn")
    tab.button("Play").click()
    expect(tab.status).to_contain_text(re.compile(r"step ([3-9]|\d\d+) "))
    for label, begins in (("figure (PNG)", b"\x89PNG"), ("figure (SVG)", b"<?xml")):
        _, data = downloaded(tab, tab.button(label))
        assert data.startswith(begins)
    name, svg = downloaded(tab, tab.button("Still (SVG)"))
    words = [each.text for each in ElementTree.fromstring(svg).iter()]
    assert name.removesuffix(".svg").replace("_", " ") in words
    expect(tab.button("Pause")).to_be_enabled()


def test_a_step_that_was_not_made_is_refused_and_the_card_lives_on(tab):
    tab.step(2)
    tab.type("to step", "7")
    expect(card(tab)).to_contain_text("to step must be a whole number from 0 to 2, not 7")
    tab.button("Make the movie").click()
    tab.type("to step", "1")
    expect(card(tab)).to_contain_text("2 frames")
    assert Image.open(BytesIO(made(tab, "GIF", "gif"))).n_frames == 2


def test_a_movie_is_cancelled_and_another_hive_forgets_it(browser, served):
    tab = Tab(browser, served)
    tab.step()
    tab.type("bees N", "8")
    tab.choose("rule", "mine.py:Slow")  # a step of it takes a second for each bee
    expect(tab.command).to_contain_text(
        "--rule mine.py:Slow --bandit 'near one' --population-size 8"
    )
    tab.step()
    tab.button("Make the movie").click()
    tab.button("Cancel").click()
    expect(tab.button("Make the movie")).to_be_visible()
    expect(card(tab)).not_to_contain_text("frame 0 of")
    tab.choose("rule", "wvoter")
    expect(tab.command).to_contain_text("--rule wvoter")
    tab.step()
    made(tab, "GIF", "gif")
    tab.button("Start").click()
    expect(card(tab).get_by_role("button", name=re.compile(r"movie\."))).to_have_count(0)
    assert not tab.complaints
    tab.context.close()
