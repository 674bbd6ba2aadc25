"""Users' methods as passes: machine code where that is possible, else plain Python.

Knows: which methods are compiled, why others are not, and how to compile them again in a copy.
Does not know: what the passes do.
"""

from typing import Any, NamedTuple

from hivemind_abm.engine.loops import CompiledLoop, compile_loop
from hivemind_abm.engine.notices import warn_once
from hivemind_abm.engine.source import CannotCompile, other_chance

__all__ = ["Methods"]

_NOTHING = (0, 0, 0)


class _Method(NamedTuple):
    """One method and its pass; see `Methods.add`."""

    part: str
    name: str
    instance: Any
    loop: Any
    signature: Any
    quiet: bool
    lazy: bool


class Methods:
    """The methods of users' rules, learners and bandits that the runs of a batch call.

    Args:
        compiled: Whether to compile at all.

    Attributes:
        reasons: For each part, such as "rule", why a method of it runs interpreted although
            `compiled` is true.
    """

    def __init__(self, compiled: bool) -> None:
        self._compiled = compiled
        self._methods: dict[Any, _Method] = {}
        self._passes: dict[Any, CompiledLoop | None] = {}
        self.reasons: dict[str, str] = {}

    def add(
        self,
        key: Any,
        part: str,
        instance: Any,
        name: str,
        loop: Any,
        signature: Any,
        quiet: bool = False,
        lazy: bool = False,
    ) -> None:
        """Add a method, and compile its pass.

        Args:
            key: What the pass is found by.
            part: What its instance is, for `mode` and `reasons`.
            instance: The instance.
            name: The method's name.
            loop: Makes the pass; see `compile_loop`.
            signature: The pass's Numba signature.
            quiet: Give no warning, and no reason, where it cannot be compiled.
            lazy: Compile it quietly when it is first asked for.
        """
        source = other_chance(type(instance), name)
        if source is not None and not (quiet or lazy):
            warn_once(
                f"{type(instance).__name__}.{name} draws from {source}, not from rng: "
                "the same seed will give other numbers",
                stacklevel=5,
            )
        method = _Method(part, name, instance, loop, signature, quiet or lazy, lazy)
        self._methods[key] = method
        if not lazy:
            self._passes[key] = self._compile(method) if self._compiled else None

    def _compile(self, method: _Method) -> CompiledLoop | None:
        try:
            return compile_loop(method.loop, method.instance, method.name, method.signature)
        except CannotCompile as reason:
            if not method.quiet:
                self.reasons[method.part] = str(reason)
                name = f"{type(method.instance).__name__}.{method.name}"
                warn_once(f"{name} runs interpreted, not compiled: {reason}", stacklevel=6)
            return None

    def __contains__(self, key: Any) -> bool:
        return key in self._methods

    def __getitem__(self, key: Any) -> CompiledLoop | None:
        """The compiled pass of a method, or None where it runs interpreted."""
        if key not in self._passes:
            method = self._methods[key]
            self._passes[key] = self._compile(method) if self._compiled else None
        return self._passes[key]

    def entry(self, key: Any) -> tuple[int, int, int]:
        """`CompiledLoop.entry` of a method's pass; zeros where there is none."""
        compiled = self[key] if key in self._methods else None
        return _NOTHING if compiled is None else compiled.entry

    @property
    def wants_compiled(self) -> bool:
        """Whether methods are compiled where that is possible."""
        return self._compiled

    @property
    def all_compiled(self) -> bool:
        """Whether all passes are machine code, apart from quiet ones."""
        return all(
            self._passes[key] is not None
            for key, method in self._methods.items()
            if not method.quiet
        )

    @property
    def mode(self) -> dict[str, str]:
        """How each part runs: "compiled", or "interpreted" where one of its methods does."""
        mode: dict[str, str] = {}
        for key, method in self._methods.items():
            if not method.quiet and mode.get(method.part) != "interpreted":
                interpreted = self._passes[key] is None
                mode[method.part] = "interpreted" if interpreted else "compiled"
        return dict(sorted(mode.items(), key=lambda item: item[0] == "bandit"))  # choosers first

    def __getstate__(self) -> dict[str, Any]:
        """The attributes; in place of machine code, whether there is any."""
        passes = {key: compiled is not None for key, compiled in self._passes.items()}
        return self.__dict__ | {"_passes": passes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over the attributes, and compile again what was compiled."""
        self.__dict__.update(state)
        self._passes = {
            key: self._compile(self._methods[key]) if compiled else None
            for key, compiled in state["_passes"].items()
        }
