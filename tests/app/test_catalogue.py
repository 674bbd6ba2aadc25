"""The catalogue of the gallery, the thumbnails of its models, and the chooser without a browser."""

import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import solara
from ipyvue import VueTemplate

from hivemind_abm.app.figures.colours import colours_of_options
from hivemind_abm.app.page.models import model_chooser
from hivemind_abm.app.page.models.catalogue import CataloguedModel, by_family, catalogue
from hivemind_abm.app.page.models.model_chooser import ModelChooser
from hivemind_abm.app.page.models.thumbnails import (
    FILE,
    Thumbnail,
    digest_of,
    read,
    svg_of,
    thumbnails,
    written,
)
from hivemind_abm.loading import gallery, load_module

SCRIPT = "visualizations/thumbnails.py"  # makes the thumbnails
RECOMPUTED = ("exp3", "fermi", "lola_hive", "rock_paper_scissors", "three_hives")


def model(tmp_path, text, name="mine.py"):
    (tmp_path / name).write_text(text)
    return CataloguedModel.of(tmp_path / name)


# The catalogue


def test_the_catalogue_has_each_model_of_the_gallery():
    assert list(catalogue()) == sorted(file.stem for file in gallery("models").glob("*.py"))
    assert len(catalogue()) >= 50


def test_a_file_tells_what_its_module_has():
    for name, listed in catalogue().items():
        module = load_module(listed.path)
        assert listed.title == module.__doc__.strip().splitlines()[0], name
        assert listed.family == module.FAMILY, name
        assert [listed.kind] == [k for k in ("HIVE", "GAME", "LEARNER") if hasattr(module, k)], name
        assert listed.claims == len(getattr(module, "CLAIMS", ())), name


def test_a_file_that_tells_little(tmp_path):
    listed = model(tmp_path, "raise RuntimeError('it was run')\n")
    assert (listed.name, listed.title, listed.kind, listed.claims) == ("mine", "", "", 0)
    assert listed.family == "tools and worlds"


def test_families_have_the_order_of_the_command(tmp_path):
    families = ("voters", "tools and worlds", "start here", "ants", "voters")
    listed = [
        model(tmp_path, f'FAMILY = "{family}"\n', f"model_{place}.py")
        for place, family in enumerate(families)
    ]
    ordered = by_family(listed)
    assert list(ordered) == ["start here", "ants", "voters", "tools and worlds"]
    assert [each.name for each in ordered["voters"]] == ["model_0", "model_4"]


# The thumbnails


def test_each_model_has_a_thumbnail_of_its_file_as_it_is():
    """After a model was edited, or one is new: python visualizations/thumbnails.py."""
    now = {name: digest_of(listed.path) for name, listed in catalogue().items()}
    assert {name: each.digest for name, each in thumbnails().items()} == now, f"run {SCRIPT}"


def test_a_digest_is_of_the_text_whatever_ends_its_lines(tmp_path):
    for name, content in (("a", b"x = 1\ny = 2\n"), ("b", b"x = 1\r\ny = 2\r\n"), ("c", b"x = 1")):
        (tmp_path / name).write_bytes(content)
    digests = [digest_of(tmp_path / name) for name in "abc"]
    assert digests[0] == digests[1] != digests[2]


def test_thumbnails_are_written_as_they_are_read():
    text = FILE.read_text(encoding="utf-8")
    assert written(read(text)) == text
    assert len(text) < 40_000
    assert len(text.splitlines()) == len(json.loads(text)) + 2


def test_shares_are_stacked_and_have_a_colour_each():
    for name, each in thumbnails().items():
        for options, places in zip(each.tops, each.places, strict=True):
            assert len(places) == len(options), name
            for lower, upper in pairwise(options):
                assert len(upper) == len(lower) <= 61, name
                assert all(a <= b for a, b in zip(lower, upper, strict=True)), name
            assert all(0 <= top <= 100 for steps in options for top in steps), name


