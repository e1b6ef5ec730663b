"""Ops that the kernels of the table cannot run on symbols: how each unrolls into scalar bindings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import sympy

from jaccli.derive.symbolic.arrays import scalar
from jaccli.derive.symbolic.result import TooLarge
from jaccli.derive.symbolic.scalars import Scalars
from jaccli.derive.symbolic.table import EXPR_NAMESPACE
from jaccli.ops import lookup
from jaccli.types import Array

__all__ = ["MOVES", "UNROLLED"]

MAX_MATRIX = 5  # an inverse is written with cofactors, whose length grows with n!
MOVES = {"reshape", "broadcast", "transpose", "take", "concatenate"}


def _sum(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    return scalars.bound(_add_over(operands[0], params["axes"]), name)


def _add_over(x: Array, axes: Iterable[int]) -> Array:
    axes = sorted(axes)
    moved = np.moveaxis(x, axes, range(-len(axes), 0))
    kept = moved.shape[: moved.ndim - len(axes)]
    rows = moved.reshape(*kept, math.prod(moved.shape[len(kept) :]))
    out = np.empty(kept, dtype=object)
    for position in np.ndindex(kept):
        out[position] = sympy.Add(*rows[position])
    return out


def _contract(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    sides, out = params["spec"].split("->")
    summed = "".join(dict.fromkeys(c for c in sides if c not in out and c != ","))
    products = np.asarray(lookup("contract").kernel(*operands, spec=f"{sides}->{out}{summed}"), dtype=object)
    return scalars.bound(_add_over(products, range(-len(summed), 0)) if summed else products, name)


def _scatter(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    flat = np.empty(int(np.prod(params["shape"])), dtype=object)
    flat[:] = [[] for _ in flat]
    for place, value in zip(params["index"].array.ravel(), operands[0].ravel(), strict=True):
        flat[place].append(value)
    sums = np.empty(len(flat), dtype=object)
    sums[:] = [sympy.Add(*terms) for terms in flat]
    return scalars.bound(sums.reshape(params["shape"]), name)


def _extremum(op: str) -> Callable[..., Array]:
    def unroll(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
        axes = sorted(params["axes"])
        moved = np.moveaxis(operands[0], axes, range(-len(axes), 0))
        kept = moved.shape[: moved.ndim - len(axes)]
        rows = moved.reshape(*kept, math.prod(moved.shape[len(kept) :]))  # -1 is refused where there are none
        out = np.empty(kept, dtype=object)
        for position in np.ndindex(kept):
            best = rows[position][0]
            for other in rows[position][1:]:
                expression = getattr(EXPR_NAMESPACE, op)(best, other)
                symbol = scalars.atom(expression, None, ())
                partials = tuple((s, expression.diff(s)) for s in sorted(expression.free_symbols, key=lambda s: s.name))
                best = scalars.append(symbol, expression, partials) if symbol is not expression else expression
            out[position] = best
        return out

    return unroll


def _whole(scalars: Scalars, expression: Any, name: str | None = None, position: tuple[int, ...] = ()) -> Any:
    """Return a symbol bound to ``expression``, differentiated as a whole."""
    symbol = scalars.atom(expression, name, position)
    if symbol is expression:
        return expression
    return scalars.append(
        symbol, expression, tuple((s, expression.diff(s)) for s in sorted(expression.free_symbols, key=str))
    )


def _cofactors(scalars: Scalars, a: Array) -> tuple[Any, Array]:
    """Return the determinant and the adjugate of a matrix of symbols, bound entry by entry."""
    n = a.shape[0]
    if n > MAX_MATRIX:
        raise TooLarge(f"a {n} × {n} matrix is inverted, more than {MAX_MATRIX} × {MAX_MATRIX}")
    matrix = sympy.Matrix(n, n, list(a.ravel()))
    adjugate = np.empty((n, n), dtype=object)
    for i, j in np.ndindex(n, n):
        adjugate[i, j] = _whole(scalars, sympy.expand(matrix.cofactor(j, i, method="berkowitz")))
    return _whole(scalars, sympy.expand(matrix.det(method="berkowitz"))), adjugate


def _inv(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    det, adjugate = _cofactors(scalars, operands[0])
    out = np.empty(adjugate.shape, dtype=object)
    for position, cofactor in np.ndenumerate(adjugate):
        out[position] = _whole(scalars, cofactor / det, name, position)
    return out


def _det(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    return scalar(_cofactors(scalars, operands[0])[0])


def _logdet(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    det = _cofactors(scalars, operands[0])[0]
    return scalar(_whole(scalars, sympy.log(det**2) / 2, name))


def _cofactor(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    return _cofactors(scalars, operands[0])[1].T


def _solve(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    det, adjugate = _cofactors(scalars, operands[0])
    b = operands[1].reshape(len(adjugate), math.prod(operands[1].shape[1:]))
    out = np.empty(b.shape, dtype=object)
    for i, k in np.ndindex(b.shape):
        numerator = _whole(scalars, sympy.Add(*(adjugate[i, j] * b[j, k] for j in range(len(b)))))
        out[i, k] = _whole(scalars, numerator / det, name, (i, k)[: operands[1].ndim])
    return out.reshape(operands[1].shape)


def _cholesky(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    a = operands[0]
    out = np.full(a.shape, sympy.S.Zero, dtype=object)
    for j in range(len(a)):
        for i in range(j, len(a)):
            rest = sympy.Add(a[i, j], *(-out[i, k] * out[j, k] for k in range(j)))
            out[i, j] = _whole(scalars, sympy.sqrt(rest) if i == j else rest / out[j, j], name, (i, j))
    return out


def _spectrum(scalars: Scalars, a: Array) -> tuple[list[Any], list[Any]]:
    """Return the singular values of a matrix of one or two of them, in falling order, and their squares."""
    small = a.T @ a if a.shape[1] <= a.shape[0] else a @ a.T
    if len(small) > 2:
        raise TooLarge(f"the singular values of a {a.shape[0]} × {a.shape[1]} matrix have no short formula")
    if len(small) == 1:
        squares = [_whole(scalars, small[0, 0])]
    else:
        total = _whole(scalars, small[0, 0] + small[1, 1])
        gap = _whole(scalars, sympy.sqrt((small[0, 0] - small[1, 1]) ** 2 + 4 * small[0, 1] ** 2))
        larger = _whole(scalars, (total + gap) / 2)
        rows = a if a.shape[1] == 2 else a.T  # Cauchy and Binet: a sum of squares, which cancels nothing
        pairs = itertools.combinations(range(len(rows)), 2)
        det = _whole(scalars, sympy.Add(*((rows[i, 0] * rows[j, 1] - rows[j, 0] * rows[i, 1]) ** 2 for i, j in pairs)))
        squares = [larger, _whole(scalars, det / larger)]
    return [_whole(scalars, sympy.sqrt(square)) for square in squares], squares


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
            out[(k, *position)] = _whole(scalars, entry)
    return out


UNROLLED: dict[str, Callable[..., Array]] = {
    "sum": _sum, "contract": _contract, "scatter": _scatter, "max": _extremum("maximum"), "min": _extremum("minimum"),
    "inv": _inv, "det": _det, "logdet": _logdet, "cofactor": _cofactor, "solve": _solve,
    "cholesky": _cholesky, "svdvals": _svdvals, "svd_dyads": _svd_dyads,
}  # fmt: skip
