"""The error function, the gamma function and their relatives, one elementwise row each.

Kernels import SciPy when they run: its import takes a third of a second. Weight 8: a rational approximation and an exponential.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.ops.notation import exp
from jaccli.ops.reflection import reflected_array
from jaccli.ops.registry import elementwise

__all__ = ["polygamma"]


def _scipy(name: str) -> Any:
    def kernel(*xs: Any) -> Any:
        from scipy import special

        return getattr(special, name)(*xs)

    return kernel


def _gammaln(x: Any) -> Any:
    from scipy import special

    return special.loggamma(x) if np.iscomplexobj(x) else special.gammaln(x)


def polygamma(n: Any, x: Any) -> Any:
    """Return the n-th derivative of digamma; complex numbers have it for n = 0 alone, where SciPy has the function."""
    from scipy import special

    return special.psi(x) if not np.any(n) else reflected_array(special.polygamma, n, x)


def _digamma(x: Any) -> Any:
    """Return digamma of x: its order is a literal operand, which is never differentiated."""
    return x.graph.literal(0).apply("polygamma", x)


_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)

elementwise("erf", _scipy("erf"), lambda y, x: _TWO_OVER_ROOT_PI * exp(-(x * x)), weight=8)
elementwise("erfc", _scipy("erfc"), lambda y, x: -_TWO_OVER_ROOT_PI * exp(-(x * x)), weight=8)
elementwise("gamma", _scipy("gamma"), lambda y, x: y * _digamma(x), domain="off the negative whole numbers", weight=8)
elementwise("lgamma", _gammaln, lambda y, x: _digamma(x), domain="off the negative whole numbers", weight=8)
elementwise(
    "polygamma", polygamma, None, lambda y, n, x: (n + 1).apply("polygamma", x),
    domain=("whole", "off the negative whole numbers"), analytic=False, weight=8,
)  # fmt: skip
elementwise(
    "beta", _scipy("beta"),
    lambda b, x, y: b * (_digamma(x) - _digamma(x + y)), lambda b, x, y: b * (_digamma(y) - _digamma(x + y)),
    domain="positive", definition=lambda m, x, y: m.exp(m.lgamma(x) + m.lgamma(y) - m.lgamma(x + y)), analytic=False, weight=8,
)  # fmt: skip
