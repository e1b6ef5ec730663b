"""Subgradients that are right one by one → whether they are one together, along directions in which several change at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.reference import Reference, input_scale
from jaccli.report import numbers
from jaccli.verdict import Check

__all__ = ["apart_together"]

Array = np.ndarray[Any, Any]
STEP = 2.0**-20  # of the scale
SLACK = 1e-3  # of the sizes of the slopes: a step this short sees no more of the curvature
PATTERNS = 8
MAX_ROWS = 64


def apart_together(fn: Callable[[Array], Array], x: Array, tested: Array, reference: Reference, check: Check) -> str:
    """Return what a direction shows where subgradients do not go together, "" where nothing speaks against them.

    Shapes: x (n,); fn (points, n) → (points, m); tested (m, n).
    Law:    each of several entries may lie between its own two slopes while their sum along u is not between the two slopes along
            u: the two ones of max(x, y) at a tie are both allowed, and add up to 2 where the function has slope 1. Subgradients
            of a function that is neither convex nor concave may fail this and be right, so that it leaves a verdict open only.
    """
    if check.outcome != "pass" or tested.size < 2:
        return ""
    own = (
        np.isfinite(reference.low)
        & np.isfinite(reference.high)
        & ~np.isfinite(reference.error_bar)
        & np.isfinite(tested)
    )
    rows = np.flatnonzero(np.sum(own & (reference.low != reference.high), axis=1) > 1)[:MAX_ROWS]
    rng, scale = np.random.default_rng(0), input_scale(x)
    for row in rows:
        columns = np.flatnonzero(own[row])
        signs = np.vstack([np.ones(len(columns)), rng.choice([-1.0, 1.0], (PATTERNS - 1, len(columns)))])
        u = np.zeros((PATTERNS, x.size))
        u[:, columns] = signs * np.min(scale[columns])
        ahead, behind = ((x + side * STEP * u) for side in (1, -1))
        with np.errstate(all="ignore"):
            values = fn(np.concatenate([x[None], ahead, behind]))[:, row]
            right, left = (values[1 : PATTERNS + 1] - values[0]) / STEP, (values[0] - values[PATTERNS + 1 :]) / STEP
            claimed = u @ np.where(own[row], tested[row], 0.0)
            slack = SLACK * (np.abs(right) + np.abs(left) + np.abs(u) @ np.abs(tested[row]))
            outside = (claimed < np.minimum(left, right) - slack) | (claimed > np.maximum(left, right) + slack)
        if np.any(outside):
            k = int(np.argmax(outside))
            span = " … ".join(numbers.value(float(s)) for s in sorted((left[k], right[k])))
            sum_ = numbers.value(float(claimed[k]))
            return f"each is a subgradient, but together they are none: {sum_} along a direction with slopes {span}"
    return ""
