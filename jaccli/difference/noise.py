"""Function values → how much of them is rounding noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["noise_level"]

Array = np.ndarray[Any, Any]
#: In units of the scale, by the precision of x; the next one where values hardly change.
STEPS = {
    np.dtype(np.float64): (2.0**-44, 2.0**-34, 2.0**-24, 2.0**-14),
    np.dtype(np.float32): (2.0**-19, 2.0**-14, 2.0**-9),
}
FLOOR = 0.29  # standard deviation of one rounding, 1/√12, in ulps


def noise_level(
    fn: Callable[[Array], Array],
    x: Array,
    scale: Array,
    eps: float | Array,
    rng_seed: int = 0,
    grid: np.dtype[Any] = np.dtype(np.float64),  # noqa: B008 - a dtype is a constant
) -> Array:
    """Return the standard deviation of the noise in each output near ``x``.

    Shapes: x, scale (n,); fn (points, n) → (points, m); result (m,).
    Units:  those of the outputs; eps is their machine epsilon, one or (m,); the points lie on the ``grid`` of a dtype.
    Cost:   13 evaluations in one batch; up to three batches more where half of the values do not change.
    Law:    σ_k² = γ_k · mean((Δᵏf)²) with γ_k = (k!)²/(2k)!, for orders k = 4 … 6, at which nothing smooth is left.
            Seven values to each side of x are looked at apart, and the larger estimate taken: so a kink at x is no noise.
    Source: Moré & Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011), eq. 2.3.
    """
    direction = np.random.default_rng(rng_seed).uniform(0.5, 1.0, x.shape) * scale
    floor = estimate = staircase = np.zeros(0)
    size = np.abs(x)
    for step in STEPS[grid]:
        h = step * direction
        if grid == np.float32:  # whose grid is so coarse that its rounding would pass for noise
            h = (size + h).astype(grid) - size
        values = fn(x + np.arange(-6, 7)[:, None] * h)
        if not estimate.size:
            floor, estimate = FLOOR * eps * np.max(np.abs(values), axis=0), np.full(values.shape[1], np.nan)
            staircase = np.zeros(values.shape[1], dtype=bool)
        with np.errstate(all="ignore"):
            jumps = np.abs(np.diff(values, axis=0))
            still = np.mean(jumps == 0, axis=0) >= 0.5  # too flat to show its noise
            even = np.mean(np.diff(values, 2, axis=0) == 0, axis=0) >= 0.5
            tread = np.min(
                np.where(jumps > 0, jumps, np.inf), axis=0
            )  # a smooth function moves by 2^10 ulps at most here
            even &= tread > 2**12 * floor  # a staircase met one tread at a time
            flat = still | (staircase & even)
            staircase = staircase | still
            sides = np.fmax(_high_differences(values[:7]), _high_differences(values[6:]))
            estimate = np.where(np.isnan(estimate) & ~flat, sides, estimate)
        if not np.any(np.isnan(estimate)):
            break
    return np.fmax(np.where(np.isfinite(estimate), estimate, 0.0), floor)


def _high_differences(values: Array) -> Array:
    sigmas = []
    for order in (4, 5, 6):
        gamma = math.factorial(order) ** 2 / math.factorial(2 * order)
        sigmas.append(np.sqrt(gamma * np.mean(np.diff(values, order, axis=0) ** 2, axis=0)))
    return np.asarray(np.max(sigmas, axis=0))
