"""The pages of the atlas: an index by family, and a page per model.

Knows: how a model and its measured claims are shown.  Does not know: any model.
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from site_measured import MeasuredClaim, Model, measured_model

from hivemind_abm.studies.claims import CANNOT_TELL, FAILS, HOLDS

__all__ = ["measured_models", "pages", "title_of"]

FAMILIES = (  # in the order of the index; others follow
    "start here",
    "voters",
    "majorities",
    "honeybees",
    "robots and best of N",
    "imitation and games",
    "learning alone and together",
    "hives that play",
    "tools and worlds",
)
SHORT = {
    "dmvd": "DMVD",
    "dmmd": "DMMD",
    "lola": "LOLA",
    "prisoners": "prisoner's",
    "rogers": "Rogers'",
}
BADGES = {HOLDS: "success", FAILS: "danger", CANNOT_TELL: "secondary"}
TOO_FEW = "needs more runs"  # where few were taken on purpose
WORDS = re.compile(r"^(hivemind|python|uv|pip) ")


def measured_models(folder: Path, cache: Path, quick: bool) -> list[Model]:
    """All models of a folder, measured; see `site_measured.measured_model`."""
    pyproject = Path(__file__).resolve().parents[3] / "pyproject.toml"
    version = tomllib.loads(pyproject.read_text())["project"]["version"]
    files = sorted(folder.glob("*.py"))
    return [measured_model(file, cache, quick, version) for file in files]


def pages(models: Iterable[Model]) -> dict[str, str | bytes]:
    """The pages and pictures of the atlas by their names.

    Args:
        models: The models to show.

    Returns:
        index.md, NAME.md, NAME.py and pictures/NAME.png.
    """
    models = list(models)
    made: dict[str, str | bytes] = {"index.md": _index(models)}
    for model in models:
        made |= {f"{model.name}.md": _page(model), f"{model.name}.py": model.source}
        if model.picture is not None:
            made[f"pictures/{model.name}.png"] = model.picture
    return made


def title_of(name: str) -> str:
    """A file's name as a title: "three_hives" is "Three hives"."""
    parts = name.replace("q_voter", "q-voter").split("_")
    words = " ".join(SHORT.get(part, part) for part in parts)
    return words[0].upper() + words[1:]


def _index(models: list[Model]) -> str:
    families = [
        *FAMILIES,
        *sorted({model.family for model in models} - {*FAMILIES}),
    ]
    sections = [
        _family(family, [model for model in models if model.family == family])
        for family in families
        if any(model.family == family for model in models)
    ]
    claims = [claim for model in models for claim in model.claims]
    held = sum(claim.verdict == HOLDS for claim in claims)
    names = "\n".join(model.name for model in models)
    runs = " with few runs" if any(model.quick for model in models) else ""
    told = f"This build has measured {len(claims)} of them{runs}: {held} hold."
    return f"""# The atlas

{len(models)} models of collective decisions, most of them published, one short file each.  Each
file measures numbers that its paper states.  {told if claims else ""}

```sh
hivemind gallery                      # all models by family
hivemind gallery --verify all         # measure every published number
```

{chr(10).join(sections)}
```{{toctree}}
:hidden:

{names}
```
"""


def _family(family: str, models: list[Model]) -> str:
    cards = "\n".join(_card(model) for model in models)
    heading = family[0].upper() + family[1:]
    grid = ":::::{grid} 1 2 2 3\n:gutter: 3\n:class-container: atlas\n"
    return f"## {heading}\n\n{grid}\n{cards}:::::\n"


def _card(model: Model) -> str:
    picture = (
        f":img-top: pictures/{model.name}.png\n:img-alt: {_plain(title_of(model.name))}\n"
        if model.picture is not None
        else ""
    )
    badge = f"\n:::{{card-footer}}\n{_badge(model)}\n:::\n" if model.claims else ""
    return (
        f"::::{{grid-item-card}} {title_of(model.name)}\n:link: {model.name}\n:link-type: doc\n"
        f"{picture}\n{_plain(_first_line(model))}\n{badge}::::\n"
    )


