"""An input of a function with too many elements to move one by one → its derivatives judged along random directions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.checker.directions.judge import Directions, Probes
from jaccli.checker.directions.products import Directed
from jaccli.checker.unchecked import unchecked
from jaccli.checker.work import DIRECTIONS
from jaccli.results.checks import Check
from jaccli.types import Array

__all__ = ["Sampled", "large_inputs", "too_many"]

EVALUATIONS = 20  # per column, as a rule
FEW = 64  # columns that are always moved one by one
MAX_CALLS = 40_000  # of a function, for differences in every column: a second or two where a call takes 40 µs
MAX_NUMBERS = 4e9  # that those calls read and write: some seconds where each takes a nanosecond
MAX_ENTRIES = 1_000_000  # of a block that is judged entry by entry: ten looks at each take a second or two
MAX_ROWS_OF_FEW = 20_000  # of a vjp by so few inputs that are moved one by one
MAX_OUTPUTS = 1_000_000  # elements of all outputs: some sixty evaluations are held at a time
MAX_PRODUCTS = 2_000  # that a Jacobian takes row by row, or column by column, where a framework has no batches of them


def large_inputs(subject: Subject, directions: int | None, full: bool) -> set[str]:
    """Return the inputs that are judged along random directions.

    Law: all of them where ``directions`` are asked for, none where ``full`` is; else those with more than 64 elements whose
         differences in every column would take more than 40,000 calls, would read and write more than 4e9 numbers in them,
         whose blocks would have more than a million entries, or whose derivative would take more than 2,000 products that
         cannot be had at once; and shorter ones of more than 20,000 outputs with a vjp. Nothing is timed: the same function
         has the same plan anywhere.
    """
    if full:
        return set()
    if directions:
        return {x.name for x in subject.inputs}
    rows = sum(y.value.size for y in subject.outputs)
    numbers = rows + sum(x.value.size for x in subject.inputs)
    most = min(MAX_ENTRIES / max(rows, 1), MAX_CALLS / EVALUATIONS, MAX_NUMBERS / (EVALUATIONS * numbers))
    by_rows = any(d.vjp is not None for d in subject.derivatives)
    if rows > MAX_ROWS_OF_FEW and by_rows:
        return {x.name for x in subject.inputs}
    if rows > MAX_PRODUCTS and by_rows and not subject.together:
        most = 0
    return {x.name for x in subject.inputs if x.value.size > max(FEW, most)}


def too_many(subject: Subject) -> Trouble | None:
    """Return why a function has more outputs than can be differenced, None where it has not."""
    count = sum(y.value.size for y in subject.outputs)
    if count <= MAX_OUTPUTS:
        return None
    names = " and ".join(f"`{y.name}`" for y in subject.outputs)
    message = f"{names} ha{'s' if len(subject.outputs) == 1 else 've'} {count:,} elements, more than {MAX_OUTPUTS:,}"
    help_ = "return some of them, or sums of them with fixed random weights, as rng.standard_normal((9, y.size)) @ y.ravel()"
    return Trouble("JAC208", message, help_)


class Sampled:
    """One input along random directions: the differences of all outputs, and the verdicts on the derivatives of each."""

    def __init__(
        self, subject: Subject, x: Leaf, fn: Callable[[Array], Array], tolerance: Callable[[Leaf, Leaf], float],
        noise: Array, seed: int, count: int | None,
    ) -> None:  # fmt: skip
        self.subject, self.x, self.fn, self.tolerance, self.noise, self.seed = subject, x, fn, tolerance, noise, seed
        self.count = count or DIRECTIONS
        self.directed = Directed(x)
        self.whole = self.judge(
            slice(None), (), max(y.eps for y in subject.outputs), min(tolerance(y, x) for y in subject.outputs)
        )
        self.probes: Probes | Trouble = self.differenced()

    def differenced(self) -> Probes | Trouble:
        """Return the differences of all outputs along the directions, or why there are none."""
        try:
            return self.whole.looked()
        except Trouble as trouble:
            return trouble

    def judge(self, rows: slice, of_shape: tuple[int, ...], eps: float, rtol: float) -> Directions:
        """Return what judges some of the outputs."""
        values = np.concatenate([y.value.reshape(-1) for y in self.subject.outputs])[rows]
        wide = self.subject.wide
        grid = np.float32 if self.x.eps > 2.0**-52 and not wide else np.float64
        eps = max(eps, self.x.eps)
        return Directions(
            lambda points: self.fn(points)[:, rows], self.x.value.reshape(-1), values, of_shape, self.x.value.shape,
            self.x.name, self.seed, self.count, rtol, eps=eps, value_eps=2.0**-52 if wide else eps, grid=grid,
            noise=self.noise[rows],
        )  # fmt: skip

    def checked(self, y: Leaf, rows: slice, derivative: Derivative, blank: Check) -> Check:
        """Return the verdict on one derivative of one output."""
        if isinstance(self.probes, Trouble):
            return unchecked(blank, self.probes)
        judge = self.judge(rows, y.value.shape, y.eps, blank.rtol)
        return self.directed.checked(judge, self.probes.rows(rows), derivative, y, blank)
