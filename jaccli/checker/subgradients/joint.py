"""Entries that are subgradients one by one → whether they form one together, tested along directions that move several inputs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jaccli.checker.problem import Around
from jaccli.checker.subgradients.gradients import ROUNDING, STEP, mean_of_gradients, points_beside
from jaccli.checker.subgradients.hidden import bent, open_at_hidden_kink, with_equals
from jaccli.reference import Reference, input_scale
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome, Reason
from jaccli.types import Array

__all__ = ["ViolatingDirection", "apart_together", "beside", "with_direction", "without_nested"]

NEARER = 4.0  # times shorter is the step that tells how much curvature the first one saw
SLACK = 1e-3  # of the slopes, within which those at points beside the point are one slope
PATTERNS, PAIRS = 8, 28  # of signs, and of two columns; 28 are all pairs of eight
MAX_ROWS = 64
SAMPLED = 4  # directions along which slopes at other points are looked at


@dataclass(frozen=True, slots=True)
class ViolatingDirection:
    """A direction along which subgradients do not go together.

    u            (n,), the signs with which the inputs move
    claimed      what the derivative gives along it
    low, high    the slopes of the function: at all points beside the point where ``proved``, else to both sides of it
    """

    row: int
    u: Array
    claimed: float
    low: float
    high: float
    proved: bool


def apart_together(
    fn: Callable[[Array], Array],
    x: Array,
    tested: Array,
    reference: Reference,
    rtol: float,
    around: Around | None = None,
) -> ViolatingDirection | None:
    """Return a direction along which what is tested is not a subgradient, None where none is found.

    Shapes: x (n,); fn (points, n) → (points, m); tested (m, n).
    around: the slopes at all points beside the point, where they can be had for every direction; else they are sampled along the
            few that the two slopes at the point speak against.
    Law:    each of several entries may lie between its own two slopes while their sum along u is not between the slopes along u:
            the two ones of max(x, y) at a tie are both allowed, and add up to 2 where the function has slope 1. What lies outside
            the slopes at all points beside the point is not a subgradient. Outside the two slopes at the point itself it may be
            one, of a function that is neither convex nor concave, so that it leaves a verdict open only.
    """
    at_kink = np.isfinite(reference.low) & np.isfinite(reference.high) & ~np.isfinite(reference.error_bar)
    at_kink &= np.isfinite(tested) & (reference.low != reference.high)
    doubt = None
    at_kink |= _suspects(fn, x, tested, at_kink, rtol)
    for row in np.flatnonzero(np.sum(at_kink, axis=1) > 1)[:MAX_ROWS]:
        columns = np.flatnonzero(at_kink[row])
        signs = _patterns(len(columns))
        u = np.zeros((len(signs), x.size))
        u[:, columns] = signs
        claim = np.where(at_kink[row], tested[row], 0.0)
        low, high = _sides(fn, x, u)
        found = _outside(row, u, claim, low[:, row], high[:, row], rtol, proved=False)
        suspects = np.array([one.u for one in found[:SAMPLED]]) if around is None else u
        if len(suspects):
            low, high = (part[:, row] for part in (around or beside(fn, x))(suspects))
            for proof in _outside(row, suspects, claim, low, high, rtol, proved=True):
                return proof
        if found and doubt is None and not mean_of_gradients(fn, x, row, columns, claim):
            doubt = found[0]
    return doubt


def _suspects(fn: Callable[[Array], Array], x: Array, tested: Array, at_kink: Array, rtol: float) -> Array:
    """Return entries without a kink that may take part in one of their row, (m, n): of equal elements, where the row is off.

    Law:  as min(max(x, y), max(y, z)) at a tie, which has a kink along y alone and follows x + z: (0, 0, 0) is no subgradient.
    Cost: 17 evaluations, where a row has a kink and elements that are equal up to their sign.
    """
    nothing, tied = np.zeros_like(at_kink), with_equals(x)
    rows = np.flatnonzero(np.any(at_kink, axis=1) & np.all(np.isfinite(tested[:, tied]), axis=1))[:MAX_ROWS]
    if not len(rows) or not np.any(tied):
        return nothing
    u = tied * np.vstack([np.ones(x.size), np.random.default_rng(3).choice([-1.0, 1.0], (SAMPLED - 1, x.size))])
    low, high = _sides(fn, x, u)
    for row in rows:
        mine = (tied | at_kink[row]) * tested[row]
        nothing[row] = tied & bool(_outside(row, u, mine, low[:, row], high[:, row], rtol, proved=False))
    return nothing & np.isfinite(tested)


def without_nested(fn: Callable[[Array], Array], x: Array, tested: Array, reference: Reference) -> Reference:
    """Return the reference without the entries that look wrong one by one although their row is a subgradient.

    Shapes: x (n,); fn (points, n) → (points, m); tested (m, n).
    Law:    where kinks are nested, as in min(max(x + y + z, y + z), x) at 0, a subgradient (a mean of gradients beside it) may
            lie outside the two slopes along an axis: the axis alone does not meet all the pieces. The median of three equal
            numbers does not even have a kink along an axis (``jaccli.checker.subgradients.hidden``).
    Cost:   two evaluations per column and point beside the point, for a row that has kinks and a wrong entry.
    """
    at_kink = np.isfinite(reference.low) & np.isfinite(reference.high) & ~np.isfinite(reference.error_bar)
    with np.errstate(all="ignore"):
        outside = at_kink & ~((tested >= reference.low) & (tested <= reference.high))
        outside |= (
            ~at_kink & (reference.reason == Reason.NONE) & ~(np.abs(tested - reference.value) <= reference.error_bar)
        )
    kinks = at_kink & (reference.low != reference.high)
    wrong = np.any(outside, axis=1) & np.all(np.isfinite(tested), axis=1)
    opened = np.zeros_like(at_kink)
    for row in np.flatnonzero(np.any(kinks, axis=1) & wrong)[:MAX_ROWS]:
        if mean_of_gradients(fn, x, row, np.flatnonzero(kinks[row] | outside[row]), tested[row]):
            opened[row] = outside[row]
    if reference.leap is not None:  # on stairs all slopes are those of short steps, or of long ones
        wrong &= ~np.any(reference.leap > 0, axis=1)
    bare = np.flatnonzero(~np.any(kinks, axis=1) & wrong)
    for row in bare[bent(fn, x, reference)[bare]][:MAX_ROWS] if len(bare) else ():
        opened[row] = open_at_hidden_kink(fn, x, row, tested[row], reference, outside[row])
    if not np.any(opened):
        return reference
    low, high = (np.where(opened, np.nan, part) for part in (reference.low, reference.high))
    bar, reason = np.where(opened, np.inf, reference.error_bar), np.where(opened, Reason.KINK, reference.reason)
    return replace(reference, low=low, high=high, error_bar=bar, reason=reason)


def _patterns(count: int) -> Array:
    """Return signs of columns: all alike, two by two, and at random."""
    rng = np.random.default_rng(0)
    pairs = list(itertools.islice(itertools.combinations(range(count), 2), 10 * PAIRS))
    chosen = [pairs[k] for k in rng.permutation(len(pairs))[:PAIRS]]
    two = np.zeros((len(chosen), count))
    for row, pair in zip(two, chosen, strict=True):
        row[list(pair)] = 1.0
    return np.vstack([np.ones(count), two, rng.choice([-1.0, 1.0], (PATTERNS - 1, count))])


def _sides(fn: Callable[[Array], Array], x: Array, u: Array) -> tuple[Array, Array]:
    """Return bounds on the slopes to both sides of the point along directions, with what curvature and rounding do, (k, m)."""
    size = _size(x, u)[:, None] * u
    steps = (STEP, STEP / NEARER)
    points = [x[None], *(x + side * h * size for h in steps for side in (1, -1))]
    with np.errstate(all="ignore"):
        values = fn(np.concatenate(points))
        centre, (far, far_back, near, near_back) = values[0], np.split(values[1:], 4)
        right, left = (near - centre) / steps[1], (centre - near_back) / steps[1]
        bent = np.maximum(np.abs(right - (far - centre) / steps[0]), np.abs(left - (centre - far_back) / steps[0]))
        slack = NEARER * bent + ROUNDING * np.max(np.abs(values), axis=0) / steps[1]
        unit = _size(x, u)[:, None]
        return (np.minimum(left, right) - slack) / unit, (np.maximum(left, right) + slack) / unit


def beside(fn: Callable[[Array], Array], x: Array) -> Around:
    """Return the slopes along a direction at points beside ``x``, where they are one slope: then the function has no other there.

    Cost: three evaluations for each of BESIDE points and more for each direction.
    """

    def around(u: Array) -> tuple[Array, Array]:
        spans = [_one_slope(fn, x, one) for one in u]
        return np.stack([low for low, _ in spans]), np.stack([high for _, high in spans])

    return around


def _one_slope(fn: Callable[[Array], Array], x: Array, u: Array) -> tuple[Array, Array]:
    z, size = points_beside(x, np.flatnonzero(u))
    z = np.concatenate([x[None], z])
    step = STEP * size / 2**10
    with np.errstate(all="ignore"):
        values = fn(np.concatenate([z, z + step * u, z - step * u]))
        here, ahead, behind = np.split(values, 3)
        slopes = np.concatenate([ahead - here, here - behind]) / step
        low, high = slopes.min(axis=0), slopes.max(axis=0)
        noise = ROUNDING * np.max(np.abs(values), axis=0) / step
        one = high - low <= SLACK * np.maximum(np.abs(low), np.abs(high)) + noise
        wide = (high - low) + noise
        return np.where(one, low - wide, np.nan), np.where(one, high + wide, np.nan)


def _size(x: Array, u: Array) -> Array:
    """Return the smallest scale of the elements that a direction moves, (k,)."""
    return np.asarray(np.min(np.where(u != 0, input_scale(x), np.inf), axis=1))


def _outside(
    row: int, u: Array, claim: Array, low: Array, high: Array, rtol: float, proved: bool
) -> list[ViolatingDirection]:
    """Return the directions along which a claim is outside the slopes; those that are NaN exclude nothing."""
    claimed = u @ claim
    with np.errstate(all="ignore"):
        sizes = np.abs(u) @ np.abs(claim)
        allowed = rtol * np.maximum(np.maximum(np.abs(low), np.abs(high)), sizes) + ROUNDING * sizes
        outside = (claimed < low - allowed) | (claimed > high + allowed)
    return [
        ViolatingDirection(int(row), u[k], float(claimed[k]), float(low[k]), float(high[k]), proved)
        for k in np.flatnonzero(outside)
    ]


def with_direction(check: Check, apart: ViolatingDirection, names: Sequence[str], of_shape: tuple[int, ...]) -> Check:
    """Return a passed check as a failure where the direction proves one, else as undecided; ``names`` are those of the n inputs."""
    low, high = apart.low, apart.high
    one = high - low <= SLACK * max(abs(low), abs(high))
    slopes = (
        f"slope {numbers.value(0.5 * (low + high))}" if one else f"slopes {' … '.join(map(numbers.value, (low, high)))}"
    )
    moved = [(names[int(k)], float(apart.u[k])) for k in np.flatnonzero(apart.u)]
    along = "".join(f"{' + ' if sign > 0 else ' - '}{name}" for name, sign in moved[:4]).removeprefix(" + ").lstrip()
    along += " …" if len(moved) > 4 else ""
    words = (
        f"each is a subgradient, but together they are none: along {along} they give {numbers.value(apart.claimed)}, "
        f"and the function has {slopes}"
    )
    if not apart.proved:
        return replace(check, outcome=Outcome.INCONCLUSIVE, code="JAC202", said=words, decided=0, open_share=1.0)
    place = tuple(int(i) for i in np.unravel_index(apart.row, of_shape)) if of_shape else ()
    middle = 0.5 * (low + high)
    return replace(
        check, outcome=Outcome.FAIL, code="JAC114", reason=Reason.NONE, help=words, of_index=place, wrt_index=(),
        slopes=None, failed=len(moved),
        value=apart.claimed, reference=middle, error_bar=0.5 * (high - low), abs_error=abs(apart.claimed - middle),
        tolerance=check.rtol * abs(middle),
    )  # fmt: skip
