"""Differences that may take longer than there is time for → those of the columns that were done when it was over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from jaccli.deadline import TimedOut
from jaccli.difference import of_columns
from jaccli.reference import Reference, side_by_side
from jaccli.results.kinds import Reason
from jaccli.types import Array

__all__ = ["by_parts"]

Function = Callable[[Array], Array]
COLUMNS = 8  # of a part at least, so that the 9 evaluations which each part takes for itself are few
PARTS = 16  # about so many: a time limit that is reached loses one of them at most


def by_parts(differences: Callable[[Function, Array], Reference], fn: Function, x: Array) -> Reference:
    """Return the differences of ``fn`` in all columns, part by part; those not reached in time are open, for the reason "time".

    Errors: TimedOut where no part was done.
    """
    count = max(1, min(PARTS, x.size // COLUMNS))
    found: list[Reference] = []
    try:
        for columns in np.array_split(np.arange(x.size), count):
            found += [differences(of_columns(fn, x, columns), x[columns])]
    except TimedOut:
        if not found:
            raise
    whole = side_by_side(found)
    return _with_open(whole, x.size - whole.value.shape[1])


def _with_open(reference: Reference, columns: int) -> Reference:
    shape = (len(reference.value), columns)
    nowhere = np.full(shape, np.nan)
    open_ = replace(
        reference, value=nowhere, low=nowhere, high=nowhere, error_bar=np.full(shape, np.inf), rounding=None,
        curvature=np.zeros(shape), reason=np.full(shape, Reason.TIME, dtype=object), evaluations=0,
    )  # fmt: skip
    return side_by_side([reference, open_])
