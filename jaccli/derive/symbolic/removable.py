"""(exp(x) − 1)/x and sin(πx)/(πx) with their derivatives, as functions of SymPy, and in long floats.

SymPy lacks the first, and differentiates the second in pieces that cancel beside 0.
"""

from __future__ import annotations

from typing import Any

import mpmath
import sympy

from jaccli.ops.huge import bounded

__all__ = ["exprel", "exprel_long", "sinc", "sinc_long"]


class _OfOrder(sympy.Function):  # type: ignore[misc]
    """A function f(n, x) that is the n-th derivative of f(0, x)."""

    nargs = 2

    def fdiff(self, argindex: int = 2) -> Any:
        """Return the derivative by x, the member of the next order."""
        if argindex != 2:
            raise sympy.core.function.ArgumentIndexError(self, argindex)
        n, x = self.args
        return self.func(n + 1, x)


class exprel(_OfOrder):  # noqa: N801  SymPy prints a function by the name of its class
    """The n-th derivative of (exp(x) − 1)/x."""


class sinc(_OfOrder):  # noqa: N801
    """The n-th derivative of sin(πx)/(πx)."""


def exprel_long(n: Any, x: Any) -> Any:
    """Return the n-th derivative of (exp(x) − 1)/x of mpmath's numbers, the integral of tⁿ exp(xt) from 0 to 1 (DLMF 13.4.1)."""
    limit = bounded("exp", mpmath.exp)(x)  # of an x that no double comes near, as exp(exp(1000)): 0 or infinite
    return limit if not limit or not mpmath.isfinite(limit) else mpmath.hyp1f1(n + 1, n + 2, x) / (n + 1)


def sinc_long(n: Any, x: Any) -> Any:
    """Return the n-th derivative of sin(πx)/(πx) of mpmath's numbers: by Leibniz' rule, near 0 by a real series (DLMF 16.5.2)."""
    n, u, pi = int(n), mpmath.pi * x, mpmath.mpf(mpmath.pi)
    if mpmath.isnan(bounded("sin", mpmath.sin)(x)):
        return mpmath.nan
    if abs(u) <= n + 1:
        odd = n % 2
        series = mpmath.hyper([mpmath.mpf(n + 1 + odd) / 2], [0.5 + odd, mpmath.mpf(n + 3 + odd) / 2], -u * u / 4)
        return (-1) ** ((n + 1) // 2) * pi**n * u**odd * series / (n + 1 + odd)
    sine, cosine = mpmath.sinpi(x), mpmath.cospi(x)
    found = sine / u
    for m in range(1, n + 1):
        found = ((sine, cosine, -sine, -cosine)[m % 4] - m * found) / u
    return pi**n * found
