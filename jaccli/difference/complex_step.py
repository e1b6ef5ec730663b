"""Function on complex arrays → Jacobian to the last digits by one complex step, where the function is analytic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.reference import Reference, input_scale
from jaccli.results.kinds import JudgedBy, Reason
from jaccli.types import Array

__all__ = ["complex_step"]

STEPS = (1e-20, 1e-30)  # of the scale; nothing is subtracted, so they can be as small as one likes
AGREE = 1e-12  # of S: by how much two steps, or the real part and the function's own value, may differ
ROUNDING = 64.0  # roundings in the imaginary part that the error bar allows for, in units of eps·S
MEMORY_CAP = 128 * 2**20


@np.errstate(all="ignore")
def complex_step(fn: Callable[[Array], Array], x: Array, value: Array, *, elements: int = 1) -> Reference:
    """Return the Jacobian Im f(x + i h eⱼ) / h as a reference; entries that fail a test of acceptance have a reason.

    Shapes: x (n,), value = f(x) at the doubles (m,); fn complex (points, n) → complex (points, m).
    elements: numbers alive per point while fn runs, which bounds the size of a batch.
    Law:    an entry is accepted where two steps agree within 1e-12 · S and the real part is the function's value. A function
            that drops the imaginary part (abs, a cast to real) or chooses by comparisons may still give a wrong slope: the
            caller compares with a difference as well.
    Cost:   two complex evaluations per column.
    Errors: none; what cannot be accepted has an infinite error bar and the reason "not analytic" or "domain".
    Source: W. Squire & G. Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40 (1998).
    """
    x, value = np.asarray(x, dtype=np.float64), np.asarray(value, dtype=np.float64)
    scale = input_scale(x)
    first, real = _slopes(fn, x, scale, STEPS[0], elements, len(value))
    second, _ = _slopes(fn, x, scale, STEPS[1], elements, len(value))
    size = (np.abs(value) + np.where(np.isfinite(first), np.abs(first), 0.0) @ scale)[:, None] / scale
    same = (np.abs(first - second) <= AGREE * size) & (np.abs(real - value[:, None]) <= AGREE * size * scale)
    finite = np.isfinite(first) & np.isfinite(value)[:, None]
    accepted = finite & same
    nan = np.full(first.shape, np.nan)
    return Reference(
        route=JudgedBy.COMPLEX_STEP,
        value=first,
        error_bar=np.where(accepted, ROUNDING * np.finfo(np.float64).eps * size, np.inf),
        low=nan,
        high=nan,
        reason=np.where(accepted, Reason.NONE, np.where(finite, Reason.NOT_ANALYTIC, Reason.DOMAIN)),
        noise=np.zeros(len(value)),
        curvature=np.zeros(first.shape),
        evaluations=2 * x.size,
    )


def _slopes(
    fn: Callable[[Array], Array], x: Array, scale: Array, step: float, elements: int, rows: int
) -> tuple[Array, Array]:
    """Return (slopes, real parts), both (m, n)."""
    slopes, real = np.empty((rows, x.size)), np.empty((rows, x.size))
    size = max(1, MEMORY_CAP // (16 * (x.size + elements)))
    for start in range(0, x.size, size):
        columns = np.arange(start, min(start + size, x.size))
        points = np.repeat(x[None, :].astype(np.complex128), len(columns), axis=0)
        points[np.arange(len(columns)), columns] += 1j * step * scale[columns]
        values = np.asarray(fn(points), dtype=np.complex128)
        slopes[:, columns] = (values.imag / (step * scale[columns])[:, None]).T
        real[:, columns] = values.real.T
    return slopes, real
