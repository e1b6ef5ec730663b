"""A derivative in low precision whose function cannot run in float64 → whether it misses the values by more than rounding does.

Values in float32, float16 or bfloat16 leave no room for steps. Along a segment of a part of the input's size they move by far more
than their spacing, and their rounding is known: a number that is rounded once is off by a uniform share of half a spacing. What a
right derivative misses the values by is such noise, another on every segment and at every length; what a wrong one misses them by
is the same share of a segment and of one half as long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from jaccli.adapters import Derivative, Leaf
from jaccli.checker.problem import Problem
from jaccli.checker.references.function import Differenced
from jaccli.checker.segments.low_precision_looks import NODES, LowPrecisionLooks, Sides
from jaccli.checker.segments.rounded import student
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Outcome
from jaccli.types import Array

__all__ = ["Shown", "applies", "judged", "looked"]

SINGLE = 2.0**-20  # machine epsilons below it are those of float32
ALPHA = 1e-7  # the probability that a right derivative is failed, for each of the looks that must agree
ALIKE = 2.0  # the shares that two lengths, and two draws, find may differ by so much
LEAST = 1.0  # machine epsilons of what moves: no smaller share is called a mistake
OF_RTOL = 0.05  # of the relative error that matters, likewise
QUIET = 5.0  # of Student's t: a derivative that shows more does not pass
EXCUSED = 64.0  # machine epsilons, below which what shows is the derivative's own rounding, as that of a sum of so many
LOUD = 4.0  # deviations of rounding, which a mistake is above
GROUP = 128  # rows that one cotangent of random signs is of: one that is lost stands out among the rounding of so many
ALONE = 5.0  # deviations, by which it does
MATRIX = 2**14  # entries of a Jacobian that is written out at some hundred nodes
PLANTED = tuple(digit * 10.0**power for power in range(-6, 0) for digit in (1, 2, 5))  # shares


@dataclass(frozen=True, slots=True)
class Plan:
    """Segments of two lengths: an error of the quadrature is another share of each, a mistake the same share of both.

    nodes, panels: of the quadrature; over a kink the derivative leaps, and what a rule misses it by is a share of one weight.
    """

    long: float
    short: float
    segments: int = 16
    nodes: int = NODES
    panels: int = 1


HALF_PLANS = (Plan(0.4, 0.2), Plan(0.1, 0.05), Plan(0.1, 0.05, 32, 3, 8))
SINGLE_PLANS = (Plan(0.1, 0.05), Plan(0.025, 0.0125), Plan(0.025, 0.0125, 32, 3, 8))


@dataclass(frozen=True, slots=True)
class Coherent:
    """The share by which a derivative misses what moves, averaged over segments, and the same in units of its scatter."""

    share: float
    t: float

    @classmethod
    def of(cls, sides: Sides, planted: float = 0.0) -> Coherent:
        """Return the share of both sides, with one planted.

        Law: the scatter is that of the segments, or that of rounding each value and each product once, whichever is larger.
        """
        with np.errstate(all="ignore"):
            shares = (sides.moved - (1 + planted) * sides.given) / sides.moved
            rounding = float(np.mean((sides.rounding / sides.moved) ** 2))
        scatter = math.sqrt(max(float(np.var(shares, ddof=1)), rounding) / len(shares))
        share = float(np.mean(shares))
        return cls(share, share / scatter if scatter else math.copysign(math.inf, share))


@dataclass(frozen=True, slots=True)
class OfSigns:
    """What is left along the same segments at two lengths, in the units of the longer ones, (k,) each, and its rounding there."""

    long: Array
    short: Array
    rounding: float
    rows: int

    def planted(self, share: float, k: int) -> OfSigns:
        """Return what would be left with an error of so large a share, of random signs."""
        error = share * math.sqrt(self.rows) * np.random.default_rng(k).standard_normal(len(self.long))
        return replace(self, long=self.long + error, short=self.short + error)

    @property
    def share(self) -> float:
        """The share of a row that is left on the average."""
        return float(np.sqrt(np.mean(self.long**2) / self.rows))

    @property
    def t(self) -> float:
        """Student's t of the correlation between what is left at both lengths; the smaller of that and of one without the quarter
        of pairs that tell most.
        """
        kept = np.argsort(np.abs(self.long * self.short))[: -len(self.long) // 4]
        return min((_correlation_t(self.long[k], self.short[k]) for k in (slice(None), kept)), key=abs)

    def wrong(self, least: float) -> bool:
        """Return whether what is left is a mistake, of a share of ``least`` or more."""
        together = self.long * self.short
        size = float(np.mean(together))
        alike = all(size * ALIKE >= float(np.mean(one**2)) for one in (self.long, self.short))
        sure = self.t >= student(len(together) * 3 // 4 - 1, 1e-3) and _correlation_t(self.long, self.short) >= student(
            len(together) - 1, ALPHA
        )
        return alike and sure and self.share >= max(least, LOUD * self.rounding / math.sqrt(self.rows))


@dataclass(frozen=True, slots=True)
class Shown:
    """What two lengths of segments show of one derivative.

    wrong    the share by which it misses the values, and how many times its scatter that is; None where nothing is sure
    quiet    whether nothing but rounding shows
    whole    the smallest share, planted in all of the derivative, that these segments would have called wrong, and its t
    parts    the smallest one of random signs, likewise
    alone    the share of a row that is lost in the rounding of others beside it
    """

    wrong: tuple[float, float] | None
    quiet: bool = False
    whole: tuple[float, float] = (math.inf, 0.0)
    parts: float = math.inf
    alone: float = math.inf
    plan: Plan = HALF_PLANS[0]
    evaluations: int = 0

    @property
    def sees(self) -> float:
        """The smallest error that would have been seen."""
        return max(self.whole[0], self.parts)

    def words(self, name: str) -> str:
        """Return what a pass says, of the derivative by ``name``."""
        whole, parts = numbers.error(self.whole[0]), numbers.error(self.parts)
        return (
            f"misses what moves along {self.plan.segments} segments, {self.plan.long:g} of the input's size long to each side, "
            f"by no more than rounding does; an error of {whole} of all of it, or of {parts} in parts, would have been seen "
            f"(false alarms: 1e-6); control: {_percent(self.whole[0])} planted in d{name} was seen at z = {self.whole[1]:.0f}"
        )


def applies(problem: Problem, y: Leaf, x: Leaf, derivative: Derivative) -> bool:
    """Return whether a derivative is one that only its own precision can judge."""
    subject = problem.subject
    coarse = max(x.eps, y.eps) > 2.0**-52 and not subject.in_float64 and not subject.may_not_terminate
    by_products = derivative.vjp is not None or derivative.jvp is not None
    small = by_products or x.value.size * y.value.size <= MATRIX
    return problem.black_box and coarse and derivative.at is not None and small


def judged(
    problem: Problem, differences: Differenced, y: Leaf, x: Leaf, derivative: Derivative, blank: Check
) -> Check | None:
    """Return the verdict on a derivative, None where segments give none.

    Law:    residuals ⟨v, f(b) − f(a)⟩ − ∫⟨Jᵀv, dx⟩ along segments of two lengths, with v along f(b) − f(a) and with random signs. A
            derivative fails where they are the same share of both lengths, in two draws, beyond a false alarm of 1e-7 each; it
            passes where they are rounding and an error of ``rtol``, planted into it, would have failed. A claim that is
            the same matrix at every point may be meant for the point alone: it passes like others, and does not fail.
    Errors: TroubleError where the user's code raises.
    """
    looks, best = LowPrecisionLooks(problem, differences, y, x, derivative), None
    constant = looks.is_constant()
    for plan in SINGLE_PLANS if max(x.eps, y.eps) < SINGLE else HALF_PLANS:
        if plan.panels > 1 and looks.by_matrix:
            continue  # some thousand matrices
        found = looked(looks, plan, max(LEAST * max(x.eps, y.eps), OF_RTOL * blank.rtol))
        if found is None:
            continue
        if found.wrong:
            return None if constant else failed(blank, found)
        if found.quiet and found.sees <= blank.rtol and found.alone <= 1:
            return passed(blank, found)
        best = found if best is None else min(best, found, key=lambda one: one.sees)
    return None if best is None or constant else open_(blank, best)


def looked(looks: LowPrecisionLooks, plan: Plan, least: float) -> Shown | None:
    """Return what segments of two lengths show, None where the values or the derivative are not finite.

    least: the share that is no mistake.
    """
    looks.nodes, looks.panels, lengths = plan.nodes, plan.panels, (plan.long, plan.short)
    along, size = zip(
        *[looks.coherent(draw, half, plan.segments) for draw in range(2) for half in lengths], strict=True
    )
    if not all(np.all(np.isfinite([one.moved, one.given])) and np.all(one.moved) for one in along):
        return None
    if found := _all_coherent(along, least):
        return Shown((found.share, abs(found.t)), evaluations=looks.evaluations)
    rows = np.flatnonzero(size[0] > 0)
    order = np.random.default_rng(rows.size).permutation(rows)
    groups = [order[k :: -(-rows.size // GROUP)] for k in range(-(-rows.size // GROUP))]
    count = max(plan.segments, len(groups))
    scan = looks.of_signs(0, plan.long, size[0], [groups[k % len(groups)] for k in range(count)])
    worst = groups[int(np.argmax(np.abs(scan.off))) % len(groups)]
    signs = []
    for draw in range(1, 3):
        one, other = (looks.of_signs(draw, half, size[0], [worst] * plan.segments) for half in lengths)
        rounding = float(np.sqrt(np.mean(one.rounding**2)))
        signs.append(OfSigns(one.off, other.off * plan.long / plan.short, rounding, worst.size))
    if all(one.wrong(least) for one in signs):
        return Shown((min(one.share for one in signs), min(abs(one.t) for one in signs)), evaluations=looks.evaluations)
    excused = min(least, EXCUSED * max(looks.x.eps, looks.y.eps))
    shown = [*((one.t, one.share) for one in map(Coherent.of, along)), *((one.t, one.share) for one in signs)]
    quiet = all(abs(t) < QUIET or abs(share) < excused for t, share in shown)
    whole = _whole_seen(along, least)
    parts = next((p for p in PLANTED if all(one.planted(p, k).wrong(least) for k, one in enumerate(signs))), math.inf)
    alone = ALONE * float(np.sqrt(np.mean(scan.off**2)))
    return Shown(None, quiet, whole, parts, alone, plan, looks.evaluations)


def _all_coherent(along: Sequence[Sides], least: float, planted: float = 0.0) -> Coherent | None:
    """Return the weakest of some looks that all show about the same share, None where they do not."""
    found = [Coherent.of(one, planted) for one in along]
    sure = all(abs(one.t) >= student(len(along[0].moved) - 1, ALPHA) and abs(one.share) >= least for one in found)
    shares = [one.share for one in found]
    alike = max(shares) <= ALIKE * min(shares) if min(shares) > 0 else min(shares) >= ALIKE * max(shares)
    return min(found, key=lambda one: abs(one.t)) if sure and alike else None


def _whole_seen(along: Sequence[Sides], least: float) -> tuple[float, float]:
    """Return the smallest share, planted in the derivative, that would have been called wrong, and its t."""
    for planted in PLANTED:
        if found := _all_coherent(along, least, planted):
            return planted, abs(found.t)
    return math.inf, 0.0


def _correlation_t(one: Array, other: Array) -> float:
    """Return Student's t of the correlation of two samples whose means are zero."""
    size = math.sqrt(float(np.sum(one**2) * np.sum(other**2)))
    r = float(np.sum(one * other)) / size if size else 0.0
    return r * math.sqrt((len(one) - 1) / max(1 - r * r, 1e-30))


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def passed(blank: Check, found: Shown) -> Check:
    """Return the check of a derivative that misses the values by rounding alone."""
    return replace(
        blank, outcome=Outcome.PASS, value=1.0, reference=1.0, error_bar=found.sees, abs_error=0.0, tolerance=blank.rtol,
        detectable=found.sees, decided=blank.entries, open_share=0.0, reference_route=JudgedBy.SEGMENTS,
        evaluations=found.evaluations, guarantee=found.words(blank.wrt),
    )  # fmt: skip


