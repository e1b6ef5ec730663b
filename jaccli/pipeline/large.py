"""A block with too many columns to difference one by one → checks by random directions, and the entry that is wrong."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.derive.forward import jvp
from jaccli.derive.jacobian import jacobian, vjp_at
from jaccli.difference import along, locate
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate, live_elements
from jaccli.reference import Reference, input_scale
from jaccli.spec.points import Point
from jaccli.verdict import Check
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS, decide
from jaccli.verdict.guarantee import Rows, bound_factor, judge_rows, pair_factor, sentence

__all__ = ["DIRECTIONS", "Large"]

Array = np.ndarray[Any, Any]
Product = Callable[[Array], Array]  # (k, n) → (m, k), A u for every direction
DIRECTIONS = 8
MAX_ROWS = 20_000_000  # entries of a Jacobian that reverse mode may fill to multiply it with directions


@dataclass(frozen=True)
class Large:
    """One output and one variable at one point, the function of the variable, and the random directions."""

    built: Built
    of: str
    wrt: str
    point: Point
    values: Array  # of the output, (m,)
    fn: Callable[[Array], Array]  # (points, n) → (points, m)
    seed: int
    count: int
    rtol: float

    @property
    def x(self) -> Array:
        """The variable's value, flat."""
        return self.point[self.wrt].reshape(-1)

    def rng(self, purpose: str) -> np.random.Generator:
        """Return random numbers that depend on the seed and the block alone."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{purpose}:{self.of}/{self.wrt}".encode())])

    def differences(self, directions: Array) -> Reference:
        """Return D u along directions in units of the variable's scale."""
        elements = live_elements(self.built.graph, [self.built.outputs[self.of]])
        return along(self.fn, self.x, directions, rtol=self.rtol, elements=elements)

    def checks(self, blank: Callable[[str, Any], Check]) -> Iterator[Check]:
        """Yield a check for forward mode, reverse mode and each claim."""
        directions = self.rng("directions").standard_normal((self.count, self.x.size))
        reference = self.differences(directions)
        yield self.judged(blank("forward", None), self.forward, directions, reference)
        if self.values.size * self.x.size <= MAX_ROWS:
            yield self.judged(blank("reverse", None), self.dense(self.reverse()), directions, reference)
        else:
            yield self.paired(blank("reverse", None), directions, reference)
        message = "no symbolic derivative: the block is too large to be written out"
        help_ = "forward and reverse mode do not depend on it"
        yield replace(blank("symbolic", None), code="JAC009", message=message, help=help_)
        for claim, expr in self.built.claims:
            if (claim.of, claim.wrt) == (self.of, self.wrt):
                (value,) = evaluate(self.built.graph, [expr], self.point)
                matrix = np.broadcast_to(value, expr.shape).reshape(self.values.size, self.x.size)
                yield self.judged(blank("claim", claim), self.dense(matrix), directions, reference)

    # --- what is tested, as a product with directions

    def forward(self, directions: Array) -> Array:
        """Return J u by forward mode."""
        graph, x = self.built.graph, self.built.variables[self.wrt]
        seed = graph.leaf(f"{x.index}_dot", x.shape)
        (dy,) = jvp(graph, [self.built.outputs[self.of]], {x.index: seed})
        if dy is None:
            return np.zeros((self.values.size, len(directions)))
        scaled = (directions * input_scale(self.x)).reshape(-1, *x.shape)
        columns = [evaluate(graph, [dy], {**self.point, f"{x.index}_dot": dx})[0] for dx in scaled]
        return np.stack([np.broadcast_to(column, dy.shape).reshape(-1) for column in columns], axis=1)

    def reverse(self) -> Array:
        """Return the Jacobian by reverse mode, (m, n)."""
        graph, x = self.built.graph, self.built.variables[self.wrt]
        (block,) = jacobian(graph, self.built.outputs[self.of], [x], self.point, "reverse")
        return block.reshape(self.values.size, -1)

    def dense(self, matrix: Array) -> Product:
        """Return the product of a Jacobian that is at hand with directions."""
        scale = input_scale(self.x)
        return lambda directions: np.asarray(matrix @ (directions * scale).T)

    # --- verdicts

    def judged(self, blank: Check, product: Product, directions: Array, reference: Reference) -> Check:
        """Return the verdict on one derivative, and the wrong entry where there is one."""
        factor = bound_factor(self.values.size, self.count)
        rows = judge_rows(product(directions), reference, self.values, rtol=self.rtol, factor=factor)
        check = self.described(blank, rows, reference, product(directions))
        off = rows.residual > rows.allowed
        if np.any(off) and np.all(np.isfinite(rows.residual)):
            return self.found(check, product, int(np.argmax(np.max(rows.residual / rows.allowed, axis=1))))
        return check

    def described(self, blank: Check, rows: Rows, reference: Reference, tested: Array, pairs: bool = False) -> Check:
        """Return the check with what its worst row and direction show."""
        row, k = rows.worst
        outcome = FAIL if FAIL in rows.outcome else INCONCLUSIVE if INCONCLUSIVE in rows.outcome else PASS
        passed = int(np.sum(rows.outcome == PASS))
        code = {PASS: None, FAIL: "JAC100", INCONCLUSIVE: "JAC207"}[outcome]
        reason = str(reference.reason[row, k]) if outcome == INCONCLUSIVE else ""
        return replace(
            blank,
            outcome={PASS: "pass", FAIL: "fail", INCONCLUSIVE: "inconclusive"}[outcome],
            code={"kink": "JAC202", "step window": "JAC203", "domain": "JAC205"}.get(reason, code),
            of_index=() if pairs else _place(row, self.built.outputs[self.of].shape),
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

    def paired(self, blank: Check, directions: Array, reference: Reference) -> Check:
        """Return the verdict on a vjp by k pairs: (Jᵀ v)·u against v·(D u), the weaker bound."""
        graph, output, x = self.built.graph, self.built.outputs[self.of], self.built.variables[self.wrt]
        v = self.rng("cotangents").standard_normal((self.count, self.values.size))
        scaled = directions * input_scale(self.x)
        tested = []
        for y_bar, dx in zip(v, scaled, strict=True):
            (x_bar,) = vjp_at(graph, {output.index: y_bar.reshape(output.shape)}, [x], self.point)
            tested.append(float(np.sum(x_bar.reshape(-1) * dx)))
        one = replace(
            reference,
            value=np.sum(v.T * reference.value, axis=0)[None],
            error_bar=np.sum(np.abs(v.T) * reference.error_bar, axis=0)[None],
            curvature=np.sum(reference.curvature, axis=0)[None],
            reason=np.where(np.all(reference.reason == "", axis=0), "", "kink")[None],
        )
        size = np.array([float(np.linalg.norm(self.values))])
        rows = judge_rows(np.array([tested]), one, size, rtol=self.rtol, factor=pair_factor(self.count))
        return self.described(blank, rows, one, np.array([tested]), pairs=True)

    # --- after a failure

    def found(self, check: Check, product: Product, row: int) -> Check:
        """Return the check with the wrong entry of a row, confirmed by a difference in its column, where one stands out."""

        def residual(directions: Array) -> tuple[Array, Array]:
            reference, tested = self.differences(directions), product(directions)
            rows = judge_rows(tested, reference, self.values, rtol=self.rtol, factor=1.0)
            return (tested - reference.value)[row], rows.allowed[row]

        column = locate(residual, self.x.size, self.rng("groups"))
        if column is None:
            return check
        unit = np.zeros((1, self.x.size))
        unit[0, column] = 1.0
        return self.confirmed(check, product(unit), self.differences(unit), row, column)

    def confirmed(self, check: Check, tested: Array, reference: Reference, row: int, column: int) -> Check:
        """Return the check of one entry, where a difference in its column alone fails it."""
        scale = float(input_scale(self.x)[column])
        a, d, e = (float(part[row, 0]) / scale for part in (tested, reference.value, reference.error_bar))
        rounding = np.array([(abs(self.values[row]) + abs(d) * scale) / scale])
        decision = decide(np.array([a]), np.array([d]), np.array([e]), rounding, rtol=self.rtol)
        if decision.outcome[0] != FAIL:
            return check
        whole = a / d if d else float("nan")
        return replace(
            check,
            outcome="fail",
            code="JAC100",
            of_index=_place(row, self.built.outputs[self.of].shape),
            wrt_index=_place(column, self.built.variables[self.wrt].shape),
            value=a,
            reference=d,
            error_bar=e,
            abs_error=abs(a - d),
            tolerance=float(decision.tolerance[0]),
            failed=max(check.failed, 1),
            guarantee=None,
            message="",
            help=f"found by groups of columns, and confirmed by itself; claimed / expected = {whole:.6g}"
            if d
            else "the right derivative is zero here",
        )


def _place(k: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(k, shape)) if shape else ()
