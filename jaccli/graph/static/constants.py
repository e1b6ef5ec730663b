"""Graph and outputs → an equal graph in which what depends on constants alone is computed already."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.ops import Literal

__all__ = ["MEMORY_CAP", "folded"]

MEMORY_CAP = 64 * 2**20  # bytes of all values that are kept; a literal holds them twice


def folded(graph: Graph, outputs: Sequence[Expr], varying: Collection[str] = (), cap: int = MEMORY_CAP) -> list[Expr]:
    """Return ``outputs`` in a graph of its own, where values that no run changes stand as literals.

    varying: the names of fixed leaves that runs do change, as the rows of a batch.
    Cost:   those values are computed once, here; the largest are left to every run where all take more than ``cap`` bytes.
    Errors: none; a value outside an op's domain is NaN or an infinity, as in a run.
    """
    order = ancestors(graph, [y.index for y in outputs])
    kept = _kept(graph, order, {y.index for y in outputs}, {graph.leaves[n] for n in varying if n in graph.leaves}, cap)
    if not kept:
        return list(outputs)
    fixed = {str(dict(graph.nodes[index].params)["name"]): value for index, value in graph.fixed.items()}
    values = dict(zip(kept, evaluate(graph, [Expr(graph, index) for index in kept], fixed), strict=True))
    copy, made = Graph(), dict[int, Expr]()
    for index in _without_cones(graph, outputs, set(kept)):
        node = graph.nodes[index]
        if index in values:
            made[index] = copy.literal(Literal(np.array(np.broadcast_to(values[index], node.shape))))
        else:
            made[index] = copy.add(node.op, [made[source] for source in node.inputs], dict(node.params))
    return [made[y.index] for y in outputs]


def _kept(graph: Graph, order: Sequence[int], outputs: set[int], varying: set[int], cap: int) -> list[int]:
    """Return the nodes whose values are kept: those of constants alone that something else reads."""
    dropped = set(varying)
    constant = _constant(graph, order, dropped)
    while True:
        found = _rim(graph, order, constant, outputs)
        if 8 * sum(graph.nodes[index].size for index in found) <= cap:
            return found
        dropped.add(max(found, key=lambda index: graph.nodes[index].size))
        constant = _constant(graph, order, dropped)


def _constant(graph: Graph, order: Sequence[int], dropped: set[int]) -> set[int]:
    """Return the nodes that depend on literals and fixed leaves alone."""
    found: set[int] = set()
    for index in order:
        node = graph.nodes[index]
        given = index in graph.fixed if node.op == "leaf" else all(source in found for source in node.inputs)
        if given and index not in dropped:
            found.add(index)
    return found


def _rim(graph: Graph, order: Sequence[int], constant: set[int], outputs: set[int]) -> list[int]:
    """Return the computed constants that a node which is none reads, or that are outputs.

    Broadcasts take memory for nothing, and truth values are no literals: what they are made of is read instead.
    """
    read = {s for index in order if index not in constant for s in graph.nodes[index].inputs} | outputs
    found = []
    for index in reversed(order):
        node = graph.nodes[index]
        if index not in read or index not in constant or not node.inputs:
            continue
        if node.boolean or node.op == "broadcast":
            read |= set(node.inputs)
        else:
            found.append(index)
    return sorted(found)


def _without_cones(graph: Graph, outputs: Sequence[Expr], kept: set[int]) -> list[int]:
    """Return the nodes that ``outputs`` need, in ascending order, where nobody needs what ``kept`` are made of."""
    stack = [y.index for y in outputs]
    needed = set(stack)
    while stack:
        index = stack.pop()
        for source in graph.nodes[index].inputs if index not in kept else ():
            if source not in needed:
                needed.add(source)
                stack.append(source)
    return sorted(needed)
