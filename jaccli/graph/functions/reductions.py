"""Functions that take axes: sums, extrema, means, norms, softmax."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from jaccli.graph.functions.arguments import FUNCTIONS, BuildError, align, axes_of, function, static_int, tensor, truth
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops.notation import reshape


def _reduction(op: str) -> Callable[..., Expr]:
    def macro(x: Any, axis: Any = None, keepdims: Any = False) -> Expr:
        x = tensor(x)
        if op in ("max", "min") and isinstance(axis, Expr) and axis.constant is None:
            raise BuildError(
                f"the second argument of {op} is an axis",
                f"write {op}imum(a, b) for the {'larger' if op == 'max' else 'smaller'} of two",
            )
        axes = axes_of(x, axis)
        if not axes:
            return x
        if op in ("max", "min", "logsumexp") and any(x.shape[a] == 0 for a in axes):
            raise BuildError(f"{op} of an empty array: {describe(x)}", "give it at least one element")
        y = x.apply(op, axes=axes)
        return keep(y, x, axes) if truth(keepdims, "keepdims") else y

    return macro


def keep(y: Expr, x: Expr, axes: tuple[int, ...]) -> Expr:
    """Return a reduced value with the axes it was reduced over kept at size 1."""
    return reshape(y, tuple(1 if k - len(x.shape) in axes else n for k, n in enumerate(x.shape)))


function("sum")(_reduction("sum"))
function("max", "amax")(_reduction("max"))
function("min", "amin")(_reduction("min"))
function("logsumexp")(_reduction("logsumexp"))


@function("norm")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Expr:
    """The Euclidean norm over the axes; of order 1, 2, inf, -inf over one axis, 'fro', 1, -1, inf, -inf over two."""
    x = tensor(x)
    axes = axes_of(x, axis)
    order = ord if ord is None or isinstance(ord, str | float) else static_int(ord, "`ord`")
    if order is None or (order == 2 and len(axes) == 1) or (order == "fro" and len(axes) == 2):
        return _reduction("norm")(x, axis, keepdims)
    steps = _ORDERS.get((len(axes), order))
    if steps is None:
        raise BuildError(
            f"norm of order {order} over {len(axes)} axes is not part of the language",
            "leave out `ord`, or name one axis",
        )
    y = x.apply("abs")
    for op, place in steps:
        y = _reduction(op)(y, _given(x, axis)[place], True)
    return y if truth(keepdims, "keepdims") else _dropped(y, axes)


# (how many axes, order) → what is done to the absolute values, and over which of the axes
_ORDERS: dict[tuple[int, Any], tuple[tuple[str, int], ...]] = {
    (1, 1): (("sum", 0),), (1, math.inf): (("max", 0),), (1, -math.inf): (("min", 0),),
    (2, 1): (("sum", 0), ("max", 1)), (2, -1): (("sum", 0), ("min", 1)),
    (2, math.inf): (("sum", 1), ("max", 0)), (2, -math.inf): (("sum", 1), ("min", 0)),
}  # fmt: skip


def _given(x: Expr, axis: Any) -> list[Any]:
    """Return the axes in the order in which they were named."""
    named = range(len(x.shape)) if axis is None else axis
    return list(named) if isinstance(named, list | tuple | range) else [named]


def _dropped(y: Expr, axes: tuple[int, ...]) -> Expr:
    return reshape(y, tuple(n for k, n in enumerate(y.shape, -len(y.shape)) if k not in axes))


@function("mean")
def mean(x: Any, axis: Any = None, keepdims: Any = False) -> Expr:
    """The mean over the axes."""
    x = tensor(x)
    count = math.prod(x.shape[a] for a in axes_of(x, axis))
    if not count:
        raise BuildError(f"the mean of an empty array: {describe(x)}", "give it at least one element")
    return FUNCTIONS["sum"](x, axis, keepdims) / count


@function("var")
def var(x: Any, axis: Any = None, ddof: Any = None, keepdims: Any = False) -> Expr:
    """The sum of the squared distances from the mean, divided by the number of elements less ``ddof``."""
    x = tensor(x)
    left, right = align(x, mean(x, axis, True))
    count = math.prod(x.shape[a] for a in axes_of(x, axis))
    rest = count - (static_int(ddof, "`ddof`") if ddof is not None else 0)
    if rest <= 0:
        raise BuildError(f"`ddof` must be smaller than the number of elements, {count}", "leave it out")
    return FUNCTIONS["sum"]((left - right) ** 2, axis, keepdims) / rest


@function("std")
def std(x: Any, axis: Any = None, ddof: Any = None, keepdims: Any = False) -> Expr:
    """The square root of the variance."""
    return var(x, axis, ddof, keepdims).apply("sqrt")


@function("softmax")
def softmax(x: Any, axis: Any = None) -> Expr:
    """Exp(x) / sum(exp(x)) along the axis; over the whole array where none is given, as SciPy does."""
    x = tensor(x)
    axes = axes_of(x, axis)
    if not axes:
        raise BuildError("softmax of a number is always 1", "give it a vector")
    if not math.prod(x.shape):
        raise BuildError(f"softmax of an empty array: {describe(x)}", "give it at least one element")
    return x.apply("softmax", axes=axes)


@function("log_softmax")
def log_softmax(x: Any, axis: Any = None) -> Expr:
    """Log of softmax, without overflow."""
    x = tensor(x)
    left, right = align(x, _reduction("logsumexp")(x, axis, True))
    return left - right
