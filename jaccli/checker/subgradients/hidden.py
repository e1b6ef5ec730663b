"""Partial derivatives without a kink → whether the function has one all the same, along directions that move several inputs.

The median of three equal numbers does not change when one of them moves, so that all its partial derivatives are zero; when all
move, it moves with them. It has no derivative there, and a subgradient, such as (0, 1, 0), is not its partial derivatives.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.checker.subgradients.gradients import ROUNDING, STEP, mean_of_gradients, points_beside
from jaccli.reference import Reference, input_scale
from jaccli.types import Array

__all__ = ["bent", "open_at_hidden_kink", "part_of_hidden_kinks", "with_equals"]

NEARER, CURVED = 4.0, 4.0  # times shorter is a second step, and times as far off as the first one's slope it may be
DIRECTIONS, MOST = 4, 16  # random ones, and wrong entries of a row that are looked at
FAR = 8.0  # times as far as the others a column moves that may be among those at a tie
ONE = 1e-3  # of the slopes at points beside the point, which are one slope if they differ by no more
EXACT = 1e-5  # of a slope, by which a sum misses it for the curvature
NOISY = 16.0  # standard deviations of the noise of two values


def bent(fn: Callable[[Array], Array], x: Array, reference: Reference) -> Array:
    """Return which outputs do not follow their partial derivatives along random directions, (m,): they have no derivative.

    Shapes: x (n,); fn (points, n) → (points, m).
    Law:    ``f(x + h u) − f(x) = h D·u + O(h²)`` where f has a derivative D.
    Cost:   nine evaluations, in one batch.
    """
    u = np.random.default_rng(0).standard_normal((DIRECTIONS, x.size))
    slope, slack = _ahead(fn, x, u)
    known = np.isfinite(reference.value) & np.isfinite(reference.error_bar)
    with np.errstate(all="ignore"):
        value, bar = np.where(known, reference.value, 0.0), np.where(known, reference.error_bar, 0.0)
        allowed = slack + NOISY * reference.noise / _steps(x)[1] + np.abs(u) @ (bar + EXACT * np.abs(value)).T
        off = np.abs(slope - u @ value.T) > allowed
    return np.asarray(np.all(known, axis=1) & np.any(off & np.isfinite(slope), axis=0))


def open_at_hidden_kink(
    fn: Callable[[Array], Array], x: Array, row: int, tested: Array, reference: Reference, wrong: Array
) -> Array:
    """Return which wrong entries of a row may be those of a subgradient, (n,); the row has no derivative.

    Shapes: x (n,); fn (points, n) → (points, m); tested, wrong (n,).
    Law:    a mean of gradients beside the point is a subgradient. Where that cannot be told, an entry is open whose column takes
            part in the kink, so that its slope does not add to those of the others; unless all points beside the point have
            one slope along all columns, or with random signs, and it is not that of the row.
    """
    nothing = np.zeros_like(wrong)
    if not _follows_axes(fn, x, row, reference):
        return nothing
    columns = np.arange(x.size)
    mean = mean_of_gradients(fn, x, row, columns, tested, many=True)
    if mean is False or (mean is None and _excluded(fn, x, row, tested)):
        return nothing
    places = np.flatnonzero(wrong)[:MOST]
    return nothing if len(places) < np.sum(wrong) else wrong & _takes_part(fn, x, row, reference, places)


def part_of_hidden_kinks(fn: Callable[[Array], Array], x: Array, reference: Reference, columns: Array) -> Array:
    """Return which of some columns take part in a kink that no partial derivative shows, (n,), of any of the first MOST rows.

    Shapes: x (n,); fn (points, n) → (points, m).
    Cost:   nine evaluations; of a row that has such a kink, four for each column, and 36 for each that is looked at.
    """
    found = np.zeros(x.size, dtype=bool)
    stairs = (
        np.zeros(len(reference.value), dtype=bool) if reference.leap is None else np.any(reference.leap > 0, axis=1)
    )
    for row in np.flatnonzero(bent(fn, x, reference) & ~stairs)[:MOST]:
        if _follows_axes(fn, x, row, reference):
            found |= _takes_part(fn, x, row, reference, columns)
    return found


def with_equals(x: Array) -> Array:
    """Return which elements occur more than once, up to their sign, (n,): elsewhere a hidden kink is met by accident alone."""
    _, group, count = np.unique(np.abs(x), return_inverse=True, return_counts=True)
    return np.asarray(count[group] > 1)


def _follows_axes(fn: Callable[[Array], Array], x: Array, row: int, reference: Reference) -> bool:
    """Return whether the values follow the partial derivatives along both sides of each axis: rounding hides none of them.

    Cost: four evaluations for each column.
    """
    axes = np.eye(x.size)
    slope, slack = (part[:, row] for part in _ahead(fn, x, np.concatenate([axes, -axes])))
    value, bar = (
        np.concatenate([sign * part[row] for sign in (1, -1)]) for part in (reference.value, reference.error_bar)
    )
    return bool(np.all(np.abs(slope - value) <= slack + np.abs(bar) + EXACT * np.abs(value)))


def _takes_part(fn: Callable[[Array], Array], x: Array, row: int, reference: Reference, places: Array) -> Array:
    """Return the columns whose slope does not add to that along random directions, (n,)."""
    u = np.random.default_rng(1).standard_normal((DIRECTIONS, x.size))
    found = np.zeros(x.size, dtype=bool)
    for j in places:
        moved = np.concatenate([u, u, u])
        moved[DIRECTIONS : 2 * DIRECTIONS, j] += FAR
        moved[2 * DIRECTIONS :, j] -= FAR
        slope, slack = (part[:, row].reshape(3, -1) for part in _ahead(fn, x, moved))
        added = FAR * np.array([[1.0], [-1.0]]) * reference.value[row, j]
        allowed = slack[0] + slack[1:] + FAR * reference.error_bar[row, j] + EXACT * (np.abs(added) + np.abs(slope[1:]))
        found[j] = bool(np.any(np.abs(slope[1:] - slope[0] - added) > allowed))
    return found


def _excluded(fn: Callable[[Array], Array], x: Array, row: int, tested: Array) -> bool:
    """Return whether a row misses the only slope that there is beside the point along all columns, or with random signs."""
    signs = np.vstack([np.ones(x.size), np.random.default_rng(2).choice([-1.0, 1.0], (DIRECTIONS, x.size))])
    z, size = points_beside(x, np.arange(x.size))
    step = STEP * size / 2**10
    for u in signs:
        with np.errstate(all="ignore"):
            ahead, behind = np.split(fn(np.concatenate([z + step * u, z - step * u]))[:, row], 2)
            slopes = (ahead - behind) / (2 * step)
            noise = ROUNDING * float(np.max(np.abs(ahead))) / step
            low, high, claim = float(np.min(slopes)), float(np.max(slopes)), float(u @ tested)
        one = high - low <= ONE * max(abs(low), abs(high)) + noise
        wide = (high - low) + noise + EXACT * max(abs(low), abs(high), abs(claim))
        if one and not low - wide <= claim <= high + wide:
            return True
    return False


def _ahead(fn: Callable[[Array], Array], x: Array, u: Array) -> tuple[Array, Array]:
    """Return the slopes ahead along directions, (k, m), and what curvature and rounding may do to them."""
    steps = _steps(x)
    with np.errstate(all="ignore"):
        values = fn(np.concatenate([x[None], x + steps[0] * u, x + steps[1] * u]))
        far, near = ((part - values[0]) / h for part, h in zip(np.split(values[1:], 2), steps, strict=True))
        slack = CURVED * np.abs(near - far) + ROUNDING * np.max(np.abs(values), axis=0) / steps[1]
    return near, slack


def _steps(x: Array) -> Array:
    return np.array([STEP, STEP / NEARER]) * float(np.min(input_scale(x)))
