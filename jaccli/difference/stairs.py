"""One output along one line → whether it is a staircase there, how high its steps are, and how steep its treads.

A value that large numbers cancel in, such as 1 + erf(x/√2) at -8, is a staircase whose steps are the rounding of those numbers,
eps of one or more, however small the value is; multiplied by something smooth it keeps its steps, and its treads get a slope. All
steps of a difference that are shorter than a tread agree on that slope to the last bit, and it is not the function's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from jaccli.difference.noise import FLOOR
from jaccli.difference.stencil import FACTOR, SPREAD
from jaccli.difference.tableau import extrapolated
from jaccli.types import Array

__all__ = ["Stairs", "leaves_parabola", "stairs"]

Line = Callable[[Array], Array]  # (points,), in units of the scale → values (points,)

FINEST, COARSEST, FARTHEST = 44, 1, -6  # octaves: steps of 2^-44 of the scale to a half of it, or 64 times it
SUDDEN = 64.0  # times by which what a parabola misses grows in one octave: eightfold where f is smooth
GRADUAL = 32.0  # the same on a line that moves many columns: a stricter bound
DEGREE = 8  # of a polynomial that knows all about a smooth factor, such as a power, that a parabola does not
STEEPER = (
    4096.0  # times by which what it misses grows in one octave: 512-fold where f is smooth, 2,400-fold near a pole
)
LINES = 512.0  # times the rounding of one column, where many move together: without it smooth sums are asked for column by column
AMPLIFIED = 2.0**15  # times the rounding that is in what it misses
LOOKED_AT = 4  # octaves at which leaps are looked for
INTERVALS = 8  # to either side of the point
WIDER = (2, 4, 7)  # octaves by which they are made longer where few of them have a leap
WIDEST = 2  # the coarsest octave of intervals that stay within the scale of the input
SMALLEST = 49  # octaves down to which an interval is halved: some ulps of the point
HALVINGS, KEPT = 20, 6  # of an interval, down to one leap; what it still is after the last six is none of a slope
ALIKE, FEW = 8.0, 3  # times by which the leaps of one staircase differ at most; so many make one
GROWS = 2.5  # times by which the leaps near the point differ beside a factor that grows; twofold where 1 - sigmoid(x) meets a half
STEEP = 2.0**10  # steps of a staircase that a parabola may miss by at its first edge; more is the function's own doing
SEEN = 16.0  # deviations of the noise, below which a leap is noise as any other
SIZE_ONE = 64.0  # roundings of a number of size one, or of the point: a leap so low is rounding, were it the only one
MANY = 6  # octaves beyond that of the nearest leap, over which a trend is looked at
STRAIGHT = 3  # halvings one after another in whose middle an interval has the value of its chord: it has no leap then
APART = 3.0  # last intervals of a halving, to either side of a leap, by which its value holds
EVEN = 1e-3  # of the least distance of two edges, by which the distances of evenly spaced ones miss a multiple of it
AWAY, LEAST_AWAY, MOST_AWAY = (
    0.5,
    2,
    100,
)  # scales, or spacings, away, within which evenly spaced edges have the same spacing
ASIDE = (-1e-3, 1e-3, 0.5, 0.999)  # spacings from an edge: before and after it, in the middle, and before the next one
NEARBY = 2.0**-8  # of the longer interval, within which two leaps are one that was found twice
HALF = 0.5  # of a leap: the noise of a value that may be off by one


@dataclass(frozen=True)
class Stairs:
    """A staircase around a point.

    leap   how high its steps are
    tread  the slope between two of them, with the error of that
    trend  the slope of what the steps follow, with the error that they leave it
    spacing the distance of neighbouring edges where it is the same for all near the point and a little way off, as in a quantiser
            and below a large constant, else 0
    nearest the distance of the nearest edge that was found, in scales

    Both slopes are NaN where f itself moves by far more than a step up to the nearest edge: then the steps are those of
    something that is added to it, and hide a slope of the size of one.
    """

    leap: float
    tread: tuple[float, float] = (math.nan, math.inf)
    trend: tuple[float, float] = (math.nan, math.inf)
    spacing: float = 0.0
    nearest: float = 0.0


@dataclass(frozen=True)
class _Edges:
    """What is found at an octave, or one somewhat coarser.

    height how high steps are, 0 where there are too few; alone  the leap of those few; spacing, places  of the edges
    lowest, highest  of them, far apart beside a factor that grows; the lowest is 0 where few are known
    """

    height: float = 0.0
    alone: float = 0.0
    spacing: float = 0.0
    places: Array = field(default_factory=lambda: np.zeros(0))
    lowest: float = 0.0
    highest: float = 0.0


def leaves_parabola(
    fn: Callable[[Array], Array], x: Array, scale: Array, columns: Array, eps: float, far: bool = True
) -> Array:
    """Return which outputs may be staircases, or sawteeth, in some of the ``columns``, (m,), by one line that moves all of them.

    Shapes: x, scale (n,); fn (points, n) → (points, m).
    Law:    as in ``stairs``: what a parabola misses grows suddenly at the edge of a step. A value that is not finite within the
            scale of the input tells nothing.
    Cost:   103 evaluations, of which ``stairs`` in a single column has the same points.
    """
    octaves = np.arange(FINEST, (FARTHEST if far else COARSEST) - 1, -1)
    steps = FACTOR * 2.0**-octaves
    rng, direction = np.random.default_rng(0), np.zeros_like(x)
    mixed = rng.uniform(0.5, 1.0, len(columns)) * rng.choice([-1.0, 1.0], len(columns))
    direction[columns] = scale[columns] * (mixed if len(columns) > 1 else 1.0)
    values = fn(x + np.concatenate([[0.0], steps, -steps])[:, None] * direction)
    changes = values[1:].reshape(2, len(steps), -1) - values[0]
    off, rounding = _off(changes), _rounding(changes, np.abs(values[0]), steps[:, None], eps, 0.0)
    before = np.concatenate([np.zeros_like(off[:1]), np.fmax.accumulate(off[:-1])])
    sudden = off > GRADUAL * np.maximum(before, rounding[:-1])
    known = np.all(np.isfinite(changes[:, octaves > 0]), axis=(0, 1))
    left = _leaves_polynomial(changes, LINES * rounding)
    return np.asarray(~known | np.any(sudden, axis=0) | np.any(left, axis=0))


def stairs(line: Line, at: float, eps: float, noise: float = 0.0, far: bool = True) -> Stairs | None:
    """Return the staircase that a function of one number is around 0, None where it is none.

    at:    the size of the point, which may be rounded inside the function as well.
    noise: the standard deviation of the values' noise, as far as it is known.
    far:   whether the function may be evaluated beyond the scale of its input.
    Law:   from an octave to the next, what a parabola through three points misses grows with h³ where the function is smooth. Where
           it grows suddenly, intervals beside the point are halved: a slope shrinks with them, a leap does not. A few leaps of like
           height make a staircase; one alone does where it is no higher than what numbers of size one lose. An edge that is
           alone near the point is the first of a staircase whose others, of like height, are found at a coarser octave.
    Cost:  103 evaluations, and 369 for each of at most four octaves at which something is sudden, more where few are near.
    """
    octaves = np.arange(FINEST, (FARTHEST if far else COARSEST) - 1, -1)
    steps = FACTOR * 2.0**-octaves
    values = line(np.concatenate([[0.0], steps, -steps]))
    centre, changes = values[0], values[1:].reshape(2, -1) - values[0]
    rounding = _rounding(changes, abs(centre), steps, eps, noise)
    one = SIZE_ONE * eps * max(1.0, at, abs(centre))
    off, hidden, first = _off(changes), 0.0, -1
    alone = 0.0
    for k in _sudden(changes, off, rounding):
        found = _edges(line, int(octaves[k]), float(rounding[k]), one, FARTHEST if far else WIDEST)
        leap, edge = found.height, int(k)
        if leap and off[k - 1] > STEEP * leap and alone and leap / ALIKE < alone < ALIKE * leap:
            edge = first
        if 0 < off[edge - 1] <= STEEP * leap:
            tread = _tread(steps[:edge], changes[:, :edge], rounding[:edge])
            trend = _trend(octaves, steps, changes, _heights(found, changes, edge), int(octaves[edge]))
            spacing = (
                _lasting(line, leap, found.places, found.spacing) if found.spacing and found.places is not None else 0.0
            )
            return Stairs(leap, tread, trend, spacing, float(steps[edge]))
        hidden = leap if 0 < leap <= one else hidden
        if not alone and 0 < off[k - 1] <= STEEP * found.alone:
            first, alone = int(k), found.alone
    return Stairs(hidden) if hidden else None


def _edges(line: Line, octave: int, rounding: float, one: float, widest: int) -> _Edges:
    """Return the steps of a staircase whose nearest edge is at an octave; intervals are made longer up to the octave ``widest``."""
    places, leaps = _leaps(line, octave, rounding)
    last = octave
    for wider in WIDER:
        known = len(_alike(leaps)) >= FEW or (len(leaps) and leaps.min() <= one)
        if known or not len(leaps) or octave - wider < widest:
            break
        last = octave - wider
        more, others = _leaps(line, last, rounding)
        new = np.min(np.abs(more[:, None] - places), axis=1) > NEARBY * 2.0**-last
        places, leaps = np.concatenate([places, more[new]]), np.concatenate([leaps, others[new]])
    if not len(leaps):
        return _Edges()
    alike, alone = _alike(leaps), float(np.median(leaps))
    if len(alike) >= FEW:
        return _Edges(float(np.median(alike)), alone, _spacing(places), places, float(alike.min()), float(alike.max()))
    lowest = float(leaps.min()) if leaps.min() <= one else 0.0
    return _Edges(lowest, alone, highest=lowest)


def _alike(leaps: Array) -> Array:
    middle = np.median(leaps) if len(leaps) else 0.0
    return leaps[(leaps > middle / ALIKE) & (leaps < ALIKE * middle)]


def _spacing(places: Array) -> float:
    """Return the least distance of two edges if all others are multiples of it, as far as halving tells where they are, else 0."""
    apart = np.diff(np.sort(places))
    return float(np.min(apart)) if len(apart) > 1 and np.all(_multiples(apart / np.min(apart))) else 0.0


def _multiples(share: Array) -> Array:
    return np.asarray((share > 0.5) & (np.abs(share - np.round(share)) <= EVEN * share))


def _lasting(line: Line, leap: float, places: Array, spacing: float) -> float:
    """Return a spacing by which edges follow one another far off as well, else 0: treads of lost digits get shorter with the slope.

    Law:  from an edge on, f leaps at every multiple of the spacing, and in between it is a parabola.
    Cost: four evaluations for each of some six multiples.
    """
    apart = np.diff(np.sort(places))
    spacing = float(np.sum(apart) / np.sum(np.round(apart / spacing)))  # as well as all of them tell it
    most = int(np.clip(AWAY / spacing, LEAST_AWAY, MOST_AWAY))
    away = np.unique(np.round(most * np.array([0.3, 0.6, 1.0])))
    edges = np.sort(places)[len(places) // 2] + spacing * np.concatenate([-away, away])
    before, after, middle, end = line((edges[:, None] + spacing * np.array(ASIDE)).reshape(-1)).reshape(-1, 4).T
    leaps = np.abs(after - before) > leap / ALIKE
    between = np.abs(after - 2 * middle + end) <= 0.25 * leap
    return spacing if np.all(leaps & between) else 0.0


def _rounding(changes: Array, centre: Array | float, steps: Array, eps: float, noise: float) -> Array:
    """Return what rounding and noise make of a parabola's miss, by the step; the points are rounded as well."""
    size = np.fmax.accumulate(np.fmax(np.abs(changes).max(axis=0), centre), axis=0)
    rounding = np.fmax(2 * FLOOR * eps * size, noise)
    return np.asarray(np.fmax(rounding, 2 * eps * np.abs(changes).max(axis=0) / steps))


