"""The language's functions on tensors with immediate values: ``eager.softmax(x)``, ``eager.sum(x, axis=0)``.

Numbers, lists and arrays may stand where tensors may.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

import jaccli.graph.layers  # noqa: F401  the layers enter themselves into the functions
from jaccli.errors import UsageError
from jaccli.graph.functions import FUNCTIONS, BuildError
from jaccli.graph.ir import Expr
from jaccli.learn.tape import Tape, Tensor, no_grad, tensor

__all__ = ["Tensor", "no_grad", "tensor"]


def __getattr__(name: str) -> Callable[..., Any]:
    """Return the language's function ``name``."""
    if name not in FUNCTIONS:
        raise AttributeError(f"'{name}' is no function of the language")
    macro = FUNCTIONS[name]

    @wraps(macro)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return macro(*map(_lifted, args), **{key: _lifted(value) for key, value in options.items()})
        except BuildError as error:
            raise UsageError(f"{error.message}; {error.help}" if error.help else error.message) from None

    return run


def _lifted(value: Any) -> Any:
    if isinstance(value, Expr | str | bool) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_lifted(item) for item in value]
    if isinstance(value, int | float) and math.isfinite(value):
        return Tape(home=True).literal(value)
    return tensor(np.asarray(value))
