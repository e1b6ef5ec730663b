"""Inputs in a list, and products that take their arrays one by one, as ``vjp(x, b, y_bar)`` → the form of the other adapters."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jaccli.adapters.source import title_of
from jaccli.adapters.subject import Task
from jaccli.errors import UsageError

__all__ = ["in_two_arguments", "one_by_one", "product_of_two"]


def one_by_one(task: Task) -> Task:
    """Return the task with its list of inputs as a tuple, where the function takes that many arguments rather than one list.

    Errors: UsageError where it takes neither.
    """
    inputs = task.inputs
    if not isinstance(inputs, list) or not any(hasattr(value, "dtype") for value in inputs):
        return task
    try:
        signature = inspect.signature(task.fn)
    except (TypeError, ValueError):  # written in C
        return task
    first = next(iter(signature.parameters.values()), None)
    spread = first is not None and first.kind is first.VAR_POSITIONAL
    several = _binds(signature, len(inputs)) and (spread or not _binds(signature, 1))
    if not several and not _binds(signature, 1):
        words = ", ".join(signature.parameters) or "none"
        raise UsageError(f"'inputs' is a list of {len(inputs)}, and {title_of(task.fn)} takes other arguments: {words}")
    return replace(task, inputs=tuple(inputs)) if several else task


def in_two_arguments(task: Task) -> Task:
    """Return the task with ``vjp(inputs, y_bar)`` and ``jvp(inputs, dx)``, whichever way they are written."""
    return replace(task, vjp=product_of_two(task.vjp), jvp=product_of_two(task.jvp))


def product_of_two(fn: Any) -> Any:
    """Return a vjp, jvp or hvp as a function of two arguments.

    Law: what can be called with two arguments is left as it is; else it takes inputs one by one, and then all cotangents or
         tangents as one argument, or one by one as well. A mapping's parts go by the names of its parameters.
    """
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):  # nothing to call, or written in C
        return fn
    if _binds(signature, 2):
        return fn
    names = list(signature.parameters)

    @functools.wraps(fn, updated=())
    def product(inputs: Any, seeds: Any) -> Any:
        args = _parts(inputs, names)
        both = [*args, *_parts(seeds, names[: len(args)])]
        for given in ([*args, seeds], both):
            if _binds(signature, len(given)):
                return fn(*given)
        return fn(inputs, seeds)

    return product


def _binds(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


def _parts(value: Any, names: list[str]) -> list[Any]:
    """Return the arrays of a tuple or mapping, of a mapping in the order of ``names`` where these are its keys."""
    if not isinstance(value, Mapping):
        return list(value) if isinstance(value, tuple) else [value]
    ordered = names[: len(value)]
    return [value[name] for name in (ordered if set(ordered) == set(value) else value)]
