"""Products along axes, and running sums and products."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, axes_of, function, limit, tensor, truth
from jaccli.graph.functions.reductions import keep
from jaccli.graph.ir import Expr
from jaccli.ops import Literal
from jaccli.ops.notation import broadcast, concatenate, contract, reshape, take

MAX_FACTORS = 1_000  # of one product: each is a node


def _slices(x: Expr, axes: tuple[int, ...]) -> list[Expr]:
    """Return x cut along the axes, one node for each position."""
    whole = np.moveaxis(np.arange(math.prod(x.shape)).reshape(x.shape), axes, range(len(axes)))
    rows = whole.reshape(math.prod(whole.shape[: len(axes)]), *whole.shape[len(axes) :])
    if len(rows) > MAX_FACTORS:
        message = f"a product of {len(rows):,} factors, more than {MAX_FACTORS:,}"
        raise BuildError(message, "write exp(sum(log(x))) for positive x", "JAC009")
    return [take(x, Literal(row)) for row in rows]


@function("prod")
def prod(x: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
    """The product over the axes, multiplied in pairs, so that a zero factor does no harm to the derivative."""
    x = tensor(x)
    axes = axes_of(x, axis)
    factors = _slices(x, axes) if axes else [x]
    while len(factors) > 1:
        factors = [
            factors[k] * factors[k + 1] if k + 1 < len(factors) else factors[k] for k in range(0, len(factors), 2)
        ]
    kept = tuple(n for k, n in enumerate(x.shape) if k - len(x.shape) not in axes)
    y = factors[0] if factors else broadcast(x.graph.literal(1), kept)
    return keep(y, x, axes) if truth(keepdims, "keepdims") else y


def _running(x: Any, axis: Any) -> tuple[Expr, int]:
    """Return an array and the axis to run along, counted from the right; flattened where none is given, as NumPy does."""
    x = tensor(x)
    if axis is None:
        return reshape(x, (math.prod(x.shape),)), -1
    axes = axes_of(x, axis)
    if len(axes) != 1:
        raise BuildError("a running sum or product takes one axis", "name one axis")
    return x, axes[0]


@function("cumsum")
def cumsum(x: Any, axis: Any = None) -> Expr:
    """The running sum along an axis: a product with a triangle of ones."""
    y, along = _running(x, axis)
    size = y.shape[along]
    limit((size, size))
    letters = "abcdefghijklmnop"[: len(y.shape)]
    inner = letters[along]
    triangle = y.graph.literal(np.tri(size))
    return contract(triangle, y, f"z{inner},{letters}->{letters.replace(inner, 'z')}")


@function("cumprod")
def cumprod(x: Any, axis: Any = None) -> Expr:
    """The running product along an axis."""
    y, along = _running(x, axis)
    if not y.shape[along]:
        return y
    parts = _slices(y, (along,))
    for k in range(1, len(parts)):
        parts[k] = parts[k - 1] * parts[k]
    place = len(y.shape) + along
    rows = [reshape(part, (*part.shape[:place], 1, *part.shape[place:])) for part in parts]
    return concatenate(rows, along) if len(rows) > 1 else rows[0]
