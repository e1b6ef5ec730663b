"""Numbers of a low precision: which there are, how far apart they lie, and what scatters beyond them."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from jaccli.adapters import Leaf
from jaccli.types import Array

__all__ = ["realised", "spacing", "student"]


def realised(leaf: Leaf, values: Array) -> Array:
    """Return values rounded to a leaf's precision."""
    mantissa, exponent = np.frexp(values)
    bits = _bits(leaf) + 1
    return np.asarray(np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits))


def spacing(leaf: Leaf, values: Array) -> Array:
    """Return the distance of neighbouring numbers of a leaf's precision, (m,), of the smallest ones where values are below them."""
    return np.asarray(np.fmax(np.ldexp(leaf.eps, np.frexp(values)[1] - 1), np.finfo(leaf.dtype).smallest_subnormal))


def _bits(leaf: Leaf) -> int:
    """Return the digits of a leaf's precision, those of the leading one not counted."""
    return -math.frexp(leaf.eps)[1] + 1


def student(freedom: int, alpha: float) -> float:
    """Return the value that Student's t of so many degrees of freedom exceeds with probability alpha, to either side.

    Source: Hill, "Algorithm 396: Student's t-quantiles", CACM 13 (1970), the expansion in the normal quantile; for 15 degrees it is
            9.47 where the exact value is 9.48.
    """
    z = NormalDist().inv_cdf(1 - alpha / 2)
    g = [
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    ]
    return z + sum(term / freedom ** (k + 1) for k, term in enumerate(g))
