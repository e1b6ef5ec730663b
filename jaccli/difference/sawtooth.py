"""Slopes that hold at fine steps only → whether they are those of a sawtooth, the treads that roundings leave in a function.

The constants part the functions with roundings inside of benchmarks/differences.py from its hard ones, and from relu networks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.difference.columns import of_columns
from jaccli.difference.stencil import LEFT, RIGHT, Function, Stencil
from jaccli.reference import Reference, input_scale
from jaccli.results.kinds import Reason
from jaccli.types import Array

__all__ = ["reject_roundoff_sawtooth", "sawtooth"]

MOST = 64  # entries looked at before a derivative is called wrong
POINTS = np.arange(-6, 7)  # of a line around x, in units of its spacing
SIXTH = 924  # (12 over 6): differences of order 6 of noise are its variance times this
COARSEST = 1  # the octave of the coarsest step: half of the scale
SUDDEN = 0.03  # of the change that a coarser slope misses: what sixth differences show of a jump or a kink, not of anything smooth
GRADUAL = 500.0  # times by which a smooth function's roughness may grow over two octaves; it goes with h³
STEADY = 2.0  # times by which the leaps between two spacings, four times apart, may differ; those of kinks go with the spacing
HALVINGS = 8  # of the distance of two points, by which a kink shrinks to less than a hundredth
LEAPS = (0.1, 10.0)  # of the first jump: the third differences between the teeth


def sawtooth(stencil: Stencil, value: Array, bar: Array, entries: Array, ladders: Array) -> Array:
    """Return at which ``entries`` the slope ``value`` is that of one tooth of many, (m, n).

    In (1 - cos(x))/x² at 1e-5 the numerator stays for 2^-20 of x and leaps; between two leaps the quotient falls as 1/x² does, and
    every fine step agrees on a slope that the function does not have.

    Shapes: value, bar, entries and ladders (m, n), the last a step at which the slope holds, as a power of two.
    Law:    going to coarser steps, the slope of a smooth function departs with h², so that sixth differences over the first step
            at which it departs show next to nothing; at a leap or a kink they show it. One leap is the function's own, as that of
            a branch; if lines of coarser spacings show leaps of the same size everywhere, they are roundings.
    Cost:   2 evaluations per octave and column up to where the slope departs, 13 there, and some 100 if it does so suddenly.
    """
    found = np.zeros_like(entries)
    left = entries.copy()
    for k in range(int(np.max(ladders[entries], initial=0)), COARSEST - 1, -1):
        for (i, j), leap in _departed(stencil, value, bar, left & (k <= ladders), k).items():
            left[i, j] = False
            found[i, j] = _roughness(stencil, i, j, k, leap) > SUDDEN and _teeth(stencil, i, j, k, value[i, j], leap)
    return found


@np.errstate(all="ignore")
def reject_roundoff_sawtooth(
    fn: Function, x: Array, reference: Reference, entries: Array, eps: float | Array, grid: np.dtype[Any]
) -> Reference:
    """Return the reference with those ``entries`` left open that are slopes of teeth wider than its steps.

    A last look before a derivative is called wrong: in (1 - cos(x))/x² at 1e-7 the teeth are as wide as a hundredth of x.

    Shapes: x (n,); entries (m, n).
    Cost:   that of the differences themselves: at most about 90 evaluations for each of 64 entries, of 4 if x is short.
            Of more entries an even choice is looked at, and if most of them are teeth, all are left open.
    """
    places = np.argwhere(entries & np.isfinite(reference.error_bar))
    if not len(places):
        return reference
    most = min(MOST, max(4, x.size // 16))
    chosen = places[np.unique(np.linspace(0, len(places) - 1, most).astype(int))]
    columns, back = np.unique(chosen[:, 1], return_inverse=True)

    looked = np.zeros((entries.shape[0], columns.size), dtype=bool)
    looked[chosen[:, 0], back] = True
    stencil = Stencil(of_columns(fn, x, columns), x[columns], input_scale(x)[columns], eps, 1, grid)
    stencil.noise = np.fmax(stencil.noise, reference.noise)
    found = _wide(stencil, reference.value[:, columns], reference.error_bar[:, columns], looked)
    teeth = np.zeros_like(entries)
    teeth[:, columns] = found
    if len(chosen) < len(places) and 2 * np.sum(found) > len(chosen):
        teeth = entries
    return replace(
        reference,
        error_bar=np.where(teeth, np.inf, reference.error_bar),
        reason=np.where(teeth, Reason.STEP_WINDOW, reference.reason),
        evaluations=reference.evaluations + stencil.evaluations,
    )


def _wide(stencil: Stencil, value: Array, bar: Array, entries: Array) -> Array:
    """Return which entries are slopes of teeth wider than the first steps, whose own curvature shows before they leap.

    Cost: 15 evaluations for each second octave and entry.
    """
    found, left = np.zeros_like(entries), entries.copy()
    before = np.full(entries.shape, np.nan)
    for k in range(stencil.rungs.guards[1], COARSEST - 1, -2):
        for (i, j), leap in _departed(stencil, value, bar, left, k).items():
            roughness = _roughness(stencil, i, j, k, leap)
            if roughness > SUDDEN:
                left[i, j] = False
                sudden = not roughness < GRADUAL * before[i, j]
                found[i, j] = sudden and _teeth(stencil, i, j, k, value[i, j], leap)
            before[i, j] = roughness
    return found


def _departed(stencil: Stencil, value: Array, bar: Array, entries: Array, k: int) -> dict[tuple[int, int], float]:
    """Return the entries whose central slope at a step is another one, and by how much f has leapt if it leaps."""
    columns = np.flatnonzero(np.any(entries, axis=0))
    if not columns.size:
        return {}
    stencil.take((columns, (k,), (RIGHT, LEFT)))
    off = np.abs(stencil.central(k) - value)
    departed = entries & (off > bar + 2 * stencil.rounding(k))
    return {(int(i), int(j)): 2 * float(off[i, j] * stencil.step(k)[j]) for i, j in np.argwhere(departed)}


def _roughness(stencil: Stencil, i: int, j: int, k: int, leap: float) -> float:
    """Return what sixth differences on a line of half the step show, as a part of ``leap``."""
    (line,) = _lines(stencil, i, j, np.array([0.5 * stencil.step(k)[j]]))
    return float(np.sqrt(np.mean(np.diff(line, 6) ** 2) / SIXTH) / leap)


def _teeth(stencil: Stencil, i: int, j: int, k: int, slope: float, leap: float) -> bool:
    """Return whether f leaps near x, and lines of coarser and coarser spacing have leaps of that size everywhere."""
    spacings = 0.5 * stencil.step(k)[j] * 4.0 ** np.arange(max(2, k // 2 + 1))
    lines = _lines(stencil, i, j, spacings)
    if not _leaps(stencil, i, j, lines[0], spacings[0], slope):
        return False
    thirds = np.abs(np.diff(lines, 3, axis=1))
    leap, sizes = (
        max(leap, 0.5 * float(np.nanmax(thirds[0]))),
        np.median(thirds, axis=1),
    )  # it may lie beyond the step
    alike = (LEAPS[0] * leap < sizes) & (sizes < LEAPS[1] * leap)
    steady = (sizes[1:] < STEADY * sizes[:-1]) & (sizes[:-1] < STEADY * sizes[1:])
    return bool(np.any(alike[1:] & alike[:-1] & steady))


def _leaps(stencil: Stencil, i: int, j: int, line: Array, spacing: float, slope: float) -> bool:
    """Return whether the largest departure from a slope between two points of a line stays when their distance is halved again
    and again: a kink's goes with the distance, a leap's does not.
    """
    off = np.nan_to_num(np.abs(np.diff(line) - slope * spacing))
    m = int(np.argmax(off))
    low, high, below, above = spacing * POINTS[m], spacing * POINTS[m + 1], line[m], line[m + 1]
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        point = stencil.x[None, :].copy()
        point[0, j] += middle
        value = stencil.evaluated(point)[0, i]
        half = 0.5 * slope * (high - low)
        if abs(value - below - half) > abs(above - value - half):
            high, above = middle, value
        else:
            low, below = middle, value
    return bool(abs(above - below - slope * (high - low)) > 0.25 * off[m])


def _lines(stencil: Stencil, i: int, j: int, spacings: Array) -> Array:
    """Return one output on lines along column j, (spacings, points)."""
    points = np.repeat(stencil.x[None, :], spacings.size * POINTS.size, axis=0)
    points[:, j] += (spacings[:, None] * POINTS).reshape(-1)
    return stencil.evaluated(points)[:, i].reshape(spacings.size, POINTS.size)
