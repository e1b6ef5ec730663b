"""An input with too many elements to move one by one → the derivatives by it judged along random directions."""

from __future__ import annotations

from jaccli.adapters import Derivative, Leaf, Trouble, TroubleError
from jaccli.checker.directions.judge import Directions, Probes
from jaccli.checker.directions.products import Directed
from jaccli.checker.effort.work import DIRECTIONS
from jaccli.checker.problem import Problem
from jaccli.checker.references.function import Differenced
from jaccli.checker.unchecked import unchecked
from jaccli.results.checks import Check

__all__ = ["Sampled"]


class Sampled:
    """One input along random directions: the differences of all outputs, and the verdicts on the derivatives of each."""

    def __init__(self, problem: Problem, differences: Differenced, x: Leaf, count: int | None) -> None:
        self.problem, self.x, self.found, self.count = problem, x, differences, count or DIRECTIONS
        self.directed = Directed(x)
        outputs = problem.subject.outputs
        strictest = min(differences.tolerance(y, x) for y in outputs)
        self.whole = self.judge(slice(None), (), max(y.eps for y in outputs), strictest)
        self.probes: Probes | Trouble = self.differenced()

    def differenced(self) -> Probes | Trouble:
        """Return the differences of all outputs along the directions, or why there are none."""
        try:
            return self.whole.looked()
        except TroubleError as error:
            return error.trouble

    def judge(self, rows: slice, of_shape: tuple[int, ...], eps: float, rtol: float) -> Directions:
        """Return what judges some of the outputs."""
        subject, x = self.problem.subject, self.x
        fn, eps = self.found.function(x), max(eps, x.eps)
        return Directions(
            lambda points: fn(points)[:, rows], x.value.reshape(-1), self.problem.values[rows], of_shape, x.value.shape,
            self.problem.directions_of(x), self.problem.seed, self.count, rtol, eps=eps,
            value_eps=2.0**-52 if subject.in_float64 else eps, grid=self.found.grid(x), noise=self.found.noise[rows],
            elements=subject.elements,
        )  # fmt: skip

    def checked(self, y: Leaf, derivative: Derivative, blank: Check) -> Check:
        """Return the verdict on one derivative of one output."""
        if isinstance(self.probes, Trouble):
            return unchecked(blank, self.probes)
        rows = self.problem.rows[y.name]
        judge = self.judge(rows, y.value.shape, y.eps, blank.rtol)
        return self.directed.checked(judge, self.probes.rows(rows), derivative, y, blank)
