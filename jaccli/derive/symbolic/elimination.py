"""Inverse, determinant, solution and Cholesky factor of a matrix of symbols: closed forms up to 3 × 3, elimination above.

Elimination binds one sum of products and one quotient for each entry of the two triangles. Which row is the pivot is asked of
the caller, who may know the point: params["order"], the rows in the order of elimination.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import sympy

from jaccli.derive.symbolic.applied import apply
from jaccli.derive.symbolic.arrays import scalar
from jaccli.derive.symbolic.scalars import Scalars
from jaccli.ops import lookup
from jaccli.types import Array

__all__ = ["ELIMINATED", "MATRICES", "MAX_CLOSED", "pivots"]

MAX_CLOSED = 3  # rows: the determinant of three has six products, of four twenty-four
ELIMINATED = ("inv", "det", "logdet", "cofactor", "solve")  # ops that take pivots
_ONE, _MINUS = sympy.S.One, sympy.S.NegativeOne


def pivots(a: Array) -> tuple[int, ...]:
    """Return the rows of a matrix of doubles in the order of elimination with partial pivoting."""
    a, order = np.array(a, dtype=np.float64), list(range(len(a)))
    for k in range(len(a)):
        best = k + int(np.argmax(np.abs(a[k:, k])))
        a[[k, best]], order[k], order[best] = a[[best, k]], order[best], order[k]
        if a[k, k] != 0:
            a[k + 1 :] -= np.outer(a[k + 1 :, k] / a[k, k], a[k])
    return tuple(order)


def _order(a: Array) -> tuple[int, ...]:
    """Return the rows of a matrix of symbols in an order that has no zero on the diagonal, where one is found at once."""
    left = list(range(len(a)))
    for k in range(len(a)):
        row = next((i for i in left[k:] if a[i, k] != 0), left[k])
        left.remove(row)
        left.insert(k, row)
    return tuple(left)


def _parity(order: Sequence[int]) -> Any:
    """Return the sign of a permutation."""
    swaps = sum(a > b for a, b in itertools.combinations(order, 2))
    return _MINUS if swaps % 2 else _ONE


def _leibniz(a: Array) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield the products that a determinant is the sum of."""
    for order in itertools.permutations(range(len(a))):
        yield _parity(order), tuple(a[i, j] for i, j in enumerate(order))


