"""Derivatives of digamma left of 0 from those right of it: ψₙ(x) = (−1)ⁿ ψₙ(1 − x) − π dⁿ cot(πx)/dxⁿ.

The algorithms of SciPy and mpmath go from x to the right in steps of one, a thousand million of them from −1e9.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["FAR", "MAX_ORDER", "reflected", "reflected_array"]

FAR = -32.0  # from here on to the left the reflection is used: up to it, SciPy and mpmath take a few dozen steps
MAX_ORDER = 150  # of the coefficients, which grow as n!, the largest that are doubles


@lru_cache(maxsize=256)
def _coefficients(n: int) -> tuple[int, ...]:
    """Return P of dⁿ cot(t)/dtⁿ = P(cot t), from the constant on: P₀ = c, Pₙ₊₁ = −(1 + c²) Pₙ′; all of one sign, so none cancel."""
    if n == 0:
        return (0, 1)
    slope = [k * a for k, a in enumerate(_coefficients(n - 1))][1:]
    return tuple(-a - b for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True))


def reflected(n: int, mirrored: Any, cot: Any, pi: Any) -> Any:
    """Return ψₙ(x), given ψₙ(1 − x), cot(πx) and π in one kind of numbers."""
    total = 0 * cot
    for coefficient in reversed(_coefficients(n)):
        total = total * cot + coefficient
    return (-1) ** n * mirrored - pi ** (n + 1) * total


def reflected_array(polygamma: Callable[[Any, Any], Any], n: Any, x: Any) -> Any:
    """Return ψₙ(x) of doubles by a function that knows it right of 0; NaN or infinite at the poles, as that has it at 0."""
    orders, points = np.broadcast_arrays(np.real(n), x)
    far = (points < FAR) & (orders <= MAX_ORDER)
    found = np.array(polygamma(orders, np.where(far, 0.5, points)))
    for order in np.unique(orders[far]):
        chosen = far & (orders == order)
        at = points[chosen]
        angle = np.pi * (at - np.round(at))  # exact: both are multiples of the same power of two
        with np.errstate(all="ignore"):
            value = reflected(int(order), polygamma(order, 1 - at), np.cos(angle) / np.sin(angle), np.pi)
        found[chosen] = np.where(angle == 0, polygamma(order, 0.0), value)
    return found[()]
