"""Derivative under test × reference with error bars → pass, fail or inconclusive, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jaccli.reference import KAPPA_DIFFERENCES
from jaccli.results.kinds import Reason
from jaccli.types import Array

__all__ = ["FAIL", "INCONCLUSIVE", "PASS", "Decision", "Exceptions", "decide", "rounding_scale"]

PASS, FAIL, INCONCLUSIVE = 0, 1, 2
POWER = 10.0  # an error bar this many times the tolerance decides nothing
WITHIN = 0.25  # of its error bar: a difference is within a sixth of it where functions are smooth (docs/checker.md)
KNOWN = 4.0  # error bars above which a small derivative is not zero
SINGLE = 2.0**-23
ROUNDINGS = 64.0  # times what is known of a derivative's rounding, which a claim's own formula may have
SUBNORMAL = 2.0**-1074  # the smallest double: what rounding is near zero, however small the numbers are
DIGITS = 3  # of the logarithms of two errors that are called equal
ZERO = 64.0  # units of eps·S below which a derivative moves the function by no more than its rounding: a zero


@dataclass(frozen=True)
class Decision:
    """Verdicts per entry.

    Shapes: all those of the tested array; outcome holds PASS, FAIL and INCONCLUSIVE.
    """

    outcome: Array
    reason: Array  # of Reason: NONE for a decided entry, SUBGRADIENT for one accepted at a kink, NOT_FINITE for one that fails so
    residual: Array  # |tested − reference|
    tolerance: Array  # τ
    detectable: Array  # (τ + e)/|D|, the smallest relative error that would have been seen

    @property
    def decided(self) -> int:
        """How many entries passed or failed."""
        return int(np.sum(self.outcome != INCONCLUSIVE))

    @property
    def worst(self) -> int:
        """The flat index of the entry to show: failures first, then what is undecided, then by residual/tolerance and by residual.

        Sizes that differ in their last digits alone are equal, so rounding chooses nothing: a zero for a number is off by 100 %.
        """
        if self.residual.size == 1:
            return 0
        with np.errstate(all="ignore"):
            ratio = np.nan_to_num(self.residual / np.where(self.tolerance > 0, self.tolerance, 1), nan=np.inf)
            relative, absolute = (np.round(np.log10(size), DIGITS) for size in (ratio, self.residual))
        rank = np.where(self.outcome == FAIL, 2, np.where(self.outcome == INCONCLUSIVE, 1, 0))
        return int(np.lexsort((absolute.ravel(), relative.ravel(), rank.ravel()))[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions:
    """Facts about a block beside its numbers, which excuse a residual or forbid a pass; None where a fact is not known.

    Shapes: each that of the tested array.
    low, high   the one-sided slopes, where the point is on a kink, beside one, or on a staircase
    leap        how high the steps of a staircase are, else 0; its treads have one slope, and what they follow another
    reason      why the reference is not to be believed, of Reason
    rounding    what computing in doubles may do to a right derivative: a residual up to that does not fail
    measured    the rounding of what is tested itself: rounding of f excuses no more than that
    routes_off  how far the program's own derivatives are off: a claim beside them passes with 64 times that, not with κ·eps·S
    by_values   whether values alone judge: nothing passes that could be off by more than 10 rtol, nor by more than e/4
    zero        the S of what is a zero if it moves f by no more than its rounding, where that is not ``scale``
    zero_scale  that of the largest input, for zeros among values alone
    zero_bar    the widest error bar of such a zero, where that is not κ·eps·S
    """

    low: Array | None = None
    high: Array | None = None
    leap: Array | None = None
    reason: Array | None = None
    rounding: Array | None = None
    measured: Array | None = None
    routes_off: Array | None = None
    by_values: bool = False
    zero: Array | None = None
    zero_scale: Array | None = None
    zero_bar: Array | None = None


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
    known: Exceptions | None = None,
) -> Decision:
    """Judge a = ``tested`` against D = ``value`` ± e = ``error_bar``: the first rule that applies to an entry decides it.

    1. At a kink, a value between the two slopes passes, and any other fails.
    2. A value that is not finite fails against a number that could have decided; without such a number the entry is inconclusive.
    3. Beside a kink, and on a staircase, a value between the two slopes that is not that of the point's own side is inconclusive.
    4. An entry whose reference cannot be believed is inconclusive, for the reason the reference gives.
    5. An entry with Δ > τ + e fails.
    6. An entry with Δ + e ≤ τ passes, provided that an error which matters would have been seen; any other is inconclusive.

    Shapes: all of one shape.
    Units:  error_bar and scale in those of the derivative; eps is that of the function's output.
    Law:    Δ = |a − D|, τ = max(rtol·max(|a|, |D|), κ·eps·S), with S = ``scale``.
    """
    entries = _Entries(tested, value, error_bar, scale, rtol, eps, kappa, known or Exceptions())
    with np.errstate(all="ignore"):
        outcome = np.full(tested.shape, INCONCLUSIVE)
        reason = np.full(tested.shape, Reason.NOISE, dtype=object)
        for rule in reversed(RULES):  # the first that applies has the last word; np.select takes ten times as long
            branch = rule(entries)
            if branch.applies.any():
                outcome = np.where(branch.applies, branch.outcome, outcome)
                reason = np.where(branch.applies, branch.reason, reason)
        detectable = (entries.tolerance + error_bar) / np.abs(value)
    return Decision(outcome, reason, entries.residual, entries.tolerance, detectable)


class _Entries:
    """The numbers of a block that the rules ask for.

    Shapes: all those of the tested array.
    """

    def __init__(
        self,
        tested: Array,
        value: Array,
        error_bar: Array,
        scale: Array,
        rtol: float,
        eps: float,
        kappa: float,
        known: Exceptions,
    ) -> None:
        self.tested, self.value, self.error_bar, self.scale = tested, value, error_bar, scale
        self.rtol, self.eps, self.known = rtol, eps, known
        none = np.full(tested.shape, Reason.NONE, dtype=object)
        self.reason = none if known.reason is None else known.reason.astype(object)
        self.believed = self.reason == Reason.NONE
        with np.errstate(all="ignore"):
            self.residual = np.abs(tested - value)
            self.size = np.fmax(np.abs(tested), np.abs(value))
            self.floor = kappa * (eps * np.where(np.isfinite(scale), scale, 0.0) + SUBNORMAL)
            self.tolerance = np.maximum(rtol * self.size, self.floor)
            self.wrong = self._wrong()
            self.powerless = self._powerless()
            near = self.residual + error_bar <= self.tolerance
        self.right = near & ~self.wrong & ~self.powerless
        self.stairs = np.zeros(tested.shape, dtype=bool) if known.leap is None else known.leap > 0
        low, high = (np.full(tested.shape, np.nan) if side is None else side for side in (known.low, known.high))
        self.between = (tested >= low) & (tested <= high)
        self.slopes = np.isfinite(low) & np.isfinite(high) & np.isfinite(tested) & ~self.stairs

    def _wrong(self) -> Array:
        """Return where Δ > τ + e, beyond what rounding excuses."""
        excused = 0.0 if self.known.rounding is None else self.known.rounding
        wrong = self.residual > self.tolerance + self.error_bar + excused
        if self.known.measured is None:
            return np.asarray(wrong)
        itself = np.fmax(self.rtol * self.size, self.known.measured)
        return np.asarray(wrong | (self.residual > itself + self.error_bar))

    def _powerless(self) -> Array:
        """Return where an error that matters would not have been seen."""
        relative, known = self.rtol * self.size, self.known
        zero = self.scale if known.zero is None else known.zero
        found = self.error_bar > POWER * np.maximum(self.rtol * np.abs(self.value), self.floor)
        unseen = self.tolerance + self.error_bar > self.size  # an error of the derivative's whole size
        found |= unseen & (np.abs(self.tested) > ZERO * (self.eps * zero + SUBNORMAL))
        if self.eps > SINGLE:  # what half precision may round excuses nearly everything
            found |= (self.residual > relative) & (np.abs(self.value) > KNOWN * self.error_bar)
        if known.routes_off is not None:  # |f| alone excuses no slope, as in 1e16 + x
            found |= (self.residual > np.fmax(relative, ROUNDINGS * known.routes_off)) & (self.value != 0)
        if known.by_values:
            least = np.fmax(relative, WITHIN * self.error_bar)  # a wrong derivative beyond this is not passed
            found |= ((least > POWER * relative) | (self.residual > least)) & ~self._zero()
        return np.asarray(found)

    def _zero(self) -> Array:
        """Return where both derivatives move the function by no more than its rounding, as far as values alone can tell."""
        scale = self.scale if self.known.zero_scale is None else self.known.zero_scale
        bar = self.floor if self.known.zero_bar is None else self.known.zero_bar
        least = np.where(self.tested == 0, np.abs(self.value) - self.error_bar, self.size)  # a difference is noise here
        small = (least <= ZERO * self.eps * scale) & (self.error_bar <= bar)
        return np.asarray(small & (np.abs(self.value) <= KNOWN * self.error_bar))


@dataclass(frozen=True, slots=True)
class _Branch:
    """Where a rule applies, and what it says there."""

    applies: Array
    outcome: Array | int
    reason: Array | Reason


def _at_a_kink(entries: _Entries) -> _Branch:
    """Rule 1: a value between the two slopes is a subgradient."""
    inside = entries.between
    said = np.where(inside, Reason.SUBGRADIENT, Reason.NONE)
    return _Branch(entries.slopes & ~np.isfinite(entries.error_bar), np.where(inside, PASS, FAIL), said)


def _not_finite(entries: _Entries) -> _Branch:
    """Rule 2: infinity − infinity is not agreement."""
    number, truth = np.isfinite(entries.tested), np.isfinite(entries.value)
    fails = truth & entries.believed & ~entries.powerless
    open_ = np.where(entries.believed, Reason.DOMAIN, entries.reason)
    said = np.where(fails & ~number, Reason.NOT_FINITE, open_)
    return _Branch(~(number & truth), np.where(fails, FAIL, INCONCLUSIVE), said)


def _on_another_side(entries: _Entries) -> _Branch:
    """Rule 3: doubles cannot tell a point beside a kink from the kink, nor what a staircase follows from its treads."""
    beside = (entries.slopes & np.isfinite(entries.error_bar)) | entries.stairs
    other = beside & entries.between & ~(entries.right & entries.believed)
    return _Branch(other, INCONCLUSIVE, np.where(entries.stairs, Reason.STAIRCASE, Reason.KINK))


def _without_a_reference(entries: _Entries) -> _Branch:
    """Rule 4: the reference itself says why it cannot be believed."""
    return _Branch(~entries.believed, INCONCLUSIVE, entries.reason)


def _wrong(entries: _Entries) -> _Branch:
    """Rule 5: further off than the tolerance, the error bar and rounding together."""
    return _Branch(entries.wrong, FAIL, Reason.NONE)


def _right(entries: _Entries) -> _Branch:
    """Rule 6: within the tolerance, error bar included, and an error that matters would have been seen."""
    return _Branch(entries.right, PASS, Reason.NONE)


#: In this order, as in the docstring of ``decide`` and in docs/checker.md.
RULES = (_at_a_kink, _not_finite, _on_another_side, _without_a_reference, _wrong, _right)
