"""What the graph of a formula tells a judge: certified references, rounding inside, slopes around the point, kinks, overflows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, partial

import numpy as np

from jaccli import certify
from jaccli.adapters import Batch, Leaf
from jaccli.checker.effort.work import BUDGET, CHEAP, EVALUATIONS, MAX_ENTRIES
from jaccli.checker.problem import Around, Problem
from jaccli.checker.references.certified import certified
from jaccli.checker.references.choose import ALARM, between_doubles
from jaccli.derive.jacobian import jacobian
from jaccli.derive.non_finite import not_finite
from jaccli.derive.rounding import disturbed, disturbed_values
from jaccli.derive.stable_forms import stable_form
from jaccli.difference import complex_step
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.cost import weighted_operations
from jaccli.graph.evaluate import COMPLEX128, FLOAT64, Numbers
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.reference import Reference, input_scale
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["GraphProblem"]

COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")
WORK = 3e5  # weighted ball operations of one look at all slopes around a point
#: A step, per scale of its input, below which differences go only for narrow features. The sawtooth of (1 - cos(x))/x² at 1e-5
#: stays below the bound that it gives; a difference of sin(x) that is off by 1 % does not (both in the tests).
FINE = 2.0**-30
#: Likewise, a quarter of the spacing of the values that show the noise: what turns within it shows as noise or not at all. A single
#: bump that is wider, and that all steps miss, is an alarm.
FINEST = 2.0**-46


class GraphProblem(Problem):
    """An output of a graph at a point.

    at     the values of all leaves of the graph
    read   the nodes that the output depends on
    """

    black_box = False
    built: Built
    graph: Graph
    output: Expr
    at: Point
    read: frozenset[int]

    def batch(self, points: Mapping[str, Array], numbers: Numbers = FLOAT64) -> Batch:
        """Return the output at many points, (points, m)."""
        raise NotImplementedError

    # --- references

    def cost(self, x: Leaf) -> float:
        """Return the weighted operations of a difference in every column of a variable."""
        columns = x.value.size
        return EVALUATIONS * columns * (weighted_operations(self.graph, [self.output]) + columns + self.values.size)

    def costly(self, full: bool) -> Collection[str]:
        """Return the variables by which differences in every column take too much."""
        many = [
            x for x in self.subject.inputs if x.value.size * self.values.size > MAX_ENTRIES or self.cost(x) > BUDGET
        ]
        return set() if full else {x.name for x in many}

    def cheap(self, x: Leaf) -> bool:
        """Return whether differences cost so little that they are taken beside a certified reference."""
        return self.cost(x) <= CHEAP

    def unaffected(self, x: Leaf) -> bool:
        """Return whether the output does not read a variable."""
        return self.built.variables[x.name].index not in self.read

    def proved(self, route: str) -> tuple[Mapping[str, Reference], str]:
        """Return certified references, references by a complex step where they are asked for, and the trouble with either."""
        if route == "difference":
            return {}, ""
        if route == "complex-step":
            return {x.name: self.complex_step(x) for x in self.subject.inputs}, ""
        return certified(self.built, self.output, [x.name for x in self.subject.inputs], self.at, route)

    def complex_step(self, x: Leaf) -> Reference:
        """Return the reference by a complex step.

        Errors: UsageError naming the ops that are not analytic.
        """
        nodes = [self.graph.nodes[index] for index in ancestors(self.graph, [self.output.index])]
        if kept := sorted({node.op for node in nodes if not node.row.analytic}):
            raise UsageError(
                f"--reference complex-step: {', '.join(kept)} is not analytic; use certified or difference"
            )

        def fn(points: Array) -> Array:
            return self.batch({x.name: points.reshape(len(points), *x.value.shape)}, COMPLEX128).values

        return complex_step(fn, x.value.reshape(-1), self.values, elements=2 * self.subject.elements)

    def misled(self, x: Leaf) -> Array:
        """Return by how much roundings inside the function can mislead a difference with the finest step.

        1 - cos(x) at 1e-9 is 0 at every step; (1 - cos(x))/x² at 1e-5 is a staircase whose treads slope.
        """
        moved = disturbed_values(self.graph, self.output, self.at).reshape(-1)
        with np.errstate(all="ignore"):
            return np.asarray(moved[:, None] / (FINE * input_scale(x.value.reshape(-1))))

    def where_defined(self, x: Leaf, found: Reference) -> Reference:
        """Return differences without the entries at which balls find the function undefined between doubles."""
        flat = x.value.reshape(-1)
        if not np.any(np.spacing(np.abs(flat)) >= 1) or certify.unsupported(self.graph, self.output):
            return found
        balls = certified(self.built, self.output, [x.name], self.at)[0].get(x.name)
        return found if balls is None else between_doubles(balls, found, flat)

    def within_steps(self, x: Leaf, other: Reference, k: int) -> bool:
        """Return whether slopes within a fine step of the point are as far from the certified one as a difference.

        By the mean value theorem it is one of the slopes within its steps: x + sin(x) at 1e16 has all from 0 to 2 between doubles.
        """
        i, j = np.unravel_index(k, other.value.shape)
        tangent = np.zeros((1, *x.value.shape))
        tangent.reshape(-1)[j] = 1.0
        low, high = certify.slopes_around(self.graph, self.output, self.at, {x.name: tangent}, FINEST)
        value, bar = float(other.value.flat[k]), ALARM * float(other.error_bar.flat[k])
        return not (value + bar < low[0, i] or value - bar > high[0, i])

    def disturbed(self, x: Leaf) -> Array | float:
        """Return how far disturbing each operation of a derivative moves it."""
        (move,) = disturbed(self.graph, self.output, [self.built.variables[x.name]], self.at)
        return np.asarray(move.reshape(self.values.size, x.value.size))

    # --- names of mistakes

    def around(self, names: Sequence[str]) -> Around | None:
        """Return what gives the slopes that any choices at the point's ties give; None where they take too much."""
        if certify.unsupported(self.graph, self.output) or weighted_operations(self.graph, [self.output]) > WORK:
            return None
        shapes = [self.at[name].shape for name in names]
        ends = np.cumsum([self.at[name].size for name in names])[:-1]

        def slopes(u: Array) -> tuple[Array, Array]:
            parts = np.split(u, ends, axis=1)
            moves = {n: part.reshape(-1, *shape) for n, part, shape in zip(names, parts, shapes, strict=True)}
            return certify.slopes_around(self.graph, self.output, self.at, moves)

        return slopes

    def kink(self, x: Leaf) -> certify.Kink | None:
        """Return the kink that the smallest move of a variable reaches."""
        variables = [self.built.variables[x.name]]
        find = partial(certify.nearest_kink, self.graph, self.output, variables, self.at)
        return find(lambda node: jacobian(self.graph, node, variables, self.at, "reverse"))

    def nearest_kink(self, x: Leaf) -> str:
        """Return which choice tips first as a variable moves: ``relu in line 7 is 1e-9 from its kink``."""
        found = self.kink(x)
        if found is None:
            return ""
        return f"{found} is on its kink" if found.margin == 0 else f"{found} is {found.distance:.1e} from its kink"

    def tipping(self, x: Leaf) -> str:
        """Return the comparison that tips exactly at the point as a variable moves."""
        found = self.kink(x)
        return str(found) if found is not None and found.margin == 0 and found.op in COMPARISONS else ""

    @cached_property
    def trouble(self) -> str:
        """The sentence about where the value stops being finite."""
        found = not_finite(self.graph, self.output, self.at)
        form = found and stable_form(self.graph, [self.output], self.at)
        return f"{found}; this overflows: write `{form}`" if form else found

    def not_finite(self) -> str:
        """Return the sentence about where the value stops being finite."""
        return self.trouble
