"""A point where some outputs are not finite → the entries of others that it spoils, which are not mistakes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jaccli.reference import Reference
from jaccli.results.kinds import Reason
from jaccli.types import Array

__all__ = ["outside_the_domain"]


def outside_the_domain(reference: Reference, claimed: Array, values: Array) -> Reference:
    """Return the reference without a verdict on the NaNs that come of multiplying the slope of such an output by zero.

    Shapes: claimed (m, n); values (m,), of the function at the point.
    Law:    only in columns where the derivative of an output that is not finite is not finite either: sqrt at [-1, 4] gives NaN
            for both rows by the first input, log(x[1]) beside it does not.
    """
    lost = ~np.isfinite(values)
    if not np.any(lost):
        return reference
    spoiled = ~np.isfinite(claimed) & np.any(~np.isfinite(claimed[lost]), axis=0)
    return replace(
        reference,
        value=np.where(spoiled, np.nan, reference.value),
        error_bar=np.where(spoiled, np.inf, reference.error_bar),
        reason=np.where(spoiled, Reason.DOMAIN, reference.reason.astype(object)),
    )
