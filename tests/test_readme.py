"""The README: short, with links that lead somewhere and a rule that runs as it stands there."""

import re
import shlex

import pytest
from documents import README, ROOT, blocks, code, links, table
from documents_run import run_command, run_page, run_python

LINES = 150
TEXT = README.read_text()
QUICK_START = {
    "run": "pip install --quiet uv && uv run --quiet hivemind reproduce population_experiments",
    "test": "pip install --quiet uv && uv run --quiet pytest",
}


def test_it_is_short():
    assert len(TEXT.splitlines()) <= LINES


def test_its_links_lead_to_files():
    named = links(TEXT)
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", QUICK_START)
def test_the_quick_start_is_one_line(name):
    (block,) = re.findall(rf"<!-- quickstart: {name} -->\n```bash\n(.*?)```\n", TEXT, re.DOTALL)
    assert block == QUICK_START[name] + "\n"


def test_its_rule_runs(tmp_path, monkeypatch):
    rule, commands = (b for b in blocks(TEXT) if b.language in ("python", "sh"))
    (run,) = (line for line in commands.text.splitlines() if line.startswith("hivemind run"))
    monkeypatch.chdir(tmp_path)
    run_python(rule, 0, tmp_path)
    run_command(run, tmp_path, monkeypatch)


@pytest.mark.thorough
def test_its_blocks_run(tmp_path, monkeypatch):
    run_page(TEXT, tmp_path, monkeypatch)


def commands():
    """The whole commands of the table, each with the words that it needs."""
    cells = [code(row[2]) for row in table(TEXT, "I want to ...")]
    assert len(cells) > 15
    return [text for cell in cells for text in cell if text.startswith("hivemind ")]


@pytest.mark.thorough
def test_the_commands_of_its_table_run(tmp_path, monkeypatch):
    (block,) = (block for block in blocks(TEXT) if block.language == "python")
    (tmp_path / "my_rule.py").write_text(block.text)
    study = 'runs = 5\nsteps = 5\nseed = 1\nkeep = "last"\n\n[[systems]]\nrule = "wvoter"\n'
    (tmp_path / "study.toml").write_text(study)
    monkeypatch.chdir(tmp_path)
    for line in commands():
        if shlex.split(line)[1] == "sweep":
            line += " --store results/study"
        run_command(line.replace("NAME", "fermi"), tmp_path, monkeypatch)
