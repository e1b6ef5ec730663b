"""Node → what a learner calls it: the user's name, or the text it was written as."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaccli.errors import short
from jaccli.graph.ir import Graph, Node

__all__ = ["element", "node_names", "operation", "whole_texts"]


LONG = 28  # characters of a name that is put together; a longer one says less than the operation alone
_ADDED = {"broadcast": "repeated", "cast": "as numbers", "reshape": "reshaped"}  # by the language, not by the user


def node_names(graph: Graph, order: Sequence[int]) -> dict[int, str]:
    """Return a name for each node of ``order``; two nodes never share one.

    A node is called as the user called it, else after its text; what a function or a layer, or the language itself, adds on
    the way is called after its operation and what it is made of.
    """
    texts = whole_texts(graph, order)
    names, taken = dict[int, str](), dict[str, int]()
    for index in order:
        node, name = graph.nodes[index], graph.names.get(index)
        if name is None:
            text = texts.get(index) if node.op not in _ADDED else None
            operands = [names[source] for source in node.inputs]
            name = short(text, 40) if text else operation(node.op, operands) if operands else _nullary(node)
            if not text and len(name) > LONG:
                name = f"{graph.blocks[index].name}.{node.op}" if index in graph.blocks else node.op
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > 1:
            name = f"{name} #{taken[name]}"
            taken[name] = 1
        names[index] = name
    return names


_INFIX = {"add": "+", "sub": "−", "mul": "×", "div": "/", "pow": "**", "contract": "@"}


def operation(op: str, operands: Sequence[str], most: int = 40) -> str:
    """Return an operation as it is written: ``operation("mul", ["x", "y + 1"])  # "x × (y + 1)"``."""
    if op in _ADDED:
        return short(f"{_bracketed(operands[0])} {_ADDED[op]}", most)
    if op == "transpose":
        return short(f"{_bracketed(operands[0])}.T", most)
    if op in _INFIX and len(operands) == 2:
        return short(f" {_INFIX[op]} ".join(map(_bracketed, operands)), most)
    return short(f"{op}({', '.join(operands)})", most)


def _bracketed(name: str) -> str:
    return f"({name})" if " " in name.strip() and not name.endswith((")", "]")) else name


def element(name: str, shape: tuple[int, ...], flat: int) -> str:
    """Return what an element is called: ``element("z", (2, 3), 4)  # "z[1, 1]"``."""
    if not shape:
        return name
    place = ", ".join(str(int(k)) for k in np.unravel_index(flat, shape))
    return f"{name}[{place}]" if name.isidentifier() else f"({name})[{place}]"


def whole_texts(graph: Graph, order: Sequence[int]) -> dict[int, str]:
    """Return the texts of those nodes that are all of an expression, and no step on the way to one."""
    last = {graph.spans[index]: index for index in order if index in graph.spans and index not in graph.blocks}
    return {
        index: span.text[span.column - 1 : span.end_column - 1]
        for span, index in last.items()
        if span.line == span.end_line
    }


def _nullary(node: Node) -> str:
    if node.op != "literal":
        return node.op
    constant = node.params[0][1].scalar  # type: ignore[attr-defined]
    return str(constant) if constant is not None else "data"
