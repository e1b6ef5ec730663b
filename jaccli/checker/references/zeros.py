"""A derivative that moves its function by less than its rounding → how far the function moves elsewhere, which makes it a zero."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.reference import input_scale
from jaccli.types import Array

__all__ = ["moves_elsewhere"]

#: In scales, on a line that moves all elements: a saturated function moves at the smaller size of its input, or at none of it.
STEPS = np.array([-1.93, -1.0, -0.51, 0.51, 1.0, 1.93])


def moves_elsewhere(fn: Callable[[Array], Array], x: Array) -> Array:
    """Return how far steps of the size of the input move each output, (m,), 0 where it is not finite there.

    Shapes: x (n,); fn (points, n) → (points, m).
    Law:    the slope of a saturated layer is a zero beside what its output has moved by on the way there; that of 1e16 + tanh(x) is
            hidden, for it moves by no more anywhere.
    Cost:   7 evaluations.
    """
    rng = np.random.default_rng(0)
    direction = input_scale(x) * rng.uniform(0.9, 1.0, x.shape) * np.where(x < 0, -1.0, 1.0)
    with np.errstate(all="ignore"):
        values = fn(x + np.concatenate([[0.0], STEPS])[:, None] * direction)
        moves = np.abs(values[1:] - values[0])
    return np.asarray(np.max(np.where(np.isfinite(moves), moves, 0.0), axis=0))
