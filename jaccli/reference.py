"""What judges a derivative: a Jacobian with bounds on the error of each entry, however it was computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from jaccli.results.kinds import JudgedBy
from jaccli.types import Array

__all__ = ["KAPPA_DIFFERENCES", "Reference", "input_scale", "magnitude", "side_by_side"]

#: Rounding allowance in units of eps·S against differences; the largest error seen there was 2,296 (docs/checker.md).
KAPPA_DIFFERENCES = 4096.0
OPTIONAL = ("rounding", "leap", "tread")  # fields of a reference that not every one has


@dataclass(frozen=True)
class Reference:
    """A Jacobian and what is known of its error, entry by entry.

    Shapes: value, error_bar, low, high, reason, curvature (m, n); noise (m,).
    route       which reference it is: "difference", "certified" …
    value       the derivative; NaN where no step gave one
    error_bar   a bound on |value − truth|; infinite where there is none
    low, high   the one-sided slopes where the point is itself a kink, else NaN
    curvature   |∂²f/∂x²| by a second difference, for what rounding of x can disturb where the slope is zero
    reason      "" where the value can be believed, else "kink", "jump", "cusp", "domain" or "step window"
    kappa       the allowance for rounding that a verdict by it needs, in units of eps·S
    rounding    how far computing in doubles can move a right derivative, (m, n), where that is known; such a residual is
                no failure
    leap        where the function is a staircase, how high its steps are, else 0, (m, n); ``low`` and ``high`` are then the slopes
                of a tread and of what the steps follow, where either may be right
    tread       there, the slope between two steps
    digits      decimal digits of the arithmetic, where that is not doubles
    """

    route: JudgedBy
    value: Array
    error_bar: Array
    low: Array
    high: Array
    reason: Array
    noise: Array
    curvature: Array
    evaluations: int
    kappa: float = KAPPA_DIFFERENCES
    rounding: Array | None = None
    leap: Array | None = None
    tread: Array | None = None
    digits: int | None = None

    def rows(self, part: slice) -> Reference:
        """Return the reference of some outputs only."""
        names = ("value", "error_bar", "low", "high", "reason", "curvature", "noise")
        known = [name for name in OPTIONAL if getattr(self, name) is not None]
        return replace(self, **{name: getattr(self, name)[part] for name in (*names, *known)})

    def same(self, other: Reference) -> bool:
        """Return whether another reference says the same of every entry, to the last bit."""
        return all(_equal(getattr(self, field.name), getattr(other, field.name)) for field in fields(self))

    def reach(self, x: Array) -> Array:
        """Return Σ_k |D_ik x_k| + |H_ikk| x_k²: how far moving every input by its size moves each output, (m,).

        At a minimum the value and the slope are zero, and the curvature alone says what rounding can disturb.
        """
        size = magnitude(x)
        slopes = np.where(np.isfinite(self.value), np.abs(self.value), 0.0)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(slopes @ size + (self.curvature * size) @ size)  # in this order, for size² may overflow


def _equal(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == b.dtype.kind == "f")
    return a is b or (type(a) is type(b) and a == b)


def side_by_side(parts: Sequence[Reference]) -> Reference:
    """Return the columns of several references of the same outputs as one."""
    if len(parts) == 1:
        return parts[0]
    names = ("value", "error_bar", "low", "high", "reason", "curvature")
    joined = {name: np.concatenate([getattr(part, name) for part in parts], axis=1) for name in names}
    noise, spent = np.max([part.noise for part in parts], axis=0), sum(part.evaluations for part in parts)
    known = {name: _beside(parts, [getattr(part, name) for part in parts]) for name in OPTIONAL}
    return replace(parts[0], noise=noise, evaluations=spent, **known, **joined)  # type: ignore[arg-type]


def _beside(parts: Sequence[Reference], arrays: Sequence[Array | None]) -> Array | None:
    """Return what some of the references have, side by side, zeros where they have not; None where none has."""
    known = [np.zeros(part.value.shape) if array is None else array for part, array in zip(parts, arrays, strict=True)]
    return None if all(array is None for array in arrays) else np.concatenate(known, axis=1)


def input_scale(x: Array) -> Array:
    """Return the natural size of each element: the larger of |x| and the RMS of all, 1 where all are zero."""
    most = float(np.max(np.abs(x), initial=0.0))  # taken out, so that no square overflows or is lost
    rms = most * float(np.sqrt(np.mean(np.square(x / most)))) if 0 < most < np.inf else most
    return np.maximum(np.abs(x), rms) if rms > 0 else np.ones_like(x)


def magnitude(x: Array) -> Array:
    """Return what rounding an element is relative to: its own size, however large its neighbours are, and its scale at 0."""
    return np.where(x != 0, np.abs(x), input_scale(x))
