"""The error function, the gamma function and their relatives, one elementwise row each.

Kernels import SciPy when they run: its import takes a third of a second. Weight 8: a rational approximation and an exponential.
"""

from __future__ import annotations

from typing import Any

import numpy as np

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


elementwise("erf", _scipy("erf"), weight=8)
elementwise("erfc", _scipy("erfc"), weight=8)
elementwise("gamma", _scipy("gamma"), domain="off the negative whole numbers", weight=8)
elementwise("lgamma", _gammaln, domain="off the negative whole numbers", weight=8)
elementwise(
    "polygamma", polygamma, flat=(0,), domain=("whole", "off the negative whole numbers"), analytic=False, weight=8
)
elementwise("beta", _scipy("beta"), arity=2, domain="positive", analytic=False, weight=8,
            definition=lambda m, x, y: m.exp(m.lgamma(x) + m.lgamma(y) - m.lgamma(x + y)))  # fmt: skip
