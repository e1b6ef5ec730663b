"""A function's own derivative → that derivative as a function, so that second derivatives are checked as first ones of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters import Task
from jaccli.adapters.conventions import product_of_two
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Label

__all__ = ["as_second", "gradient_task"]

_NAMES = {Label.JACOBIAN: Label.HESSIAN, Label.JVP: Label.HVP, Label.PRODUCTS: Label.SYMMETRY}


def gradient_task(task: Task) -> Task:
    """Return the task for the gradient of a function; its derivatives are the Hessian and the products that the user gave."""
    return replace(
        task, fn=_gradient(task.fn, task.inputs, task.jacobian, task.vjp), jacobian=task.hessian, vjp=task.hvp, jvp=task.hvp,
        hessian=None, hvp=None, vectorized=task.vectorized and task.jacobian is not None,
    )  # fmt: skip


def _gradient(fn: Any, inputs: Any, jacobian: Any, vjp: Any) -> Callable[..., Any]:
    """Return the gradient of ``fn`` as a function, called like ``fn``; from ``jacobian``, or from ``vjp`` with cotangent 1."""
    product = product_of_two(vjp)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        y = np.asarray(fn(*args, **kwargs))  # also for what a derivative reads of the function's last call
        if jacobian is not None:
            return jacobian(*args, **kwargs)
        if y.size != 1:
            raise ValueError(
                f"second derivatives from 'vjp' need a function of one number (this one has shape {y.shape})"
            )
        given = dict(kwargs) if isinstance(inputs, Mapping) else args if isinstance(inputs, tuple) else args[0]
        return product(given, np.ones(y.shape)[()])

    gradient.__name__ = f"gradient of {getattr(fn, '__name__', 'the function')}"
    return gradient


def as_second(report: Report) -> Report:
    """Return the report on the derivatives of a gradient under the names that they have as second derivatives."""
    return replace(report, checks=tuple(map(_renamed, report.checks)))


def _renamed(check: Check) -> Check:
    name = _NAMES.get(check.tested, check.tested)
    words = {"JAC108": "the Hessian is not symmetric: <u, H w> differs from <w, H u>"}
    help_ = words.get(check.code or "", check.help) if name == Label.SYMMETRY else check.help
    return replace(check, tested=name, help=help_)
