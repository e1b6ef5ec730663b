"""A spec's graph → differences in a loss whose operands were stretched to a matrix, which is rarely what was meant."""

from __future__ import annotations

from jaccli.graph.build import Built
from jaccli.graph.ir import Graph, Node

__all__ = ["stretched"]


def stretched(built: Built) -> tuple[str, ...]:
    """Return a sentence for each difference of a column and a vector, (n, 1) and (n,), that a single number sums up.

    It has n × n elements, each of the one minus each of the other. A column that an index has just made of a vector, as
    ``x[:, None]``, is meant.
    """
    graph = built.graph
    numbers = [expr.index for expr in built.outputs.values() if not expr.shape]
    reached = _reached(graph, numbers)
    return tuple(
        sentence
        for index in sorted(reached)
        if graph.nodes[index].op == "sub" and (sentence := _sentence(graph, index)) is not None
    )


def _reached(graph: Graph, ends: list[int]) -> set[int]:
    found = set(ends)
    for index in range(max(ends, default=-1), -1, -1):
        if index in found:
            found.update(graph.nodes[index].inputs)
    return found


def _sentence(graph: Graph, index: int) -> str | None:
    node = graph.nodes[index]
    if any(graph.nodes[operand].op != "broadcast" for operand in node.inputs):
        return None
    sides = [graph.nodes[operand].inputs[0] for operand in node.inputs]
    column, vector = sorted(sides, key=lambda side: -len(graph.nodes[side].shape))
    n = node.shape[-1]
    if graph.nodes[column].shape != (n, 1) or graph.nodes[vector].shape != (n,) or n == 1:
        return None
    if _is_made(graph, graph.nodes[column]):
        return None
    names = [graph.names.get(side) for side in sides]
    both = [
        f"`{name}` (shape {graph.nodes[side].shape})" if name else f"shape {graph.nodes[side].shape}"
        for name, side in zip(names, sides, strict=True)
    ]
    span = graph.spans.get(index)
    place = f"line {span.line}: " if span else ""
    remedy = f"write {graph.names.get(column) or 'the column'}[:, 0] if they belong together"
    return f"{place}{both[0]} minus {both[1]} has shape {node.shape}, each element with each; {remedy}"


def _is_made(graph: Graph, node: Node) -> bool:
    """Return whether an index has made a column of a vector."""
    return node.op in ("take", "reshape") and len(graph.nodes[node.inputs[0]].shape) < len(node.shape)
