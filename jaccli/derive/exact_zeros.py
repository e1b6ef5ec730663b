"""Seeds and a derived graph → its values, in which an element that no seed reaches is 0 even beside an infinite factor.

IEEE 754 has 0 · inf = NaN. In a pass with unit seeds most elements are zero because no path leads to them, and the slope of a root
at 0 that one of them meets would make numbers out of it that belong to other rows: ∂(sqrt(x) + Σ x)/∂x has one infinite entry at
x = (0, 1), and three that are 1.0 or 1.5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.graph.evaluate import Numbers, apply_kernel, evaluate
from jaccli.graph.ir import Expr, Graph, Node, ancestors
from jaccli.graph.pattern import Pattern
from jaccli.graph.sparsity import patterns
from jaccli.types import Array

__all__ = ["evaluate_seeded", "not_finite"]


def not_finite(values: Sequence[Array]) -> bool:
    """Return whether there is a NaN in any of the values, of which an infinite one alone makes none."""
    return any(bool(np.any(np.isnan(value))) for value in values if value.dtype.kind == "f")


def evaluate_seeded(
    graph: Graph, outputs: Sequence[Expr], values: Mapping[str, Any], seeds: Sequence[Expr], numbers: Numbers
) -> list[Array]:
    """Return what ``evaluate`` returns, with 0 for each element that no nonzero element of a seed reaches.

    seeds:  leaves in which ``outputs`` are linear, in each for itself: those of tangents or cotangents.
    Shapes: as of ``evaluate``; seeds may carry batch axes.
    Law:    equal to ``evaluate`` where all values are finite.
    Cost:   about three times ``evaluate``, and the pattern of each node by each seed.
    """
    order = ancestors(graph, [output.index for output in outputs])
    names = {seed.index: str(dict(seed.node.params)["name"]) for seed in seeds}
    last = {source: index for index in order for source in graph.nodes[index].inputs}
    kept = {output.index for output in outputs}
    walks = [patterns(graph, order, [seed]) for seed in seeds]
    slots: dict[int, Array] = {}
    masks: dict[int, Array] = {}
    with np.errstate(all="ignore"):
        for index, *found in zip(order, *walks, strict=True):
            node = graph.nodes[index]
            reached = [
                _reached(one, np.asarray(values[names[seed.index]]), seed.shape, node.shape)
                for seed, one in zip(seeds, found, strict=True)
                if one is not None
            ]
            if reached:
                masks[index] = math.prod(reached[1:], start=reached[0])
            slots[index] = _value(graph, index, slots, masks, values, numbers)
            if node.op == "literal":  # as the triangle of ones in a running sum
                masks[index] = (slots[index] != 0).astype(np.float64)
            for source in node.inputs:
                if last[source] == index and source not in kept:
                    slots.pop(source, None)
                    masks.pop(source, None)
    return [slots[output.index] for output in outputs]


def _value(
    graph: Graph,
    index: int,
    slots: Mapping[int, Array],
    masks: Mapping[int, Array],
    values: Mapping[str, Any],
    numbers: Numbers,
) -> Array:
    node = graph.nodes[index]
    if node.op == "leaf":
        return evaluate(graph, [Expr(graph, index)], values, numbers)[0]
    operands = [slots[source] for source in node.inputs]
    value = apply_kernel(node, operands, numbers)
    if index not in masks or np.all(np.isfinite(value)):
        return value
    if node.op == "contract":
        x, y = (masks.get(source, np.ones(slots[source].shape)) for source in node.inputs)
        value = _contracted(node, operands[0], operands[1], x, y, numbers)
    return np.where(masks[index] != 0, value, 0).astype(numbers.dtype)


def _reached(pattern: Pattern, seed: Array, shape: tuple[int, ...], like: tuple[int, ...]) -> Array:
    """Return 1.0 for each element of a node that a nonzero element of the seed reaches, and 0.0 for the others.

    Shapes: the batch axes of the seed, then ``like``.
    """
    batch = seed.shape[: seed.ndim - len(shape)]
    given = seed.reshape(-1, pattern.shape[1]) != 0
    passed = np.cumsum(given[:, pattern.columns], axis=1, dtype=np.int64)
    until = np.concatenate([np.zeros((len(given), 1), dtype=np.int64), passed], axis=1)[:, pattern.starts]
    return (np.diff(until, axis=1) > 0).astype(np.float64).reshape(batch + like)


def _contracted(node: Node, x: Array, y: Array, in_x: Array, in_y: Array, numbers: Numbers) -> Array:
    """Return the sum of products without the terms in which a factor is zero by structure.

    in_x, in_y: 1.0 where an element can be different from zero, 0.0 where it is a literal 0 or no seed reaches it.
    """

    def meet(a: Array, b: Array) -> Array:
        return apply_kernel(node, [a.astype(np.float64), b.astype(np.float64)], numbers)

    up_x, up_y, down_x, down_y = x == np.inf, y == np.inf, x == -np.inf, y == -np.inf
    zero_x, zero_y = in_x * (x == 0), in_y * (y == 0)
    up = meet(up_x, y > 0) + meet(down_x, y < 0) + meet(x > 0, up_y) + meet(x < 0, down_y)
    down = meet(up_x, y < 0) + meet(down_x, y > 0) + meet(x > 0, down_y) + meet(x < 0, up_y)
    lost = meet(np.isnan(x), in_y) + meet(in_x, np.isnan(y)) + meet(np.isinf(x), zero_y) + meet(zero_x, np.isinf(y))
    total = apply_kernel(node, [np.where(np.isfinite(x), x, 0), np.where(np.isfinite(y), y, 0)], numbers)
    total = total + np.where(up > 0, np.inf, 0.0) - np.where(down > 0, np.inf, 0.0)
    return np.where(lost > 0, np.nan, total)
