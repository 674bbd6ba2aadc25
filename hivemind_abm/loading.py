"""Users' files by path, and the gallery, which is loaded the same way.

Knows: how a file and the files beside it that it imports become modules, the line from which an
error comes, and where the gallery is.  Does not know: any name of a model or figure.
"""

import ast
import builtins
import dataclasses
import hashlib
import importlib
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from importlib import machinery
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import RLock
from types import CodeType, FrameType, ModuleType
from typing import Any

__all__ = [
    "LOCAL",
    "MACRO",
    "PREFIXES",
    "classes_of",
    "file_of",
    "files_behind",
    "gallery",
    "is_path",
    "is_users_frame",
    "load_class",
    "load_module",
    "users_line",
]

_PREFIX = "hivemind_file_"
MACRO, LOCAL = "macro:", "local:"  # a rule's macro-agent, a learner's local rule
PREFIXES = re.compile(f"({MACRO}|{LOCAL})*")


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
    """Whether a string names a file: FILE.py or FILE.py:ClassName, also after a prefix."""
    return _split(text)[0].endswith(".py")


def file_of(text: str) -> Path:
    """The file named by FILE.py or FILE.py:ClassName, also after a prefix."""
    return Path(_split(text)[0]).expanduser()


def load_module(path: str | Path) -> ModuleType:
    """Run a Python file and return it as a module; an unchanged file is run only once.

    The modules in the file's folder and below that it imports are the file's own: another file that
    imports a module of the same name gets another one.  A file is run again when it, or a module of
    its own, has changed.  All other modules are shared, as always.

    Raises:
        ValueError: There is no such file.
        Exception: Whatever the file raises.
    """
    return _space_of(path).module


def files_behind(path: str | Path) -> dict[str, str]:
    """A user's file and the files of its folder that it imports, with digests of their contents.

    It finds what was imported when the file was run, and all that import statements name, in
    functions too.  So the result does not depend on what has been called since.

    Args:
        path: As for `load_class`.

    Returns:
        The name of each file, relative to the folder of the first, and the SHA-256 digest of its
        content.  The first is the file itself; the others are in alphabetical order.

    Raises:
        ValueError: There is no such file.
        Exception: Whatever the file raises.
    """
    space = _space_of(file_of(str(path)))
    folder = space.file.parent
    return {file.relative_to(folder).as_posix(): space.files[file] for file in space.behind}


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
    text = PREFIXES.sub("", text, count=1)
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


