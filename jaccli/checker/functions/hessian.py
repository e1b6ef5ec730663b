"""A function's own derivative → that derivative as a function, so that second derivatives are checked as first ones of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters.conventions import product_of_two
from jaccli.errors import UsageError
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Label

__all__ = ["gradient_of", "with_second"]

_NAMES = {Label.JACOBIAN: Label.HESSIAN, Label.JVP: Label.HVP, Label.PRODUCTS: Label.SYMMETRY}


def gradient_of(fn: Any, inputs: Any, jacobian: Any, vjp: Any) -> Callable[..., Any]:
    """Return the gradient of ``fn`` as a function, called like ``fn``; from ``jacobian``, or from ``vjp`` with cotangent 1.

    Errors: UsageError where there is neither.
    """
    if jacobian is None and vjp is None:
        raise UsageError(
            "'hessian' and 'hvp' are checked against differences of the gradient: give 'jacobian' or 'vjp' as well"
        )

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


def with_second(first: Report, second: Report) -> Report:
    """Return the first derivatives' report with the second ones', under names that tell them apart."""
    return replace(
        first, checks=(*first.checks, *map(_renamed, second.checks)), duration=first.duration + second.duration
    )


def _renamed(check: Check) -> Check:
    name = _NAMES.get(check.tested, check.tested)
    words = {"JAC108": "the Hessian is not symmetric: <u, H w> differs from <w, H u>"}
    help_ = words.get(check.code or "", check.help) if name == Label.SYMMETRY else check.help
    return replace(check, tested=name, help=help_)
