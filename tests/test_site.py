"""The documentation site: its settings, its generated pages, its links, and a whole build."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SITE = REPOSITORY / "visualizations" / "site"
sys.path.insert(0, str(SITE / "_ext"))

import site_api  # noqa: E402
import site_atlas  # noqa: E402
import site_commands  # noqa: E402
import site_links  # noqa: E402
import site_tree  # noqa: E402

import hivemind_abm  # noqa: E402
from hivemind_abm.app.cli.main import COMMANDS  # noqa: E402

HOLDS = '''"""Half of the coins show heads.

A coin is tossed * once, see https://doi.org/10.1000/182.

    hivemind gallery --verify coins
"""

from hivemind_abm import Claim

FAMILY = "voters"
HIVE = {"rule": "wvoter"}
CLAIMS = (Claim("heads", 0.5, "eq. 1", lambda quick: 0.5, otherwise=0.7),)


def draw(axes, quick=False):
    axes.plot([0, 1], [0, 1])
'''
DOCS = ("furo", "myst_nb", "sphinx_design", "latex2mathml", "ziamath")  # the group docs
FAILS = '''"""A claim that fails."""

import hivemind_abm as hm

CLAIMS = (
    hm.Claim("one", 1.0, "abstract", lambda quick: 1.0, otherwise=0.0),
    hm.Claim("two", 2.0, "Fig. 2", lambda quick: -2.5, otherwise=0.0),
)
'''


def needs_the_docs_group():
    for name in DOCS:
        pytest.importorskip(name)


@pytest.fixture
def atlas(tmp_path):
    """Two small models, measured, and the folders that they are in."""
    folder, cache = tmp_path / "models", tmp_path / "cache"
    folder.mkdir()
    (folder / "coins.py").write_text(HOLDS)
    (folder / "wrong_claim.py").write_text(FAILS)
    return folder, cache, site_atlas.measured_models(folder, cache, quick=True)


def test_the_settings_can_be_read():
    spec = importlib.util.spec_from_file_location("site_settings", SITE / "conf.py")
    settings = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(settings)
    assert settings.html_theme == "furo" and settings.release in (
        REPOSITORY / "pyproject.toml"
    ).read_text().replace('"', " ").split(" ")
    assert settings.html_math_renderer == "mathml"  # the usual one loads a script from the network


def test_every_page_is_in_a_table_of_contents():
    named = set()
    for page in SITE.rglob("*.md"):
        for block in re.findall(r"```\{toctree\}(.*?)```", page.read_text(), re.DOTALL):
            for line in block.splitlines():
                entry = (re.findall(r"<(.+)>", line) or [line.strip()])[0]
                if entry and not entry.startswith(":"):
                    named.add((page.parent / entry).relative_to(SITE).as_posix())
    pages = {
        page.relative_to(SITE).with_suffix("").as_posix()
        for page in [*SITE.rglob("*.md"), *SITE.rglob("*.ipynb")]
        if "paper" not in page.parts and ".ipynb_checkpoints" not in page.parts
    }
    generated = {"atlas/index", "api/index"}
    assert pages - named == {"index"}
    assert named - pages == generated


def test_a_model_has_a_page_with_its_verified_number(atlas):
    pages = site_atlas.pages(atlas[2])
    page = pages["coins.md"]
    assert page.startswith("# Coins\n\n{.lead}\nHalf of the coins show heads.\n")
    assert "tossed \\* once, see https://doi.org/10.1000/182." in page
    assert "```sh\nhivemind gallery --verify coins\n```" in page
    assert "| heads | 0.5 | 0.5000000000 | {bdg-success}`holds` | 0.7 | eq. 1 |" in page
    assert "```{literalinclude} coins.py" in page and pages["coins.py"] == HOLDS
    assert "hivemind app coins.py" in page and "{py:obj}`~hivemind_abm.Claim`" in page
    assert pages["pictures/coins.png"].startswith(b"\x89PNG") and "pictures/coins.png" in page


def test_a_claim_that_fails_is_shown_and_is_a_problem(atlas):
    _, _, (coins, wrong) = atlas
    pages = site_atlas.pages([coins, wrong])
    assert (coins.problems, wrong.problems) == ([], ["wrong_claim.py: two: FAILS"])
    assert "{bdg-danger}`fails`" in pages["wrong_claim.md"]
    assert "## Run it" in pages["wrong_claim.md"] and "{image}" not in pages["wrong_claim.md"]
    assert "{py:obj}`~hivemind_abm.Claim`" in pages["wrong_claim.md"]
    index = pages["index.md"]
    assert "measured 3 of them with few runs: 2 hold." in index
    assert "{bdg-success}`1 number holds`" in index
    assert "{bdg-danger}`1 of 2 numbers hold`" in index
    assert index.index("## Voters") < index.index("## Tools and worlds")


def test_what_is_measured_is_kept_until_the_file_changes(atlas, capsys):
    folder, cache, models = atlas
    capsys.readouterr()
    assert site_atlas.measured_models(folder, cache, quick=True) == models
    assert capsys.readouterr().out == ""
    (folder / "coins.py").write_text(HOLDS.replace("lambda quick: 0.5", "lambda quick: 0.4"))
    changed = site_atlas.measured_models(folder, cache, quick=True)[0]
    assert changed.problems == ["coins.py: heads: FAILS"]
    assert "measured coins" in capsys.readouterr().out
    assert len([*cache.rglob("coins*")]) == 2  # the older two are deleted


def test_a_file_that_raises_is_a_problem_and_still_has_a_page(tmp_path):
    (tmp_path / "broken.py").write_text('"""A broken model."""\n\nimport no_such_module\n')
    (model,) = site_atlas.measured_models(tmp_path, tmp_path / "cache", quick=True)
    assert model.problems == ["broken.py: ModuleNotFoundError: No module named 'no_such_module'"]
    assert site_atlas.pages([model])["broken.md"].startswith("# Broken\n")


def test_each_public_name_is_on_one_page_of_the_reference():
    pages = site_api.pages()
    text = "\n".join(pages.values())
    for name in hivemind_abm.__all__:
        directives = re.findall(rf"^\.\. \S+:: hivemind_abm\.{name}\b", text, re.MULTILINE)
        assert len(directives) == 1, name
    assert all(group in pages["index.md"] for group in site_api.GROUPS)


def test_each_command_is_explained_with_its_options():
    page = site_commands.pages()["commands.md"]
    for command in COMMANDS:
        assert f"## hivemind {command.name}\n" in page and command.example in page
    assert "`--population-size N`\n: bees (default: 1000)\n" in page
    assert "`[PLAYER ...]`\n" in page


def test_formulas_are_understood_or_refused():
    needs_the_docs_group()
    import site_mathml

    made = site_mathml.mathml(r"\begin{aligned} x &< \sum_a y_a \end{aligned}", block=True)
    assert "<mtable" in made and "<munder><mo>∑</mo>" in made and "&lt;" in made
    for wrong in (r"\frac{1}", r"a & b", r"\nosuch x"):
        with pytest.raises(ValueError, match="not understood"):
            site_mathml.mathml(wrong)


def test_links_that_lead_nowhere_and_things_from_the_network_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">1</a><a href="https://example.org">2</a><p id="top2"></p>'
        '<a href="#top2">3</a><a href="b.html#there">4</a><a href="c.html">5</a>'
        '<script src="https://example.org/x.js"></script><img src="no.png"><a href="../up">6</a>'
    )
    (tmp_path / "b.html").write_text('<h1 id="here">b</h1>')
    links = site_links.check(tmp_path)
    assert (links.pages, links.inside) == (2, 6)
    assert [problem.removeprefix("a.html ") for problem in links.problems] == [
        "loads https://example.org/x.js from the network",
        "links to b.html#there: there is no such place",
        "links to c.html: there is no such file",
        "links to ../up: there is no such file",
        "links to no.png: there is no such file",
    ]


def test_the_tree_of_pages_follows_its_sources(tmp_path):
    site_tree.write(tmp_path, {"a/b.md": "one", "c.md": b"two"})
    time = (tmp_path / "c.md").stat().st_mtime_ns
    site_tree.write(tmp_path, {"c.md": "two"})
    assert [*tmp_path.rglob("*.md")] == [tmp_path / "c.md"]
    assert (tmp_path / "c.md").stat().st_mtime_ns == time
    files = site_tree.written_by_hand(SITE, REPOSITORY)
    assert {"visualizations/site/index.md", "visualizations/app_dark.png"} <= files.keys()
    assert not any("site/paper/" in name or "site/_ext/" in name for name in files)


def build(*words):
    command = [sys.executable, str(SITE / "build.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.thorough
def test_the_site_is_built_and_a_broken_link_stops_it(tmp_path, atlas):
    """All pages written by hand, with two small models in place of the atlas."""
    needs_the_docs_group()
    models = tmp_path / "models"
    (models / "wrong_claim.py").unlink()
    words = ("--out", tmp_path / "out", "--models", models)
    first = build(*words)
    warned = re.findall(r"^.*(?:WARNING|ERROR|CRITICAL): .*$", first.stderr, re.MULTILINE)
    # Pages name models of the atlas, which is another one here.
    assert [line for line in warned if not re.search(r"not found: '\S*atlas/", line)] == []
    assert first.returncode == (1 if warned else 0)
    html = tmp_path / "out" / "html"
    assert "Half of the coins show heads." in (html / "atlas" / "coins.html").read_text()
    listed = (html / "llms.txt").read_text()
    assert listed.startswith("# hivemind_abm\n\n> Bees")
    assert "- [Coins](atlas/coins.html): Half of the coins show heads." in listed
    assert "<math" in (html / "ideas" / "replicators.html").read_text()
    assert (html / "_static" / "math.woff").stat().st_size < 200_000

    copy = tmp_path / "site"
    shutil.copytree(SITE, copy, ignore=shutil.ignore_patterns("howto", "ideas", "contributing"))
    page = copy / "changelog.md"
    page.write_text(page.read_text() + "\n[nowhere](no_such_page.md) [there](#no-such-place)\n")
    second = build(*words, "--source", copy)
    assert second.returncode == 1
    assert "'no_such_page.md'" in second.stderr and "'no-such-place'" in second.stderr
    assert "changelog.html links to #no-such-place: there is no such place" in second.stderr
