"""The lines of Python that repeat a run which no command line repeats.

Knows: how a model is built, run and written.
Does not know: any model.
"""

from collections.abc import Sequence

__all__ = ["python_lines"]


def python_lines(
    model: str, arguments: Sequence[str], steps: int, before: Sequence[str] = ()
) -> str:
    """Lines of Python that build a model, run it and write its rows.

    Args:
        model: The name of its class.
        arguments: Its arguments as they are written.
        steps: The number of steps.
        before: Lines between the imports and the model.
    """
    lines = [
        f"from hivemind_abm import {model}",
        *before,
        "",
        f"model = {model}({', '.join(arguments)})",
        f"model.run_for({steps})",
        'model.table().to_csv("run.csv", index=False)',
    ]
    return "\n".join(lines)
