"""Machine code on disk, under a name made from everything that the code depends on.

A change of any of these gives another name, so a stale file is never loaded.  Knows: what machine
code depends on, and where it is stored.  Does not know: how it is made.
"""

import enum
import hashlib
import os
import re
import sys
import tempfile
import types as python_types
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np

from hivemind_abm.engine.numba_internals import OverloadCache, user_cache_folder
from hivemind_abm.engine.source import class_attributes, codes, globals_used, is_users, names_in

__all__ = ["DiskCache", "fingerprint"]

PACKAGE = Path(__file__).parents[1]


class DiskCache(OverloadCache):
    """The machine code of one function, for each signature and processor, in a folder of the user.

    Numba's own cache looks at one source file only.  It would keep code into which an older version
    of another file has been inlined.

    Args:
        name: The function's name.
        fingerprint: A digest of what else the code depends on, beyond this package, Numba and
            NumPy.
    """

    def __init__(self, name: str, fingerprint: str = "") -> None:
        self._name = name
        self._fingerprint = fingerprint

    def _file(self, signature: str, target: str) -> Path:
        parts = (_library_fingerprint(), self._name, self._fingerprint, signature, target)
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
        stem = re.sub(r"[^\w.]", "", self._name)[-60:]
        return _cache_folder() / f"{stem}-{digest}.machine"

    def read(self, signature: str, target: str) -> bytes | None:
        """The stored machine code, or None."""
        try:
            return self._file(signature, target).read_bytes()
        except OSError:
            return None

    def write(self, signature: str, target: str, content: bytes) -> None:
        """Store machine code.

        If that fails (a read-only home folder, a full disk), the next process compiles again.
        """
        file = self._file(signature, target)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=file.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            os.replace(temporary, file)
        except OSError:
            pass


def _cache_folder() -> Path:
    return Path(numba.config.CACHE_DIR or user_cache_folder()) / "hivemind_abm"


@cache
def _library_fingerprint() -> str:
    """A digest of every file of the package.

    Any of them may hold compiled code or be inlined into it.
    """
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    for file in sorted(PACKAGE.rglob("*.py")):
        digest.update(str(file.relative_to(PACKAGE)).encode() + file.read_bytes())
    return digest.hexdigest()


def fingerprint(owner: Any, layout: Any, functions: tuple[Any, ...]) -> str | None:
    """A digest of the code and constants that a method's machine code depends on.

    The library's own files are not part of it; see `_library_fingerprint`.

    Args:
        owner: The class.
        layout: `Fields.layout`.
        functions: The method and the functions that it calls.

    Returns:
        The digest; None where some value has no reliable digest, so that the machine code must not
        be stored.
    """
    used = {name for function in functions for name in names_in(function)}
    ingredients = _Ingredients((owner.__module__, owner.__qualname__, layout), used)
    known = all(map(ingredients.add_function, functions))
    for name, value in sorted(class_attributes(owner), key=lambda item: item[0]):
        ingredients.add_text(name)
        known = known and (name not in used or ingredients.add_value(value))
    return ingredients.digest.hexdigest() if known else None


class _Ingredients:
    """A digest to which functions and values are added; adding returns whether it is reliable."""

    def __init__(self, identity: tuple[Any, ...], used: set[str]) -> None:
        self.digest = hashlib.sha256(repr(identity).encode())
        self._used = used

    def add_text(self, text: str) -> None:
        """Add a text."""
        self.digest.update(text.encode())

    def add_function(self, function: Any) -> bool:
        """Add a function's code, defaults and global values."""
        for code in codes(function):
            plain = [
                constant
                for constant in code.co_consts
                if not isinstance(constant, python_types.CodeType)
            ]
            self.digest.update(code.co_code)
            self.add_text(repr((plain, code.co_names, code.co_varnames)))
        self.add_text(repr((function.__qualname__, function.__defaults__, function.__kwdefaults__)))
        for name, value in globals_used(function):
            self.add_text(name)
            if not self.add_value(value):
                return False
        return True

    def add_value(self, value: Any) -> bool:
        """Add a value; False where no reliable digest of it exists."""
        if isinstance(value, python_types.FunctionType | property | staticmethod | classmethod):
            return True  # its code is among the functions, or is not compiled
        if isinstance(value, python_types.ModuleType):
            return self._add_module(value)
        if isinstance(value, type) and issubclass(value, enum.Enum):
            self.add_text(repr([(member.name, member.value) for member in value]))
            return True
        if value is None or isinstance(value, bool | int | float | str | np.generic):
            self.add_text(f"{type(value).__name__} {value!r};")
            return True
        if isinstance(value, tuple):
            self.add_text(f"tuple of {len(value)}")
            return all(map(self.add_value, value))
        if isinstance(value, np.ndarray):
            self.add_text(repr((value.dtype, value.shape)))
            self.digest.update(value.tobytes())
            return bool(value.dtype != object)
        module = getattr(value, "__module__", None)
        self.add_text(repr((module, getattr(value, "__qualname__", None))))
        return bool(module) and not is_users(sys.modules.get(str(module)))

    def _add_module(self, module: python_types.ModuleType) -> bool:
        """Add the used names of a user's module; of another module, its name."""
        self.add_text(module.__name__)
        if not is_users(module):
            return True
        names = sorted(self._used & vars(module).keys())
        return all(self.add_value(getattr(module, name)) for name in names)
