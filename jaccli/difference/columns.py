"""Function of all elements → the same function of some of them, the others held at the point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.types import Array

__all__ = ["of_columns"]


def of_columns(fn: Callable[[Array], Array], x: Array, columns: Array) -> Callable[[Array], Array]:
    """Return ``fn`` as a function of the elements ``columns`` of ``x``.

    Shapes: x (n,); fn (points, n) → (points, m); columns (k,), indices; result (points, k) → (points, m).
    """

    def part(points: Array) -> Array:
        whole = np.repeat(x[None, :], len(points), axis=0)
        whole[:, columns] = points
        return fn(whole)

    return part
