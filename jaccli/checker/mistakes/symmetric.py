"""A failure by a matrix that is symmetric at the point → whether the derivative is right for symmetric matrices."""

from __future__ import annotations

import numpy as np

from jaccli.adapters import Leaf
from jaccli.adapters.domains import symmetric
from jaccli.reference import Reference
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.types import Array

__all__ = ["for_symmetric"]

ROUNDING = 64.0  # machine epsilons


def for_symmetric(check: Check, matrix: Array, part: Reference, x: Leaf, given: Array) -> str:
    """Return the beginning of what to do where a failing derivative is right for symmetric changes of its input, else "".

    A Cholesky factor reads one triangle, and its derivative is written for both: A(i, j) and A(j, i) share what belongs to the
    two of them.

    Shapes: matrix (m, n), the derivative A under test; given, the value of the input that the user gave, beside which it may be
            tested.
    Law:    a symmetric point, and A + Aᵀ = D + Dᵀ; A = Dᵀ is another mistake.
    """
    if check.outcome != Outcome.FAIL or not _is_symmetric(given, x.eps):
        return ""
    shape = (len(matrix), *x.value.shape)
    tested, value, bar = (np.asarray(m, dtype=np.float64).reshape(shape) for m in (matrix, part.value, part.error_bar))
    if not np.all(np.isfinite(tested) & np.isfinite(value) & np.isfinite(bar)):
        return ""
    least = ROUNDING * x.eps * np.max(np.abs(tested), initial=0.0)

    def agree(one: Array, other: Array) -> bool:
        return bool(np.all(np.abs(one - other) <= check.rtol * np.abs(one) + 2 * symmetric(bar) + least))

    if agree(tested, np.swapaxes(value, -1, -2)) or not agree(symmetric(tested), symmetric(value)):
        return ""
    return (
        f"`{x.name}` is symmetric, and for symmetric changes of it this derivative is right: if no others are meant, "
    )


def _is_symmetric(value: Array, eps: float) -> bool:
    """Return whether an array holds symmetric matrices of more than one row."""
    if value.ndim < 2 or value.shape[-1] != value.shape[-2] or value.shape[-1] < 2:
        return False
    return bool(np.allclose(symmetric(value), value, rtol=ROUNDING * eps, atol=0.0))
