"""A task and the name of a framework → a Subject, by the adapter of that framework."""

from __future__ import annotations

from importlib import import_module

from jaccli.adapters.conventions import one_by_one
from jaccli.adapters.domains import restricted
from jaccli.adapters.guess import framework_of
from jaccli.adapters.scales import scaled
from jaccli.adapters.subject import Subject, Task
from jaccli.errors import UsageError, suggestion

__all__ = ["FRAMEWORKS", "adapt"]

#: framework → the module whose ``adapt(task)`` makes a Subject of its functions.
FRAMEWORKS = {
    "numpy": "jaccli.adapters.frameworks.numpy",
    "torch": "jaccli.adapters.frameworks.torch",
    "jax": "jaccli.adapters.frameworks.jax",
    "tensorflow": "jaccli.adapters.frameworks.tensorflow",
    "autograd": "jaccli.adapters.frameworks.autograd",
}


def adapt(task: Task, framework: str = "auto") -> Subject:
    """Return the task in the form the checker takes.

    Errors: UsageError for a framework that is not known; TroubleError where the function cannot be used.
    """
    task = one_by_one(task)
    claims = {"jacobian": task.jacobian, "vjp": task.vjp, "jvp": task.jvp}
    name = framework_of(task.fn, task.inputs, claims) if framework == "auto" else framework
    if name not in FRAMEWORKS:
        known = ["auto", *FRAMEWORKS]
        hint = suggestion(name, known) or f"known: {', '.join(known)}"
        raise UsageError(f"'framework' {name!r} is not one jaccli checks; {hint}")
    subject: Subject = import_module(FRAMEWORKS[name]).adapt(task)
    subject = restricted(subject, task.domain) if task.domain else subject
    return subject if task.scale is None else scaled(subject, task.scale)
