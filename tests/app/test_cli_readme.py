"""The Python of the README runs as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hivemind_abm.loading import load_module

ROOT = Path(__file__).parents[2]


def readme_examples():
    text = (ROOT / "README.md").read_text()
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(len(readme_examples())))
def test_the_readmes_python_runs(number, tmp_path, monkeypatch):
    block = readme_examples()[number]
    if "def " not in block and "import" not in block:
        block = "from hivemind_abm import Hive\n" + block
    block = (
        block.replace("runs=1000", "runs=10")
        .replace("run_seeds(1, 20)", "run_seeds(1, 4)")
        .replace("runs=200", "runs=20")
    )
    if "SYSTEMS" in block:  # several processes are tested by the other example
        block = block.replace("number_processes=2", "number_processes=1").replace(
            "max_steps=150", "max_steps=20"
        )
    file = tmp_path / "example.py"
    file.write_text(block)
    (tmp_path / "my_first_rule.py").write_text((ROOT / "models" / "my_first_rule.py").read_text())
    monkeypatch.chdir(tmp_path)
    if "__main__" not in block:
        load_module(file)
        return
    done = subprocess.run([sys.executable, file.name], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
