"""A function of a framework and the name of a backend → the function compiled, in each of the stages that lead there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaccli.adapters.framework import library
from jaccli.errors import UsageError, suggestion

__all__ = ["stages"]

TORCH = ("eager", "aot_eager", "inductor")  # each does what the one before it does, and something more


def stages(fn: Any, framework: str, backend: str) -> list[tuple[str, Callable[..., Any]]]:
    """Return the function compiled by each stage up to a backend, the earliest first, with the names of the stages.

    framework: "torch", whose backends are eager, aot_eager, inductor and what else is installed; "jax", whose only one is jit.
    Errors:    UsageError for a framework that compiles nothing, or a backend that is not known.
    """
    if framework == "jax":
        if backend != "jit":
            raise UsageError(f"JAX compiles by jit alone (got {backend}); write --compile jit")
        return [("jit", library("jax", "JAX", "jax").jit(fn))]
    if framework != "torch":
        raise UsageError(f"functions of {framework} are not compiled; --compile is for PyTorch and JAX")
    torch = library("torch", "PyTorch", "torch")
    if backend not in (*TORCH, *torch.compiler.list_backends(exclude_tags=())):
        known = dict.fromkeys((*TORCH, *torch.compiler.list_backends()))
        hint = suggestion(backend, known) or f"known: {', '.join(known)}"
        raise UsageError(f"PyTorch has no backend {backend}; {hint}")
    names = TORCH[: TORCH.index(backend) + 1] if backend in TORCH else (*TORCH[:2], backend)
    return [(name, torch.compile(fn, backend=name)) for name in names]
