"""Values at a ladder of steps → what turns within the finest of them, and shows as noise: sin(x) at 1e15."""

from __future__ import annotations

import numpy as np

from jaccli.difference.noise import FLOOR, STEPS
from jaccli.difference.stencil import UNIT, Stencil
from jaccli.types import Array

__all__ = ["folded", "shapeless"]

SHAPELESS = (
    2.0**-4
)  # of the largest value seen, or of what coarse steps move, above which noise leaves nothing of a function
LARGE = 2.0**-20  # of the largest value: no solver, and no float32, leaves so much noise
TURNS = 16.0  # radians per unit of x: what a term may turn by unseen where the finest steps are longer than half of one
VISIBLE = 16.0  # deviations of rounding, above which noise may be such a term


def shapeless(stencil: Stencil) -> Array:
    """Return which outputs are noise up to their own size, or as far as they move, (m,).

    So is sin(x) at 1e15, between whose doubles it turns, and sqrt(2 + cos(x)): the slope that coarse steps agree on, zero, is
    that of noise about a mean. Without it the bar of cos(1e6*x) at 3e7 is 1e-5, its slope 8e5 (tests/difference/test_folded.py).
    """
    size = np.abs(stencil.centre)
    for values in stencil.values.values():
        size = np.fmax(size, np.fmax.reduce(np.where(np.isfinite(values), np.abs(values), 0.0), axis=1))
    coarse = [stencil.change(k, side) for k, side in stencil.values if UNIT < k <= stencil.rungs.first[1]]
    moves = np.max(np.median(np.nan_to_num(np.abs(np.stack(coarse))), axis=0), axis=1)  # by the boldest column
    still = (stencil.noise > SHAPELESS * moves) & (stencil.noise > LARGE * size)
    return np.asarray((size > 0) & ((stencil.noise > SHAPELESS * size) | still))


def folded(stencil: Stencil, value: Array) -> Array:
    """Return how steep a term may be that shows as noise, since it turns within the finest steps, (m, n).

    1e7 + sin(x) at 1e13 stays at every step, but for noise; its slope is anything between -1 and 1. Without this, two references of
    2*x + 1e3*cos(3*x) exclude each other (tests/checker/references/test_turning.py).

    Shapes: value (m, n), the derivative by the steps.
    """
    moved = np.abs(np.nan_to_num(value)) @ stencil.size
    rounding = FLOOR * stencil.eps * (np.abs(stencil.centre) + moved)
    seen = np.where(stencil.noise > VISIBLE * rounding, np.nan_to_num(stencil.noise), 0.0)
    coarse = 2 * TURNS * STEPS[stencil.grid][0] * stencil.scale > 1
    return np.asarray(TURNS * seen[:, None] * coarse)
