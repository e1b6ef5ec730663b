"""Sorted values and quantiles, by a network of minima and maxima, so that derivatives and kinks are those of the two."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, axes_of, function, tensor, truth
from jaccli.graph.functions.reductions import keep
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal
from jaccli.ops.notation import concatenate, reshape, take

MAX_SORTED = 512  # elements: 45 layers of comparators


def comparators(n: int) -> list[list[int]]:
    """Return the layers of Batcher's merge exchange: for each position the one it is compared with, or itself.

    Source: Knuth, The Art of Computer Programming, volume 3, algorithm 5.2.2M.
    """
    layers, top = [], 1 << max((n - 1).bit_length() - 1, 0)
    p = top if n > 1 else 0
    while p > 0:
        q, r, d = top, 0, p
        while True:
            partner = list(range(n))
            for i in range(n - d):
                if i & p == r:
                    partner[i], partner[i + d] = i + d, i
            layers.append(partner)
            if q == p:
                break
            d, q, r = q - p, q // 2, p
        p //= 2
    return layers


def _sorted_rows(x: Expr) -> Expr:
    """Return a matrix with each of its rows in ascending order."""
    rows, n = x.shape
    positions = np.arange(rows * n).reshape(rows, n)
    for partner in comparators(n):
        low = [i for i, j in enumerate(partner) if i < j]
        rest = [i for i, j in enumerate(partner) if i == j]
        a = take(x, Literal(positions[:, low]))
        b = take(x, Literal(positions[:, [partner[i] for i in low]]))
        parts = [a.apply("minimum", b), a.apply("maximum", b)]
        if rest:
            parts.append(take(x, Literal(positions[:, rest])))
        order = [*low, *(partner[i] for i in low), *rest]
        x = take(concatenate(parts, -1), Literal(positions[:, np.argsort(order)]))
    return x


def _rows(name: str, x: Expr, axis: Any) -> tuple[Expr, Any]:
    """Return x as a matrix whose rows run over the axes, and the positions they came from; all axes where none is given."""
    axes = [a + len(x.shape) for a in axes_of(x, axis)]
    others = [k for k in range(len(x.shape)) if k not in axes]
    whole = np.arange(math.prod(x.shape)).reshape(x.shape).transpose(*others, *axes)
    count = math.prod(x.shape[k] for k in axes)
    if not 1 <= count <= MAX_SORTED:
        raise BuildError(f"{name} of {count:,} elements, not 1 to {MAX_SORTED}", "sort fewer", "JAC009", about=(x,))
    positions = whole.reshape(-1, count)
    return _sorted_rows(take(x, Literal(positions))), whole


@function("sort")
def sort(x: Any, axis: Any = -1) -> Expr:
    """The elements in ascending order along an axis, or in a row where it is None."""
    x = tensor(x)
    if not x.shape:
        raise BuildError(f"sort of {describe(x)}", "give it a vector")
    if axis is None:
        x = reshape(x, (math.prod(x.shape),))
    rows, whole = _rows("sort", x, axis)
    order = np.empty(math.prod(x.shape), dtype=np.int64)
    order[whole.ravel()] = np.arange(whole.size)
    return take(rows, Literal(order.reshape(x.shape)))


@function("quantile")
def quantile(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
    """The value below which the share ``q`` of the elements lies, between neighbours in proportion, as NumPy's default."""
    return _quantile("quantile", tensor(a), _share(q, 1), axis, keepdims)


@function("percentile")
def percentile(a: Any, q: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
    """The value below which ``q`` of a hundred elements lie."""
    return _quantile("percentile", tensor(a), _share(q, 100), axis, keepdims)


@function("median")
def median(a: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
    """The middle value along the axes, or the mean of the two in the middle."""
    return _quantile("median", tensor(a), Fraction(1, 2), axis, keepdims)


def _share(q: Any, whole: int) -> Fraction:
    number = q.constant if isinstance(q, Expr) else None
    if number is None or not 0 <= number <= whole:
        raise BuildError(
            f"`q` must be one number from 0 to {whole}, known in advance", "write several calls for several"
        )
    return number / whole


def _quantile(name: str, x: Expr, share: Fraction, axis: Any, keepdims: Any) -> Expr:
    if not x.shape:
        return x
    axes = axes_of(x, axis)
    rows, _ = _rows(name, x, axis)
    place = share * (rows.shape[1] - 1)
    low = math.floor(place)
    kept = tuple(n for k, n in enumerate(x.shape) if k - len(x.shape) not in axes)
    positions = np.arange(math.prod(rows.shape)).reshape(rows.shape)
    y = take(rows, Literal(positions[:, low].reshape(kept)))
    if place > low:
        above = take(rows, Literal(positions[:, low + 1].reshape(kept)))
        y = y + x.graph.literal(place - low) * (above - y)
    return keep(y, x, axes) if truth(keepdims, "keepdims") else y
