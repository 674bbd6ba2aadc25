"""The blocks of a page run as a reader types them, with fewer runs.

Knows: how a block is scaled down, and in which process it runs.  Does not know: any page.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace

from documents import ROOT, blocks

from hivemind_abm.app.cli import main as main_module
from hivemind_abm.loading import load_module

RUNS = 20
MORE_OPTIONS = {  # of commands that are slow without them
    "compare": ["--runs", "20"],
    "reproduce": ["--quick"],
    "mean-field": ["--bees", "20000"],
    "bifurcation": ["--bees", "12800"],
    "derive": ["--bees", "20000"],
}
NOT_RUN = (["app"], ["reproduce", "all"], ["--verify", "all"], ["--draw", "all"])


def run_page(text, folder, monkeypatch):
    """Run all blocks of a page, in order, in a folder that has the templates of the gallery."""
    monkeypatch.chdir(folder)
    for template in (ROOT / "models").glob("my_first_*.py"):
        shutil.copy(template, folder)
    for number, block in enumerate(blocks(text)):
        if block.language == "python":
            run_python(block, number, folder)
        elif block.language == "sh":
            for line in block.text.replace("\\\n", " ").splitlines():
                run_command(line, folder, monkeypatch)
        elif block.language == "toml":
            tomllib.loads(block.text)
            if block.file:
                (folder / block.file).write_text(block.text.replace("runs = 1000", "runs = 20"))


def run_python(block, number, folder):
    """Run a block from a file of its own; in its own process where it starts others."""
    file = folder / (block.file or f"example_{number}.py")
    file.write_text(with_fewer_runs(block.text))
    if "__main__" not in block.text:
        load_module(file)
        return
    done = subprocess.run([sys.executable, file.name], capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    assert "interpreted" not in done.stderr, done.stderr


def with_fewer_runs(text):
    """Python code with at most 20 runs, or 4 of Mesa's."""

    def fewer(match):
        return f"{match[1]}{min(int(match[2]), RUNS)}"

    text = re.sub(r"(\bruns=|\"runs\": )(\d+)", fewer, text)
    text = re.sub(r"run_seeds\(1, \w+\)", "run_seeds(1, 4)", text)
    return text.replace("max_steps=150", "max_steps=20")


def run_command(line, folder, monkeypatch):
    """Run a line if it is a command of the package; where it is too long, parse it only."""
    words = shlex.split(line, comments=True)
    if words[:1] != ["hivemind"]:
        return
    words = words[1:]
    if words[:2] == ["gallery", "--copy"]:
        (folder / f"{words[2]}.py").unlink(missing_ok=True)
    with monkeypatch.context() as patch:
        if any(" ".join(some) in " ".join(words) for some in NOT_RUN):
            commands = [replace(each, run=lambda options: 0) for each in main_module.COMMANDS]
            patch.setattr(main_module, "COMMANDS", commands)
        try:
            exit_code = main_module.main(scaled_down(words))
        except SystemExit as end:  # after a help
            exit_code = end.code
    assert exit_code == 0, line


def scaled_down(words):
    """The words of a command, with fewer runs."""
    words = list(words)
    for place, word in enumerate(words[:-1]):
        if word == "--runs":
            words[place + 1] = str(min(int(words[place + 1]), RUNS))
    more = MORE_OPTIONS.get(words[0], [])
    if words[0] == "gallery" and {"--verify", "--draw"} & {*words}:
        more = ["--quick"]
    elif words[0] == "play" and "--compare" in words:
        more = ["--runs", str(RUNS)]
    return words + ([] if {*more} & {*words} or "--list" in words or "--help" in words else more)
