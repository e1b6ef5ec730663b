"""Graph → which entries of a Jacobian can be different from zero, from the structure of the ops, never from values."""

from __future__ import annotations

import numpy as np

from jaccli.graph.ir import Expr, Node, ancestors
from jaccli.types import Array

__all__ = ["structure"]


def structure(of: Expr, wrt: Expr) -> Array:
    """Return True where an element of ``of`` depends on an element of ``wrt`` along some path of the graph.

    Shapes: of.shape + wrt.shape.
    Law:    the pattern contains every entry that is nonzero at some point; products and sums of ones stand for dependence.
    """
    graph, count = of.graph, wrt.node.size
    reached: dict[int, Array | None] = {}
    for index in ancestors(graph, [of.index]):
        node = graph.nodes[index]
        reached[index] = np.eye(count).reshape(count, *node.shape) if index == wrt.index else None
        sources = [reached[source] for source in node.inputs]
        if any(source is not None for source in sources) and not node.boolean:
            shapes = [graph.nodes[source].shape for source in node.inputs]
            reached[index] = _depends(node, sources, shapes, count)
    found = reached[of.index]
    if found is None:
        return np.zeros(of.shape + wrt.shape, dtype=bool)
    by_column = np.broadcast_to(found != 0, (count, *of.shape))
    return np.moveaxis(by_column, 0, -1).reshape(of.shape + wrt.shape)


def _depends(node: Node, sources: list[Array | None], shapes: list[tuple[int, ...]], count: int) -> Array | None:
    row, params = node.row, dict(node.params)
    if row.kind == "elementwise":
        active = [source for k, source in enumerate(sources) if source is not None and k not in row.flat]
        return np.broadcast_to(np.max(np.broadcast_arrays(*active), axis=0), (count, *node.shape)) if active else None
    if row.kind == "linear":
        filled = [s if s is not None else np.zeros(shape) for s, shape in zip(sources, shapes, strict=True)]
        return np.sign(row.kernel(*filled, **params))
    if node.op == "contract":
        ones = [np.ones(shape) for shape in shapes]
        parts = [row.kernel(*ones[:k], s, *ones[k + 1 :], **params) for k, s in enumerate(sources) if s is not None]
        return np.sign(np.sum(parts, axis=0))
    x = sources[0]
    if len(sources) == 1 and x is not None and "axes" in params:
        axes = params["axes"]
        total = np.sum(x, axis=axes, keepdims=node.shape == shapes[0])  # type: ignore[call-overload]
        return np.sign(np.broadcast_to(total, (count, *node.shape)))
    anywhere = np.max([s.reshape(count, -1).max(axis=1, initial=0) for s in sources if s is not None], axis=0)
    return np.broadcast_to(anywhere.reshape(count, *(1,) * len(node.shape)), (count, *node.shape))
