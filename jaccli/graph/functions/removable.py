"""Quotients that are 0/0 at 0 and smooth there, under the names that SciPy and NumPy have for them."""

from __future__ import annotations

from typing import Any

from jaccli.graph.functions.arguments import BuildError, function, static_int, tensor
from jaccli.graph.ir import Expr

MAX_ORDER = 100  # of a derivative, as of polygamma


def _of_order(op: str, x: Any, n: Any) -> Expr:
    x, order = tensor(x), 0 if n is None else static_int(n, "`n`")
    if not 0 <= order <= MAX_ORDER:
        raise BuildError(f"{op} of order {order}", f"use an order from 0 to {MAX_ORDER}")
    return x.graph.literal(order).apply(op, x)


@function("exprel")
def exprel(x: Any, n: Any = None) -> Expr:
    """(exp(x) - 1)/x, which is 1 at 0, or its n-th derivative."""
    return _of_order("exprel", x, n)


@function("sinc")
def sinc(x: Any, n: Any = None) -> Expr:
    """sin(pi*x)/(pi*x), which is 1 at 0, or its n-th derivative."""
    return _of_order("sinc", x, n)
