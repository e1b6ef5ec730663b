"""The language's functions on tensors with immediate values: ``eager.softmax(x)``, ``eager.sum(x, axis=0)``.

Numbers, lists and arrays may stand where tensors may.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaccli.learn.recording import no_grad
from jaccli.learn.tape import Tensor, function, tensor

__all__ = ["Tensor", "no_grad", "tensor"]


def __getattr__(name: str) -> Callable[..., Any]:
    """Return the language's function ``name``."""
    return function(name)
