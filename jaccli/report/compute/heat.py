"""A large matrix → a map of its sizes by blocks, in characters that need no colour."""

from __future__ import annotations

import numpy as np

from jaccli.results import numbers
from jaccli.types import Array

__all__ = ["heat_map"]

MAX_LINES = 16
SHADES = ((1e-1, "█"), (1e-2, "▓"), (1e-4, "▒"), (0.0, "░"))  # by size relative to the largest
ZERO, ODD = "·", "!"


def heat_map(matrix: Array, width: int, unit: str = "entries") -> list[str]:
    """Return lines of at most ``width`` characters: the largest |entry| of each block of rows and columns, and a legend.

    unit: what an element of the matrix is.
    A block that is zero throughout and one with an entry that is not finite have characters of their own.
    """
    size = np.abs(matrix)
    blocks = _largest(_largest(np.where(np.isfinite(size), size, np.inf), MAX_LINES, 0), max(width, 1), 1)
    finite = blocks[np.isfinite(blocks)]
    top = float(np.max(finite, initial=0.0))
    lines = ["".join(_shade(float(value), top) for value in row) for row in blocks]
    rows, columns = (-(-whole // part) for whole, part in zip(matrix.shape, blocks.shape, strict=True))
    words = [f"{shade} ≥ {numbers.value(top * share)}" if share else f"{shade} smaller" for share, shade in SHADES]
    odd = [f"{ODD} not finite"] if finite.size < blocks.size else []
    return [*lines, "  ".join([*words, f"{ZERO} zero", *odd]), f"each character: up to {rows} × {columns} {unit}"]


def _largest(size: Array, most: int, axis: int) -> Array:
    """Return the largest value of each of at most ``most`` stretches along an axis."""
    count = size.shape[axis]
    parts = min(most, count)
    return np.maximum.reduceat(size, np.arange(parts) * count // parts, axis=axis)


def _shade(value: float, top: float) -> str:
    if value == 0 or not np.isfinite(value):
        return ZERO if value == 0 else ODD
    return next(shade for share, shade in SHADES if value >= share * top)
