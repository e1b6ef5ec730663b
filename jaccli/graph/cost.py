"""Graph → weighted operations: what a value costs, by the weights of the op table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaccli.graph.ir import Expr, Graph, ancestors

__all__ = ["weighted_operations"]


def weighted_operations(graph: Graph, outputs: Sequence[Expr], seeds: Mapping[int, int] | None = None) -> int:
    """Return the operations that ``outputs`` take together at one point.

    seeds: node index → how many values it takes in one batch; what depends on it is computed as often, the rest once.
    Units: one addition, multiplication, comparison or moved element is 1, a root or elementary transcendental function 4,
           erf 8; a product of matrices counts two per multiplication and addition, reshapes and broadcasts nothing.
    """
    times = dict(seeds or {})
    total = 0
    for index in ancestors(graph, [output.index for output in outputs]):
        node = graph.nodes[index]
        times.setdefault(index, max((times[source] for source in node.inputs), default=1))
        weight = node.row.weight
        if callable(weight):
            weight = weight([graph.nodes[source].shape for source in node.inputs], node.shape, dict(node.params))
        else:
            weight *= node.size
        total += weight * times[index]
    return total
