"""A spec at a point → the first step at which a value, or on the way back a gradient, stops being finite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaccli.derive.reverse import vjp
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, ancestors
from jaccli.graph.origins import describe
from jaccli.spec.points import Point

__all__ = ["gradient_not_finite", "value_not_finite"]


def value_not_finite(built: Built, outputs: Sequence[str], point: Point) -> list[str]:
    """Return a sentence naming the first step of ``outputs`` whose value is not finite; none where all are."""
    nodes = _nodes(built, outputs)
    for node, value in zip(nodes, evaluate(built.graph, nodes, point), strict=True):
        if place := _place(value):
            return [_sentence(built, node, describe(node), value, *place)]
    return []


def gradient_not_finite(built: Built, of: str, point: Point) -> list[str]:
    """Return a sentence naming the step, the nearest to the output ``of``, whose gradient is not finite; none where all are."""
    nodes = _moving(built, _nodes(built, [of]))[::-1]
    if not nodes:
        return []
    bars = vjp(built.graph, {nodes[0].index: built.graph.literal(1)}, nodes)
    found = [(node, bar) for node, bar in zip(nodes, bars, strict=True) if bar is not None]
    for (node, _), value in zip(found, evaluate(built.graph, [bar for _, bar in found], point), strict=True):
        if place := _place(value):
            return [_sentence(built, node, f"the gradient by {describe(node)}", value, *place)]
    return []


def _nodes(built: Built, outputs: Sequence[str]) -> list[Expr]:
    return [Expr(built.graph, k) for k in ancestors(built.graph, [built.outputs[of].index for of in outputs])]


def _moving(built: Built, nodes: Sequence[Expr]) -> list[Expr]:
    """Return the nodes that a variable reaches: nobody asks for the gradient by a constant, as by the 4 of w**4."""
    reached = {built.variables[name].index for name in built.differentiable}
    for node in nodes:
        if not reached.isdisjoint(node.node.inputs):
            reached.add(node.index)
    return [node for node in nodes if node.index in reached]


def _place(value: np.ndarray) -> tuple[tuple[int, ...]] | None:
    """Return where the first number stands that is not finite, as a tuple of one; None where all are."""
    if value.dtype == bool or np.all(np.isfinite(value)):
        return None
    return (tuple(int(k) for k in np.argwhere(~np.isfinite(value))[0]),)


def _sentence(built: Built, node: Expr, what: str, value: np.ndarray, place: tuple[int, ...]) -> str:
    span = built.graph.spans.get(node.index)
    entry = f" in entry {list(place)}" if place else ""
    return f"{f'{span}: ' if span else ''}{what} is {value[place]}{entry} at this point"