def failed(blank: Check, found: Shown) -> Check:
    """Return the failure of a derivative that misses the values by more than rounding does."""
    assert found.wrong is not None
    share, t = found.wrong
    more = "less" if share > 0 else "more"
    return replace(
        blank, outcome=Outcome.FAIL, code="JAC100", value=1 - share, reference=1.0, error_bar=abs(share / t),
        abs_error=abs(share), tolerance=0.0, decided=blank.entries, failed=1, open_share=0.0,
        reference_route=JudgedBy.SEGMENTS, evaluations=found.evaluations,
        help=f"along segments the derivative gives {numbers.error(abs(share))} of a move {more} than the values do, {t:.0f} times "
        "the rounding of this precision; the values shown are shares of a move",
    )  # fmt: skip


def open_(blank: Check, found: Shown) -> Check:
    """Return the check of a derivative that is left open, with what segments would have seen."""
    seen = (
        f"an error of {_percent(found.sees)} of what moves"
        if math.isfinite(found.sees)
        else "no error that could be planted"
    )
    what = (
        "nothing of the kind shows"
        if found.quiet
        else "what shows is more than rounding, and not the same on all segments"
    )
    return replace(
        blank, outcome=Outcome.INCONCLUSIVE, code="JAC203", decided=0, reference_route=JudgedBy.SEGMENTS,
        evaluations=found.evaluations,
        said=f"along segments in this precision {seen} would have been seen, and {what}",
        help="give it more numbers, a point away from kinks, or a larger rtol; in float32 or float64 far less would do",
    )  # fmt: skip
