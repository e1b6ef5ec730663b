"""The language's functions on tensors with immediate values: ``eager.softmax(x)``, ``eager.sum(x, axis=0)``.

Numbers, lists and arrays may stand where tensors may.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import jaccli.graph.layers  # noqa: F401  the layers enter themselves into the functions
from jaccli.errors import suggestion
from jaccli.graph.functions import FUNCTIONS
from jaccli.graph.ir import Expr
from jaccli.learn.operators import named
from jaccli.learn.tape import Tape, Tensor, no_grad, tensor

__all__ = ["Tensor", "no_grad", "tensor"]


def __getattr__(name: str) -> Callable[..., Any]:
    """Return the language's function ``name``."""
    if name not in FUNCTIONS:
        raise AttributeError(
            f"'{name}' is no function of the language; {suggestion(name, FUNCTIONS) or 'see jac info --ops'}"
        )
    return named(name, _lifted)


def _lifted(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, Expr | str | bool) or value is None:
        return value
    if isinstance(value, list | tuple):
        return tensor(value) if _are_truths(value) else [_lifted(item) for item in value]
    if isinstance(value, int | float) and math.isfinite(value):
        return Tape(home=True).literal(value)
    return tensor(value)


def _are_truths(items: Any) -> bool:
    return bool(items) and all(isinstance(item, bool | np.bool_) for item in items)
