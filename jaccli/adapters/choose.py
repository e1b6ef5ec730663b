"""Which framework a function's inputs belong to, by the modules of their types, without importing any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from jaccli.adapters.subject import Subject, Task
from jaccli.errors import UsageError, suggestion

__all__ = ["FRAMEWORKS", "adapt"]

#: framework → the module whose ``adapt(task)`` makes a Subject of its functions.
FRAMEWORKS = {"numpy": "jaccli.adapters.numpy"}
_MODULES = {"torch": "torch", "jax": "jax", "jaxlib": "jax", "tensorflow": "tensorflow"}


def adapt(task: Task, framework: str = "auto") -> Subject:
    """Return the task in the form the pipeline checks.

    Errors: UsageError for a framework that is not known; Trouble where the function cannot be used.
    """
    name = _framework_of(task.inputs) if framework == "auto" else framework
    if name not in FRAMEWORKS:
        known = ["auto", *FRAMEWORKS]
        hint = suggestion(name, known) or f"known: {', '.join(known)}"
        raise UsageError(f"'framework' {name!r} is not one jaccli checks; {hint}")
    subject: Subject = import_module(FRAMEWORKS[name]).adapt(task)
    return subject


def _framework_of(inputs: Any) -> str:
    for value in _leaves(inputs):
        root = type(value).__module__.split(".")[0]
        if root in _MODULES:
            return _MODULES[root]
    return "numpy"


def _leaves(inputs: Any) -> Iterable[Any]:
    if isinstance(inputs, Mapping):
        return inputs.values()
    return inputs if isinstance(inputs, (tuple, list)) else (inputs,)
