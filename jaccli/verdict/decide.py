"""Derivative under test × reference with error bars → pass, fail or inconclusive, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jaccli.reference import KAPPA_DIFFERENCES
from jaccli.results.kinds import Reason
from jaccli.types import Array

__all__ = ["FAIL", "INCONCLUSIVE", "PASS", "Decision", "decide", "rounding_scale"]

PASS, FAIL, INCONCLUSIVE = 0, 1, 2
POWER = 10.0  # an error bar this many times the tolerance decides nothing
WITHIN = 0.25  # of its error bar: a difference is within a sixth of it where functions are smooth (docs/checker.md)
KNOWN = 4.0  # error bars above which a small derivative is no zero
SINGLE = 2.0**-23
ROUNDINGS = 64.0  # times what is known of a derivative's rounding, which a claim's own formula may have
SUBNORMAL = 2.0**-1074  # the smallest double: what rounding is near zero, however small the numbers are
ZERO = 64.0  # units of eps·S below which a derivative moves the function by no more than its rounding: a zero


@dataclass(frozen=True)
class Decision:
    """Verdicts per entry.

    Shapes: all those of the tested array; outcome holds PASS, FAIL and INCONCLUSIVE.
    """

    outcome: Array
    reason: Array  # "" for a decided entry; "subgradient" for one accepted at a kink
    residual: Array  # |tested − reference|
    tolerance: Array  # τ
    detectable: Array  # (τ + e)/|D|, the smallest relative error that would have been seen

    @property
    def decided(self) -> int:
        """How many entries passed or failed."""
        return int(np.sum(self.outcome != INCONCLUSIVE))

    @property
    def worst(self) -> int:
        """The flat index of the entry to show: a failure first, then an undecided one, then the largest residual."""
        with np.errstate(all="ignore"):
            size = np.nan_to_num(self.residual / np.where(self.tolerance > 0, self.tolerance, 1), nan=np.inf)
        rank = np.where(self.outcome == FAIL, 2, np.where(self.outcome == INCONCLUSIVE, 1, 0))
        return int(np.lexsort((size.ravel(), rank.ravel()))[-1])


def rounding_scale(values: Array, jacobian: Array, x_scale: Array, total: Array) -> Array:
    """Return S, what rounding alone can disturb in each entry, in units of 1/eps.

    Shapes: values, total (m,); jacobian (m, n); x_scale (n,); result (m, n).
    Law:    S_ij = (|f_i| + total_i) / s_j, with ``total`` the sum of ``Reference.reach`` over all inputs of the function.
    """
    with np.errstate(all="ignore"):
        return (np.abs(values) + total)[:, None] / x_scale[None, :] + 0 * jacobian


def decide(
    tested: Array,
    value: Array,
    error_bar: Array,
    scale: Array,
    *,
    rtol: float,
    eps: float = 2.0**-52,
    kappa: float = KAPPA_DIFFERENCES,
    low: Array | None = None,
    high: Array | None = None,
    reason: Array | None = None,
    rounding: Array | None = None,
    own: Array | None = None,
    zero_scale: Array | None = None,
    zero_bar: Array | None = None,
    by_values: bool = False,
    leap: Array | None = None,
    measured: Array | None = None,
) -> Decision:
    """Judge ``tested`` against ``value`` ± ``error_bar``.

    Shapes: all of one shape.
    Units:  error_bar and scale in those of the derivative; eps is that of the function's output.
    Law:    τ = max(rtol·max(|a|, |D|), κ·eps·S); FAIL when Δ > τ + e, PASS when Δ + e ≤ τ, otherwise INCONCLUSIVE. A value that
            is not finite on one side only is a FAIL, on both sides INCONCLUSIVE. Where the point is a kink, with one-sided
            slopes ``low`` and ``high``, a subgradient between them is a PASS and anything else a FAIL. Where it is beside a kink
            that doubles cannot tell it from, the slope of its own side is right, and another between the two INCONCLUSIVE; likewise
            on a staircase (``leap`` > 0), whose treads have one slope and what they follow another.
            What is tested may be off by its own rounding, where that is ``measured``, and rounding of f excuses no more than that.
            A residual that computing in doubles may cause, up to ``rounding``, is no FAIL. What could be wrong by its whole size
            unseen is INCONCLUSIVE, unless it is a zero to rounding: at most 64 eps·S, with S that of the largest input where
            ``zero_scale`` gives it, with e ≤ κ·eps·S, or ``zero_bar``, and not known to be another number. So is a claim that is
            off by less than κ·eps·S, but by more than rtol and than the truth may be: by more than ``own``, what the program's
            own derivatives miss it by, or, ``by_values`` alone, by more than e/4, which must itself be below 10 rtol of the size.
            For |f| alone excuses no slope, as in 1e16 + x. In half precision nothing but a zero is passed by its rounding.
    """
    reason = np.full(tested.shape, Reason.NONE, dtype=object) if reason is None else reason.astype(object)
    with np.errstate(all="ignore"):
        residual = np.abs(tested - value)
        floor = kappa * (eps * np.where(np.isfinite(scale), scale, 0.0) + SUBNORMAL)
        tolerance = np.maximum(rtol * np.fmax(np.abs(tested), np.abs(value)), floor)
        wrong = residual > tolerance + error_bar + (0.0 if rounding is None else rounding)
        if measured is not None:
            wrong |= residual > np.fmax(rtol * np.fmax(np.abs(tested), np.abs(value)), measured) + error_bar
        right = residual + error_bar <= tolerance
        size = np.fmax(np.abs(tested), np.abs(value))
        powerless = error_bar > POWER * np.maximum(rtol * np.abs(value), floor)
        powerless |= (tolerance + error_bar > size) & (np.abs(tested) > ZERO * (eps * scale + SUBNORMAL))
        if eps > SINGLE:  # what half precision may round excuses nearly everything
            powerless |= (residual > rtol * size) & (np.abs(value) > KNOWN * error_bar)
        if own is not None:
            powerless |= (residual > np.fmax(rtol * size, ROUNDINGS * own)) & (value != 0)
        if by_values:
            least = scale if zero_scale is None else zero_scale
            zero = (
                (size <= ZERO * eps * least)
                & (error_bar <= (floor if zero_bar is None else zero_bar))
                & (np.abs(value) <= KNOWN * error_bar)
            )
            seen = np.fmax(rtol * size, WITHIN * error_bar)  # a wrong derivative beyond this is not passed
            powerless |= ((seen > POWER * rtol * size) | (residual > seen)) & ~zero
        outcome = np.where(wrong, FAIL, np.where(right & ~powerless, PASS, INCONCLUSIVE))
        detectable = (tolerance + error_bar) / np.abs(value)
    outcome = np.where((reason != Reason.NONE) & ~np.isinf(tested), INCONCLUSIVE, outcome)
    finite, known = np.isfinite(tested), np.isfinite(value)
    outcome = np.where(
        finite & known, outcome, np.where(known & (reason == Reason.NONE) & ~powerless, FAIL, INCONCLUSIVE)
    )
    if low is not None and high is not None:
        inside = (tested >= low) & (tested <= high)
        stairs = np.zeros_like(known) if leap is None else leap > 0
        slopes = np.isfinite(low) & np.isfinite(high) & finite & ~stairs
        beside, own = (slopes & np.isfinite(error_bar)) | stairs, slopes & ~np.isfinite(error_bar)
        other_side = beside & known & inside & (outcome != PASS)
        outcome = np.where(other_side, INCONCLUSIVE, outcome)
        reason = np.where(other_side & stairs, Reason.STAIRCASE, np.where(other_side & ~stairs, Reason.KINK, reason))
        outcome = np.where(own, np.where(inside, PASS, FAIL), outcome)
        reason = np.where(own, np.where(inside, Reason.SUBGRADIENT, Reason.NONE), reason)
    undecided = (outcome == INCONCLUSIVE) & (reason == Reason.NONE)
    reason = np.where(undecided, np.where(finite & known, Reason.NOISE, Reason.DOMAIN), reason)
    reason = np.where((outcome == FAIL) & ~finite, Reason.NOT_FINITE, reason)
    return Decision(outcome, reason, residual, tolerance, detectable)
