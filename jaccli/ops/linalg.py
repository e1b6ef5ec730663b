"""Linear algebra: inv, det, logdet, cofactor, solve, cholesky; NaN where a matrix is singular."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.ops.registry import ShapeError, special

Shape = tuple[int, ...]


def _square(op: str, a: Shape) -> None:
    if len(a) != 2 or a[0] != a[1]:
        raise ShapeError(f"{op}: a square matrix is needed, not {a}")


def _or_nan(compute: Any, a: Any, shape: Shape) -> Any:
    """Return ``compute(a)`` for a stack of matrices, with NaN where a matrix is singular."""
    try:
        return compute(a)
    except np.linalg.LinAlgError:
        return np.full(shape, np.nan, dtype=np.result_type(a))


def _inv(a: Any) -> Any:
    return _looped(np.linalg.inv, a, a.shape[-2:])


def _looped(compute: Any, a: Any, core: Shape) -> Any:
    try:
        return compute(a)
    except np.linalg.LinAlgError:
        flat = a.reshape(-1, *a.shape[-2:])
        rows = [_or_nan(compute, matrix, core) for matrix in flat]
        return np.array(rows).reshape(a.shape[:-2] + core)


def _inv_shape(a: Shape) -> Shape:
    _square("inv", a)
    return a


special(
    "inv",
    _inv,
    _inv_shape,
    domain="regular",
    weight=lambda shapes, out, params: 2 * shapes[0][0] ** 3,
)


def _det_shape(a: Shape) -> Shape:
    _square("det", a)
    return ()


special(
    "det",
    np.linalg.det,
    _det_shape,
    weight=lambda shapes, out, params: max(shapes[0][0] ** 3, 1),
)


special(
    "logdet",
    lambda a: np.linalg.slogdet(a)[1],
    _det_shape,
    domain="regular",
    analytic=False,
    weight=lambda shapes, out, params: max(shapes[0][0] ** 3, 1) + 4,
)


def _cofactor(a: Any) -> Any:
    """det(A) A⁻ᵀ; for a singular matrix by its singular values, det(U V) U adj(S) Vᵀ."""
    y = np.linalg.det(a)[..., None, None] * np.swapaxes(_inv(a), -1, -2)
    singular = ~np.isfinite(y).all(axis=(-1, -2)) & np.isfinite(a).all(axis=(-1, -2))
    for position in map(tuple, np.argwhere(singular)):
        u, s, vh = np.linalg.svd(a[position])
        others = [np.prod(np.delete(s, k)) for k in range(len(s))]
        y[position] = np.linalg.det(u) * np.linalg.det(vh) * (u * others @ vh).conj()
    return y


def _cofactor_shape(a: Shape) -> Shape:
    _square("cofactor", a)
    return a


special(
    "cofactor",
    _cofactor,
    _cofactor_shape,
    weight=lambda shapes, out, params: 3 * max(shapes[0][0] ** 3, 1),
)


def _solve(a: Any, b: Any, rank: int) -> Any:
    columns = b[..., None] if rank == 1 else b
    batch = np.broadcast_shapes(a.shape[:-2], columns.shape[:-2])
    a, columns = np.broadcast_to(a, batch + a.shape[-2:]), np.broadcast_to(columns, batch + columns.shape[-2:])
    joined = np.concatenate([a, columns], axis=-1)
    n = a.shape[-1]
    y = _looped(lambda ab: np.linalg.solve(ab[..., :n], ab[..., n:]), joined, tuple(columns.shape[-2:]))
    return y[..., 0] if rank == 1 else y


def _solve_shape(a: Shape, b: Shape, rank: int) -> Shape:
    _square("solve", a)
    if not b or b[0] != a[0]:
        raise ShapeError(f"solve: {a} and {b} differ in their number of rows")
    return b


special(
    "solve",
    _solve,
    _solve_shape,
    domain=("regular", "real"),
    weight=lambda shapes, out, params: shapes[0][0] ** 3 + 2 * shapes[0][0] * math.prod(out),
)


def _cholesky(a: Any) -> Any:
    if np.iscomplexobj(a):  # LAPACK's factor of a complex matrix is L Lᴴ, which is not analytic
        return _cholesky_columns(a)
    return _looped(np.linalg.cholesky, a, a.shape[-2:])


def _cholesky_columns(a: Any) -> Any:
    """Return L with L Lᵀ = A, column by column; the square root of a pivot is the principal one."""
    y = np.zeros_like(a)
    for j in range(a.shape[-1]):
        rest = a[..., j:, j] - np.einsum("...ik,...k->...i", y[..., j:, :j], y[..., j, :j])
        y[..., j:, j] = rest / np.sqrt(rest[..., :1])
    return y


def _cholesky_shape(a: Shape) -> Shape:
    _square("cholesky", a)
    return a


special(
    "cholesky",
    _cholesky,
    _cholesky_shape,
    domain="positive definite",
    weight=lambda shapes, out, params: max(shapes[0][0] ** 3 // 3, 1),
)
