"""A ``torch.autograd.Function`` → what calls it."""

from __future__ import annotations

import inspect
from typing import Any

from jaccli.adapters import frameworks_of

__all__ = ["applied"]


def applied(fn: Any) -> Any:
    """Return what calls a ``torch.autograd.Function``: its ``apply``, with the arguments of its ``forward``; others as they are."""
    kind: Any = fn
    if not (inspect.isclass(fn) and {"apply", "forward", "backward"} <= set(dir(fn)) and "torch" in frameworks_of(fn)):
        return fn
    own_context = any("setup_context" in vars(base) for base in kind.__mro__ if not base.__module__.startswith("torch"))
    parameters = list(inspect.signature(kind.forward).parameters.values())[0 if own_context else 1 :]

    def call(*inputs: Any) -> Any:
        return kind.apply(*inputs)

    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__wrapped__ = kind.backward  # type: ignore[attr-defined]  # what is judged, for the place in messages
    return call
