"""Build the documentation site, without a network.

    uv run --group docs python visualizations/site/build.py

The site is then in build/site/html.  The exit code is 1 where Sphinx warns, a link inside the site
leads nowhere, or a claim of the atlas fails.  Nothing is written beside the sources: hand-written
and generated pages meet in build/site/tree.  Measured numbers and pictures are kept in
build/site/cache until the model's file or the package's version changes.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

SITE = Path(__file__).resolve().parent
REPOSITORY = SITE.parents[1]
sys.path.insert(0, str(SITE / "_ext"))

import site_api  # noqa: E402
import site_atlas  # noqa: E402
import site_commands  # noqa: E402
import site_links  # noqa: E402
import site_tree  # noqa: E402


def main(words: list[str] | None = None) -> int:
    """Build the site and check it.

    Returns:
        The exit code.
    """
    options = _parser().parse_args(words)
    out = options.out.resolve()
    models = site_atlas.measured_models(options.models, out / "cache", quick=not options.full)
    site_tree.write(
        out / "tree",
        site_tree.written_by_hand(options.source, REPOSITORY)
        | site_tree.under("visualizations/site/atlas", site_atlas.pages(models))
        | site_tree.under("visualizations/site/api", site_api.pages() | site_commands.pages()),
    )
    problems = [problem for model in models for problem in model.problems]
    if _sphinx(out):
        problems.append("Sphinx has warned; see above")
    links = site_links.check(out / "html")
    problems += links.problems
    for problem in problems:
        print(f"site: {problem}", file=sys.stderr)
    print(
        f"{links.pages} pages, {links.inside} links inside the site, "
        f"{len(problems)} problems: {out / 'html' / 'index.html'}"
    )
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    runs = parser.add_mutually_exclusive_group()
    runs.add_argument("--quick", action="store_true", help="measure with few runs (the default)")
    runs.add_argument("--full", action="store_true", help="measure all claims in full")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "site", metavar="DIR")
    parser.add_argument("--source", type=Path, default=SITE, help=argparse.SUPPRESS)
    parser.add_argument(
        "--models", type=Path, default=REPOSITORY / "models", help=argparse.SUPPRESS
    )
    return parser


def _sphinx(out: Path) -> int:
    """Run Sphinx on the tree of pages; warnings are errors."""
    from sphinx.cmd.build import build_main

    shutil.rmtree(out / "html", ignore_errors=True)  # with pages that are no more
    source = out / "tree" / "visualizations" / "site"
    os.environ["HIVEMIND_SITE_CACHE"] = str(out / "cache")
    strict = ["--fail-on-warning", "--keep-going", "--nitpicky", "--quiet"]
    places = ["-c", str(SITE), "-d", str(out / "doctrees"), str(source), str(out / "html")]
    return build_main(["-b", "html", *strict, *places])


if __name__ == "__main__":
    sys.exit(main())
