"""Function values → how much of them is rounding noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.types import Array

__all__ = ["FLOOR", "NEAR", "noise_level", "noise_step", "noise_steps"]

Grid = np.dtype[Any]
#: In units of the scale, by the precision of x; the next one where values hardly change.
STEPS = {
    np.dtype(np.float64): (2.0**-44, 2.0**-34, 2.0**-24, 2.0**-14),
    np.dtype(np.float32): (2.0**-19, 2.0**-14, 2.0**-9),
}
FLOOR = 0.29  # standard deviation of one rounding, 1/√12, in ulps
CALM = 4.0  # floors: what rounding alone gives; above it either side of the point is looked at by itself
NEAR = np.arange(-3, 4)  # multiples of the step at which every function is evaluated
FAR = np.array([-6, -5, -4, 4, 5, 6])  # and those added where it is not calm
EVEN = 1.1  # times the shortest of some moves of a smooth function, so near to each other, that the longest is
FLOAT64: Grid = np.dtype(np.float64)


def noise_steps(grid: Grid = FLOAT64) -> tuple[float, ...]:
    """Return the steps tried in turn, in units of the scale."""
    return STEPS[grid]


def noise_step(x: Array, direction: Array, step: float, grid: Grid = FLOAT64) -> Array:
    """Return the step along ``direction``.

    A float32 x has a grid so coarse that its rounding would pass for noise: there the step is a multiple of x's ulp. For float64
    it is not, since a function of few digits, such as sin(1000x) at 1, may show no rounding at all at steps that are round.
    """
    if grid != np.float32:
        return step * direction
    size, length = np.abs(x), np.abs(step * direction)
    return np.copysign((size + length).astype(grid).astype(np.float64) - size, direction)


@np.errstate(all="ignore")
def noise_level(
    fn: Callable[[Array], Array],
    x: Array,
    direction: Array,
    eps: float | Array,
    grid: Grid = FLOAT64,
    near: Array | None = None,
) -> Array:
    """Return the standard deviation of the noise in each output near ``x``.

    Shapes: x, direction (n,); fn (points, n) → (points, m); near (7, m), the values at ``x + NEAR·noise_step``, where they are
            at hand; result (m,).
    Units:  those of the outputs; eps is their machine epsilon, one or (m,); the points lie on the ``grid`` of a dtype.
    Cost:   7 evaluations, 6 more where the values are not calm, and 6 or 12 for each of three wider steps where half of the
            values do not change.
    Law:    σ_k² = γ_k · mean((Δᵏf)²) with γ_k = (k!)²/(2k)!, for orders k = 4 … 6, at which nothing smooth is left.
            Where the seven values around x show more than rounding, six to each side of x are looked at apart, and the larger
            estimate is taken: a kink at x is not noise. Values that stay for half of the steps and then jump are a
            staircase, whose noise is that of rounding to its smallest jump. Some wider steps may miss that by luck: values that
            move evenly, and hardly moved at steps a thousand times as short, have a grain of what they would have moved by.
    Source: Moré & Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011), eq. 2.3.
    """
    estimate = tread = rounding = leap = np.zeros(0)
    staircase, smooth, last = np.zeros(0, dtype=bool), np.zeros(0), np.inf
    for step in STEPS[grid]:
        h = noise_step(x, direction, step, grid)
        values = near if near is not None and not estimate.size else fn(x + NEAR[:, None] * h)
        if not estimate.size:
            rounding, estimate = FLOOR * eps * np.fmax.reduce(np.abs(values), axis=0), np.full(values.shape[1], np.nan)
            staircase, tread, smooth = np.zeros(values.shape[1], dtype=bool), np.zeros_like(rounding), rounding
            leap = np.full_like(rounding, np.inf)
        still, one_sided, jump = _unchanged(values)
        # an output that has moved is known: others alone make the steps wider
        flat = np.isnan(estimate) & (
            still | (staircase & (one_sided | _leap(values, jump, rounding, smooth * step / last)))
        )
        tread = np.fmax(tread, np.where(flat & ~(staircase & one_sided), jump, 0.0))
        grain = np.where(np.isnan(estimate) & ~flat & staircase, np.fmin(leap, _evenly(values) * last / step), 0.0)
        tread = np.fmax(tread, np.nan_to_num(grain, posinf=0.0))
        leap = np.where(still, _smallest(np.abs(np.diff(values, axis=0))), leap)
        staircase = staircase | still
        sigma = _high_differences(values)
        loud = np.isnan(estimate) & ~flat & ~(sigma <= CALM * rounding)
        if np.any(loud):
            outer = fn(x + FAR[:, None] * h)
            wide = np.concatenate([outer[:3], values, outer[3:]])
            sigma = np.where(loud, np.fmax(_high_differences(wide[:6]), _high_differences(wide[7:])), sigma)
        estimate = np.where(np.isnan(estimate) & ~flat, sigma, estimate)
        if not np.any(np.isnan(estimate)):
            break
        smooth, last = _pace(values), step
    return np.fmax(np.fmax(np.where(np.isfinite(estimate), estimate, 0.0), rounding), FLOOR * tread)


def _unchanged(values: Array) -> tuple[Array, Array, Array]:
    """Return where half of the values do not change, where they change on one side only, and the smallest change, 0 for none."""
    jumps = np.abs(np.diff(values, axis=0))
    share = np.array([np.mean(side == 0, axis=0) for side in (jumps[:3], jumps[3:])])
    one_sided = (share.max(axis=0) == 1) & (share.min(axis=0) < 1)  # as of a relu
    still = (np.mean(share, axis=0) >= 0.5) & ~(one_sided & (share.min(axis=0) == 0))
    apart = np.sum(jumps[[0, 1, 4, 5]] > 0, axis=0)  # those at x itself may be the function's own jump
    several = (apart > 0) & (np.sum(jumps > 0, axis=0) >= 2)
    return still, one_sided, np.where(several, _smallest(jumps), 0.0)


def _smallest(jumps: Array) -> Array:
    """Return the smallest change, infinite for none."""
    return np.asarray(np.min(np.where(jumps > 0, jumps, np.inf), axis=0))


def _evenly(values: Array) -> Array:
    """Return how far values move over all points where they move evenly from one to the next, else 0."""
    moves = np.diff(values, axis=0)
    low, high = np.min(moves, axis=0), np.max(moves, axis=0)
    even = (low * high > 0) & (np.fmax(np.abs(low), np.abs(high)) <= EVEN * np.fmin(np.abs(low), np.abs(high)))
    return np.where(even, np.abs(values[-1] - values[0]), 0.0)


def _leap(values: Array, jump: Array, rounding: Array, smooth: Array) -> Array:
    """Return where a function that did not change at finer steps leaps, by the same at every step: treads of a staircase.

    A smooth one moves by 2^10 ulps at most at the first step at which it moves, and keeps the pace of finer ones, ``smooth``.
    """
    even = np.max(np.abs(np.diff(values, 2, axis=0)), axis=0) <= 16 * rounding
    return even & (jump > np.fmax(2**12 * rounding, smooth))


def _pace(values: Array) -> Array:
    """Return how far a smooth function moves at most from one of some points to the next, where its values have a grain."""
    jumps = np.abs(np.diff(values, axis=0))
    grain = _smallest(jumps)
    return np.asarray(2 * np.abs(values[-1] - values[0]) / len(jumps) + np.where(np.isfinite(grain), grain, 0.0))


def _high_differences(values: Array) -> Array:
    sigmas = []
    for order in range(4, len(values)):
        gamma = math.factorial(order) ** 2 / math.factorial(2 * order)
        sigmas.append(np.sqrt(gamma * np.mean(np.diff(values, order, axis=0) ** 2, axis=0)))
    return np.asarray(np.max(sigmas, axis=0))
