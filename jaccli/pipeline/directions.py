"""One output, one input and random directions → checks of derivatives too large to look at column by column."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.difference import along, locate
from jaccli.reference import Reference, input_scale
from jaccli.verdict import Check
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS, decide
from jaccli.verdict.guarantee import Rows, bound_factor, judge_rows, pair_factor, sentence
from jaccli.verdict.sparse import Wrong, kind_of

__all__ = ["DIRECTIONS", "MAX_ROWS", "Directions", "Product"]

Array = np.ndarray[Any, Any]
Product = Callable[[Array], Array]  # (k, n), in units of the input's scale → (m, k), A u for every direction
DIRECTIONS = 8
MAX_ROWS = 20_000_000  # entries of a Jacobian that is filled to multiply it with directions
SIZES = np.array([1.0, 0.7, 1.6])  # of the steps by which an entry is confirmed
MAX_FOUND = 4  # wrong entries that are looked for, one after the other
#: Reasons of a reference → rule codes.
REASONS = {**dict.fromkeys(("kink", "jump", "cusp"), "JAC202"), "step window": "JAC203", "domain": "JAC205"}


@dataclass(frozen=True)
class Directions:
    """A function of one input at its point, and how many random directions judge its derivatives.

    Shapes: x and values flat, (n,) and (m,); of_shape and wrt_shape are theirs as the user sees them.
    name    what makes the directions of one block differ from those of another
    eps     machine epsilon of the derivative's numbers, and value_eps that of the function's
    noise   by how much fn is known not to repeat itself, (m,)
    """

    fn: Callable[[Array], Array]  # (points, n) → (points, m)
    x: Array
    values: Array
    of_shape: tuple[int, ...]
    wrt_shape: tuple[int, ...]
    name: str
    seed: int
    count: int
    rtol: float
    eps: float = 2.0**-52
    value_eps: float = 2.0**-52
    elements: int = 1
    grid: Any = np.float64
    noise: Array | None = None

    def rng(self, purpose: str) -> np.random.Generator:
        """Return random numbers that depend on the seed and the block alone."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{purpose}:{self.name}".encode())])

    def drawn(self) -> Array:
        """Return the directions, (k, n)."""
        return self.rng("directions").standard_normal((self.count, self.x.size))

    def differences(self, directions: Array) -> Reference:
        """Return D u along directions in units of the input's scale."""
        return along(
            self.fn, self.x, directions, rtol=self.rtol, eps=self.value_eps, elements=self.elements, grid=np.dtype(self.grid),
            noise=self.noise,
        )  # fmt: skip

    def dense(self, matrix: Array) -> Product:
        """Return the product of a Jacobian that is at hand with directions."""
        return _Dense(matrix, input_scale(self.x))

    # --- verdicts

    def rows(self, tested: Array, reference: Reference, factor: float) -> Rows:
        """Return what the directions say about every row."""
        return judge_rows(tested, reference, self.values, rtol=self.rtol, factor=factor, eps=self.eps)

    def judged(self, blank: Check, product: Product, directions: Array, reference: Reference) -> Check:
        """Return the verdict on one derivative, and the wrong entries where there are some."""
        tested = product(directions)
        rows = self.rows(tested, reference, bound_factor(self.values.size, self.count))
        check = self.described(blank, rows, reference, tested)
        if isinstance(product, _Dense) and not np.all(np.isfinite(product.matrix)):
            return self.not_finite(check, product.matrix)
        off = rows.residual > rows.allowed
        if np.any(off) and np.all(np.isfinite(rows.residual)):
            return self.found(check, product, int(np.argmax(np.max(rows.residual / rows.allowed, axis=1))))
        return check

    def paired(self, blank: Check, vjp: Callable[[Array], Array], directions: Array, reference: Reference) -> Check:
        """Return the verdict on a vjp by k pairs: (Jᵀ v)·u against v·(D u), the weaker bound; ``vjp`` is of flat arrays."""
        known = np.all((reference.reason == "") & np.isfinite(reference.error_bar), axis=1)
        v = np.where(known, self.rng("cotangents").standard_normal((self.count, self.values.size)), 0.0)
        value, error_bar, curvature = (
            np.where(known[:, None], part, 0.0) for part in (reference.value, reference.error_bar, reference.curvature)
        )
        scaled = directions * input_scale(self.x)
        tested = np.array([[float(vjp(y_bar) @ dx) for y_bar, dx in zip(v, scaled, strict=True)]])
        one = replace(
            reference,
            value=np.sum(v.T * value, axis=0)[None],
            error_bar=np.sum(np.abs(v.T) * error_bar, axis=0)[None],
            curvature=np.sum(curvature, axis=0)[None],
            reason=np.full((1, self.count), "" if np.any(known) else "noise"),
        )
        size = np.array([float(np.linalg.norm(self.values))])
        rows = judge_rows(tested, one, size, rtol=self.rtol, factor=pair_factor(self.count), eps=self.eps)
        check = self.described(blank, rows, one, tested, pairs=True)
        if check.outcome != "pass" or np.all(known):
            return check
        return replace(
            check, outcome="inconclusive", code="JAC207", decided=int(np.sum(known)) * self.x.size, message="noise"
        )

    def described(self, blank: Check, rows: Rows, reference: Reference, tested: Array, pairs: bool = False) -> Check:
        """Return the check with what its worst row and direction show."""
        row, k = rows.worst
        outcome = FAIL if FAIL in rows.outcome else INCONCLUSIVE if INCONCLUSIVE in rows.outcome else PASS
        passed = int(np.sum(rows.outcome == PASS))
        finite = bool(np.all(np.isfinite(tested)))
        code = {PASS: None, FAIL: "JAC100" if finite else "JAC110", INCONCLUSIVE: "JAC207"}[outcome]
        reason = str(reference.reason[row, k]) if outcome == INCONCLUSIVE else ""
        return replace(
            blank,
            outcome={PASS: "pass", FAIL: "fail", INCONCLUSIVE: "inconclusive"}[outcome],
            code=REASONS.get(reason, code),
            of_index=() if pairs else _place(row, self.of_shape),
            value=float(tested[row, k]),
            reference=float(reference.value[row, k]),
            error_bar=float(reference.error_bar[row, k]),
            abs_error=float(rows.residual[row, k]),
            tolerance=float(rows.allowed[row, k]),
            detectable=float(np.max(rows.bound / np.where(rows.size > 0, rows.size, 1.0))),
            reference_route="directions",
            evaluations=reference.evaluations,
            decided=passed * self.x.size if not pairs else (blank.entries if outcome == PASS else 0),
            failed=int(np.sum(rows.outcome == FAIL)),
            guarantee=sentence(rows, self.count, self.seed, reference.evaluations, pairs) if outcome == PASS else None,
            message=reason or ("noise" if outcome == INCONCLUSIVE else ""),
            help="the sum of a whole row's errors is shown; no single entry stands out" if outcome == FAIL else "",
        )

    # --- after a failure

    def not_finite(self, check: Check, matrix: Array) -> Check:
        """Return the check at the first entry that is NaN or infinite, where the function itself is finite."""
        if check.outcome != "fail":
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

    def found(self, check: Check, product: Product, row: int) -> Check:
        """Return the check with the wrong entries of a row, each confirmed by a difference in its column, where some stand out."""
        wrong: list[Wrong] = []
        more = True
        while more and len(wrong) < MAX_FOUND:
            column = self.column(product, row, [one.column for one in wrong])
            one = self.confirmed(product, row, column) if column is not None else None
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
            outcome="fail",
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
            message="",
            help=words,
        )

    def column(self, product: Product, row: int, known: Sequence[int]) -> int | None:
        """Return the column of a wrong entry of a row beside the ``known`` ones, None where no other stands out."""

        def residual(directions: Array) -> tuple[Array, Array]:
            directions = directions.copy()
            directions[:, list(known)] = 0.0
            reference, tested = self.differences(directions), product(directions)
            rows = self.rows(tested, reference, 1.0)
            return (tested - reference.value)[row], rows.allowed[row]

        return locate(residual, self.x.size, self.rng("groups"))

    def confirmed(self, product: Product, row: int, column: int) -> Wrong | None:
        """Return the entry, where a difference in its column alone fails it; steps of three sizes are tried."""
        unit = np.zeros((len(SIZES), self.x.size))
        unit[:, column] = SIZES
        tested, reference = product(unit), self.differences(unit)
        scale = float(input_scale(self.x)[column])
        a, d, e = (part[row] / (scale * SIZES) for part in (tested, reference.value, reference.error_bar))
        known = np.isfinite(a) & np.isfinite(d) & np.isfinite(e)
        if not np.any(known):
            return None
        k = int(np.argmin(np.where(known, e, np.inf)))
        a, d, e = a[k : k + 1], d[k : k + 1], e[k : k + 1]
        rounding = (abs(self.values[row]) + np.abs(d) * scale) / scale
        decision = decide(a, d, e, rounding, rtol=self.rtol, eps=self.eps)
        found = (float(a[0]), float(d[0]), float(e[0]), abs(float(a[0] - d[0])), float(decision.tolerance[0]))
        return Wrong(column, *found) if decision.outcome[0] == FAIL else None


@dataclass(frozen=True, slots=True)
class _Dense:
    """A Jacobian that is at hand, as a product with directions in units of the input's scale."""

    matrix: Array
    scale: Array

    def __call__(self, directions: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return np.asarray(self.matrix @ (directions * self.scale).T)


def _place(k: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(k, shape)) if shape else ()