class _Space:
    """A user's file as a module, and the modules beside it that it imports.

    The modules beside it are submodules of a package with a unique name, whose path is the folder
    of the file.  An import in one of the files finds them there.

    Attributes:
        module: The file's module.
        files: The user's files that were imported, with the digests of their contents.
        behind: Those of `files` that are known without a call of the file's functions.
    """

    def __init__(self, file: Path, name: str) -> None:
        self.file, self.package = file, f"{name}_beside"
        self.files: dict[Path, str] = {}
        self.behind: list[Path] = []
        self._beside: dict[str, bool] = {}  # by the first part of each name that was imported
        self._loader = _Loader(name, str(file))
        spec = spec_from_file_location(name, file, loader=self._loader)
        self.module = module_from_spec(spec)  # type: ignore[arg-type]

    def run(self, content: bytes) -> None:
        """Run the file, and find the files that it would import when its functions are called."""
        name, package = self.module.__name__, ModuleType(self.package)
        package.__path__ = [str(self.file.parent)]
        # Modules stay in `sys.modules`, where `dataclasses` and `pickle` look them up by name.
        sys.modules.update({name: self.module, self.package: package})
        _spaces.update({name: self, self.package: self})
        if [self.file] == list(_files_of(self.file.parent, [self.file.stem])):
            sys.modules[f"{self.package}.{self.file.stem}"] = self.module  # a helper may import it
        self.files[self.file] = _digest(content)
        try:
            self._loader.exec_module(self.module)
        except BaseException as error:
            del _spaces[name], _spaces[self.package]
            for known in [*sys.modules]:
                if known == name or known.partition(".")[0] == self.package:
                    del sys.modules[known]
            if isinstance(error, SystemExit):
                ends = f"{self.file.name} ends the program: sys.exit({error.code!r})"
                raise ValueError(ends) from None
            raise
        waiting = [*self.files]
        while waiting:
            for file in self._named_in(waiting.pop()):
                if file not in self.files:
                    self.files[file] = _digest(file.read_bytes())
                    waiting.append(file)
        self.behind = sorted(self.files, key=lambda file: (file != self.file, file))

    @property
    def is_current(self) -> bool:
        """Whether running the file again would give the same."""
        for file, digest in [*self.files.items()]:
            if not file.is_file() or _digest(file.read_bytes()) != digest:
                return False
        finder = _finder(self.file.parent)
        return all(self._is_beside(top, finder) == was for top, was in [*self._beside.items()])

    def import_(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> ModuleType:
        """What an import statement in one of the files calls, as `__import__`."""
        top = name.partition(".")[0]
        if level or not self.has(top):
            module = builtins.__import__(name, globals, locals, fromlist or (), level)
            return self._importlib(module) if module is importlib else module
        try:
            module = builtins.__import__(f"{self.package}.{name}", None, None, fromlist or ())
        except ModuleNotFoundError as error:
            if not str(error.name).startswith(f"{self.package}."):
                raise
            missing = str(error.name).removeprefix(f"{self.package}.")
            raise ModuleNotFoundError(f"No module named {missing!r}", name=missing) from None
        return module if fromlist else sys.modules[f"{self.package}.{top}"]

    def _importlib(self, real: ModuleType) -> ModuleType:
        """`importlib` for one of the files: its `import_module` finds the modules beside it."""

        def import_module(name: str, package: str | None = None) -> ModuleType:
            if self.has(name.partition(".")[0]):  # "" for a relative name
                self.import_(name)
                return sys.modules[f"{self.package}.{name}"]
            return importlib.import_module(name, package)

        view = ModuleType(real.__name__)
        vars(view).update(vars(real), import_module=import_module)
        return view

    def has(self, top: str) -> bool:
        """Whether a name without dots is that of a module beside the file."""
        if top not in self._beside:
            self._beside[top] = self._is_beside(top, _finder(self.file.parent))
        return self._beside[top]

    def _is_beside(self, top: str, finder: machinery.FileFinder) -> bool:
        spec = None if top in _NEVER_BESIDE else finder.find_spec(top)
        if spec is None or self.file.parent.name == "site-packages":
            return False
        # A folder without __init__.py counts only where no other module has its name.
        return bool(spec.loader) or not (top in sys.modules or machinery.PathFinder.find_spec(top))

    def find(self, name: str, path: Iterable[str]) -> machinery.ModuleSpec | None:
        """The specification of a module beside the file, whose file is added to `files`."""
        for folder in path:
            spec = _finder(folder).find_spec(name)
            if spec is not None:
                if spec.origin is not None:
                    self.files[Path(spec.origin)] = _digest(Path(spec.origin).read_bytes())
                return spec
        return None

    def _named_in(self, file: Path) -> Iterator[Path]:
        """The files beside it that a file's import statements name."""
        folder = self.file.parent
        try:
            nodes = ast.walk(ast.parse(file.read_bytes()))
        except (SyntaxError, ValueError):  # a compiled module; or the import will show the error
            return
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    parts = alias.name.split(".")
                    yield from _files_of(folder, parts) if self.has(parts[0]) else ()
            elif isinstance(node, ast.ImportFrom):
                parts = node.module.split(".") if node.module else []
                start = file.parents[node.level - 1] if node.level else folder
                if start.is_relative_to(folder) and (node.level or self.has(parts[0])):
                    for alias in node.names:
                        yield from _files_of(start, [*parts, alias.name])


_NEVER_BESIDE = {__name__.partition(".")[0], "__main__", *sys.builtin_module_names}
_spaces: dict[str, _Space] = {}  # by the name of the file's module, and by that of its package
_versions: dict[Path, list[_Space]] = {}
_locks: dict[Path, Any] = {}


def _space_of(path: str | Path) -> _Space:
    """The space of a file as it is now; the file has been run."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise ValueError(f"there is no file {str(path)!r}")
    file = file.resolve()
    with _locks.setdefault(file, RLock()):
        content = file.read_bytes()
        digest = _digest(content)
        versions = _versions.setdefault(file, [])
        for space in versions:
            if space.files[file] == digest and space.is_current:
                return space
        stem = re.sub(r"\W", "_", file.stem)
        name = f"{_PREFIX}{stem}_{_digest(bytes(file) + content)[:12]}"
        space = _Space(file, name if name not in _spaces else f"{name}_{len(versions)}")
        if _FINDER not in sys.meta_path:
            sys.meta_path.insert(0, _FINDER)
        space.run(content)
        versions.append(space)
        return space


class _Loader(machinery.SourceFileLoader):
    """Runs one of a user's files; its import statements find the modules beside it."""

    def get_code(self, fullname: str) -> CodeType:
        """The compiled source; a stored one could be of a file changed within the second."""
        return self.source_to_code(self.get_data(self.path), self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Run the file."""
        space = _spaces[module.__name__.partition(".")[0]]
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": space.import_}
        super().exec_module(module)


class _Finder:
    """Finds the modules beside users' files; it is in `sys.meta_path`."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> machinery.ModuleSpec | None:
        """The specification of a module, or None where it is not beside a user's file."""
        space = _spaces.get(name.partition(".")[0])
        return None if space is None or path is None else space.find(name, path)


_FINDER = _Finder()


def _finder(folder: str | Path) -> machinery.FileFinder:
    """A finder without memory of the files that were in the folder."""
    compiled = machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES
    return machinery.FileFinder(str(folder), compiled, (_Loader, machinery.SOURCE_SUFFIXES))


def _files_of(folder: Path, parts: Iterable[str]) -> Iterator[Path]:
    """The files that an import of parts[0].parts[1]... from a folder runs."""
    for part in parts:
        spec = _finder(folder).find_spec(part)
        if spec is None:
            return
        if spec.origin is not None:
            yield Path(spec.origin)
        if not spec.submodule_search_locations:
            return
        folder = Path(spec.submodule_search_locations[0])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
