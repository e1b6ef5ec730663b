"""Tangents and cotangents of linear algebra, side by side: inv, det, logdet, cofactor, solve, cholesky, singular values.

Every rule takes the answer, the tuple of operands, the tangent or cotangent, and the op's parameters.
With A = Σ σ_k D_k, D_k = u_k v_kᵀ, a change dA moves σ_k by ⟨D_k, dA⟩, and D_k by what the other dyads and σ say; no rule needs the
vectors u and v themselves, whose signs nobody knows.
Source: M. Giles, An extended collection of matrix derivative results (2008), sections 2.2.2 to 2.3.1 and 3.2;
        I. Murray, Differentiation of the Cholesky decomposition (2016), arXiv:1602.07527, equations 8 and 9;
        G. W. Stewart, J. Sun, Matrix Perturbation Theory (1990), chapter IV.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.ops.notation import broadcast, contract, matmul, sum_over, swap
from jaccli.ops.rules.table import products

Shape = tuple[int, ...]

products(
    "inv",
    jvp=(lambda y, xs, dx: -matmul(matmul(y, dx), y),),
    vjp=(lambda y, xs, y_bar: -matmul(matmul(swap(y), y_bar), swap(y)),),
)
products(
    "det",
    jvp=(lambda y, xs, dx: contract(xs[0].apply("cofactor"), dx, "ij,ij->"),),
    vjp=(lambda y, xs, y_bar: broadcast(y_bar, xs[0].shape) * xs[0].apply("cofactor"),),
)
products(
    "logdet",
    jvp=(lambda y, xs, dx: contract(xs[0].apply("inv"), dx, "ij,ji->"),),
    vjp=(lambda y, xs, y_bar: broadcast(y_bar, xs[0].shape) * swap(xs[0].apply("inv")),),
)


def _cofactor_derivative(y: Any, xs: Any, d: Any) -> Any:
    """Return the second derivative of det times d, a symmetric map: (tr(A⁻¹ d) − A⁻ᵀ dᵀ) applied to the cofactors."""
    inverse = xs[0].apply("inv")
    scale = broadcast(contract(inverse, d, "ij,ji->"), xs[0].shape)
    return scale * y - matmul(swap(matmul(d, inverse)), y)


products("cofactor", jvp=(_cofactor_derivative,), vjp=(_cofactor_derivative,))


def _apply_matrix(a: Any, v: Any) -> Any:
    return contract(a, v, "ij,j->i" if len(v.shape) == 1 else "ij,jk->ik")


def _solve_vjp_a(y: Any, xs: Any, y_bar: Any, rank: int) -> Any:
    b_bar = swap(xs[0]).apply("solve", y_bar, rank=rank)
    return -contract(b_bar, y, "i,j->ij" if rank == 1 else "ik,jk->ij")


products(
    "solve",
    jvp=(
        lambda y, xs, da, rank: -xs[0].apply("solve", _apply_matrix(da, y), rank=rank),
        lambda y, xs, db, rank: xs[0].apply("solve", db, rank=rank),
    ),
    vjp=(_solve_vjp_a, lambda y, xs, y_bar, rank: swap(xs[0]).apply("solve", y_bar, rank=rank)),
)


def _half(x: Any) -> Any:
    """Return the lower triangle of a matrix with its diagonal halved; the Φ of Murray (2016), equation 7."""
    n = x.shape[0]
    return x * (np.tri(n) - 0.5 * np.eye(n))


def _cholesky_jvp(y: Any, xs: Any, da: Any) -> Any:
    n = y.shape[0]
    symmetric = da * np.tri(n) + swap(da * np.tri(n, k=-1))  # the upper triangle is never read
    inner = y.apply("solve", symmetric, rank=2)
    return matmul(y, _half(y.apply("solve", swap(inner), rank=2)))


def _cholesky_vjp(y: Any, xs: Any, y_bar: Any) -> Any:
    inner = swap(y).apply("solve", _half(matmul(swap(y), y_bar)), rank=2)
    full = swap(y).apply("solve", swap(inner), rank=2)
    return _half(full + swap(full))


products("cholesky", jvp=(_cholesky_jvp,), vjp=(_cholesky_vjp,))


# --- singular values and their dyads


products(
    "svdvals",
    jvp=(lambda y, xs, da: contract(xs[0].apply("svd_dyads"), da, "kij,ij->k"),),
    vjp=(lambda y, xs, y_bar: contract(xs[0].apply("svd_dyads"), y_bar, "kij,k->ij"),),
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
    by_arguments = _sandwich(lefts, d, right) + _sandwich(left, d, rights)
    crossed = _sandwich(dyads, turned, y) + _sandwich(y, turned, dyads)
    change = contract(s, by_arguments, "k,kab->kab") + crossed
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


products(
    "svd_dyads",
    jvp=(lambda y, xs, da: _moved(y, xs[0], da),),
    vjp=(lambda y, xs, y_bar: sum_over(_moved(y, xs[0], y_bar), (-3,)),),
)
