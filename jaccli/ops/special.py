"""Ops with rules of their own: for each operand its tangent and its cotangent rule, side by side, with their source.

Every rule takes the answer, the tuple of operands, the tangent or cotangent, and the op's parameters.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from jaccli.ops.notation import broadcast, contract, exp, log, matmul, reshape, sqrt, sum_over, swap, where
from jaccli.ops.registry import ShapeError, special

Shape = tuple[int, ...]


# --- contract, the one product
@lru_cache(maxsize=4096)
def _labels(spec: str) -> tuple[str, str, str]:
    operands, out = spec.split("->")
    x, y = operands.split(",")
    return x, y, out


def _contract_shape(x: Shape, y: Shape, spec: str) -> Shape:
    lx, ly, out = _labels(spec)
    if len(lx) != len(x) or len(ly) != len(y):
        raise ShapeError(f"contract {spec}: one letter per axis of {x} and {y}")
    if any(len(set(side)) < len(side) for side in (lx, ly, out)) or any(
        (lx + ly + out).count(c) < 2 for c in lx + ly + out
    ):
        raise ShapeError(f"contract {spec}: each letter stands once in two or three of the operands and the result")
    sizes = dict(zip(lx, x, strict=True))
    for label, size in zip(ly, y, strict=True):
        if sizes.setdefault(label, size) != size:
            raise ShapeError(f"contract {spec}: sizes {sizes[label]} and {size} of '{label}' differ in {x} and {y}")
    return tuple(sizes[label] for label in out)


def _contract(x: Any, y: Any, spec: str) -> Any:
    """Lower to one matmul: a batch that only one operand carries joins that operand's free axes, and so one BLAS call."""
    lx, ly, out = _labels(spec)
    bx, by = x.ndim - len(lx), y.ndim - len(ly)
    runs = "".join(chr(0x2460 + k) for k in range(max(bx, by)))  # labels no spec can hold
    lx, ly, out = runs[:bx] + lx, runs[:by] + ly, runs + out
    both = [c for c in lx if c in ly and c in out]
    summed = [c for c in lx if c in ly and c not in out]
    free_x, free_y = [c for c in lx if c not in ly], [c for c in ly if c not in lx]
    left = _grouped(x, lx, both, free_x, summed)
    right = _grouped(y, ly, both, summed, free_y)
    product = left @ right if summed else left * right
    sizes = dict(zip(ly, y.shape, strict=True)) | dict(zip(lx, x.shape, strict=True))
    shape = product.shape[: len(both)] + tuple(sizes[c] for c in free_x + free_y)
    order = both + free_x + free_y
    return product.reshape(shape).transpose([order.index(c) for c in out])


def _grouped(x: Any, labels: str, both: list[str], rows: list[str], columns: list[str]) -> Any:
    """Return x as a stack of matrices: axes ``both``, then ``rows`` flattened, then ``columns`` flattened."""
    x = x.transpose([labels.index(c) for c in both + rows + columns])
    split, cut = len(both), len(both) + len(rows)
    return x.reshape(*x.shape[:split], math.prod(x.shape[split:cut]), math.prod(x.shape[cut:]))


def _contract_vjp_x(a: Any, xs: Any, a_bar: Any, spec: str) -> Any:
    lx, ly, out = _labels(spec)
    return contract(a_bar, xs[1], f"{out},{ly}->{lx}")


def _contract_vjp_y(a: Any, xs: Any, a_bar: Any, spec: str) -> Any:
    lx, ly, out = _labels(spec)
    return contract(xs[0], a_bar, f"{lx},{out}->{ly}")


def _contract_weight(shapes: list[Shape], out: Shape, params: dict[str, Any]) -> int:
    lx, ly, _ = _labels(params["spec"])
    sizes = dict(zip(lx, shapes[0], strict=True)) | dict(zip(ly, shapes[1], strict=True))
    summed = any(c in ly and c not in params["spec"].split("->")[1] for c in lx)
    return math.prod(sizes.values()) * (2 if summed else 1)


