"""What the undecided entries of a block carry: whether anything that matters has not been verified."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["open_share"]

Array = np.ndarray[Any, Any]


def open_share(tested: Array, value: Array, error_bar: Array, undecided: Array) -> float:
    """Return the largest share of a row, or of a column, that undecided entries may carry: 0 where all are decided, at most 1.

    Shapes: all (m, n), one output per row.
    Law:    an undecided entry may be as large as max(|a|, |D|) + e, a decided one is as large as max(|a|, |D|); the share of a row
            is the sum over its undecided entries, relative to the sum over all. An entry without a bound carries its whole row,
            and so does one that is all of a row that is not zero. Columns are looked at where there are several rows: the one
            entry of a gradient is always all of its column, however little it is beside the others.
    """
    if not np.any(undecided):
        return 0.0
    with np.errstate(all="ignore"):
        size = np.nan_to_num(np.fmax(np.abs(tested), np.abs(value)), nan=0.0, posinf=0.0)
        unit = float(np.max(size, initial=0.0)) or 1.0  # taken out, so that no sum overflows
        size = size / unit
        carried = np.where(undecided, size + np.where(np.isfinite(error_bar), error_bar / unit, np.inf), 0.0)
        every = np.where(undecided, carried, size)
        shares = [carried.sum(axis=k) / every.sum(axis=k) for k in ((1,) if len(tested) == 1 else (1, 0))]
    found = np.concatenate([share[np.any(undecided, axis=k)] for share, k in zip(shares, (1, 0), strict=False)])
    return float(np.max(np.nan_to_num(found, nan=1.0)))
