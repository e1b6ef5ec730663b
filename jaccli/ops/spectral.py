"""Singular values, and the dyads u_k v_kᵀ that are their derivatives: the signs of u and v themselves are arbitrary."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.ops.registry import ShapeError, special

Shape = tuple[int, ...]


def _matrix(name: str, a: Shape) -> tuple[int, int]:
    if len(a) != 2 or not min(a):
        raise ShapeError(f"{name}: a matrix that is not empty is needed, not {a}")
    return a[0], a[1]


def _values(a: Any) -> Any:
    try:
        return np.linalg.svd(a, compute_uv=False)
    except np.linalg.LinAlgError:  # NaN inside
        return np.full((*a.shape[:-2], min(a.shape[-2:])), np.nan, dtype=a.dtype)


def _dyads(a: Any) -> Any:
    try:
        u, _, vh = np.linalg.svd(a, full_matrices=False)
    except np.linalg.LinAlgError:
        return np.full((*a.shape[:-2], min(a.shape[-2:]), *a.shape[-2:]), np.nan, dtype=a.dtype)
    return np.swapaxes(u, -1, -2)[..., :, None] * vh[..., None, :]


def _weight(shapes: list[Shape], out: Shape, params: dict[str, Any]) -> int:
    m, n = shapes[0]
    return 20 * m * n * min(m, n)


special(
    "svdvals",
    _values,
    lambda a: (min(_matrix("svdvals", a)),),
    kink=lambda y, a: y,
    subgradient="u vᵀ of some singular vectors where a value is 0 or repeated",
    analytic=False,
    weight=_weight,
)


def _dyads_shape(a: Shape) -> Shape:
    m, n = _matrix("svd_dyads", a)
    return (min(m, n), m, n)


special(
    "svd_dyads",
    _dyads,
    _dyads_shape,
    analytic=False,
    weight=_weight,
)
