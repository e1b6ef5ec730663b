"""The gamma function and its relatives, with SciPy's names."""

from __future__ import annotations

from typing import Any

from jaccli.graph.functions.arguments import BuildError, align, function, static_int, tensor
from jaccli.graph.ir import Expr

MAX_ORDER = 100  # of polygamma: its values grow with the factorial of the order


@function("gamma")
def gamma(x: Any) -> Expr:
    """The gamma function, (x - 1)! for whole x."""
    return tensor(x).apply("gamma")


@function("gammaln", "lgamma", "loggamma")
def gammaln(x: Any) -> Expr:
    """The logarithm of the absolute value of the gamma function."""
    return tensor(x).apply("lgamma")


@function("polygamma")
def polygamma(n: Any, x: Any) -> Expr:
    """The n-th derivative of digamma, for a whole number n."""
    order, x = static_int(n, "`n`"), tensor(x)
    if not 0 <= order <= MAX_ORDER:
        raise BuildError(f"polygamma of order {order}", f"use an order from 0 to {MAX_ORDER}")
    return x.graph.literal(order).apply("polygamma", x)


@function("digamma", "psi")
def digamma(x: Any) -> Expr:
    """The derivative of the logarithm of the gamma function."""
    return polygamma(tensor(x).graph.literal(0), x)


@function("beta")
def beta(a: Any, b: Any) -> Expr:
    """The beta function, gamma(a) * gamma(b) / gamma(a + b)."""
    left, right = align(a, b)
    return left.apply("beta", right)
