"""One output along one line → whether it is a staircase there, how high its steps are, and how steep its treads.

A value that large numbers cancel in, such as 1 + erf(x/√2) at -8, is a staircase whose steps are the rounding of those numbers,
eps of one or more, however small the value is; multiplied by something smooth it keeps its steps, and its treads get a slope. All
steps of a difference that are shorter than a tread agree on that slope to the last bit, and it is not the function's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jaccli.difference.noise import FLOOR
from jaccli.difference.stencil import FACTOR, SPREAD
from jaccli.difference.tableau import extrapolated
from jaccli.types import Array

__all__ = ["Stairs", "stairs"]

Line = Callable[[Array], Array]  # (points,), in units of the scale → values (points,)

FINEST, COARSEST, FARTHEST = 44, 1, -6  # octaves: steps of 2^-44 of the scale to a half of it, or 64 times it
SUDDEN = 64.0  # times by which what a parabola misses grows in one octave: eightfold where f is smooth
LOOKED_AT = 4  # octaves at which leaps are looked for
INTERVALS = 8  # to either side of the point
WIDER = (2, 3, 4)  # octaves by which they are made longer where few of them have a leap
SMALLEST = 49  # octaves down to which an interval is halved: some ulps of the point
HALVINGS, KEPT = (
    20,
    6,
)  # of an interval, down to one leap; what it still is after the last six of them is none of a slope
ALIKE, FEW = 8.0, 3  # times by which the leaps of one staircase differ at most; so many make one
STEEP = 2.0**10  # steps of a staircase that a parabola may miss by at its first edge; more is the function's own doing
SEEN = 16.0  # deviations of the noise, below which a leap is noise as any other
SIZE_ONE = 64.0  # roundings of a number of size one, or of the point: a leap so low is rounding, were it the only one
MANY = 6  # octaves beyond that of the nearest leap, over which a trend is looked at
NEARBY = 2.0**-8  # of the longer interval, within which two leaps are one that was found twice
HALF = 0.5  # of a leap: the noise of a value that may be off by one


@dataclass(frozen=True)
class Stairs:
    """A staircase around a point.

    leap   how high its steps are
    tread  the slope between two of them, with the error of that
    trend  the slope of what the steps follow, with the error that they leave it

    Both are NaN where f itself moves by far more than a step up to the nearest edge that was found: then the steps are those of
    something that is added to it, and hide a slope of the size of one.
    """

    leap: float
    tread: tuple[float, float] = (math.nan, math.inf)
    trend: tuple[float, float] = (math.nan, math.inf)


def stairs(line: Line, at: float, eps: float, noise: float = 0.0, far: bool = True) -> Stairs | None:
    """Return the staircase that a function of one number is around 0, None where it is none.

    at:    the size of the point, which may be rounded inside the function as well.
    noise: the standard deviation of the values' noise, as far as it is known.
    far:   whether the function may be evaluated beyond the scale of its input.
    Law:   from an octave to the next, what a parabola through three points misses grows with h³ where the function is smooth. Where
           it grows suddenly, intervals beside the point are halved: a slope shrinks with them, a leap does not. A few leaps of like
           height make a staircase; one alone does where it is no higher than what numbers of size one lose.
    Cost:  103 evaluations, and 337 for each of at most four octaves at which something is sudden, more where few are near.
    """
    octaves = np.arange(FINEST, (FARTHEST if far else COARSEST) - 1, -1)
    steps = FACTOR * 2.0**-octaves
    values = line(np.concatenate([[0.0], steps, -steps]))
    centre, changes = values[0], values[1:].reshape(2, -1) - values[0]
    with np.errstate(all="ignore"):
        size = np.fmax.accumulate(np.fmax(np.abs(changes).max(axis=0), np.abs(centre)))
        rounding = np.fmax(2 * FLOOR * eps * size, noise)
        rounding = np.fmax(rounding, 2 * eps * np.abs(changes).max(axis=0) / steps)  # the points are rounded
    one = SIZE_ONE * eps * max(1.0, at, abs(centre))
    off, hidden = _off(changes), 0.0
    for k in _sudden(off, rounding)[:LOOKED_AT]:
        leap = _height(line, int(octaves[k]), float(rounding[k]), one)
        if 0 < off[k - 1] <= STEEP * leap:
            tread = _tread(steps[:k], changes[:, :k], rounding[:k])
            return Stairs(leap, tread, _trend(octaves, steps, changes, leap, int(octaves[k])))
        hidden = leap if 0 < leap <= one else hidden
    return Stairs(hidden) if hidden else None


def _height(line: Line, octave: int, rounding: float, one: float) -> float:
    """Return how high the steps of a staircase are whose nearest edge is at an octave, 0 where there is none."""
    places, leaps = _leaps(line, octave, rounding)
    for wider in WIDER:
        alike = leaps[(leaps > np.median(leaps) / ALIKE) & (leaps < ALIKE * np.median(leaps))] if len(leaps) else leaps
        if len(alike) >= FEW or not len(leaps):
            break
        more, others = _leaps(line, octave - wider, rounding)
        new = np.min(np.abs(more[:, None] - places), axis=1) > NEARBY * 2.0 ** -(octave - wider)
        places, leaps = np.concatenate([places, more[new]]), np.concatenate([leaps, others[new]])
    if len(alike) >= FEW:
        return float(np.median(alike))
    return float(leaps.min()) if len(leaps) and leaps.min() <= one else 0.0


def _off(changes: Array) -> Array:
    """Return by how much the changes at each step, from the second on, miss the parabola of the step before."""
    with np.errstate(all="ignore"):
        odd, even = 0.5 * (changes[0] - changes[1]), 0.5 * (changes[0] + changes[1])
        return np.asarray(np.abs(odd[1:] - 2 * odd[:-1]) + np.abs(even[1:] - 4 * even[:-1]))


def _sudden(off: Array, rounding: Array) -> Array:
    """Return the octaves, from the finest on, at which the function suddenly leaves the parabola that it was."""
    with np.errstate(all="ignore"):
        before = np.concatenate([[0.0], off[:-1]])
        found = 1 + np.flatnonzero(off > SUDDEN * np.maximum(before, rounding[:-1]))
    return found[found >= FINEST - SMALLEST + 2 * KEPT]


def _tread(steps: Array, changes: Array, rounding: Array) -> tuple[float, float]:
    """Return the slope at steps that reach no leap, and its error, by the step at which it is known best; a flat one is exact."""
    if not np.any(changes):
        return 0.0, 0.0
    with np.errstate(all="ignore"):
        slopes = 0.5 * (changes[0] - changes[1]) / steps
        errors = np.abs(np.diff(slopes)) + 4 * rounding[:-1] / steps[:-1]
        errors = np.where(np.isfinite(errors), errors, np.inf)
    k = int(np.argmin(errors))
    return float(slopes[k]), float(errors[k])


def _trend(octaves: Array, steps: Array, changes: Array, leap: float, first: int) -> tuple[float, float]:
    """Return the slope by steps that go over many leaps, with a bound on its error.

    first: the octave of the nearest leap; steps much longer may jump over what the function is here.
    """
    with np.errstate(all="ignore"):
        quotients = 0.5 * (changes[0] - changes[1]) / steps
        noise = SPREAD * HALF * leap / steps
    best = (0.0, np.inf)
    for start in (0, 1):  # a tableau has steps of one ratio
        chosen = np.flatnonzero((first - MANY <= octaves) & (octaves <= first + 1))[::-1][start::2]
        value, bar = extrapolated(quotients[chosen], noise[chosen], octaves[chosen])
        best = (float(value), float(bar)) if bar < best[1] else best
    return best


def _leaps(line: Line, octave: int, rounding: float) -> tuple[Array, Array]:
    """Return the places and the heights of the leaps in intervals beside the point, one of each interval that has some."""
    edges = FACTOR * 2.0 ** -(octave + 1) * np.arange(-INTERVALS, INTERVALS + 1)
    values = line(edges)
    low, high, below, above = edges[:-1], edges[1:], values[:-1], values[1:]
    halvings = min(HALVINGS, SMALLEST - 1 - octave)
    with np.errstate(all="ignore"):
        for halving in range(halvings):
            if halving == halvings - KEPT:
                kept = np.abs(above - below)
            middle = 0.5 * (low + high)
            value = line(middle)
            right = np.abs(above - value) > np.abs(value - below)
            low, below = np.where(right, middle, low), np.where(right, value, below)
            high, above = np.where(right, high, middle), np.where(right, above, value)
        leaps = np.abs(above - below)
        real = np.isfinite(leaps) & (leaps > 0.5 * kept) & (leaps > SEEN * rounding)
    return low[real], leaps[real]
