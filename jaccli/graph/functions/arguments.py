"""What functions are given → nodes, whole numbers, shapes and axes; and the table they are entered in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.errors import Span, short
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, ancestors
from jaccli.graph.origins import describe
from jaccli.ops.notation import broadcast

MAX_ELEMENTS = 10_000_000
MAX_AXES = 16
MAX_EXACT = 10_000  # numbers of an arange that are kept exact
Shape = tuple[int, ...]


class BuildError(Exception):
    """An expression that means nothing: message, remedy, rule code, and the operands whose sizes matter."""

    def __init__(self, message: str, help: str | None = None, code: str = "JAC008", about: Sequence[Expr] = ()) -> None:
        super().__init__(message)
        self.message, self.help, self.code, self.about = message, help, code, about


class LocatedError(Exception):
    """A BuildError and the place in the spec it belongs to."""

    def __init__(self, error: BuildError, span: Span) -> None:
        super().__init__(error.message)
        self.error, self.span = error, span


FUNCTIONS: dict[str, Callable[..., Expr]] = {}


def function(*names: str) -> Callable[[Callable[..., Expr]], Callable[..., Expr]]:
    """Enter a macro into the language under each of ``names``; a name that is taken is refused."""

    def enter(macro: Callable[..., Expr]) -> Callable[..., Expr]:
        for name in names:
            if name in FUNCTIONS:
                raise TypeError(f"function '{name}' is defined twice")
            FUNCTIONS[name] = macro
        return macro

    return enter


def tensor(value: Any) -> Expr:
    """Return a numeric node for what an argument evaluated to: a node, or a list that is stacked."""
    if isinstance(value, list | tuple):
        if not value:
            raise BuildError("an empty list has no shape", "write at least one element")
        return FUNCTIONS["stack"](value)
    if not isinstance(value, Expr):
        got = "…" if value is Ellipsis else short(repr(value), 40)
        help_ = "write 1 for True, 0 for False" if isinstance(value, bool) else "write an expression"
        help_ = "text stands only in einsum('ij,j->i', A, x)" if isinstance(value, str) else help_
        raise BuildError(f"a number or an array is needed (got {got})", help_, "JAC007")
    return value.apply("cast") if value.node.boolean else value


def static_int(value: Any, title: str) -> int:
    """Return the whole number an argument is known to be while the graph is built."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = value.constant if isinstance(value, Expr) else None
    if number is None and isinstance(value, Expr) and not value.shape:
        found = known(value)
        number = Fraction(float(found)) if found is not None and np.isfinite(float(found)) else None
    if number is None or number.denominator != 1:
        help_ = "write an integer such as 1, a name from `dims:` or a constant"
        array = isinstance(value, Expr) and value.shape
        got = (
            f" (got {'an array of shape ' + str(value.shape) if array else 'a value that changes'})"
            if number is None
            else ""
        )
        raise BuildError(f"{title} must be a fixed whole number{got}", help_)
    return int(number)


def known(x: Expr) -> Any:
    """Return the value of a node that no variable enters, None where one does or the value is not to be had in advance."""
    graph = x.graph
    if (seen := graph.seen(x.index)) is not None:
        return np.broadcast_to(seen, x.shape)
    leaves = [k for k in ancestors(graph, [x.index]) if graph.nodes[k].op == "leaf"]
    if any(k not in graph.fixed for k in leaves):
        return None
    values = {str(dict(graph.nodes[k].params)["name"]): graph.fixed[k] for k in leaves}
    return np.broadcast_to(evaluate(graph, [x], values)[0], x.shape)


def static_indices(value: Any, title: str) -> Any:
    """Return an index that is known while the graph is built: a whole number, an array of them, or a mask of truth values."""
    array = value
    if isinstance(value, Expr):
        array = _static_array(value)
        if array is None and value.node.boolean:
            message = "a condition on variables cannot be an index: the shape would depend on values"
            raise BuildError(message, "write where(condition, x, 0)")
    if not isinstance(array, np.ndarray) or (isinstance(value, Expr) and not value.shape):
        if isinstance(value, Expr):
            value.graph.count_with(value.index)
        return static_int(value, title)
    if array.dtype == bool:
        return array
    if isinstance(value, Expr):
        value.graph.count_with(value.index)
    if any(not np.isfinite(float(number)) or number != int(number) for number in array.flat):
        raise BuildError(f"{title} holds numbers that are not whole", "indices are whole numbers")
    return array.astype(np.int64) if array.shape else int(array)


