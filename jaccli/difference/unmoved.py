"""The derivative of an output by a variable that no path of its graph leads from: zero, without a difference."""

from __future__ import annotations

import numpy as np

from jaccli.reference import Reference
from jaccli.results.kinds import JudgedBy, Reason

__all__ = ["unmoved"]


def unmoved(rows: int, columns: int) -> Reference:
    """Return what every difference of ``rows`` outputs would give that do not read the ``columns`` of a variable.

    Law: the values are computed from the nodes that the output depends on; without this variable among them, all points of a
         difference have one value, the same to the last bit.
    """
    zeros, nowhere = np.zeros((rows, columns)), np.full((rows, columns), np.nan)
    reason = np.full((rows, columns), Reason.NONE, dtype=object)
    return Reference(JudgedBy.DIFFERENCE, zeros, zeros, nowhere, nowhere, reason, np.zeros(rows), zeros, evaluations=0)
