"""Users' files by path, and the gallery, which is loaded the same way.

Knows: how a file becomes a module, the line from which an error comes, and where the gallery is.
Does not know: any name of a model or figure.
"""

import dataclasses
import hashlib
import importlib.util
import sys
import traceback
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

__all__ = [
    "MACRO",
    "classes_of",
    "file_of",
    "gallery",
    "is_path",
    "is_users_frame",
    "load_class",
    "load_module",
    "users_line",
]

_PREFIX = "hivemind_file_"
MACRO = "macro:"  # prefix of a rule, for its macro-agent


def is_users_frame(frame: FrameType) -> bool:
    """Whether a frame of a traceback is in a file that was loaded by path."""
    return str(frame.f_globals.get("__name__", "")).startswith(_PREFIX)


def users_line(error: BaseException) -> str | None:
    """The line of a user's file where an error was raised: "my_rule.py, line 8".

    It is the innermost line of a file loaded by path; for a SyntaxError, the line that is wrong.

    Args:
        error: The error, as it was caught.

    Returns:
        The file's name and the line, or None where the traceback has no line of a user's file.
        Machine code leaves none in it.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}, line {error.lineno}"
    lines = [
        f"{Path(frame.f_code.co_filename).name}, line {line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_users_frame(frame)
    ]
    return lines[-1] if lines else None


def is_path(text: str) -> bool:
    """Whether a string names a file: FILE.py or FILE.py:ClassName, also after "macro:"."""
    return _split(text)[0].endswith(".py")


def file_of(text: str) -> Path:
    """The file named by FILE.py or FILE.py:ClassName, also after "macro:"."""
    return Path(_split(text)[0]).expanduser()


def load_module(path: str | Path) -> ModuleType:
    """Run a Python file and return it as a module; an unchanged file is run only once.

    Raises:
        ValueError: There is no such file.
        Exception: Whatever the file raises.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise ValueError(f"there is no file {str(path)!r}")
    return _load(file.resolve(), file.read_bytes())


@cache
def _load(file: Path, content: bytes) -> ModuleType:
    name = f"{_PREFIX}{file.stem}_{hashlib.sha256(bytes(file) + content).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ValueError(f"{str(file)!r} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # `dataclasses` looks up the module there
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(str(file.parent))
    return module


def load_class(path: str | Path, base: type, what: str) -> type[Any]:
    """The only class of a file that extends `base`.

    Args:
        path: FILE.py, or FILE.py:ClassName where the file has several.
        base: The class to extend, `ImitationRule` for instance.
        what: The word for it in messages: "rule", "bandit", "learner".

    Raises:
        ValueError: No such file or class, several classes, or one that is not a frozen dataclass.
    """
    file, _ = _split(str(path))
    found = classes_of(path, base, what)
    if not found:
        raise ValueError(f"{file} has no {what}: a frozen dataclass that extends {base.__name__}")
    if len(found) > 1:
        names = ", ".join(f"{file}:{cls.__name__}" for cls in found)
        raise ValueError(f"{file} has several {what}s; name one: {names}")
    return found[0]


def classes_of(path: str | Path, base: type, what: str) -> list[type[Any]]:
    """All classes of a file that extend `base`: none, one or several.

    With FILE.py:ClassName, the result is empty if that class extends something else.

    Args:
        path: FILE.py or FILE.py:ClassName.
        base: The class to extend.
        what: The word for it in messages.

    Raises:
        ValueError: No such file or class, or one that is not a frozen dataclass.
    """
    file, wanted = _split(str(path))
    module = load_module(file)
    own = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    }
    if wanted is not None and wanted not in own:
        raise ValueError(f"{file} has no {what} {wanted!r}; it has {', '.join(own) or 'none'}")
    found = [cls for name, cls in own.items() if issubclass(cls, base) and wanted in (None, name)]
    for cls in found:
        if not (dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen):  # type: ignore[attr-defined]
            raise ValueError(
                f"{cls.__name__} in {file} must be a frozen dataclass: "
                "put @dataclass(frozen=True) above it"
            )
    return found


def _split(text: str) -> tuple[str, str | None]:
    """The file and the class name (or None) in a path."""
    text = text.removeprefix(MACRO)
    head, colon, tail = text.rpartition(":")
    return (head, tail) if colon and head.endswith(".py") and tail.isidentifier() else (text, None)


def gallery(kind: str) -> Path:
    """The folder of a gallery: "models" or "visualizations".

    In a source tree it is beside the package; an installed package contains it.

    Raises:
        ValueError: This installation has no such gallery.
    """
    package = Path(__file__).parent
    for folder in (package / "gallery" / kind, package.parent / kind):
        if folder.is_dir():
            return folder
    raise ValueError(f"this installation has no gallery of {kind}")
