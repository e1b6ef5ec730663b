"""``@jaccli.check(x=…)``: where a function's derivatives are to be checked, written beside the function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

__all__ = ["Marked", "check", "marks"]

F = TypeVar("F")
_ATTRIBUTE = "__jaccli_checks__"


@dataclass(frozen=True, slots=True)
class Marked:
    """One decorator's arguments: values of inputs by name, derivatives, and options of ``jaccli.gradcheck``."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    derivatives: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def check(
    *,
    jacobian: Any = None,
    vjp: Any = None,
    jvp: Any = None,
    framework: str = "auto",
    rtol: float | None = None,
    scale: Any = None,
    reference: Any = None,
    inputs: Mapping[str, Any] | None = None,
    **values: Any,
) -> Callable[[F], F]:
    """Return a decorator that leaves a function as it is and tells ``jac gradcheck`` where to check it.

    values: the inputs by name: arrays, numbers, or texts as ``--at`` has them, such as ``x="normal(3, 4)"``.
    inputs: the same as a mapping, for names such as ``rtol`` that are taken here.
    scale:  what steps are relative to, as in ``jaccli.gradcheck``.
    reference: the same mathematics in ordinary operations, for kernels of low precision.
    Others: likewise. Several decorators are several points.
    Errors: TypeError for an object that takes no attributes.
    """
    derivatives = {"jacobian": jacobian, "vjp": vjp, "jvp": jvp, "against": reference}
    given = {name: fn for name, fn in derivatives.items() if fn is not None}
    marked = Marked({**(inputs or {}), **values}, given, {"framework": framework, "rtol": rtol, "scale": scale})

    def mark(fn: F) -> F:
        try:
            setattr(fn, _ATTRIBUTE, (marked, *marks(fn)))
        except (AttributeError, TypeError):
            message = f"@jaccli.check cannot mark a {type(fn).__name__}; put it on a function that calls it"
            raise TypeError(message) from None
        return fn

    return mark


def marks(fn: Any) -> tuple[Marked, ...]:
    """Return the arguments of a function's decorators, the topmost first."""
    found = vars(fn).get(_ATTRIBUTE, ()) if hasattr(fn, "__dict__") else ()
    return found if isinstance(found, tuple) else ()
