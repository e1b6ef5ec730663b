"""Order of nodes → when each value is needed last, which values share memory, and which broadcasts need not be made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from jaccli.graph.ir import Graph
from jaccli.graph.static.lines import LINES, VIEWS

__all__ = ["Lifetimes", "lifetimes"]

NEVER = 1 << 60  # after every position: a result is never dropped


@dataclass(frozen=True)
class Lifetimes:
    """What is known of the values before a line is written.

    implied  broadcasts that NumPy makes by itself where they are used
    holder   node → the node whose variable holds its value: its operand for an implied broadcast, else itself
    last     holder → the position in the order at which it is used last
    root     node → the node whose memory its value may share, None where that is not the function's own
    ends     root → the position at which the last value that shares its memory is used
    """

    implied: Collection[int]
    holder: dict[int, int]
    last: dict[int, int]
    root: dict[int, int | None]
    ends: dict[int, int]


def lifetimes(graph: Graph, order: Sequence[int], outputs: Collection[int], batched: Collection[int]) -> Lifetimes:
    """Return the lifetimes of the nodes in ``order``, of which ``outputs`` are kept and ``batched`` carry batch axes."""
    implied = _implied(graph, order, outputs, batched)
    holder: dict[int, int] = {}
    for index in order:
        holder[index] = holder[graph.nodes[index].inputs[0]] if index in implied else index
    last = dict.fromkeys(order, -1)
    for position, index in enumerate(order):
        for source in graph.nodes[index].inputs:
            last[holder[source]] = position
    for index in outputs:
        last[holder[index]] = NEVER
    root = _roots(graph, order, implied, batched)
    ends: dict[int, int] = {}
    for index, shared in root.items():
        if shared is not None:
            ends[shared] = max(ends.get(shared, -1), last[holder[index]])
    return Lifetimes(implied, holder, last, root, ends)


def _implied(graph: Graph, order: Sequence[int], outputs: Collection[int], batched: Collection[int]) -> set[int]:
    """Return the broadcasts that only meet, elementwise, operands of their full shape."""
    found = {i for i in order if graph.nodes[i].op == "broadcast" and i not in outputs and i not in batched}
    for index in order:
        node = graph.nodes[index]
        if (
            index not in batched
            and _spreads(node.op)
            and any(s not in found and graph.nodes[s].shape == node.shape for s in node.inputs)
        ):
            continue
        found.difference_update(node.inputs)
    return found


def _spreads(op: str) -> bool:
    import numpy as np

    from jaccli.ops import lookup

    row = lookup(op)
    return row.kind == "elementwise" and (isinstance(row.kernel, np.ufunc) or op == "where")


def _roots(
    graph: Graph, order: Sequence[int], implied: Collection[int], batched: Collection[int]
) -> dict[int, int | None]:
    root: dict[int, int | None] = {}
    for index in order:
        node = graph.nodes[index]
        if node.op in VIEWS or index in implied:
            root[index] = root[node.inputs[0]]
        elif node.row.kind == "nullary" or index in batched:
            root[index] = None
        elif node.row.kind == "elementwise" or node.op in LINES:
            root[index] = index
        else:
            root[index] = None
    return root
