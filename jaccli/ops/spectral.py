"""Singular values, and the dyads u_k v_kᵀ that are their derivatives.

With A = Σ σ_k D_k, D_k = u_k v_kᵀ, a change dA moves σ_k by ⟨D_k, dA⟩, and D_k by what the other dyads and σ say; no rule needs the
vectors u and v themselves, whose signs nobody knows.
Source: G. W. Stewart, J. Sun, Matrix Perturbation Theory (1990), chapter IV; the same in vectors: M. Giles (2008), section 3.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.ops.notation import contract, sum_over, swap
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
    jvp=(lambda y, xs, da: contract(xs[0].apply("svd_dyads"), da, "kij,ij->k"),),
    vjp=(lambda y, xs, y_bar: contract(xs[0].apply("svd_dyads"), y_bar, "kij,k->ij"),),
    kink=lambda y, a: y,
    subgradient="u vᵀ of some singular vectors where a value is 0 or repeated",
    analytic=False,
    weight=_weight,
)


def _parts(y: Any, a: Any) -> tuple[Any, ...]:
    """Return σ, L_k = u uᵀ, R_k = v vᵀ, and the sums over i ≠ k of L_i, R_i and σ_i D_i, each divided by σ_k² − σ_i²."""
    s = a.apply("svdvals")
    k = s.shape[0]
    left, right = contract(y, y, "kij,kaj->kia"), contract(y, y, "kij,kib->kjb")
    squares = s * s
    ones = y.graph.literal(np.ones(k))
    gaps = contract(squares, ones, "k,i->ki") - contract(ones, squares, "k,i->ki")
    factor = (1 / (gaps + _array(y, np.eye(k)))) * _array(y, 1 - np.eye(k))
    lefts, rights = contract(factor, left, "ki,iab->kab"), contract(factor, right, "ki,iab->kab")
    dyads = contract(contract(factor, s, "ki,i->ki"), y, "ki,iab->kab")
    return s, left, right, lefts, rights, dyads


def _array(like: Any, array: Any) -> Any:
    """Return an array as a constant of the graph that ``like`` belongs to."""
    return like.graph.literal(array)


def _outside(y: Any, shape: Shape) -> tuple[Any, Any]:
    """Return the projections on what no u, and no v, spans; None on the side that is spanned."""
    m, n = shape
    left = _array(y, np.eye(m)) - contract(y, y, "kij,kaj->ia") if m > n else None
    right = _array(y, np.eye(n)) - contract(y, y, "kij,kib->jb") if n > m else None
    return left, right


def _sandwich(left: Any, middle: Any, right: Any) -> Any:
    """Return left_k · middle · right_k for each k; a middle of two axes is the same for all."""
    spec = "kab,bc->kac" if len(middle.shape) == 2 else "kab,kbc->kac"
    return contract(contract(left, middle, spec), right, "kac,kcd->kad")


def _moved(y: Any, a: Any, d: Any) -> Any:
    """Return for each k the change of D_k by d, or by d_k: the map is its own transpose but for the sum over k."""
    s, left, right, lefts, rights, dyads = _parts(y, a)
    turned = swap(d) if len(d.shape) == 2 else d.apply("transpose", order=(0, 2, 1))
    own = _sandwich(lefts, d, right) + _sandwich(left, d, rights)
    crossed = _sandwich(dyads, turned, y) + _sandwich(y, turned, dyads)
    change = contract(s, own, "k,kab->kab") + crossed
    above, below = _outside(y, a.shape)
    if above is not None:
        part = contract(
            above, contract(d, right, "bc,kcd->kbd" if len(d.shape) == 2 else "kbc,kcd->kbd"), "ab,kbd->kad"
        )
        change = change + contract(1 / s, part, "k,kab->kab")
    if below is not None:
        part = contract(contract(left, d, "kab,bc->kac" if len(d.shape) == 2 else "kab,kbc->kac"), below, "kac,cd->kad")
        change = change + contract(1 / s, part, "k,kab->kab")
    return change


def _dyads_shape(a: Shape) -> Shape:
    m, n = _matrix("svd_dyads", a)
    return (min(m, n), m, n)


special(
    "svd_dyads",
    _dyads,
    _dyads_shape,
    jvp=(lambda y, xs, da: _moved(y, xs[0], da),),
    vjp=(lambda y, xs, y_bar: sum_over(_moved(y, xs[0], y_bar), (-3,)),),
    analytic=False,
    weight=_weight,
)
