"""(exp(x) - 1)/x and sin(πx)/(πx), which are 0/0 at 0 and smooth there, with all their derivatives, one row each.

Both are f₀ of a family with u fₘ + m fₘ₋₁ = g(m), Leibniz' rule for the m-th derivative of u f₀(u) = exp(u) − 1, or sin(u).
Upwards the recurrence damps errors where |u| > n, downwards where it is smaller (W. Gautschi, Computational aspects of three-term
recurrence relations, SIAM Review 9, 1967).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.ops.registry import elementwise

__all__ = ["exprel", "sinc"]

ABOVE = 40  # members above twice the order, from which errors have died out at it: u/m multiplied so often is below eps


def _recurred(n: Any, u: Any, first: Any, g: Callable[[int], Any]) -> Any:
    """Return the n-th member of a family, from its member 0 where |u| is large, else from 0 for a member far above."""
    most, least = int(np.max(n, initial=0)), int(np.min(n, initial=0))
    far = np.abs(u) > n + 1
    divisor, factor = np.where(far, u, 1), np.where(far, 0, u)
    up, down = first, 0 * u
    for m in range(1, most + 1):
        up = np.where(m <= n, (g(m) - m * up) / divisor, up)
    for m in range(3 * most + ABOVE, least, -1):
        down = np.where(m > n, (g(m) - factor * down) / m, down)
    return np.where(far, up, down)


def _exprel(n: Any, x: Any) -> Any:
    """Return the n-th derivative of (exp(x) − 1)/x; right of 0 without exp(x) on the way, to overflow no sooner than it must."""
    right = np.real(x) > 0
    left = np.where(right, -x, x)
    first = np.expm1(left) / np.where(x == 0, 1, left)
    g = np.where(right, 1, np.exp(left))
    found, root = _recurred(n, x, first, lambda m: g), np.exp(np.where(right, x, 0) / 2)
    return found * root * root


def _sinc(n: Any, x: Any) -> Any:
    """Return the n-th derivative of sin(πx)/(πx), the angle reduced before it is multiplied by π."""
    whole = np.round(np.real(x))
    t, sign = x - whole, 1 - 2 * np.mod(whole, 2)
    sine = sign * np.sin(np.pi * t)
    cosine = sign * np.sin(np.pi * (0.5 - np.where(np.real(t) < 0, -t, t)))
    u = np.pi * x
    first = sine / np.where(u == 0, 1, u)
    return np.pi**n * _recurred(n, u, first, lambda m: (sine, cosine, -sine, -cosine)[m % 4])


def _in_doubles(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a function of real orders that computes in double precision what it gives in single."""

    def kernel(n: Any, x: Any) -> Any:
        x = np.asarray(x)
        found = function(np.real(n), x.astype(np.result_type(x, np.float64)))
        return np.asarray(found, dtype=x.dtype if x.dtype.kind in "fc" else found.dtype)[()]

    return kernel


#: The n-th derivatives of (exp(x) - 1)/x, SciPy's exprel, and of sin(πx)/(πx), NumPy's sinc, both 1 at 0 for n = 0.
exprel, sinc = _in_doubles(_exprel), _in_doubles(_sinc)

elementwise("exprel", exprel, flat=(0,), domain=("whole", "real"), weight=40)
elementwise("sinc", sinc, flat=(0,), domain=("whole", "real"), weight=40)
