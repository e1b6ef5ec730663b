"""Differences of a gradient → the same with a second look at the entries that they leave open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from jaccli.difference import differences, of_columns
from jaccli.reference import Reference
from jaccli.results.kinds import Reason
from jaccli.types import Array

__all__ = ["looked_again"]


def looked_again(found: Reference, fn: Callable[[Array], Array], x: Array, rtol: float, elements: int) -> Reference:
    """Return ``found`` with what a second look decides of the entries that it leaves open.

    The elements of a gradient are sums of the same products: a noise far below the others' is an underestimate, of which there are
    some among thousands. The second look takes it to be that of most.
    """
    with np.errstate(all="ignore"):
        wide = found.error_bar > 10 * rtol * np.abs(found.value)
    lone = (found.reason == Reason.KINK) & ~np.isfinite(found.low)  # no slopes that would show one
    open_ = lone | (found.reason == Reason.STEP_WINDOW) | (wide & (found.reason == Reason.NONE) & (found.value != 0))
    columns = np.flatnonzero(np.any(open_, axis=0))
    if not columns.size or columns.size == x.size == 1:
        return found

    noise = np.full(found.noise.shape, float(np.median(found.noise)))
    again = differences(of_columns(fn, x, columns), x[columns], rtol=rtol, elements=elements, noise=noise)
    better = open_[:, columns] & (again.reason == Reason.NONE) & (again.error_bar < found.error_bar[:, columns])
    changed = {}
    for name in ("value", "error_bar", "low", "high", "reason", "curvature"):
        whole = getattr(found, name).copy()
        whole[:, columns] = np.where(better, getattr(again, name), whole[:, columns])
        changed[name] = whole
    return replace(found, evaluations=found.evaluations + again.evaluations, **changed)
