"""Node → what a learner calls it: the user's name, or the text it was written as."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaccli.errors import short
from jaccli.graph.ir import Graph

__all__ = ["element", "node_names"]


_ADDED = {"broadcast": "repeated", "cast": "as numbers", "reshape": "reshaped"}  # by the language, not by the user


def node_names(graph: Graph, order: Sequence[int]) -> dict[int, str]:
    """Return a name for each node of ``order``; two nodes never share one.

    Nodes that the language adds, such as a repetition, are called after what they are made of.
    """
    names, taken = dict[int, str](), set[str]()
    for index in order:
        node = graph.nodes[index]
        name = graph.names.get(index)
        if name is None and node.op in _ADDED:
            name = f"{names[node.inputs[0]]} {_ADDED[node.op]}"
        name = name or _text(graph, index)
        if name.isidentifier() and index not in graph.names and node.inputs:  # the word of a layer, not an expression
            name = _composed(node.op, [names[source] for source in node.inputs])
        if name in taken:
            name = f"{name} ({graph.nodes[index].op})"
        while name in taken:
            name += "′"
        taken.add(name)
        names[index] = name
    return names


def _composed(op: str, operands: Sequence[str]) -> str:
    if op == "transpose":
        return f"{operands[0]}.T"
    if op == "contract":
        return short(" @ ".join(operands), 40)
    return short(f"{op}({', '.join(operands)})", 40)


def element(name: str, shape: tuple[int, ...], flat: int) -> str:
    """Return what an element is called: ``element("z", (2, 3), 4)  # "z[1, 1]"``."""
    if not shape:
        return name
    place = ", ".join(str(int(k)) for k in np.unravel_index(flat, shape))
    return f"{name}[{place}]" if name.isidentifier() else f"({name})[{place}]"


def _text(graph: Graph, index: int) -> str:
    node, span = graph.nodes[index], graph.spans.get(index)
    if node.op == "literal":
        constant = node.params[0][1].scalar  # type: ignore[attr-defined]
        return str(constant) if constant is not None else "data"
    if span is not None and span.line == span.end_line:
        return short(span.text[span.column - 1 : span.end_column - 1], 40)
    return node.op
