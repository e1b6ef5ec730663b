"""Graph and direction → the slopes at all points beside the point: what any choice at a tie or kink can give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from jaccli.certify.balls import each, flint, leaf_balls, precision
from jaccli.certify.series import directional
from jaccli.graph.ir import Expr, Graph
from jaccli.reference import input_scale
from jaccli.types import Array

__all__ = ["slopes_around"]

BITS = 212
NEAR = (
    2.0**-100
)  # of an input's scale: within it every choice that is open at the point is open, and nothing else changes


def slopes_around(
    graph: Graph, of: Expr, values: Mapping[str, Array], tangents: Mapping[str, Array], near: float = NEAR
) -> tuple[Array, Array]:
    """Return the least and the largest slope along directions, as any choices at the point's ties and kinks give them.

    near:   the radius around the point, in scales of an input.
    Shapes: tangents (k, *leaf shape) by leaf name; results (k, of.size), NaN where the slopes have no bound.
    Law:    with each input a ball of a tiny radius around its value, comparisons at a tie are open, and what they choose is
            the hull of both sides. Clarke's generalized gradient along u lies within, and so does every subgradient that
            a rule of an op may choose.
    """
    count = len(next(iter(tangents.values())))
    with precision(BITS):
        balls = {**leaf_balls(graph, values), **{name: _widened(values[name], near) for name in tangents}}
        _, slopes = directional(graph, of, balls, tangents, count, all_sides=True)
        low, high = (each(lambda x, at=at: _end(x, at), slopes).astype(np.float64) for at in ("lower", "upper"))
    return np.nextafter(low, -np.inf), np.nextafter(high, np.inf)


def _widened(x: Array, near: float) -> Array:
    arb, flat = flint().arb, np.asarray(x, dtype=np.float64)
    radii = (near * input_scale(flat.reshape(-1))).reshape(flat.shape)
    return each(lambda value, radius: arb(float(value), float(radius)), flat, radii)


def _end(x: Any, which: str) -> float:
    return float(getattr(x, which)()) if x.is_finite() else np.nan
