"""The tree of pages that Sphinx reads: copies of what is written by hand, and generated pages.

Knows: which files of the repository pages may name, and how a folder is brought up to date.
Does not know: what a page says.
"""

from pathlib import Path

__all__ = ["under", "write", "written_by_hand"]

NO_PAGES = {"paper", "_ext", "_static", "__pycache__", "conf.py", "build.py"}
NAMED_BY_PAGES = (  # with the paths that they have in the repository, so that relative links hold
    "visualizations/*.png",
    "visualizations/figures/*.py",
    "models/*.py",
    "*.md",
    "CITATION.cff",
    "LICENSE",
)


def written_by_hand(site: Path, repository: Path) -> dict[str, bytes]:
    """The pages of a folder, and the files of the repository that they may name.

    Args:
        site: The folder with index.md.
        repository: The folder above all.

    Returns:
        The content of each file by its path in the repository.
    """
    files = {
        file.relative_to(repository).as_posix(): file.read_bytes()
        for pattern in NAMED_BY_PAGES
        for file in repository.glob(pattern)
    }
    pages = {
        file.relative_to(site).as_posix(): file.read_bytes()
        for file in sorted(site.rglob("*"))
        if file.is_file() and not NO_PAGES & {*file.relative_to(site).parts}
    }
    return files | under("visualizations/site", pages)


def under[T](folder: str, files: dict[str, T]) -> dict[str, T]:
    """The same files, in a folder."""
    return {f"{folder}/{name}": content for name, content in files.items()}


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    """Make a folder hold these files and no others; an unchanged file keeps its time."""
    for name, content in files.items():
        file = folder / name
        content = content.encode() if isinstance(content, str) else content
        if not file.is_file() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    for file in [*folder.rglob("*")]:
        if file.is_file() and file.relative_to(folder).as_posix() not in files:
            file.unlink()
