"""Graph → weighted operations: what a value costs, by the weights of the op table."""

from __future__ import annotations

from collections.abc import Sequence

from jaccli.graph.ir import Expr, Graph, ancestors

__all__ = ["weighted_operations"]


def weighted_operations(graph: Graph, outputs: Sequence[Expr]) -> int:
    """Return the operations that ``outputs`` take together at one point.

    Units: one addition, multiplication, comparison or moved element is 1, a root or elementary transcendental function 4,
           erf 8; a product of matrices counts two per multiplication and addition, reshapes and broadcasts nothing.
    """
    total = 0
    for index in ancestors(graph, [output.index for output in outputs]):
        node = graph.nodes[index]
        weight = node.row.weight
        if callable(weight):
            total += weight([graph.nodes[source].shape for source in node.inputs], node.shape, dict(node.params))
        else:
            total += weight * node.size
    return total
