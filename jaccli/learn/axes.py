"""The words of some axes → those of every node: what the places of an axis are called goes along with the values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaccli.graph.ir import Graph, Node
from jaccli.results.watched import Words

__all__ = ["axis_words"]


def axis_words(graph: Graph, order: Sequence[int], given: Mapping[int, Words]) -> dict[int, Words]:
    """Return for each node of ``order`` what the places along its axes are called, None for axes of which nothing is known.

    given: node → its words, as a spec has them.
    """
    found = dict[int, Words]()
    for index in order:
        node = graph.nodes[index]
        known = [found[source] for source in node.inputs]
        words = _carried(graph, node, known)
        called = given.get(index, ())
        found[index] = tuple(
            called[k] if k < len(called) and called[k] is not None else words[k] for k in range(len(node.shape))
        )
    return found


def _carried(graph: Graph, node: Node, known: Sequence[Words]) -> Words:
    params: dict[str, Any] = dict(node.params)
    blank: Words = (None,) * len(node.shape)
    if node.row.kind == "elementwise" or node.op in ("softmax", "cumsum"):
        full = [words for words in known if len(words) == len(blank)]
        return tuple(next((words[k] for words in full if words[k] is not None), None) for k in range(len(blank)))
    if node.op == "contract":
        operands, _, out = params["spec"].partition("->")
        letters = dict[str, tuple[str, ...] | None]()
        for side, words in zip(operands.split(","), known, strict=True):
            letters |= {c: w for c, w in zip(side, words, strict=True) if w is not None}
        return tuple(letters.get(c) for c in out)
    if node.op == "transpose":
        return tuple(known[0][k] for k in params["order"])
    if node.op == "broadcast":
        shape = graph.nodes[node.inputs[0]].shape
        same = [w if n == m else None for w, n, m in zip(known[0][::-1], shape[::-1], node.shape[::-1], strict=False)]
        return (*blank[: len(blank) - len(same)], *same[::-1])
    if "axes" in params and len(known) == 1 and len(known[0]) > len(blank):  # what is summed over is gone
        rank = len(known[0])
        return tuple(w for k, w in enumerate(known[0]) if k - rank not in params["axes"]) or blank
    return blank
