"""Doubles that carry only the digits of float32 → the message that something inside the function or its derivative casts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jaccli.reference import Reference
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.results.numbers import error as short_number
from jaccli.types import Array

__all__ = ["noise_of_single", "perhaps_single", "single_inside"]

DOUBLE, SINGLE = 2.0**-52, 2.0**-23
CANCELS = 16.0  # roundings of the largest number that is there
LOST = 64.0  # roundings of a value: by less it scatters without a cancellation, as what takes many operations does
#: Relative to a value: what the noise of float32 looks like, around its rounding of 2^-24, and how far off a derivative is.
NOISE, OFF = (2.0**-29, 2.0**-19), (2.0**-29, 2.0**-20)


def perhaps_single(found: Array, reference: Reference, eps: float) -> bool:
    """Return whether most entries of a derivative of doubles may have float32's digits only, and the error bars cannot tell.

    Shapes: found (m, n).
    """
    with np.errstate(all="ignore"):
        residual, size = np.abs(found - reference.value), np.abs(reference.value)
        off = (residual > OFF[0] * size) & (size > 0)
    most = 2 * np.sum(off) >= np.sum(size > 0)
    return bool(eps <= DOUBLE and most and not np.all(4 * reference.error_bar[off] < residual[off]))


def single_inside(check: Check, found: Array, reference: Reference, scale: Array, eps: float) -> Check:
    """Return a passed check of doubles as undecided where half of the entries are off by what float32 rounds, but no more.

    Shapes: found, scale (m, n).
    """
    with np.errstate(all="ignore"):
        residual, size = np.abs(found - reference.value), np.abs(reference.value)
        known = np.isfinite(reference.error_bar) & (
            size * 2.0**-22 > reference.error_bar + reference.kappa * eps * scale
        )
        off = known & (residual > 4 * reference.error_bar) & (residual > OFF[0] * size)
    few = not np.any(known) or 2 * np.sum(off) < np.sum(known)
    if eps > DOUBLE or few or np.any(residual[known] > OFF[1] * size[known]):
        return check
    share = short_number(float(np.median(residual[off] / size[off])))
    message = f"a derivative of doubles that is right to float32's digits only: off by {share} of its value"
    help_ = "something in the derivative casts to float32, or stops at a tolerance; rtol=1e-6 says that this is enough"
    return replace(
        check, outcome=Outcome.INCONCLUSIVE, code="JAC201", said=message, help=help_, decided=0, open_share=1.0
    )


def noise_of_single(check: Check, reference: Reference, value: Array, eps: float, largest: float) -> Check:
    """Return a check that noise leaves open, naming float32 where the noise of the values is float32's.

    Shapes: value: of the output, (m,) side by side; eps is that of its dtype.
    largest: the size of the largest input or output: where it is rounded by as much as the noise, it cancels in the value.
    """
    if check.code not in ("JAC207", "JAC203") or eps >= SINGLE:
        return check
    shares = reference.noise / np.maximum(np.abs(value.reshape(-1)), np.finfo(float).tiny)
    worst, size = int(np.nanargmax(shares)), max(1.0, largest)
    of_open = np.ravel_multi_index(check.of_index, value.shape) if len(check.of_index) == value.ndim > 0 else worst
    for row in (int(of_open), worst):
        if LOST * DOUBLE < shares[row] < 1 and reference.noise[row] <= CANCELS * DOUBLE * size:
            words = (
                f"`{check.of}` is known to {short_number(shares[row])} of its value, since numbers of about {size:.3g}"
            )
            help_ = f"{words} cancel in it: write it so that they do not, or check it where they differ more"
            return replace(check, help=help_)
    share = float(shares[worst])
    if not NOISE[0] < share < NOISE[1]:
        return check
    message = f"`{check.of}` is float64 with the noise of float32: {short_number(share)} of its value"
    help_ = "something inside casts to float32, or stops at a tolerance; rtol=1e-3 says that this is enough"
    return replace(check, code="JAC201", said=message, help=help_)
