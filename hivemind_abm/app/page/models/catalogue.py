"""Which models the gallery has, by family, as their files say it.

Knows: what a model's file tells without being run: its title, its family, what it shows.
Does not know: how a model is run, drawn or verified.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hivemind_abm.loading import gallery

__all__ = ["GAME", "HIVE", "LEARNER", "CataloguedModel", "by_family", "catalogue"]

HIVE, GAME, LEARNER = "HIVE", "GAME", "LEARNER"  # dicts with the arguments of models
_FIRST, _LAST = "start here", "tools and worlds"  # the families listed first and last
_FAMILY, _CLAIMS = "FAMILY", "CLAIMS"


@dataclass(frozen=True)
class CataloguedModel:
    """A model of the gallery.

    Attributes:
        path: Its file.
        title: The first line of the file's docstring.
        family: The `FAMILY` of the file, or that of tools and worlds.
        kind: HIVE, GAME or LEARNER, the dict that the file has; "" for none of them.
        claims: The number of published numbers that it claims.
    """

    path: Path
    title: str
    family: str
    kind: str
    claims: int

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.path.stem

    @classmethod
    def of(cls, path: Path) -> "CataloguedModel":
        """A model as its file says it; the file is read, and not run.

        Raises:
            SyntaxError: The file is no Python.
        """
        tree = ast.parse(path.read_bytes(), path.name)
        title = (ast.get_docstring(tree) or "").partition("\n")[0]
        values = _assigned(tree)
        family, claims = values.get(_FAMILY), values.get(_CLAIMS)
        return cls(
            path=path,
            title=title,
            family=str(family.value) if isinstance(family, ast.Constant) else _LAST,
            kind=next((kind for kind in (HIVE, GAME, LEARNER) if kind in values), ""),
            claims=len(claims.elts) if isinstance(claims, ast.Tuple | ast.List) else 0,
        )


@cache
def catalogue() -> dict[str, CataloguedModel]:
    """The models of the gallery by name, in alphabetical order.

    Raises:
        ValueError: This installation has no gallery of models.
    """
    models = map(CataloguedModel.of, sorted(gallery("models").glob("*.py")))
    return {model.name: model for model in models}


def by_family(models: Iterable[CataloguedModel]) -> dict[str, list[CataloguedModel]]:
    """Models by their family: where to start first, tools and worlds last, others by name."""
    families: dict[str, list[CataloguedModel]] = {}
    for model in models:
        families.setdefault(model.family, []).append(model)
    order = sorted(families, key=lambda name: (name != _FIRST, name == _LAST, name))
    return {family: families[family] for family in order}


def _assigned(tree: ast.Module) -> dict[str, ast.expr]:
    """The values of the names that the file assigns at its top."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
