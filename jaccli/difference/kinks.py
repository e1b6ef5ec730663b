"""One-sided slopes at a ladder of steps → what kind of point x is: smooth, a kink, a jump, a cusp, or the edge of the domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jaccli.difference.stencil import LEFT, RIGHT, ULPS, Function, Stencil
from jaccli.types import Array

__all__ = ["Kinds", "classify", "kinds_at"]

DISTINCT = 1.0  # noise bounds of a gap that it must exceed to be seen
NEAREST = 64.0  # steps of two ulps: a kink so near is taken to be at x
OCTAVES = 6.0  # of steps over which an exponent is taken: enough to drown noise, too few for narrow features to mix in
SMOOTH, JUMP, CUSP = 0.3, -0.75, -0.2  # exponents of h that part the kinds (docs/checker.md)


@dataclass(frozen=True)
class Kinds:
    """What the entries of some columns are.

    Shapes: all (m, columns).
    kind        "smooth", "kink", "jump", "cusp" or "edge"
    at_kink     where x itself is the kink: the slopes of the two sides still differ a few ulps away
    low, high   those slopes, with their errors
    """

    kind: Array
    at_kink: Array
    low: Array
    high: Array


def classify(stencil: Stencil, columns: Array) -> Kinds:
    """Return the kinds of points in ``columns``.

    Law:  let D⁺, D⁻ be the slopes of the two sides and c their mean. |D⁺ − D⁻| goes with h¹ where the function is smooth, h^½ for
          |x|^1.5, h⁰ at a kink, h^−½ at a cusp, 1/h at a jump; c goes with h⁰ but at a vertical tangent and an odd jump.
          The exponent is that between the coarsest and the finest step where the quantity stands out from its noise.
    Cost: evaluations at the first rungs, the guards, the finer ladders, and a few ulps away; most of them are known.
    """
    rungs = stencil.rungs
    steps = sorted({*rungs.first, *rungs.guards, *(k for ladder in rungs.finer for k in ladder)})
    stencil.take((columns, (*steps, ULPS), (RIGHT, LEFT)))
    ahead, behind = (np.stack([stencil.one_sided(k, side)[:, columns] for k in steps]) for side in (RIGHT, LEFT))
    noise = np.stack([4 * stencil.rounding(k)[:, columns] for k in steps])
    gap, mean = np.abs(ahead - behind), np.abs(ahead + behind) / 2
    bent = _exponent(gap, noise, steps)
    # beside a kink the mean goes from one slope to the other, but never beyond the gap
    steep = _exponent(np.where(mean > gap, mean, 0.0), noise, steps)
    kind = np.full(bent.shape, "smooth", dtype=object)
    kind[bent < SMOOTH] = "kink"
    kind[(bent < CUSP) | (steep < CUSP)] = "cusp"
    kind[(bent < JUMP) | (steep < JUMP)] = "jump"
    open_ = ~(np.all(np.isfinite(ahead), axis=0) & np.all(np.isfinite(behind), axis=0))
    kind[open_] = "edge"
    middle = steps.index(rungs.guards[1])
    at_kink, low, high = _at_kink(stencil, columns, gap[middle])
    return Kinds(kind, at_kink & (kind == "kink"), low, high)


def _exponent(size: Array, noise: Array, steps: Sequence[int]) -> Array:
    """Return by which power of h a quantity goes at the finest steps that show it, NaN where fewer than two do."""
    seen = size > noise
    fine = len(steps) - 1 - np.argmax(seen[::-1], axis=0)
    coarse = np.argmax(seen, axis=0)
    octaves = np.array(steps, dtype=np.float64)
    far = np.searchsorted(octaves, octaves[fine] - OCTAVES, side="right") - 1
    coarse = np.maximum(coarse, np.maximum(far, 0))
    height = np.log2(size)
    rise = np.take_along_axis(height, coarse[None], 0)[0] - np.take_along_axis(height, fine[None], 0)[0]
    return np.where((fine > coarse) & np.any(seen, axis=0), rise / (octaves[fine] - octaves[coarse]), np.nan)


def _at_kink(stencil: Stencil, columns: Array, gap: Array) -> tuple[Array, Array, Array]:
    """Return where the gap is still there at the finest step that can show it, and the slopes of the two sides with their errors.

    The step must be of some 64 ulps of x at most; where noise hides the gap at all of them, x may as well lie beside the kink.
    """
    rungs = stencil.rungs
    last, first = rungs.first[2], rungs.guards[0]
    finest = (ULPS, rungs.finest, rungs.finest - 2)
    stencil.take((columns, finest, (RIGHT, LEFT)))
    near = [stencil.step(k)[columns] <= NEAREST * stencil.step(ULPS)[columns] for k in finest]
    shown = [(DISTINCT * 4 * stencil.rounding(k)[:, columns] < gap) & at for k, at in zip(finest, near, strict=True)]
    stays = [np.abs(np.abs(stencil.gap(k)[:, columns]) - gap) <= 0.25 * gap for k in finest]
    at_kink = np.select(shown, stays, False)
    slopes, errors = [], []
    for side in (RIGHT, LEFT):
        slope = stencil.one_sided(first, side)[:, columns]
        slopes.append(slope)
        errors.append(np.abs(slope - stencil.one_sided(last, side)[:, columns]))
    curved = 4 * np.maximum(*errors) + 4 * stencil.rounding(first)[:, columns]
    return at_kink, np.minimum(*slopes) - curved, np.maximum(*slopes) + curved


@np.errstate(all="ignore")
def kinds_at(fn: Function, x: Array, *, eps: float | Array = 2.0**-52) -> Array:
    """Return what kind of point ``x`` is for each output along each input, (m, n): smooth, kink, jump, cusp or edge."""
    stencil = Stencil(fn, x, None, eps, 1, np.dtype(np.float64))
    return classify(stencil, np.arange(x.size)).kind
