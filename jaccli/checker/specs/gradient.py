"""The gradient of a scalar output by one variable → a problem of its own: a Hessian is checked as the Jacobian of a gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters import Batch, Derivative, Leaf, Subject, Trouble
from jaccli.checker.effort.work import BUDGET
from jaccli.checker.specs.derivatives import hessians
from jaccli.checker.specs.from_spec import DOUBLE, SpecProblem
from jaccli.derive.reverse import vjp
from jaccli.graph.evaluate import live_elements
from jaccli.graph.ir import Expr
from jaccli.results.checks import Check
from jaccli.results.kinds import Label
from jaccli.spec.points import Point
from jaccli.types import Array
from jaccli.verdict import Evidence

__all__ = ["GradientProblem"]


class GradientProblem(SpecProblem):
    """The gradient of one output of a spec by one variable, ``first``, as a function of every variable.

    Reverse mode gives it, which first order checks.
    """

    sums_alike = True

    def __init__(self, first: str, *given: Any, **more: Any) -> None:
        self.first = first
        super().__init__(*given, **more)

    def node_under_test(self) -> Expr:
        """Return the gradient as a node of the graph, a zero where the output does not depend on the variable."""
        graph, output = self.graph, self.built.outputs[self.of]
        self.one = graph.leaf(f"{output.index}_bar", output.shape)
        x = self.built.variables[self.first]
        (self.bar,) = vjp(graph, {output.index: self.one}, [x])
        return x if self.bar is None else self.bar

    def leaves(self) -> Point:
        """Return the values of all leaves, with that of the cotangent, which is 1."""
        seed = str(dict(self.one.node.params)["name"])
        return {**self.point, seed: np.ones(self.one.shape)}

    def as_subject(self, leaves: Sequence[Leaf]) -> Subject:
        """Return the gradient as a function of the variables."""
        x = self.built.variables[self.first]
        value = self.batch({n: p[None] for n, p in self.point.items() if n == self.first}).values[0]
        y = Leaf(self.of, value.reshape(x.shape), DOUBLE)
        return Subject(
            title=self.of, file=self.built.spec.source.name, inputs=tuple(leaves), outputs=(y,), values=self.batch,
            derivatives=(hessians(self.built, self.of, self.first, self.point),), noise=np.zeros(y.value.size), cheap_batches=True,
            elements=live_elements(self.graph, [self.output]),
        )  # fmt: skip

    def batch(self, points: Any, *numbers: Any) -> Batch:
        """Return the gradient at many points, (points, n)."""
        if self.bar is None:
            count = len(next(iter(points.values())))
            return Batch(np.zeros((count, self.built.variables[self.first].node.size)))
        return super().batch(points, *numbers)

    def out_rank(self, y: Leaf) -> int:
        """Return the axes of the output that the gradient is of."""
        return len(self.built.outputs[self.of].shape)

    def blank(self, y: Leaf, x: Leaf, tested: Label, derivative: Derivative | None = None) -> Check:
        """Return the check of a pair of variables."""
        pair = f"{self.first}/{x.name}"
        names = [self.first] if x.name == self.first else [self.first, x.name]
        size = self.built.outputs[self.of].node.size * self.point[self.first].size * x.value.size
        row = self.row(pair, tested, 1, self.graph.spans.get(self.built.outputs[self.of].index))
        return replace(
            row, rerun=self.rerun(names), entries=size,
            first_rank=self.point[self.first].ndim,
        )  # fmt: skip

    def refusal(self) -> Trouble | None:
        """Return why the Hessian is not checked."""
        output, help_ = self.built.outputs[self.of], "first derivatives are checked by --order 1"
        if output.node.size != 1:
            return Trouble("JAC009", f"no Hessian: `{self.of}` has shape {output.shape}, not one number", help_)
        if not self.options.full and sum(self.cost(x) for x in self.subject.inputs) > BUDGET:
            message = "no Hessian: differences of the gradient would take too long; choose with --wrt"
            return Trouble("JAC009", message, help_)
        return None

    def noted(self) -> Any:
        """Return no rows: the code of a spec is checked by first derivatives."""
        return iter(())

    def unaffected(self, x: Leaf) -> bool:
        """Return whether the gradient does not read a variable."""
        return self.bar is None or super().unaffected(x)

    def proved(self, route: str) -> tuple[Any, str]:
        """Return the certified derivatives of the gradient; where they exclude each other, differences judge."""
        return ({}, "") if self.bar is None else (super().proved(route)[0], "")

    def cheap(self, x: Leaf) -> bool:
        """Return that no witness is taken beside a certified reference."""
        return False

    def evidence(self, derivative: Derivative, y: Leaf, x: Leaf) -> Callable[[], Evidence]:
        """Return nothing: it is the program's own derivative."""
        return Evidence

    def nearest_kink(self, x: Leaf) -> str:
        """Return nothing: the kinks of the function are those of first derivatives."""
        return ""

    def tipping(self, x: Leaf) -> str:
        """Return nothing: choices are named with first derivatives."""
        return ""

    def blamed(self, check: Check) -> Check:
        """Return the check as it is: the check of first derivatives finds the wrong rule."""
        return check

    def disturbed(self, x: Leaf) -> Array | float:
        """Return how far disturbing each operation moves the derivative."""
        return 0.0 if self.bar is None else super().disturbed(x)
