"""mesa-frames, in a child process with an environment of its own; see `frames_child`."""

import atexit
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np

from peer_models.work import AGENTS, CHECKS, STEPS, TOGETHER, Entry, Outcome

PACKAGE = "mesa-frames==0.1.0a0"
RELEASE = PACKAGE.partition("==")[2]
FOLDER = Path(__file__).parents[1]


@cache
def child():
    """The process, started when first needed.

    Raises:
        ImportError: There is no uv, or the package can't be installed or imported.
    """
    if shutil.which("uv") is None:
        raise ImportError("it needs an environment of its own, and so uv, which is not installed")
    command = ["uv", "run", "--no-project", "--isolated", "--python", "3.12", "--with", PACKAGE]
    process = subprocess.Popen(
        [*command, "python", "-m", "peer_models.frames_child"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.kill)
    return process


def ask(n, seed):
    process = child()
    process.stdin.write(f"{n} {seed}\n")
    process.stdin.flush()
    answer = process.stdout.readline().split()
    if not answer:
        lines = process.stderr.read().strip().splitlines()
        raise ImportError(lines[-1] if lines else "its process ended without a word")
    return map(float, answer)


def entry(n):
    def run(seed):
        seconds, share = ask(n, seed)
        return Outcome(seconds, n * STEPS, np.array([share]))

    return Entry("columns of Polars", TOGETHER, n, run, checks=CHECKS[n])


ask(AGENTS[0], 1)
ENTRIES = [entry(n) for n in AGENTS]
