"""A block of a spec with too many columns to difference one by one → checks by random directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.checker.directions.judge import Directions, Probes, dense
from jaccli.checker.work import MAX_ROWS
from jaccli.derive.forward import jvp
from jaccli.derive.jacobian import jacobian
from jaccli.derive.products import vjp_at
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate, live_elements
from jaccli.results.checks import Check
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["Large"]


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

    @property
    def judge(self) -> Directions:
        """What compares a derivative with differences along the directions."""
        output, x = self.built.outputs[self.of], self.built.variables[self.wrt]
        return Directions(
            self.fn, self.x, self.values, output.shape, x.shape, f"{self.of}/{self.wrt}", self.seed, self.count, self.rtol,
            elements=live_elements(self.built.graph, [output]),
        )  # fmt: skip

    def checks(self, judge: Directions, probes: Probes, blank: Callable[[str, Any], Check]) -> Iterator[Check]:
        """Yield a check for forward mode, reverse mode and each claim."""
        yield judge.judged(blank("forward", None), self.forward, probes)
        if self.values.size * self.x.size <= MAX_ROWS:
            yield judge.judged(blank("reverse", None), dense(self.reverse()), probes)
        else:
            yield judge.paired(blank("reverse", None), self.pulled_back, probes)
        message = "no symbolic derivative: the block is too large to be written out"
        help_ = "forward and reverse mode do not depend on it"
        yield replace(blank("symbolic", None), code="JAC009", message=message, help=help_)
        for claim, expr in self.built.claims:
            if (claim.of, claim.wrt) == (self.of, self.wrt):
                (value,) = evaluate(self.built.graph, [expr], self.point)
                matrix = np.broadcast_to(value, expr.shape).reshape(self.values.size, self.x.size)
                yield judge.judged(blank("claim", claim), dense(matrix), probes)

    def forward(self, tangents: Array) -> Array:
        """Return J dx by forward mode."""
        graph, x = self.built.graph, self.built.variables[self.wrt]
        seed = graph.leaf(f"{x.index}_dot", x.shape)
        (dy,) = jvp(graph, [self.built.outputs[self.of]], {x.index: seed})
        if dy is None:
            return np.zeros((self.values.size, len(tangents)))
        columns = [
            evaluate(graph, [dy], {**self.point, f"{x.index}_dot": dx})[0] for dx in tangents.reshape(-1, *x.shape)
        ]
        return np.stack([np.broadcast_to(column, dy.shape).reshape(-1) for column in columns], axis=1)

    def reverse(self) -> Array:
        """Return the Jacobian by reverse mode, (m, n)."""
        graph, x = self.built.graph, self.built.variables[self.wrt]
        (block,) = jacobian(graph, self.built.outputs[self.of], [x], self.point, "reverse")
        return block.reshape(self.values.size, -1)

    def pulled_back(self, y_bar: Array) -> Array:
        """Return Jᵀ v by reverse mode."""
        graph, output, x = self.built.graph, self.built.outputs[self.of], self.built.variables[self.wrt]
        (x_bar,) = vjp_at(graph, {output.index: y_bar.reshape(output.shape)}, [x], self.point)
        return x_bar.reshape(-1)
