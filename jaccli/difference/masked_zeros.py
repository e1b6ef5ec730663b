"""Rows of zeros → where much larger steps show what hides: a slope below a large constant, or the steps of a staircase.

The constants part values rounded to 3 to 16 digits from dead relus, dead zones and signs (tests/difference/test_masked_zeros.py).
"""

from __future__ import annotations

import numpy as np

from jaccli.difference.stencil import LEFT, RIGHT, Stencil
from jaccli.types import Array

__all__ = ["MASKED", "below_constant", "on_staircase"]

MASKED = 64.0  # roundings of f that a derivative must move it by to be seen
FAR = (-6, -8, -10, -12)  # steps of 64 to 4096 times the scale; farther, a function may loop for ever
STEADY = 0.1  # of a slope, by which those of two far steps may differ; two of rounding alone do by luck
STAIRS = np.array([0.26, 0.51, 1.1, 2.3, 4.7, 9.1, 65.0])  # of the scale, to both sides
TREAD = 2.0**-20  # of the scale, by which a point is moved to see whether it lies on a tread
EDGES = 2  # points that may lie within this of an edge


def below_constant(stencil: Stencil, zeros: Array) -> Array:
    """Return in which columns of a row of zeros a large constant hides a slope, (m, n).

    1e16 + x at 1 stays, or moves by one rounding, at every small step; at steps of 64 to 4096 it has the slope 1.

    Shapes: zeros (m, n), where the slope moves f by less than 64 of its roundings, if x moves by its scale.
    Cost:   8 evaluations per column, if there is such a row.
    """
    coarse, rounding = stencil.rungs.coarser[-1][0], MASKED * (stencil.eps * np.abs(stencil.centre))[:, None]
    rows = np.all(zeros, axis=1, keepdims=True) & (rounding > 0)
    if not np.any(rows):
        return np.zeros_like(zeros)
    stencil.take((np.arange(stencil.x.size), FAR, (RIGHT, LEFT)))
    slopes = np.stack([stencil.central(k) for k in FAR])
    steady = np.ptp(slopes, axis=0) <= STEADY * np.min(np.abs(slopes), axis=0)
    seen = np.abs(slopes[-1]) * stencil.step(FAR[-1]) > rounding
    hidden = np.abs(slopes[-1]) * stencil.step(coarse) <= rounding
    return np.asarray(rows & steady & seen & hidden)


def on_staircase(stencil: Stencil, flat: Array) -> Array:
    """Return in which columns of a row that nothing moves f is a staircase to both sides, (m, n).

    A value rounded to five digits may stay for more than all of x. A relu below its kink has a slope beyond it, a sign or a step
    leaps to one side: their zeros are right.

    Shapes: flat (m, n), where no small step changes f.
    Cost:   28 evaluations per column, if there is such a row.
    """
    found = np.zeros_like(flat)
    rows = np.all(flat, axis=1)
    if not np.any(rows):
        return found
    moves = np.concatenate([-STAIRS[::-1], STAIRS])
    # the last digit of a constant is no staircase, nor that of numbers that grow with x and cancel
    rounding = MASKED * stencil.eps * np.abs(stencil.centre) * (1 + np.abs(moves[:, None]))
    moves = np.stack([moves, moves + TREAD], axis=1).reshape(-1)
    for j in range(stencil.x.size):
        points = np.repeat(stencil.x[None, :], moves.size, axis=0)
        points[:, j] += moves * stencil.scale[j]
        change = stencil.evaluated(points) - stencil.centre
        change, again = change[::2], change[1::2]
        treads = np.sum((change != again) & np.isfinite(change), axis=0) <= EDGES
        moved = [np.any(side, axis=0) for side in np.split(np.abs(change) > rounding, 2)]
        found[:, j] = rows & treads & moved[0] & moved[1]
    return found
