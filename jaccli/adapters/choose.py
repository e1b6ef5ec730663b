"""Which framework a function's inputs belong to, by the modules of their types, without importing any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from jaccli.adapters.domains import restricted
from jaccli.adapters.source import named_in
from jaccli.adapters.subject import Subject, Task
from jaccli.adapters.trees import leaves_of
from jaccli.errors import UsageError, suggestion

__all__ = ["FRAMEWORKS", "adapt"]

#: framework → the module whose ``adapt(task)`` makes a Subject of its functions.
FRAMEWORKS = {
    "numpy": "jaccli.adapters.numpy",
    "torch": "jaccli.adapters.torch",
    "jax": "jaccli.adapters.jax",
    "tensorflow": "jaccli.adapters.tensorflow",
    "autograd": "jaccli.adapters.autograd",
}
_MODULES = {
    "torch": "torch", "jax": "jax", "jaxlib": "jax", "tensorflow": "tensorflow", "keras": "tensorflow", "autograd": "autograd",
}  # fmt: skip


def adapt(task: Task, framework: str = "auto") -> Subject:
    """Return the task in the form the pipeline checks.

    Errors: UsageError for a framework that is not known; Trouble where the function cannot be used.
    """
    name = _framework_of(task) if framework == "auto" else framework
    if name not in FRAMEWORKS:
        known = ["auto", *FRAMEWORKS]
        hint = suggestion(name, known) or f"known: {', '.join(known)}"
        raise UsageError(f"'framework' {name!r} is not one jaccli checks; {hint}")
    subject: Subject = import_module(FRAMEWORKS[name]).adapt(task)
    return restricted(subject, task.domain) if task.domain else subject


def _framework_of(task: Task) -> str:
    """Return the framework of the inputs, of the function's own type, or of what its code names, in this order.

    Derivatives written by hand are NumPy's: then the inputs alone can say otherwise, and that is a mistake.
    """
    claimed = any(claim is not None for claim in (task.jacobian, task.vjp, task.jvp))
    values = (*_leaves(task.inputs), *(() if claimed else (task.fn,)))
    kinds = (kind for value in values for kind in type(value).__mro__)
    for thing in (*kinds, *(() if claimed else named_in(task.fn))):
        root = str(getattr(thing, "__module__", None) or getattr(thing, "__name__", "")).split(".")[0]
        if root in _MODULES:
            return _MODULES[root]
    return "numpy"


def _leaves(inputs: Any) -> Iterable[Any]:
    return (value for _, value in leaves_of(inputs, "", lambda value: not isinstance(value, (Mapping, tuple, list))))
