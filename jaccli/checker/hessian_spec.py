"""One scalar output at one point → its Hessian, pair by pair of variables, judged by what its gradient changes by.

The gradient by reverse mode, which first order checks, is one more function: its derivatives are certified where that is cheap,
and differenced where it is not.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from jaccli import certify
from jaccli.checker.work import BALL_BUDGET, BUDGET, EVALUATIONS
from jaccli.derive.jacobian import hessian
from jaccli.derive.reverse import vjp
from jaccli.difference import differences, of_columns
from jaccli.graph.build import Built
from jaccli.graph.cost import weighted_operations
from jaccli.graph.evaluate import evaluate, live_elements
from jaccli.reference import Reference, input_scale
from jaccli.results.checks import Check
from jaccli.spec.points import Point
from jaccli.types import Array
from jaccli.verdict import judge
from jaccli.verdict.decide import rounding_scale

__all__ = ["hessian_checks", "pairs"]

Blank = Callable[[str, str], Check]


def pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the blocks of a Hessian on and above its diagonal."""
    return list(itertools.combinations_with_replacement(names, 2))


def hessian_checks(
    built: Built, of: str, point: Point, wanted: Sequence[tuple[str, str]], full: bool, blank: Blank
) -> Iterator[Check]:
    """Yield one check per pair of variables: forward over reverse against certified derivatives, or differences, of the gradient.

    blank:  (first, second) → the check without its verdict.
    full:   whatever it costs.
    Errors: none; an output that is no scalar, or a pair that costs too much, has a skipped check that says so.
    """
    for first, seconds in itertools.groupby(wanted, key=lambda pair: pair[0]):
        gradient = _Gradient(built, of, first, point)
        names = [second for _, second in seconds]
        if gradient.why_not(full):
            yield from (_skipped(blank(first, second), gradient.why_not(full)) for second in names)
        elif point[first].size:
            yield from gradient.judged([name for name in names if point[name].size], blank)


def _skipped(blank: Check, why: str) -> Check:
    return replace(blank, code="JAC009", message=why, help="first derivatives are checked by --order 1")


class _Gradient:
    """The gradient of one scalar output by one variable, as a function of every variable."""

    def __init__(self, built: Built, of: str, first: str, point: Point) -> None:
        self.built, self.of, self.first, self.point = built, of, first, point
        self.output, self.x, graph = built.outputs[of], built.variables[first], built.graph
        self.one = graph.leaf(f"{self.output.index}_bar", self.output.shape)
        (self.bar,) = vjp(graph, {self.output.index: self.one}, [self.x])
        self.seed = {str(dict(self.one.node.params)["name"]): np.ones(self.output.shape)}
        self.names = [name for name in built.differentiable if point[name].size]

    def why_not(self, full: bool) -> str:
        """Return why the Hessian is not checked, "" where it is."""
        if self.output.node.size != 1:
            return f"no Hessian: `{self.of}` has shape {self.output.shape}, not one number"
        columns = sum(self.point[name].size for name in self.names)
        operations = weighted_operations(self.built.graph, [self.bar]) if self.bar is not None else 0
        large = EVALUATIONS * columns * (operations + self.x.node.size) > BUDGET
        return (
            "no Hessian: differences of the gradient would take too long; choose with --wrt"
            if large and not full
            else ""
        )

    def values(self, point: Point, batch: int) -> Array:
        """Return the gradient at ``batch`` points, (batch, n)."""
        if self.bar is None:
            return np.zeros((batch, self.x.node.size))
        (found,) = evaluate(self.built.graph, [self.bar], {**point, **self.seed})
        return np.broadcast_to(found, (batch, *self.x.shape)).reshape(batch, -1)

    def difference(self, second: str, rtol: float) -> Reference:
        """Return the differences of the gradient in every element of ``second``."""
        at = self.point[second]

        def fn(points: Array) -> Array:
            return self.values({**self.point, second: points.reshape(len(points), *at.shape)}, len(points))

        elements = live_elements(self.built.graph, [self.bar]) if self.bar is not None else 1
        found = differences(fn, at.reshape(-1), rtol=rtol, elements=elements)
        return _retried(found, fn, at.reshape(-1), rtol, elements)

    def certified(self) -> dict[str, Reference]:
        """Return the certified derivatives of the gradient by every variable, none where they would cost too much."""
        if self.bar is None or certify.unsupported(self.built.graph, self.bar):
            return {}
        variables = [self.built.variables[name] for name in self.names]
        if certify.work(self.built.graph, self.bar, variables) > BALL_BUDGET:
            return {}
        from jaccli.derive.symbolic import local_partials

        try:
            found = certify.certified(
                self.built.graph, self.bar, variables, {**self.point, **self.seed}, local_partials
            )
        except certify.DisagreementError:
            return {}
        return dict(zip(self.names, found, strict=True))

    def judged(self, seconds: Sequence[str], blank: Blank) -> Iterator[Check]:
        """Yield the verdict on the block of every second variable; rounding is that of a gradient that all of them reach."""
        blanks = {name: blank(self.first, name) for name in seconds}
        if not blanks:
            return
        rtol = min(check.rtol for check in blanks.values())
        found = self.certified() or {name: self.difference(name, rtol) for name in self.names}
        scales = {name: input_scale(self.point[name].reshape(-1)) for name in self.names}
        value = self.values(self.point, 1)[0]
        total = sum((found[name].reach(scales[name]) for name in self.names), np.zeros(value.size))
        for name, check in blanks.items():
            tested = hessian(self.built.graph, self.output, self.x, self.built.variables[name], self.point)
            scale = rounding_scale(value, found[name].value, scales[name], total)
            yield judge(check, tested, found[name], scale, len(self.output.shape))


def _retried(found: Reference, fn: Callable[[Array], Array], x: Array, rtol: float, elements: int) -> Reference:
    """Return ``found`` with what a second look decides of the entries that it leaves open.

    The elements of a gradient are sums of the same products: a noise far below the others' is an underestimate, of which there are
    some among thousands. The second look takes it to be that of most.
    """
    with np.errstate(all="ignore"):
        wide = found.error_bar > 10 * rtol * np.abs(found.value)
    lone = (found.reason == "kink") & ~np.isfinite(found.low)  # no slopes that would show one
    open_ = lone | (found.reason == "step window") | (wide & (found.reason == "") & (found.value != 0))
    columns = np.flatnonzero(np.any(open_, axis=0))
    if not columns.size or columns.size == x.size == 1:
        return found

    noise = np.full(found.noise.shape, float(np.median(found.noise)))
    again = differences(of_columns(fn, x, columns), x[columns], rtol=rtol, elements=elements, noise=noise)
    better = open_[:, columns] & (again.reason == "") & (again.error_bar < found.error_bar[:, columns])
    changed = {}
    for name in ("value", "error_bar", "low", "high", "reason", "curvature"):
        whole = getattr(found, name).copy()
        whole[:, columns] = np.where(better, getattr(again, name), whole[:, columns])
        changed[name] = whole
    return replace(found, evaluations=found.evaluations + again.evaluations, **changed)