def _static_array(x: Expr) -> Any:
    """Return the array that a node is known to be: truth values of a condition or a mask, else numbers; None if unknown."""
    if x.node.op == "literal":
        return dict(x.node.params)["value"].array  # type: ignore[attr-defined]
    mask = x.graph.fixed.get(x.index)
    return mask if mask is not None and mask.dtype == bool else known(x)


def constant_power(base: Fraction, exponent: Fraction) -> None:
    """Raise BuildError where ``base ** exponent`` is no real number, or one too large for a double."""
    if not base and exponent < 0:
        raise BuildError("division by zero", "change the base or the exponent")
    if base < 0 and exponent.denominator != 1:
        raise BuildError(f"a negative number has no real power {exponent}", "put the sign in front: -(2**0.5)")
    if base:
        logarithm = math.log(abs(base.numerator)) - math.log(base.denominator)
        if logarithm * float(exponent) > 709:  # exp(710) is no double
            raise BuildError("this number is too large for a double", "doubles reach from 5e-324 to 1.8e308", "JAC009")


def static_shape(value: Any, title: str = "shape") -> Shape:
    """Return a shape given as a whole number or a tuple of them."""
    items = value if isinstance(value, list | tuple) else [value]
    shape = tuple(static_int(item, f"`{title}`") for item in items)
    limit(tuple(max(n, 0) for n in shape))
    return shape


def align(*operands: Any) -> list[Expr]:
    """Return the operands broadcast to one shape, as NumPy would; scalar literals stay as they are."""
    xs = [value if isinstance(value, Expr) else tensor(value) for value in operands]
    shapes = [x.shape for x in xs]
    try:
        full = np.broadcast_shapes(*shapes)
    except ValueError:
        raise BuildError(
            f"shapes do not fit: {' and '.join(describe(x) for x in xs)}",
            "make the sizes equal, or 1 where NumPy repeats",
            about=xs,
        ) from None
    limit(full)
    return [x if x.constant is not None else broadcast(x, full) for x in xs]


def limit(shape: Shape) -> None:
    """Refuse a result that would exhaust the machine, before it is made."""
    if math.prod(shape) > MAX_ELEMENTS or max(shape, default=0) > MAX_ELEMENTS:
        message = f"the result would have shape {short(str(shape), 40)}, more than {MAX_ELEMENTS:,} elements"
        raise BuildError(message, "use smaller sizes", "JAC009")
    if len(shape) > MAX_AXES:
        raise BuildError(f"the result would have {len(shape)} axes, more than {MAX_AXES}", "use fewer axes", "JAC009")


def axes_of(x: Expr, axis: Any) -> tuple[int, ...]:
    """Return ``axis`` (None, a whole number or a tuple) as axes counted from the right."""
    rank = len(x.shape)
    if axis is None:
        return tuple(range(-rank, 0))
    given = [static_int(a, "`axis`") for a in (axis if isinstance(axis, list | tuple) else [axis])]
    for a in given:
        if not -rank <= a < rank:
            valid = f"axes {-rank} to {rank - 1}" if rank else "no axes"
            raise BuildError(
                f"axis {a} does not exist: {describe(x)} has {valid}", "count axes from 0, or from -1 at the end"
            )
    axes = tuple(sorted(a - rank if a >= 0 else a for a in given))
    if len(set(axes)) < len(axes):
        raise BuildError(f"axis {axes[0] + rank} is named twice", "name each axis once")
    return axes


def truth(value: Any, title: str) -> bool:
    """Return an argument that must be True or False."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Expr) and value.constant in (0, 1):
        return value.constant == 1
    raise BuildError(f"`{title}` must be True or False", f"write {title}=True")
