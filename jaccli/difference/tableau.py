"""Quotients at a ladder of steps → the extrapolated derivative with the smallest bound on its error, entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from jaccli.difference.stencil import Stencil
from jaccli.types import Array

__all__ = ["central_tableau", "extrapolated", "one_sided_tableau"]

SAFETY = 4.0  # distances of an extrapolated value to its parent, the finer of the two it comes from
GAP_NOISE = 5.0  # standard deviations of a second difference's noise, √6 ε, rounded up


def central_tableau(stencil: Stencil, steps: Sequence[int], columns: Array) -> tuple[Array, Array]:
    """Return (derivative, bound), both (m, columns), from central quotients, whose error is a series in h².

    Law: half of the gap that the slopes of the two sides keep as h → 0 is added to the bound: a central quotient sees
         a kink that is much nearer than its steps as the mean of two slopes. The gap of a smooth function is a series in
         h, h³, h⁵ …; what is left of it after extrapolation, with its noise, is the gap that may be a kink's.
    """
    quotients = [stencil.central(k)[:, columns] for k in steps]
    gaps = [stencil.gap(k)[:, columns] for k in steps]
    noise = [GAP_NOISE * stencil.noise[:, None] / stencil.step(k)[columns] for k in steps]
    lasting = [
        [np.abs(gap) + doubt for gap, doubt in zip(*row, strict=True)] for row in _rows(gaps, noise, steps, _ODD)
    ]
    return _best(_rows(quotients, [stencil.rounding(k)[:, columns] for k in steps], steps, _EVEN), lasting)


def one_sided_tableau(stencil: Stencil, steps: Sequence[int], columns: Array, side: int) -> tuple[Array, Array]:
    """Return (slope, bound), both (m, columns), from the quotients of one side, whose error is a series in h."""
    quotients = [stencil.one_sided(k, side)[:, columns] for k in steps]
    return _best(_rows(quotients, [2 * stencil.rounding(k)[:, columns] for k in steps], steps, _ALL))


def extrapolated(quotients: Array, noise: Array, octaves: Array) -> tuple[Array, Array]:
    """Return (derivative, bound) from central quotients at steps 2^-octave, coarse ones first, and the bounds of their noise."""
    return _best(_rows(list(quotients), list(noise), [int(k) for k in octaves], _EVEN))


#: The power of h that column j = 1, 2 … of a tableau removes.
_EVEN, _ODD, _ALL = (lambda j: 2 * j), (lambda j: 2 * j - 1), (lambda j: j)
Rows = list[tuple[list[Array], list[Array]]]


def _rows(
    quotients: Sequence[Array], noise: Sequence[Array], steps: Sequence[int], power: Callable[[int], int]
) -> Rows:
    """Return Ridders' tableau, a row of values and one of their noise for each step; neighbouring steps have one ratio."""
    rows: Rows = []
    for position, (quotient, rounding) in enumerate(zip(quotients, noise, strict=True)):
        row, errors = [quotient], [rounding]
        for j in range(1, position + 1):
            above, wide = rows[-1]
            q = 2.0 ** (power(j) * (steps[position] - steps[position - 1]))
            row.append((q * row[j - 1] - above[j - 1]) / (q - 1))
            errors.append((q * errors[j - 1] + wide[j - 1]) / (q - 1))
        rows.append((row, errors))
    return rows


def _best(rows: Rows, lasting: Sequence[Sequence[Array]] | None = None) -> tuple[Array, Array]:
    """Return the value with the smallest bound: its distance to its parents, its noise, and half of the lasting gap."""
    best, bar = np.full(rows[0][0][0].shape, np.nan), np.full(rows[0][0][0].shape, np.inf)
    for position in range(1, len(rows)):
        (row, errors), (above, _) = rows[position], rows[position - 1]
        for j in range(1, position + 1):
            change = np.maximum(SAFETY * np.abs(row[j] - row[j - 1]), np.abs(row[j] - above[j - 1]))
            bound = change + errors[j] + (0.5 * lasting[position][j] if lasting else 0.0)
            better = bound < bar
            best, bar = np.where(better, row[j], best), np.where(better, bound, bar)
    return best, bar
