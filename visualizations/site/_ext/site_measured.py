"""What is known of a model of the atlas: its text, its measured claims, its picture.

Knows: how these are measured, drawn and kept.  Does not know: how a page shows them.
"""

import ast
import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import hivemind_abm
from hivemind_abm.app.figures.story import draw_story
from hivemind_abm.loading import files_behind, load_module
from hivemind_abm.studies.claims import CANNOT_TELL, FAILS, claims_of, measure

__all__ = ["MeasuredClaim", "Model", "measured_model"]

PACKAGE = hivemind_abm.__name__
STYLE = {"savefig.transparent": True, "font.size": 9}
_PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
START, OTHERS = "start here", "tools and worlds"  # families of models that name none


@dataclass(frozen=True)
class MeasuredClaim:
    """A claim beside what was measured when the site was built.

    Attributes:
        what: What the number is.
        published: The number.
        source: Where it is stated.
        otherwise: What it would be without the effect.
        here: The measured number with its error, as text.
        verdict: "holds", "FAILS" or "CANNOT TELL".
    """

    what: str
    published: float
    source: str
    otherwise: float
    here: str
    verdict: str


@dataclass(frozen=True)
class Model:
    """A model of the atlas.

    Attributes:
        name: The name of its file, without the ending.
        family: What it belongs to.
        source: The content of its file.
        text: Its docstring.
        uses: The public names of the package that it imports.
        opens: Whether `hivemind app` opens it.
        runs: Whether the file itself can be run.
        claims: Its claims, measured.
        picture: Its picture as PNG, if it draws one.
        quick: Whether few runs were taken.
        problems: What went wrong, one line each.
    """

    name: str
    family: str
    source: str
    text: str
    uses: tuple[str, ...]
    opens: bool
    runs: bool
    claims: tuple[MeasuredClaim, ...] = ()
    picture: bytes | None = None
    quick: bool = True
    problems: list[str] = field(default_factory=list)


def measured_model(file: Path, cache: Path, quick: bool, version: str) -> Model:
    """Measure and draw a model, or take both from the cache.

    The cache is asked with the contents of the model's file and of the files beside it that it
    imports, the package's version, and whether few runs are taken.

    Args:
        file: The model's file.
        cache: The folder of what was measured.
        quick: Take few runs.
        version: The package's version.

    Returns:
        The model.  What its file raises is in `problems`.
    """
    source = file.read_text()
    problems: list[str] = []
    claims: tuple[MeasuredClaim, ...] = ()
    picture = None
    module: ModuleType | None = None
    try:
        module = load_module(file)
        known = json.dumps([version, quick, STYLE, files_behind(file)], sort_keys=True)
        runs = "quick" if quick else "full"
        digest = hashlib.sha256(known.encode()).hexdigest()[:16]
        kept = cache / "atlas" / f"{file.stem}.{runs}-{digest}.json"
        claims, picture = _kept(kept) or _measure(file, module, quick, kept)
    except Exception as error:  # a user's file may raise anything; the other pages are still made
        problems.append(f"{file.name}: {type(error).__name__}: {error}")
    wrong = (FAILS,) if quick else (FAILS, CANNOT_TELL)
    problems += [
        f"{file.name}: {each.what}: {each.verdict}" for each in claims if each.verdict in wrong
    ]
    start = START if file.stem.startswith("my_first") else OTHERS
    return Model(
        name=file.stem,
        family=getattr(module, "FAMILY", start),
        source=source,
        text=ast.get_docstring(ast.parse(source)) or "",
        uses=_uses(source),
        opens=_opens(module),
        runs='if __name__ == "__main__"' in source,
        claims=claims,
        picture=picture,
        quick=quick,
        problems=problems,
    )


def _measure(
    file: Path, module: ModuleType, quick: bool, kept: Path
) -> tuple[tuple[MeasuredClaim, ...], bytes | None]:
    """Measure and draw, and keep the results; older ones of this model are deleted."""
    start = time.perf_counter()
    claims = tuple(
        MeasuredClaim(
            each.claim.what,
            each.claim.published,
            each.claim.source,
            each.claim.otherwise,
            each.here.replace(" +- ", _PLUS_MINUS),
            each.verdict,
        )
        for each in (measure(claim, quick) for claim in claims_of(file))
    )
    kept.parent.mkdir(parents=True, exist_ok=True)
    for older in kept.parent.glob(f"{kept.name.partition('-')[0]}-*"):
        older.unlink()
    picture = None
    if hasattr(module, "draw"):
        draw_story(file, [kept.with_suffix(".png")], quick, STYLE)
        picture = kept.with_suffix(".png").read_bytes()
    record = {"picture": picture is not None, "claims": [asdict(each) for each in claims]}
    kept.write_text(json.dumps(record, indent=1))
    print(f"measured {file.stem}: {time.perf_counter() - start:.1f} s", flush=True)
    return claims, picture


def _kept(kept: Path) -> tuple[tuple[MeasuredClaim, ...], bytes | None] | None:
    """What the cache holds, or None."""
    if not kept.is_file():
        return None
    record: dict[str, Any] = json.loads(kept.read_text())
    picture = kept.with_suffix(".png").read_bytes() if record["picture"] else None
    return tuple(MeasuredClaim(**each) for each in record["claims"]), picture


def _uses(source: str) -> tuple[str, ...]:
    """The public names of the package that a file imports or names as `package.Name`."""
    names, packages = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            packages |= {each.asname or each.name for each in node.names if each.name == PACKAGE}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names |= {node.attr} if node.value.id in packages else set()
    return tuple(sorted(names & {*hivemind_abm.__all__}, key=str.lower))


def _opens(module: ModuleType | None) -> bool:
    """Whether the page opens the file: it has settings of a model, a rule, a game or a learner."""
    bases = hivemind_abm.ImitationRule, hivemind_abm.Game, hivemind_abm.Learner
    classes = [each for each in vars(module).values() if isinstance(each, type)] if module else []
    own = [each for each in classes if module and each.__module__ == module.__name__]
    settings = any(hasattr(module, name) for name in ("HIVE", "GAME", "LEARNER"))
    return settings or any(issubclass(each, bases) for each in own)
