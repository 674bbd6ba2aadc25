"""The pages of the site: their blocks run as they stand there, and their links lead somewhere."""

import pytest
from documents import ROOT, SITE, blocks, links, pages
from documents_run import run_page

GENERATED = {"atlas", "api", "commands.md"}  # folders and pages that the site's build writes
PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_the_links_of_a_page_lead_to_files(name):
    folder = PAGES[name].parent
    lost = [
        link
        for link in links(PAGES[name].read_text())
        if not (folder / link).exists() and not is_generated((folder / link).resolve())
    ]
    assert lost == []


def is_generated(file):
    return file.is_relative_to(SITE) and file.relative_to(SITE).parts[0] in GENERATED


def test_each_how_to_page_has_an_example():
    how_to = {name: blocks(file.read_text()) for name, file in PAGES.items() if "howto/" in name}
    assert len(how_to) > 20
    runs = {"python", "sh"}
    without = [n for n, found in how_to.items() if not runs & {block.language for block in found}]
    assert without == ["howto/index.md"]


@pytest.mark.thorough
@pytest.mark.parametrize("name", PAGES)
def test_the_blocks_of_a_page_run(name, tmp_path, monkeypatch):
    run_page(PAGES[name].read_text(), tmp_path, monkeypatch)


def test_every_picture_is_shown_somewhere():
    shown = {
        (file.parent / link).resolve()
        for file in [ROOT / "README.md", *PAGES.values()]
        for link in links(file.read_text())
    }
    assert [file for file in (ROOT / "visualizations").glob("*.png") if file not in shown] == []
