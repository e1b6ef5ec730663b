"""One output, one input and random directions → checks of derivatives too large to look at column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jaccli.checker.directions.drawn import Drawn, Probes
from jaccli.difference import locate
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Outcome, Reason
from jaccli.types import Array
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS, decide
from jaccli.verdict.diagnose import CODES
from jaccli.verdict.guarantee import ALPHA, Rows, bound_factor, judge_rows, pair_factor, sentence
from jaccli.verdict.sparse import Wrong, kind_of
from jaccli.verdict.unverified import open_share

__all__ = ["Directions", "Probes", "Product", "dense"]

Product = Callable[[Array], Array]  # tangents (k, n) → (m, k), A dx for every tangent
SIZES = np.array([1.0, 0.7, 1.6])  # of the steps by which an entry is confirmed
MAX_FOUND = 4  # wrong entries that are looked for, one after the other


class Directions(Drawn):
    """The verdicts of a function's random directions on its derivatives."""

    def rows(self, product: Product, probes: Probes) -> tuple[Array, Rows]:
        """Return A u of one derivative, (m, g·k), and what the directions say about every row."""
        count = len(probes.strata)
        tested = np.concatenate([product(self.tangents(probes.strata, g)) for g in range(count)], axis=1)
        factor = bound_factor(self.values.size * count, self.count)
        rows = judge_rows(
            tested,
            probes.reference,
            self.values,
            rtol=self.rtol,
            factor=factor,
            eps=self.eps,
            own_steps=probes.own_steps,
        )
        return tested, rows

    def judged(self, blank: Check, product: Product, probes: Probes) -> Check:
        """Return the verdict on one derivative, and the wrong entries where there are some."""
        tested, rows = self.rows(product, probes)
        check = self.described(blank, rows, probes, tested)
        if isinstance(product, _Dense) and not np.all(np.isfinite(product.matrix)):
            return self.not_finite(check, product.matrix)
        off = rows.excess > 1
        if np.any(off) and np.all(np.isfinite(rows.residual)):
            row = int(np.argmax(rows.excess.max(axis=1)))
            suspects = [g for g in np.argsort(-rows.excess[row]) if off[row, g]]
            return self.found(check, product, row, [probes.strata.members[g] for g in suspects], probes.strata.scale)
        return check

    def paired(self, blank: Check, vjp: Callable[[Array], Array], probes: Probes) -> Check:
        """Return the verdict on a vjp by k pairs: (Jᵀ v)·u against v·(D u), the weaker bound; ``vjp`` is of flat arrays."""
        reference, count = probes.reference, len(probes.strata)
        known = np.all((reference.reason == Reason.NONE) & np.isfinite(reference.error_bar), axis=1)
        drawn = self.rng("cotangents").standard_normal((self.count * count, self.values.size))
        v = np.where(known, drawn, 0.0)
        value, error_bar, curvature = (
            np.where(known[:, None], part, 0.0) for part in (reference.value, reference.error_bar, reference.curvature)
        )
        pulled = [
            float(vjp(y_bar) @ dx)
            for g in range(count)
            for y_bar, dx in zip(v[g * self.count :], self.tangents(probes.strata, g), strict=False)
        ]
        tested = np.array([pulled])
        one = replace(
            reference,
            value=np.sum(v.T * value, axis=0)[None],
            error_bar=np.sum(np.abs(v.T) * error_bar, axis=0)[None],
            curvature=np.sum(curvature, axis=0)[None],
            reason=np.full((1, self.count * count), Reason.NONE if np.any(known) else Reason.NOISE),
        )
        size = np.array([float(np.linalg.norm(self.values))])
        factor = pair_factor(self.count, ALPHA / count)
        rows = judge_rows(tested, one, size, rtol=self.rtol, factor=factor, eps=self.eps, own_steps=probes.own_steps)
        check = self.described(blank, rows, replace(probes, reference=one), tested, pairs=True)
        if check.outcome != Outcome.PASS or np.all(known):
            return check
        return replace(
            check,
            outcome=Outcome.INCONCLUSIVE,
            code="JAC207",
            decided=int(np.sum(known)) * self.x.size,
            open_share=1.0,
            reason=Reason.NOISE,
            guarantee=None,
        )

    def described(self, blank: Check, rows: Rows, probes: Probes, tested: Array, pairs: bool = False) -> Check:
        """Return the check with what its worst row and direction show."""
        reference, (row, stratum, k) = probes.reference, rows.worst
        column = stratum * self.count + k
        outcome = FAIL if FAIL in rows.outcome else INCONCLUSIVE if INCONCLUSIVE in rows.outcome else PASS
        sizes = np.array([len(members) for members in probes.strata.members])
        passed = int(np.sum((rows.outcome == PASS) * sizes))
        finite = bool(np.all(np.isfinite(tested)))
        code = {PASS: None, FAIL: "JAC100" if finite else "JAC110", INCONCLUSIVE: "JAC207"}[outcome]
        reason = Reason(reference.reason[row, column]) if outcome == INCONCLUSIVE else Reason.NONE
        guarantee = sentence(rows, self.count, self.seed, reference.evaluations, pairs) if outcome == PASS else None
        return replace(
            blank,
            outcome={PASS: Outcome.PASS, FAIL: Outcome.FAIL, INCONCLUSIVE: Outcome.INCONCLUSIVE}[outcome],
            code=CODES.get(reason, code),
            of_index=() if pairs else _place(row, self.of_shape),
            value=float(tested[row, column]),
            reference=float(reference.value[row, column]),
            error_bar=float(reference.error_bar[row, column]),
            abs_error=float(rows.residual[row, stratum, k]),
            tolerance=float(rows.allowed[row, stratum, k]),
            detectable=rows.detectable,
            reference_route=JudgedBy.DIRECTIONS,
            evaluations=reference.evaluations,
            decided=passed if not pairs else (blank.entries if outcome == PASS else 0),
            open_share=open_share(rows.size, rows.size, rows.bound, rows.outcome == INCONCLUSIVE),
            failed=int(np.sum(np.any(rows.outcome == FAIL, axis=1))),
            guarantee=guarantee,
            reason=reason or (Reason.NOISE if outcome == INCONCLUSIVE else Reason.NONE),
            help="the sum of a whole row's errors is shown; no single entry stands out" if outcome == FAIL else "",
        )

    # --- after a failure

    def not_finite(self, check: Check, matrix: Array) -> Check:
        """Return the check at the first entry that is NaN or infinite, where the function itself is finite."""
        if check.outcome != Outcome.FAIL:
            return check
        row, column = (int(k) for k in np.argwhere(~np.isfinite(matrix))[0])
        count, value = int(np.sum(~np.isfinite(matrix))), float(matrix[row, column])
        words = (
            f"{count} of {matrix.size:,} entries are not finite; look for 0/0, log(0) or an overflow in the derivative"
        )
        nan = float("nan")
        return replace(
            check, code="JAC110", value=value, reference=nan, error_bar=nan, abs_error=nan, failed=count, help=words,
            of_index=_place(row, self.of_shape), wrt_index=_place(column, self.wrt_shape),
        )  # fmt: skip

    def found(self, check: Check, product: Product, row: int, suspects: Sequence[Array], scale: Array) -> Check:
        """Return the check with the wrong entries of a row, each confirmed by a difference in its column, where some stand out.

        suspects: columns of each stratum in which the row is off.
        """
        wrong: list[Wrong] = []
        more = False
        for members in suspects:
            more = True
            while more and len(wrong) < MAX_FOUND:
                column = self.column(product, row, members, [one.column for one in wrong], scale)
                one = self.confirmed(product, row, column, scale) if column is not None else None
                more = one is not None
                wrong += [one] if one is not None else []
        if not wrong:
            return check
        wrong.sort(key=lambda one: one.column)
        worst = max(wrong, key=lambda one: one.residual / one.tolerance)
        names = [f"[{', '.join(map(str, _place(one.column, self.wrt_shape)))}]" for one in wrong]
        code, words = kind_of(wrong, names, more)
        return replace(
            check,
            outcome=Outcome.FAIL,
            code=code,
            of_index=_place(row, self.of_shape),
            wrt_index=_place(worst.column, self.wrt_shape),
            value=worst.tested,
            reference=worst.value,
            error_bar=worst.error_bar,
            abs_error=worst.residual,
            tolerance=worst.tolerance,
            failed=max(check.failed, len(wrong)),
            guarantee=None,
            reason=Reason.NONE,
            help=words,
        )

    def column(self, product: Product, row: int, members: Array, known: Sequence[int], scale: Array) -> int | None:
        """Return the column of a wrong entry of a row beside the ``known`` ones, None where no other stands out."""

        def residual(u: Array) -> tuple[Array, Array]:
            tangents = np.zeros((len(u), self.x.size))
            tangents[:, members] = u * scale[members]
            tangents[:, list(known)] = 0.0
            reference, tested = self.differences(tangents), product(tangents)
            rows = judge_rows(tested, reference, self.values, rtol=self.rtol, factor=1.0, eps=self.eps)
            return (tested - reference.value)[row], rows.allowed[row, 0]

        place = locate(residual, len(members), self.rng("groups"))
        return None if place is None else int(members[place])

    def confirmed(self, product: Product, row: int, column: int, scale: Array) -> Wrong | None:
        """Return the entry, where a difference in its column alone fails it; steps of three sizes are tried."""
        size = float(scale[column])
        tangents = np.zeros((len(SIZES), self.x.size))
        tangents[:, column] = SIZES * size
        tested, reference = product(tangents), self.differences(tangents)
        a, d, e = (part[row] / (size * SIZES) for part in (tested, reference.value, reference.error_bar))
        known = np.isfinite(a) & np.isfinite(d) & np.isfinite(e)
        if not np.any(known):
            return None
        k = int(np.argmin(np.where(known, e, np.inf)))
        a, d, e = a[k : k + 1], d[k : k + 1], e[k : k + 1]
        rounding = (abs(self.values[row]) + np.abs(d) * size) / size
        decision = decide(a, d, e, rounding, rtol=self.rtol, eps=self.eps)
        found = (float(a[0]), float(d[0]), float(e[0]), abs(float(a[0] - d[0])), float(decision.tolerance[0]))
        return Wrong(column, *found) if decision.outcome[0] == FAIL else None


def dense(matrix: Array) -> Product:
    """Return the product of a Jacobian that is at hand with tangents."""
    return _Dense(matrix)


@dataclass(frozen=True, slots=True)
class _Dense:
    matrix: Array

    def __call__(self, tangents: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return np.asarray(self.matrix @ tangents.T)


def _place(k: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(k, shape)) if shape else ()