special(
    "contract",
    _contract,
    _contract_shape,
    jvp=(lambda a, xs, dx, spec: contract(dx, xs[1], spec), lambda a, xs, dy, spec: contract(xs[0], dy, spec)),
    vjp=(_contract_vjp_x, _contract_vjp_y),
    weight=_contract_weight,
)


# --- reductions
def _reduced(x: Shape, axes: tuple[int, ...]) -> Shape:
    return tuple(n for k, n in enumerate(x) if k - len(x) not in axes)


def _spread(y: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Return a reduced value repeated over the axes it was reduced over."""
    kept = tuple(1 if k - len(x.shape) in axes else n for k, n in enumerate(x.shape))
    return broadcast(reshape(y, kept), x.shape)


def _hits(y: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Return 1 for each entry that attains an extremum, else 0; its subgradient is shared equally among them."""
    return x.apply("equal", _spread(y, x, axes)).apply("cast")


def _extremum_jvp(y: Any, xs: Any, dx: Any, axes: tuple[int, ...]) -> Any:
    hits = _hits(y, xs[0], axes)
    return sum_over(hits * dx, axes) / sum_over(hits, axes)


def _extremum_vjp(y: Any, xs: Any, y_bar: Any, axes: tuple[int, ...]) -> Any:
    hits = _hits(y, xs[0], axes)
    return hits * _spread(y_bar / sum_over(hits, axes), xs[0], axes)


def _elements(shapes: list[Shape], out: Shape, params: dict[str, Any]) -> int:
    return math.prod(shapes[0])


def _extremum_shape(name: str, x: Shape, axes: tuple[int, ...]) -> Shape:
    for axis in axes:
        if x[axis] == 0:
            raise ShapeError(f"{name}: no elements along axis {axis} of {x}")
    return _reduced(x, axes)


for _name, _reduce in (("max", np.maximum.reduce), ("min", np.minimum.reduce)):
    special(
        _name,
        lambda x, axes, _reduce=_reduce: _reduce(x, axis=axes),
        lambda x, axes, _name=_name: _extremum_shape(_name, x, axes),
        jvp=(_extremum_jvp,),
        vjp=(_extremum_vjp,),
        kink=lambda y, x, axes: x - y,
        analytic=False,
        weight=_elements,
    )


def _norm_direction(y: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Return x / |x|, and 0 where the norm is 0 (a subgradient there)."""
    full = _spread(y, x, axes)
    return x / where(full > 0, full, full + 1)


special(
    "norm",
    lambda x, axes: np.sqrt(np.add.reduce(x * x, axis=axes)),
    _reduced,
    jvp=(lambda y, xs, dx, axes: sum_over(_norm_direction(y, xs[0], axes) * dx, axes),),
    vjp=(lambda y, xs, y_bar, axes: _norm_direction(y, xs[0], axes) * _spread(y_bar, xs[0], axes),),
    definition=lambda x, axes: sqrt(sum_over(x * x, axes)),
    kink=lambda y, x, axes: y,
    weight=lambda shapes, out, params: 2 * math.prod(shapes[0]) + 4 * math.prod(out),
)


def _softmax(x: Any, axes: tuple[int, ...]) -> Any:
    e = np.exp(x - _top(x, axes))
    return e / np.add.reduce(e, axis=axes, keepdims=True)


def _top(x: Any, axes: tuple[int, ...]) -> Any:
    """Return the largest real part, by which exponentials are scaled so that none overflows; 0 where it is not finite."""
    top = np.max(x.real, axis=axes, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(top), top, 0)


def _centred(p: Any, v: Any, axes: tuple[int, ...]) -> Any:
    """Return (diag(p) − p pᵀ) v, the symmetric Jacobian of softmax times v."""
    return p * (v - _spread(sum_over(p * v, axes), p, axes))


special(
    "softmax",
    _softmax,
    lambda x, axes: x,
    jvp=(lambda y, xs, dx, axes: _centred(y, dx, axes),),
    vjp=(lambda y, xs, y_bar, axes: _centred(y, y_bar, axes),),
    definition=lambda x, axes: exp(x) / _spread(sum_over(exp(x), axes), x, axes),
    weight=lambda shapes, out, params: 7 * math.prod(out),
)


def _logsumexp(x: Any, axes: tuple[int, ...]) -> Any:
    top = _top(x, axes)
    return np.log(np.add.reduce(np.exp(x - top), axis=axes)) + np.squeeze(top, axis=axes)


special(
    "logsumexp",
    _logsumexp,
    _reduced,
    jvp=(lambda y, xs, dx, axes: sum_over(exp(xs[0] - _spread(y, xs[0], axes)) * dx, axes),),
    vjp=(lambda y, xs, y_bar, axes: exp(xs[0] - _spread(y, xs[0], axes)) * _spread(y_bar, xs[0], axes),),
    definition=lambda x, axes: log(sum_over(exp(x), axes)),
    weight=lambda shapes, out, params: 6 * math.prod(shapes[0]) + 5 * math.prod(out),
)


# --- linear algebra. Source: M. Giles, An extended collection of matrix derivative results (2008), sections 2.2.2 to 2.3.1
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
    jvp=(lambda y, xs, dx: -matmul(matmul(y, dx), y),),
    vjp=(lambda y, xs, y_bar: -matmul(matmul(swap(y), y_bar), swap(y)),),
    weight=lambda shapes, out, params: 2 * shapes[0][0] ** 3,
)


def _det_shape(a: Shape) -> Shape:
    _square("det", a)
    return ()


special(
    "det",
    np.linalg.det,
    _det_shape,
    jvp=(lambda y, xs, dx: contract(xs[0].apply("cofactor"), dx, "ij,ij->"),),
    vjp=(lambda y, xs, y_bar: broadcast(y_bar, xs[0].shape) * xs[0].apply("cofactor"),),
    weight=lambda shapes, out, params: max(shapes[0][0] ** 3, 1),
)


special(
    "logdet",
    lambda a: np.linalg.slogdet(a)[1],
    _det_shape,
    jvp=(lambda y, xs, dx: contract(xs[0].apply("inv"), dx, "ij,ji->"),),
    vjp=(lambda y, xs, y_bar: broadcast(y_bar, xs[0].shape) * swap(xs[0].apply("inv")),),
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


def _cofactor_derivative(y: Any, xs: Any, d: Any) -> Any:
    """Return the second derivative of det times d, a symmetric map: (tr(A⁻¹ d) − A⁻ᵀ dᵀ) applied to the cofactors."""
    inverse = xs[0].apply("inv")
    scale = broadcast(contract(inverse, d, "ij,ji->"), xs[0].shape)
    return scale * y - matmul(swap(matmul(d, inverse)), y)


def _cofactor_shape(a: Shape) -> Shape:
    _square("cofactor", a)
    return a


special(
    "cofactor",
    _cofactor,
    _cofactor_shape,
    jvp=(_cofactor_derivative,),
    vjp=(_cofactor_derivative,),
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


def _apply_matrix(a: Any, v: Any) -> Any:
    return contract(a, v, "ij,j->i" if len(v.shape) == 1 else "ij,jk->ik")


def _solve_vjp_a(y: Any, xs: Any, y_bar: Any, rank: int) -> Any:
    b_bar = swap(xs[0]).apply("solve", y_bar, rank=rank)
    return -contract(b_bar, y, "i,j->ij" if rank == 1 else "ik,jk->ij")


special(
    "solve",
    _solve,
    _solve_shape,
    jvp=(
        lambda y, xs, da, rank: -xs[0].apply("solve", _apply_matrix(da, y), rank=rank),
        lambda y, xs, db, rank: xs[0].apply("solve", db, rank=rank),
    ),
    vjp=(_solve_vjp_a, lambda y, xs, y_bar, rank: swap(xs[0]).apply("solve", y_bar, rank=rank)),
    weight=lambda shapes, out, params: shapes[0][0] ** 3 + 2 * shapes[0][0] * math.prod(out),
)