def _off(changes: Array, degree: int = 2) -> Array:
    """Return by how much the changes at each step, from the second or third on, miss the polynomial of those before."""
    odd, even = 0.5 * (changes[0] - changes[1]), 0.5 * (changes[0] + changes[1])
    for power in range(1, degree, 2):
        odd, even = odd[1:] - 2.0**power * odd[:-1], even[1:] - 2.0 ** (power + 1) * even[:-1]
    return np.asarray(np.abs(odd) + np.abs(even))


def _sudden(changes: Array, off: Array, rounding: Array) -> Array:
    """Return the octaves at which the function suddenly leaves the parabola, or the polynomial, that it was."""
    before = np.concatenate([[0.0], np.fmax.accumulate(off[:-1])])  # of noise, one in 64 is 64 times the last
    parabola = 1 + np.flatnonzero(off > SUDDEN * np.maximum(before, rounding[:-1]))
    polynomial = np.setdiff1d(DEGREE // 2 + np.flatnonzero(_leaves_polynomial(changes, rounding)), parabola)
    polynomial = polynomial[polynomial <= FINEST]  # steps beyond the scale lead to where eigenvectors turn their sign
    far = FINEST - SMALLEST + 2 * KEPT
    return np.concatenate([one[one >= far][:LOOKED_AT] for one in (parabola, polynomial)])


def _leaves_polynomial(changes: Array, rounding: Array) -> Array:
    """Return at which steps, from the fourth on, a polynomial of the DEGREE is left.

    What a parabola misses of a cube is as large as the leap at an edge half the scale away, and hides it.
    """
    off = _off(changes, DEGREE)
    before = np.concatenate([np.zeros_like(off[:1]), off[:-1]])
    rounding = np.broadcast_to(rounding, changes.shape[1:])[DEGREE // 2 - 1 : -1]
    return np.asarray(off > STEEPER * np.fmax(before, AMPLIFIED / STEEPER * rounding))


def _tread(steps: Array, changes: Array, rounding: Array) -> tuple[float, float]:
    """Return the slope at steps that reach no leap, and its error, by the step at which it is known best; a flat one is exact."""
    if not np.any(changes):
        return 0.0, 0.0
    slopes = 0.5 * (changes[0] - changes[1]) / steps
    errors = np.abs(np.diff(slopes)) + 4 * rounding[:-1] / steps[:-1]
    errors = np.where(np.isfinite(errors), errors, np.inf)
    k = int(np.argmin(errors))
    return float(slopes[k]), float(errors[k])


def _heights(found: _Edges, changes: Array, edge: int) -> Array:
    """Return how high the steps may be that a move of each length goes over; with a factor that grows they grow as it does."""
    moved = np.abs(changes).max(axis=0)
    growth = np.fmax(1.0, moved / moved[edge]) if found.highest > GROWS * found.lowest else np.ones_like(moved)
    return np.asarray(found.highest * growth)


def _trend(octaves: Array, steps: Array, changes: Array, heights: Array, first: int) -> tuple[float, float]:
    """Return the slope by steps that go over many leaps, with a bound on its error.

    first: the octave of the nearest leap; steps much longer may jump over what the function is here.
    Law:   steps that are shorter still say the same, to what the leaps leave of it; where they do not, the bound reaches to them.
    """
    quotients = 0.5 * (changes[0] - changes[1]) / steps
    noise = SPREAD * HALF * heights / steps
    best = (0.0, np.inf)
    for start in (0, 1):  # a tableau has steps of one ratio
        chosen = np.flatnonzero((first - MANY <= octaves) & (octaves <= first + 1))[::-1][start::2]
        value, bar = extrapolated(quotients[chosen], noise[chosen], octaves[chosen])
        best = (float(value), float(bar)) if bar < best[1] else best
    shorter = octaves > first + 1
    gap, left = np.abs(quotients[shorter] - best[0]), noise[shorter]
    return best[0], float(np.max(gap + left, initial=best[1], where=gap > best[1] + left))


def _leaps(line: Line, octave: int, rounding: float) -> tuple[Array, Array]:
    """Return the places and the heights of the leaps in intervals beside the point, one of each interval that has some.

    Cost: 17 evaluations, one for each halving of an interval that is not known to be straight, and two for each that is left.
    """
    edges = FACTOR * 2.0 ** -(octave + 1) * np.arange(-INTERVALS, INTERVALS + 1)
    values = line(edges)
    ends = np.stack([edges[:-1], edges[1:], values[:-1], values[1:]])
    halvings = min(HALVINGS, SMALLEST - 1 - octave)
    kept, straight = np.abs(ends[3] - ends[2]), np.zeros(ends.shape[1])
    for halving in range(halvings):
        middle = 0.5 * (ends[0] + ends[1])
        value = line(middle)
        # a chord misses half of a leap in its middle, but not where there are two of them
        chord = np.abs(value - 0.5 * (ends[2] + ends[3])) <= 0.5 * SEEN * rounding
        straight = np.where(chord, straight + 1, 0)
        bent = straight < STRAIGHT
        ends, middle, value, kept, straight = ends[:, bent], middle[bent], value[bent], kept[bent], straight[bent]
        if not len(value):
            return value, value
        kept = np.abs(ends[3] - ends[2]) if halving == halvings - KEPT else kept
        right = np.abs(ends[3] - value) > np.abs(value - ends[2])
        half = np.stack([middle, value])
        ends[::2], ends[1::2] = np.where(right, half, ends[::2]), np.where(right, ends[1::2], half)
    low, high, below, above = ends
    leaps, width = np.abs(above - below), APART * (high - low)
    before, after = line(np.concatenate([low - width, high + width])).reshape(2, -1)
    beyond = np.abs(np.concatenate([before - below, after - above]))
    # a leap has a tread to either side, noise has none
    holds = np.all(beyond.reshape(2, -1) <= 0.5 * leaps, axis=0)
    real = np.isfinite(leaps) & (leaps > 0.5 * kept) & (leaps > SEEN * rounding) & holds
    treads = 0.5 * (below - before + after - above) / APART  # what their slope adds over the last interval
    heights = np.abs(above - below - treads)
    return low[real], heights[real]
