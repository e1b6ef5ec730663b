"""Numbers in float64 → what a format of fewer digits makes of them: its own numbers, and the distance between neighbours."""

from __future__ import annotations

import math

import numpy as np

from jaccli.types import Array

__all__ = ["format_name", "largest", "realised", "spacing"]

#: Machine epsilon → the exponent of the smallest normal number, and the name. Source: IEEE 754-2019, table 3.5; bfloat16 has the
#: exponents of float32.
FORMATS = {
    2.0**-10: (-14, "float16"),
    2.0**-7: (-126, "bfloat16"),
    2.0**-23: (-126, "float32"),
    2.0**-52: (-1022, "float64"),
}


def format_name(eps: float) -> str:
    """Return what a format is called by its machine epsilon."""
    return FORMATS[eps][1] if eps in FORMATS else f"a format with machine epsilon {eps:g}"


def largest(eps: float) -> float:
    """Return the largest number of a format."""
    smallest = FORMATS[eps][0] if eps in FORMATS else -126
    return math.ldexp(2 - eps, 1 - smallest)


def realised(values: Array, eps: float) -> Array:
    """Return values rounded to the nearest numbers of a format, ties to even; none is made infinite."""
    step = spacing(values, eps)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.round(values / step) * step)


def spacing(values: Array, eps: float) -> Array:
    """Return the distance of neighbouring numbers of a format, that of its smallest normal number where values are below it."""
    smallest = FORMATS[eps][0] if eps in FORMATS else -126
    _, exponent = np.frexp(np.nan_to_num(values, nan=1.0, posinf=1.0, neginf=1.0))
    return np.asarray(np.ldexp(1.0, np.maximum(exponent - 1, smallest) + round(math.log2(eps))))
