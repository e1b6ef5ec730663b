"""Ops that run over axes: max, min, norm, softmax, logsumexp, with their rules side by side.

Every rule takes the answer, the tuple of operands, the tangent or cotangent, and the op's parameters.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.ops.notation import broadcast, exp, log, reshape, sqrt, sum_over, where
from jaccli.ops.registry import ShapeError, special

Shape = tuple[int, ...]


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
        domain="full",
        kink=lambda y, x, axes: x - y,
        subgradient="equal shares among ties",
        analytic=False,
        weight=_elements,
    )


def _norm(x: Any, axes: tuple[int, ...]) -> Any:
    """Return √Σ x², scaled by the largest element where squares would overflow, or be rounded to few digits or none."""
    y = np.sqrt(np.add.reduce(x * x, axis=axes))
    lost = _outside(y, x)
    if not np.any(lost):
        return y
    top = np.max(np.abs(x.real), axis=axes, keepdims=True, initial=0)
    top = np.where((top > 0) & np.isfinite(top), top, 1).astype(x.real.dtype)
    z = x / top
    return np.where(lost, np.squeeze(top, axis=axes) * np.sqrt(np.add.reduce(z * z, axis=axes)), y)


def _outside(y: Any, x: Any) -> Any:
    """Return where a norm is beyond the sizes whose squares are numbers of full precision; at 0 it may be beyond."""
    if not np.issubdtype(x.dtype, np.inexact):
        return False
    least = np.sqrt(np.finfo(x.dtype).tiny / np.finfo(x.dtype).eps)
    return ~((np.abs(y.real) > least) & (np.abs(y.real) < 1 / least))


def _norm_direction(y: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Return x / |x|, and 0 where the norm is 0 (a subgradient there)."""
    full = _spread(y, x, axes)
    return x / where(full > 0, full, full + 1)


special(
    "norm",
    _norm,
    _reduced,
    jvp=(lambda y, xs, dx, axes: sum_over(_norm_direction(y, xs[0], axes) * dx, axes),),
    vjp=(lambda y, xs, y_bar, axes: _norm_direction(y, xs[0], axes) * _spread(y_bar, xs[0], axes),),
    definition=lambda x, axes: sqrt(sum_over(x * x, axes)),
    kink=lambda y, x, axes: y,
    subgradient="0 where the norm is 0",
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
    # softmax, not exp(x - y): where y is large its rounding is that of the exponent
    jvp=(lambda y, xs, dx, axes: sum_over(xs[0].apply("softmax", axes=axes) * dx, axes),),
    vjp=(lambda y, xs, y_bar, axes: xs[0].apply("softmax", axes=axes) * _spread(y_bar, xs[0], axes),),
    definition=lambda x, axes: log(sum_over(exp(x), axes)),
    weight=lambda shapes, out, params: 6 * math.prod(shapes[0]) + 5 * math.prod(out),
)
