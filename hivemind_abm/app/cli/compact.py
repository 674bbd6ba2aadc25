"""`hivemind compact`: a study's many small files become a few.

Knows: the options, and what is printed.
Does not know: how files are merged.
"""

import argparse
from pathlib import Path

from hivemind_abm.app.cli.command import Command

__all__ = ["COMPACT"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", type=Path, help="the study's folder")


def _run(options: argparse.Namespace) -> int:
    from hivemind_abm.studies.store import Store

    merged = Store.existing(options.store).compact()
    print(f"{options.store}/: {merged} files merged" if merged else "nothing to merge")
    return 0


COMPACT = Command(
    name="compact",
    summary="a study's many small files become a few; also while it runs",
    example="hivemind compact results/study",
    add_options=_add_options,
    run=_run,
    note="A sweep does this at its end where it has many files.  It may be interrupted at any\n"
    "moment, and the study may be read meanwhile.",
)
