"""A point → sentences about where a value stops being finite, why, and which matrices are nearly singular there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from jaccli.derive.reverse import vjp
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.origins import describe, written
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["FACTORED", "gradient_not_finite", "not_finite", "troubles"]

#: Ops whose first operand is a matrix that is factored.
FACTORED = ("inv", "solve", "logdet", "cholesky")
#: Condition numbers from which fewer digits are left than the default rtol asks for: cond · eps > 1e-6.
SUSPECT = 1e-6 / 2.0**-52
EPS = 2.0**-52


def troubles(graph: Graph, outputs: Sequence[Expr], point: Point) -> list[str]:
    """Return what is wrong with the outputs' values: the first step that is not finite, else every nearly singular matrix."""
    nodes = [Expr(graph, index) for index in ancestors(graph, [output.index for output in outputs])]
    values = dict(zip([node.index for node in nodes], evaluate(graph, nodes, point), strict=True))
    if found := next((text for node in nodes if (text := _broken(node, values))), ""):
        return [found]
    return [text for node in nodes if node.node.op in FACTORED and (text := _nearly_singular(node, values))]


def not_finite(graph: Graph, output: Expr, point: Point) -> str:
    """Return the sentence about the first step at which the value of ``output`` stops being finite, "" where all are."""
    found = troubles(graph, [output], point)
    return found[0] if found and not np.all(np.isfinite(evaluate(graph, [output], point)[0])) else ""


def gradient_not_finite(built: Built, of: str, point: Point) -> str:
    """Return the sentence about the step, the nearest to the output ``of``, whose gradient is not finite, "" where all are.

    Only steps that a variable reaches: nobody asks for the gradient by a constant, as by the 4 of w**4.
    """
    reached = {built.variables[name].index for name in built.differentiable}
    for index in ancestors(built.graph, [built.outputs[of].index]):
        if not reached.isdisjoint(built.graph.nodes[index].inputs):
            reached.add(index)
    nodes = [Expr(built.graph, k) for k in ancestors(built.graph, [built.outputs[of].index]) if k in reached][::-1]
    bars = vjp(built.graph, {built.outputs[of].index: built.graph.literal(1)}, nodes)
    found = [(node, bar) for node, bar in zip(nodes, bars, strict=True) if bar is not None]
    for (node, _), value in zip(found, evaluate(built.graph, [bar for _, bar in found], point), strict=True):
        if (place := _lost(value)) is not None:
            return _sentence(node, f"the gradient by {describe(node)}", value, place)
    return ""


def _lost(value: Array) -> tuple[int, ...] | None:
    """Return where the first number stands that is not finite, None where all are."""
    if value.dtype == bool or np.all(np.isfinite(value)):
        return None
    return tuple(int(k) for k in np.argwhere(~np.isfinite(value))[0])


def _sentence(node: Expr, what: str, value: Array, place: tuple[int, ...]) -> str:
    span = node.graph.spans.get(node.index)
    entry = f" in entry {list(place)}" if place else ""
    return f"{f'{span}: ' if span else ''}{what} is {value[place]}{entry} at this point"


def _broken(node: Expr, values: dict[int, Array]) -> str:
    value = values[node.index]
    place = _lost(value)
    return "" if place is None else _sentence(node, describe(node), value, place) + _why(node, values, place)


def _why(node: Expr, values: dict[int, Array], place: tuple[int, ...]) -> str:
    """Return the reason that the operands give, after a colon, "" where they give none."""
    if node.node.op in FACTORED:
        return f": {_matrix(node, values)}"
    if node.node.row.kind != "elementwise":
        return ""
    operands = [Expr(node.graph, index) for index in node.node.inputs]
    known = [(written(x), values[x.index]) for x in operands if x.node.op != "literal"]
    parts = [f"{text} is {float(v[place] if v.shape else v):.6g}" for text, v in known if text]
    return f": {' and '.join(parts)} there" if parts and len(parts) == len(known) else ""


def _matrix(node: Expr, values: dict[int, Array]) -> str:
    """Return what is wrong with the matrix that an op factors."""
    x = Expr(node.graph, node.node.inputs[0])
    name, a = written(x) or "the matrix", values[x.index]
    if not np.all(np.isfinite(a)):
        return f"{name} is not finite"
    if node.node.op == "cholesky":
        low = float(np.linalg.eigvalsh(np.tril(a) + np.tril(a, -1).T)[0])
        return f"{name} is not positive definite, its smallest eigenvalue is {low:.3g}"
    return (
        f"{name} is singular, with rank {np.linalg.matrix_rank(a)} of {len(a)} and condition number {_condition(a):.1e}"
    )


def _nearly_singular(node: Expr, values: dict[int, Array]) -> str:
    x = Expr(node.graph, node.node.inputs[0])
    a = values[x.index]
    condition = _condition(np.tril(a) + np.tril(a, -1).T if node.node.op == "cholesky" else a)
    if condition < SUSPECT:
        return ""
    name, span = written(x) or "the matrix", node.graph.spans.get(node.index)
    left = max(int(-math.log10(condition * EPS)), 0) if condition < 1 / EPS else 0
    digits = f"about {left} of 16 digits" if left else "no digit"
    of = f"{node.node.op}({name.strip('`')})" if node.node.op != "solve" else "the solution"
    what = f"{name} is nearly singular, condition number {condition:.1e}"
    return f"{f'{span}: ' if span else ''}{what}: {digits} of {of} can be trusted"


def _condition(a: Array) -> float:
    s = np.linalg.svd(a, compute_uv=False)
    return float(s[0] / s[-1]) if len(s) and s[-1] > 0 else math.inf
