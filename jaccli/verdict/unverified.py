"""How far off the undecided entries of a block may be: whether anything that matters has not been verified."""

from __future__ import annotations

import numpy as np

from jaccli.types import Array

__all__ = ["open_share"]


def open_share(tested: Array, value: Array, error: Array, undecided: Array) -> float:
    """Return how far off undecided entries may be, as the largest share of a row or of a column; 0 where all are decided.

    Shapes: all (m, n), one output per row.
    error:  a bound on |tested − truth|, infinite where there is none.
    Law:    the share of a row is the sum of the errors over its undecided entries, relative to the sum of max(|a|, |D|) over all of
            it. An entry without a bound, and one in a row of zeros, may be all of its row. Columns are looked at where there are
            several rows, each row in units of its own sum, for outputs have units of their own; the one entry of a gradient is
            always all of its column, however little it is beside the others.
    """
    if not np.any(undecided):
        return 0.0
    with np.errstate(all="ignore"):
        size = np.nan_to_num(np.fmax(np.abs(tested), np.abs(value)), nan=0.0, posinf=0.0)
        unit = np.max(size, axis=1, keepdims=True, initial=0.0)  # taken out, so that no sum overflows
        size = size / np.where(unit > 0, unit, 1.0)
        off = np.where(undecided, np.nan_to_num(error / np.where(unit > 0, unit, 1.0), nan=np.inf), 0.0)
        whole = size.sum(axis=1, keepdims=True)
        size, off = size / whole, off / whole
        rows, columns = off.sum(axis=1), off.sum(axis=0) / np.nansum(size, axis=0)
    found = np.concatenate(
        [rows[np.any(undecided, axis=1)], columns[np.any(undecided, axis=0)] if len(rows) > 1 else []]
    )
    return float(np.max(np.nan_to_num(np.fmin(found, 1.0), nan=1.0)))
