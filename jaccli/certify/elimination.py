"""Matrices of any numbers → inverse, determinant, solution, Cholesky factor, by elimination: no derivative rule is needed.

Each kernel takes the number system and one matrix (and a right-hand side).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.types import Array

__all__ = ["ELIMINATION"]


def _reduced(m: Any, a: Array, b: Array) -> tuple[Array, Array, list[Any], int]:
    """Return (upper triangle, right-hand side, pivots, sign of the permutation) after Gaussian elimination.

    The pivot is the entry of its column with the largest middle; where that is zero, so is the determinant, or more bits are
    needed, and the numbers that follow are not finite.
    """
    a, b, pivots, sign = a.copy(), b.copy(), [], 1
    for k in range(len(a)):
        best = k + int(np.argmax([m.size(x) for x in a[k:, k]]))
        if best != k:
            a[[k, best]], b[[k, best]], sign = a[[best, k]], b[[best, k]], -sign
        pivots.append(a[k, k])
        for i in range(k + 1, len(a)):
            factor = m.divide(a[i, k], a[k, k])
            _subtract(a[i, k:], factor, a[k, k:])
            _subtract(b[i], factor, b[k])
    return a, b, pivots, sign


def _subtract(row: Array, factor: Any, other: Array) -> None:
    """Subtract factor · other from ``row`` in place, element by element: NumPy would take a power series for an array."""
    for k in range(len(row)):
        row[k] = row[k] - factor * other[k]


def solve(m: Any, a: Array, b: Array) -> Array:
    """Return A⁻¹ B."""
    columns = b.reshape(len(a), -1)
    upper, x, pivots, _ = _reduced(m, a, columns)
    for k in range(len(a) - 1, -1, -1):
        for j in range(k + 1, len(a)):
            _subtract(x[k], upper[k, j], x[j])
        for column in range(x.shape[1]):
            x[k, column] = m.divide(x[k, column], pivots[k])
    return x.reshape(b.shape)


def inv(m: Any, a: Array) -> Array:
    """Return A⁻¹."""
    return solve(m, a, np.array([[int(i == j) for j in range(len(a))] for i in range(len(a))], dtype=object))


def det(m: Any, a: Array) -> Array:
    """Return det A; of a small matrix by its expansion, which needs no division and so holds for singular ones too."""
    if len(a) <= 4:
        return _scalar(_expanded(a))
    _, _, pivots, sign = _reduced(m, a, np.zeros((len(a), 0), dtype=object))
    product: Any = sign
    for pivot in pivots:
        product = pivot * product
    return _scalar(product)


def _expanded(a: Array) -> Any:
    """Return Σ over permutations of signed products."""
    total: Any = 0 if len(a) else 1
    for order in itertools.permutations(range(len(a))):
        swaps = sum(order[i] > order[j] for i in range(len(a)) for j in range(i + 1, len(a)))
        product: Any = (-1) ** swaps
        for row, column in enumerate(order):
            product = a[row, column] * product
        total = total + product
    return total


def logdet(m: Any, a: Array) -> Array:
    """Return log |det A|."""
    return _scalar(m.log(m.abs(det(m, a)[()])))


def cofactor(m: Any, a: Array) -> Array:
    """Return the matrix of cofactors, each a determinant of a minor."""
    out = np.empty(a.shape, dtype=object)
    for i, j in np.ndindex(a.shape):
        minor = np.delete(np.delete(a, i, axis=0), j, axis=1)
        out[i, j] = det(m, minor)[()] * (-1) ** (i + j)
    return out


def cholesky(m: Any, a: Array) -> Array:
    """Return the lower triangle L with L Lᵀ = A, of the lower triangle of A."""
    lower = np.zeros(a.shape, dtype=object)
    for j in range(len(a)):
        lower[j, j] = m.sqrt(a[j, j] - sum(x * x for x in lower[j, :j]))
        for i in range(j + 1, len(a)):
            lower[i, j] = m.divide(
                a[i, j] - sum(x * y for x, y in zip(lower[i, :j], lower[j, :j], strict=True)), lower[j, j]
            )
    return lower


def _scalar(value: Any) -> Array:
    out = np.empty((), dtype=object)
    out[()] = value
    return out


ELIMINATION: dict[str, Callable[..., Array]] = {
    "inv": inv,
    "det": det,
    "logdet": logdet,
    "cofactor": cofactor,
    "solve": solve,
    "cholesky": cholesky,
}
