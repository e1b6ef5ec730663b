"""PyTorch: the precision that a function computes with, looked up and held to doubles, below autocast and custom functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from importlib import import_module
from typing import Any

__all__ = ["watching", "widening"]


@contextmanager
def watching(torch: Any) -> Iterator[set[Any]]:
    """Yield a set, filled with the floating-point dtypes of all that is computed inside."""
    seen: set[Any] = set()

    class Watching(_dispatch_mode()):  # type: ignore[misc]
        def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            answer = op(*args, **(kwargs or {}))
            parts = answer if isinstance(answer, (tuple, list)) else (answer,)
            seen.update(part.dtype for part in parts if isinstance(part, torch.Tensor) and part.is_floating_point())
            return answer

    with Watching():
        yield seen


@contextmanager
def widening(torch: Any, low: Set[Any], has_doubles: Callable[[str], bool]) -> Iterator[None]:
    """Hold every operation to doubles, whatever the function casts to: where ``low`` has a dtype, float64 takes its place."""

    def wide(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value.double() if value.dtype in low and has_doubles(str(value.device)) else value
        if isinstance(value, (tuple, list)):
            return type(value)(map(wide, value))
        return torch.float64 if isinstance(value, torch.dtype) and value in low else value

    class Widening(_dispatch_mode()):  # type: ignore[misc]
        def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return op(*map(wide, args), **{name: wide(value) for name, value in (kwargs or {}).items()})

    with Widening():
        yield


def _dispatch_mode() -> Any:
    """Return the class whose instances see every operation on tensors."""
    return import_module("torch.utils._python_dispatch").TorchDispatchMode
