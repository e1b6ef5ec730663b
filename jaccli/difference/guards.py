"""A derivative from coarse steps → whether slopes at much finer steps agree with it, column by column and jointly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaccli.difference.stencil import RIGHT, SPREAD, Stencil
from jaccli.types import Array

__all__ = ["guarded", "joint", "quick"]


CURVED = 0.1  # of the curvature's part in a slope of one side: how far it may be off


def quick(stencil: Stencil, value: Array, bar: Array, columns: Array) -> Array:
    """Return where the slope of the right side at one fine step agrees, less what the curvature seen at the first rungs adds."""
    k, finest = stencil.rungs.quick, stencil.rungs.first[1]
    curved = 0.5 * stencil.gap(finest)[:, columns] * 2.0 ** (finest - k)
    allowed = bar + 2 * stencil.rounding(k)[:, columns] + CURVED * np.abs(curved)
    return np.isfinite(value) & (np.abs(value + curved - stencil.one_sided(k, RIGHT)[:, columns]) <= allowed)


def joint(stencil: Stencil, value: Array, bar: Array) -> Array:
    """Return which rows agree with how the function changes along a line through x that moves every column, (m,).

    A feature too narrow for the rungs shows on the line, whichever column it is in: at fine steps the function is linear. Where
    it does not agree, the noise of coarse values is looked at again (tests/difference/test_grain.py).
    """
    known = np.all(np.isfinite(value) & np.isfinite(bar), axis=1)
    value, bar = np.where(np.isfinite(value), value, 0.0), np.where(np.isfinite(bar), bar, 0.0)
    noise = SPREAD * stencil.noise + 0.5 * stencil.eps * np.abs(stencil.centre)
    for h, change in ((stencil.joint, stencil.joint_change), (3 * stencil.near, stencil.near_change)):
        known = known & (np.abs(value @ h - change) <= bar @ np.abs(h) + noise)
    return np.asarray(known)


def guarded(
    stencil: Stencil, value: Array, bar: Array, ladder: Sequence[int], guards: Sequence[int], columns: Array
) -> Array:
    """Return where the slope at every guard agrees with the value of a ladder.

    Law: a central slope is off by h² times what the ladder's finest one is; the guards allow for four times that, and for noise.
    """
    agreed = np.isfinite(value)
    off = np.abs(stencil.central(ladder[-1])[:, columns] - value)
    for k in guards:
        allowed = bar + stencil.rounding(k)[:, columns] + off * 4.0 ** (1 + ladder[-1] - k)
        agreed &= np.abs(value - stencil.central(k)[:, columns]) <= allowed
    return agreed
