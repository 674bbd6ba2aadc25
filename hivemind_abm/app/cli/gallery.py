"""`hivemind gallery`: the models to start from, their pictures, and whether their claims hold.

Knows: how models are listed, copied, drawn and verified by name or path.
Does not know: any model, or what a claim is measured by.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hivemind_abm.app.cli.command import Command
from hivemind_abm.app.page.models.catalogue import by_family, catalogue
from hivemind_abm.loading import is_path, load_module

if TYPE_CHECKING:
    from hivemind_abm.studies.claims import Claim, Verification, Verified

__all__ = ["GALLERY"]

ALL = "all"
_OUT = Path("results/gallery")


def _add_options(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--copy",
        nargs="+",
        metavar=("NAME", "DIR"),
        help="copy a model's file into a folder (default: here)",
    )
    what.add_argument(
        "--verify",
        metavar="NAME",
        help="measure the published numbers that a model claims; a name, a file or all",
    )
    what.add_argument(
        "--draw", metavar="NAME", help="draw a model's picture; a name, a file or all"
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs, some seconds per model")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help=f"folder of pictures (default: {_OUT})",
    )


def _run(options: argparse.Namespace) -> int:
    if options.out is not None and not options.draw:
        raise ValueError("--out is the folder of pictures, so it goes with --draw only")
    if options.quick and not (options.draw or options.verify):
        raise ValueError("--quick goes with --verify or --draw")
    models = {name: model.path for name, model in catalogue().items()}
    if options.copy:
        name, *folder = options.copy
        _copy(models, name.removesuffix(".py"), Path(folder[0] if folder else "."))
    elif options.verify:
        return _verify(_chosen(models, options.verify, "CLAIMS"), options.quick)
    elif options.draw:
        _draw(_chosen(models, options.draw, "draw"), options.out or _OUT, options.quick)
    else:
        _list()
    return 0


def _list() -> None:
    """Print the models by family, one line each."""
    models = catalogue()
    width = max(map(len, models)) + 1
    for family, members in by_family(models.values()).items():
        lines = [f"  {model.name:{width}} {model.title}" for model in members]
        print("\n".join([family, *lines]))


def _chosen(models: dict[str, Path], name: str, needed: str) -> list[Path]:
    """The file of a model by name or path; with "all", those of the gallery that have `needed`.

    Raises:
        ValueError: There is no such model; with those that there are.
    """
    if name == ALL:
        return [file for file in models.values() if hasattr(load_module(file), needed)]
    if name in models or is_path(name):
        return [models[name] if name in models else Path(name)]
    raise ValueError(
        f"the model must be one of {', '.join([*models, ALL])} or a file, not {name!r}"
    )


def _verify(files: list[Path], quick: bool) -> int:
    """Measure the claims of some models, and print each as soon as it is measured.

    Returns:
        The exit code: 1 where a claim does not hold.
    """
    from hivemind_abm.studies.claims import Verification, claims_of

    results = []
    waiting = {file: claims_of(file) for file in files}
    for file, claims in waiting.items():
        if not claims:
            raise ValueError(f"{file} has no CLAIMS to verify")
        print(file.stem, flush=True)
        measured = []
        for claim in claims:
            measured.append(_measured(claim, quick))
            print(f"  {measured[-1]} ({claim.source}; {measured[-1].seconds:.1f} s)", flush=True)
        results.append(Verification(file.stem, tuple(measured), quick))
    print(_conclusion(results))
    return 0 if all(result.holds for result in results) else 1


def _measured(claim: "Claim", quick: bool) -> "Verified":
    """Measure a claim; on a terminal, a line says which one while it lasts."""
    from hivemind_abm.studies.claims import measure

    about = f"  measuring {claim.what} (about {claim.seconds:.0f} s)"
    shown = sys.stderr.isatty() and not quick
    if shown:
        print(about, end="\r", file=sys.stderr, flush=True)
    measured = measure(claim, quick)
    if shown:
        print(" " * len(about), end="\r", file=sys.stderr, flush=True)
    return measured


def _conclusion(results: "list[Verification]") -> str:
    claims = [each for result in results for each in result.claims]
    held = sum(each.verdict == "holds" for each in claims)
    of = "1 model" if len(results) == 1 else f"{len(results)} models"
    lines = [f"{held} of {len(claims)} claims of {of} hold"]
    for result in results:
        for each in result.claims:
            if each.verdict != "holds":
                lines.append(f"  {result.model}: {each.claim.what}: {each.verdict}")
    return "\n".join(lines)


def _draw(files: list[Path], folder: Path, quick: bool) -> None:
    from hivemind_abm.app.figures.story import draw_story

    for file in files:
        pictures = [folder / f"{file.stem}.{ending}" for ending in ("png", "pdf")]
        draw_story(file, pictures, quick)
        print(f"written: {pictures[0]}, {pictures[1].name}", flush=True)


def _copy(models: dict[str, Path], name: str, folder: Path) -> None:
    """Copy a model's file into a folder, where no file of that name exists.

    Raises:
        ValueError: There is no such model, or the file exists.
    """
    if name not in models:
        raise ValueError(f"the model must be one of {', '.join(models)}, not {name!r}")
    target = folder / f"{name}.py"
    if target.exists():
        raise ValueError(f"{target} exists; it is left as it is")
    shutil.copyfile(models[name], target)
    print(f"written: {target}")


GALLERY = Command(
    name="gallery",
    summary="models to start from, each with a picture and published numbers that are verified",
    example="hivemind gallery --verify fermi",
    add_options=_add_options,
    run=_run,
)
