"""Graph → which entries of a Jacobian can be different from zero, from the structure of the ops, never from values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from jaccli.graph.ir import Expr, Graph, Node, ancestors
from jaccli.graph.pattern import Pattern
from jaccli.ops import Literal
from jaccli.types import Array

__all__ = ["pattern", "patterns", "structure"]

Shape = tuple[int, ...]


def structure(of: Expr, wrt: Expr) -> Array:
    """Return True where an element of ``of`` depends on an element of ``wrt`` along some path of the graph.

    Shapes: of.shape + wrt.shape.
    Law:    that of ``pattern``.
    """
    return pattern(of, [wrt]).dense().reshape(of.shape + wrt.shape)


def pattern(of: Expr, wrt: Sequence[Expr]) -> Pattern:
    """Return the pattern of the Jacobian of ``of``: a row for each of its elements, a column for each of those of ``wrt`` in turn.

    Law:  it contains every entry that is nonzero at some point: one that is not in it is zero wherever the function is defined,
          since no path of the graph leads there. One that is in it may be zero, as in x - x.
    Cost: grows with the entries of the patterns of the nodes between ``wrt`` and ``of``, which are never filled out.
    """
    *_, found = patterns(of.graph, ancestors(of.graph, [of.index]), wrt)
    return found or Pattern.empty(of.node.size, sum(x.node.size for x in wrt))


def patterns(graph: Graph, order: Sequence[int], wrt: Sequence[Expr]) -> Iterator[Pattern | None]:
    """Yield the pattern of each node of ``order`` by ``wrt``, None where it depends on none of them.

    order: nodes after their inputs, as ``ancestors`` gives them.
    Cost:  that of ``pattern``; a pattern is dropped after its last use.
    """
    starts = np.cumsum([0, *(x.node.size for x in wrt)])
    of_variables = {
        x.index: Pattern.identity(x.node.size, int(start), int(starts[-1]))
        for x, start in zip(wrt, starts, strict=False)
    }
    last = {source: index for index in order for source in graph.nodes[index].inputs}
    found: dict[int, Pattern] = {}
    for index in order:
        node = graph.nodes[index]
        if index in of_variables:
            found[index] = of_variables[index]
        elif not node.boolean and any(source in found for source in node.inputs):
            reached = _depends(
                node,
                [found.get(source) for source in node.inputs],
                [graph.nodes[s].shape for s in node.inputs],
                int(starts[-1]),
            )
            if reached is not None:
                found[index] = reached
        yield found.get(index)
        for source in node.inputs:
            if last[source] == index and source not in of_variables:
                found.pop(source, None)


def _depends(node: Node, sources: Sequence[Pattern | None], shapes: Sequence[Shape], columns: int) -> Pattern | None:
    row, params = node.row, dict(node.params)
    if row.kind == "elementwise":
        active = [
            _repeated(source, math.prod(shape), node.size)
            for k, (source, shape) in enumerate(zip(sources, shapes, strict=True))
            if source is not None and k not in row.flat
        ]
        return Pattern.union(active) if active else None
    if row.kind == "linear":
        return _linear(node, sources, shapes, columns)
    pairs = [
        _contracted(source, str(params["spec"]), shapes[k], k, node.shape)
        if node.op == "contract"
        else _along(source, node, shapes[0])
        if len(sources) == 1 and "axes" in params
        else source.anywhere(node.size)
        for k, source in enumerate(sources)
        if source is not None
    ]
    return Pattern.union(pairs)


def _repeated(source: Pattern, size: int, wanted: int) -> Pattern:
    return source if size == wanted else source.taken(np.zeros(wanted, dtype=np.int64))


def _linear(node: Node, sources: Sequence[Pattern | None], shapes: Sequence[Shape], columns: int) -> Pattern:
    """Return the pattern of an op that moves elements, as its kernel moves their numbers, or adds them up."""
    params = dict(node.params)
    whole = Pattern.stacked(
        [
            s if s is not None else Pattern.empty(math.prod(shape), columns)
            for s, shape in zip(sources, shapes, strict=True)
        ]
    )
    starts = np.cumsum([0, *(math.prod(shape) for shape in shapes)])
    numbers = [
        np.arange(start, start + math.prod(shape)).reshape(shape) for start, shape in zip(starts, shapes, strict=False)
    ]
    if node.op == "sum":
        return _along(whole, node, shapes[0])
    if node.op == "scatter":
        index = params["index"]
        assert isinstance(index, Literal)
        return whole.added(index.array.ravel(), node.size)
    return whole.taken(np.asarray(node.row.kernel(*numbers, **params)).ravel())


def _along(source: Pattern, node: Node, shape: Shape) -> Pattern:
    """Return the pattern of a value that each element along some axes goes into, be they kept or not."""
    axes = {len(shape) + int(k) for k in dict(node.params)["axes"]}  # type: ignore[attr-defined]
    kept = tuple(1 if k in axes else n for k, n in enumerate(shape))
    group = np.broadcast_to(np.arange(math.prod(kept)).reshape(kept), shape)
    gathered = source.added(group.ravel(), math.prod(kept))
    return gathered.taken(group.ravel()) if node.shape == shape and node.op != "sum" else gathered


def _contracted(source: Pattern, spec: str, shape: Shape, position: int, out_shape: Shape) -> Pattern:
    """Return the pattern of a product by one operand: joined along what is summed, repeated along the other's labels."""
    sides, out = spec.split("->")
    labels = sides.split(",")[position]
    kept = [n if c in out else 1 for c, n in zip(labels, shape, strict=True)]
    groups = np.arange(math.prod(kept)).reshape(kept)
    joined = source.added(np.broadcast_to(groups, shape).ravel(), groups.size)
    order = [labels.index(c) for c in out if c in labels]
    left = [k for k in range(len(labels)) if k not in order]
    spread = groups.transpose(order + left).reshape(
        [n if c in labels else 1 for c, n in zip(out, out_shape, strict=True)]
    )
    return joined.taken(np.broadcast_to(spread, out_shape).ravel())
