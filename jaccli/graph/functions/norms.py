"""Norms of vectors and matrices, of every order that NumPy has."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import FUNCTIONS, BuildError, axes_of, function, tensor, truth
from jaccli.graph.functions.reductions import euclidean
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal
from jaccli.ops.notation import reshape, take

MAX_MATRICES = 100  # whose singular values are taken: each is a node
MAX_ORDER = 1_000  # of a vector norm: powers beyond it overflow at once


@function("norm")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Expr:
    """The Euclidean norm over all axes or the named ones; by order, any p of a vector, and those of a matrix."""
    x = tensor(x)
    axes = axes_of(x, axis)
    order = _order(ord)
    if order is None or (order == 2 and len(axes) == 1) or (order == "fro" and len(axes) == 2):
        return euclidean(x, axis, keepdims=keepdims)
    if len(axes) == 1:
        y = _vector(x, order, axes)
    elif len(axes) == 2:
        y = _matrix(x, order, _given(x, axis))
    else:
        raise BuildError(
            f"a norm of order {_text(order)} needs a vector or a matrix, not {describe(x)}",
            "leave out `ord`, or name one axis or two",
        )
    return y if truth(keepdims, "keepdims") else _dropped(y, axes)


def _order(value: Any) -> Any:
    """Return None, text, an infinity or an exact number."""
    if value is None or isinstance(value, str | float):
        return value
    number = value.constant if isinstance(value, Expr) else None
    if number is None:
        raise BuildError("`ord` must be a number known in advance, or text", "write 1, 2, inf, -inf, 'fro' or 'nuc'")
    return number


def _text(order: Any) -> str:
    return repr(order) if isinstance(order, str) else str(order)


def _vector(x: Expr, order: Any, axes: tuple[int, ...]) -> Expr:
    """Return (Σ |x|^p)^(1/p) with the axis kept, 0 at the origin."""
    if isinstance(order, str):
        raise BuildError(
            f"a vector has no norm of order {order!r}", "leave out `ord`, or write 1, 2, inf or another number"
        )
    if isinstance(order, Fraction) and abs(order) > MAX_ORDER:
        raise BuildError(f"the norm's order {order} is beyond {MAX_ORDER:,}", "write inf or -inf", "JAC009")
    if isinstance(order, float) or order == 1:
        return _steps(x, [({1: "sum", math.inf: "max", -math.inf: "min"}[order], axes[0])])
    if order == 0:
        return FUNCTIONS["count_nonzero"](x, x.graph.literal(axes[0]), keepdims=True)
    powers = FUNCTIONS["sum"](x.apply("abs") ** order, x.graph.literal(axes[0]), keepdims=True)
    ones = FUNCTIONS["ones_like"](powers)
    positive = powers > 0
    return positive.apply("where", positive.apply("where", powers, ones) ** (1 / order), 0 * powers)


def _steps(x: Expr, steps: list[tuple[str, int]]) -> Expr:
    y = x.apply("abs")
    for op, axis in steps:
        y = FUNCTIONS[op](y, x.graph.literal(axis), keepdims=True)
    return y


def _matrix(x: Expr, order: Any, axes: list[int]) -> Expr:
    """Return a matrix norm with both its axes kept."""
    if order in _SPECTRAL:
        return _spectral(x, _SPECTRAL[order], axes)
    steps = _ORDERS.get(order)
    if steps is None:
        raise BuildError(
            f"a matrix has no norm of order {_text(order)}",
            "write 'fro', 'nuc', 1, 2, inf, or their negatives -1, -2, -inf",
        )
    return _steps(x, [(op, axes[place]) for op, place in steps])


#: Order → what is done to the singular values.
_SPECTRAL = {2: "max", -2: "min", "nuc": "sum"}


def _spectral(x: Expr, op: str, axes: list[int]) -> Expr:
    """Return a norm by the singular values of each matrix of a stack, with both axes kept."""
    places = [axis + len(x.shape) for axis in axes]
    if not all(x.shape[place] for place in places):
        raise BuildError(f"a norm of an empty matrix: {describe(x)}", "give it at least one element")
    others = [k for k in range(len(x.shape)) if k not in places]
    whole = np.arange(math.prod(x.shape)).reshape(x.shape).transpose(*others, *places)
    stacks = whole.reshape(-1, *whole.shape[len(others) :])
    if len(stacks) > MAX_MATRICES:
        raise BuildError(f"the norms of {len(stacks):,} matrices, more than {MAX_MATRICES:,}", "use fewer", "JAC009")
    values = [take(x, Literal(stack)).apply("svdvals") for stack in stacks] if others else [x.apply("svdvals")]
    found = [FUNCTIONS[op](s) for s in values]
    y = FUNCTIONS["stack"](found) if others else found[0]
    return reshape(y, tuple(1 if k in places else n for k, n in enumerate(x.shape)))


# order → what is done to the absolute values, and over which of the two axes
_ORDERS: dict[Any, list[tuple[str, int]]] = {
    1: [("sum", 0), ("max", 1)], -1: [("sum", 0), ("min", 1)],
    math.inf: [("sum", 1), ("max", 0)], -math.inf: [("sum", 1), ("min", 0)],
}  # fmt: skip


def _given(x: Expr, axis: Any) -> list[int]:
    """Return the axes in the order in which they were named, counted from the right."""
    named = list(axis) if isinstance(axis, list | tuple) else [axis]
    return list(axes_of(x, None)) if axis is None else [axes_of(x, one)[0] for one in named]


def _dropped(y: Expr, axes: tuple[int, ...]) -> Expr:
    return reshape(y, tuple(n for k, n in enumerate(y.shape, -len(y.shape)) if k not in axes))
