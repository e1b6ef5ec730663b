"""Arrays of symbols and exact numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from jaccli.types import Array

__all__ = ["numbers", "scalar", "symbols"]


def symbols(name: str, shape: tuple[int, ...]) -> Array:
    """Return real symbols called name[i, j], or just name for shape ()."""
    out = np.empty(shape, dtype=object)
    for position in np.ndindex(shape):
        index = f"[{', '.join(map(str, position))}]" if position else ""
        out[position] = sympy.Symbol(f"{name}{index}", real=True)
    return out


def numbers(array: Array) -> Array:
    """Return an array's numbers as SymPy's, a double as the fraction it is."""
    out = np.empty(array.shape, dtype=object)
    for position in np.ndindex(array.shape):
        value = array[position]
        fraction = value if isinstance(value, Fraction) else Fraction(float(value))
        out[position] = sympy.Rational(fraction.numerator, fraction.denominator)
    return out


def scalar(value: Any) -> Array:
    """Return one expression as an array of shape ()."""
    out = np.empty((), dtype=object)
    out[()] = value
    return out
