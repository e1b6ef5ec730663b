"""A function and its inputs → its form as a whole, where it has very many parameters; only what is imported already is asked."""

from __future__ import annotations

from typing import Any

from jaccli.adapters.whole.module import module_as_whole
from jaccli.adapters.whole.point import Whole
from jaccli.adapters.whole.pytree import pytree_as_whole

__all__ = ["LARGE", "whole_of"]

LARGE = 200_000  # parameters of a function from which on it is judged as a whole


def whole_of(fn: Any, inputs: Any, framework: str) -> Whole | None:
    """Return a PyTorch module, or a JAX function of pytrees, with very many parameters in this form; None for anything else.

    framework: the name of the one that the user asked for, or "auto".
    Cost:      no copy of the parameters is made before ``Whole.begin``.
    """
    if framework in ("auto", "torch") and (found := module_as_whole(fn, inputs, LARGE)) is not None:
        return found
    return pytree_as_whole(fn, inputs, LARGE, framework) if framework in ("auto", "jax") else None
