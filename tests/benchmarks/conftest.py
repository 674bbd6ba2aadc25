"""The hand-written C programs that our code is measured beside."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def c_program(tmp_path_factory):
    """Compiles a C source of this folder; returns a function (*arguments) -> lines printed."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler here")

    def build(name):
        program = tmp_path_factory.mktemp(name) / name
        source = Path(__file__).with_name(f"{name}.c")
        subprocess.run(["cc", "-O3", "-march=native", "-o", program, source, "-lm"], check=True)

        def run(*arguments):
            command = [program, *arguments]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            return done.stdout.splitlines()

        return run

    return build


@pytest.fixture(scope="session")
def c_times(c_program):
    """Compiles a C source of this folder; returns a function () -> {label: (ns, check)}."""

    def build(name):
        program = c_program(name)

        def run():
            rows = {}
            for line in program():
                ns, check = re.search(r"([\d.]+) ns/unit +\(check (\S+)\)", line).groups()
                rows[line[:26].strip()] = float(ns), float(check)
            return rows

        return run

    return build
