"""Ops that the kernels of the table cannot run on symbols: how each unrolls into scalar bindings."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import sympy

from jaccli.derive.symbolic.applied import apply
from jaccli.derive.symbolic.elimination import MATRICES
from jaccli.derive.symbolic.limits import TooLarge
from jaccli.derive.symbolic.scalars import Scalars
from jaccli.ops import lookup
from jaccli.types import Array

__all__ = ["MOVES", "UNROLLED"]

_ONE = sympy.S.One
MOVES = {"reshape", "broadcast", "transpose", "take", "concatenate"}


def _sum(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    rows = _rows(operands[0], params["axes"])
    return _each(rows, lambda row, place: scalars.sum([(_ONE, (atom,)) for atom in row], name, place))


def _rows(x: Array, axes: Iterable[int]) -> Array:
    """Return an array with the axes that are summed flattened into the last one."""
    axes = sorted(axes)
    moved = np.moveaxis(x, axes, range(-len(axes), 0))
    kept = moved.shape[: moved.ndim - len(axes)]
    return moved.reshape(*kept, math.prod(moved.shape[len(kept) :]))  # -1 is refused where there are none


def _each(rows: Array, make: Callable[[Any, tuple[int, ...]], Any]) -> Array:
    out = np.empty(rows.shape[:-1], dtype=object)
    for place in np.ndindex(out.shape):
        out[place] = make(rows[place], place)
    return out


def _contract(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    sides, out = params["spec"].split("->")
    labels = sides.split(",")
    order = out + "".join(dict.fromkeys(c for c in sides if c not in out and c != ","))
    sizes = {c: n for side, x in zip(labels, operands, strict=True) for c, n in zip(side, x.shape, strict=True)}
    spread = [_spread(x, side, order, sizes) for x, side in zip(operands, labels, strict=True)]
    pairs = np.stack(np.broadcast_arrays(*spread), axis=-1)
    pairs = pairs.reshape(*(sizes[c] for c in out), math.prod(sizes[c] for c in order[len(out) :]), 2)
    result = np.empty(pairs.shape[:-2], dtype=object)
    for place in np.ndindex(result.shape):
        result[place] = scalars.sum([(_ONE, pair) for pair in pairs[place].tolist()], name, place)
    return result


def _spread(x: Array, labels: str, order: str, sizes: dict[str, int]) -> Array:
    """Return an operand with an axis for every label, of size 1 where it has none."""
    moved = x.transpose([labels.index(c) for c in order if c in labels])
    return moved.reshape([sizes[c] if c in labels else 1 for c in order])


def _scatter(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    terms: list[list[Any]] = [[] for _ in range(math.prod(params["shape"]))]
    for place, value in zip(params["index"].array.ravel(), operands[0].ravel(), strict=True):
        terms[place].append((_ONE, (value,)))
    out = np.empty(params["shape"], dtype=object)
    for (position, _), summands in zip(np.ndenumerate(out), terms, strict=True):
        out[position] = scalars.sum(summands, name, position)
    return out


def _extremum(op: str) -> Callable[..., Array]:
    def unroll(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
        def best(row: Any, place: tuple[int, ...]) -> Any:
            return functools.reduce(lambda x, y: apply(scalars, lookup(op), (x, y)), row)

        return _each(_rows(operands[0], params["axes"]), best)

    return unroll


def _spectrum(scalars: Scalars, a: Array) -> tuple[list[Any], list[Any]]:
    """Return the singular values of a matrix of one or two of them, in falling order, and their squares."""
    small = a.T @ a if a.shape[1] <= a.shape[0] else a @ a.T
    if len(small) > 2:
        raise TooLarge(f"the singular values of a {a.shape[0]} × {a.shape[1]} matrix have no short formula")
    if len(small) == 1:
        squares = [scalars.whole(small[0, 0])]
    else:
        total = scalars.whole(small[0, 0] + small[1, 1])
        gap = scalars.whole(sympy.sqrt((small[0, 0] - small[1, 1]) ** 2 + 4 * small[0, 1] ** 2))
        larger = scalars.whole((total + gap) / 2)
        rows = a if a.shape[1] == 2 else a.T  # Cauchy and Binet: a sum of squares, which cancels nothing
        pairs = itertools.combinations(range(len(rows)), 2)
        det = scalars.whole(sympy.Add(*((rows[i, 0] * rows[j, 1] - rows[j, 0] * rows[i, 1]) ** 2 for i, j in pairs)))
        squares = [larger, scalars.whole(det / larger)]
    return [scalars.whole(sympy.sqrt(square)) for square in squares], squares


def _svdvals(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    return np.array(_spectrum(scalars, operands[0])[0], dtype=object)


def _svd_dyads(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    a = operands[0]
    values, squares = _spectrum(scalars, a)
    tall = a.shape[1] <= a.shape[0]
    small = a.T @ a if tall else a @ a.T
    out = np.empty((len(values), *a.shape), dtype=object)
    for k, value in enumerate(values):
        projection = np.array([[sympy.S.One]])
        if len(values) == 2:  # the second by the smaller square as well, which the trace and the larger would cancel to
            shifted = small - squares[1] * np.eye(2, dtype=int)
            turned = np.array([[shifted[1, 1], -shifted[0, 1]], [-shifted[1, 0], shifted[0, 0]]])
            projection = (turned if k else shifted) / (squares[0] - squares[1])
        dyad = (a @ projection if tall else projection @ a) / value
        for position, entry in np.ndenumerate(dyad):
            out[(k, *position)] = scalars.whole(entry)
    return out


UNROLLED: dict[str, Callable[..., Array]] = {
    "sum": _sum, "contract": _contract, "scatter": _scatter, "max": _extremum("maximum"), "min": _extremum("minimum"),
    "svdvals": _svdvals, "svd_dyads": _svd_dyads, **MATRICES,
}  # fmt: skip
