"""A route that fails → the operation whose own derivative rule is wrong, found by checking each operation by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jaccli.derive.products import jvp_at, vjp_at
from jaccli.difference import along
from jaccli.errors import Span
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.origins import describe
from jaccli.reference import KAPPA_DIFFERENCES, input_scale
from jaccli.results import numbers
from jaccli.results.kinds import Reason
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["WrongRule", "wrong_rule_of"]

MAX_NODES = 1_000
MAX_ELEMENTS = 200_000  # of an operation that is checked by itself
MAX_SYMBOLS = 400  # elements of one that SymPy differentiates
EPS = 2.0**-52


@dataclass(frozen=True, slots=True)
class WrongRule:
    """An operation whose rule is wrong: the sentence about it, and where it stands in the spec."""

    words: str
    span: Span | None


def wrong_rule_of(built: Built, of: str, wrt: str, point: Point, route: str) -> WrongRule | None:
    """Return the first operation between ``wrt`` and ``of`` whose rule in ``route`` is wrong; None where each holds by itself.

    Law:    for random directions u of an operand and v of the value, v·(J u) of the rule is compared with a difference of the
            operation alone, at the values it has at the point.
    Cost:   one difference along a line for each operand of each operation.
    """
    graph, output, x = built.graph, built.outputs[of], built.variables[wrt]
    order = ancestors(graph, [output.index])
    active = _active(graph, order, x.index)[:MAX_NODES]
    needed = sorted({source for index in active for source in graph.nodes[index].inputs})
    values = dict(zip(needed, evaluate(graph, [Expr(graph, i) for i in needed], point), strict=True))
    for index in active:
        for wrong in _wrong(graph, index, values, route):
            text = f"the {route} rule of {graph.nodes[index].op} is wrong, in {describe(Expr(graph, index))}: {wrong}"
            return WrongRule(text, graph.spans.get(index))
    return None


def _active(graph: Graph, order: list[int], x: int) -> list[int]:
    reached = {x}
    for index in order:
        node = graph.nodes[index]
        if not node.boolean and any(source in reached for source in node.inputs):
            reached.add(index)
    return [index for index in order if index in reached and index != x]


def _wrong(graph: Graph, index: int, values: dict[int, Array], route: str) -> Iterator[str]:
    """Yield what is wrong with a rule, for each operand where something is."""
    alone = _Alone(graph, index, values)
    if alone.size > (MAX_SYMBOLS if route == "symbolic" else MAX_ELEMENTS):
        return
    for position in alone.free:
        found = alone.compared(position, route)
        if found is not None:
            yield found


class _Alone:
    """One operation as a graph of its own, at the values it had in the larger one."""

    def __init__(self, graph: Graph, index: int, values: dict[int, Array]) -> None:
        node, self.graph, self.point = graph.nodes[index], Graph(), dict[str, Array]()
        self.rng = np.random.default_rng(index)
        leaves: list[Expr] = []
        self.free: list[int] = []
        for position, source in enumerate(node.inputs):
            operand = graph.nodes[source]
            if operand.op == "literal":
                leaves.append(self.graph.add("literal", (), dict(operand.params)))
                continue
            leaves.append(self.graph.leaf(f"x{position}", operand.shape, operand.boolean))
            self.point[f"x{position}"] = np.array(np.broadcast_to(values[source], operand.shape))
            if not operand.boolean:
                self.free.append(position)
        self.leaves = leaves
        self.y = self.graph.add(node.op, leaves, dict(node.params))
        self.size = max([self.y.node.size, *(leaf.node.size for leaf in leaves)])

    def compared(self, position: int, route: str) -> str | None:
        """Return how the rule for one operand and a difference exclude each other, None where they do not."""
        name, leaf = f"x{position}", self.leaves[position]
        u, v = self.rng.standard_normal(leaf.node.size), self.rng.standard_normal(self.y.node.size)
        if not leaf.node.size or not self.y.node.size:
            return None

        def fn(points: Array) -> Array:
            batch = points.reshape(len(points), *leaf.shape)
            (value,) = evaluate(self.graph, [self.y], {**self.point, name: batch})
            return np.broadcast_to(value, (len(points), *self.y.shape)).reshape(len(points), -1)

        x = self.point[name].reshape(-1)
        tangent = u * input_scale(x)
        reference = along(fn, x, tangent[None])
        dx = tangent.reshape(leaf.shape)
        if not np.all(reference.reason == Reason.NONE):
            return None
        truth = float(v @ reference.value[:, 0])
        size = np.abs(v) @ (np.abs(fn(x[None])[0]) + np.abs(reference.value[:, 0]))
        allowed = float(np.abs(v) @ reference.error_bar[:, 0]) + KAPPA_DIFFERENCES * EPS * float(size)
        found = self.product(position, dx, v.reshape(self.y.shape), route)
        if found is None or not np.isfinite(allowed) or abs(found - truth) <= allowed:
            return None
        return f"along a random direction it gives {numbers.value(found)}, a difference {numbers.value(truth)}"

    def product(self, position: int, dx: Array, v: Array, route: str) -> float | None:
        """Return v·(J dx) by the rule of a route; None where it has none of this size."""
        name, leaf = f"x{position}", self.leaves[position]
        if route == "forward":
            return float(np.sum(v * jvp_at(self.graph, [self.y], {name: dx}, self.point)[0]))
        if route == "reverse":
            return float(np.sum(vjp_at(self.graph, {self.y.index: v}, [leaf], self.point)[0] * dx))
        from jaccli.derive.symbolic import TooLarge, symbolic

        try:
            (block,) = symbolic(self.graph, self.y, [leaf], {}, self.point)
        except TooLarge:
            return None
        matrix = np.asarray(block.evaluate(self.point), dtype=np.float64).reshape(v.size, -1)
        return float(v.reshape(-1) @ matrix @ dx.reshape(-1))
