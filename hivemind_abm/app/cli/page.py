"""`hivemind app`: the page that steps through a population.

Knows: the options.
Does not know: the page, or the server that shows it.
"""

import argparse

from hivemind_abm.app.cli.command import Command

__all__ = ["APP"]


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="*",
        help="your rules, bandits, learners and games: FILE.py or FILE.py:ClassName; a dict HIVE, "
        "GAME or LEARNER in a file, with the arguments of a model, is shown first",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=8765,
        metavar="P",
        help="port of the page's address (default: 8765)",
    )
    parser.add_argument("--no-open", action="store_true", help="open no browser")


def _run(options: argparse.Namespace) -> int:
    from hivemind_abm.app.page.serving import serve

    serve(options.file, options.port, open_browser=not options.no_open)
    return 0


APP = Command(
    name="app",
    summary="a page that steps through a hive, a game or a learner, on this machine only",
    example="hivemind app my_rule.py",
    add_options=_add_options,
    run=_run,
)
