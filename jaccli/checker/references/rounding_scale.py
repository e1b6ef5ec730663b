"""One block of a Python function → what rounding can disturb in it, in units of 1/eps."""

from __future__ import annotations

import numpy as np

from jaccli.difference.noise import FLOOR
from jaccli.reference import Reference, input_scale, magnitude
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome, Reason
from jaccli.types import Array
from jaccli.verdict.decide import rounding_scale

__all__ = ["block_scales", "on_a_tread", "treads"]

SHARED = 2.0**-6  # of the largest entry of a block; with κ = 4096 that is 64 eps, below anything that is checked
CANCELLED = 2.0**10  # times its rounding: up to that, a value's noise is that of larger terms which cancel in it
NOISY = 4.0  # times its rounding: from there on a value's noise shows larger terms
TINY = 2.0**-24  # of one, or of x: so little is left where such numbers cancel, which no step of a difference sees
LOUD = 2.0**8  # roundings of a value, above which its noise may be the steps of a quantiser


def _perhaps_stairs(reference: Reference, x: Array, values: Array) -> Array:
    """Return where a slope may be that of one tread, or of what the steps follow, (m, n).

    Shapes: x (n,); values (m,).
    Law:    a value so small that larger ones may cancel in it has treads longer than the steps of a difference; one so noisy may
            have shorter ones.
    """
    tiny = np.abs(values) < TINY * max(1.0, float(np.max(np.abs(x), initial=0.0)))
    loud = reference.noise > LOUD * 2.0**-52 * (np.abs(values) + reference.reach(x))
    return np.asarray((tiny | loud)[:, None] & (reference.value != 0) & np.isfinite(reference.error_bar))


def treads(reference: Reference, tested: Array, x: Array, values: Array, sudden: Array) -> Array:
    """Return the entries at which a last look at stairs is worth its cost: what disagrees, is open, or may be a tread's, (m, n).

    sudden: (m,), the outputs that leave their slope all at once.
    """
    with np.errstate(all="ignore"):
        apart = ~(np.abs(tested - reference.value) <= reference.error_bar)
    open_ = np.isin(reference.reason, (Reason.STEP_WINDOW, Reason.DOMAIN, Reason.JUMP)) & np.isfinite(reference.value)
    flat = ~np.any(reference.value, axis=1)
    steep = sudden[:, None] & ((reference.value != 0) | flat[:, None]) & np.isfinite(reference.error_bar)
    return np.asarray(
        (apart & (reference.reason != Reason.DOMAIN)) | open_ | steep | _perhaps_stairs(reference, x, values)
    )


def on_a_tread(check: Check, reference: Reference, x: Array, values: Array) -> bool:
    """Return whether a verdict by differences may be one by the slope of a tread."""
    asked = check.outcome == Outcome.FAIL or check.code in ("JAC203", "JAC205") or check.reason == Reason.JUMP
    return asked or bool(np.any(_perhaps_stairs(reference, x, values)))


def block_scales(
    reference: Reference, x: Array, size: Array, reach: Array, eps: float, most: Array | float = 1.0
) -> tuple[Array, Array, Array]:
    """Return three scales S of each entry: by its own output, with the rounding that the block shares, and to tell a zero.

    Shapes: x (n,), the input; size, reach (m,), |f| and how far all inputs move it; all results (m, n).
    most:   of |f| that makes a zero.
    Law:    S as in ``rounding_scale``, with the size of terms that cancel in f where its noise shows them. The entries of one array
            are computed together: a zero has the rounding of its neighbours. A derivative that moves f by less than f is rounded
            is a zero beside what other inputs move, and below the rounding of ``most``; beside a large constant it cannot be known.
    """
    inside = np.minimum(reference.noise / (FLOOR * eps), CANCELLED * size)
    terms = np.where(inside > NOISY * size, inside, 0.0)
    sizes = np.fmax(size, inside), np.fmax(np.fmin(size, most), terms)
    alone, zero = (rounding_scale(one, reference.value, input_scale(x), reach) for one in sizes)
    with np.errstate(all="ignore"):
        shared = SHARED * np.nanmax(np.abs(reference.value) * magnitude(x), initial=0.0) / input_scale(x)
    return alone, np.maximum(alone, shared), np.maximum(zero, shared)
