"""All entries of a judged block that did not pass: what was tested, what it should be, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jaccli.types import Array

__all__ = ["MOST", "Grid"]

MOST = 40_000  # entries of a block that are kept: 200 × 200


@dataclass(frozen=True, eq=False)
class Grid:
    """The entries of a block.

    Shapes: all (out.size, in.size); outcome holds 0 for pass, 1 for fail, 2 for inconclusive.
    """

    tested: Array
    reference: Array
    error_bar: Array
    outcome: Array
    of_shape: tuple[int, ...]
    wrt_shape: tuple[int, ...]

    @property
    def error(self) -> Array:
        """The error of each entry relative to the larger of its two values; NaN where one of them is."""
        size = np.fmax(np.abs(self.tested), np.abs(self.reference))
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            error = np.abs(self.tested - self.reference) / size
        return np.where(size > 0, error, 0.0)

    def place(self, of_index: tuple[int, ...], wrt_index: tuple[int, ...]) -> tuple[int, int]:
        """Return the row and the column of an entry."""
        row = int(np.ravel_multi_index(of_index, self.of_shape)) if self.of_shape else 0
        return row, int(np.ravel_multi_index(wrt_index, self.wrt_shape)) if self.wrt_shape else 0
