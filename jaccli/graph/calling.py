"""Whether a function of the language can be called as it was."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from jaccli.errors import suggestion
from jaccli.graph.functions import CONSTANTS, BuildError
from jaccli.spec.expressions.advice import ALSO_CALLED, NO_ARGUMENTS

__all__ = ["check_arguments"]

#: Function → what people mean who give it too many arguments.
_MEANT = {
    "zeros": "write zeros((m, n))", "ones": "write ones((m, n))", "reshape": "write reshape(x, (m, n))",
    "transpose": "write transpose(x, (1, 0))", "maximum": "write maximum(maximum(a, b), c)",
    "minimum": "write minimum(minimum(a, b), c)",
    "log": "write log(x) / log(b) for the base b", "sqrt": "write x**(1/n) for the n-th root",
    "arctan": "write arctan2(y, x)", "atan": "write arctan2(y, x)", "exp": "write exp(x)",
    "broadcast_to": "write broadcast_to(x, (m, n))", "concatenate": "write concatenate([a, b])", "stack": "write stack([a, b])",
}  # fmt: skip


def check_arguments(name: str, macro: Callable[..., Any], args: list[Any], options: dict[str, Any]) -> None:
    """Raise BuildError where ``macro`` cannot be called like this."""
    parameters = {p: v for p, v in inspect.signature(macro).parameters.items() if p != "like"}
    given = len(args) - (name in CONSTANTS)
    usage = f"write {name}({', '.join(_shown(v) for v in parameters.values())})"
    for option in options:
        if option not in parameters:
            raise BuildError(f"{name} has no argument `{option}`", _other(option, parameters) or usage)
    if any(v.kind is v.VAR_POSITIONAL for v in parameters.values()):
        if not given:
            raise BuildError(f"{name} needs arguments", usage)
        return
    unnamed = [p for p, v in parameters.items() if v.kind is not v.KEYWORD_ONLY]
    if given > len(unnamed):
        most, named = len(unnamed), " without a name" if len(unnamed) < len(parameters) else ""
        many = f"{'at most ' if most > 1 else ''}{most} argument{'s' * (most != 1)}{named}"
        raise BuildError(f"{name} takes {many} (got {given})", _MEANT.get(name, usage))
    for position, parameter in enumerate(unnamed):
        if position < given and parameter in options:
            raise BuildError(f"{name} is given `{parameter}` twice", usage)
        if parameters[parameter].default is inspect.Parameter.empty and position >= given and parameter not in options:
            raise BuildError(f"{name} lacks its argument `{parameter}`", usage)


def _shown(parameter: inspect.Parameter) -> str:
    return f"{parameter.name}=…" if parameter.kind is parameter.KEYWORD_ONLY else parameter.name


def _other(option: str, parameters: Mapping[str, Any]) -> str | None:
    """Return what to write for an argument that other libraries have."""
    here = ALSO_CALLED.get(option)
    if here in parameters:
        return f"write {here}=…"
    return NO_ARGUMENTS.get(option) or suggestion(option, parameters)