class _Solver:
    """A matrix of symbols, factored once, or its cofactors."""

    def __init__(self, scalars: Scalars, a: Array, params: dict[str, Any]) -> None:
        self.scalars, self.a, self.n = scalars, a, len(a)
        self.closed = self.n <= MAX_CLOSED
        if not self.closed:
            self.order = params.get("order") or _order(a)
            self.lower, self.upper = self.factors()

    def divided(self, x: Any, y: Any, name: str | None = None, place: tuple[int, ...] = ()) -> Any:
        return apply(self.scalars, lookup("div"), (x, y), name, place)

    def factors(self) -> tuple[Array, Array]:
        """Return L, with ones left out, and U of the rows in order (Doolittle)."""
        a, n = self.a[list(self.order)], self.n
        lower, upper = np.full((n, n), sympy.S.Zero, dtype=object), np.full((n, n), sympy.S.Zero, dtype=object)
        for i, j in itertools.product(range(n), range(n)):
            products = [(_MINUS, (lower[i, k], upper[k, j])) for k in range(min(i, j))]
            rest = self.scalars.sum([(_ONE, (a[i, j],)), *products], None, ())
            if i <= j:
                upper[i, j] = rest
            else:
                lower[i, j] = self.divided(rest, upper[j, j])
        return lower, upper

    def det(self, name: str | None = None) -> Any:
        """Return the determinant."""
        if self.closed:
            return self.scalars.sum(_leibniz(self.a), name, ())
        diagonal = [self.upper[k, k] for k in range(self.n)]
        product = functools.reduce(lambda x, y: self.scalars.sum([(_ONE, (x, y))], None, ()), diagonal)
        return self.scalars.sum([(_parity(self.order), (product,))], name, ())

    def adjugate(self) -> Array:
        """Return the transposed cofactors."""
        out = np.empty((self.n, self.n), dtype=object)
        for i, j in np.ndindex(out.shape):
            minor = np.delete(np.delete(self.a, j, axis=0), i, axis=1)
            sign = _MINUS if (i + j) % 2 else _ONE
            out[i, j] = self.scalars.sum([(sign * c, factors) for c, factors in _leibniz(minor)], None, ())
        return out

    def solved(self, b: Array, name: str | None, rank: int) -> Array:
        """Return A⁻¹ B, an entry called name[i, k], or name[i] for rank 1."""
        return self.by_cofactors(b, name, rank) if self.closed else self.by_factors(b, name, rank)

    def by_cofactors(self, b: Array, name: str | None, rank: int) -> Array:
        det, adjugate = self.det(), self.adjugate()
        out = np.empty(b.shape, dtype=object)
        for i, k in np.ndindex(b.shape):
            numerator = self.scalars.sum([(_ONE, (adjugate[i, j], b[j, k])) for j in range(self.n)], None, ())
            out[i, k] = self.divided(numerator, det, name, (i, k)[:rank])
        return out

    def by_factors(self, b: Array, name: str | None, rank: int) -> Array:
        y, out = b[list(self.order)].copy(), np.empty(b.shape, dtype=object)
        for i, k in np.ndindex(b.shape):
            y[i, k] = self.less(y[i, k], self.lower[i, :i], y[:i, k])
        for i, k in itertools.product(reversed(range(self.n)), range(b.shape[1])):
            rest = self.less(y[i, k], self.upper[i, i + 1 :], out[i + 1 :, k])
            out[i, k] = self.divided(rest, self.upper[i, i], name, (i, k)[:rank])
        return out

    def less(self, x: Any, row: Array, column: Array) -> Any:
        """Return x − row · column."""
        products = [(_MINUS, pair) for pair in zip(row, column, strict=True)]
        return self.scalars.sum([(_ONE, (x,)), *products], None, ())


def _inv(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    solver = _Solver(scalars, operands[0], params)
    if not solver.closed:
        identity = np.where(np.eye(solver.n, dtype=bool), sympy.S.One, sympy.S.Zero)
        return solver.solved(identity, name, 2)
    det, out = solver.det(), solver.adjugate()
    for place, cofactor in np.ndenumerate(out):
        out[place] = solver.divided(cofactor, det, name, place)
    return out


def _det(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    return scalar(_Solver(scalars, operands[0], params).det(name))


def _logdet(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    det = _Solver(scalars, operands[0], params).det()
    return scalar(scalars.whole(sympy.log(det**2) / 2, name))


def _cofactor(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    solver = _Solver(scalars, operands[0], params)
    if solver.closed:
        return solver.adjugate().T
    det, inverse = solver.det(), _inv(scalars, operands, params, None)
    out = np.empty(inverse.shape, dtype=object)
    for place, entry in np.ndenumerate(inverse.T):
        out[place] = scalars.sum([(_ONE, (det, entry))], name, place)
    return out


def _solve(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    a, b = operands
    columns = b.reshape(len(a), math.prod(b.shape[1:]))
    return _Solver(scalars, a, params).solved(columns, name, b.ndim).reshape(b.shape)


def _cholesky(scalars: Scalars, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    a = operands[0]
    out = np.full(a.shape, sympy.S.Zero, dtype=object)
    for j in range(len(a)):
        for i in range(j, len(a)):
            products = [(_MINUS, (out[i, k], out[j, k])) for k in range(j)]
            rest = scalars.sum([(_ONE, (a[i, j],)), *products], None, ())
            row, atoms = ("sqrt", (rest,)) if i == j else ("div", (rest, out[j, j]))
            out[i, j] = apply(scalars, lookup(row), atoms, name, (i, j))
    return out


MATRICES: dict[str, Callable[..., Array]] = {
    "inv": _inv, "det": _det, "logdet": _logdet, "cofactor": _cofactor, "solve": _solve, "cholesky": _cholesky,
}  # fmt: skip
