"""Tangents and cotangents of the product and of ops that run over axes, side by side.

Every rule takes the answer, the tuple of operands, the tangent or cotangent, and the op's parameters.
"""

from __future__ import annotations

from typing import Any

from jaccli.ops.notation import contract, spread, sum_over, where
from jaccli.ops.rules.table import products


def _contract_vjp_x(a: Any, xs: Any, a_bar: Any, spec: str) -> Any:
    sides, out = spec.split("->")
    x, y = sides.split(",")
    return contract(a_bar, xs[1], f"{out},{y}->{x}")


def _contract_vjp_y(a: Any, xs: Any, a_bar: Any, spec: str) -> Any:
    sides, out = spec.split("->")
    x, y = sides.split(",")
    return contract(xs[0], a_bar, f"{x},{out}->{y}")


products(
    "contract",
    jvp=(lambda a, xs, dx, spec: contract(dx, xs[1], spec), lambda a, xs, dy, spec: contract(xs[0], dy, spec)),
    vjp=(_contract_vjp_x, _contract_vjp_y),
)


# --- extrema: the subgradient is shared equally among ties


def _hits(y: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Return 1 for each entry that attains an extremum, else 0."""
    return x.apply("equal", spread(y, x, axes)).apply("cast")


def _extremum_jvp(y: Any, xs: Any, dx: Any, axes: tuple[int, ...]) -> Any:
    hits = _hits(y, xs[0], axes)
    return sum_over(hits * dx, axes) / sum_over(hits, axes)


def _extremum_vjp(y: Any, xs: Any, y_bar: Any, axes: tuple[int, ...]) -> Any:
    hits = _hits(y, xs[0], axes)
    return hits * spread(y_bar / sum_over(hits, axes), xs[0], axes)


products("max", jvp=(_extremum_jvp,), vjp=(_extremum_vjp,))
products("min", jvp=(_extremum_jvp,), vjp=(_extremum_vjp,))


# --- norm, softmax, logsumexp


def _norm_direction(y: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Return x / |x|, and 0 where the norm is 0 (a subgradient there)."""
    full = spread(y, x, axes)
    return x / where(full > 0, full, full + 1)


def _centred(p: Any, v: Any, axes: tuple[int, ...]) -> Any:
    """Return (diag(p) − p pᵀ) v, the symmetric Jacobian of softmax times v."""
    return p * (v - spread(sum_over(p * v, axes), p, axes))


products(
    "norm",
    jvp=(lambda y, xs, dx, axes: sum_over(_norm_direction(y, xs[0], axes) * dx, axes),),
    vjp=(lambda y, xs, y_bar, axes: _norm_direction(y, xs[0], axes) * spread(y_bar, xs[0], axes),),
)
products(
    "softmax",
    jvp=(lambda y, xs, dx, axes: _centred(y, dx, axes),),
    vjp=(lambda y, xs, y_bar, axes: _centred(y, y_bar, axes),),
)
products(
    "logsumexp",  # softmax, not exp(x - y): where y is large its rounding is that of the exponent
    jvp=(lambda y, xs, dx, axes: sum_over(xs[0].apply("softmax", axes=axes) * dx, axes),),
    vjp=(lambda y, xs, y_bar, axes: xs[0].apply("softmax", axes=axes) * spread(y_bar, xs[0], axes),),
)
