"""Function → derivatives along directions with error bars: what a Jacobian with too many columns is checked by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.difference.ladder import differences
from jaccli.reference import Reference
from jaccli.types import Array

__all__ = ["along", "locate"]

#: Directions (k, n), in units of the columns' scale → residuals of one row, and what rounding and error bars allow, (k,) each.
Residual = Callable[[Array], tuple[Array, Array]]
SHARPER = 1e-3  # than one entry must be known: a bound on a row is a multiple of its residuals and their error bars
GROUPS = 8  # of columns looked at in one batch
UNKNOWN = 100.0  # times the largest allowance that is known: what a residual must exceed where its own is not


def along(
    fn: Callable[[Array], Array],
    x: Array,
    directions: Array,
    *,
    rtol: float = 1e-6,
    eps: float | Array = 2.0**-52,
    elements: int = 1,
    grid: np.dtype[Any] = np.dtype(np.float64),  # noqa: B008 - a dtype is a constant
    noise: Array | None = None,
) -> Reference:
    """Return D u for every direction u: the Jacobian of t ↦ f(x + Σ t_k u_k) at t = 0, whose steps are relative to u.

    Shapes: x (n,); directions (k, n); value and the like (m, k).
    Cost:   that of differences in k columns, about 7 evaluations for each and 9 more.
    """

    def line(t: Array) -> Array:
        return fn(x + t @ directions)

    start, size = np.zeros(len(directions)), elements + x.size
    sharp = SHARPER * rtol
    return differences(line, start, rtol=sharp, eps=eps, elements=size, grid=grid, noise=noise, alike=True)


def locate(residual: Residual, n: int, rng: np.random.Generator) -> int | None:
    """Return the column of the entry that is wrong in a row, None where no column stands out from its allowance.

    Law:    with one wrong entry at j, r(w∘u)/r(u) = w_j, and r(w²∘u)/r(u) = w_j² confirms it; for w_j = (j + 1)/n that gives j,
            or a window as wide as the allowance. Inside it, and everywhere where that fails, groups of columns are tried.
    Cost:   three directions, then GROUPS for each factor GROUPS of what is left: some 11 among a million columns where allowances
            are small, for which groups alone take 52.
    """
    start = _window(residual, n, rng)
    found = _search(residual, n, *start, rng) if start else None
    return found if found is not None else _search(residual, n, 0, n, rng)


def _window(residual: Residual, n: int, rng: np.random.Generator) -> tuple[int, int] | None:
    w, u = np.arange(1, n + 1) / n, _bold(rng, n)
    found, allowed = residual(np.stack([u, w * u, w * w * u]))
    if not abs(found[0]) > allowed[0]:
        return None
    doubt = 4 * float(np.max(allowed, where=np.isfinite(allowed), initial=0.0)) / abs(float(found[0])) + 1e-12
    place, square = float(found[1] / found[0]), float(found[2] / found[0])
    if not (0 < place < 1 + doubt and abs(place * place - square) <= 3 * doubt):
        return None
    low, high = int(n * (place - doubt)) - 2, int(n * (place + doubt)) + 2
    return max(low, 0), min(high, n)


def _search(residual: Residual, n: int, low: int, high: int, rng: np.random.Generator) -> int | None:
    while True:
        edges = np.unique(np.linspace(low, high, min(GROUPS, high - low) + 1).astype(int))
        probes = np.zeros((len(edges) - 1, n))
        for probe, first, last in zip(probes, edges[:-1], edges[1:], strict=True):
            probe[first:last] = _bold(rng, last - first)
        found, allowed = residual(probes)
        known = np.isfinite(allowed)
        doubt = UNKNOWN * np.max(allowed, where=known, initial=0.0)  # a group whose bar is open is not passed over
        with np.errstate(all="ignore"):
            share = np.nan_to_num(np.abs(found) / np.where(known, allowed, doubt), nan=0.0, posinf=np.inf)
        best = int(np.argmax(share))
        if share[best] <= 1:
            return None
        low, high = int(edges[best]), int(edges[best + 1])
        if high - low == 1:
            return low


def _bold(rng: np.random.Generator, n: int) -> Array:
    """Return Gaussian numbers pushed away from zero, so that a single column never hides behind a small one."""
    normal = rng.standard_normal(n)
    return normal + np.copysign(0.5, normal)
