"""Function, point and Jacobian → the outputs that leave the plane of their slopes all at once, as a tread ends at an edge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.difference.stencil import FACTOR
from jaccli.reference import Reference, input_scale
from jaccli.types import Array

__all__ = ["EVALUATIONS", "leaves_suddenly"]

OCTAVES = np.arange(26, 0, -2)  # steps of 2^-26 of the scale to a quarter of it
EVALUATIONS = 2 * len(OCTAVES)
LEFT = 2.0**-4  # of the slope: by so much a quotient differs from it where the plane is left
SUDDEN = (
    2.0**8
)  # times as far as at a step four times as short; 16 where f is smooth, since a central quotient is off by h²


def leaves_suddenly(fn: Callable[[Array], Array], x: Array, reference: Reference) -> Array:
    """Return which outputs leave the plane of their slopes suddenly, (m,), on one line that moves all inputs.

    Shapes: x (n,); fn (points, n) → (points, m).
    Law:    a smooth function misses the slope by what grows with h². The values of a tread agree with its slope to their last
            bit, up to its edge, beyond which they follow another. A kink nearby leaves suddenly too.
    Cost:   26 evaluations, in one batch.
    """
    rng = np.random.default_rng(0)
    direction = input_scale(x) * rng.uniform(0.5, 1.0, x.shape) * rng.choice([-1.0, 1.0], x.shape)
    steps = FACTOR * 2.0 ** -OCTAVES.astype(float)
    with np.errstate(all="ignore"):
        values = fn(x + np.concatenate([steps, -steps])[:, None] * direction).reshape(2, len(steps), -1)
        quotients = 0.5 * (values[0] - values[1]) / steps[:, None]
        size = np.abs(reference.value) @ np.abs(direction)
        off = np.abs(quotients - reference.value @ direction) / size
        before = np.maximum.accumulate(np.concatenate([np.zeros_like(off[:1]), off[:-1]]))
        first = np.cumsum(off > LEFT, axis=0) == 1
    return np.asarray(np.any(first & (off > LEFT) & (off > SUDDEN * before), axis=0))