def _badge(model: Model) -> str:
    """One badge for all claims of a model: the worst verdict, and how many hold."""
    verdicts = [claim.verdict for claim in model.claims]
    worst = next(verdict for verdict in (FAILS, CANNOT_TELL, HOLDS) if verdict in verdicts)
    held, number = verdicts.count(HOLDS), len(verdicts)
    if held == number:
        told = "1 number holds" if number == 1 else f"{number} numbers hold"
    elif model.quick and worst != FAILS:
        told = f"{held} of {number} hold, {number - held} {TOO_FEW}"
    else:
        told = f"{held} of {number} numbers hold"
    return f"{{bdg-{BADGES[worst]}}}`{told}`"


def _page(model: Model) -> str:
    rest = model.text.partition("\n\n")[2]
    parts = [
        f"# {title_of(model.name)}\n",
        f"{{.lead}}\n{_plain(_first_line(model))}\n",
        _picture(model),
        as_markdown(rest),
        _claims(model),
        _commands(model),
        f"## The file\n\n```{{literalinclude}} {model.name}.py\n:language: python\n```\n",
        _uses(model),
    ]
    return "\n".join(part for part in parts if part)


def _picture(model: Model) -> str:
    if model.picture is None:
        return ""
    alt = f"{title_of(model.name)}: {_first_line(model)}"
    return f"```{{image}} pictures/{model.name}.png\n:alt: {alt}\n:class: story\n```\n"


def _claims(model: Model) -> str:
    if not model.claims:
        return ""
    rows = "\n".join(_row(claim, model.quick) for claim in model.claims)
    runs = "Measured in full when this page was built."
    if model.quick:
        verify = f"hivemind gallery --verify {model.name}"
        runs = f"Measured with few runs when this page was built.  `{verify}` takes all of them."
    return f"""## Published, and measured here

| number | published | here | | without the effect | source |
|---|---:|---:|---|---:|---|
{rows}

{runs}
"""


def _row(claim: MeasuredClaim, quick: bool) -> str:
    told = TOO_FEW if quick and claim.verdict == CANNOT_TELL else claim.verdict.lower()
    badge = f"{{bdg-{BADGES[claim.verdict]}}}`{told}`"
    cells = (
        _plain(claim.what),
        _number(claim.published),
        claim.here,
        badge,
        _number(claim.otherwise),
        _plain(claim.source),
    )
    return f"| {' | '.join(cells)} |"


def _number(value: float) -> str:
    return f"{value:.5g}".replace("-", "\N{MINUS SIGN}", 1) if value < 0 else f"{value:.5g}"


def _commands(model: Model) -> str:
    lines = [f"hivemind gallery --copy {model.name} ."]
    if model.opens:
        lines.append(f"hivemind app {model.name}.py")
    if model.claims:
        lines.append(f"hivemind gallery --verify {model.name}")
    if model.picture is not None:
        lines.append(f"hivemind gallery --draw {model.name}")
    if model.runs:
        lines.append(f"python {model.name}.py")
    return "## Run it\n\n```sh\n" + "\n".join(lines) + "\n```\n"


def _uses(model: Model) -> str:
    if not model.uses:
        return ""
    names = ", ".join(f"{{py:obj}}`~hivemind_abm.{name}`" for name in model.uses)
    return f"## See also\n\n{names}\n"


def as_markdown(text: str) -> str:
    """The text of a docstring as a page shows it: indented lines are commands or code."""
    made = []
    for block in re.split(r"\n{2,}", text.strip("\n")):
        if block.startswith("    "):
            lines = [line.removeprefix("    ") for line in block.splitlines()]
            kind = "sh" if WORDS.match(lines[0]) else "text"
            made.append(f"```{kind}\n" + "\n".join(lines) + "\n```\n")
        elif block.strip():
            made.append(f"{_plain(block)}\n")
    return "\n".join(made)


def _first_line(model: Model) -> str:
    return " ".join(model.text.partition("\n\n")[0].split())


def _plain(text: str) -> str:
    """Text without mark-up by accident; code in backquotes stays code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts = [text.replace("`", "'")]
    escaped = [
        part if place % 2 else re.sub(r"([*<>\[\]|$\\#])", r"\\\1", part)
        for place, part in enumerate(parts)
    ]
    return "`".join(escaped)
