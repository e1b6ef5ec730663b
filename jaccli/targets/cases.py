"""A function and the settings of its inputs → the points at which it is checked, as tasks for the adapters."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jaccli.adapters import Task, framework_of
from jaccli.adapters.source import positional_names
from jaccli.errors import UsageError, short, suggestion
from jaccli.targets.applied import applied
from jaccli.targets.decorator import Marked, marks
from jaccli.targets.values import drawn

__all__ = ["Case", "Said", "cases", "packed"]


@dataclass(frozen=True, slots=True)
class Case:
    """One point of a function, the framework that differentiates it, and the number of the decorator that says so."""

    task: Task
    framework: str
    rtol: float | None = None
    mark: int = 0
    atol: float = 0.0


@dataclass(frozen=True, slots=True)
class Said:
    """What the command line says about the inputs and derivatives of a function; it goes before what a decorator says.

    at           texts by input
    derivatives  jacobian, vjp, jvp, hessian, hvp, or what it is held against → a function
    otherwise    the framework, where neither it nor a decorator names one
    scale        what steps are relative to, by input
    domain       where inputs must stay, by input
    """

    at: Mapping[str, str]
    derivatives: Mapping[str, Any]
    framework: str = "auto"
    points: int = 1
    seed: int = 0
    otherwise: str = "auto"
    scale: Mapping[str, float] = field(default_factory=dict)
    domain: Mapping[str, str] = field(default_factory=dict)


def cases(name: str, fn: Any, line: Said) -> list[Case]:
    """Return the cases of a function: one for each decorator, and one for each further point where inputs are drawn.

    Errors: UsageError for an input without a value, or a value without an input.
    """
    found = []
    called = applied(fn)
    for mark, marked in enumerate(marks(fn) or (Marked(),)):
        said = {**_by_name(name, called, marked.inputs), **line.at}
        random = any(isinstance(value, str) and "(" in value for value in said.values())
        names = (line.framework, marked.options.get("framework", "auto"), line.otherwise)
        chosen = next((name for name in names if name != "auto"), "auto")
        for point in range(line.points if random else 1):
            inputs = _inputs(name, called, said, line.seed + point)
            derivatives = {**marked.derivatives, **line.derivatives}
            framework = (
                framework_of(fn, inputs, {k: v for k, v in derivatives.items() if k != "against"})
                if chosen == "auto"
                else chosen
            )
            scale = line.scale or marked.options.get("scale")
            domain = {**(marked.options.get("domain") or {}), **line.domain} or None
            task = Task(called, inputs, **derivatives, scale=scale, domain=domain)
            options = marked.options
            found.append(Case(task, framework, options.get("rtol"), mark, options.get("atol", 0.0)))
    return found


def _by_name(name: str, fn: Any, inputs: Mapping[str, Any] | tuple[Any, ...]) -> Mapping[str, Any]:
    """Return a decorator's inputs by the names of the parameters.

    Errors: UsageError for more of them than there are parameters.
    """
    if isinstance(inputs, Mapping):
        return inputs
    names = positional_names(fn, len(inputs))
    parameters = _parameters(fn)
    if (
        parameters is not None
        and len(parameters) < len(inputs)
        and not any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
    ):
        raise UsageError(
            f"{name} has {len(parameters)} input{'s' * (len(parameters) != 1)}, and @jaccli.check gives {len(inputs)}"
        )
    return dict(zip(names, inputs, strict=True))


def _inputs(name: str, fn: Any, said: Mapping[str, Any], seed: int) -> Any:
    """Return the inputs: one, several in order, or by name."""
    parameters = _parameters(fn)
    if parameters is None:
        return {key: _value(name, key, value, seed) for key, value in said.items()} or _missing(name, "x")
    kinds = {p.kind for p in parameters.values()}
    if unknown := [key for key in said if key not in parameters and inspect.Parameter.VAR_KEYWORD not in kinds]:
        hint = suggestion(unknown[0], parameters) or f"its inputs: {', '.join(parameters) or 'none'}"
        raise UsageError(f"{name} has no input `{unknown[0]}`; {hint}")
    named = [p for p in parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    values: dict[str, Any] = {}
    for parameter in named:
        if parameter.name in said:
            values[parameter.name] = _value(name, parameter.name, said[parameter.name], seed)
        elif parameter.default is inspect.Parameter.empty:
            _missing(name, parameter.name)
        elif not said and _is_number(parameter.default):
            values[parameter.name] = parameter.default
    values |= {key: _value(name, key, value, seed) for key, value in said.items() if key not in values}
    if not values and not named:
        raise UsageError(
            f"{name} has no inputs, so there is nothing to differentiate; give it a parameter, as def f(x): …"
        )
    if not values:
        _whole(name, named[0])
    return packed(named, values)


def packed(named: Sequence[inspect.Parameter], values: Mapping[str, Any]) -> Any:
    """Return the inputs as ``fn(x)`` or ``fn(x, y)`` takes them where they come first, else by name."""
    first = [p.name for p in named if p.kind is not p.KEYWORD_ONLY][: len(values)]
    if first != list(values) or any(isinstance(value, (tuple, list, Mapping)) for value in values.values()):
        return values
    return next(iter(values.values())) if len(values) == 1 else tuple(values.values())


def _missing(name: str, parameter: str) -> Any:
    raise UsageError(
        f"{name} needs a value for `{parameter}`: --at '{parameter}=normal(3, 4)', a default in its signature, "
        f"or @jaccli.check({parameter}=…) above it"
    )


def _whole(name: str, parameter: inspect.Parameter) -> None:
    """Say that a function's defaults hold nothing to differentiate, such as n=3."""
    default = parameter.default
    kind = f"`{parameter.name}` has the default {short(repr(default), 30)}, a {type(default).__name__}"
    raise UsageError(
        f"{name} has no floating-point input to differentiate: {kind}; write a float, as {parameter.name}=3.0, or "
        f"give a point: --at '{parameter.name}=normal(3, 4)'"
    )


def _value(owner: str, name: str, value: Any, seed: int) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return drawn(name, value, seed)
    except UsageError as error:
        raise UsageError(f"{owner}: {error}") from None


def _parameters(fn: Any) -> Mapping[str, inspect.Parameter] | None:
    try:
        return inspect.signature(fn).parameters
    except (TypeError, ValueError):
        return None


def _is_number(value: Any) -> bool:
    """Return whether a default is worth differentiating: a float, or an array of any framework."""
    if isinstance(value, (bool, int, str)) or value is None:
        return False
    return isinstance(value, (float, complex, np.generic)) or (hasattr(value, "shape") and hasattr(value, "dtype"))
