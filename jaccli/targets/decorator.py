"""``@jaccli.check(x=…)``: where a function's derivatives are to be checked, written beside the function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from jaccli.errors import UsageError

__all__ = ["Marked", "check", "marks"]

F = TypeVar("F")
_ATTRIBUTE = "__jaccli_checks__"


@dataclass(frozen=True, slots=True)
class Marked:
    """One decorator's arguments: values of inputs by name, derivatives, and options of ``jaccli.gradcheck``."""

    inputs: Mapping[str, Any] | tuple[Any, ...] = field(
        default_factory=dict
    )  # by name, or in the order of the parameters
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
    inputs: Any = None,
    hessian: Any = None,
    hvp: Any = None,
    domain: Mapping[str, str] | None = None,
    atol: float = 0.0,
    **values: Any,
) -> Callable[[F], F]:
    """Return a decorator that leaves a function as it is and tells ``jac gradcheck`` where to check it.

    values: the inputs by name: arrays, numbers, or texts as ``--at`` has them, such as ``x="normal(3, 4)"``.
    inputs: the same as ``jaccli.gradcheck`` takes them: a mapping, for names such as ``rtol`` that are taken here, a tuple in the
            order of the parameters, or the value of the first.
    reference: the same mathematics in ordinary operations, for kernels of low precision.
    Others: as in ``jaccli.gradcheck``. Several decorators are several points.
    Errors: TypeError for an object that takes no attributes; UsageError for inputs that are given in two ways.
    """
    derivatives = {
        "jacobian": jacobian, "vjp": vjp, "jvp": jvp, "hessian": hessian, "hvp": hvp, "against": reference,
    }  # fmt: skip
    given = {name: fn for name, fn in derivatives.items() if fn is not None}
    options = {"framework": framework, "rtol": rtol, "atol": atol, "scale": scale, "domain": domain}
    marked = Marked(_inputs(inputs, values), given, options)

    def mark(fn: F) -> F:
        try:
            setattr(fn, _ATTRIBUTE, (marked, *marks(fn)))
        except (AttributeError, TypeError):
            message = f"@jaccli.check cannot mark a {type(fn).__name__}; put it on a function that calls it"
            raise TypeError(message) from None
        return fn

    return mark


def _inputs(inputs: Any, values: Mapping[str, Any]) -> Mapping[str, Any] | tuple[Any, ...]:
    if inputs is None or isinstance(inputs, Mapping):
        return {**(inputs or {}), **values}
    if values:
        names = ", ".join(values)
        raise UsageError(f"@jaccli.check: give {names} by name, or all inputs in order by inputs=, not both")
    return inputs if isinstance(inputs, tuple) else (inputs,)


def marks(fn: Any) -> tuple[Marked, ...]:
    """Return the arguments of a function's decorators, the topmost first."""
    found = vars(fn).get(_ATTRIBUTE, ()) if hasattr(fn, "__dict__") else ()
    return found if isinstance(found, tuple) else ()
