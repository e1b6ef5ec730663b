"""Function, point and Jacobian → the outputs that leave their tangent plane abruptly, as at the edge of a stair."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from jaccli.difference.stencil import FACTOR
from jaccli.reference import Reference, input_scale
from jaccli.types import Array

__all__ = ["EVALUATIONS", "leaves_suddenly"]

OCTAVES = np.arange(26, -2, -2)  # steps of 2^-26 of the scale to all of it
FINE = 2.0**-38  # of the scale, which hardly a tread is shorter than that is not rounding
EVALUATIONS = 2 * len(OCTAVES) + 2
LEFT = 2.0**-4  # of the slope: by so much a quotient differs from it where the plane is left
HALVINGS, KEPT = 20, 6  # of a step; what an edge still is after the last six of them is a leap, and no slope
ROWS = 4  # without a slope, looked at
ROUNDING = 64.0 * 2.0**-52  # of one, or of the point: a leap so low is rounding, whose zeros are right
SUDDEN = (
    2.0**8
)  # times as far as at a step four times as short; 16 where f is smooth, since a central quotient is off by h²
LARGE_STEPS = 2  # the last ones, at which values are compared with what four shorter steps predict
MISSED = 2.0**-16  # of the slope; noise of the values is larger in what is predicted for the step before
STEEPER = (
    2.0**19
)  # times as far as at a step four times as short; 2^16 where f is smooth, since what is predicted is off by h⁸


@np.errstate(all="ignore")
def leaves_suddenly(fn: Callable[[Array], Array], x: Array, reference: Reference) -> Array:
    """Return which outputs leave the plane of their slopes suddenly, (m,), on one line that moves all inputs.

    Shapes: x (n,); fn (points, n) → (points, m).
    Law:    a smooth function misses the slope by what grows with h². The values of a tread agree with its slope to their last
            bit, up to its edge, beyond which they follow another. A kink nearby leaves suddenly too.
            So do treads that are shorter than the first step: f does not follow its slope on them.
            A leap beside a steep factor, as a cube is, hides in its curvature, but not from a polynomial that knows that.
    Cost:   28 evaluations, in one batch.
    """
    rng = np.random.default_rng(0)
    direction = input_scale(x) * rng.uniform(0.5, 1.0, x.shape) * rng.choice([-1.0, 1.0], x.shape)
    steps = FACTOR * 2.0 ** -OCTAVES.astype(float)
    moves = np.concatenate([steps, -steps, [FINE, -FINE]])
    values = fn(x + moves[:, None] * direction)
    ahead, behind = values[:-2].reshape(2, len(steps), -1)
    quotients = 0.5 * (ahead - behind) / steps[:, None]
    size = np.abs(reference.value) @ np.abs(direction)
    off = np.abs(quotients - reference.value @ direction) / size
    before = np.maximum.accumulate(np.concatenate([np.zeros_like(off[:1]), off[:-1]]))
    fine = np.abs(0.5 * (values[-2] - values[-1]) - FINE * (reference.value @ direction))
    short = fine > np.fmax(LEFT * FINE * size, ROUNDING * (np.abs(values[0]) + size))
    first = np.cumsum(off > LEFT, axis=0) == 1
    sudden = (
        np.any(first & (off > LEFT) & (off > SUDDEN * before), axis=0)
        | short
        | _unpredicted(quotients / size, np.abs(values[0]) / size)
    )
    least = ROUNDING * max(1.0, float(np.max(np.abs(x), initial=0.0)))
    for i in np.flatnonzero((size == 0) & np.any(values[:-2] != values[0], axis=0))[:ROWS]:
        line = partial(_along, fn, x, direction, int(i))
        sudden[i] = any(_leaps(line, side, part[:, i], least) for side, part in ((steps, ahead), (-steps, behind)))
    return np.asarray(sudden)


def _unpredicted(quotients: Array, values: Array) -> Array:
    """Return which central quotients suddenly leave, at a large step, the polynomial in h² through four shorter ones, (m,).

    Shapes: quotients (steps, m) and values (m,), in units of the slope.
    """
    ratio = 16.0 ** np.arange(4)
    weights = [np.prod([(16.0**4 - other) / (one - other) for other in ratio if other != one]) for one in ratio]
    sudden = np.zeros(len(values), dtype=bool)
    before = np.full(len(values), np.inf)
    for k in range(len(quotients) - LARGE_STEPS - 1, len(quotients)):
        missed = np.abs(quotients[k] - np.tensordot(weights, quotients[k - 4 : k], 1))
        sudden |= (missed > MISSED) & (missed > STEEPER * before)
        shortest = FACTOR * 2.0 ** -float(OCTAVES[k - 4])
        before = np.fmax(missed - 4 * 2.0**-52 * np.abs(weights[0]) * (values + shortest) / shortest, 0.0)
    return sudden


def _along(fn: Callable[[Array], Array], x: Array, direction: Array, i: int, move: float) -> float:
    return float(fn(x[None] + move * direction)[0, i])


def _leaps(line: Callable[[float], float], moves: Array, values: Array, least: float) -> bool:
    """Return whether an output that no short step moves leaps where it first does; a relu has a slope there."""
    still = float(values[0])
    moved = np.flatnonzero(np.isfinite(values) & (values != still))
    if not moved.size:
        return False
    low, high, leap, kept = 0.0, float(moves[moved[0]]), abs(float(values[moved[0]]) - still), 0.0
    for halving in range(HALVINGS):
        if halving == HALVINGS - KEPT:
            kept = leap
        if not leap > least:
            return False
        middle = 0.5 * (low + high)
        value = line(middle)
        low, high, leap = (middle, high, leap) if value == still else (low, middle, abs(value - still))
    return leap > 0.5 * kept
