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
    def macro(x: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
        x = tensor(x)
        if op in ("max", "min") and _no_axis(x, axis):
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


def _no_axis(x: Expr, axis: Any) -> bool:
    """Return whether somebody means the larger of two values, max(x, 0), where NumPy reads an axis."""
    return isinstance(axis, Expr) and (axis.constant is None or axis.constant.denominator != 1 or not x.shape)


def keep(y: Expr, x: Expr, axes: tuple[int, ...]) -> Expr:
    """Return a reduced value with the axes it was reduced over kept at size 1."""
    return reshape(y, tuple(1 if k - len(x.shape) in axes else n for k, n in enumerate(x.shape)))


function("sum")(_reduction("sum"))
function("max", "amax")(_reduction("max"))
function("min", "amin")(_reduction("min"))
function("logsumexp")(_reduction("logsumexp"))
euclidean = _reduction("norm")


@function("mean")
def mean(x: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
    """The mean over the axes."""
    x = tensor(x)
    count = math.prod(x.shape[a] for a in axes_of(x, axis))
    if not count:
        raise BuildError(f"the mean of an empty array: {describe(x)}", "give it at least one element")
    return FUNCTIONS["sum"](x, axis, keepdims=keepdims) / count


@function("var")
def var(x: Any, axis: Any = None, *, ddof: Any = None, keepdims: Any = False) -> Expr:
    """The sum of the squared distances from the mean, divided by the number of elements less ``ddof``."""
    x = tensor(x)
    left, right = align(x, mean(x, axis, keepdims=True))
    return FUNCTIONS["sum"]((left - right) ** 2, axis, keepdims=keepdims) / _freedom(x, axis, ddof)


def _freedom(x: Expr, axis: Any, ddof: Any) -> int:
    """Return how many elements a variance is the mean of, less ``ddof``."""
    count = math.prod(x.shape[a] for a in axes_of(x, axis))
    rest = count - (static_int(ddof, "`ddof`") if ddof is not None else 0)
    if rest <= 0:
        raise BuildError(f"`ddof` must be smaller than the number of elements, {count}", "leave it out")
    return rest


@function("std")
def std(x: Any, axis: Any = None, *, ddof: Any = None, keepdims: Any = False) -> Expr:
    """The square root of the variance, as a norm: flat where all elements are equal, and without overflow."""
    x = tensor(x)
    rest = _freedom(x, axis, ddof)
    left, right = align(x, mean(x, axis, keepdims=True))
    away, root = align(euclidean(left - right, axis, keepdims=keepdims), x.graph.literal(rest).apply("sqrt"))
    return away / root


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
    left, right = align(x, _reduction("logsumexp")(x, axis, keepdims=True))
    return left - right
