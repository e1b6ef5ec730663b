"""A function and a point → the gradients at points beside it, and whether a claim is a mean of them: then it is a subgradient."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.reference import input_scale
from jaccli.types import Array

__all__ = ["ROUNDING", "STEP", "mean_of_gradients", "points_beside"]

STEP = 2.0**-20  # of the scale
ROUNDING = 64 * 2.0**-52
EXACT = 1e-5  # of the slopes: what curvature does to those at points beside the point
BESIDE, CORNERS = 24, 16  # random points beside the point, and columns along which there are more
PER_COLUMN = 8  # more random points for each column: of k pieces, that many miss one with probability exp(-8)
ALL_DIFFERENT = 0.5  # of the gradients: more different ones are no finite number of pieces


def mean_of_gradients(
    fn: Callable[[Array], Array], x: Array, row: int, columns: Array, claim: Array, many: bool = False
) -> bool | None:
    """Return whether a claim is a mean, with some weights, of gradients at points beside the point: then it is a subgradient.

    Shapes: x (n,); fn (points, n) → (points, m); claim (n,), of which the ``columns`` are looked at.
    many:   whether a piece may be missed by 24 points, as one of sixteen tied elements is.
    Law:    None where it cannot be told: there are more columns than CORNERS, or no finite number of pieces, as beside a matrix
            with a multiple eigenvalue, whose gradients are v vᵀ of every v.
    """
    if len(columns) > CORNERS:
        return None
    from scipy.optimize import nnls

    z, size = points_beside(x, columns, BESIDE + PER_COLUMN * len(columns) * many)
    step = STEP * size / 2**10
    unit = np.eye(x.size)[columns] * step
    with np.errstate(all="ignore"):
        ahead, behind = (fn((z[:, None] + side * unit).reshape(-1, x.size))[:, row] for side in (1, -1))
        gradients = ((ahead - behind) / (2 * step)).reshape(len(z), len(columns))
        noise = ROUNDING * float(np.max(np.abs(ahead))) / step
    gradients = gradients[np.all(np.isfinite(gradients), axis=1)]
    if not len(gradients):
        return None
    most = max(float(np.max(np.abs(gradients))), float(np.max(np.abs(claim[columns]))), np.finfo(float).tiny)
    weighed = np.vstack([gradients.T / most, np.ones(len(gradients))])
    _, left = nnls(weighed, np.append(claim[columns] / most, 1.0))
    if left <= EXACT + noise / most:
        return True
    pieces = np.unique(np.round(gradients / (most * (EXACT + noise / most))), axis=0)
    return None if len(pieces) > ALL_DIFFERENT * len(gradients) else False


def points_beside(x: Array, columns: Array, count: int = BESIDE) -> tuple[Array, float]:
    """Return points beside ``x``, along each of some columns and at random, (points, n), and the scale of those columns."""
    size, corners = float(np.min(input_scale(x)[columns])), np.eye(x.size)[columns[:CORNERS]]
    away = np.zeros((count, x.size))
    away[:, columns] = np.random.default_rng(1).standard_normal((count, len(columns)))
    return x + STEP * size * np.concatenate([corners, -corners, away]), size
