"""The JSON files of a store: the manifest (study, versions, start and end), and what failed.

Knows: the format of these files, and when they are damaged.
Does not know: what else is in a store's folder.
"""

import json
import platform
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hivemind_abm.files import write_atomically

__all__ = [
    "FAILURES",
    "MANIFEST",
    "DamagedManifest",
    "new_manifest",
    "now",
    "read_failures",
    "read_manifest",
    "set_aside",
    "write_json",
]

MANIFEST, FAILURES = "manifest.json", "failures.json"
_PACKAGES = ("hivemind_abm", "numpy", "numba", "mesa")  # whose versions are in it
_OF_A_FAILURE = {"cell", "first_run", "runs", "error"}
_WHOLE_NUMBERS = ("units", "all_runs", "runs", "steps")  # of a study


class DamagedManifest(ValueError):
    """The file can be read, and holds no study."""


def new_manifest(study: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a study that begins now."""
    versions = {name: version(name) for name in _PACKAGES}
    return {
        "study": study,
        "versions": {"python": platform.python_version(), **versions},
        "started": now(),
        "ended": None,
    }


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest in a folder; versions, start and end may be unknown, the study is not.

    Raises:
        FileNotFoundError: There is none.
        DamagedManifest: It holds no study.
        ValueError: It can't be read now.
    """
    file = folder / MANIFEST
    try:
        content = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(f"there is no {file}") from None
    except OSError as error:
        raise ValueError(f"{file} can't be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise DamagedManifest(f"{file} is damaged") from None
    if not isinstance(content, dict) or not _is_study(content.get("study")):
        raise DamagedManifest(f"{file} is damaged: it holds no study")
    return {"versions": {}, "started": None, "ended": None} | content


def read_failures(folder: Path) -> list[dict[str, Any]]:
    """What failed; a damaged file is left out, with a warning."""
    file = folder / FAILURES
    try:
        failures = json.loads(file.read_bytes())
    except FileNotFoundError:
        return []
    except (ValueError, RecursionError):
        failures = None
    if isinstance(failures, list) and all(
        isinstance(failure, dict) and failure.keys() >= _OF_A_FAILURE for failure in failures
    ):
        return failures
    warnings.warn(f"{file} is damaged and left out", RuntimeWarning, stacklevel=3)
    return []


def set_aside(folder: Path) -> str:
    """Keep a copy of a damaged manifest; returns its name."""
    number, name = 1, "manifest.damaged.json"
    while (folder / name).exists():
        number += 1
        name = f"manifest.damaged-{number}.json"
    with write_atomically(folder / name) as temporary:
        temporary.write_bytes((folder / MANIFEST).read_bytes())
    return name


def write_json(file: Path, content: Any) -> None:
    """Write plain data."""
    with write_atomically(file) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n")


def now() -> str:
    """The time, in UTC and ISO format."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _is_study(study: Any) -> bool:
    """Whether plain data is a study as `Study.as_data` returns it."""
    if not isinstance(study, dict) or "seed" not in study:
        return False
    ids, cells = study.get("ids"), study.get("cells")
    return (
        isinstance(ids, list)
        and isinstance(cells, list)
        and len(ids) == len(cells) > 0
        and all(isinstance(name, str) for name in ids)
        and all(isinstance(cell, dict) for cell in cells)
        and all(type(study.get(name)) is int for name in _WHOLE_NUMBERS)
        and study["units"] > 0
    )
