"""One derivative → how its Taylor remainder shrinks with the step, and the function along that direction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.results.kinds import Label
from jaccli.results.scan import Scan
from jaccli.types import Array

__all__ = ["scan"]

STEPS = 2.0 ** -np.arange(0.0, 40.0, 0.5)  # of the scale
PROFILE = np.linspace(-1.0, 1.0, 161)  # of the scale
MARGIN = 8.0  # times the rounding of the values, below which a remainder says nothing


@np.errstate(all="ignore")
def scan(
    fn: Callable[[Array], Array], x: Array, row: int, column: int, a: float, scale: float, entry: str, tested: Label,
    eps: float = 2.0**-52,
) -> Scan:  # fmt: skip
    """Return the scan of one entry of a Jacobian.

    Shapes: x (n,); fn (points, n) → (points, m); the entry is that of output ``row`` and input ``column``.
    a:      the derivative under test.
    eps:    the machine epsilon of x and fn; steps are taken in the precision that has it.
    Cost:   two batches of evaluations, 242 in all.
    Source: the Taylor test of Farrell et al., SIAM J. Sci. Comput. 35 (2013), section 6.
    """

    def along(t: Array) -> Array:
        points = np.repeat(x[None, :], len(t), axis=0)
        points[:, column] += t
        return fn(points)[:, row]

    h = _realised(x[column] + STEPS * scale, eps) - x[column]  # as realised in floating point
    at = PROFILE * scale
    values = along(np.concatenate([h, [0.0], at]))
    ahead, centre, profile = values[: len(h)], values[len(h)], values[len(h) + 1 :]
    remainder = ahead - centre - h * a
    first, second = np.abs(ahead - centre), np.abs(remainder)
    noise = MARGIN * (eps / 2) * np.max(np.abs(np.append(ahead[np.isfinite(ahead)], centre)), initial=0.0)
    slope = _slope(h, second, noise + MARGIN * (eps / 2) * np.abs(h * a))
    return Scan(
        entry,
        tested,
        a,
        scale,
        h,
        first,
        second,
        slope,
        _excess(h, remainder, noise),
        x[column] + at,
        profile,
        noise,
    )


def _realised(points: Array, eps: float) -> Array:
    single = eps > 2.0**-52
    return points.astype(np.float32).astype(np.float64) if single else points


def _slope(h: Array, remainder: Array, floor: Array) -> float:
    """Return the slope of log remainder against log h over the finest decade or two that are above rounding."""
    good = np.isfinite(remainder) & (remainder > floor) & (h > 0)
    if np.sum(good) < 4:
        return float("nan")
    places = np.flatnonzero(good)[-12:]
    return float(np.polyfit(np.log(h[places]), np.log(remainder[places]), 1)[0])


def _excess(h: Array, remainder: Array, noise: float) -> tuple[float, float]:
    """Return c₁ and its standard error in remainder ≈ c₁ h + c₂ h² + c₃ h³, each point weighted by its rounding."""
    good = np.isfinite(remainder) & (h > 0) & (h <= np.max(h) / 16)
    if np.sum(good) < 5:
        return float("nan"), float("nan")
    size = np.max(np.abs(remainder[good]))
    if size + noise == 0:  # a constant, and its derivative 0
        return 0.0, 0.0
    t = h[good] / np.max(h[good])
    weight = 1 / (noise + size * t**4 + np.finfo(float).tiny)
    weight *= min(1.0, 2.0**500 / np.max(weight))  # squares of weights of values near 1e-300 stay finite
    design = np.stack([t, t**2, t**3], axis=1) * weight[:, None]
    found, *_ = np.linalg.lstsq(design, remainder[good] * weight, rcond=None)
    spread = np.sqrt(np.diag(np.linalg.pinv(design.T @ design)))[0]
    unit = float(np.max(h[good]))
    return float(found[0]) / unit, float(spread) / unit