def test_a_thumbnail_is_svg_that_is_not_read_aloud():
    for each in thumbnails().values():
        svg = ElementTree.fromstring(svg_of(each))
        assert svg.get("aria-hidden") == "true"
        for path in svg.iter("path"):
            assert re.fullmatch(r"[MLHVZ0-9 ]+", path.get("d"))


def test_the_areas_of_a_hive_have_the_colours_of_its_options():
    svg = ElementTree.fromstring(svg_of(Thumbnail("", (((40, 0), (90, 100)),), ((0, 1),))))
    first, second = colours_of_options(2)
    assert svg.get("viewBox") == "0 0 1 100"
    assert [(path.get("fill"), path.get("d")) for path in svg] == [
        (second, "M0 100L0 10 1 0V100Z"),  # drawn first: the area of option 0 covers its foot
        (first, "M0 100L0 60 1 100V100Z"),
    ]


def test_each_player_has_a_band_unless_two_shares_are_a_point():
    hive, other = ((50, 60), (100, 100)), ((20, 20), (40, 40), (100, 100))
    bands = ElementTree.fromstring(svg_of(Thumbnail("", (hive, other), ((0, 1), (0, 1, 2)))))
    assert bands.get("viewBox") == "0 0 1 206"
    assert len(bands) == 5
    plane = ElementTree.fromstring(svg_of(Thumbnail("", (hive, hive), ((0, 1), (0, 1)))))
    frame, path, start, end = plane
    assert (frame.get("class"), path.get("d")) == ("hm-frame", "M50 50 60 40")
    assert [(dot.get("cx"), dot.get("cy")) for dot in (start, end)] == [("50", "50"), ("60", "40")]


@pytest.mark.thorough
@pytest.mark.parametrize("name", RECOMPUTED)
def test_a_thumbnail_is_what_its_model_does(name):
    script = gallery("visualizations") / "thumbnails.py"
    if not script.exists():
        pytest.skip("not in a source tree")
    assert load_module(script).thumbnail_of(catalogue()[name]) == thumbnails()[name]


# The chooser


@pytest.fixture
def chooser():
    """Renders a chooser; returns its widget, and the list of what is chosen."""
    contexts = []

    def render(current="fermi"):
        chosen = []
        _, context = solara.render(ModelChooser(current, chosen.append), handle_error=False)
        contexts.append(context)
        return context.find(VueTemplate).widget, chosen

    yield render
    for context in contexts:
        context.close()


def test_a_chooser_that_was_never_opened_reads_nothing(chooser, monkeypatch):
    monkeypatch.delattr(model_chooser, "catalogue")
    monkeypatch.delattr(model_chooser, "thumbnails")
    widget, _ = chooser()
    assert widget.families == []


def test_an_opened_chooser_has_a_card_for_each_model(chooser):
    widget, _ = chooser()
    widget.vue_begin(0)
    cards = {card["name"]: card for family in widget.families for card in family["models"]}
    assert cards.keys() == catalogue().keys()
    assert [family["name"] for family in widget.families] == list(by_family(catalogue().values()))
    assert (cards["fermi"]["kind"], cards["fermi"]["claims"]) == ("hive", 2)
    assert all(card["svg"].startswith("<svg ") and card["title"] for card in cards.values())


def test_only_a_model_of_the_gallery_is_chosen(chooser):
    widget, chosen = chooser()
    for name in ("fermi.py", "../fermi", "", None, 3, ["fermi"]):
        widget.vue_take(name)
    assert chosen == []
    widget.vue_take("exp3")
    assert chosen == ["exp3"]


def test_a_missing_gallery_is_told(chooser, monkeypatch):
    def missing():
        raise ValueError("this installation has no gallery of models")

    monkeypatch.setattr(model_chooser, "catalogue", missing)
    widget, _ = chooser()
    widget.vue_begin(0)
    assert (widget.families, widget.problem) == ([], "this installation has no gallery of models")
