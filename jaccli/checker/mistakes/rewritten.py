"""Nodes made again with some of their operands changed: a function or derivative as it would be with a part left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jaccli.graph.ir import Expr, Graph

__all__ = ["replayed"]


def replayed(
    graph: Graph,
    result: Expr,
    order: Sequence[int],
    replaced: Mapping[int, Expr],
    operand: Callable[[int, int, Sequence[Expr]], Expr],
) -> Expr:
    """Return ``result`` with the nodes of ``order`` made again: of replaced ones, and of operands as ``operand`` gives them."""
    made = dict(replaced)
    for index in order:
        node = graph.nodes[index]
        if index not in made and node.inputs:
            sources = [made.get(source, Expr(graph, source)) for source in node.inputs]
            operands = [operand(index, position, sources) for position in range(len(sources))]
            made[index] = graph.add(node.op, operands, dict(node.params))
    return made.get(result.index, result)
