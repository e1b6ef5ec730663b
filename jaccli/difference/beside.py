"""Columns beside a kink, or at the edge of a domain → the slope of the point's own side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from jaccli.difference.stencil import LEFT, RIGHT, ULPS, Stencil
from jaccli.difference.tableau import one_sided_tableau
from jaccli.types import Array

__all__ = ["own_side", "two_slopes"]

DISTINCT = 4.0  # noise bounds by which two slopes must differ to be told apart


def two_slopes(stencil: Stencil, columns: Array, bar: Array) -> Array:
    """Return where the gap of the middle guard is that of the coarsest steps, and is what makes the bound as wide as it is.

    exp(x) + 1e-3·|x| at 1e-11: no power of the step shows the kink, whose gap stays (tests/difference/test_measured.py).
    """
    s, middle = stencil, stencil.rungs.guards[1]
    gap, coarse = (np.abs(s.gap(k)[:, columns]) for k in (middle, s.rungs.first[0]))
    stays = (gap > 4 * s.rounding(middle)[:, columns]) & (gap > 0.25 * coarse)
    return np.asarray(stays & (bar[:, columns] > 0.25 * gap))


def own_side(stencil: Stencil, columns: Array, beside: Array, edge: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Yield (slope, bound, where it holds) for each side: the slope of x's own side, smooth as far as the coarse steps reach.

    A kink on the other side shows in the slopes there: at some fine step they are those of x's own side, farther off others.
    At the edge of the domain the other side has no values at all.

    Shapes: beside and edge, what is asked about and what lies at an edge (m, columns); results (m, columns).
    """
    s, rungs = stencil, stencil.rungs
    coarse = (*(k for stage in reversed(rungs.coarser) for k in stage), *rungs.first)
    fine = sorted({*rungs.guards, *(k for ladder in rungs.finer for k in ladder), rungs.finest})
    s.take((columns, (*coarse, *fine, ULPS), (RIGHT, LEFT)))
    for side in (RIGHT, LEFT):
        value, bar = one_sided_tableau(s, coarse, columns, side)
        off = np.abs(s.one_sided(coarse[-1], side)[:, columns] - value)  # goes with h
        far = np.abs(s.one_sided(rungs.first[0], -side)[:, columns] - value)
        smooth = beside & np.isfinite(value)
        meets = np.zeros_like(smooth)
        for k in (ULPS, *reversed(fine)):
            noise = bar + 2 * s.rounding(k)[:, columns] + 2 * off * 2.0 ** (coarse[-1] - k if k > 0 else -64)
            same, other = (np.abs(s.one_sided(k, at)[:, columns] - value) <= noise for at in (side, -side))
            smooth = smooth & same
            meets |= smooth & other & (DISTINCT * noise < far)
        tried = [np.isfinite(s.one_sided(k, -side)[:, columns]) for k in (*coarse, *fine, ULPS)]
        yield value, bar, smooth & (meets | (~np.any(tried, axis=0) & edge))
